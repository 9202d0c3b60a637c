import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import { LINKED, startFakeUpstreams } from '../support/fake-upstreams.ts';
import { get, type HttpResponse } from '../support/http.ts';
import { startService } from '../support/service.ts';

const upstreams = await startFakeUpstreams(t);
const ALLOWED = '203.0.113.7';
const SETTINGS = { COALESCE_WINDOW_MS: 10_000, RATE_LIMIT_PER_MINUTE: 1000, WEBHOOK_ALLOWED_IPS: `${ALLOWED}/32` };

/** Sends an authentic request with these forwarded addresses and a `TRUST_PROXY`. @returns the status */
async function statusesFor(trust: string, chains: Record<string, string>[]): Promise<(string | number)[]> {
  const service = await startService(t, upstreams, { ...SETTINGS, TRUST_PROXY: trust });
  const results: (string | number)[] = [];
  for (const headers of chains) {
    const { status, body } = await service.call(upstreams.fonnte.buildPayload({ sender: LINKED }), { headers });
    results.push(status === 200 ? 200 : String(body.code));
  }
  await service.close();
  return results;
}

const buildHeaders = (chain: string) => ({ 'x-forwarded-for': chain });
const NO = 'FORBIDDEN_ADDRESS';

t.test('behind a local proxy the last address of the chain counts, not addresses that the caller added', async (t) => {
  const chains = [
    buildHeaders(ALLOWED),
    buildHeaders(`${ALLOWED}, 198.51.100.9`),
    buildHeaders(`198.51.100.9, ${ALLOWED}`),
    buildHeaders(`::ffff:${ALLOWED}`),
  ];
  t.same(await statusesFor('loopback', chains), [200, NO, 200, 200]);
});

t.test('only configured proxies are trusted: addresses and CIDR blocks', async (t) => {
  const chains = [
    buildHeaders(`${ALLOWED}, 10.1.2.3`),
    buildHeaders(`${ALLOWED}, 10.2.2.3`),
    buildHeaders(`${ALLOWED}, 198.51.100.9, 10.1.2.3`),
  ];
  t.same(await statusesFor('loopback,10.1.0.0/16', chains), [200, NO, NO]);
  t.same(await statusesFor('10.1.2.3', [buildHeaders(ALLOWED)]), [NO], 'loopback is not believed unless it is named');
});

t.test('without a proxy no header is trusted', async (t) => {
  const headers = ['x-forwarded-for', 'x-real-ip', 'cf-connecting-ip', 'true-client-ip', 'x-client-ip', 'client-ip'];
  const chains = [...headers.map((name) => ({ [name]: ALLOWED })), { forwarded: `for=${ALLOWED}` }];
  t.same(
    await statusesFor('false', chains),
    chains.map(() => NO),
  );
  t.same(
    await statusesFor('loopback', chains.slice(1)),
    chains.slice(1).map(() => NO),
    'behind one, only x-forwarded-for',
  );
});

t.test('several headers form one chain in their order', async (t) => {
  const service = await startService(t, upstreams, SETTINGS);
  const statusOf = async (...chain: string[]) => {
    const body = JSON.stringify(upstreams.fonnte.buildPayload({ sender: LINKED }));
    const lines = [
      'POST /webhook/whatsapp?secret=rahasia-uji-coba HTTP/1.1',
      'host: x',
      'connection: close',
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      ...chain.map((address) => `x-forwarded-for: ${address}`),
    ];
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
    await once(socket, 'close');
    return answer.slice(9, 12);
  };
  t.equal(await statusOf(ALLOWED, '198.51.100.9'), '403', 'a forged header before the proxy’s own');
  t.equal(await statusOf('198.51.100.9', ALLOWED), '200');
});

t.test('a failed call with a forged address does not count against that address', async (t) => {
  const service = await startService(t, upstreams, { TRUST_PROXY: 'false' });
  const failed = (index: number) =>
    service.call({}, { secret: 'salah', headers: buildHeaders(`198.51.100.${index}`) }).then(({ status }) => status);
  const statuses: number[] = [];
  for (let index = 0; index < 21; index += 1) statuses.push(await failed(index));
  t.same(statuses, [...Array.from({ length: 20 }, () => 401), 429], 'a new header is no new address');
});

t.test('every response has the security headers', async (t) => {
  const service = await startService(t, upstreams);
  const statusesFor: HttpResponse[] = [
    await get(`${service.url}/api/health`),
    await get(`${service.url}/tidak-ada`),
    await get(`${service.url}/api/dead-letters`),
    await service.call({}, { secret: 'salah' }),
    await service.call(upstreams.fonnte.buildPayload({ sender: LINKED })),
  ];
  for (const { headers, status } of statusesFor) {
    t.match(headers.get('content-security-policy'), /default-src 'self'/, String(status));
    t.match(headers.get('content-security-policy'), /frame-ancestors 'self'/);
    t.match(headers.get('content-security-policy'), /object-src 'none'/);
    t.equal(headers.get('x-content-type-options'), 'nosniff');
    t.equal(headers.get('x-frame-options'), 'SAMEORIGIN');
    t.equal(headers.get('referrer-policy'), 'no-referrer');
    t.match(headers.get('strict-transport-security'), /max-age=\d{7,}/);
    t.equal(headers.get('x-powered-by'), null);
    t.equal(headers.get('server'), null);
  }
});

t.test(
  'CORS rejects other origins for admin routes and preflights; a pattern does not match a substring',
  async (t) => {
    const service = await startService(t, upstreams, { CORS_ORIGINS: 'https://*.contoh.id' });
    const corsHeaders = async (origin: string, path: string, method: string) => {
      const asked = {
        origin,
        'access-control-request-method': 'DELETE',
        'access-control-request-headers': 'x-api-key',
      };
      const { headers } = await fetch(service.url + path, { method, headers: asked });
      t.not(headers.get('access-control-allow-origin'), '*');
      t.equal(headers.get('access-control-allow-credentials'), null, 'never with cookies');
      return headers.get('access-control-allow-origin');
    };
    for (const path of ['/api/dead-letters', '/api/conversations/6281200000001', '/webhook/whatsapp', '/api/health']) {
      for (const method of ['OPTIONS', 'GET']) {
        t.equal(await corsHeaders('https://evil.example', path, method), null, `${method} ${path}`);
        t.equal(await corsHeaders('https://contoh.id.evil.example', path, method), null);
        t.equal(await corsHeaders('null', path, method), null);
        t.equal(await corsHeaders('https://portal.contoh.id', path, method), 'https://portal.contoh.id');
      }
    }
  },
);
