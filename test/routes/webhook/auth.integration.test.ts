import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import t from 'tap';
import { LINKED, startFakeUpstreams } from '../../support/fake-upstreams.ts';
import { get, post } from '../../support/http.ts';
import { SECRET, type Service, startService } from '../../support/service.ts';
import { ACCEPTED, answered, measureEffects, NO_EFFECTS } from '../../support/webhook-responses.ts';

const upstreams = await startFakeUpstreams(t);
const { fonnte } = upstreams;

const UNAUTHORIZED = { status: 401, body: { error: 'Kunci tidak ada atau tidak cocok.', code: 'UNAUTHORIZED' } };
const FORBIDDEN = { status: 403, body: { error: 'Alamat asal tidak diizinkan.', code: 'FORBIDDEN_ADDRESS' } };
const JSON_TYPE = { 'content-type': 'application/json' };
/** No reply is stored within the test, and the rate limit of a sender is far away. */
const HELD = { COALESCE_WINDOW_MS: 10_000, RATE_LIMIT_PER_MINUTE: 1000 };

const sign = (body: string, key = SECRET) => createHmac('sha256', key).update(body).digest('hex');
/** A new message as JSON text. */
const message = (fields = {}) => JSON.stringify(fonnte.buildPayload({ sender: LINKED, ...fields }));
/** A call with these headers, and nothing else that shows who calls. */
const callWith = (service: Service, headers: Record<string, string>, body = message(), query = '') =>
  post(`${service.url}/webhook/whatsapp${query}`, body, { ...JSON_TYPE, ...headers });

t.test('the secret is taken from the query, the header and the body, and nowhere else', async (t) => {
  const service = await startService(t, upstreams, HELD);
  t.same(answered(await callWith(service, {}, message(), `?secret=${SECRET}`)), ACCEPTED, 'the query');
  t.same(answered(await callWith(service, { 'x-webhook-secret': SECRET })), ACCEPTED, 'the header');
  t.same(answered(await callWith(service, {}, message({ secret: SECRET }))), ACCEPTED, 'the body');
  const form = new URLSearchParams({ sender: LINKED, message: 'Halo', secret: SECRET });
  t.same(answered(await post(`${service.url}/webhook/whatsapp`, form)), ACCEPTED, 'a form');
  t.same(answered(await callWith(service, { authorization: `Bearer ${SECRET}` })), UNAUTHORIZED, 'no bearer');
  t.same(answered(await callWith(service, {}, message({ text: SECRET }))), UNAUTHORIZED, 'no other field');
});

