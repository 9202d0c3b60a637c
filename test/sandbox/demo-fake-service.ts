import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { texts } from '../../src/texts.ts';

// A minimal service that passes the checks of the demo's scenarios; tests start it instead of the real service.
// FAKE_FLAW selects a fault; a test then verifies that the scenarios detect it.
const env = process.env as Record<string, string>;
const flaw = env.FAKE_FLAW ?? '';
const folder = env.DATA_DIR ?? '';
const file = join(folder, 'state.json');
const NAMES: Record<string, string> = {
  '6281200000001': 'Siti Rahmawati',
  '6281200000002': 'Bagas Prakoso',
  '6281200000004': 'Yohanes Tandi',
};
const NOT_APPROVED = '6281200000003';

interface PendingMessage {
  sender: string;
  message: string;
}
interface State {
  seen: number[];
  pending: PendingMessage[];
  sessions: Record<string, { role: string; parts: { text: string }[] }[]>;
}

mkdirSync(folder, { recursive: true });
const state: State =
  existsSync(file) && flaw !== 'forgets-inbox'
    ? (JSON.parse(readFileSync(file, 'utf8')) as State)
    : { seen: [], pending: [], sessions: {} };
const save = () => writeFileSync(file, JSON.stringify(state));

const form = (path: string, fields: Record<string, string>) =>
  fetch(new URL(path, env.FONNTE_API_URL), {
    method: 'POST',
    headers: { authorization: env.FONNTE_TOKEN ?? '' },
    body: new URLSearchParams({ ...fields, countryCode: '0' }),
  });

async function send(target: string, message: string): Promise<void> {
  for (;;) {
    const { status } = (await (await form('/send', { target, message })).json()) as { status: boolean };
    if (status || flaw === 'gives-up') return;
  }
}

async function ask(sender: string, message: string): Promise<string> {
  const before = flaw === 'forgets-session' ? [] : (state.sessions[sender] ?? []);
  const question = { role: 'user', parts: [{ text: message }] };
  const response = await fetch(`${env.GEMINI_BASE_URL}/v1beta/models/gemini-3.8-flash:generateContent`, {
    method: 'POST',
    headers: { 'x-goog-api-key': env.GEMINI_API_KEY ?? '', 'content-type': 'application/json' },
    body: JSON.stringify({
      systemInstruction: { parts: [{ text: `Nama: ${NAMES[sender]}` }] },
      contents: [...before, question],
    }),
  });
  const { candidates } = (await response.json()) as { candidates: { content: { parts: { text: string }[] } }[] };
  const answer = candidates[0]?.content.parts[0]?.text ?? '';
  state.sessions[sender] = [...before, question, { role: 'model', parts: [{ text: answer }] }];
  return answer;
}

async function answer(pending: PendingMessage): Promise<void> {
  const { sender, message } = pending;
  if (flaw === 'silent') return;
  if (flaw !== 'never-types') await form('/typing', { target: sender });
  const text = await ask(sender, message);
  if (flaw === 'asks-again') await ask(sender, message);
  await send(flaw === 'wrong-number' ? '6281200000005' : sender, text);
  if (flaw === 'doubles') await send(sender, text);
  state.pending = state.pending.filter((other) => other !== pending);
  save();
}

let queue = Promise.resolve();
const enqueue = (pending: PendingMessage) => {
  queue = queue.then(() => answer(pending)).catch(() => undefined);
};

function accept(payload: { sender: string; message: string; inboxid: number }): [number, object] {
  const { sender, message, inboxid } = payload;
  if (state.seen.includes(inboxid) && flaw !== 'repeats') return [200, { success: true, status: 'duplicate' }];
  state.seen.push(inboxid);
  if (NAMES[sender] === undefined && flaw !== 'lets-in') {
    const isKnown = sender === NOT_APPROVED;
    queue = queue.then(() => send(sender, isKnown ? texts.notApproved : texts.notLinked));
    return [403, { error: 'x', code: isKnown ? 'NOT_APPROVED' : 'NOT_LINKED' }];
  }
  const pending = { sender, message };
  state.pending.push(pending);
  save();
  enqueue(pending);
  return [200, { success: true, status: 'accepted' }];
}

// Report the environment: a test verifies that the service gets no other variable.
process.stdout.write(`${JSON.stringify({ event: 'fake.started', environment: env })}\n`);
for (const pending of [...state.pending]) enqueue(pending);
createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const isHealth = request.url === '/api/health';
  const [status, body] = isHealth ? [200, { status: 'healthy' }] : accept(JSON.parse(Buffer.concat(chunks).toString()));
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}).listen(Number(env.WHATSAPP_SERVER_PORT), '127.0.0.1');
