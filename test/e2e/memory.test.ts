import { readFileSync } from 'node:fs';
import t from 'tap';
import type { GenerateRequest, ScriptedResponse } from '../../sandbox/gemini.ts';
import { sampleId } from '../../sandbox/sample-days.ts';
import type { Row } from '../../sandbox/sapa-schema.ts';
import { texts } from '../../src/texts.ts';
import { installed } from '../deploy/installed.ts';
import { CONFIG, evaluateConfig, parseApp, readMemoryLimits } from '../deploy/pm2-config.ts';
import { startFakeUpstreams, userNumber } from '../support/fake-upstreams.ts';
import { SAMPLES, startFileServer } from '../support/file-server.ts';
import { scratchFolder } from '../support/folders.ts';
import { freePort } from '../support/ports.ts';
import { spawnProcess } from '../support/process.ts';
import { isProgressNotice } from '../support/progress-notices.ts';
import { environmentOf, SECRET } from '../support/service.ts';
import { waitUntil } from '../support/wait.ts';

// Runs the real process with the options of PM2 under the largest supported data, and compares its memory with the
// restart limit of PM2. Times are not checked.

t.setTimeout(600_000);
const WAIT_OPTIONS = { timeoutMs: 300_000 };
const USERS = 32;
const PHOTOS = 4;
const CHARTS = 10;
const LARGE_REPORTS = 4;
/** Close to the maximum size of a file (10 MiB). */
const PHOTO_BYTES = Math.floor(9.9 * 1024 * 1024);
const LARGE_TEXT = 'Rapat koordinasi. '.repeat(55_000);

const upstreams = await startFakeUpstreams(t, { users: USERS + 10, historyLimit: 100 });
upstreams.supabase.compress = true;
const files = await startFileServer(t);
const port = await freePort();
const webhook = `http://127.0.0.1:${port}/webhook/whatsapp?secret=${SECRET}`;

/** The latest reply to each number since its last question. */
const replies = new Map<string, string>();
/** Asks the last question of each number again. */
const repeats = new Map<string, () => Promise<void>>();
upstreams.fonnte.onSent(({ target, message }) => {
  if (isProgressNotice(message)) return;
  // A busy machine exceeds the timeout of a Supabase request.
  const isUnread = [texts.ruleBasedUnavailable, texts.noAnswer].some((text) => message.includes(text));
  if (isUnread) void repeats.get(target)?.();
  else replies.set(target, message);
});

/** Builds the activities of one user. The fake Supabase gets them one user at a time, because it scans whole tables. */
const buildActivities = new Map<string, Row[]>();
upstreams.supabase.onRequest(({ table, query }) => {
  if (table === 'activities')
    upstreams.supabase.tables.activities = buildActivities.get(query.get('user_id') ?? '') ?? [];
});
function addActivities(user: number, count: number, fields: Row): void {
  const user_id = sampleId('user', 10_000 + user);
  const rows = Array.from({ length: count }, (_, index) => ({
    id: sampleId('activity', 1_000_000 * (user + 1) + index),
    user_id,
    status: index % 2 ? 'Komitmen' : 'Rencana',
    tanggal_pelaksanaan: `2026-${String(1 + (index % 12)).padStart(2, '0')}-15`,
    ...fields,
  }));
  buildActivities.set(`eq.${user_id}`, rows);
}

/** Stores a report of `count` rows with descriptions of this length for the user with this index. */
function addReport(user: number, count: number, length: number): void {
  const row = (index: number) => {
    const item = String(index).padStart(6, '0');
    const uraian = `Bahan ${user} ${item} `.padEnd(length, 'rapat ');
    return [
      `WA.6336.EBA.963.126.0B.${521_000 + (index % 300)}.${item}`,
      uraian,
      9_750_000_000,
      0,
      1,
      2,
      1_250_000_000.5,
    ];
  };
  upstreams.supabase.tables.processed_results.push({
    id: sampleId('report', 10_000 + user),
    user_id: sampleId('user', 10_000 + user),
    file_name: 'realisasi.xlsx',
    processed_data: Array.from({ length: count }, (_, index) => row(index)),
    totals: null,
    account_name_map: {},
    report_type: 'Akrual',
    report_date: '2026-11-20',
    created_at: '2026-11-21T02:00:00+00:00',
  });
}

/** Starts the compiled service with the interpreter, options and environment of the configuration of PM2. */
const folder = installed(t);
const { interpreter, node_args, script, env } = parseApp(evaluateConfig(process.execPath, folder));
const { maxMemoryMb } = readMemoryLimits(t);
const settings = {
  DATA_DIR: scratchFolder(t),
  WHATSAPP_SERVER_PORT: port,
  LOG_LEVEL: 'info',
  MEDIA_HOSTS: files.host,
  GEMINI_TIMEOUT_MS: 120_000,
  TURN_DEADLINE_SECONDS: 600,
  DAILY_TOKENS_PER_USER: 0,
};
const service = spawnProcess(t, [interpreter, ...node_args, script], { ...env, ...environmentOf(upstreams, settings) });
await service.waitForLog(({ event }) => event === 'service.started');
t.comment(`idle: ${readMemory('VmRSS')} MB (${CONFIG}: ${node_args.slice(0, 2).join(' ')})`);

