import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { createManualClock } from '../../support/clock.ts';
import { LINKED, OTHER_LINKED, startFakeUpstreams, UNLINKED } from '../../support/fake-upstreams.ts';
import { SECRET, type Service, startService } from '../../support/service.ts';
import { ACCEPTED, answered, DUPLICATE, NOT_LINKED, waitForSequenceNumbers } from '../../support/webhook-responses.ts';

const upstreams = await startFakeUpstreams(t);
const { fonnte, gemini, supabase } = upstreams;
t.beforeEach(() => Promise.all([fonnte.reset(), gemini.reset(), supabase.reset()]));

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** No reply is stored within the test: accepted messages stay in the inbox. */
const HELD = { COALESCE_WINDOW_MS: 10_000, RATE_LIMIT_PER_MINUTE: 100 };

const answerTo = async (service: Service, body: unknown) => answered(await service.call(body));
const pending = async (service: Service) => (await service.app.store.inbox.status()).pending;
/** A call with neither id nor timestamp. */
const plain = (message: string, sender = LINKED) => ({ sender, pesan: message });

t.test('a message that FONNTE repeats is stored once and answered once', async (t) => {
  const service = await startService(t, upstreams);
  gemini.scriptResponses(() => ({ text: 'Jawaban.' }));
  const body = fonnte.buildPayload({ sender: LINKED });
  t.same(await answerTo(service, body), ACCEPTED);
  t.same(await answerTo(service, body), DUPLICATE);
  await service.idle();
  t.same(await answerTo(service, body), DUPLICATE, 'also after it was answered');
  await service.idle();
  t.equal(fonnte.sent.length, 1);
  t.equal(service.occurrences.filter(({ type }) => type === 'message.duplicate').length, 2);
});

t.test('one of twenty concurrent equal messages is accepted, with an id, a time or neither', async (t) => {
  for (const body of [fonnte.buildPayload(), fonnte.buildPayload({ inboxid: 0 }), plain('Bersamaan')]) {
    const service = await startService(t, upstreams, HELD);
    // Delay the lookups until all of them have started.
    await supabase.setFault({ kind: 'hang' });
    const allUnderWay = waitForSequenceNumbers(service, 20);
    const calls = Array.from({ length: 20 }, () => answerTo(service, body));
    await allUnderWay;
    await supabase.clearFaults();
    const statuses = (await Promise.all(calls)).map(({ body: { status } }) => status);
    t.equal(statuses.filter((status) => status === 'accepted').length, 1);
    t.equal(statuses.filter((status) => status === 'duplicate').length, 19);
    t.equal(await pending(service), 1);
  }
});

t.test('concurrent equal refused messages cause one refusal, the others are duplicates', async (t) => {
  const service = await startService(t, upstreams);
  const body = fonnte.buildPayload({ sender: UNLINKED });
  const answers = await Promise.all(Array.from({ length: 10 }, () => service.call(body)));
  t.same(answers.map(({ status }) => status).sort(), [...Array.from({ length: 9 }, () => 200), 403]);
  await service.idle();
  t.equal(fonnte.sent.length, 1, 'and one notice is sent');
});

t.test('an inboxid above 0 is the same message on the same device, though FONNTE repeats it 15 times', async (t) => {
  const service = await startService(t, upstreams, HELD);
  for (const inboxid of [55, '57']) {
    const one = fonnte.buildPayload({ sender: LINKED, inboxid });
    t.same(await answerTo(service, one), ACCEPTED);
    for (let repeat = 1; repeat <= 15; repeat += 1) {
      t.same(await answerTo(service, one), DUPLICATE, `repeat ${repeat} of ${inboxid}`);
    }
    t.same(await answerTo(service, { ...one, inboxid: String(inboxid) }), DUPLICATE, 'the id as text');
    t.same(await answerTo(service, { ...one, inboxid: Number(inboxid) }), DUPLICATE, 'the id as a number');
    t.same(await answerTo(service, { ...one, name: 'Lain', member: 'x' }), DUPLICATE, 'another push name');
    t.same(await answerTo(service, { ...one, timestamp: one.timestamp - 60 }), DUPLICATE, 'an earlier timestamp');
    t.same(await answerTo(service, { ...one, timestamp: undefined }), DUPLICATE, 'no timestamp');
    t.same(await answerTo(service, { ...one, device: '6281200000777' }), ACCEPTED, 'another device');
    t.same(await answerTo(service, { ...one, inboxid: Number(inboxid) + 1 }), ACCEPTED, 'the same words again');
  }
  t.equal(await pending(service), 6);
});

