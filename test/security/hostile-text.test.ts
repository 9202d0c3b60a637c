import t from 'tap';
import { parseCommand } from '../../src/conversation/reply/commands.ts';
import { summarizeContactCards } from '../../src/fonnte/contact-card.ts';
import { parseProfile } from '../../src/fonnte/device-profile.ts';
import { formatForWhatsApp } from '../../src/fonnte/format/format.ts';
import { detectType } from '../../src/fonnte/media/media-types.ts';
import { parseWebhook } from '../../src/fonnte/parse-webhook.ts';
import { readLayout } from '../../src/fonnte/split/layout.ts';
import { splitIntoParts } from '../../src/fonnte/split/split.ts';
import { planToolCalls } from '../../src/gemini/fallback/plan-tool-calls.ts';
import { escapeMarkdown } from '../../src/gemini/fallback/wording/format.ts';
import { readRecords } from '../../src/gemini/grounding/data/read-records.ts';
import { checkFigures } from '../../src/gemini/grounding/grounding.ts';
import { extractFigures, extractMentions } from '../../src/gemini/grounding/text/extract-figures.ts';
import { removeReasoning } from '../../src/gemini/response/reasoning.ts';
import { repairAnswer } from '../../src/gemini/response/repair-answer.ts';
import { parseWrittenCalls } from '../../src/gemini/response/written-call.ts';
import { asksAboutSchedule } from '../../src/gemini/tools/activity-context.ts';
import { checkArguments, parseCodeFilter } from '../../src/gemini/tools/arguments.ts';
import { normalizePhone, normalizeSender } from '../../src/phone.ts';
import { fence, stripInvisible, stripInvisibleDeep } from '../../src/security/untrusted-text.ts';
import { normalizeForSearch } from '../../src/supabase/activities/search.ts';
import { parseBudgetCode } from '../../src/supabase/budget/budget-code.ts';
import { parseDay, parseMonth } from '../../src/supabase/calendar.ts';
import { parseAmountOrZero } from '../../src/supabase/fields.ts';
import { parseNumeral } from '../../src/supabase/numerals.ts';
import { parseReport } from '../../src/supabase/reports/report.ts';
import { parseAmount } from '../../src/supabase/rupiah.ts';
import { LINKED, startFakeUpstreams } from '../support/fake-upstreams.ts';
import { SECRET, startService } from '../support/service.ts';

/** A function under test; a promise is awaited. */
type Subject = (text: string) => unknown;
type Shape = [start: string, unit: string, end: string];

/**
 * Every function that applies a regular expression or a loop to untrusted text. Add the function of every new pattern here,
 * and its worst input to SHAPES.
 */
const TEXTS: Record<string, Subject> = {
  // Webhook calls
  'parseWebhook: message': (message) => parseWebhook({ sender: LINKED, message }, { now: 0, devices: [] }),
  summarizeContactCards,
  'summarizeContactCards: one card': (text) => summarizeContactCards(`BEGIN:VCARD\n${text}\nEND:VCARD`),
  'parseWebhook: sender': (sender) => parseWebhook({ sender, message: 'Halo' }, { now: 0, devices: [] }),
  'parseWebhook: location, url, filename, choices': (text) =>
    parseWebhook(
      { sender: LINKED, message: '', location: text, url: text, filename: text, extension: text, choices: [text] },
      { now: 0, devices: [] },
    ),
  'parseWebhook: timestamp, inboxid, status': (text) =>
    parseWebhook({ timestamp: text, inboxid: text, status: text, stateid: text }, { now: 0, devices: [] }),
  normalizePhone,
  normalizeSender,
  // User texts
  stripInvisible,
  stripInvisibleDeep,
  fence: (text) => fence('pesan', text, 'a'),
  commandOf: parseCommand,
  asksAboutSchedule,
  planToolCalls: (text) => planToolCalls(text, { today: '2026-11-24', lists: [] }),
  // Arguments of the model's calls
  'checkArguments: text': (text) => attempt(() => checkArguments('search_budget', { keyword: text, code: text })),
  'checkArguments: number': (text) => attempt(() => checkArguments('search_budget', { min_sisa: text, limit: text })),
  'checkArguments: day': (text) => attempt(() => checkArguments('search_activities', { from: text, status: text })),
  wholeSegments: (text) => attempt(() => parseCodeFilter(text)),
  // Rows of SAPA
  parseAmount,
  parseNumeral: (text) => parseNumeral(text),
  parseAmountOrZero,
  parseDay: (text) => parseDay(text, 'Asia/Jakarta'),
  parseMonth,
  normalizeForSearch,
  escapeMarkdown,
  parseBudgetCode: (text) => [parseBudgetCode(text, text), parseBudgetCode('1.2.3.4.5.6.521211', text)],
  parseReport: (text) => parseReport([[text, text, text, text, text, text, text]], text),
  // Answers of the model, before anything else reads them
  removeReasoning,
  repairAnswer,
  parseWrittenCalls: (text) => parseWrittenCalls(text, new Set(['budget_summary'])),
  'parseWrittenCalls: arguments': (text) => parseWrittenCalls(`budget_summary(${text})`, new Set(['budget_summary'])),
  // Responses of FONNTE
  readProfile: (text) => parseProfile({ device_status: text, quota: text, expired: text }),
  typeOf: (text) =>
    detectType(Buffer.alloc(8), { type: '', url: `https://a.id/${text}`, filename: text, extension: '', location: '' }),
};

