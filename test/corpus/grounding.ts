import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { formatForWhatsApp } from '../../src/fonnte/format/format.ts';
import { checkFigures, type GroundingSources } from '../../src/gemini/grounding/grounding.ts';
import { normalizeText } from '../../src/gemini/grounding/text/normalize.ts';

type Verdict = 'grounded' | 'ungrounded' | 'no figure';

export interface Mark {
  text: string;
  verdict: Verdict;
  start: number;
  end: number;
}

/** An answer and whether one of its figures is wrong. */
export interface LabeledAnswer {
  isBad: boolean;
  /** Who wrote it, and the day; empty if unknown. */
  author: string;
  date: string;
  /** As the model wrote it, Markdown. */
  answer: string;
  sources: GroundingSources;
}

export interface CorpusAnswer extends LabeledAnswer {
  title: string;
  line: number;
  marks: Mark[];
}

/**
 * Parses answers and the tool results that they refer to. `answers`: a list of `["ok" | "bad", "names of results, separated by
 * spaces", answer, text of the user, author, day]`; author and day may be missing.
 * @throws Error if an element has another form or a name is unknown
 */
export function parseLabeledAnswers(answers: unknown, data: unknown): LabeledAnswer[] {
  if (!Array.isArray(answers)) throw new Error('The answers are not a list.');
  const results = new Map(Object.entries(data as Record<string, unknown>));
  return answers.map((entry: unknown, index) => {
    if (!Array.isArray(entry)) throw new Error(`Answer ${index + 1} is not a list.`);
    const [expected, names, answer, user, author = '', date = ''] = entry as [unknown, string, string, ...string[]];
    if (expected !== 'ok' && expected !== 'bad') throw new Error(`Answer ${index + 1} is neither «ok» nor «bad».`);
    const used = names.split(' ').filter((name) => name !== '');
    const sources = { data: used.map((name) => requireData(results, name)), earlier: [], user: user ? [user] : [] };
    return { isBad: expected === 'bad', author, date, answer, sources };
  });
}

const VERDICTS: Record<string, Verdict> = { '+': 'grounded', '-': 'ungrounded', '.': 'no figure' };

/** The day of the questions of the corpus. */
const TODAY = '2026-11-24';

/** Reads all labeled answers: grounding.txt, and every `answers*.json` of grounding/ over its data.json. */
export function readLabeledAnswers(): LabeledAnswer[] {
  const folder = new URL('grounding/', import.meta.url);
  const parse = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
  const data = parse('data.json');
  const files = readdirSync(folder).filter((name) => /^answers.*\.json$/.test(name));
  const labeled = files.sort().flatMap((name) => parseLabeledAnswers(parse(name), data));
  return [...readCorpus(), ...labeled.map((each) => ({ ...each, sources: { ...each.sources, today: TODAY } }))];
}

/**
 * Returns whether an answer belongs to the third that is reserved for measuring, by a hash of its text. Do not read these
 * answers to change the check.
 */
export function isReserved({ answer }: LabeledAnswer): boolean {
  return createHash('sha256').update(answer).digest().readUInt32BE() % 3 === 0;
}

/** Returns whether a figure of an answer, as it is sent, is doubted. */
export function isFlagged({ answer, sources }: LabeledAnswer): boolean {
  return checkFigures(formatForWhatsApp(answer, {}), sources).ungrounded.length > 0;
}

/** Parses grounding.txt; its first lines describe the format. */
export function readCorpus(): CorpusAnswer[] {
  const text = readFileSync(new URL('grounding.txt', import.meta.url), 'utf8');
  const answers: CorpusAnswer[] = [];
  const data = new Map<string, unknown>();
  let line = 1;
  for (const block of text.split(/^(?==== )/m)) {
    const [heading = '', ...body] = block.split('\n');
    const [, sort, title = ''] = /^=== (\w+) (.*)$/.exec(heading) ?? [];
    if (sort === 'data') data.set(title, JSON.parse(body.join('\n')));
    if (sort === 'answer') answers.push(parseAnswer(title, line, body, data));
    line += block.split('\n').length - 1;
  }
  return answers;
}

