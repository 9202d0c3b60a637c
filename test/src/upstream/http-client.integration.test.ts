import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, type Readable } from 'node:stream';
import { brotliCompressSync, createGzip, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { createClient } from '@supabase/supabase-js';
import t, { type Test } from 'tap';
import {
  createHttpClient,
  isResponseTooLarge,
  ResponseTooLargeError,
  readBody,
  USER_AGENT,
} from '../../../src/upstream/http-client.ts';
import { version } from '../../../src/version.ts';
import { startServer } from '../../support/http.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';

function client(t: Test, options: Partial<Parameters<typeof createHttpClient>[0]> = {}) {
  const http = createHttpClient({ connections: 2, ...options });
  t.teardown(() => http.close());
  return http;
}

/** Compressed zeros without end, as fast as they are read. */
function endlessZeros(): Readable {
  const gzip = createGzip();
  const zeros = Buffer.alloc(1 << 20);
  const write = () => {
    if (gzip.destroyed) return;
    if (gzip.write(zeros)) setImmediate(write);
    else gzip.once('drain', write);
  };
  write();
  return gzip;
}

t.test('fetch decompresses every encoding and keeps status and headers', async (t) => {
  const text = JSON.stringify({ halo: 'ä'.repeat(10_000) });
  const encode = { gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync, zstd: zstdCompressSync };
  const url = await startServer(t, (request, response) => {
    const name = (request.url ?? '/').slice(1) as keyof typeof encode;
    response.writeHead(201, { 'content-encoding': name, 'x-kept': 'ya' }).end(encode[name](text));
  });
  for (const maxResponseBytes of [Infinity, 50_000]) {
    const http = client(t, { maxResponseBytes });
    for (const name of Object.keys(encode)) {
      const response = await http.fetch(`${url}/${name}`);
      t.equal(response.status, 201);
      t.equal(response.ok, true);
      t.equal(response.headers.get('X-Kept'), 'ya');
      t.same(await response.clone().json(), JSON.parse(text), `${name}, limit ${maxResponseBytes}`);
    }
  }
});

t.test(
  'a body encoded twice is decoded in reverse order; an unknown and a long list of encodings are errors',
  async (t) => {
    const url = await startServer(t, (request, response) => {
      const encodings = decodeURIComponent((request.url ?? '/').slice(1));
      response.writeHead(200, { 'content-encoding': encodings }).end(gzipSync(brotliCompressSync('isi')));
    });
    const http = client(t, { maxResponseBytes: 1_000 });
    t.equal(await (await http.fetch(`${url}/br, GZIP`)).text(), 'isi');
    for (const encodings of ['gzip, exi', Array(50).fill('gzip').join(',')])
      await t.rejects(http.fetch(`${url}/${encodings}`), {
        name: 'TypeError',
        cause: { message: 'unknown content-encoding' },
      });
  },
);

t.test('fetch rejects what it cannot send, before it opens a connection', async (t) => {
  const http = client(t);
  await t.rejects(http.fetch(new Request('http://127.0.0.1:1')), { message: 'A Request object is not supported' });
  for (const body of [new URLSearchParams({ a: '1' }), new FormData(), new Blob(['a'])])
    await t.rejects(http.fetch('http://127.0.0.1:1', { method: 'POST', body }), { message: /^A body must be/ });
});

t.test('a network error is a TypeError with its cause, as with fetch', async (t) => {
  await t.rejects(client(t).fetch('http://127.0.0.1:1'), { name: 'TypeError', cause: { code: 'ECONNREFUSED' } });
});

t.test('every request carries our User-Agent, also over that of an SDK', async (t) => {
  const url = await startServer(t, (request, response) => response.end(request.headers['user-agent']));
  const http = client(t);
  t.equal(USER_AGENT, `sapa-whatsapp/${version}`);
  t.equal(await (await http.fetch(url, { headers: { 'User-Agent': 'sdk/1' } })).text(), USER_AGENT);
  t.equal(await (await http.fetch(url, { headers: new Headers({ 'User-Agent': 'sdk/1' }) })).text(), USER_AGENT);
  const { body } = await http.request(url, { headers: { 'content-type': 'text/plain' } });
  t.equal(await body.text(), USER_AGENT);
});

t.test('method, headers, query and body are sent as given', async (t) => {
  const url = await startServer(t, async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    response.end(`${request.method} ${request.url} ${request.headers['x-key']} ${body}`);
  });
  const http = client(t);
  const init = { method: 'POST', headers: new Headers({ 'x-key': 'kunci' }), body: 'isi' } as const;
  t.equal(await (await http.fetch(new URL(`${url}/a?b=c`), init)).text(), 'POST /a?b=c kunci isi');
  const { body } = await http.request(`${url}/a?b=c`, { ...init, headers: { 'x-key': 'kunci' } });
  t.equal(await body.text(), 'POST /a?b=c kunci isi');
});

t.test('a redirect is returned, not followed: keys in headers stay with the configured host', async (t) => {
  let visits = 0;
  const elsewhere = await startServer(t, (_, response) => {
    visits += 1;
    response.end();
  });
  const url = await startServer(t, (_, response) => response.writeHead(307, { location: elsewhere }).end());
  const http = client(t, { maxResponseBytes: 1_000 });
  t.equal((await http.fetch(url, { headers: { apikey: 'kunci' } })).status, 307);
  t.equal((await http.request(url, { headers: { apikey: 'kunci' } })).statusCode, 307);
  t.equal(visits, 0);
});