/** The same for answers of the model and the data that they are compared with. */
const ANSWERS: Record<string, Subject> = {
  formatForWhatsApp: (text) => formatForWhatsApp(text, { portalHost: 'sapa.contoh.go.id' }),
  splitIntoParts: (text) => splitIntoParts(text, { cutNotice: '' }),
  readLayout,
  findFigures: extractFigures,
  findMentions: extractMentions,
  'checkFigures: answer': (text) => checkFigures(text, { data: [{ sisa: 10 }], earlier: [], user: [] }),
  'checkFigures: question': (text) => checkFigures('Sisa Rp10', { data: [], earlier: [], user: [text] }),
  figuresOfData: (text) => readRecords([{ activities: [{ nama: text, [text.slice(0, 5_000)]: text }] }]),
};

/** Texts that make patterns backtrack: a prefix, a repeated part, a suffix that does not match. */
const SHAPES: Shape[] = [
  ['', 'a', '!'],
  ['', ' ', 'x'],
  ['x', '\n', 'x'],
  ['', ' \n', 'x'],
  ['', '\t', 'x'],
  ['', '0', 'x'],
  ['1', '.', 'x'],
  ['', '1.', 'x'],
  ['', '1,', 'x'],
  ['', '.111', 'x'],
  ['1', ',000', 'x'],
  ['', '1 ', 'x'],
  ['', '1\n', 'x'],
  ['', '-', 'x'],
  ['', '- ', 'x'],
  ['', '- a\n', '\n  x'],
  ['', '1. a\n', '\n  x'],
  ['', '> ', 'x'],
  ['', '>', 'x'],
  ['', '(', ''],
  ['', '(mengirim', ''],
  ['', '(mengirim a\n', ''],
  ['', '(Lokasi ', ''],
  ['', ')', ''],
  ['', '[', ''],
  ['', '[a](', ''],
  ['', '![', ''],
  ['', '[a]: ', ''],
  ['', '{', ''],
  ['', '{a', ''],
  ['', '<', ''],
  ['', '<a ', ''],
  ['', '<!--', ''],
  ['', '<!--\n\n', ''],
  ['', '<script>\n', ''],
  ['', '<think>', ''],
  ['', '<think', ''],
  ['', '</think>', ''],
  ['', 'THOUGHT: a\n\n', ''],
  ['', 'THOUGHT: ', ''],
  ['', 'thought\n ', ''],
  ['', '```tool_code\n', ''],
  ['', 'default_api.a(', ''],
  ['', 'print(', ''],
  ['', 'a=[', ''],
  ['', 'a=1, ', ''],
  ['', '{"name":', ''],
  ['', '[[', ''],
  ['', '\n{"a":1', ''],
  ['', '[1]', ''],
  ['', 'a[1] ', ''],
  ['a', '[1]', '('],
  ['', '[cite: 1', ''],
  ['', '[cite: 1] ', ''],
  ['', '&', ''],
  ['', '&#1', ''],
  ['', '*', 'x'],
  ['', '*a', ''],
  ['', '**a', ''],
  ['', '**a ', ''],
  ['', '_a_', ''],
  ['', '*a_', ''],
  ['', '~~a', ''],
  ['', '`', 'x'],
  ['', '`a', ''],
  ['', '```\n', 'x'],
  ['', '~~~', 'x'],
  ['', '|', ''],
  ['| a |\n|---|\n', '| 1 ', ''],
  ['', '| a |\n', ''],
  ['', '=', 'x'],
  ['a\n', '= ', 'x'],
  ['', '# ', 'x'],
  ['', '$', 'x'],
  ['', '\\', 'x'],
  ['', '\\frac{', ''],
  ['', 'BEGIN:VCARD\n', ''],
  ['', 'TEL;:1\n', ''],
  ['', ':', 'x'],
  ['', 'a:', 'x'],
  ['', 'http://', ''],
  ['', 'http://a ', ''],
  ['', 'www.', ''],
  ['', 'a@', ''],
  ['', 'a.', ''],
  ['', '"', ''],
  ['', "'", ''],
  ['', 'Rp', ''],
  ['', 'Rp1', 'x'],
  ['-,', '-', 'x'],
  ['002523', ' ', 'x'],
  ['002523. ', ' ', 'x'],
  ['Rp(', '1', ''],
  ['', 'Rp(1', ''],
  ['', '(Rp1)', ''],
  ['', '[1, ', ''],
  ['', '1\u202f', 'x'],
  ['1', '\u202f111', 'x'],
  ['', '× 100% ', ''],
  ['', 'Rp1 juta ', 'x'],
  ['', '1%', 'x'],
  ['', 'satu ', 'x'],
  ['', 'dua puluh ', 'x'],
  ['', '12 November ', 'x'],
  ['', 'Senin, ', 'x'],
  ['', 'belum ada ', 'x'],
  ['', 'di bawah ', 'x'],
  ['', 'tidak kurang dari 1', 'x'],
  ['', 'antara 1 dan ', 'x'],
  ['', '5 sampai ', 'x'],
  ['', 'triwulan ', 'x'],
  ['', 'sejak bulan ', 'x'],
  ['', 'sumber data ', 'x'],
  ['', 'belum kegiatan ', 'x'],
  ['', 'berapa?\n', 'x'],
  ['', 'tolong ', 'x'],
  ['', 'minta ', 'x'],
  ['', 'pak ', 'x'],
  ['', 'akun 5', 'x'],
  ['', 'WA.6336.', 'x'],
  ['', '\u200b', 'x'],
  ['', '\u200d', 'x'],
  ['', '👨\u200d', ''],
  ['', '\ufe0f', 'x'],
  ['', '\u0301', 'x'],
  ['', '\ufdfa', 'x'],
  ['', '\ud800', ''],
];