function parseAnswer(title: string, line: number, body: string[], data: Map<string, unknown>): CorpusAnswer {
  const gap = body.indexOf('');
  const sources: GroundingSources = { data: [], earlier: [], user: [], today: TODAY };
  let [author, date] = ['', ''];
  for (const source of body.slice(0, gap)) {
    const [, kind, value = ''] = /^(\w+): (.*)$/.exec(source) ?? [];
    if (kind === 'by') [author, date] = value.split(', ') as [string, string];
    else if (kind === 'data') sources.data.push(...value.split(', ').map((name) => requireData(data, name)));
    else if (kind === 'json') sources.data.push(JSON.parse(value));
    else if (kind === 'text') sources.data.push(value);
    else if (kind === 'user') sources.user.push(value);
    else if (kind === 'earlier') sources.earlier.push(...value.split(', ').map(Number));
    else throw new Error(`grounding.txt, «${title}»: no such source: ${source}`);
  }
  const marked = parseMarks(
    body
      .slice(gap + 1)
      .join('\n')
      .trim(),
  );
  return {
    title,
    line,
    author,
    date,
    sources,
    ...marked,
    isBad: marked.marks.some(({ verdict }) => verdict === 'ungrounded'),
  };
}

function requireData(data: Map<string, unknown>, name: string): unknown {
  if (!data.has(name)) throw new Error(`No such data: ${name}`);
  return data.get(name);
}

function parseMarks(marked: string): { answer: string; marks: Mark[] } {
  const marks: Mark[] = [];
  let answer = '';
  for (const piece of marked.split(/(\[\[[+\-.].*?\]\])/)) {
    const text = piece.startsWith('[[') && piece.endsWith(']]') ? piece.slice(3, -2) : piece;
    if (text !== piece)
      marks.push({ text, verdict: VERDICTS[piece[2]!]!, start: answer.length, end: answer.length + text.length });
    answer += text;
  }
  return { answer, marks };
}

/** The verdicts of the code on one answer, compared with its marks. */
export interface Comparison {
  /** Number of ungrounded figures that were flagged. */
  flagged: number;
  /** Ungrounded figures that were not flagged. */
  missed: string[];
  /** Other numbers that were flagged. */
  falseAlarms: string[];
  /** Grounded figures that were not extracted: a wrong figure in their place would not be flagged. */
  unseen: string[];
}

/** Compares the verdicts on one answer, as it is sent, with its marks. */
export function compareVerdicts({ answer, marks, sources, title, line }: CorpusAnswer): Comparison {
  const { grounded, ungrounded } = checkFigures(formatForWhatsApp(answer, {}), sources);
  const located = locateMarks(answer, marks);
  const seen = grounded.map((each) => each.figure);
  const at = (mark: Mark) => (figure: { start: number; end: number }) =>
    figure.start < mark.end && figure.end > mark.start;
  const name = (text: string) => `line ${line}, «${title}»: ${text}`;
  const bad = located.filter((mark) => mark.verdict === 'ungrounded');
  const good = located.filter((mark) => mark.verdict === 'grounded');
  return {
    flagged: bad.filter((mark) => ungrounded.some(at(mark))).length,
    missed: bad.filter((mark) => !ungrounded.some(at(mark))).map((mark) => name(mark.text)),
    falseAlarms: ungrounded
      .filter((figure) => !bad.some((mark) => at(mark)(figure)))
      .map((figure) => name(`${figure.text}: ${figure.why}`)),
    unseen: good.filter((mark) => ![...seen, ...ungrounded].some(at(mark))).map((mark) => name(mark.text)),
  };
}

/** Finds the marked numbers in the text that is sent. Their order is the same; addresses of links are not sent. */
function locateMarks(answer: string, marks: readonly Mark[]): Mark[] {
  const sent = normalizeText(formatForWhatsApp(answer, {}));
  let reached = 0;
  return marks.flatMap((mark) => {
    const text = normalizeText(mark.text).replace(/\\/g, '');
    const start = sent.indexOf(text, reached);
    if (start < 0) return [];
    reached = start + text.length;
    return [{ ...mark, start, end: reached }];
  });
}
