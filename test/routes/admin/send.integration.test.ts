import type { FastifyInstance } from 'fastify';
import t from 'tap';
import { one } from '../../../src/store/types.ts';
import { build, injectAdmin } from '../../support/app.ts';
import { createManualClock } from '../../support/clock.ts';
import { LINKED, OTHER_LINKED, PASTED_FORMS, startFakeUpstreams } from '../../support/fake-upstreams.ts';
import type { HttpResponse } from '../../support/http.ts';
import { ADMIN_KEY, startService } from '../../support/service.ts';

const upstreams = await startFakeUpstreams(t, { tls: true });
const { fonnte, gemini } = upstreams;
t.beforeEach(() => Promise.all([fonnte.reset(), gemini.reset()]));

const HOUR_MS = 60 * 60 * 1000;
const bearer = { authorization: `Bearer ${ADMIN_KEY}` };
const send = (app: FastifyInstance, body: unknown, headers: Record<string, string> = {}) =>
  injectAdmin(app, 'POST', '/api/whatsapp/send', { body, headers: { ...bearer, ...headers } });
const codeOf = ({ status, body }: Pick<HttpResponse, 'status' | 'body'>) => [status, body.code];

t.test('a message is sent immediately to any number, and the response has FONNTE’s ids', async (t) => {
  const service = await startService(t, upstreams);
  const message = 'Halo & selamat pagi\n*tebal*';
  const response = await send(service.app, { target: '0812-0000-0099', message });
  t.match(fonnte.sent, [{ target: '6281200000099', message }]);
  const [sent] = fonnte.sent;
  t.same(response, {
    status: 200,
    body: { success: true, target: '6281200000099', ids: [sent?.id], requestId: String(sent?.requestid) },
  });
  t.match(await service.waitForEvent('admin.acted'), { name: 'admin', action: 'send' });
});

t.test("FONNTE's variables in a message are escaped", async (t) => {
  const { app } = await startService(t, upstreams);
  await send(app, { target: LINKED, message: 'Yth. {name}, kode {var1} dan {otp}' });
  t.match(fonnte.sent, [{ target: LINKED, message: 'Yth. ｛name｝, kode ｛var1｝ dan ｛otp｝' }]);
});

t.test('a target may have any form of a phone number', async (t) => {
  const service = await startService(t, upstreams);
  for (const target of [...PASTED_FORMS, 6281200000001]) {
    t.match(
      await send(service.app, { target, message: 'Halo' }),
      { status: 200, body: { target: LINKED } },
      `${target}`,
    );
  }
});

t.test('an invalid target or an empty message is rejected before FONNTE is called', async (t) => {
  const app = await build(t);
  const targets = [
    '',
    'abc',
    `${LINKED},${OTHER_LINKED}`,
    `${LINKED}|nama`,
    '120363400000000000@g.us',
    '9'.repeat(500),
  ];
  const bodies = [
    ...[...targets, null, true, 1.5, [LINKED], {}].map((target) => ({ target, message: 'Halo' })),
    ...['', ' \n', null, 5, ['Halo'], 'a'.repeat(60_001)].map((message) => ({ target: LINKED, message })),
    {},
    [],
    null,
    '{',
    'teks',
  ];
  for (const body of bodies) {
    const response = await send(app, body, { 'content-type': 'application/json' });
    t.match(
      response,
      { status: 400, body: { error: String, code: /^INVALID_(REQUEST|BODY)$/ } },
      JSON.stringify(body)?.slice(0, 60),
    );
  }
  t.same(codeOf(await send(app, 'x', { 'content-type': 'application/xml' })), [415, 'UNSUPPORTED_MEDIA_TYPE']);
  t.same(codeOf(await send(app, { target: LINKED, message: 'a'.repeat(300_000) })), [413, 'BODY_TOO_LARGE']);
  t.same(codeOf(await send(app, { message: 'Halo', __proto__x: 1 })), [400, 'INVALID_REQUEST']);
  t.same(codeOf(await send(app, '{"__proto__":{}}', { 'content-type': 'application/json' })), [400, 'INVALID_BODY']);
});

t.test('60,000 characters are sent', async (t) => {
  const service = await startService(t, upstreams);
  t.equal((await send(service.app, { target: LINKED, message: 'a'.repeat(60_000) })).status, 200);
});

