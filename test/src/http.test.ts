import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTick } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { createHttp, OneTimeBody } from '../../src/http.ts';

async function serve(t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function client(t: Test, options: Partial<Parameters<typeof createHttp>[0]> = {}) {
  const http = createHttp({ connections: 2, ...options });
  t.teardown(() => http.close());
  return http;
}

t.test('an answer comes whole, whichever way it was packed', async (t) => {
  const text = JSON.stringify({ halo: 'ä'.repeat(10_000) });
  const packs = { gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync, identity: Buffer.from };
  const asked: unknown[] = [];
  const url = await serve(t, (request, response) => {
    asked.push(request.headers['accept-encoding']);
    const name = (request.url ?? '/').slice(1) as keyof typeof packs;
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': name });
    response.end(packs[name](text));
  });
  const http = client(t, { packed: true });
  for (const name of Object.keys(packs)) {
    t.equal((await http.request(`${url}/${name}`, {})).text, text, name);
    const response = await http.fetch(`${url}/${name}`);
    t.equal(response.headers.get('content-encoding'), null, 'nobody unpacks it twice');
    t.same(await response.json(), JSON.parse(text), name);
  }
  t.same([...new Set(asked)], ['gzip, br, deflate']);
});

t.test('what is not asked for packed is not', async (t) => {
  const url = await serve(t, (request, response) => response.end(request.headers['accept-encoding'] ?? 'none'));
  t.equal((await client(t).request(url, {})).text, 'none');
});

t.test('method, headers, body and query go out as they were given', async (t) => {
  const url = await serve(t, async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    response
      .writeHead(201, { 'x-answer': 'ya' })
      .end(`${request.method} ${request.url} ${request.headers['x-key']} ${body}`);
  });
  const headers = new Headers({ 'x-key': 'kunci' });
  const response = await client(t).fetch(new URL(`${url}/a?b=c`), { method: 'POST', headers, body: 'isi' });
  t.equal(response.status, 201);
  t.equal(response.ok, true);
  t.equal(response.headers.get('x-answer'), 'ya');
  t.equal(await response.text(), 'POST /a?b=c kunci isi');
});

t.test('a body that is sent once goes out with its length, and is let go while its answer is waited for', async (t) => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const came = Promise.withResolvers<{ length: string | undefined; bytes: number; answer: () => void }>();
  const url = await serve(t, async (request, response) => {
    let bytes = 0;
    for await (const chunk of request) bytes += (chunk as Buffer).length;
    came.resolve({ length: request.headers['content-length'], bytes, answer: () => void response.end('ya') });
  });
  const send = () => {
    const bytes = Buffer.alloc(100_000, 'x');
    const body = new OneTimeBody(bytes);
    return { answered: client(t).request(url, { method: 'POST', body }), body, bytes: new WeakRef(bytes) };
  };
  const { answered, body, bytes } = send();
  const { answer, ...arrived } = await came.promise;
  t.same(arrived, { length: '100000', bytes: 100_000 });
  t.throws(() => [...body], { message: 'this body was sent before' });
  for (let tries = 0; tries < 100 && bytes.deref(); tries++) {
    await nextTick();
    gc();
  }
  t.equal(bytes.deref(), undefined, 'nothing keeps it');
  answer();
  t.equal((await answered).text, 'ya');
});

t.test('an answer without a body is one', async (t) => {
  const url = await serve(t, (_, response) => response.writeHead(204).end());
  t.equal(await (await client(t).fetch(url)).text(), '');
});

t.test('an answer that is larger than allowed, damaged or cut off is an error', async (t) => {
  const url = await serve(t, (request, response) => {
    if (request.url === '/large') response.end('x'.repeat(2_000));
    else if (request.url === '/damaged') response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip');
    else {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    }
  });
  const http = client(t, { mostBytes: 1_000, packed: true });
  for (const path of ['/large', '/damaged', '/half']) await t.rejects(http.request(url + path, {}), path);
});

t.test('whoever gives up is let go, before and during the answer', async (t) => {
  const begun = Promise.withResolvers<void>();
  const url = await serve(t, (_, response) => {
    response.writeHead(200);
    response.write('half', () => begun.resolve());
  });
  const http = client(t);
  await t.rejects(http.request(url, { signal: AbortSignal.abort(new Error('tidak jadi')) }), { message: 'tidak jadi' });
  const giveUp = new AbortController();
  const asked = http.request(url, { signal: giveUp.signal });
  await begun.promise;
  giveUp.abort(new Error('cukup'));
  await t.rejects(asked, { message: 'cukup' });
});

t.test('after the close nothing is asked any more', async (t) => {
  let calls = 0;
  const url = await serve(t, (_, response) => {
    calls += 1;
    response.end();
  });
  for (const isLoaded of [false, true]) {
    const http = createHttp({ connections: 1 });
    if (isLoaded) await http.warmUp();
    await http.close();
    await t.rejects(http.request(url, {}));
  }
  t.equal(calls, 0);
});