t.test('a response without a body is read as empty', async (t) => {
  const url = await startServer(t, (_, response) => response.writeHead(204).end());
  t.equal(await (await client(t, { maxResponseBytes: 1_000 }).fetch(url)).text(), '');
});

t.test('the limit applies to the decompressed size, exactly', async (t) => {
  const url = await startServer(t, (request, response) => {
    const bytes = Number((request.url ?? '').slice(1));
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(bytes)));
  });
  const http = client(t, { maxResponseBytes: 100_000 });
  t.equal((await (await http.fetch(`${url}/100000`)).text()).length, 100_000);
  const error = await http.fetch(`${url}/100001`).catch((error: unknown) => error);
  t.match(error, { name: 'ResponseTooLargeError', limit: 100_000 });
  t.ok(error instanceof ResponseTooLargeError);
});

t.test('a gzip bomb without end is abandoned at the limit, and its connection is closed', async (t) => {
  const closed = Promise.withResolvers<void>();
  const bomb = endlessZeros();
  const url = await startServer(t, (_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    bomb.pipe(response);
    response.once('close', () => {
      bomb.destroy();
      closed.resolve();
    });
  });
  const request = client(t, { maxResponseBytes: 1_000_000 }).fetch(url);
  await t.rejects(request, { name: 'ResponseTooLargeError', limit: 1_000_000 });
  await closed.promise;
});

t.test('readBody reads up to its limit and closes the connection above it', async (t) => {
  const closed = Promise.withResolvers<void>();
  const url = await startServer(t, (request, response) => {
    if (request.url === '/1000') return void response.end('x'.repeat(1_000));
    const endless = new PassThrough();
    response.writeHead(200);
    response.once('close', () => closed.resolve());
    endless.pipe(response);
    const write = () => {
      if (response.destroyed) return;
      endless.write(Buffer.alloc(16_384)) ? setImmediate(write) : endless.once('drain', write);
    };
    write();
  });
  const http = client(t);
  t.equal((await readBody((await http.request(`${url}/1000`, {})).body, 1_000)).length, 1_000);
  const { body } = await http.request(`${url}/endless`, {});
  await t.rejects(readBody(body, 1_000), { name: 'ResponseTooLargeError', limit: 1_000 });
  await closed.promise;
});

t.test('isResponseTooLarge recognises the error, its wrappers and what supabase-js makes of it', async (t) => {
  const url = await startServer(t, (_, response) => response.end(JSON.stringify(['x'.repeat(2_000)])));
  const http = client(t, { maxResponseBytes: 1_000 });
  const error = new ResponseTooLargeError(1_000);
  t.ok(isResponseTooLarge(error));
  t.ok(isResponseTooLarge(new Error('outer', { cause: new Error('inner', { cause: error }) })));
  for (const other of [null, undefined, 'ResponseTooLargeError: ', new Error('too large'), { message: 1 }])
    t.notOk(isResponseTooLarge(other));
  const supabase = createClient(url, 'kunci', {
    auth: { persistSession: false },
    db: { retry: false },
    global: { fetch: http.fetch },
  });
  const result = await supabase.from('profiles').select();
  t.ok(isResponseTooLarge(result.error), 'supabase-js');
});

t.test('a damaged and a truncated response are errors', async (t) => {
  const url = await startServer(t, (request, response) => {
    if (request.url === '/damaged') return void response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip');
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => response.destroy());
  });
  for (const maxResponseBytes of [Infinity, 1_000]) {
    const http = client(t, { maxResponseBytes });
    for (const path of ['/damaged', '/half'])
      await t.rejects(
        http.fetch(url + path).then((response) => response.text()),
        path,
      );
  }
  const { body } = await client(t).request(`${url}/half`, {});
  await t.rejects(readBody(body, 1_000));
});

t.test('an aborted request ends at once, before and while the response is read', async (t) => {
  const begun = Promise.withResolvers<void>();
  const url = await startServer(t, (_, response) => {
    response.writeHead(200);
    response.write('half', () => begun.resolve());
  });
  const http = client(t, { maxResponseBytes: 1_000 });
  const reason = new Error('tidak jadi');
  await t.rejects(http.fetch(url, { signal: AbortSignal.abort(reason) }), reason);
  const controller = new AbortController();
  const text = http.fetch(url, { signal: controller.signal }).then((response) => response.text());
  await begun.promise;
  controller.abort(new Error('cukup'));
  await t.rejects(text, { message: 'cukup' });
});

t.test('after close no request is made', async (t) => {
  let requests = 0;
  const url = await startServer(t, (_, response) => {
    requests += 1;
    response.end();
  });
  const http = createHttpClient({ connections: 1 });
  await http.close();
  await t.rejects(http.fetch(url));
  await t.rejects(http.request(url, {}));
  t.equal(requests, 0);
});

t.test('an idle connection is closed after seconds, even if the server offers to keep it for minutes', async (t) => {
  const server = createServer((_, response) => response.end('ya')).listen(0, '127.0.0.1');
  server.keepAliveTimeout = 600_000;
  await once(server, 'listening');
  t.teardown(() => server.close());
  const proxy = await startTcpProxy((server.address() as AddressInfo).port);
  t.teardown(() => proxy.close());
  const url = `http://127.0.0.1:${proxy.port}`;
  const http = client(t, { connections: 1 });
  const response = await http.fetch(url);
  t.equal(response.headers.get('keep-alive'), 'timeout=600');
  await response.text();
  await (await http.fetch(url)).text();
  t.equal(proxy.accepted(), 1, 'requests that follow each other share a connection');
  await proxy.allClosed();
  await (await http.fetch(url)).text();
  t.equal(proxy.accepted(), 2);
});