t.test('a request without a valid key is rejected and sends nothing', async (t) => {
  const service = await startService(t, upstreams, { ADMIN_API_KEY: `rina:${ADMIN_KEY},budi:kunci-budi-yang-panjang` });
  const sendWith = (headers: Record<string, string>, body: unknown) =>
    injectAdmin(service.app, 'POST', '/api/whatsapp/send', { body, headers });
  const body = { target: LINKED, message: 'Halo' };
  const wrong = [
    {},
    { authorization: 'Bearer salah' },
    { authorization: ADMIN_KEY },
    { authorization: `Basic ${ADMIN_KEY}` },
    { authorization: `Bearer rina:${ADMIN_KEY}` },
    { 'x-api-key': 'salah' },
    { 'x-webhook-secret': 'rahasia-uji-coba' },
  ];
  for (const headers of wrong) {
    const refused = { status: 401, body: { error: 'Kunci tidak ada atau tidak cocok.', code: 'UNAUTHORIZED' } };
    t.same(await sendWith(headers as Record<string, string>, body), refused, JSON.stringify(headers));
  }
  t.same(codeOf(await sendWith({}, '{')), [401, 'UNAUTHORIZED'], 'before the body');
  t.same(
    fonnte.requests.filter(({ path }) => path === '/send'),
    [],
  );
  t.equal((await sendWith({ 'x-api-key': 'kunci-budi-yang-panjang' }, body)).status, 200);
  t.equal((await sendWith({ authorization: `bearer ${ADMIN_KEY}` }, body)).status, 200);
  await service.waitForEvent('admin.acted', ({ name }) => name === 'budi');
  await service.waitForEvent('admin.acted', ({ name }) => name === 'rina');
});

t.test('without a configured key every send is rejected', async (t) => {
  const service = await startService(t, upstreams, { ADMIN_API_KEY: '' });
  t.same(codeOf(await send(service.app, { target: LINKED, message: 'Halo' })), [503, 'ADMIN_DISABLED']);
  t.same(
    fonnte.requests.filter(({ path }) => path === '/send'),
    [],
  );
});

t.test('a rejection by FONNTE is a 502 with FONNTE’s reason', async (t) => {
  const service = await startService(t, upstreams);
  const reasons = [
    [{ status: false, reason: 'insufficient quota' }, 'insufficient quota'],
    [{ Status: 'false', detail: 'target invalid' }, 'target invalid'],
    ['<h1>It works!</h1>', '<h1>It works!</h1>'],
  ] as const;
  for (const [body, reason] of reasons) {
    await fonnte.setFault({ kind: 'reject', body });
    t.same(await send(service.app, { target: LINKED, message: 'Halo' }), {
      status: 502,
      body: { error: 'FONNTE menolak pesan.', code: 'FONNTE_REJECTED', reason },
    });
  }
  await fonnte.clearFaults();
  fonnte.connected = false;
  t.match(await send(service.app, { target: LINKED, message: 'Halo' }), {
    status: 502,
    body: { code: 'FONNTE_REJECTED', reason: 'request invalid on disconnected device' },
  });
});

t.test('an unreachable FONNTE is a 502 with its own code', async (t) => {
  const service = await startService(t, upstreams);
  await fonnte.setFault({ kind: 'refuse' });
  const unreachable = { status: 502, body: { error: 'FONNTE tidak dapat dihubungi.', code: 'FONNTE_UNREACHABLE' } };
  for (let count = 1; count <= 6; count += 1) {
    t.same(await send(service.app, { target: LINKED, message: 'Halo' }), unreachable, `try ${count}`);
  }
  t.equal(service.app.fonnte.breaker.state(), 'open', 'the circuit breaker rejects the last one');
});

t.test('an Idempotency-Key returns the first response for 24 hours and sends nothing again', async (t) => {
  const clock = createManualClock();
  const service = await startService(t, upstreams, {}, { now: clock.now });
  const body = { target: LINKED, message: 'Halo' };
  const key = { 'idempotency-key': 'surat-1' };
  const first = await send(service.app, body, key);
  t.equal(first.status, 200);
  t.same(await send(service.app, body, key), first);
  t.same(await send(service.app, { ...body, target: '+6281200000001' }, key), first, 'the same number');
  clock.advance(24 * HOUR_MS - 1);
  t.same(await send(service.app, body, key), first);
  t.equal(fonnte.sent.length, 1);
  clock.advance(1);
  const second = await send(service.app, body, key);
  t.equal(second.status, 200);
  t.not(second.body.requestId, first.body.requestId);
  t.equal(fonnte.sent.length, 2, 'after 24 hours it is a new request');
});

