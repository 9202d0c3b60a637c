import { once } from 'node:events';
import { connect } from 'node:net';
import { Writable } from 'node:stream';
import t, { type Test } from 'tap';
import { LINKED, OTHER_LINKED, startFakeUpstreams, UNLINKED } from '../support/fake-upstreams.ts';
import { get, post } from '../support/http.ts';
import { ADMIN_KEY, SECRET, startService } from '../support/service.ts';

/** Words that occur nowhere else in the service: a log line that contains one has leaked a text. */
const QUESTION = 'Pertanyaanrahasia';
const ANSWER = 'Jawabanrahasia';
const PUSH_NAME = 'Pengirimrahasia';
const FILE_NAME = 'berkasrahasia.pdf';
const MANUAL = 'Pesantanganrahasia';
const ECHOED = 'Gemarahasia';
const BROKEN = 'Pecahanrahasia';
const WRONG_SECRET = 'kuncisalahrahasia';
const WRONG_KEY = 'kunciadminsalahrahasia';
const IDEMPOTENCY_KEY = 'kunci-sekali-rahasia';

const upstreams = await startFakeUpstreams(t);
const { fonnte, gemini, supabase } = upstreams;
const lines: string[] = [];
const stream = new Writable({
  write(chunk, _encoding, done) {
    lines.push(...String(chunk).split('\n').filter(Boolean));
    done();
  },
});
const service = await startService(
  t,
  upstreams,
  { RATE_LIMIT_PER_MINUTE: 12 },
  {},
  {
    logger: { level: 'trace', base: null, stream },
  },
);
const admin = { authorization: `Bearer ${ADMIN_KEY}` };
const write = (message: string, fields = {}) =>
  service.call(fonnte.buildPayload({ sender: LINKED, name: PUSH_NAME, message, ...fields }));

/** All personal data and keys that the conversations below use. */
const person = supabase.tables.users.find(({ phone_number }) => phone_number === LINKED);
const SENSITIVE: Record<string, string[]> = {
  numbers: [LINKED, OTHER_LINKED, UNLINKED, fonnte.device].flatMap((number) => [number, `0${number.slice(2)}`]),
  words: [QUESTION, ANSWER, MANUAL, ECHOED, BROKEN, FILE_NAME],
  names: [PUSH_NAME, ...String(person?.name).split(' '), String(person?.email ?? PUSH_NAME)],
  ids: [String(person?.id)],
  keys: [SECRET, ADMIN_KEY, fonnte.token, gemini.apiKey, supabase.serviceRoleKey],
  wrongKeys: [WRONG_SECRET, WRONG_KEY, IDEMPOTENCY_KEY],
};

/** Returns the entries of `SENSITIVE` in a text: plain, in base64, or as the bytes of a logged Buffer. */
function sensitiveIn(text: string): string[] {
  return Object.values(SENSITIVE)
    .flat()
    .filter((value) => {
      const bytes = Buffer.from(value);
      const forms = [value, encodeURIComponent(value), bytes.toString('base64').slice(0, -4), bytes.join(',')];
      return forms.some((form) => text.includes(form));
    });
}

/** Waits until the service is idle before the next step. */
const step = (name: string, runConversations: (t: Test) => Promise<unknown>) =>
  t.test(name, async (t) => {
    try {
      await runConversations(t);
    } finally {
      await Promise.all([fonnte.clearFaults(), gemini.clearFaults(), supabase.clearFaults()]);
    }
    await service.idle();
  });

await step('a question is answered, from data too, and a file is sent', async () => {
  gemini.scriptResponses([
    { functionCalls: [{ name: 'search_activities', args: { keyword: QUESTION } }] },
    { text: `${ANSWER} untuk ${person?.name}` },
  ]);
  await write(`Kegiatan ${QUESTION} minggu ini apa saja?`);
  await fonnte.waitForSent(({ message }) => message.includes(ANSWER));
  gemini.scriptResponses(() => ({ text: ANSWER }));
  const attachment = { message: 'non-text message', url: `https://x.example/${FILE_NAME}`, filename: FILE_NAME };
  await write('', { ...attachment, type: 'document', extension: 'pdf' });
  await write('/sumber');
});

