import t, { type Test } from 'tap';
import Value from 'typebox/value';
import {
  ADMIN_KEY,
  type Answered,
  get,
  LINKED,
  post,
  type Service,
  startService,
  startWorld,
  UNLINKED,
} from '../helper.ts';

type Schema = Record<string, unknown>;
interface Operation {
  summary?: string;
  tags?: string[];
  security?: Record<string, string[]>[];
  parameters?: { name: string; in: string; required?: boolean; schema?: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { description?: string; content?: Record<string, { schema: Schema }> }>;
}
interface Document {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { securitySchemes: Record<string, unknown>; schemas?: Record<string, unknown> };
}

const world = await startWorld(t);
const admin = { authorization: `Bearer ${ADMIN_KEY}` };

async function documentOf(service: Service): Promise<Document> {
  const { body } = await get(`${service.url}/docs/json`, admin);
  return body as unknown as Document;
}
const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation, name: `${method} ${path}` })),
  );

/** The routes that the service really has, `get /api/health` each, as Fastify draws them in a tree. */
function routesOf({ app }: Service): string[] {
  const parents: string[] = [];
  return app
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const [, indent = '', part = '', methods = ''] = /^([│ ]*)[├└]── (\S+) \(([A-Z, ]+)\)$/.exec(line) ?? [];
      const depth = indent.length / 4;
      parents.length = depth;
      parents[depth] = part;
      const path = parents.join('').replace(/:(\w+)/g, '{$1}');
      const real = methods.split(', ').filter((method) => !['', 'HEAD', 'OPTIONS'].includes(method));
      return real.map((method) => `${method.toLowerCase()} ${path}`);
    });
}

t.test('every route stands in the document, and nothing else', async (t) => {
  const service = await startService(t, world);
  const documented = operationsOf(await documentOf(service)).map(({ name }) => name);
  t.same(documented.sort(), routesOf(service).sort());
  for (const route of ['post /webhook/whatsapp', 'post /api/whatsapp/send', 'get /api/health', 'get /docs/json']) {
    t.ok(documented.includes(route), route);
  }
});

