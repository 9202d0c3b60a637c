import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import { senderOf } from '../../src/conversation-key.ts';
import { LINKED, startFakeUpstreams, UNLINKED } from '../support/fake-upstreams.ts';
import { get, post } from '../support/http.ts';
import { ADMIN_KEY, SECRET, type Service, startService } from '../support/service.ts';

const NOT_APPROVED = '6281200000003';
const QUESTION = 'Berapa sisa anggaran perjalanan Bu Kartini';
const ANSWER = 'Sisanya cukup untuk Bu Kartini';
const MANUAL = 'Pesan dari petugas untuk Bu Kartini';

const upstreams = await startFakeUpstreams(t);
const { fonnte, gemini, supabase } = upstreams;

/** The lines that a service writes at its most talkative. */
async function startTalkative(t: Parameters<typeof startService>[0]): Promise<{ service: Service; lines: string[] }> {
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push(line) };
  const logger = { level: 'trace', base: null, stream };
  const service = await startService(t, upstreams, { LOG_LEVEL: 'trace', RATE_LIMIT_PER_MINUTE: 3 }, {}, { logger });
  return { service, lines };
}

/** Everything that a caller or an upstream can bring about, with something to hide in it. */
async function liveThroughADay(service: Service): Promise<void> {
  const message = (fields = {}) =>
    fonnte.buildPayload({ sender: LINKED, message: QUESTION, name: 'Kartini', ...fields });
  gemini.scriptResponses(() => ({ text: ANSWER }));

  const first = message();
  for (const body of [first, first, message({ sender: UNLINKED }), message({ sender: NOT_APPROVED })]) {
    await service.call(body);
  }
  await service.call(message({ message: QUESTION.repeat(50) }));
  await service.call(message({ sender: '98765432101234@lid' }));
  await service.call(message({ sender: '120363400000000000@g.us', isgroup: true, member: LINKED }));
  await service.call({ device: fonnte.device, stateid: '3EB0C7', state: `read ${LINKED}` });
  await service.call({ sender: LINKED, message: '' });
  await service.call(`{"sender":"${LINKED}","message":"${QUESTION}`, {
    headers: { 'content-type': 'application/json' },
  });
  await service.call(message(), { secret: `${SECRET}-salah` });
  await service.call(message(), { secret: null, headers: { 'x-fonnte-signature': SECRET } });
  await service.idle();

  await get(`${service.url}/${SECRET}/${LINKED}?secret=${SECRET}`);
  await get(`${service.url}/%E0%A4%A?secret=${SECRET}&sender=${LINKED}`);
  await sendBytes(service, `POST /webhook/whatsapp?secret=${SECRET}&sender=${LINKED} HTTP/1.1\r\nkosong\r\n\r\n`);

  const admin = { authorization: `Bearer ${ADMIN_KEY}` };
  const send = (body: unknown, headers: Record<string, string> = admin) =>
    post(`${service.url}/api/whatsapp/send`, body, headers);
  await send({ target: LINKED, message: MANUAL });
  await send({ target: LINKED, message: MANUAL }, { 'x-api-key': `${ADMIN_KEY}-salah` });
  await send({ target: [LINKED], message: MANUAL });
  await get(`${service.url}/api/conversations/${LINKED}`, admin);

  // Upstreams that echo the request.
  const echo = `${LINKED} ${QUESTION} ${SECRET} ${fonnte.token}`;
  await fonnte.setFault({ kind: 'reject', body: { status: false, reason: echo } }, { times: 2 });
  await send({ target: LINKED, message: MANUAL });
  await gemini.setFault({ kind: 'status', status: 400, body: { error: { code: 400, message: echo } } }, { times: 1 });
  await supabase.setFault({ kind: 'status', status: 500, body: { message: echo } }, { times: 1 });
  service.app.supabase.forget(senderOf(LINKED));
  await service.call(message({ message: `${QUESTION}?` }));
  await service.idle();
  await supabase.setFault({ kind: 'truncated' }, { times: 1 });
  await fonnte.setFault({ kind: 'response-lost' }, { times: 1 });
  service.app.supabase.forget(senderOf(LINKED));
  for (let count = 0; count < 3; count += 1) await service.call(message());
  await service.idle();

  service.app.store.inbox.accept = () => [Promise.reject(new TypeError(echo))];
  await service.call(message({ sender: '6281200000004' }));
}