/** Posts a new message to exactly this path and query. @returns the status */
async function postRaw({ url }: Service, pathAndQuery: string): Promise<number | undefined> {
  const call = request(url, { method: 'POST', path: pathAndQuery, headers: JSON_TYPE }).end(message());
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

/** Webhook keys with characters that have a meaning in a URL. */
const KEYS_OF_SIGNS = [
  'kunci+rahasia',
  '+a+b+c+d+',
  'kunci%rahasia',
  '100%kunci',
  'kunci%41kunci',
  'kunci&rahasia',
  'a&secret=b',
  'k+u%n&c=i?/k',
  'a b c d e',
  'kunci%2Bku',
  'kunci===',
];

t.test('a key with + % & is accepted as an operator types it into the webhook URL, and encoded', async (t) => {
  const service = await startService(t, upstreams, { ...HELD, WEBHOOK_SECRET_KEY: KEYS_OF_SIGNS.join(',') });
  for (const key of KEYS_OF_SIGNS) {
    const typed = key.replaceAll(' ', '%20');
    const encoded = encodeURIComponent(key);
    const asForm = new URLSearchParams({ secret: key }).toString();
    for (const query of [
      `secret=${typed}`,
      `x=1&secret=${typed}`,
      `secret=${encoded}`,
      `secret=${encoded}&x=1`,
      asForm,
    ])
      t.equal(await postRaw(service, `/webhook/whatsapp?${query}`), 200, query);
  }
});

t.test('a typed key with signs is compared as a whole', async (t) => {
  const service = await startService(t, upstreams, { ...HELD, WEBHOOK_SECRET_KEY: 'kunci+a%b&rahasia, kunci-kedua' });
  const queries = [
    'secret=kunci',
    'secret=kunci+a%b',
    'secret=kunci+a%b&rahasi',
    'secret=kunci+a%b&rahasia&x=1',
    'secret=kunci%20a%25b%26rahasia',
    'secret=kunci+a%b&rahasia,kunci-kedua',
    'xsecret=kunci-kedua',
    'x=secret=kunci-kedua',
    'secret',
    '',
  ];
  for (const query of queries) t.equal(await postRaw(service, `/webhook/whatsapp?${query}`), 401, query);
  t.equal(await postRaw(service, '/webhook/whatsapp?secret=kunci+a%b&rahasia'), 200);
});

t.test('a request with a missing or wrong secret is rejected without effect, for any body', async (t) => {
  const service = await startService(t, upstreams, HELD);
  const calls: [string, Record<string, string>?, string?][] = [
    [message()],
    [message(), {}, '?secret='],
    [message(), {}, `?secret=${SECRET}x`],
    [message(), {}, `?Secret=${SECRET}`],
    [message(), { 'x-webhook-secret': SECRET.toUpperCase() }],
    [message({ secret: '' })],
    [message({ secret: [SECRET] })],
    [message({ secret: { toString: SECRET } })],
    ['{}'],
    ['null'],
    [`{"__proto__":{"secret":"${SECRET}"}}`],
    [`{"sender":"${LINKED}"}`],
  ];
  for (const [body, headers = {}, query = ''] of calls) {
    const effects = await measureEffects(upstreams, service, async () => {
      t.same(answered(await callWith(service, headers, body, query)), UNAUTHORIZED, `${body.slice(0, 40)} ${query}`);
    });
    t.same(effects, { ...NO_EFFECTS, events: ['auth.failed'] });
  }
});

t.test('a signature over the raw body is enough, with or without sha256=', async (t) => {
  const service = await startService(t, upstreams, HELD);
  for (const prefix of ['', 'sha256=']) {
    const spaced = ` ${message()}\n`;
    const signed = { 'x-fonnte-signature': prefix + sign(spaced) };
    t.same(answered(await callWith(service, signed, spaced)), ACCEPTED, `«${prefix}»`);
  }
  const form = new URLSearchParams({ sender: LINKED, message: 'Halo & apa kabar' });
  const signed = { 'x-fonnte-signature': sign(form.toString()) };
  t.same(answered(await post(`${service.url}/webhook/whatsapp`, form, signed)), ACCEPTED, 'over a form');
});

t.test('a wrong signature is rejected, even with a correct secret', async (t) => {
  const service = await startService(t, upstreams, HELD);
  const body = message({ secret: SECRET });
  for (const signature of ['', 'x', sign('lain'), `${sign(body)}00`, sign(body, 'kunci-lain')]) {
    const headers = { 'x-fonnte-signature': signature, 'x-webhook-secret': SECRET };
    t.same(answered(await callWith(service, headers, body, `?secret=${SECRET}`)), UNAUTHORIZED, `«${signature}»`);
  }
  t.equal((await service.app.store.inbox.status()).pending, 0);
});

t.test('during a key rotation both keys are accepted, for secrets and signatures', async (t) => {
  const keys = ['kunci-baru-sekali', 'kunci-lama-sekali'];
  const service = await startService(t, upstreams, { ...HELD, WEBHOOK_SECRET_KEY: keys.join(' , ') });
  for (const key of keys) {
    t.same(answered(await service.call(fonnte.buildPayload({ sender: LINKED }), { secret: key })), ACCEPTED, key);
    const body = message();
    t.same(answered(await callWith(service, { 'x-fonnte-signature': sign(body, key) }, body)), ACCEPTED, key);
  }
  t.same(answered(await service.call({}, { secret: keys.join(',') })), UNAUTHORIZED, 'the list is no key');
});

t.test('WEBHOOK_ALLOW_UNAUTHENTICATED takes every call', async (t) => {
  const open = { ...HELD, WEBHOOK_SECRET_KEY: '', WEBHOOK_ALLOW_UNAUTHENTICATED: 'true' };
  const service = await startService(t, upstreams, open);
  t.same(answered(await callWith(service, {})), ACCEPTED);
});

t.test('with a key, WEBHOOK_ALLOW_UNAUTHENTICATED opens nothing', async (t) => {
  const service = await startService(t, upstreams, { ...HELD, WEBHOOK_ALLOW_UNAUTHENTICATED: 'true' });
  t.same(answered(await callWith(service, {})), UNAUTHORIZED);
});

t.test('an address that is not allowed is refused, right secret or not, and has no effect', async (t) => {
  const service = await startService(t, upstreams, { ...HELD, WEBHOOK_ALLOWED_IPS: '203.0.113.0/24,2001:db8::5' });
  const from = (address: string) => ({ 'x-forwarded-for': address });
  const body = fonnte.buildPayload({ sender: LINKED });
  const effects = await measureEffects(upstreams, service, async () => {
    t.same(answered(await service.call(body)), FORBIDDEN, 'loopback itself');
    t.same(answered(await service.call(body, { headers: from('198.51.100.1') })), FORBIDDEN);
    t.same(answered(await service.call(body, { headers: from('tidak-jelas') })), FORBIDDEN);
    t.same(answered(await service.call(body, { headers: from('203.0.113.7, 198.51.100.1') })), FORBIDDEN, 'forged');
  });
  t.same(new Set(effects.events), new Set(['auth.failed']));
  t.match(effects, { supabase: 0, fonnte: 0, pending: 0 });
  for (const address of ['203.0.113.7', '2001:db8::5', '::ffff:203.0.113.7', '198.51.100.1, 203.0.113.7']) {
    const call = fonnte.buildPayload({ sender: LINKED });
    t.same(answered(await service.call(call, { headers: from(address) })), ACCEPTED, address);
  }
  t.match(
    await service.call(body, { headers: from('203.0.113.7'), secret: 'salah' }),
    { status: 401 },
    'and the secret',
  );
});

t.test('without a trusted proxy, x-forwarded-for says nothing', async (t) => {
  const service = await startService(t, upstreams, {
    ...HELD,
    TRUST_PROXY: 'false',
    WEBHOOK_ALLOWED_IPS: '203.0.113.7',
  });
  const headers = { 'x-forwarded-for': '203.0.113.7' };
  t.same(answered(await service.call(fonnte.buildPayload({ sender: LINKED }), { headers })), FORBIDDEN);
});

t.test('after 20 failed calls from one address they are 429, and a genuine call from it still passes', async (t) => {
  const service = await startService(t, upstreams, HELD);
  const from = (address: string) => ({ 'x-forwarded-for': `6.6.6.6, ${address}` });
  const fail = async (address: string) =>
    (await callWith(service, { ...from(address), 'x-webhook-secret': 'salah' }, '{}')).status;
  const statuses: number[] = [];
  for (let count = 0; count < 22; count += 1) {
    statuses.push(await fail('198.51.100.1'));
    const genuine = await service.call(fonnte.buildPayload({ sender: LINKED }), { headers: from('198.51.100.1') });
    t.same(answered(genuine), ACCEPTED, `genuine call ${count + 1}`);
  }
  t.same(statuses, [...Array.from({ length: 20 }, () => 401), 429, 429]);
  const answer = await callWith(service, from('198.51.100.1'));
  t.match(answer, { status: 429, body: { code: 'TOO_MANY_FAILED_CALLS' } });
  t.match(answer.headers.get('retry-after'), /^[1-9]\d*$/);
  t.equal(await fail('198.51.100.2'), 401, 'another address has a count of its own');
});

t.test('a genuine call never counts', async (t) => {
  const service = await startService(t, upstreams, HELD);
  for (let count = 0; count < 30; count += 1) await service.call({});
  t.match(await service.call({}, { secret: 'salah' }), { status: 401 });
});

t.test('failing to be an admin counts too, and a right key still passes', async (t) => {
  const service = await startService(t, upstreams);
  const admin = (key: string) => get(`${service.url}/docs/json`, { authorization: `Bearer ${key}` });
  for (let count = 0; count < 20; count += 1) t.equal((await admin('salah')).status, 401);
  t.equal((await admin('salah')).status, 429);
  t.equal((await admin('kunci-admin-uji-coba')).status, 200);
});

t.test('a browser of another origin gets no leave to read an answer', async (t) => {
  const service = await startService(t, upstreams);
  const allowed = async (origin: string) =>
    (await get(`${service.url}/webhook/whatsapp`, { origin })).headers.get('access-control-allow-origin');
  t.equal(await allowed('https://md.fonnte.com'), 'https://md.fonnte.com');
  t.equal(await allowed('https://fonnte.com'), 'https://fonnte.com');
  t.equal(await allowed('https://fonnte.com.evil.example'), null);
  t.equal(await allowed('https://evil.example?fonnte.com'), null);
});
