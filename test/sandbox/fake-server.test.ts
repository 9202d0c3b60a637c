import { once } from 'node:events';
import { connect } from 'node:net';
import t, { type Test } from 'tap';
import { Agent, request } from 'undici';
import { type FakeFonnteOptions, startFakeFonnte } from '../../sandbox/fonnte.ts';
import { startFakeGemini } from '../../sandbox/gemini.ts';
import { startFakeSupabase } from '../../sandbox/supabase.ts';

async function start(test: Test, options: FakeFonnteOptions = {}) {
  const fonnte = await startFakeFonnte(options);
  // Do not reuse connections: a fault of one request must not affect the next.
  const dispatcher = new Agent({ pipelining: 0 });
  test.teardown(async () => {
    await Promise.all([fonnte.close(), dispatcher.destroy()]);
  });
  const send = async (message = 'halo', signal: AbortSignal | null = null) => {
    const response = await request(`${fonnte.url}/send`, {
      method: 'POST',
      headers: { authorization: fonnte.token, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ target: '6281200000001', message, countryCode: '0' }).toString(),
      dispatcher,
      signal,
    });
    return { status: response.statusCode, headers: response.headers, text: await response.body.text() };
  };
  return { fonnte, send };
}

t.test('a request is recorded with its body, response status and times', async (t) => {
  const { fonnte, send } = await start(t);
  const before = Date.now();
  await send('hai');
  const call = await fonnte.waitForRequest(({ path }) => path === '/send');
  t.match(call, { number: 1, method: 'POST', path: '/send', status: 200 });
  t.same(call.body, { target: '6281200000001', message: 'hai', countryCode: '0' });
  t.ok(call.at >= before && call.at <= Date.now());
  t.type(call.durationMs, 'number');
});

t.test('listeners run before and after the response', async (t) => {
  const { fonnte, send } = await start(t);
  const heard: unknown[] = [];
  const offCall = fonnte.onRequest(({ status }) => heard.push(status));
  const answered = Promise.withResolvers<void>();
  const offAnswer = fonnte.onResponse(({ status }) => {
    heard.push(status);
    answered.resolve();
  });
  await send();
  await answered.promise;
  t.same(heard, [undefined, 200]);
  offCall();
  offAnswer();
  await send();
  t.equal(heard.length, 2, 'unsubscribed listeners do not run');
});

t.test('waitForRequest finds past and future requests, and rejects after the timeout or on close', async (t) => {
  const { fonnte, send } = await start(t);
  const later = fonnte.waitForRequest(({ number }) => number === 2);
  await send();
  t.equal((await fonnte.waitForRequest(({ number }) => number === 1)).number, 1);
  await send();
  t.equal((await later).number, 2);
  let asked = 0;
  const neverMatches = () => {
    asked += 1;
    return false;
  };
  await t.rejects(fonnte.waitForRequest(neverMatches, 1), /within 1 ms/);
  asked = 0;
  await send();
  t.equal(asked, 0, 'the predicate does not run after the timeout');
  const never = fonnte.waitForRequest(() => false);
  const closing = fonnte.close();
  await t.rejects(never, /closed/);
  await closing;
  await t.rejects(
    fonnte.waitForRequest(() => false),
    /closed/,
  );
});

t.test('historyLimit limits the recorded requests, and recordHistory false records no request', async (t) => {
  const { fonnte, send } = await start(t, { historyLimit: 2 });
  for (const message of ['a', 'b', 'c']) await send(message);
  t.same(
    fonnte.requests.map(({ number }) => number),
    [2, 3],
  );
  t.same(
    fonnte.sent.map(({ message }) => message),
    ['b', 'c'],
  );
  t.equal(fonnte.requestCount, 3);

  const silent = await start(t, { recordHistory: false });
  const heard = silent.fonnte.waitForRequest(() => true);
  await silent.send();
  t.equal((await heard).path, '/send');
  t.same(
    [silent.fonnte.requests, silent.fonnte.sent, silent.fonnte.requestCount, silent.fonnte.sentCount],
    [[], [], 1, 1],
  );
});

