import type { FastifyInstance } from 'fastify';
import t from 'tap';
import { build } from '../../support/app.ts';
import { heldClock } from '../../support/clock.ts';
import { LINKED, OTHER_LINKED, startFakeUpstreams } from '../../support/fake-upstreams.ts';
import { type HttpResponse, post } from '../../support/http.ts';
import { ADMIN_KEY, type Service, startService } from '../../support/service.ts';
import { answered } from '../../support/webhook-responses.ts';

const world = await startFakeUpstreams(t, { tls: true });
const { fonnte, gemini } = world;
t.beforeEach(() => Promise.all([fonnte.reset(), gemini.reset()]));

const HOUR_MS = 60 * 60 * 1000;
const bearer = { authorization: `Bearer ${ADMIN_KEY}` };
const send = (service: Service, body: unknown, headers: Record<string, string> = {}): Promise<HttpResponse> =>
  post(`${service.url}/api/whatsapp/send`, body, { ...bearer, ...headers });
/** The same of an app that does not listen and cannot reach FONNTE. */
async function injectSend(app: FastifyInstance, body: unknown, headers: Record<string, string> = {}) {
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  const type = { 'content-type': 'application/json' };
  const response = await app.inject({
    method: 'POST',
    url: '/api/whatsapp/send',
    headers: { ...type, ...bearer, ...headers },
    payload,
  });
  return { status: response.statusCode, body: response.json() as Record<string, unknown> };
}
const codeOf = ({ status, body }: Pick<HttpResponse, 'status' | 'body'>) => [status, body.code];

t.test('a message goes out at once, to any number, and FONNTE’s ids come back', async (t) => {
  const service = await startService(t, world);
  const message = 'Halo & selamat pagi\n*tebal*';
  const answer = await send(service, { target: '0812-0000-0099', message });
  t.match(fonnte.sent, [{ target: '6281200000099', message }]);
  const [sent] = fonnte.sent;
  t.same(answered(answer), {
    status: 200,
    body: { success: true, target: '6281200000099', ids: [sent?.id], requestId: String(sent?.requestid) },
  });
  t.match(await service.waitForEvent('admin.acted'), { name: 'admin', action: 'send' });
});

/** LINKED as people paste it. */
const PASTED_FORMS = [
  '6281200000001',
  '+62 812-0000-0001',
  '81200000001',
  '+62 (0)812-0000-0001',
  '0062 812 0000 0001',
  "'081200000001",
  'tel:+6281200000001',
  '6281200000001.0',
  '\u202a+62 812\u20110000\u20110001\u202c',
  '０８１２０００００００１',
];

t.test('a target is taken in any form that is one number', async (t) => {
  const service = await startService(t, world);
  for (const target of [...PASTED_FORMS, 6281200000001]) {
    t.match(await send(service, { target, message: 'Halo' }), { status: 200, body: { target: LINKED } }, `${target}`);
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
    const answer = await injectSend(app, body, { 'content-type': 'application/json' });
    t.match(
      answer,
      { status: 400, body: { error: String, code: /^INVALID_(REQUEST|BODY)$/ } },
      JSON.stringify(body)?.slice(0, 60),
    );
  }
  t.same(codeOf(await injectSend(app, 'x', { 'content-type': 'application/xml' })), [415, 'UNSUPPORTED_MEDIA_TYPE']);
  t.same(codeOf(await injectSend(app, { target: LINKED, message: 'a'.repeat(300_000) })), [413, 'BODY_TOO_LARGE']);
  t.same(codeOf(await injectSend(app, { message: 'Halo', __proto__x: 1 })), [400, 'INVALID_REQUEST']);
  t.same(codeOf(await injectSend(app, '{"__proto__":{}}', { 'content-type': 'application/json' })), [
    400,
    'INVALID_BODY',
  ]);
});

t.test('60,000 characters are sent', async (t) => {
  const service = await startService(t, world);
  t.equal((await send(service, { target: LINKED, message: 'a'.repeat(60_000) })).status, 200);
});

