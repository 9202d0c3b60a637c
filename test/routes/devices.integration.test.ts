import t, { type Test } from 'tap';
import { senderOf } from '../../src/conversation-key.ts';
import { texts } from '../../src/texts.ts';
import { injectAdmin } from '../support/app.ts';
import { LINKED, startFakeUpstreams, UNLINKED } from '../support/fake-upstreams.ts';
import { scratchFolder } from '../support/folders.ts';
import { startOperator } from '../support/operator.ts';
import { type Service, startService } from '../support/service.ts';
import { ACCEPTED, answered, DUPLICATE, ignored } from '../support/webhook-responses.ts';

const upstreams = await startFakeUpstreams(t);
const { fonnte, gemini } = upstreams;
const second = fonnte.addDevice('token-perangkat-kedua', '6281100000002');
const FIRST = `${fonnte.device}:${fonnte.token}`;
const SECOND = `${second.device}:${second.token}`;
const BOTH = { FONNTE_TOKEN: `${FIRST},${SECOND}` };
t.beforeEach(() => Promise.all([fonnte.reset(), gemini.reset(), upstreams.supabase.reset()]));

const toFirst = (message: string, over = {}) => fonnte.buildPayload({ sender: LINKED, message, ...over });
const toSecond = (message: string, over = {}) => toFirst(message, { device: second.device, ...over });
const sent = () => fonnte.sent.map(({ device, target, message }) => ({ device, target, message }));
/** Answers with the word of the question and the number of earlier messages of the session. */
const echo = () =>
  gemini.scriptResponses(({ contents }) => {
    const text =
      contents
        .at(-1)
        ?.parts?.map((part) => part.text ?? '')
        .join(' ') ?? '';
    return { text: `Jawaban ${/kata (\w+)/.exec(text)?.[1]} setelah ${contents.length - 1} pesan.` };
  });

const admin = (service: Service, method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) =>
  injectAdmin(service.app, method, path, body ? { body } : {});

/** Stops a service before the second device can send its reply. @returns its folder */
async function leaveReplyOfSecond(t: Test): Promise<string> {
  const DATA_DIR = scratchFolder(t);
  const service = await startService(t, upstreams, { ...BOTH, DATA_DIR });
  echo();
  second.connected = false;
  await service.call(toSecond('Catat kata dua'));
  await service.waitForEvent('turn.retrying');
  await service.close();
  second.connected = true;
  return DATA_DIR;
}

t.test('a sender has one conversation with each device, answered through it', async (t) => {
  const service = await startService(t, upstreams, BOTH);
  echo();
  t.same(answered(await service.call(toFirst('Catat kata satu'))), ACCEPTED);
  await service.idle();
  t.same(answered(await service.call(toSecond('Catat kata dua'))), ACCEPTED);
  await service.idle();
  t.same(answered(await service.call(toFirst('Catat kata tiga'))), ACCEPTED);
  await service.idle();
  t.same(sent(), [
    { device: fonnte.device, target: LINKED, message: 'Jawaban satu setelah 0 pesan.' },
    { device: second.device, target: LINKED, message: 'Jawaban dua setelah 0 pesan.' },
    { device: fonnte.device, target: LINKED, message: 'Jawaban tiga setelah 2 pesan.' },
  ]);
  const typed = fonnte.requests.filter(({ path }) => path === '/typing').map(({ headers }) => headers.authorization);
  t.same(new Set(typed), new Set([fonnte.token, second.token]), 'the typing indicator is shown by the same device');
});

t.test('a repeat is a duplicate only on the same device', async (t) => {
  const service = await startService(t, upstreams, BOTH);
  const call = toFirst('Catat kata satu', { inboxid: 7 });
  t.same(answered(await service.call(call)), ACCEPTED);
  t.same(answered(await service.call(call)), DUPLICATE);
  t.same(answered(await service.call({ ...call, device: second.device })), ACCEPTED);
  t.same(answered(await service.call({ ...call, device: second.device })), DUPLICATE);
  await service.idle();
  t.same(
    sent()
      .map(({ device }) => device)
      .sort(),
    [fonnte.device, second.device].sort(),
  );
});

t.test('a call for an unlisted device or without a device is ignored', async (t) => {
  const service = await startService(t, upstreams, BOTH);
  t.same(answered(await service.call(toFirst('Halo', { device: '6281100000003' }))), ignored('unknown-event'));
  t.same(answered(await service.call(toFirst('Halo', { device: '' }))), ignored('unknown-event'));
  t.same(answered(await service.call(toFirst('Halo', { sender: second.device }))), ignored('self'));
});