t.test(
  'refuse closes the listening socket and its connections, and the same port responds after clearing',
  async (t) => {
    const { fonnte, send } = await start(t);
    const { port } = fonnte;
    const open = connect(port, '127.0.0.1');
    open.on('error', () => undefined);
    await once(open, 'connect');
    const closed = once(open, 'close');
    await fonnte.setFault({ kind: 'refuse' });
    await closed;
    await t.rejects(send(), { code: 'ECONNREFUSED' });
    t.equal(fonnte.requestCount, 0);
    await fonnte.clearFaults();
    t.equal((await send()).status, 200);
    t.equal(fonnte.port, port);
  },
);

t.test('the last of several faults applies, also without waiting', async (t) => {
  const { fonnte, send } = await start(t);
  void fonnte.setFault({ kind: 'refuse' });
  void fonnte.clearFaults();
  void fonnte.setFault({ kind: 'refuse' });
  await fonnte.setFault({ kind: 'status', status: 500 });
  t.equal((await send()).status, 500);
});

t.test('hang never responds, and destroys the sockets when cleared', async (t) => {
  const { fonnte, send } = await start(t);
  await fonnte.setFault({ kind: 'hang' });
  const hanging = send();
  const failed = t.rejects(hanging, { code: 'UND_ERR_SOCKET' });
  const call = await fonnte.waitForRequest(() => true);
  t.equal(call.status, undefined);
  t.equal((await valueIfSettled(hanging)) ?? 'waiting', 'waiting');
  await fonnte.clearFaults();
  await failed;
  t.equal((await send()).status, 200);
  t.equal(fonnte.sentCount, 1, 'the hanging request was not handled');
});

t.test('slow handles the request at once and responds after the delay', async (t) => {
  const { fonnte, send } = await start(t);
  await fonnte.setFault({ kind: 'slow', ms: 60 });
  const started = performance.now();
  const answer = send();
  await fonnte.waitForSent(() => true);
  t.match(await answer, { status: 200, text: /success! message in queue/ });
  t.ok(performance.now() - started >= 59);
  await fonnte.setFault({ kind: 'slow', ms: 600_000 });
  const gaveUp = new AbortController();
  const abandoned = send('tanpa menunggu', gaveUp.signal);
  await fonnte.waitForSent(({ message }) => message === 'tanpa menunggu');
  gaveUp.abort();
  await t.rejects(abandoned, { name: 'AbortError' });
});