t.test('only an admin sends', async (t) => {
  const service = await startService(t, world, { ADMIN_API_KEY: `rina:${ADMIN_KEY},budi:kunci-budi-yang-panjang` });
  const url = `${service.url}/api/whatsapp/send`;
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
    t.same(answered(await post(url, body, headers as Record<string, string>)), refused, JSON.stringify(headers));
  }
  t.same(
    codeOf(await post(url, '{', { 'content-type': 'application/json' })),
    [401, 'UNAUTHORIZED'],
    'before the body',
  );
  t.same(
    fonnte.calls.filter(({ path }) => path === '/send'),
    [],
  );
  t.equal((await post(url, body, { 'x-api-key': 'kunci-budi-yang-panjang' })).status, 200);
  t.equal((await post(url, body, { authorization: `bearer ${ADMIN_KEY}` })).status, 200);
  await service.waitForEvent('admin.acted', ({ name }) => name === 'budi');
  await service.waitForEvent('admin.acted', ({ name }) => name === 'rina');
});

t.test('without a configured key it is closed', async (t) => {
  const service = await startService(t, world, { ADMIN_API_KEY: '' });
  t.same(codeOf(await send(service, { target: LINKED, message: 'Halo' })), [503, 'ADMIN_DISABLED']);
  t.same(
    fonnte.calls.filter(({ path }) => path === '/send'),
    [],
  );
});

t.test('what FONNTE refuses is a 502 with its own reason', async (t) => {
  const service = await startService(t, world);
  const reasons = [
    [{ status: false, reason: 'insufficient quota' }, 'insufficient quota'],
    [{ Status: 'false', detail: 'target invalid' }, 'target invalid'],
    ['<h1>It works!</h1>', '<h1>It works!</h1>'],
  ] as const;
  for (const [body, reason] of reasons) {
    await fonnte.fault({ kind: 'reject', body });
    t.same(answered(await send(service, { target: LINKED, message: 'Halo' })), {
      status: 502,
      body: { error: 'FONNTE menolak pesan.', code: 'FONNTE_REJECTED', reason },
    });
  }
  await fonnte.clearFaults();
  fonnte.connected = false;
  t.match(await send(service, { target: LINKED, message: 'Halo' }), {
    status: 502,
    body: { code: 'FONNTE_REJECTED', reason: 'request invalid on disconnected device' },
  });
});

t.test('a FONNTE that can not be reached is a 502 that says so', async (t) => {
  const service = await startService(t, world);
  await fonnte.fault({ kind: 'refuse' });
  const unreachable = { status: 502, body: { error: 'FONNTE tidak dapat dihubungi.', code: 'FONNTE_UNREACHABLE' } };
  for (let count = 1; count <= 6; count += 1) {
    t.same(answered(await send(service, { target: LINKED, message: 'Halo' })), unreachable, `try ${count}`);
  }
  t.equal(service.app.fonnte.breaker.state(), 'open', 'the last one by its breaker');
});

t.test('an Idempotency-Key repeats the first answer for 24 hours, and sends nothing', async (t) => {
  const clock = heldClock();
  const service = await startService(t, world, {}, { now: clock.now });
  const body = { target: LINKED, message: 'Halo' };
  const key = { 'idempotency-key': 'surat-1' };
  const first = answered(await send(service, body, key));
  t.equal(first.status, 200);
  t.same(answered(await send(service, body, key)), first);
  t.same(answered(await send(service, { ...body, target: '+6281200000001' }, key)), first, 'the same number');
  clock.advance(24 * HOUR_MS - 1);
  t.same(answered(await send(service, body, key)), first);
  t.equal(fonnte.sent.length, 1);
  clock.advance(1);
  const second = answered(await send(service, body, key));
  t.equal(second.status, 200);
  t.not(second.body.requestId, first.body.requestId);
  t.equal(fonnte.sent.length, 2, 'after 24 hours it is a new one');
});

t.test('the repeated answer may be a refusal, and survives a restart', async (t) => {
  const DATA_DIR = t.testdir();
  const key = { 'idempotency-key': 'surat-2' };
  const body = { target: LINKED, message: 'Halo' };
  const before = await startService(t, world, { DATA_DIR });
  await fonnte.fault({ kind: 'reject', body: { status: false, reason: 'insufficient quota' } });
  const first = answered(await send(before, body, key));
  t.equal(first.status, 502);
  await before.close();
  await fonnte.clearFaults();
  const after = await startService(t, world, { DATA_DIR });
  t.same(answered(await send(after, body, key)), first);
  t.equal(fonnte.sent.length, 0);
});