t.test('it is a well-formed OpenAPI 3.1 document', async (t) => {
  const document = await documentOf(await startService(t, world));
  t.match(document.openapi, /^3\.1\.\d+$/);
  t.match(document.info, { title: /\S/, version: /^\d+\.\d+\.\d+/ });
  for (const { path, name, operation } of operationsOf(document)) {
    t.match(path, /^\/[^?#]*$/, name);
    t.ok(operation.summary, `${name} says what it does`);
    t.ok(operation.tags?.length, `${name} has a tag`);
    checkParameters(t, name, path, operation);
    for (const { schema } of Object.values(operation.requestBody?.content ?? {})) checkSchema(t, name, schema);
    for (const requirement of operation.security ?? []) {
      for (const scheme of Object.keys(requirement)) t.ok(scheme in document.components.securitySchemes, scheme);
    }
  }
});

t.test('every status that an operation answers is described, errors as {error, code}', async (t) => {
  for (const { name, operation } of operationsOf(await documentOf(await startService(t, world)))) {
    const statuses = Object.keys(operation.responses);
    t.ok(
      statuses.some((status) => /^2\d\d$/.test(status)),
      `${name} can succeed`,
    );
    t.ok(
      ['500', '503'].every((status) => statuses.includes(status)),
      `${name} can fail`,
    );
    const isAdmin = operation.security?.some((requirement) => 'bearer' in requirement);
    if (isAdmin)
      t.ok(
        ['401', '429'].every((status) => statuses.includes(status)),
        `${name} may be refused`,
      );
    for (const [status, { description, content }] of Object.entries(operation.responses)) {
      t.ok(description, `${name} ${status} has a description`);
      if (status === '204') continue;
      t.ok(content && Object.keys(content).length > 0, `${name} ${status} has content`);
      for (const { schema } of Object.values(content ?? {})) checkSchema(t, `${name} ${status}`, schema);
      if (Number(status) < 400 || name === 'get /api/health') continue;
      const schema = content?.['application/json']?.schema ?? {};
      t.match(schema, { properties: { error: { type: 'string' }, code: { type: 'string' } } }, `${name} ${status}`);
      t.same(schema.required, ['error', 'code'], `${name} ${status}`);
    }
  }
});

t.test('the webhook takes JSON and form fields, and shows how it is entered', async (t) => {
  const { paths } = await documentOf(await startService(t, world));
  const operation = paths['/webhook/whatsapp']?.post;
  t.same(Object.keys(operation?.requestBody?.content ?? {}), ['application/json', 'application/x-www-form-urlencoded']);
  t.same(operation?.security, [{ webhookSecret: [] }, { webhookHeader: [] }, { webhookSignature: [] }]);
  t.equal(paths['/api/health']?.get?.security, undefined);
});

t.test('what is answered fits what is described', async (t) => {
  const service = await startService(t, world, { MAX_INBOX: 1, COALESCE_WINDOW_MS: 10_000 });
  const { paths } = await documentOf(service);
  const fits = (path: string, method: string, { status, body }: Answered) => {
    const described = paths[path]?.[method]?.responses[status];
    const schema = described?.content?.['application/json']?.schema;
    t.ok(schema && Value.Check(schema, body), `${method} ${path} ${status} ${JSON.stringify(body)}`);
  };
  const webhook = '/webhook/whatsapp';
  const calls: [unknown, { secret?: string }?][] = [
    [{}],
    [{ sender: 'abc', message: 'x' }],
    ['x'],
    [world.fonnte.payload({ sender: LINKED })],
    [world.fonnte.payload({ sender: UNLINKED })],
    [world.fonnte.payload({ sender: LINKED })],
    [world.fonnte.payload({ sender: LINKED, message: 'a'.repeat(1001) })],
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
  world.fonnte.connected = false;
  t.teardown(() => world.fonnte.reset());
  fits(send, 'post', await post(service.url + send, { target: LINKED, message: 'Halo' }, admin));
});

t.test('the document is for admins, and there is no page', async (t) => {
  const service = await startService(t, world);
  t.equal((await get(`${service.url}/docs/json`)).status, 401);
  t.equal((await get(`${service.url}/docs/json`, { authorization: 'Bearer salah' })).status, 401);
  t.equal((await get(`${service.url}/docs/json`, { 'x-api-key': ADMIN_KEY })).status, 200);
  for (const path of ['/docs', '/docs/', '/docs/static/index.html', '/docs/yaml']) {
    t.match(await get(service.url + path, admin), { status: 404, body: { code: 'NOT_FOUND' } }, path);
  }
});

t.test('loopback is no admin', async (t) => {
  const service = await startService(t, world);
  for (const headers of [{}, { 'x-forwarded-for': '127.0.0.1' }, { 'x-real-ip': '127.0.0.1' }]) {
    t.equal((await get(`${service.url}/docs/json`, headers as Record<string, string>)).status, 401);
  }
});

t.test('with DOCS_PUBLIC the document and its page are open to anyone, and nothing else is', async (t) => {
  const service = await startService(t, world, { DOCS_PUBLIC: true });
  const { status, body } = await get(`${service.url}/docs/json`);
  t.equal(status, 200);
  t.ok((body as unknown as Document).paths['/webhook/whatsapp']);
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

function checkParameters(t: Test, name: string, path: string, { parameters = [] }: Operation): void {
  const inPath = parameters.filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name);
  t.same(inPath.sort(), [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter).sort(), name);
  for (const parameter of parameters) {
    t.ok(['path', 'query', 'header', 'cookie'].includes(parameter.in), `${name} ${parameter.name}`);
    if (parameter.in === 'path') t.equal(parameter.required, true, `${name} ${parameter.name}`);
    checkSchema(t, `${name} ${parameter.name}`, parameter.schema);
  }
  t.equal(new Set(parameters.map((parameter) => `${parameter.in} ${parameter.name}`)).size, parameters.length, name);
}

const TYPES = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']);

/** Whether a JSON schema says something, and nothing that contradicts itself. */
function checkSchema(t: Test, name: string, schema: unknown): void {
  if (typeof schema !== 'object' || schema === null) {
    t.fail(`${name} has no schema`);
    return;
  }
  const {
    type,
    properties = {},
    required = [],
    items,
    anyOf = [],
    enum: choices,
  } = schema as {
    type?: string;
    properties?: Record<string, unknown>;
    required?: string[];
    items?: unknown;
    anyOf?: unknown[];
    enum?: unknown[];
  };
  const says = type !== undefined || anyOf.length > 0 || choices !== undefined;
  if (!says || (type !== undefined && !TYPES.has(type))) t.fail(`${name}: ${JSON.stringify(schema)}`);
  if (choices?.length === 0) t.fail(`${name} has no choice`);
  for (const field of required) if (!(field in properties)) t.fail(`${name} requires ${field}, which it does not have`);
  for (const [field, inner] of Object.entries(properties)) checkSchema(t, `${name}.${field}`, inner);
  for (const inner of anyOf) checkSchema(t, name, inner);
  if (type === 'array') checkSchema(t, `${name}[]`, items);
}