t.test('ids that restart after the device was added again are new messages, each of them once', async (t) => {
  const service = await startService(t, upstreams, HELD);
  const old = (inboxid: number) => fonnte.buildPayload({ sender: LINKED, inboxid, message: 'ya' });
  const before = [old(1), old(2), old(3)] as const;
  for (const message of before) t.same(await answerTo(service, message), ACCEPTED);
  const after = [
    { ...before[0], timestamp: before[0].timestamp + 60 },
    { ...before[1], message: 'tidak', pesan: 'tidak' },
    { ...before[2], sender: OTHER_LINKED, pengirim: OTHER_LINKED },
  ];
  const what = ['the same text later', 'another text in the same second', 'another sender'];
  for (const [index, message] of after.entries()) t.same(await answerTo(service, message), ACCEPTED, what[index] ?? '');
  for (const message of [...before, ...after])
    t.same(await answerTo(service, message), DUPLICATE, 'a repeat of either');
  t.equal(await pending(service), 6);
});

t.test('a refused message with an id is a duplicate as long as its id and text are the same', async (t) => {
  const service = await startService(t, upstreams);
  const one = fonnte.buildPayload({ sender: UNLINKED, inboxid: 55 });
  t.same(await answerTo(service, one), NOT_LINKED);
  t.same(await answerTo(service, one), DUPLICATE);
  t.same(await answerTo(service, { ...one, timestamp: one.timestamp + 1 }), NOT_LINKED, 'a later one');
});

t.test('without one: the same device, sender, timestamp, text and attachment', async (t) => {
  const service = await startService(t, upstreams, HELD);
  const one = fonnte.buildPayload({ sender: LINKED, inboxid: 0 });
  t.same(await answerTo(service, one), ACCEPTED);
  t.same(await answerTo(service, { ...one, name: 'Lain', member: 'x', isforwarded: true }), DUPLICATE);
  t.same(await answerTo(service, { ...one, device: '6281200000777' }), ACCEPTED, 'another device');
  t.same(await answerTo(service, { ...one, sender: OTHER_LINKED }), ACCEPTED, 'another sender');
  t.same(await answerTo(service, { ...one, timestamp: one.timestamp + 1 }), ACCEPTED, 'another second');
  t.same(await answerTo(service, { ...one, message: 'lain' }), ACCEPTED, 'another text');
  t.same(await answerTo(service, { ...one, location: '-6.2,106.8' }), ACCEPTED, 'another attachment');
});

t.test('JSON and form fields of one call are one call', async (t) => {
  const service = await startService(t, upstreams, HELD);
  for (const body of [fonnte.buildPayload(), fonnte.buildPayload({ inboxid: 0 })]) {
    t.same(await answerTo(service, body), ACCEPTED);
    const fields = Object.entries(body).map(([name, value]) => [name, String(value ?? '')]);
    t.same(await answerTo(service, new URLSearchParams(fields)), DUPLICATE);
  }
});

t.test('a fingerprint lasts for 24 hours', async (t) => {
  const clock = createManualClock();
  const service = await startService(t, upstreams, HELD, { now: clock.now });
  const body = fonnte.buildPayload({ sender: LINKED, timestamp: 0 });
  t.same(await answerTo(service, body), ACCEPTED);
  clock.advance(24 * HOUR_MS - 1);
  t.same(await answerTo(service, body), DUPLICATE);
  clock.advance(1);
  t.same(await answerTo(service, body), ACCEPTED);
});

t.test('a fingerprint survives a restart', async (t) => {
  const DATA_DIR = t.testdir();
  const body = fonnte.buildPayload({ sender: LINKED });
  const first = await startService(t, upstreams, { ...HELD, DATA_DIR });
  t.same(await answerTo(first, body), ACCEPTED);
  await first.close();
  const second = await startService(t, upstreams, { ...HELD, DATA_DIR });
  t.same(await answerTo(second, body), DUPLICATE);
});