await step('strangers, long texts, and too many messages are refused', async (t) => {
  t.equal((await write(QUESTION, { sender: UNLINKED })).status, 403);
  t.equal((await write(QUESTION.repeat(80))).status, 400);
  const concurrentMessages = Array.from({ length: 16 }, () => write(QUESTION, { sender: OTHER_LINKED }));
  t.ok((await Promise.all(concurrentMessages)).some(({ status }) => status === 429));
});

await step('FONNTE refuses a send and quotes what it was sent', async () => {
  const reason = `target ${LINKED} invalid for ${ANSWER}, token ${fonnte.token}`;
  const match = ({ path }: { path: string }) => path === '/send';
  await fonnte.setFault({ kind: 'reject', body: { status: false, reason: 'target invalid' } }, { match });
  await fonnte.setFault({ kind: 'reject', body: { status: false, reason } }, { match, times: 1 });
  await write(`${QUESTION} yang ditolak`);
  await service.waitForEvent('turn.dead-lettered', ({ upstream }) => upstream === 'fonnte');
});

await step('Gemini fails with an error that quotes the question and the key', async () => {
  const message = `API key ${gemini.apiKey} not valid: ${ECHOED} ${QUESTION}`;
  const body = { error: { code: 400, message, status: 'INVALID_ARGUMENT', details: [{ ECHOED }] } };
  await gemini.setFault({ kind: 'status', status: 400, body });
  await write(`${QUESTION} ${ECHOED}`);
  await service.waitForEvent('turn.dead-lettered', ({ upstream }) => upstream === 'gemini');
  await gemini.setFault({ kind: 'invalid-json' }, { times: 1 });
  await write(`${QUESTION} lagi`);
});

await step('Supabase fails with an error that quotes the number', async () => {
  const body = { code: '22P02', message: `invalid input: ${LINKED}`, details: QUESTION, hint: person?.name };
  await supabase.setFault({ kind: 'status', status: 400, body }, { times: 4 });
  await get(`${service.url}/api/conversations/${LINKED}`, admin);
});

await step('a handler and the store crash with errors that quote a text', async (t) => {
  const { inbox, turns } = service.app.store;
  const { hasFingerprint: seen } = inbox;
  inbox.hasFingerprint = () => [Promise.reject(new Error(`${BROKEN}: ${QUESTION} of ${LINKED}`))];
  t.match(await write(QUESTION), { status: 500, body: { code: 'INTERNAL_ERROR' } });
  inbox.hasFingerprint = () => [
    Promise.reject(Object.assign(new TypeError(BROKEN), { cause: { QUESTION, LINKED }, sender: LINKED })),
  ];
  t.match(await write(QUESTION), { status: 500 });
  inbox.hasFingerprint = seen;
  const { saveReply } = turns;
  turns.saveReply = () => [Promise.reject(new Error(`${BROKEN}: ${ANSWER} for ${LINKED}`))];
  await write(`${QUESTION} dan giliran yang gagal`);
  await service.waitForEvent('turn.failed');
  turns.saveReply = saveReply;
  await fonnte.waitForSent(({ message }) => message === ANSWER);
});