await t.test('the memory limit allows 32 concurrent turns with 3,000 activities of 150 characters each', async (t) => {
  for (let user = 0; user < USERS; user++)
    addActivities(user, 3_000, { nama: `Rapat ${user} `.padEnd(150, 'koordinasi ') });
  const all = barrier(USERS);
  upstreams.gemini.scriptResponses((request) => askStatistics(request, all.arrive));
  await Promise.all(Array.from({ length: USERS }, (_, user) => ask(user, { message: 'Statistik' })));
  // Delay the answers until all turns have their lists.
  for (let user = 0; user < USERS; user++) t.match(await waitForReply(user), /^Jumlah 3000\./);
  checkMemory(t);
});

await t.test(
  'the memory limit allows a report of 3,000 rows of each of these users, and four of nearly 8 MiB',
  async (t) => {
    for (let user = 0; user < USERS; user++) addReport(user, 3_000, 80);
    for (let user = USERS; user < USERS + LARGE_REPORTS; user++) addReport(user, 28_000, 180);
    const all = barrier(USERS);
    upstreams.gemini.scriptResponses((request) => {
      const isLarge = JSON.stringify(request.contents).includes('laporan besar');
      return askTool(request, 'budget_summary', isLarge ? () => Promise.resolve() : all.arrive);
    });
    await Promise.all(
      Array.from({ length: USERS + LARGE_REPORTS }, (_, user) =>
        ask(user, { message: user < USERS ? 'Ringkasan laporan' : 'Ringkasan laporan besar' }),
      ),
    );
    // No answer of the 32 users arrives before all their turns hold their lists of activities.
    for (let user = 0; user < USERS; user++) t.match(await waitForReply(user), /^Jumlah 3000\./);
    for (let user = USERS; user < USERS + LARGE_REPORTS; user++) t.match(await waitForReply(user), /^Jumlah 28000\./);
    checkMemory(t);
  },
);

await t.test('the memory limit allows ten concurrent charts after that', async (t) => {
  const all = barrier(CHARTS);
  upstreams.gemini.scriptResponses(async (request) => {
    const response = request.contents.at(-1)?.parts?.[0]?.functionResponse?.response;
    if (!response?.output) return { functionCalls: [{ name: 'budget_by_account', args: { limit: 50 } }] };
    await all.arrive();
    return { text: 'Ini anggaran per akun.' };
  });
  const pictures = Array.from({ length: CHARTS }, (_, user) =>
    upstreams.fonnte.waitForSent(({ target, file }) => target === userNumber(user) && !!file, WAIT_OPTIONS.timeoutMs),
  );
  await Promise.all(pictures.map((_, user) => ask(user, { message: 'Gambarkan susunan pagu per akun' })));
  for (const picture of await Promise.all(pictures)) t.equal(picture.file?.mediaType, 'image/png');
  checkMemory(t);
});

await t.test('the memory limit allows four concurrent photos of 9.9 MB', async (t) => {
  upstreams.gemini.scriptResponses(() => ({ text: 'Foto terbaca.' }));
  await Promise.all(Array.from({ length: PHOTOS }, (_, photo) => ask(USERS + photo, photoFields(photo))));
  for (let photo = 0; photo < PHOTOS; photo++) t.equal(await waitForReply(USERS + photo), 'Foto terbaca.');
  checkMemory(t);
});

await t.test('the memory limit allows both loads together', async (t) => {
  const readers = USERS - PHOTOS;
  const all = barrier(readers);
  upstreams.gemini.scriptResponses((request) =>
    JSON.stringify(request.contents.at(-1)).includes('inlineData')
      ? all.reached.then(() => ({ text: 'Foto terbaca.' }))
      : askStatistics(request, all.arrive),
  );
  await Promise.all([
    ...Array.from({ length: PHOTOS }, (_, photo) => ask(USERS + photo, photoFields(photo))),
    ...Array.from({ length: readers }, (_, user) => ask(user, { message: 'Statistik' })),
  ]);
  for (let user = 0; user < readers; user++) t.match(await waitForReply(user), /^Jumlah 3000\./);
  for (let photo = 0; photo < PHOTOS; photo++) t.equal(await waitForReply(USERS + photo), 'Foto terbaca.');
  checkMemory(t);
});

