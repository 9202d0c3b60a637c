import t, { type Test } from 'tap';
import type { RecordedRequest } from '../../../sandbox/fake-server.ts';
import { type FakeFonnte, startFakeFonnte } from '../../../sandbox/fonnte.ts';
import { createEvents } from '../../../src/events.ts';
import { createFonnteClient } from '../../../src/fonnte/client.ts';
import { DISCONNECTED } from '../../../src/fonnte/parse-response.ts';
import { CircuitOpenError, UpstreamCallError, UpstreamRejectedError } from '../../../src/upstream/errors.ts';
import { createHttpClient } from '../../../src/upstream/http-client.ts';
import { createUpstreamGuard } from '../../../src/upstream/upstream.ts';

const TARGET = '6281200000001';

/** Starts a fake FONNTE and a client of it. */
async function setUp(
  t: Test,
  {
    timeoutMs = 5_000,
    token,
    minQuota = 0,
    path = '/send',
  }: { timeoutMs?: number; token?: string; minQuota?: number; path?: string } = {},
) {
  const fonnte = await startFakeFonnte();
  const upstream = createUpstreamGuard({ name: 'fonnte', timeoutMs, events: createEvents() });
  const client = createFonnteClient({
    apiUrl: fonnte.url + path,
    token: token ?? fonnte.token,
    http: createHttpClient({ connections: 8 }),
    upstream,
    bestEffortUpstream: upstream,
    minQuota,
  });
  t.teardown(async () => {
    await fonnte.close();
    await client.close();
  });
  return { fonnte, client, upstream };
}

/** Returns the error with which a promise rejects. */
const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => new Error('nothing failed'),
    (error: unknown) => error,
  );

/** Sends a message to a FONNTE that responds with this body. */
async function sendAnswered(t: Test, body: unknown, status = 200): Promise<unknown> {
  const { fonnte, client } = await setUp(t);
  await fonnte.setFault({ kind: 'status', status, body });
  return client.send({ target: TARGET, message: 'Halo' }).catch((error: unknown) => error);
}

const onlyCall = (fonnte: FakeFonnte): RecordedRequest => {
  const [call, ...more] = fonnte.requests;
  if (!call || more.length > 0) throw new Error(`one call was expected, there were ${fonnte.requests.length}`);
  return call;
};

t.test('a message is sent urlencoded, with the plain token and countryCode 0', async (t) => {
  const { fonnte, client } = await setUp(t);
  const message = 'Halo & selamat pagi = 100% + «é» 😀\nbaris kedua';
  const sent = await client.send({ target: TARGET, message });
  const call = onlyCall(fonnte);
  t.equal(call.method, 'POST');
  t.equal(call.path, '/send');
  t.equal(call.headers.authorization, fonnte.token, 'no Bearer');
  t.equal(call.headers['content-type'], 'application/x-www-form-urlencoded');
  t.same(call.body, { target: TARGET, message, countryCode: '0' });
  t.match(fonnte.sent, [{ target: TARGET, message }]);
  t.same(sent, { ids: [fonnte.sent[0]?.id], requestId: String(fonnte.sent[0]?.requestid) });
});

t.test(
  "FONNTE's variables, which are any word in braces, are escaped; other braces are sent as they are",
  async (t) => {
    const { fonnte, client } = await setUp(t);
    await client.send({
      target: TARGET,
      message: 'Isi {name}, {Name}, {var12} dan {kode_1} pada { a }, {}, {a b} dan {{x}',
    });
    t.equal(
      fonnte.sent[0]?.message,
      'Isi ｛name｝, ｛Name｝, ｛var12｝ dan ｛kode_1｝ pada { a }, {}, {a b} dan {｛x｝',
    );
  },
);

t.test('countryCode 0 leaves a foreign number unchanged', async (t) => {
  const { fonnte, client } = await setUp(t);
  await client.send({ target: '6591200000', message: 'Halo' });
  t.equal(fonnte.sent[0]?.target, '6591200000');
});

