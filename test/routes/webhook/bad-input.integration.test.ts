import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import { LINKED, startFakeUpstreams } from '../../support/fake-upstreams.ts';
import { get, type HttpResponse, post } from '../../support/http.ts';
import { loadPendingMessages } from '../../support/pending-messages.ts';
import { SECRET, type Service, startService } from '../../support/service.ts';
import {
  ACCEPTED,
  answered,
  INVALID_MESSAGE,
  ignored,
  measureEffects,
  NO_EFFECTS,
} from '../../support/webhook-responses.ts';

const upstreams = await startFakeUpstreams(t);
const LIMIT = 256 * 1024;
const HELD = { COALESCE_WINDOW_MS: 10_000, RATE_LIMIT_PER_MINUTE: 1000 };

const INVALID_BODY = { status: 400, body: { error: 'Isi permintaan tidak dapat dibaca.', code: 'INVALID_BODY' } };
const TOO_LARGE = { status: 413, body: { error: 'Isi permintaan terlalu besar.', code: 'BODY_TOO_LARGE' } };
const UNSUPPORTED = {
  status: 415,
  body: { error: 'Jenis isi permintaan tidak didukung.', code: 'UNSUPPORTED_MEDIA_TYPE' },
};

type Body = string | Uint8Array<ArrayBuffer>;
const callAs = (service: Service, type: string, body: Body): Promise<HttpResponse> =>
  post(`${service.url}/webhook/whatsapp?secret=${SECRET}`, body, { 'content-type': type });
const callJson = async (service: Service, body: Body) => answered(await callAs(service, 'application/json', body));
const callForm = async (service: Service, body: Body) =>
  answered(await callAs(service, 'application/x-www-form-urlencoded', body));
/** Serializes an object and pads it with spaces to `bytes` bytes. */
const padded = (fields: object, bytes: number) => JSON.stringify(fields).padEnd(bytes, ' ');

t.test('invalid JSON, an array or a primitive value gets 400 without effect', async (t) => {
  const service = await startService(t, upstreams, HELD);
  const bodies = [
    '{',
    '{"sender":',
    "{'sender':'x'}",
    '{"a":1}{"b":2}',
    '{"a":1,}',
    'halo',
    'undefined',
    'NaN',
    ' ',
    '[]',
    `[{"sender":"${LINKED}","message":"Halo"}]`,
    '5',
    '-1.5e300',
    'true',
    '"teks"',
    '\u0000',
    '['.repeat(100_000),
    '['.repeat(100_000) + ']'.repeat(100_000),
    '{"a":'.repeat(40_000),
    Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
    Buffer.from(`{"sender":"${LINKED}","message":"caf\xe9"}`, 'latin1'),
    Buffer.from(`{"sender":"${LINKED}","message":"Halo"}`, 'utf16le'),
    Buffer.from([0xed, 0xa0, 0x80]),
  ];
  const effects = await measureEffects(upstreams, service, async () => {
    for (const body of bodies) t.same(await callJson(service, body), INVALID_BODY, String(body).slice(0, 40));
  });
  t.same(effects, NO_EFFECTS);
});

t.test('no body, an empty one, null and {} are empty', async (t) => {
  const service = await startService(t, upstreams, HELD);
  for (const body of ['', 'null', '{}', ' null ', '\ufeff{}']) {
    t.same(await callJson(service, body), ignored('empty'), JSON.stringify(body));
  }
  t.same(await callForm(service, ''), ignored('empty'));
  const url = `${service.url}/webhook/whatsapp?secret=${SECRET}`;
  t.same(answered(await post(url, undefined, {})), ignored('empty'), 'without content type');
  const response = await fetch(url, { method: 'POST' });
  t.same({ status: response.status, body: await response.json() }, ignored('empty'), 'without anything');
});

t.test('another content type is 415, and has no effect', async (t) => {
  const service = await startService(t, upstreams, HELD);
  const json = JSON.stringify({ sender: LINKED, message: 'Halo' });
  const types = ['text/plain', 'text/html', 'application/xml', 'multipart/form-data; boundary=x', 'garbage', 'a/b; ;;'];
  const effects = await measureEffects(upstreams, service, async () => {
    for (const type of [...types, 'application/jsonx', 'application/json text']) {
      t.same(answered(await callAs(service, type, json)), UNSUPPORTED, type);
    }
    const url = `${service.url}/webhook/whatsapp?secret=${SECRET}`;
    const untyped = await fetch(url, { method: 'POST', body: Buffer.from(json) });
    t.same({ status: untyped.status, body: await untyped.json() }, UNSUPPORTED, 'none at all');
  });
  t.same(effects, NO_EFFECTS);
});