t.test('a disconnected device holds back only its own replies', async (t) => {
  const service = await startService(t, upstreams, BOTH);
  echo();
  second.connected = false;
  await service.call(toSecond('Catat kata dua'));
  await service.waitForEvent('turn.retrying');
  await service.call(toFirst('Catat kata satu'));
  await fonnte.waitForSent(({ device }) => device === fonnte.device);
  await service.waitForEvent('device.checked', ({ device, status }) => device === 2 && status === 'disconnect');
  t.notOk(
    service.occurrences.some(
      (event) => event.type === 'upstream.called' && event.device === 1 && event.outcome !== 'ok',
    ),
  );
  t.equal(service.app.fonnte.find(second.device)?.device(), 'disconnect');
  t.equal(service.app.fonnte.find(fonnte.device)?.device(), 'connect');
  second.connected = true;
  const late = await fonnte.waitForSent(({ device }) => device === second.device);
  t.match(late, { target: LINKED, message: /Jawaban dua/ });
});

t.test('an open circuit breaker of one device does not hold back the other', async (t) => {
  // The circuit never becomes due for its probe.
  const service = await startService(t, upstreams, BOTH, { monotonicNow: () => 0 });
  echo();
  await fonnte.setFault(
    { kind: 'status', status: 503 },
    { match: ({ headers }) => headers.authorization === second.token },
  );
  const device = service.app.fonnte.find(second.device);
  while (device?.breaker.state() === 'closed')
    await device.send({ target: senderOf(LINKED), message: 'x' }).catch(() => undefined);
  t.equal(service.app.fonnte.find(fonnte.device)?.breaker.state(), 'closed');
  t.equal(service.app.fonnte.breaker.state(), 'open', 'the worst of all devices');
  await service.call(toSecond('Catat kata dua'));
  await service.call(toFirst('Catat kata satu'));
  await fonnte.waitForSent(({ message }) => message.startsWith('Jawaban satu'));
  t.same(
    sent().map((one) => one.device),
    [fonnte.device],
  );
});

t.test('the reserved quota of one device suspends only its own notices', async (t) => {
  const service = await startService(t, upstreams, { ...BOTH, MIN_QUOTA_RESERVE: 50 });
  second.quota = 40;
  await service.app.fonnte.checkDevices();
  await service.call(toSecond('Halo', { sender: UNLINKED }));
  await service.waitForEvent('notice.suppressed');
  await service.call(toFirst('Halo', { sender: UNLINKED }));
  await service.idle();
  t.match(sent(), [{ device: fonnte.device, target: UNLINKED, message: texts.notLinked }]);
});

t.test('a stored reply is sent through its device after a restart, in any order of the list', async (t) => {
  const DATA_DIR = await leaveReplyOfSecond(t);
  await startService(t, upstreams, { FONNTE_TOKEN: `${SECOND},${FIRST}`, DATA_DIR });
  t.match(await fonnte.waitForSent(() => true), { device: second.device, target: LINKED, message: /Jawaban dua/ });
});

t.test('the admin API lists a conversation per device; a deletion covers all devices', async (t) => {
  const service = await startService(t, upstreams, BOTH);
  echo();
  for (const call of [toFirst('Catat kata satu'), toSecond('Catat kata dua')]) {
    await service.call(call);
    await service.idle();
  }
  const { conversations } = (await admin(service, 'GET', '/api/conversations')).body as { conversations: object[] };
  t.match(conversations, [
    { phone: LINKED, device: second.device, sessionEntries: 2 },
    { phone: LINKED, device: fonnte.device, sessionEntries: 2 },
  ]);
  const show = async (query: string) => (await admin(service, 'GET', `/api/conversations/${LINKED}${query}`)).body;
  t.match(await show(''), { device: second.device, session: [{}, { content: /dua/ }] }, 'the device used last');
  t.match(await show(`?device=0${fonnte.device.slice(2)}`), {
    device: fonnte.device,
    session: [{}, { content: /satu/ }],
  });
  t.match(await admin(service, 'GET', `/api/conversations/${LINKED}?device=abc`), { status: 400 });
  t.match(await admin(service, 'DELETE', `/api/conversations/${LINKED}`), { status: 204 });
  for (const device of [fonnte.device, second.device])
    t.match(await show(`?device=${device}`), { session: [], recent: [] });
});

