import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import { SECRET } from '../support/service.ts';
import { headerValue } from './arbitraries.ts';
import { fuzzOptions } from './cases.ts';
import { checkResponse, startTarget } from './target.ts';

const target = await startTarget(t);
const port = Number(new URL(target.service.url).port);

/** Request lines and headers; each may be malformed. */
const startLine = fc.oneof(
  fc.constantFrom(
    `POST /webhook/whatsapp?secret=${SECRET} HTTP/1.1`,
    'GET /% HTTP/1.1',
    'GET /api/conversations/%ff HTTP/1.1',
    'FOO / HTTP/1.1',
    'GET / HTTP/9.9',
    'GET  /  HTTP/1.1',
    'GET http://x@y/ HTTP/1.1',
    'OPTIONS * HTTP/1.1',
    'GET /\u0000 HTTP/1.1',
    `GET /${'x'.repeat(20_000)} HTTP/1.1`,
  ),
  headerValue,
);
const header = fc.oneof(
  fc
    .tuple(fc.constantFrom('content-length', 'transfer-encoding', 'host', 'content-type', 'expect'), headerValue)
    .map(([name, value]) => `${name}: ${value}`),
  fc.constantFrom(
    'content-length: -1',
    'content-length: 5\r\ncontent-length: 6',
    'content-length: 5\r\ntransfer-encoding: chunked',
    'transfer-encoding: chunked, identity',
    ' folded: x',
    'no colon',
    ': no name',
    `x: ${'y'.repeat(17_000)}`,
    'x: a\u0000b',
  ),
);
const request = fc
  .tuple(startLine, fc.array(header, { maxLength: 3 }), fc.string({ unit: 'binary', maxLength: 40 }))
  .map(([start, headers, body]) => [start, 'host: x', ...headers, 'connection: close', '', body].join('\r\n'));

/** Sends bytes. @returns everything that the server sends until the connection closes */
async function sendBytes(bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // A reset is allowed; check the bytes received before it.
  socket.on('error', () => undefined);
  socket.end(bytes);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

t.test('any bytes get a valid response or a closed connection, and the service continues', async (t) => {
  let answered = 0;
  const cases = fc.asyncProperty(request, async (bytes) => {
    const startedAt = performance.now();
    const text = await sendBytes(bytes);
    target.recordCase(performance.now() - startedAt);
    // Bytes after a request are a second request with a second response.
    for (const answer of text.split(/(?=HTTP\/1\.1 \d{3} )/).filter(Boolean)) {
      answered += 1;
      const status = Number(answer.slice(9, 12));
      const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
      // Node responds without a body (chunked: a 0) to a missing host and to an unknown expectation.
      if (body !== '' && body !== '0\r\n\r\n') checkResponse(statusOf(status), body);
    }
    if (text.includes(SECRET)) throw new Error('the secret came back');
  });
  await fc.assert(cases, fuzzOptions('connections'));
  t.ok(answered > 0, `${answered} were answered`);
  await target.finish(t, 'connections');
});

t.test('an OPTIONS request that is not a preflight gets the usual error response', async (t) => {
  const answer = await sendBytes('OPTIONS /api/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  t.match(answer, /^HTTP\/1\.1 204 /);
});

/** Additional statuses of malformed requests. */
function statusOf(status: number): number {
  return [408, 417, 431, 505].includes(status) ? 400 : status;
}

t.test('an invalid URL and too large headers get the usual error response', async (t) => {
  t.match(
    await sendBytes('GET /% HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'),
    /^HTTP\/1\.1 404[\s\S]*"NOT_FOUND"}$/,
  );
  t.match(
    await sendBytes('FOO\r\n\r\n'),
    /^HTTP\/1\.1 400[\s\S]*{"error":"Permintaan tidak dapat dibaca\.","code":"UNREADABLE_REQUEST"}$/,
  );
  const large = `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`;
  t.match(await sendBytes(large), /^HTTP\/1\.1 431[\s\S]*"HEADERS_TOO_LARGE"}$/);
});