t.test('a content type is taken in any case, with any parameters', async (t) => {
  const service = await startService(t, upstreams, HELD);
  const types = ['application/json', 'Application/JSON; charset=UTF-8', 'application/json;charset=utf-8'];
  for (const type of types) {
    const body = JSON.stringify(upstreams.fonnte.buildPayload({ sender: LINKED }));
    t.same(answered(await callAs(service, type, body)), ACCEPTED, type);
  }
  const form = `sender=${LINKED}&message=Halo`;
  const type = 'application/x-www-form-urlencoded; charset=UTF-8';
  t.same(answered(await callAs(service, type, form)), ACCEPTED, type);
});

t.test('256 KiB are taken; one byte more is 413, and has no effect', async (t) => {
  const service = await startService(t, upstreams, HELD);
  const fields = { sender: LINKED, message: 'Halo' };
  const effects = await measureEffects(upstreams, service, async () => {
    t.same(await callJson(service, padded(fields, LIMIT + 1)), TOO_LARGE);
    t.same(await callForm(service, `a=${'x'.repeat(LIMIT)}`), TOO_LARGE, 'a form');
  });
  t.same(effects, NO_EFFECTS);
  t.same(await callJson(service, padded(fields, LIMIT)), ACCEPTED);
});

t.test('10 MB are 413, announced or not, with a secret or without', async (t) => {
  const service = await startService(t, upstreams, HELD);
  const big = JSON.stringify({ sender: LINKED, message: 'x'.repeat(10 * 1024 * 1024) });
  const url = `${service.url}/webhook/whatsapp`;
  t.same(await callJson(service, big), TOO_LARGE);
  t.same(answered(await post(url, big, { 'content-type': 'application/json' })), TOO_LARGE, 'without a secret');
  t.match(await streamed(service, big), /^HTTP\/1\.1 413 [\s\S]*"code":"BODY_TOO_LARGE"/, 'in chunks');
});

t.test('deeply nested values inside a message are ignored', async (t) => {
  const service = await startService(t, upstreams, HELD);
  const deep = `${'{"a":['.repeat(20_000)}1${']}'.repeat(20_000)}`;
  t.same(await callJson(service, `{"sender":"${LINKED}","message":"Halo","data":${deep}}`), ACCEPTED);
  t.same(await callJson(service, `{"sender":"${LINKED}","message":${deep}}`), INVALID_MESSAGE);
  t.same(await callJson(service, `{"sender":${deep},"message":"Halo"}`), INVALID_MESSAGE);
  t.same(await callJson(service, deep), ignored('unknown-event'));
});

t.test('a form of 100,000 fields costs no more than any other call', async (t) => {
  const service = await startService(t, upstreams, HELD);
  const from = performance.now();
  t.same(await callForm(service, 'a&'.repeat(LIMIT / 2)), ignored('unknown-event'), 'of one name');
  t.same(await callForm(service, 'a[]&'.repeat(LIMIT / 4)), ignored('unknown-event'), 'a list');
  // Quadratic, these took minutes.
  t.ok(performance.now() - from < 30_000);
});

t.test('invalid UTF-8 is replaced in a form and rejected in JSON', async (t) => {
  const service = await startService(t, upstreams, HELD);
  t.same(await callForm(service, `sender=${LINKED}&message=caf%E9`), ACCEPTED);
  t.same(await callForm(service, Buffer.from(`sender=${LINKED}&message=caf\xe9`, 'latin1')), INVALID_BODY, 'raw bytes');
  const pending = await loadPendingMessages(service.app.store.turns, LINKED);
  t.equal(pending[0]?.text, 'caf\ufffd');
});

t.test('halves of surrogate pairs and broken escapes are stored as replacement characters', async (t) => {
  const service = await startService(t, upstreams, HELD);
  t.same(await callJson(service, `{"sender":"${LINKED}","message":"a\\ud800b"}`), ACCEPTED);
  const pending = await loadPendingMessages(service.app.store.turns, LINKED);
  t.equal(pending[0]?.text, 'a\ufffdb');
});