t.test('the reply of a removed device becomes a dead letter, and is sent when the device is back', async (t) => {
  const DATA_DIR = await leaveReplyOfSecond(t);
  const without = await startService(t, upstreams, { FONNTE_TOKEN: FIRST, DATA_DIR });
  t.match(await without.waitForEvent('turn.dead-lettered'), { reason: 'device-removed', hasReply: true });
  const { deadLetters } = (await admin(without, 'GET', '/api/dead-letters')).body as { deadLetters: { id: string }[] };
  t.match(deadLetters, [
    { sender: LINKED, device: second.device, reason: `perangkat ${second.device} tidak ada dalam FONNTE_TOKEN` },
  ]);
  await without.close();
  t.same(sent(), []);
  const back = await startService(t, upstreams, { ...BOTH, DATA_DIR });
  t.match(await admin(back, 'POST', `/api/dead-letters/${deadLetters[0]?.id}/replay`), { status: 202 });
  t.match(await fonnte.waitForSent(() => true), { device: second.device, message: /Jawaban dua/ });
});

t.test('messages from the time of a single device are answered through the device that received them', async (t) => {
  const DATA_DIR = scratchFolder(t);
  const single = await startService(t, upstreams, { DATA_DIR });
  echo();
  fonnte.connected = false;
  await single.call(toFirst('Catat kata satu'));
  await single.waitForEvent('turn.retrying');
  await single.close();
  fonnte.connected = true;
  await startService(t, upstreams, { FONNTE_TOKEN: `${SECOND},${FIRST}`, DATA_DIR });
  t.match(await fonnte.waitForSent(() => true), { device: fonnte.device, message: /Jawaban satu/ });
});

t.test(
  'a manual message is sent by the named device, else by the first, into the session of that device',
  async (t) => {
    const service = await startService(t, upstreams, BOTH);
    echo();
    for (const call of [toFirst('Catat kata satu'), toSecond('Catat kata dua')]) {
      await service.call(call);
      await service.idle();
    }
    fonnte.sent.length = 0;
    const send = (over: object) =>
      admin(service, 'POST', '/api/whatsapp/send', { target: LINKED, message: 'Dari petugas', ...over });
    t.match(await send({ device: second.device }), { status: 200 });
    t.same(sent(), [{ device: second.device, target: LINKED, message: 'Dari petugas' }]);
    const sessionOf = async (device: string) =>
      (await admin(service, 'GET', `/api/conversations/${LINKED}?device=${device}`)).body.session as object[];
    t.equal((await sessionOf(second.device)).length, 3);
    t.equal((await sessionOf(fonnte.device)).length, 2);
    t.match(await send({}), { status: 200 });
    t.equal(sent()[1]?.device, fonnte.device);
    for (const device of ['6281100000003', 'abc']) t.match(await send({ device }), { status: 400 }, device);
  },
);

t.test('a pause concerns the conversation with one device', async (t) => {
  const service = await startService(t, upstreams, BOTH);
  const path = `/api/conversations/${LINKED}`;
  const paused = await admin(service, 'POST', `${path}/pause?device=${second.device}`, { minutes: 5 });
  t.match(paused, { status: 200, body: { device: second.device, paused: true } });
  await service.call(toSecond('Catat kata dua'));
  await service.call(toFirst('Catat kata satu'));
  await fonnte.waitForSent(() => true);
  t.same(
    sent().map(({ device }) => device),
    [fonnte.device],
  );
  t.match(await admin(service, 'POST', `${path}/resume`, { answer: true }), {
    body: { device: second.device, paused: false },
  });
  await fonnte.waitForSent(({ device }) => device === second.device);
});

t.test('health, metrics and alerts show each device by its position in the list', async (t) => {
  const operator = await startOperator(t);
  const service = await startService(t, upstreams, {
    ...BOTH,
    ALERT_WEBHOOK_URL: operator.url,
    QUOTA_ALERT_BELOW: 100,
  });
  second.quota = 40;
  await service.app.fonnte.checkDevices();
  await service.call({ device: second.device, status: 'disconnect', timestamp: Math.floor(Date.now() / 1000) });
  t.match((await service.app.inject('/api/health')).json(), {
    status: 'degraded',
    checks: { fonnte: 'ok', device: 'disconnected' },
    devices: [
      { device: 1, fonnte: 'ok', connection: 'ok' },
      { device: 2, fonnte: 'ok', connection: 'disconnected' },
    ],
  });
  const metrics = await service.app.metrics.text();
  for (const line of [
    'sapa_device_connected{device="1"} 1',
    'sapa_device_connected{device="2"} 0',
    'sapa_fonnte_quota{device="2"} 40',
    'sapa_device_breaker_state{device="2"} 0',
    'sapa_breaker_state{upstream="fonnte"} 0',
  ])
    t.ok(metrics.includes(`${line}\n`), line);
  t.notOk(metrics.includes(second.device), 'without numbers');
  await service.app.alerts.check();
  t.same(operator.states().sort(), ['device-disconnected firing', 'quota-low firing']);
  for (const { text, detail } of operator.received) {
    t.match(text, /Perangkat ke-2 dalam FONNTE_TOKEN/);
    t.match(detail, { devices: ['2'] });
  }
});