t.test('an inboxid above 0 quotes that message; 0 is not sent', async (t) => {
  const { fonnte, client } = await setUp(t);
  await client.send({ target: TARGET, message: 'Halo', inboxid: 4711 });
  await client.send({ target: TARGET, message: 'Halo', inboxid: 0 });
  t.equal(fonnte.sent[0]?.inboxid, 4711);
  t.notHas(fonnte.requests[1]?.body, { inboxid: '0' });
});

t.test('success is status true in the body, for any HTTP status and any case of key and value', async (t) => {
  const shapes: [unknown, number][] = [
    [{ detail: 'success! message in queue', id: ['80367170'], requestid: 2937124, status: true }, 200],
    [{ id: '80367170', requestid: '2937124', status: 'true' }, 200],
    [{ ID: [80367170], RequestId: 2937124, Status: 'True' }, 200],
    [{ id: ['80367170'], requestid: 2937124, STATUS: 'TRUE' }, 500],
    [{ id: ['80367170'], requestid: 2937124, status: true }, 401],
  ];
  for (const [body, status] of shapes) {
    t.same(await sendAnswered(t, body, status), { ids: ['80367170'], requestId: '2937124' }, JSON.stringify(body));
  }
  t.same(await sendAnswered(t, { status: true }), { ids: [], requestId: '' }, 'ids may be missing');
});

t.test('a 200 without a status is success if it has an id, a process or «success»', async (t) => {
  const shapes = [
    { detail: 'success! message in queue', id: ['80367170'], process: 'pending' },
    { id: ['80367170'] },
    { ID: 80367170, status: null },
  ];
  for (const body of shapes)
    t.same(await sendAnswered(t, body), { ids: ['80367170'], requestId: '' }, JSON.stringify(body));
  const withoutId = [
    { process: 'pending' },
    { detail: 'Success! message in queue' },
    { message: 'success' },
    { success: true },
    'success! message in queue',
    '"Success"',
  ];
  for (const body of withoutId) t.same(await sendAnswered(t, body), { ids: [], requestId: '' }, JSON.stringify(body));
});

t.test('no other 200 without a status is success, and no other HTTP status', async (t) => {
  const shapes: [unknown, number][] = [
    [{ reason: 'invalid token', id: ['80367170'] }, 200],
    [{ status: false, id: ['80367170'], process: 'pending', detail: 'success' }, 200],
    [{ status: '', id: [], process: '', detail: 'unsuccessful' }, 200],
    [{ success: false }, 200],
    [{ success: 'trueish' }, 200],
    ['unsuccessful', 200],
    ['success! message in queue', 500],
    [{ id: ['80367170'], process: 'pending', detail: 'success' }, 500],
    [{ id: ['80367170'], process: 'pending', detail: 'success' }, 201],
  ];
  for (const [body, status] of shapes)
    t.ok((await sendAnswered(t, body, status)) instanceof UpstreamRejectedError, JSON.stringify(body));
});

t.test('each reason that FONNTE documents as permanent is permanent', async (t) => {
  const reasons = [
    'token invalid',
    'invalid token',
    'unknown token',
    'unknown user',
    'devices must belong to an account',
    'input invalid',
    'invalid/empty body value',
    'target invalid',
    'target input invalid',
    'url invalid',
    'url unreachable',
    'file format not supported',
    'file size must under 4MB',
    'JSON format invalid',
    'insufficient quota',
  ];
  for (const reason of reasons) {
    for (const written of [reason, reason.toUpperCase(), `${reason}.`, ` ${reason} `]) {
      const error = await sendAnswered(t, { status: false, reason: written });
      t.ok(error instanceof UpstreamRejectedError, written);
      t.match(error, { upstream: 'fonnte', permanent: true, reason: written.trim() }, written);
    }
  }
});

