import { Validator } from '@seriousme/openapi-schema-validator';
import t, { type Test } from 'tap';
import Value from 'typebox/value';
import { errorCodes } from '../support/error-codes.ts';
import { startFakeUpstreams } from '../support/fake-upstreams.ts';
import { get } from '../support/http.ts';
import { ADMIN_KEY, type Service, startService } from '../support/service.ts';
import { documentOf, examplesWithin, type Operation, operationsOf } from './openapi.ts';

const upstreams = await startFakeUpstreams(t);
const admin = { authorization: `Bearer ${ADMIN_KEY}` };

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

t.test('the document contains exactly the routes', async (t) => {
  const service = await startService(t, upstreams);
  const documented = operationsOf(await documentOf(service)).map(({ name }) => name);
  t.same(documented.sort(), routesOf(service).sort());
  for (const route of ['post /webhook/whatsapp', 'post /api/whatsapp/send', 'get /api/health', 'get /docs/json']) {
    t.ok(documented.includes(route), route);
  }
});

// The validator does not check schema objects of 3.1: `checkSchema` does.
t.test('the validator finds it a valid OpenAPI 3.1 document, public or not', async (t) => {
  for (const DOCS_PUBLIC of [false, true]) {
    const service = await startService(t, upstreams, { DOCS_PUBLIC });
    const validator = new Validator();
    const { body } = await get(`${service.url}/docs/json`, admin);
    t.same(await validator.validate(body), { valid: true });
    t.equal(validator.version, '3.1');
  }
});

t.test('each operation has a unique name, and tags and servers are described', async (t) => {
  const document = await documentOf(await startService(t, upstreams));
  const ids = operationsOf(document).map(({ operation }) => operation.operationId);
  for (const id of ids) t.match(id, /^[a-z][A-Za-z]+$/);
  t.equal(new Set(ids).size, ids.length);
  const used = new Set(operationsOf(document).flatMap(({ operation }) => operation.tags ?? []));
  t.same([...used].sort(), document.tags.map(({ name }) => name).sort());
  const schemes = Object.values(document.components.securitySchemes);
  for (const { description } of [...document.tags, ...document.servers, ...schemes]) t.ok(description);
  t.ok(document.servers.every(({ url }) => URL.canParse(url, 'http://127.0.0.1:3003')));
});

t.test('every header and query field of a request is a parameter or a security scheme', async (t) => {
  const document = await documentOf(await startService(t, upstreams));
  const schemes = Object.values(document.components.securitySchemes);
  const parameters = operationsOf(document).flatMap(({ operation }) => operation.parameters ?? []);
  const described = [...schemes, ...parameters].map(({ in: place, name }) => `${place} ${name}`);
  const headers = ['idempotency-key', 'x-fonnte-signature', 'x-webhook-secret', 'x-api-key'];
  for (const name of headers) t.ok(described.includes(`header ${name}`), `header ${name}`);
  for (const name of ['limit', 'cursor', 'secret']) t.ok(described.includes(`query ${name}`), `query ${name}`);
});

t.test('the document lists exactly the error codes of each status', async (t) => {
  const named = new Set<string>();
  for (const { name, operation } of operationsOf(await documentOf(await startService(t, upstreams)))) {
    for (const [status, { description = '' }] of Object.entries(operation.responses)) {
      for (const [code] of description.matchAll(/\b[A-Z]+_[A-Z_]+\b|\bUNAUTHORIZED\b/g)) {
        named.add(code);
        t.equal(errorCodes.get(code), Number(status), `${name} ${status} ${code}`);
      }
    }
  }
  // Answers to what is no HTTP that a route could have seen.
  const unroutable = ['UNREADABLE_REQUEST', 'REQUEST_TOO_SLOW', 'HEADERS_TOO_LARGE'];
  t.same([...named, ...unroutable].sort(), [...errorCodes.keys()].sort());
});

t.test('every example fits its schema', async (t) => {
  const media = operationsOf(await documentOf(await startService(t, upstreams))).flatMap(({ name, operation }) =>
    [operation.requestBody, ...Object.values(operation.responses)].flatMap((has) =>
      Object.values(has?.content ?? {}).map((one) => ({ name, ...one })),
    ),
  );
  const examples = media.flatMap(({ name, schema, example, examples = {} }) => [
    ...(example === undefined ? [] : [{ name, schema, value: example }]),
    ...Object.values(examples).map(({ value }) => ({ name, schema, value })),
    ...examplesWithin(schema).map((inner) => ({ name, ...inner })),
  ]);
  t.ok(examples.length >= 2, 'bodies have some');
  for (const { name, schema, value } of examples) t.ok(Value.Check(schema, value), `${name} ${JSON.stringify(value)}`);
});

t.test('the document is a valid OpenAPI 3.1 document', async (t) => {
  const document = await documentOf(await startService(t, upstreams));
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
  for (const { name, operation } of operationsOf(await documentOf(await startService(t, upstreams)))) {
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
    for (const [status, { description, headers, content }] of Object.entries(operation.responses)) {
      t.ok(description, `${name} ${status} has a description`);
      if (name !== 'get /api/health') t.equal('retry-after' in (headers ?? {}), ['429', '503'].includes(status), name);
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

/** Whether a JSON schema has content without contradictions. */
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
