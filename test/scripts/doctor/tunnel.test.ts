import type { RequestListener } from 'node:http';
import t, { type Test } from 'tap';
import { diagnose, STRONG_ADMIN_KEY, STRONG_WEBHOOK_KEY } from '../../support/doctor.ts';
import { startFakeUpstreams } from '../../support/fake-upstreams.ts';
import { startServer } from '../../support/http.ts';
import { startService } from '../../support/service.ts';

const upstreams = await startFakeUpstreams(t);
const keys = { WEBHOOK_SECRET_KEY: STRONG_WEBHOOK_KEY, ADMIN_API_KEY: STRONG_ADMIN_KEY };
const service = await startService(t, upstreams, keys);
const WHATSAPP_SERVER_PORT = new URL(service.url).port;

/** A tunnel that forwards the paths that `forwards` accepts; `respond` answers the others. */
function startTunnel(t: Test, forwards: (path: string) => boolean, respond: RequestListener): Promise<string> {
  return startServer(t, async (request, response) => {
    const path = request.url ?? '/';
    if (!forwards(path)) return respond(request, response);
    const { method = 'GET', headers } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const answer = await fetch(`${service.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'x-webhook-secret': String(headers['x-webhook-secret'] ?? '') },
      ...(method === 'POST' ? { body: Buffer.concat(chunks) } : {}),
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
    response.end(await answer.text());
  });
}

const isWebhook = (path: string) => path === '/webhook/whatsapp';

t.test('a tunnel that forwards only the webhook', async (t) => {
  const PUBLIC_URL = await startTunnel(t, isWebhook, (_request, response) => response.writeHead(404).end());
  const { code, row } = await diagnose(t, upstreams, { PUBLIC_URL, WHATSAPP_SERVER_PORT });
  t.equal(code, 0);
  t.match(row('tunnel', 'Webhook dari luar'), { status: 'ok', text: 'Terjangkau, kuncinya diterima.' });
  t.match(row('tunnel', 'Rute yang terbuka'), { status: 'ok', text: 'Hanya /webhook/whatsapp.' });
  t.match(row('service'), { status: 'ok', text: /^Berjalan di 127\.0\.0\.1:\d+, versi .*: healthy\.$/ });
});

t.test('the same host may have a site that answers every path', async (t) => {
  const page = '<!doctype html><title>Portal SAPA</title>';
  const PUBLIC_URL = await startTunnel(t, isWebhook, (_request, response) => response.end(page));
  const { row } = await diagnose(t, upstreams, { PUBLIC_URL });
  t.match(row('tunnel', 'Rute yang terbuka'), { status: 'ok' });
});

t.test('a tunnel that forwards everything, or one more route', async (t) => {
  const all = await diagnose(t, upstreams, { PUBLIC_URL: service.url });
  t.equal(all.code, 1);
  t.match(all.row('tunnel', 'Rute yang terbuka'), { status: 'error', text: /\/api\/health, \/api\/metrics/ });
  for (const open of ['/api/health', '/api/metrics', '/docs/json', '/doctor-tidak-ada']) {
    const forwards = (path: string) => isWebhook(path) || path === open;
    const PUBLIC_URL = await startTunnel(t, forwards, (_request, response) => response.writeHead(404).end());
    const { row } = await diagnose(t, upstreams, { PUBLIC_URL });
    t.match(row('tunnel', 'Rute yang terbuka'), { status: 'error' }, open);
  }
});

t.test('a tunnel to nothing, to another program, or with another secret', async (t) => {
  const other = await startServer(t, (_request, response) => response.end('{"status":"healthy"}'));
  const old = await diagnose(t, upstreams, { PUBLIC_URL: other, WHATSAPP_SERVER_PORT: new URL(other).port });
  t.equal(old.code, 1);
  t.match(old.row('tunnel', 'Webhook dari luar'), { status: 'error', text: /tidak dijawab layanan ini/ });
  t.match(old.row('service'), { status: 'error', text: /program lain, mungkin proses lama sapa-wa/ });
  const wrong = await diagnose(t, upstreams, {
    PUBLIC_URL: `${service.url}/`,
    WEBHOOK_SECRET_KEY: STRONG_ADMIN_KEY.toUpperCase(),
  });
  t.match(wrong.row('tunnel', 'Webhook dari luar'), { status: 'error', text: /menolak kunci/ });
  const none = await diagnose(t, upstreams, { PUBLIC_URL: 'http://tunnel.contoh.invalid' });
  t.match(none.row('tunnel', 'Webhook dari luar'), { status: 'error', text: 'Nama host tidak dikenal.' });
  t.match(none.row('tunnel', 'Rute yang terbuka'), { status: 'manual' });
  t.match(none.row('tunnel', 'https'), { status: 'error' });
  t.match((await diagnose(t, upstreams, { PUBLIC_URL: 'alamat' })).row('tunnel'), {
    status: 'error',
    text: /bukan URL/,
  });
});