t.test('a disconnected device and an unknown reason are transient', async (t) => {
  const disconnected = await sendAnswered(t, {
    reason: 'request invalid on disconnected device',
    requestid: 1,
    status: false,
  });
  t.match(disconnected, { permanent: false, label: DISCONNECTED, reason: 'request invalid on disconnected device' });
  for (const reason of ['sedang sibuk', 'target invalid because of rain', '']) {
    t.match(await sendAnswered(t, { status: false, reason }), { permanent: false, label: 'other' }, reason);
  }
});

t.test('HTTP 200 without status true is a rejection, with its reason under either name', async (t) => {
  t.match(await sendAnswered(t, { Status: false, Reason: 'Invalid Token' }), { permanent: true, label: 'token' });
  t.match(await sendAnswered(t, { status: 'false', detail: 'insufficient quota' }), {
    permanent: true,
    label: 'quota',
  });
  for (const body of [{}, { status: 1 }, { status: null }, { detail: 'ok' }, { status: 'sent' }]) {
    t.ok((await sendAnswered(t, body)) instanceof UpstreamRejectedError, JSON.stringify(body));
  }
});

t.test('a response that is not a JSON object is a transient rejection with its own words', async (t) => {
  const shapes = ['<html>It works!</html>', '', 'null', '[]', '"true"', 'true', '{"status":true', '\u0000'];
  for (const body of shapes) {
    const error = await sendAnswered(t, body);
    t.match(error, { permanent: false, label: 'not-json' }, JSON.stringify(body));
    t.ok(error instanceof UpstreamRejectedError);
  }
  t.match(await sendAnswered(t, ''), { reason: 'HTTP 200' }, 'no words at all');
});

t.test('the reason is limited to 300 characters and is not part of the error message', async (t) => {
  const error = await sendAnswered(t, { status: false, reason: `nomor ${TARGET} ${'x'.repeat(1000)}` });
  if (!(error instanceof UpstreamRejectedError)) return t.fail('it was no refusal');
  t.equal(error.reason.length, 300);
  t.notMatch(error.message, TARGET);
  t.notMatch(error.label, TARGET);
});

t.test('an HTTP error keeps its status and retry-after', async (t) => {
  const { fonnte, client } = await setUp(t);
  await fonnte.setFault({ kind: 'status', status: 503, retryAfter: 7 });
  const send = () => client.send({ target: TARGET, message: 'Halo' });
  t.match(await failureOf(send()), { status: 503, permanent: false, retryAfterMs: 7000 });
  await fonnte.setFault({ kind: 'status', status: 401, body: { status: false, reason: 'invalid token' } });
  t.match(await failureOf(send()), { status: 401, permanent: true, label: 'token' });
});

t.test('a wrong token is a permanent rejection', async (t) => {
  const { client } = await setUp(t, { token: 'salah' });
  t.match(await failureOf(client.send({ target: TARGET, message: 'Halo' })), {
    permanent: true,
    reason: 'invalid token',
  });
});

t.test('after a truncated or endless response the outcome is unknown', async (t) => {
  const { fonnte, client } = await setUp(t);
  await fonnte.setFault({ kind: 'truncated' });
  const half = await client.send({ target: TARGET, message: 'Halo' }).catch((error: unknown) => error);
  t.ok(half instanceof UpstreamCallError);
  t.match(half, { kind: 'network', outcomeUnknown: true });
  await fonnte.setFault({ kind: 'status', status: 200, body: 'x'.repeat(100_000) });
  t.match(await failureOf(client.send({ target: TARGET, message: 'Halo' })), {
    kind: 'network',
    outcomeUnknown: true,
  });
});

t.test('after a connection that broke once FONNTE had the message, the outcome is unknown', async (t) => {
  const { fonnte, client } = await setUp(t);
  await fonnte.setFault({ kind: 'response-lost' });
  t.match(await failureOf(client.send({ target: TARGET, message: 'Halo' })), {
    kind: 'network',
    outcomeUnknown: true,
  });
  t.equal(fonnte.sent.length, 1);
});