await t.test('users with too much data get an error reply, and other users get their answer', async (t) => {
  const [texts, rows] = [[0, 1, 2, 3], [4]];
  for (const user of texts) addActivities(user, 40, { capaian: LARGE_TEXT });
  for (const user of rows) addActivities(user, 49_000, { nama: 'Rapat koordinasi bulanan' });
  for (let user = 5; user < 17; user++)
    addActivities(user, 5_000, { nama: `Rapat ${user} `.padEnd(150, 'koordinasi ') });
  upstreams.gemini.scriptResponses((request) => askStatistics(request, () => Promise.resolve()));
  await Promise.all(Array.from({ length: 17 }, (_, user) => ask(user, { message: 'Statistik' })));
  for (const user of [...texts, ...rows]) t.match(await waitForReply(user), /^Data SAPA Anda terlalu besar/);
  for (let user = 5; user < 17; user++) t.match(await waitForReply(user), /^Jumlah 5000\./);
  checkMemory(t);
});

await t.test('without a model, the rule-based answer is the same', async (t) => {
  await upstreams.gemini.setFault({ kind: 'status', status: 503 });
  await ask(0, { message: 'statistik kegiatan' });
  t.match(await waitForReply(0), /terlalu besar untuk dibaca sekaligus.*\(jawaban otomatis tanpa AI\)/s);
  await ask(0, { message: 'kegiatan tahun ini apa saja?' });
  t.match(await waitForReply(0), /terlalu besar/);
  checkMemory(t);
});

t.test('the process was not restarted and exits with code 0', async (t) => {
  t.equal(service.child.exitCode, null);
  t.equal(service.stderr(), '');
  service.child.kill('SIGTERM');
  t.equal(await service.exit, 0);
});

function askStatistics(request: GenerateRequest, beforeAnswer: () => Promise<void>): Promise<ScriptedResponse> {
  return askTool(request, 'activity_statistics', beforeAnswer);
}

/** Calls the tool, again if Supabase was too slow. @returns the reply, with the number of activities or report rows */
async function askTool(
  request: GenerateRequest,
  name: 'activity_statistics' | 'budget_summary',
  beforeAnswer: () => Promise<void>,
): Promise<ScriptedResponse> {
  const response = request.contents.at(-1)?.parts?.[0]?.functionResponse?.response;
  const { output, error } = (response ?? {}) as { output?: { total?: number; rows?: number }; error?: string };
  if (!response || error?.includes('tidak dapat dijangkau')) return { functionCalls: [{ name }] };
  await beforeAnswer();
  if (output) return { text: `Jumlah ${output.total ?? output.rows}.` };
  return { text: error?.includes('terlalu besar') ? 'Data SAPA Anda terlalu besar.' : `Galat: ${error}` };
}

/** Delivers a message as FONNTE does. @returns the next reply to that number */
async function ask(user: number, fields: object): Promise<void> {
  replies.delete(userNumber(user));
  repeats.set(userNumber(user), () => ask(user, fields));
  const payload = upstreams.fonnte.buildPayload({ sender: userNumber(user), ...fields });
  await upstreams.fonnte.deliver(webhook, payload, { retries: 100, retryEveryMs: 100 });
}

function photoFields(photo: number): object {
  const bytes = Buffer.concat([SAMPLES.png], PHOTO_BYTES);
  bytes[bytes.length - 1] = photo;
  return {
    message: 'Apa isinya?',
    type: 'image',
    extension: 'png',
    filename: `${photo}.png`,
    url: files.serve(`${photo}.png`, bytes),
  };
}

function waitForReply(user: number): Promise<string> {
  return waitUntil(`a reply to user ${user}`, () => replies.get(userNumber(user)), WAIT_OPTIONS);
}

/** Creates a barrier: callers wait until `count` of them have arrived. */
function barrier(count: number): { arrive(): Promise<void>; reached: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let arrived = 0;
  return {
    reached: promise,
    arrive() {
      arrived++;
      if (arrived === count) resolve();
      return promise;
    },
  };
}

/** Peak memory of a process in MB; only Linux reports it. */
function checkMemory(t: Tap): void {
  t.equal(service.child.exitCode ?? service.child.signalCode, null, 'the process is still the first one');
  if (process.platform !== 'linux') return;
  const peak = readMemory('VmHWM');
  t.comment(`now ${readMemory('VmRSS')} MB, at most ${peak} MB so far; PM2 restarts above ${maxMemoryMb} MB`);
  t.ok(peak < maxMemoryMb, `${peak} MB`);
}

type Tap = Pick<typeof t, 'ok' | 'equal' | 'comment'>;

/** @returns a field of /proc/<pid>/status in MB; 0 on other systems */
function readMemory(field: 'VmRSS' | 'VmHWM'): number {
  if (process.platform !== 'linux') return 0;
  const status = readFileSync(`/proc/${service.child.pid}/status`, 'utf8');
  return Math.round(Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024);
}