t.test('a key is its admin’s own, and for one message', async (t) => {
  const service = await startService(t, world, { ADMIN_API_KEY: `rina:${ADMIN_KEY},budi:kunci-budi-yang-panjang` });
  const key = { 'idempotency-key': 'surat-3' };
  const body = { target: LINKED, message: 'Halo' };
  t.equal((await send(service, body, key)).status, 200);
  t.same(codeOf(await send(service, { ...body, message: 'Lain' }, key)), [422, 'IDEMPOTENCY_KEY_REUSED']);
  t.same(codeOf(await send(service, { ...body, target: OTHER_LINKED }, key)), [422, 'IDEMPOTENCY_KEY_REUSED']);
  t.equal(fonnte.sent.length, 1);
  t.equal((await send(service, body, { ...key, authorization: 'Bearer kunci-budi-yang-panjang' })).status, 200);
  t.equal(fonnte.sent.length, 2);
  t.same(codeOf(await send(service, body, { 'idempotency-key': 'x'.repeat(201) })), [400, 'INVALID_REQUEST']);
});

t.test('of ten equal sends at once under one key, one goes out', async (t) => {
  const service = await startService(t, world);
  await fonnte.fault({ kind: 'slow', ms: 100 });
  const key = { 'idempotency-key': 'surat-4' };
  const body = { target: LINKED, message: 'Halo' };
  const answers = await Promise.all(Array.from({ length: 10 }, () => send(service, body, key)));
  t.equal(fonnte.sent.length, 1);
  for (const answer of answers) t.ok(answer.status === 200 || answer.body.code === 'SEND_IN_PROGRESS');
  t.ok(answers.some(({ status }) => status === 200));
});

t.test('a person with a session: what was sent by hand is part of it', async (t) => {
  const service = await startService(t, world);
  gemini.answer(() => ({ text: 'Jawaban.' }));
  await service.call(fonnte.payload({ sender: LINKED, message: 'Pertanyaan' }));
  await service.idle();
  await send(service, { target: LINKED, message: 'Dari admin' });
  await send(service, { target: OTHER_LINKED, message: 'Dari admin' });
  const session = await service.app.store.sessions.get(LINKED);
  t.match(
    session?.entries.map(({ role, content }) => [role, content]),
    [
      ['user', 'Pertanyaan'],
      ['assistant', 'Jawaban.'],
      ['assistant', 'Dari admin'],
    ],
  );
  t.equal(await service.app.store.sessions.get(OTHER_LINKED), null, 'nobody gets a session by it');
  await service.call(fonnte.payload({ sender: LINKED, message: 'Lalu?' }));
  await service.idle();
  t.match(JSON.stringify(gemini.calls.at(-1)?.body), /Dari admin/, 'and the assistant knows it');
});

t.test('what FONNTE refused is not part of the session', async (t) => {
  const service = await startService(t, world);
  gemini.answer(() => ({ text: 'Jawaban.' }));
  await service.call(fonnte.payload({ sender: LINKED }));
  await service.idle();
  await fonnte.fault({ kind: 'reject', body: { status: false, reason: 'target invalid' } });
  await send(service, { target: LINKED, message: 'Dari admin' });
  t.equal((await service.app.store.sessions.get(LINKED))?.entries.length, 2);
});

t.test('a message that is out is answered 200, though the store can not note it', async (t) => {
  const service = await startService(t, world);
  await service.app.store.close();
  t.equal((await send(service, { target: LINKED, message: 'Halo' })).status, 200);
  t.equal(fonnte.sent.length, 1);
});

t.test('without a store no Idempotency-Key can be kept, so nothing is sent under one', async (t) => {
  const service = await startService(t, world);
  await service.app.store.close();
  const answer = await send(service, { target: LINKED, message: 'Halo' }, { 'idempotency-key': 'surat-5' });
  t.same(codeOf(answer), [503, 'INBOX_UNAVAILABLE']);
  t.same(
    fonnte.calls.filter(({ path }) => path === '/send'),
    [],
  );
});