await step('an operator sends by hand, looks, replays, and fails to', async (t) => {
  const send = (target: string, headers = {}) =>
    post(`${service.url}/api/whatsapp/send`, { target, message: MANUAL }, { ...admin, ...headers });
  t.equal((await send(LINKED, { 'idempotency-key': IDEMPOTENCY_KEY })).status, 200);
  t.equal((await send(OTHER_LINKED, { 'idempotency-key': IDEMPOTENCY_KEY })).status, 422);
  await fonnte.setFault({ kind: 'reject', body: { status: false, reason: `target ${LINKED} invalid` } }, { times: 1 });
  t.equal((await send(LINKED)).status, 502);
  const letters = (await get(`${service.url}/api/dead-letters`, admin)).body.deadLetters as { id: string }[];
  t.ok(letters.length > 0);
  for (const { id } of letters) await post(`${service.url}/api/dead-letters/${id}/replay`, undefined, admin);
  await get(`${service.url}/api/conversations/0${LINKED.slice(2)}`, admin);
  await get(`${service.url}/api/whatsapp/${LINKED}/${MANUAL}`, admin);
  t.equal((await get(`${service.url}/api/dead-letters`, { 'x-api-key': WRONG_KEY })).status, 401);
});

await step('wrong secrets, and calls that cannot be read', async (t) => {
  const url = `${service.url}/webhook/whatsapp`;
  const body = JSON.stringify({ sender: LINKED, message: QUESTION });
  const json = { 'content-type': 'application/json' };
  t.equal((await post(`${url}?secret=${WRONG_SECRET}`, body, json)).status, 401);
  t.equal((await post(url, body, { ...json, 'x-webhook-secret': WRONG_SECRET })).status, 401);
  t.equal((await post(url, { sender: LINKED, message: QUESTION, secret: WRONG_SECRET })).status, 401);
  t.equal((await post(`${url}?secret=${SECRET}`, `${QUESTION} {"sender":"${LINKED}"`, json)).status, 400);
  t.equal((await post(`${url}?secret=${SECRET}`, body, { 'content-type': `text/${BROKEN}` })).status, 415);
  t.equal((await get(`${service.url}/%?secret=${SECRET}`)).status, 404);
});

await step('connections break off, or bring no HTTP', async () => {
  const head = `POST /webhook/whatsapp?secret=${SECRET} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n`;
  for (const bytes of [
    `${head}content-length: 500\r\n\r\n{"sender":"${LINKED}","message":"${BROKEN}`,
    `${head}content-length: x\r\n\r\n{"sender":"${LINKED}"}`,
    `${head}${BROKEN}\r\n\r\n`,
    `${head}x: ${BROKEN.repeat(2_000)}\r\n\r\n`,
  ]) {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    socket.on('error', () => undefined).resume();
    socket.end(bytes);
    await once(socket, 'close');
  }
});

await step('a conversation is forgotten, and the service stops', async () => {
  await fetch(`${service.url}/api/conversations/${LINKED}`, { method: 'DELETE', headers: admin });
  // The conversation is looked at once more; a service that stops starts nothing.
  await service.idle();
  await service.close();
});

t.test('the search finds a leak in every encoding', async (t) => {
  t.same(sensitiveIn(`{"msg":"${QUESTION}"}`), [QUESTION]);
  t.same(sensitiveIn(JSON.stringify(Buffer.from(`?secret=${SECRET}`))), [SECRET]);
  t.same(sensitiveIn(Buffer.from(`${SECRET}`).toString('base64')), [SECRET]);
});

t.test('no log line contains a number, text, name, id, token or key', async (t) => {
  t.ok(lines.length > 100, `${lines.length} lines, level trace`);
  const happened = new Set(lines.map((line) => (JSON.parse(line) as { event?: string }).event));
  for (const event of [
    ...['message.accepted', 'message.refused', 'auth.failed', 'user.identified', 'tool.called', 'part.sent'],
    ...[
      'model.called',
      'turn.finished',
      'turn.dead-lettered',
      'turn.failed',
      'request.failed',
      'send.manual',
      'admin.acted',
    ],
  ]) {
    t.ok(happened.has(event), `${event} was logged`);
  }
  const leaks = lines.flatMap((line) => sensitiveIn(line).map((value) => ({ value, line: line.slice(0, 300) })));
  t.same(leaks, []);
  t.ok(
    lines.some((line) => line.includes('62812****0001')),
    'a conversation appears as its masked number',
  );
});
