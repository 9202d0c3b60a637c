/**
 * Makes test/fixtures/store-0a59946.db: the store as version 0a59946 wrote it, with invented data of every kind.
 * It calls the code of that commit, so that later renames of the schema do not change the file:
 *
 *   git worktree add /tmp/sapa-0a59946 0a59946
 *   ln -s "$PWD/node_modules" /tmp/sapa-0a59946/node_modules
 *   node test/support/make-store-fixture.mjs /tmp/sapa-0a59946 test/fixtures/store-0a59946.db
 *   git worktree remove --force /tmp/sapa-0a59946
 *
 * The clock is fixed: the data was written between 2026-11-23T02:00:00Z and 02:29:00Z. Ids of turns are random.
 */
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [checkout, target] = process.argv.slice(2);
if (!checkout || !target) throw new Error('usage: make-store-fixture.mjs CHECKOUT_OF_0a59946 TARGET');
const source = (path) => import(pathToFileURL(resolve(checkout, path)).href);
const { createSqliteStore } = await source('src/store/sqlite.ts');
const { createEvents } = await source('src/events.ts');

const MINUTE_MS = 60_000;
const START = Date.UTC(2026, 10, 23, 2);
const phone = (number) => `62812000000${String(number).padStart(2, '0')}`;
/** The sandbox's sample users, by their phone number. */
const { sampleId } = await source('sandbox/sample-days.ts');
const userOf = new Map([1, 2, 4, 5, 6].map((number) => [phone(number), sampleId('user', number)]));

let clock = START;
const directory = mkdtempSync(join(tmpdir(), 'sapa-store-fixture-'));
const store = createSqliteStore({ directory, maxInbox: 1_000, events: createEvents(), now: () => clock });
const { inbox } = store;

let inboxid = 100;
async function accept(sender, text, { user = userOf.get(sender) ?? null, attachment = null, fingerprint } = {}) {
  inboxid += 1;
  const message = {
    seq: inbox.takeNumber(),
    sender,
    userId: user,
    device: phone(90),
    inboxid,
    text,
    attachment,
    receivedAt: clock,
  };
  const accepted = await inbox.accept(message, fingerprint ?? { key: `inbox:${inboxid}`, lasts: 'day' }, 1_000);
  if (accepted !== 'accepted') throw new Error(`${text}: ${accepted}`);
  return message;
}

async function start(sender, ...texts) {
  const messages = [];
  for (const text of texts) messages.push(await accept(sender, text));
  const seqs = messages.map(({ seq }) => seq);
  return inbox.start({ sender, userId: userOf.get(sender) ?? null, kind: 'answer', seqs });
}

const entry = (role, content) => ({ role, content, timestamp: clock });
const reply = (parts, question) => ({
  parts,
  entries: [entry('user', question), entry('assistant', parts.join('\n\n'))],
  notes: { calls: [], list: null, figures: [1_250_000] },
  doom: null,
  at: clock,
});

// Answered: a session of four entries with notes, and two finished turns.
for (const question of ['Berapa sisa anggaran saya?', 'Bagaimana dengan bulan lalu?']) {
  const turn = await start(phone(1), question);
  const stored = reply(['Sisa anggaran Rp1.250.000.'], question);
  await inbox.keepReply(turn.id, turn.userId, stored);
  const session = { append: stored.entries, notes: stored.notes, userId: turn.userId, keep: 20, idleMs: 1_800_000 };
  await inbox.finish(turn.id, { outcome: 'answered', session });
  clock += MINUTE_MS;
}

// Dropped because the number now belongs to another user.
const dropped = await start(phone(6), 'Siapa saya?');
await inbox.keepReply(dropped.id, dropped.userId, reply(['Anda Made.'], 'Siapa saya?'));
await inbox.drop(dropped.id, 'owner-changed', false);
clock += MINUTE_MS;

// Dead letters: one without a reply (Gemini refused), one with a reply (FONNTE refused).
const withoutReply = await start(phone(1), 'Rangkum semua laporan.');
await inbox.die(withoutReply.id, { upstream: 'gemini', reason: 'API key not valid' });
clock += MINUTE_MS;
const withReply = await start(phone(2), 'Daftar kegiatan bulan ini?');
await inbox.keepReply(withReply.id, withReply.userId, reply(['Ada dua kegiatan.'], 'Daftar kegiatan bulan ini?'));
await inbox.die(withReply.id, { upstream: 'fonnte', reason: 'target input invalid' });
clock += MINUTE_MS;

// Open, no reply stored: the process stopped during the model request; the wait notice was sent.
const open = await start(phone(2), 'Apa kegiatan saya minggu ini?', 'Yang di Jakarta saja.');
await inbox.resume(open.id);
await inbox.toldToWait(open.id);
clock += MINUTE_MS;