/** Characters of the larger text; the smaller has an eighth. Model answers are far shorter than webhook bodies. */
const LARGE = 64_000;
const LARGE_ANSWER = 16_000;
const FACTOR = 8;
/** Linear work grows 8 times, quadratic work 64 times. */
const MAX_GROWTH = 32;
/** Shorter times are not compared; quadratic work on these texts takes far longer on any machine. */
const MIN_COMPARED_MS = 2;
/** Garbage collection makes a run longer, never shorter: the shortest of several runs counts. */
const ROUNDS = 10;

function textOf([start, unit, end]: Shape, length: number): string {
  return start + unit.repeat(Math.ceil(length / unit.length)) + end;
}

/** The processor time of this thread, ms: other processes on the machine do not count. */
async function timeOf(work: () => unknown): Promise<number> {
  const startedAt = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(startedAt);
  return (user + system) / 1000;
}

/** @returns the ratio of the times for a text and a FACTOR times longer text; 0 if it is too fast to measure */
async function growthOf(subject: Subject, shape: Shape, length: number): Promise<number> {
  const large = textOf(shape, length);
  const small = textOf(shape, length / FACTOR);
  let largeMs = await timeOf(() => subject(large));
  if (largeMs < MIN_COMPARED_MS * MAX_GROWTH) return 0;
  let smallMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    smallMs = Math.min(smallMs, await timeOf(() => subject(small)));
    if (round > 2 && largeMs < Math.max(MIN_COMPARED_MS, smallMs) * MAX_GROWTH) break;
    if (round > 2) largeMs = Math.min(largeMs, await timeOf(() => subject(large)));
  }
  return largeMs / Math.max(MIN_COMPARED_MS, smallMs);
}

function attempt(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

function testGrowth(subjects: Record<string, Subject>, length: number): void {
  for (const [name, subject] of Object.entries(subjects)) {
    t.test(`${name} takes time in proportion to the text`, async (t) => {
      for (const shape of SHAPES) {
        const growth = await growthOf(subject, shape, length);
        if (growth >= MAX_GROWTH) t.fail(`${JSON.stringify(shape)}: ${growth.toFixed(0)} times longer`);
      }
      t.pass(`${SHAPES.length} shapes`);
    });
  }
}

testGrowth(TEXTS, LARGE);
testGrowth(ANSWERS, LARGE_ANSWER);

const service = await startService(t, await startFakeUpstreams(t));
const inject = (options: object) => service.app.inject(options);
// Headers contain Latin-1 without line breaks.
const inHeader = (text: string) => text.replaceAll(/[^ -~]/g, '-');
const form = 'application/x-www-form-urlencoded';

/** The same for headers, query and URL of a request. */
const CALLS: Record<string, Subject> = {
  'an admin key': (text) =>
    inject({ url: '/api/dead-letters', headers: { authorization: `Bearer ${inHeader(text)}` } }),
  'a signature': (text) =>
    inject({ method: 'POST', url: '/webhook/whatsapp', headers: { 'x-fonnte-signature': inHeader(text) }, body: {} }),
  'an origin': (text) =>
    inject({ method: 'OPTIONS', url: '/api/health', headers: { origin: `https://${inHeader(text)}` } }),
  'names of form fields': (text) =>
    inject({
      method: 'POST',
      url: `/webhook/whatsapp?secret=${SECRET}`,
      headers: { 'content-type': form },
      body: new URLSearchParams([[text, text]]).toString(),
    }),
};

testGrowth(CALLS, LARGE_ANSWER);
