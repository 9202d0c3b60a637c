import t from 'tap';
import type { Scenario } from '../../sandbox/demo/scenario.ts';
import { scenarios as allScenarios } from '../../sandbox/demo/scenarios.ts';
import { runScripted } from '../../sandbox/demo/scripted-run.ts';

const FAKE = 'test/sandbox/demo-fake-service.ts';

/** Runs scenarios against the fake service with one flaw. @returns the transcript and the failed checks */
async function runWithFlaw(flaw: string, { scenarios = allScenarios, replyTimeoutMs = 20_000 } = {}) {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const passed = await runScripted({ write, entry: FAKE, settings: { FAKE_FLAW: flaw }, scenarios, replyTimeoutMs });
  return { passed, text: lines.join('\n'), failed: lines.filter((line) => line.startsWith('Tidak ditepati: ')) };
}

const findScenarios = (title: RegExp) => allScenarios.filter((scenario) => title.test(scenario.title));
const twoQuestions = findScenarios(/dua kali dalam satu sesi/);
const refusals = findScenarios(/tidak terhubung/);
const repeated = findScenarios(/diulang/);
const rejected = findScenarios(/FONNTE mula-mula menolak/);
const killed = findScenarios(/SIGKILL/);
const summary = findScenarios(/Sepanjang percakapan/);
/** The fake service has no data, so it cannot answer questions about figures. */
const withoutData = [twoQuestions, refusals, repeated, rejected, killed, summary].flat();

t.jobs = 4;

t.test('a correct service passes all checks, and the transcript shows speaker, time and text', async (t) => {
  const { passed, text, failed } = await runWithFlaw('', { scenarios: withoutData });
  t.same(failed, []);
  t.ok(passed);
  t.match(text, /^ {2}\d\d\.\d\d\.\d\d {2}Siti Rahmawati +Kegiatan minggu ini apa saja\?$/m);
  t.match(text, /^ {2}\d\d\.\d\d\.\d\d {2}SAPA +Anda baru saja bertanya/m);
  t.match(text, /^ {2}✓ jawabannya sampai di nomor yang bertanya$/m);
  t.notMatch(text, '✗');
  t.match(text, /^(\d+) dari \1 janji ditepati dalam \d+,\d detik\.$/m);
});

/** A shorter limit makes the tests of missing replies fast. */
const SHORT_TIMEOUT_MS = 1_500;
const FLAWS: {
  description: string;
  flaw: string;
  failedCheck: RegExp;
  scenarios: Scenario[];
  replyTimeoutMs?: number;
}[] = [
  {
    description: 'never replies',
    flaw: 'silent',
    failedCheck: /jawabannya sampai di nomor yang bertanya/,
    scenarios: twoQuestions,
    replyTimeoutMs: SHORT_TIMEOUT_MS,
  },
  {
    description: 'replies to another number',
    flaw: 'wrong-number',
    failedCheck: /jawabannya sampai di nomor yang bertanya/,
    scenarios: twoQuestions,
    replyTimeoutMs: SHORT_TIMEOUT_MS,
  },
  {
    description: 'forgets the session',
    flaw: 'forgets-session',
    failedCheck: /model diberi pertanyaan pertama/,
    scenarios: twoQuestions,
  },
  {
    description: 'answers numbers that are not linked',
    flaw: 'lets-in',
    failedCheck: /webhook menjawab 403 NOT_LINKED/,
    scenarios: refusals,
  },
  {
    description: 'treats a repeated delivery as a new message',
    flaw: 'repeats',
    failedCheck: /panggilan ulang dijawab 200 duplicate/,
    scenarios: repeated,
  },
  { description: 'answers twice', flaw: 'doubles', failedCheck: /dan hanya sekali/, scenarios: repeated },
  {
    description: 'sends an unrequested message',
    flaw: 'wrong-number',
    failedCheck: /terkirim dua kali atau tanpa ditanya/,
    scenarios: [twoQuestions, summary].flat(),
    replyTimeoutMs: SHORT_TIMEOUT_MS,
  },
  {
    description: 'gives up when FONNTE rejects',
    flaw: 'gives-up',
    failedCheck: /pada kiriman kedua, yang pertama ditolak/,
    scenarios: rejected,
    replyTimeoutMs: SHORT_TIMEOUT_MS,
  },
  {
    description: 'calls the model again for a stored reply',
    flaw: 'asks-again',
    failedCheck: /tanpa bertanya lagi kepada model/,
    scenarios: rejected,
  },
  {
    description: 'loses accepted messages after a kill',
    flaw: 'forgets-inbox',
    failedCheck: /jawabannya sampai/,
    scenarios: killed,
    replyTimeoutMs: SHORT_TIMEOUT_MS,
  },
  {
    description: 'never shows the typing indicator',
    flaw: 'never-types',
    failedCheck: /sedang mengetik/,
    scenarios: [twoQuestions, summary].flat(),
  },
];
for (const { description, flaw, failedCheck, ...options } of FLAWS) {
  t.test(`the checks fail for a service that ${description}`, async (t) => {
    const { passed, failed, text } = await runWithFlaw(flaw, options);
    t.notOk(passed);
    t.match(failed.join('\n'), failedCheck);
    t.match(text, '✗');
  });
}

t.test('an error in a scenario is a failed check, and the next scenario runs', async (t) => {
  const scenarios: Scenario[] = [
    { title: 'Rusak', run: async ({ user }) => void user('6281299999999') },
    { title: 'Utuh', run: async ({ check }) => check('satu tambah satu dua', 1 + 1 === 2) },
  ];
  const { passed, failed, text } = await runWithFlaw('', { scenarios });
  t.notOk(passed);
  t.equal(failed.length, 1);
  t.match(text, '✓ satu tambah satu dua');
});

t.test('the run fails and prints the last output of a service that does not start', async (t) => {
  const lines: string[] = [];
  const passed = await runScripted({
    write: (line) => void lines.push(line),
    settings: { APP_TIMEZONE: 'Antah/Berantah' },
  });
  t.notOk(passed);
  t.match(lines.join('\n'), /Layanan berhenti saat dimulai\.\n[\s\S]*APP_TIMEZONE/);
});