// Open with a stored reply of three parts, the first of them sent.
const sending = await start(phone(4), 'Rinci anggaran per akun.');
await inbox.keepReply(
  sending.id,
  sending.userId,
  reply(['(1/3) Akun 521111.', '(2/3) Akun 521211.', '(3/3) Akun 524111.'], 'Rinci anggaran per akun.'),
);
await inbox.partSent(sending.id, 1);
clock += MINUTE_MS;

// Waiting for a retry of its send, with a history of two failures.
const retrying = await start(phone(5), 'Apa saja laporan saya?');
await inbox.retryLater(retrying.id, {
  retryAt: clock + 2_000,
  elapsedMs: 1_500,
  sendFailures: 0,
  failingSince: null,
  problem: { at: clock, upstream: 'gemini', reason: 'The model is overloaded.' },
});
await inbox.resume(retrying.id);
await inbox.keepReply(retrying.id, retrying.userId, reply(['Belum ada laporan.'], 'Apa saja laporan saya?'));
await inbox.retryLater(retrying.id, {
  retryAt: START + 29 * MINUTE_MS,
  elapsedMs: 3_500,
  sendFailures: 2,
  failingSince: clock,
  problem: { at: clock + 1_000, upstream: 'fonnte', reason: 'disconnected device' },
});
clock += MINUTE_MS;

// The apology of a turn that becomes a dead letter when it is sent.
const apology = await start(phone(6), 'Bandingkan tahun ini dan tahun lalu.');
await inbox.keepReply(apology.id, apology.userId, {
  parts: ['Maaf, terjadi gangguan. Silakan coba beberapa saat lagi.'],
  entries: [],
  notes: null,
  doom: { upstream: 'gemini', reason: 'deadline exceeded' },
  at: clock,
});
clock += MINUTE_MS;

// Pending: with a user and an attachment, behind an open turn, and of a sender that is not identified yet.
await accept(phone(1), 'Tolong baca berkas ini.', {
  attachment: { type: 'image', url: 'http://127.0.0.1:9/foto.jpg', filename: 'foto', extension: 'jpg', location: '' },
});
clock += 1_000;
await accept(phone(1), 'Itu kuitansi perjalanan dinas.');
await accept(phone(2), 'Sudah ada jawabannya?');
await accept(phone(7), 'Selamat pagi', { fingerprint: { key: 'once:selamat-pagi', lasts: 'once' } });
clock += MINUTE_MS;

// Refused: an open notice to an unlinked number, and a call that was limited.
const refused = { seq: inbox.takeNumber(), sender: phone(8), code: 'NOT_LINKED', at: clock };
await inbox.refuse({
  ...refused,
  fingerprint: { key: 'inbox:refused', lasts: 'day' },
  notice: {
    kind: 'not-linked',
    sender: phone(8),
    userId: null,
    text: 'Nomor Anda belum terhubung dengan akun SAPA.',
    atMostEveryMs: 6 * 60 * MINUTE_MS,
    forUsersOnly: false,
  },
});
await inbox.refuse({
  seq: inbox.takeNumber(),
  sender: phone(1),
  code: 'RATE_LIMITED',
  fingerprint: null,
  notice: null,
  at: clock,
});

// Over the token budget: the turn is dropped, and its notice is open.
const overBudget = await start(phone(4), 'Bandingkan semua akun.');
await inbox.refuse({
  seq: inbox.takeNumber(),
  sender: phone(4),
  code: 'TOKENS_SPENT',
  fingerprint: null,
  notice: {
    kind: 'tokens-spent',
    sender: phone(4),
    userId: userOf.get(phone(4)),
    text: 'Batas penggunaan harian Anda tercapai.',
    atMostEveryMs: 6 * 60 * MINUTE_MS,
    forUsersOnly: true,
  },
  at: clock,
});
await inbox.drop(overBudget.id, 'tokens-spent', false);

// Small records: idempotency keys, alerts, token usage.
await store.sentAnswers.claim('key-complete', 'request-1');
await store.sentAnswers.keep('key-complete', { status: 200, body: { success: true, ids: ['7'] } });
await store.sentAnswers.claim('key-unfinished', 'request-2');
await store.toldAlerts.keep({ kind: 'quota-low', at: clock, open: true });
await store.toldAlerts.keep({ kind: 'gemini-down', at: clock, open: false });
await store.toldAlerts.keep({ kind: 'silence', at: clock, open: true });
await store.toldAlerts.keep({ kind: 'store-set-aside', at: clock, open: false });
await store.allowance.add(userOf.get(phone(1)), '2026-11-23', 12_345);
await store.allowance.add(userOf.get(phone(2)), '2026-11-23', 7);

await store.close();
if (readdirSync(directory).some((name) => name.endsWith('-wal'))) throw new Error('the log was not checkpointed');
copyFileSync(join(directory, 'sapa-wa.sqlite'), target);
rmSync(directory, { recursive: true });
