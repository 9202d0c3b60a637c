import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { createEvents } from '../../../src/events.ts';
import { createSupabaseReader } from '../../../src/supabase/client.ts';
import { isCustomRoleKey } from '../../../src/supabase/key.ts';
import { createHttpClient } from '../../../src/upstream/http-client.ts';
import { createUpstreamGuard } from '../../../src/upstream/upstream.ts';

const jwt = (claims: object) =>
  ['{"alg":"HS256"}', JSON.stringify(claims), 'tanda'].map((part) => Buffer.from(part).toString('base64url')).join('.');
const OWN = jwt({ role: 'sapa_whatsapp' });
const SERVICE = jwt({ role: 'service_role' });

/** The key headers that the gateway receives. */
async function receiveKeys(t: Test, keys: { key: string; anonKey?: string }): Promise<object> {
  let headers: object = {};
  const server = createServer((request, response) => {
    const { apikey, authorization } = request.headers;
    headers = { apikey, authorization };
    response.writeHead(200, { 'content-type': 'application/json' }).end('[]');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const upstream = createUpstreamGuard({ name: 'supabase', timeoutMs: 5_000, events: createEvents() });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const reader = createSupabaseReader({ url, ...keys, http: createHttpClient({ connections: 1 }), upstream });
  t.teardown(() => Promise.all([reader.close(), server.close()]));
  await reader.read('users', (client) => client.from('users').select('id'));
  return headers;
}

t.test('a custom role key is sent as the access token together with the anon key', async (t) => {
  t.same(await receiveKeys(t, { key: OWN, anonKey: 'anon' }), { apikey: 'anon', authorization: `Bearer ${OWN}` });
});

t.test('any other key is sent as both headers, also if an anon key is configured', async (t) => {
  for (const key of [SERVICE, 'sb_secret_contoh', 'kunci-biasa', 'a.b.c']) {
    t.same(await receiveKeys(t, { key, anonKey: 'anon' }), { apikey: key, authorization: `Bearer ${key}` }, key);
  }
  t.same(await receiveKeys(t, { key: OWN }), { apikey: OWN, authorization: `Bearer ${OWN}` });
});

t.test('keys of Supabase roles and other formats are not custom role keys', async (t) => {
  t.equal(isCustomRoleKey(OWN), true);
  for (const role of ['service_role', 'anon', 'authenticated', 7, undefined])
    t.equal(isCustomRoleKey(jwt({ role })), false);
  for (const key of ['', 'x', 'a.b.c', 'a..c', 'sb_secret_x.y.z']) t.equal(isCustomRoleKey(key), false, key);
});