t.test('keys of prototypes change nothing, in JSON, forms and the query', async (t) => {
  const service = await startService(t, upstreams, HELD);
  const polluting = '"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}';
  t.same(await callJson(service, `{${polluting},"sender":"${LINKED}","message":"Halo"}`), ACCEPTED);
  t.same(await callJson(service, `{"__proto__":{"sender":"${LINKED}","message":"Halo"}}`), ignored('unknown-event'));
  const form = `__proto__[polluted]=1&__proto__=x&constructor=x&toString=x&sender=${LINKED}&message=Hai`;
  t.same(await callForm(service, form), ACCEPTED);
  const query = `?__proto__[polluted]=1&__proto__=x&secret=${SECRET}`;
  t.same(answered(await post(`${service.url}/webhook/whatsapp${query}`, {})), ignored('empty'));
  t.notOk('polluted' in {});
});

t.test('a sender that is not a phone number is rejected without effect', async (t) => {
  const service = await startService(t, upstreams, HELD);
  const senders = [
    '9'.repeat(500),
    '1'.repeat(200_000),
    Number('9'.repeat(300)),
    '٦٢٨١٢٠٠٠٠٠٠٠١',
    `${LINKED}\u0000`,
    `${LINKED}; DROP TABLE messages`,
    `${LINKED},6281200000002`,
    `${LINKED}|nama`,
    '*',
    'phone_number.like.*',
    true,
    [LINKED],
    { $ne: null },
  ];
  const effects = await measureEffects(upstreams, service, async () => {
    for (const sender of senders) {
      const body = JSON.stringify({ sender, message: 'Halo' });
      t.same(await callJson(service, body), INVALID_MESSAGE, body.slice(0, 40));
    }
    t.same(await callJson(service, `{"sender":${'9'.repeat(500)},"message":"Halo"}`), INVALID_MESSAGE, 'as a number');
  });
  t.same(effects, NO_EFFECTS);
});

t.test('a text of only spaces or control characters is no text', async (t) => {
  const service = await startService(t, upstreams, HELD);
  const texts = [
    ' ',
    '\t\r\n',
    '\u00a0\u2003',
    '\u0000',
    '\u0001\u0002\u001f',
    '\u007f\u0085',
    '\u200b\ufeff',
    ' \u0007 ',
  ];
  const effects = await measureEffects(upstreams, service, async () => {
    for (const message of texts) {
      const fields = { sender: LINKED, message };
      t.same(await callJson(service, JSON.stringify(fields)), INVALID_MESSAGE, JSON.stringify(message));
      t.same(await callForm(service, new URLSearchParams(fields).toString()), INVALID_MESSAGE, JSON.stringify(message));
    }
  });
  t.same(effects, NO_EFFECTS);
});

t.test('any other path, method or query gets the usual error response', async (t) => {
  const service = await startService(t, upstreams, HELD);
  const paths = [
    '/',
    '/webhook',
    '/webhook/whatsapp/',
    '/webhook/whatsapp/x',
    '/../etc/passwd',
    `/${'a'.repeat(9000)}`,
  ];
  for (const path of paths) {
    t.match(await get(service.url + path), { status: 404, body: { code: 'NOT_FOUND', error: 'Tidak ditemukan.' } });
  }
  for (const method of ['PUT', 'DELETE', 'PATCH']) {
    const response = await fetch(`${service.url}/webhook/whatsapp?secret=${SECRET}`, { method });
    t.match({ status: response.status, body: await response.json() }, { status: 404, body: { code: 'NOT_FOUND' } });
  }
  t.match(await post(`${service.url}/webhook/whatsapp?secret=%E0%A4%A&secret=%`, {}), { status: 401 });
  t.same(answered(await post(`${service.url}/webhook/whatsapp?secret=${SECRET}&a[b]=c&&=&`, {})), ignored('empty'));
});