t.test('after a refused connection the message was not sent', async (t) => {
  const { fonnte, client } = await setUp(t);
  await fonnte.setFault({ kind: 'refuse' });
  t.match(await failureOf(client.send({ target: TARGET, message: 'Halo' })), {
    kind: 'network',
    outcomeUnknown: false,
  });
});

t.test('a call that hangs times out, and the next one works', async (t) => {
  const { fonnte, client } = await setUp(t, { timeoutMs: 200 });
  await fonnte.setFault({ kind: 'hang' });
  t.match(await failureOf(client.send({ target: TARGET, message: 'Halo' })), {
    kind: 'timeout',
    outcomeUnknown: true,
  });
  t.match(await failureOf(client.typing(TARGET, 25)), { kind: 'timeout' });
  await fonnte.clearFaults();
  await t.resolves(client.send({ target: TARGET, message: 'Halo' }));
});

t.test('an aborted call ends at once', async (t) => {
  const { fonnte, client } = await setUp(t);
  await fonnte.setFault({ kind: 'hang' });
  const controller = new AbortController();
  const sending = client.send({ target: TARGET, message: 'Halo', signal: controller.signal });
  await fonnte.waitForRequest(({ path }) => path === '/send');
  controller.abort();
  t.match(await failureOf(sending), { kind: 'aborted' });
});

t.test('five consecutive failures open the breaker; rejections of a target do not', async (t) => {
  const { fonnte, client, upstream } = await setUp(t);
  const send = () => client.send({ target: TARGET, message: 'Halo' }).catch((error: unknown) => error);
  await fonnte.setFault({ kind: 'reject', body: { status: false, reason: 'target invalid' } });
  for (let count = 0; count < 10; count += 1) await send();
  t.equal(upstream.state(), 'closed');
  await fonnte.setFault({ kind: 'status', status: 502 });
  for (let count = 0; count < 5; count += 1) await send();
  t.equal(upstream.state(), 'open');
  const received = fonnte.requestCount;
  t.ok((await send()) instanceof CircuitOpenError);
  t.equal(fonnte.requestCount, received, 'no call is made');
});

t.test('typing is sent to the same origin, urlencoded, with its duration', async (t) => {
  const { fonnte, client } = await setUp(t);
  await client.typing(TARGET, 25);
  const call = onlyCall(fonnte);
  t.match(call, { method: 'POST', path: '/typing', headers: { authorization: fonnte.token } });
  t.same(call.body, { target: TARGET, duration: '25', countryCode: '0' });
});

t.test('typing and device use the origin of the send URL, for any path', async (t) => {
  for (const path of ['/send/', '/v2/send', '/send?x=1']) {
    const { fonnte, client } = await setUp(t, { path });
    await client.typing(TARGET, 25);
    await client.fetchProfile();
    t.same(
      fonnte.requests.map((call) => call.path),
      ['/typing', '/device'],
      path,
    );
  }
  const { fonnte, client } = await setUp(t, { path: '/send/' });
  await client.send({ target: TARGET, message: 'Halo' });
  t.match(fonnte.requests, [{ path: '/send/' }]);
  t.equal(fonnte.sent.length, 1);
});

t.test('the device has its last known state', async (t) => {
  const { fonnte, client } = await setUp(t);
  const send = () => client.send({ target: TARGET, message: 'Halo' }).catch(() => undefined);
  t.equal(client.device(), 'unknown');
  await send();
  t.equal(client.device(), 'connect', 'from a send that was taken');
  fonnte.connected = false;
  await send();
  t.equal(client.device(), 'disconnect', 'from a send that was refused for it');
  await fonnte.setFault({ kind: 'status', status: 500 });
  await send();
  t.equal(client.device(), 'disconnect', 'any other failure says nothing of it');
  client.setDeviceStatus('connect');
  t.equal(client.device(), 'connect', 'from an event');
});