t.test('invalid-json, truncated, status and reject respond as named and do not handle the request', async (t) => {
  const { fonnte, send } = await start(t);
  await fonnte.setFault({ kind: 'invalid-json' });
  const invalid = await send();
  t.equal(invalid.status, 200);
  t.throws(() => JSON.parse(invalid.text));
  await fonnte.setFault({ kind: 'truncated' });
  await t.rejects(send(), { code: 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' });
  await fonnte.setFault({ kind: 'status', status: 429, retryAfter: 7 });
  t.match(await send(), { status: 429, headers: { 'retry-after': '7' }, text: /<html>/ });
  await fonnte.setFault({ kind: 'status', status: 502, body: { odd: true } });
  t.match(await send(), { status: 502, text: '{"odd":true}' });
  await fonnte.setFault({ kind: 'reject', body: { Status: 'false', detail: 'x' } });
  t.match(await send(), { status: 200, text: '{"Status":"false","detail":"x"}' });
  t.equal(fonnte.sentCount, 0);
});

t.test('response-lost handles and records the request, and the client sees a broken connection', async (t) => {
  const { fonnte, send } = await start(t);
  await fonnte.setFault({ kind: 'response-lost' }, { times: 1 });
  const ended = Promise.withResolvers<number | undefined>();
  fonnte.onResponse(({ status }) => ended.resolve(status));
  await t.rejects(send('sekali'), { code: 'UND_ERR_SOCKET' });
  t.match(fonnte.sent, [{ message: 'sekali' }]);
  t.equal(await ended.promise, 0);
  t.equal((await send()).status, 200);
});

t.test('a fault applies at most `times` times, and only to matching requests', async (t) => {
  const { fonnte, send } = await start(t);
  const says = (word: string) => (call: { body: unknown }) => (call.body as { message: string }).message === word;
  await fonnte.setFault({ kind: 'status', status: 500 }, { times: 2 });
  await fonnte.setFault({ kind: 'status', status: 503 }, { match: says('khusus') });
  const statuses = [];
  for (const message of ['a', 'khusus', 'b', 'c', 'khusus']) statuses.push((await send(message)).status);
  t.same(statuses, [500, 503, 500, 200, 503]);
  await fonnte.setFault({ kind: 'refuse' }, { times: 1 });
  await t.rejects(send('a'), { code: 'UND_ERR_SOCKET' }, 'refuse with `times` resets the socket');
  t.equal((await send('a')).status, 200);
  await fonnte.setFault(null);
  t.equal((await send('khusus')).status, 200);
});

t.test('a rule without match replaces the previous rule without match', async (t) => {
  const { fonnte, send } = await start(t);
  await fonnte.setFault({ kind: 'status', status: 500 });
  await fonnte.setFault({ kind: 'status', status: 502 });
  await fonnte.setFault({ kind: 'status', status: 503 }, { times: 1, match: () => true });
  t.same([(await send()).status, (await send()).status], [503, 502]);
});

t.test('close resolves although requests hang, are slow or were refused', async (t) => {
  for (const fault of [{ kind: 'hang' }, { kind: 'slow', ms: 600_000 }, { kind: 'refuse' }] as const) {
    const { fonnte, send } = await start(t);
    await fonnte.setFault(fault);
    const call = send();
    const failed = t.rejects(call);
    if (fault.kind !== 'refuse') await fonnte.waitForRequest(() => true);
    await fonnte.close();
    await failed;
  }
  t.pass('all closed');
});

t.test('latencyMs delays every response', async (t) => {
  const { fonnte, send } = await start(t, { latencyMs: 40 });
  const started = performance.now();
  await send();
  t.ok(performance.now() - started >= 39);
  fonnte.latencyMs = 0;
  t.equal((await send()).status, 200);
});

t.test('a given port is used, and a port in use is an error', async (t) => {
  const first = await startFakeGemini();
  t.teardown(() => first.close());
  await t.rejects(startFakeSupabase({ port: first.port }), { code: 'EADDRINUSE' });
  await first.close();
  const second = await startFakeSupabase({ port: first.port });
  t.teardown(() => second.close());
  t.equal(second.url, `http://127.0.0.1:${first.port}`);
});

t.test('free ports are below the ephemeral range, so that a refusing server keeps its port', async (t) => {
  const { fonnte } = await start(t);
  t.ok(fonnte.port >= 20_000 && fonnte.port < 32_768);
});

t.test('reset clears requests, sent messages and faults', async (t) => {
  const { fonnte, send } = await start(t);
  await send();
  fonnte.connected = false;
  await fonnte.setFault({ kind: 'status', status: 500 });
  await fonnte.reset();
  t.same([fonnte.requests, fonnte.sent, fonnte.requestCount, fonnte.sentCount], [[], [], 0, 0]);
  t.match(await send(), { status: 200, text: /success/ });
});

t.test('invalid HTTP and invalid URLs close the connection, not the process', async (t) => {
  const { fonnte, send } = await start(t);
  for (const bytes of ['\x00\x01\r\n\r\n', 'GET //%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n']) {
    const socket = connect(fonnte.port, '127.0.0.1', () => socket.write(bytes));
    socket.on('error', () => undefined).resume();
    await once(socket, 'close');
  }
  t.equal((await send()).status, 200);
});

/** @returns the value of a promise that is already settled, else undefined */
async function valueIfSettled<T>(promise: Promise<T>): Promise<T | undefined> {
  return Promise.race([promise, new Promise<undefined>((resolve) => setImmediate(resolve, undefined))]);
}