t.test('bytes that are no HTTP are answered in our words and closed, and the next call works', async (t) => {
  const service = await startService(t, upstreams, HELD);
  const twoLengths = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n';
  const crowded = `GET / HTTP/1.1\r\nhost: x\r\n${'x: y\r\n'.repeat(20_000)}\r\n`;
  const cases: [string, string, number, string][] = [
    ['half a line', 'GET\r\n\r\n', 400, 'UNREADABLE_REQUEST'],
    ['TLS', '\u0016\u0003\u0001\u0002', 400, 'UNREADABLE_REQUEST'],
    ['another version', 'POST / HTTP/9.9\r\n\r\n', 400, 'UNREADABLE_REQUEST'],
    ['two lengths', twoLengths, 400, 'UNREADABLE_REQUEST'],
    ['too many headers', crowded, 431, 'HEADERS_TOO_LARGE'],
  ];
  for (const [name, bytes, status, code] of cases) {
    const [head = '', body = ''] = (await exchange(service, bytes)).split('\r\n\r\n');
    t.match(head, new RegExp(`^HTTP/1\\.1 ${status} `), name);
    t.match(JSON.parse(body), { error: /^[A-Z][a-z ]+\.$/, code }, name);
  }
  t.same(answered(await service.call({})), ignored('empty'));
});

t.test('any JSON and any bytes are answered as the table says: never a 500, a crash or a stack trace', async (t) => {
  const service = await startService(t, upstreams, { ...HELD, RATE_LIMIT_PER_MINUTE: 5 });
  const name = fc.constantFrom(
    'sender',
    'message',
    'device',
    'timestamp',
    'inboxid',
    'choices',
    'location',
    'url',
    'id',
  );
  const field = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(LINKED, 'Halo', '1,2', 'non-text message'));
  const json = fc.oneof(fc.jsonValue(), fc.dictionary(name, field)).map((value) => JSON.stringify(value));
  const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => new Uint8Array(array));
  const type = fc.constantFrom('application/json', 'application/x-www-form-urlencoded');
  const property = fc.asyncProperty(type, fc.oneof(json, fc.string(), bytes), async (contentType, body) => {
    const { status, body: answer } = await callAs(service, contentType, body);
    const isOurs = status === 200 ? answer.success === true : typeof answer.code === 'string';
    return [200, 400, 403, 429].includes(status) && isOurs && !looksLikeStack(JSON.stringify(answer));
  });
  await fc.assert(property, { numRuns: 300 });
  t.notOk(service.occurrences.some(({ type }) => type === 'request.failed'));
  t.equal((await get(`${service.url}/api/health`)).status, 200);
});

t.test('an error of our own making is a 500 without its message', async (t) => {
  const service = await startService(t, upstreams, HELD);
  service.app.store.inbox.accept = () => [Promise.reject(new TypeError(`rahasia ${LINKED}`))];
  const answer = await service.call(upstreams.fonnte.buildPayload({ sender: LINKED }));
  t.same(answered(answer), {
    status: 500,
    body: { error: 'Terjadi kesalahan pada layanan.', code: 'INTERNAL_ERROR' },
  });
  const event = await service.waitForEvent('request.failed');
  t.match(event, { name: 'TypeError' });
  t.notMatch(JSON.stringify(event), /rahasia|6281200000001/);
});

const looksLikeStack = (text: string) => /\bat .*(\.ts|\.js|node:)/.test(text);

/** Sends bytes on a separate connection. @returns the response until it closes */
async function exchange(service: Service, bytes: string): Promise<string> {
  const { hostname, port } = new URL(service.url);
  const socket = connect({ host: hostname, port: Number(port) });
  let answer = '';
  socket.setEncoding('utf8').on('data', (text) => {
    answer += text;
  });
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(bytes, 'latin1');
  await closed;
  return answer;
}

/** Sends a body in chunks, without saying how long it is; the first that is answered. */
async function streamed(service: Service, body: string): Promise<string> {
  const { hostname, port } = new URL(service.url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => undefined);
  const answer = once(socket.setEncoding('utf8'), 'data') as Promise<[string]>;
  const headers = 'host: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked';
  socket.write(`POST /webhook/whatsapp?secret=${SECRET} HTTP/1.1\r\n${headers}\r\n\r\n`);
  for (let at = 0; at < body.length && socket.writable; at += 64 * 1024) {
    const chunk = body.slice(at, at + 64 * 1024);
    socket.write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
  }
  const [text] = await answer;
  socket.destroy();
  return text;
}