t.test('a stored rejection is returned again, also after a restart', async (t) => {
  const DATA_DIR = t.testdir();
  const key = { 'idempotency-key': 'surat-2' };
  const body = { target: LINKED, message: 'Halo' };
  const before = await startService(t, upstreams, { DATA_DIR });
  await fonnte.setFault({ kind: 'reject', body: { status: false, reason: 'insufficient quota' } });
  const first = await send(before.app, body, key);
  t.equal(first.status, 502);
  await before.close();
  await fonnte.clearFaults();
  const after = await startService(t, upstreams, { DATA_DIR });
  t.same(await send(after.app, body, key), first);
  t.equal(fonnte.sent.length, 0);
});

t.test('an Idempotency-Key belongs to one admin and one message', async (t) => {
  const service = await startService(t, upstreams, { ADMIN_API_KEY: `rina:${ADMIN_KEY},budi:kunci-budi-yang-panjang` });
  const key = { 'idempotency-key': 'surat-3' };
  const body = { target: LINKED, message: 'Halo' };
  t.equal((await send(service.app, body, key)).status, 200);
  t.same(codeOf(await send(service.app, { ...body, message: 'Lain' }, key)), [422, 'IDEMPOTENCY_KEY_REUSED']);
  t.same(codeOf(await send(service.app, { ...body, target: OTHER_LINKED }, key)), [422, 'IDEMPOTENCY_KEY_REUSED']);
  t.equal(fonnte.sent.length, 1);
  t.equal((await send(service.app, body, { ...key, authorization: 'Bearer kunci-budi-yang-panjang' })).status, 200);
  t.equal(fonnte.sent.length, 2);
  t.same(codeOf(await send(service.app, body, { 'idempotency-key': 'x'.repeat(201) })), [400, 'INVALID_REQUEST']);
});

t.test('ten concurrent requests with one key send one message', async (t) => {
  const service = await startService(t, upstreams);
  await fonnte.setFault({ kind: 'slow', ms: 100 });
  const key = { 'idempotency-key': 'surat-4' };
  const body = { target: LINKED, message: 'Halo' };
  const responses = await Promise.all(Array.from({ length: 10 }, () => send(service.app, body, key)));
  t.equal(fonnte.sent.length, 1);
  for (const response of responses) t.ok(response.status === 200 || response.body.code === 'SEND_IN_PROGRESS');
  t.ok(responses.some(({ status }) => status === 200));
});

t.test('a manual message is added to an active session, and the assistant receives it', async (t) => {
  const service = await startService(t, upstreams);
  gemini.scriptResponses(() => ({ text: 'Jawaban.' }));
  await service.call(fonnte.buildPayload({ sender: LINKED, message: 'Pertanyaan' }));
  await service.idle();
  await send(service.app, { target: LINKED, message: 'Dari admin' });
  await send(service.app, { target: OTHER_LINKED, message: 'Dari admin' });
  const session = await one(service.app.store.sessions.get([LINKED]));
  t.match(
    session?.entries.map(({ role, content }) => [role, content]),
    [
      ['user', 'Pertanyaan'],
      ['assistant', 'Jawaban.'],
      ['assistant', 'Dari admin'],
    ],
  );
  t.equal(await one(service.app.store.sessions.get([OTHER_LINKED])), null, 'a manual message creates no session');
  await service.call(fonnte.buildPayload({ sender: LINKED, message: 'Lalu?' }));
  await service.idle();
  t.match(JSON.stringify(gemini.requests.at(-1)?.body), /Dari admin/, 'the model receives it');
});

t.test('a rejected message is not added to the session', async (t) => {
  const service = await startService(t, upstreams);
  gemini.scriptResponses(() => ({ text: 'Jawaban.' }));
  await service.call(fonnte.buildPayload({ sender: LINKED }));
  await service.idle();
  await fonnte.setFault({ kind: 'reject', body: { status: false, reason: 'target invalid' } });
  await send(service.app, { target: LINKED, message: 'Dari admin' });
  t.equal((await one(service.app.store.sessions.get([LINKED])))?.entries.length, 2);
});

t.test('a sent message is a 200, even if the store is unavailable', async (t) => {
  const service = await startService(t, upstreams);
  await service.app.store.close();
  t.equal((await send(service.app, { target: LINKED, message: 'Halo' })).status, 200);
  t.equal(fonnte.sent.length, 1);
});

t.test('without a store a request with an Idempotency-Key sends nothing', async (t) => {
  const service = await startService(t, upstreams);
  await service.app.store.close();
  const response = await send(service.app, { target: LINKED, message: 'Halo' }, { 'idempotency-key': 'surat-5' });
  t.same(codeOf(response), [503, 'INBOX_UNAVAILABLE']);
  t.same(
    fonnte.requests.filter(({ path }) => path === '/send'),
    [],
  );
});
