import t from 'tap';
import Value from 'typebox/value';
import { LINKED, startFakeUpstreams, UNLINKED } from '../support/fake-upstreams.ts';
import { get, type HttpResponse, post } from '../support/http.ts';
import { ADMIN_KEY, SECRET, startService } from '../support/service.ts';
import { documentOf, type OpenApiDocument, operationsOf } from './openapi.ts';

const upstreams = await startFakeUpstreams(t);
const admin = { authorization: `Bearer ${ADMIN_KEY}` };

t.test('the webhook takes JSON and form fields, and shows how it is entered', async (t) => {
  const { paths } = await documentOf(await startService(t, upstreams));
  const operation = paths['/webhook/whatsapp']?.post;
  t.same(Object.keys(operation?.requestBody?.content ?? {}), ['application/json', 'application/x-www-form-urlencoded']);
  t.same(operation?.security, [{ webhookSecret: [] }, { webhookHeader: [] }, { webhookSignature: [] }]);
  t.equal(paths['/api/health']?.get?.security, undefined);
});

t.test('responses match their documented schemas', async (t) => {
  const service = await startService(t, upstreams, { MAX_INBOX: 1, COALESCE_WINDOW_MS: 10_000 });
  const { paths } = await documentOf(service);
  const fits = (path: string, method: string, { status, body }: HttpResponse) => {
    const described = paths[path]?.[method]?.responses[status];
    const schema = described?.content?.['application/json']?.schema;
    t.ok(schema && Value.Check(schema, body), `${method} ${path} ${status} ${JSON.stringify(body)}`);
  };
  const webhook = '/webhook/whatsapp';
  const calls: [unknown, { secret?: string }?][] = [
    [{}],
    [{ sender: 'abc', message: 'x' }],
    ['x'],
    [upstreams.fonnte.buildPayload({ sender: LINKED })],
    [upstreams.fonnte.buildPayload({ sender: UNLINKED })],
    [upstreams.fonnte.buildPayload({ sender: LINKED })],
    [upstreams.fonnte.buildPayload({ sender: LINKED, message: 'a'.repeat(1001) })],
    [{}, { secret: 'salah' }],
  ];
  for (const [body, options] of calls) fits(webhook, 'post', await service.call(body, options));
  fits(webhook, 'get', await get(service.url + webhook));
  fits('/api/health', 'get', await get(`${service.url}/api/health`));
  fits('/docs/json', 'get', await get(`${service.url}/docs/json`, admin));
  fits('/docs/json', 'get', await get(`${service.url}/docs/json`));
  const send = '/api/whatsapp/send';
  fits(send, 'post', await post(service.url + send, { target: LINKED, message: 'Halo' }, admin));
  fits(send, 'post', await post(service.url + send, { target: LINKED }, admin));
  upstreams.fonnte.connected = false;
  t.teardown(() => upstreams.fonnte.reset());
  fits(send, 'post', await post(service.url + send, { target: LINKED, message: 'Halo' }, admin));
});

t.test('the errors of a body are documented, also for routes without a body', async (t) => {
  const service = await startService(t, upstreams);
  const document = await documentOf(service);
  const json = { 'content-type': 'application/json' };
  const bodies = [
    { body: '{', headers: json },
    { body: 'x', headers: { 'content-type': 'text/csv' } },
    { body: `"${'x'.repeat(300_000)}"`, headers: json },
  ];
  for (const { path, method, name, operation } of operationsOf(document)) {
    if (method === 'get') continue;
    const url = service.url + path.replace(/\{\w+\}/, '6281200000001');
    const secret = { 'x-webhook-secret': SECRET };
    const answers = bodies.map(async ({ body, headers }) => {
      const init = { method: method.toUpperCase(), body, headers: { ...admin, ...secret, ...headers } };
      return (await fetch(url, init)).status;
    });
    const statuses = await Promise.all(answers);
    t.same(statuses, [400, 415, 413], name);
    for (const status of statuses) t.ok(operation.responses[status], `${name} ${status}`);
  }
});

t.test('the document is for admins, and there is no page', async (t) => {
  const service = await startService(t, upstreams);
  t.equal((await get(`${service.url}/docs/json`)).status, 401);
  t.equal((await get(`${service.url}/docs/json`, { authorization: 'Bearer salah' })).status, 401);
  t.equal((await get(`${service.url}/docs/json`, { 'x-api-key': ADMIN_KEY })).status, 200);
  for (const path of ['/docs', '/docs/', '/docs/static/index.html', '/docs/yaml']) {
    t.match(await get(service.url + path, admin), { status: 404, body: { code: 'NOT_FOUND' } }, path);
  }
});

t.test('loopback is no admin', async (t) => {
  const service = await startService(t, upstreams);
  for (const headers of [{}, { 'x-forwarded-for': '127.0.0.1' }, { 'x-real-ip': '127.0.0.1' }]) {
    t.equal((await get(`${service.url}/docs/json`, headers as Record<string, string>)).status, 401);
  }
});

t.test('with DOCS_PUBLIC the document and its page are open to anyone, and nothing else is', async (t) => {
  const service = await startService(t, upstreams, { DOCS_PUBLIC: true });
  const { status, body } = await get(`${service.url}/docs/json`);
  t.equal(status, 200);
  t.ok((body as unknown as OpenApiDocument).paths['/webhook/whatsapp']);
  const page = await fetch(`${service.url}/docs`);
  t.equal(page.status, 200);
  t.match(page.headers.get('content-type'), /^text\/html/);
  const policy = page.headers.get('content-security-policy') ?? '';
  t.match(policy, /default-src 'self'/);
  t.notMatch(policy, /upgrade-insecure-requests/, 'it works over plain HTTP within a network too');
  const html = await page.text();
  const assets = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url = '']) => new URL(url, page.url));
  t.ok(assets.length > 0);
  for (const asset of assets) {
    t.equal(asset.origin, service.url, 'nothing comes from elsewhere');
    const answer = await fetch(asset);
    await answer.bytes();
    t.equal(answer.status, 200, asset.pathname);
  }
  t.equal((await get(`${service.url}/api/dead-letters`)).status, 401);
});