async function sendBytes({ url }: Service, bytes: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.resume().write(bytes);
  await once(socket, 'close');
}

t.test('a whole day of service leaves no number, text, name, token or key in the log', async (t) => {
  const { service, lines } = await startTalkative(t);
  await liveThroughADay(service);
  await service.close();
  const log = lines.join('');
  t.ok(lines.length > 50, `${lines.length} lines were looked at`);
  const phones = [LINKED, UNLINKED, NOT_APPROVED, '6281200000004', '120363400000000000', '98765432101234'];
  const secrets = [SECRET, ADMIN_KEY, fonnte.token, supabase.serviceRoleKey, gemini.apiKey];
  const people = ['Kartini', 'Siti', 'Rahmawati', 'Bagas', 'Ratna', 'Biro Perencanaan'];
  const said = [QUESTION, ANSWER, MANUAL, 'anggaran perjalanan', 'belum terhubung', 'belum disetujui'];
  for (const hidden of [...phones, ...phones.map((phone) => phone.slice(2)), ...secrets, ...people, ...said]) {
    const at = log.indexOf(hidden);
    t.equal(at, -1, at < 0 ? hidden : `${hidden}: ${log.slice(Math.max(0, at - 100), at + 100)}`);
    t.notOk(log.includes([...Buffer.from(hidden)].join(',')), `${hidden} as bytes`);
  }
  // Remove ids and times: their digits are not phone numbers.
  const ours = /"(?:seqs?|time|pid|at|untilMs)":(?:\[[\d,]*\]|\d+)|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g;
  t.notMatch(log.replace(ours, ''), /\b(?:62|0)8\d{7,}/, 'any number');
  t.match(log, '62812****0001', 'a conversation appears as its masked number');
});

t.test('every line of the log is one JSON object', async (t) => {
  const { service, lines } = await startTalkative(t);
  await liveThroughADay(service);
  await service.close();
  const others = lines.filter((line) => !/^\{.*\}\n$/.test(line) || !parses(line));
  t.same(others, []);
});

t.test('every event of a request has its request id, and every event of a turn its turn id', async (t) => {
  const { service } = await startTalkative(t);
  await liveThroughADay(service);
  const requestIds = new Set<string>();
  const turnIds = new Set<string>();
  for (const occurrence of service.occurrences) {
    const { type, requestId, turnId, conversation } = occurrence;
    if (occurrence.type === 'upstream.called' && occurrence.operation === 'device') continue;
    if (requestId) requestIds.add(requestId);
    if (turnId) turnIds.add(turnId);
    const isKnown = requestId !== undefined || turnId !== undefined;
    if (!isKnown && !OF_NO_CALL.has(type)) t.fail(`${type} belongs to no call and no turn`);
    if (turnId) t.match(conversation, /^62812\*{4}\d{4}$/, type);
  }
  const answered = service.occurrences.filter(({ type }) => type === 'request.completed');
  t.equal(requestIds.size, answered.length, 'each call has an id of its own');
  const started = service.occurrences.filter(({ type }) => type === 'turn.started');
  t.equal(turnIds.size, new Set(started.map(({ turnId }) => turnId)).size);
});

t.test('a call whose body comes late keeps its id', async (t) => {
  const { service } = await startTalkative(t);
  const body = JSON.stringify(fonnte.buildPayload({ sender: LINKED }));
  const { hostname, port } = new URL(service.url);
  const socket = connect({ host: hostname, port: Number(port) });
  t.teardown(() => socket.destroy());
  const begun = once(service.app.server, 'request');
  const headers = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}`;
  socket.write(`POST /webhook/whatsapp HTTP/1.1\r\nhost: contoh\r\n${headers}\r\n\r\n`);
  await begun;
  await new Promise((resolve) => setImmediate(resolve));
  socket.write(body);
  const { requestId } = await service.waitForEvent('auth.failed');
  t.match(requestId, /^[\da-f-]{36}$/);
  t.equal((await service.waitForEvent('request.completed')).requestId, requestId);
});

/** Events without a request or turn. */
const OF_NO_CALL = new Set([
  'breaker.changed',
  'device.checked',
  'store.failed',
  'store.recovered',
  'store.pruned',
  'service.started',
]);

function parses(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}