t.test('the profile gives the state of the device and the quota', async (t) => {
  const { fonnte, client } = await setUp(t, { minQuota: 10 });
  t.equal(client.quota(), null);
  t.equal(client.isQuotaReserved(), false, 'not while the quota is unknown');
  Object.assign(fonnte, { quota: 11, connected: false, expired: '2 Mei 2029' });
  t.match(await client.fetchProfile(), { status: 'disconnect', quota: 11, expiresAt: Date.parse('2 May 2029') });
  t.equal(fonnte.requests.at(-1)?.path, '/device');
  t.equal(client.device(), 'disconnect');
  t.equal(client.isQuotaReserved(), false);
  fonnte.connected = true;
  await client.send({ target: TARGET, message: 'Halo' });
  t.equal(client.isQuotaReserved(), false);
  await client.send({ target: TARGET, message: 'Halo' });
  t.equal(client.quota(), 9, 'what was sent since is counted');
  t.equal(client.isQuotaReserved(), true);
});

t.test('every form of a profile is parsed', async (t) => {
  const { fonnte, client } = await setUp(t);
  const forms: [string | number, number | null][] = [
    ['18 November 2029', Date.parse('18 November 2029')],
    ['18 Agustus 2029', Date.parse('18 August 2029')],
    ['2029-11-18', Date.parse('2029-11-18')],
    ['1707782400', 1707782400_000],
    [1707782400, 1707782400_000],
    ['selamanya', null],
    ['', null],
  ];
  for (const [expired, expiresAt] of forms) {
    await fonnte.setFault({
      kind: 'reject',
      body: { Status: 'true', Device_Status: 'Connect', quota: 'unlimited', expired },
    });
    const others = { device: null, packageName: null, autoread: null, webhookUrl: null };
    t.same(await client.fetchProfile(), { status: 'connect', quota: null, expiresAt, ...others }, String(expired));
  }
});

t.test('a profile gives the number, the package and those settings that the response has', async (t) => {
  const { fonnte, client } = await setUp(t);
  t.match(await client.fetchProfile(), {
    device: fonnte.device,
    packageName: 'Super',
    autoread: null,
    webhookUrl: null,
  });
  const settings: [given: unknown, autoread: boolean | null][] = [
    ['on', true],
    [true, true],
    ['OFF', false],
    ['personal', null],
  ];
  for (const [given, autoread] of settings) {
    await fonnte.setFault({ kind: 'reject', body: { status: true, autoread: given, webhook: 'https://a.invalid/x' } });
    t.match(await client.fetchProfile(), { autoread, webhookUrl: 'https://a.invalid/x' });
  }
});

t.test('a failed profile request opens no breaker', async (t) => {
  const fonnte = await startFakeFonnte();
  const events = createEvents();
  const upstream = createUpstreamGuard({ name: 'fonnte', timeoutMs: 5_000, events });
  const bestEffortUpstream = createUpstreamGuard({
    name: 'fonnte',
    timeoutMs: 5_000,
    events,
    failuresToOpen: Infinity,
  });
  const client = createFonnteClient({
    apiUrl: `${fonnte.url}/send`,
    token: fonnte.token,
    http: createHttpClient({ connections: 8 }),
    upstream,
    bestEffortUpstream,
    minQuota: 0,
  });
  t.teardown(() => Promise.all([fonnte.close(), client.close()]));
  await fonnte.setFault({ kind: 'status', status: 500 }, { match: ({ path }) => path === '/device' });
  for (let tries = 0; tries < 8; tries += 1) t.match(await failureOf(client.fetchProfile()), { status: 500 });
  t.equal(upstream.state(), 'closed');
  await client.send({ target: TARGET, message: 'Halo' });
});