t.test('with neither id nor time, a second «ya» is never swallowed', async (t) => {
  const service = await startService(t, upstreams, HELD);
  for (let count = 1; count <= 30; count += 1) {
    t.same(await answerTo(service, plain('ya')), ACCEPTED, `«ya» number ${count}`);
  }
  t.equal(await pending(service), 30);
});

t.test('with neither, a refusal is remembered for one repeat', async (t) => {
  const service = await startService(t, upstreams);
  const body = plain('ya', UNLINKED);
  t.same(await answerTo(service, body), NOT_LINKED);
  t.same(await answerTo(service, body), DUPLICATE, "FONNTE's repeat");
  t.same(await answerTo(service, body), NOT_LINKED, 'the next one is a new message');
  t.same(await answerTo(service, body), DUPLICATE);
});

t.test('with neither, a refusal is remembered for 20 minutes', async (t) => {
  const clock = createManualClock();
  const service = await startService(t, upstreams, {}, { now: clock.now });
  const body = plain('ya', UNLINKED);
  t.same(await answerTo(service, body), NOT_LINKED);
  clock.advance(20 * MINUTE_MS - 1);
  t.same(await answerTo(service, body), DUPLICATE, 'just before');
  t.same(await answerTo(service, body), NOT_LINKED);
  clock.advance(20 * MINUTE_MS);
  t.same(await answerTo(service, body), NOT_LINKED, 'just after');
});

t.test('with neither, a text too long is remembered for one repeat, and gets one notice in ten minutes', async (t) => {
  const service = await startService(t, upstreams);
  const statuses: number[] = [];
  for (let count = 0; count < 4; count += 1) {
    statuses.push((await service.call(plain('a'.repeat(1001)))).status);
    await service.idle();
  }
  t.same(statuses, [400, 200, 400, 200]);
  t.equal(fonnte.sent.length, 1);
});

/** Opens a connection and begins a call on it; resolves to both its ends when the service has read the headers. */
async function beginCall(t: Test, service: Service, json: string, length: number): Promise<[Socket, Socket]> {
  const { hostname, port } = new URL(service.url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => undefined);
  t.teardown(() => socket.destroy());
  const request = once(service.app.server, 'request') as Promise<[IncomingMessage]>;
  const headers = [
    `POST /webhook/whatsapp?secret=${SECRET} HTTP/1.1`,
    'host: contoh',
    'content-type: application/json',
    `content-length: ${length}`,
  ];
  socket.write(`${headers.join('\r\n')}\r\n\r\n${json}`);
  const [{ socket: serverSide }] = await request;
  return [socket, serverSide];
}

const closed = (socket: Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()));

/** Sends a call and closes the connection while the service still looks up who it is from. */
async function callAndHangUp(t: Test, service: Service, body: unknown, hangUp: (socket: Socket) => void) {
  await supabase.setFault({ kind: 'hang' });
  const json = JSON.stringify(body);
  const [socket, serverSide] = await beginCall(t, service, json, Buffer.byteLength(json));
  await supabase.waitForRequest(() => true);
  const gone = closed(serverSide);
  hangUp(socket);
  await gone;
  await supabase.clearFaults();
  await service.waitForEvent('message.accepted');
}

for (const [how, hangUp] of [
  ['is closed', (socket: Socket) => socket.end()],
  ['is reset', (socket: Socket) => socket.resetAndDestroy()],
] as const) {
  t.test(
    `with neither, a call whose connection ${how} before our answer is out: one repeat is a duplicate`,
    async (t) => {
      const service = await startService(t, upstreams, HELD);
      await callAndHangUp(t, service, plain('ya'), hangUp);
      t.equal(await pending(service), 1, 'it was accepted all the same');
      t.same(await answerTo(service, plain('ya')), DUPLICATE, "FONNTE's repeat");
      t.same(await answerTo(service, plain('ya')), ACCEPTED, 'a later «ya» is a new message');
      t.equal(await pending(service), 2);
    },
  );
}

t.test('a call that was cut off before its end leaves nothing behind', async (t) => {
  const service = await startService(t, upstreams, HELD);
  const [socket, serverSide] = await beginCall(t, service, `{"sender":"${LINKED}","message":"ya"`, 500);
  const gone = closed(serverSide);
  socket.destroy();
  await gone;
  t.equal(await pending(service), 0);
  t.same(await answerTo(service, plain('ya')), ACCEPTED);
  t.notOk(service.occurrences.some(({ type }) => type === 'request.failed'));
});
