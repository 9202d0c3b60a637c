import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import t, { type Test } from 'tap';
import Value from 'typebox/value';
import { documentOf, type OpenApiDocument, type Operation, operationsOf } from '../routes/openapi.ts';
import { type FakeUpstreams, OTHER_LINKED, startFakeUpstreams } from '../support/fake-upstreams.ts';
import { get } from '../support/http.ts';
import { ADMIN_KEY, SECRET, type Service, startService } from '../support/service.ts';
import { filled, type HttpExample, parseHttpFile } from './http-file.ts';

const text = readFileSync(resolve(import.meta.dirname, '../../docs/api.http'), 'utf8');
const { variables, examples } = parseHttpFile(text);
const upstreams = await startFakeUpstreams(t);

/** @returns the documented operation of an example; undefined for an undocumented request */
function operationOf(
  document: OpenApiDocument,
  { method, url }: HttpExample,
): { name: string; operation: Operation } | undefined {
  const [path = ''] = url.replace('{{host}}', '').split('?');
  return operationsOf(document).find((one) => {
    const pattern = one.path.replace(/\{\w+\}/g, '[^/]+');
    return one.method === method.toLowerCase() && new RegExp(`^${pattern}$`).test(path);
  });
}

/** Creates a dead letter whose reply FONNTE rejected. @returns its id */
async function deadLetter({ fonnte }: FakeUpstreams, service: Service): Promise<string> {
  await fonnte.setFault(
    { kind: 'reject', body: { status: false, reason: 'target invalid' } },
    { times: 1, match: ({ path }) => path === '/send' },
  );
  const before = service.occurrences.filter(({ type }) => type === 'turn.dead-lettered').length;
  await service.call(fonnte.buildPayload({ sender: OTHER_LINKED, message: 'Berapa sisa?' }));
  await service.waitForEvent(
    'turn.dead-lettered',
    () => service.occurrences.filter(({ type }) => type === 'turn.dead-lettered').length > before,
  );
  const { body } = await get(`${service.url}/api/dead-letters`, { authorization: `Bearer ${ADMIN_KEY}` });
  const [letter] = body.deadLetters as { id: string }[];
  return letter?.id ?? '';
}

async function run(t: Test, service: Service, example: HttpExample): Promise<{ status: number; body: string }> {
  const given = new Map([...variables, ['host', service.url], ['adminKey', ADMIN_KEY], ['webhookKey', SECRET]]);
  if (example.url.includes('{{deadLetterId}}')) given.set('deadLetterId', await deadLetter(upstreams, service));
  const fill = (written: string) => filled(written, given);
  const headers = Object.entries(example.headers).map(([name, value]) => [name, fill(value)] as [string, string]);
  const body = example.body === undefined ? {} : { body: fill(example.body) };
  const response = await fetch(fill(example.url), { method: example.method, headers, ...body });
  t.equal(response.status, example.status, example.name);
  return { status: response.status, body: await response.text() };
}

t.test('there is exactly one example for each documented operation', async (t) => {
  const document = await documentOf(await startService(t, upstreams));
  const shown = examples.map((example) => operationOf(document, example)?.name ?? `${example.method} ${example.url}`);
  t.same(
    shown.sort(),
    operationsOf(document)
      .map(({ name }) => name)
      .sort(),
  );
});

t.test('each example, run in order on a service, gets the documented status and response', async (t) => {
  const service = await startService(t, upstreams);
  const document = await documentOf(service);
  for (const example of examples) {
    const { status, body } = await run(t, service, example);
    const content = operationOf(document, example)?.operation.responses[status]?.content ?? {};
    const schema = content['application/json']?.schema;
    if (schema) t.ok(Value.Check(schema, JSON.parse(body)), `${example.name}: ${body.slice(0, 200)}`);
    else t.equal(body === '', Object.keys(content).length === 0, example.name);
    await service.idle();
  }
});

t.test('an example that needs a key is rejected without it', async (t) => {
  const service = await startService(t, upstreams);
  const document = await documentOf(service);
  for (const example of examples) {
    const { authorization: _, 'x-webhook-secret': __, ...headers } = example.headers;
    const isOpen = operationOf(document, example)?.operation.security === undefined;
    await run(t, service, { ...example, headers, status: isOpen ? example.status : 401 });
  }
});

t.test('the file contains only sample numbers and placeholders', async (t) => {
  for (const [number] of text.matchAll(/\+?\d{9,}/g)) t.match(number, /^62812000000\d\d$/);
  for (const name of ['adminKey', 'webhookKey', 'deadLetterId']) t.match(variables.get(name), /^isi-/);
  for (const { name, body } of examples) t.match(name + (body ?? ''), /\S/);
});

t.test('incomplete examples are rejected', async (t) => {
  for (const broken of [
    '###\n# → 200\nGET /\n',
    '### a\nGET /\n',
    '### a\n# → 200\n',
    '### a\n# → 200\n# → 201\nGET /\n',
  ]) {
    t.throws(() => parseHttpFile(broken));
  }
  t.throws(() => parseHttpFile('### a\n# → 200\nGET /\nbukan header\n\n'), /header/);
  t.throws(() => filled('{{tidakAda}}', variables), /tidakAda/);
});
