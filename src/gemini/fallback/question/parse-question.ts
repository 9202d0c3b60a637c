import type { Day } from '../../../supabase/calendar.ts';
import type { Level } from '../../../supabase/reports/report-names.ts';
import { type Bound, readBound, readLimit, readOrdinal, readPercent } from './read-amounts.ts';
import { readTime, type TimeParts } from './read-time.ts';
import { readWords, type Token, type Words } from './read-words.ts';

export type Measure = 'sisa' | 'serapan' | 'realisasi' | 'pagu';

/** The parts of a question that intents use. */
export interface ParsedQuestion extends Words, TimeParts {
  /** Today in APP_TIMEZONE. */
  today: Day;
  /** Account codes or their first digits, in the order of the question. */
  accounts: readonly string[];
  /** A dotted budget code or a run of its segments. */
  code: string | null;
  measure: Measure | null;
  /** The level of «per RO», «tiap komponen». */
  groupBy: Level | 'account' | null;
  reportType: 'Akrual' | 'SP2D' | null;
  /** Number of rows of a list. */
  limit: number | null;
  /** Number of an entry of the last list, from 1. */
  ordinal: number | null;
  /** A percentage in the question. */
  percent: number | null;
  /** A comparison: «di bawah 50%». */
  bound: Bound | null;
  /** The name of a person: after «pak», «bu», «penanggung jawab» or «dipegang». */
  person: string | null;
  /** The longest run of words that no other part explains, as written: a search term. Empty if every word is explained. */
  keyword: string;
}

/** Names of account groups with their first digits. */
const ACCOUNT_GROUPS: [RegExp, string][] = [
  [/ perjalanan dinas | perjadin /, '524'],
  [/ (?:belanja )?pegawai | gaji /, '51'],
  [/ (?:belanja|dan|banding|dengan|atau|antara) (?:barang|jasa) | barang dan jasa | barang (?:\S+ ){0,2}modal /, '52'],
  [/ modal /, '53'],
];
const LEVELS: Record<string, Level | 'account'> = {
  akun: 'account',
  program: 'program',
  kegiatan: 'activity',
  output: 'kro',
  kro: 'kro',
  ro: 'ro',
  komponen: 'component',
  subkomponen: 'subcomponent',
};
const GROUPED = / tiap (?:kode |rincian )?(akun|program|kegiatan|output|kro|ro|komponen|subkomponen) /;
const LISTED_GROUP = / (program|output|kro|ro|komponen|subkomponen) (?:apa|mana) (?:saja|yang ada|punya) /;
const RANKED_GROUP =
  / (program|output|kro|ro|komponen|subkomponen) (?:mana |apa |dengan |yang |paling |serapan |realisasi |sisa |pagu )*(?:terendah|tertinggi) /;
/** 2 to 6 digits that begin with 5 and are no amount, percentage or part of a code. */
const ACCOUNT =
  /(?<![\p{L}\d,]|\d\.)5\d{1,5}(?![\p{L}\d]|[.,]\d| ?(?:%|persen|prosen|juta|jt|ribu|rb|miliar|milyar|triliun|m(?!\p{L})))/giu;
const PERSON_TITLE = / (?:penanggung jawab|dipegang|ditangani|dipimpin|diampu) /;
/** Accounts of a question at most; one more than can be read at once. */
const MAX_PARSED_ACCOUNTS = 4;
/** Maximum words of a name. */
const MAX_NAME_WORDS = 3;

/** Parses a question. Deterministic; takes linear time. */
export function parseQuestion(message: string, today: Day): ParsedQuestion {
  const read = readWords(message);
  const { words, tokens } = read;
  const text = read.text.replace(/\s+/g, ' ');
  const code = readCode(text);
  const percent = readPercent(text);
  const bound = readBound(text, words.includes(' serapan '));
  return {
    ...read,
    ...readTime(words, text, today),
    today,
    accounts: code === null ? readAccounts(words, text, bound) : [],
    code,
    measure: readMeasure(words),
    groupBy: readLevel(words),
    reportType: words.includes(' sp2d ') ? 'SP2D' : words.includes(' akrual ') ? 'Akrual' : null,
    limit: readLimit(words),
    ordinal: percent === null ? readOrdinal(words) : null,
    percent,
    bound,
    person: readPerson(read),
    keyword: readKeyword(read.text, tokens),
  };
}

/** Finds account codes, two digits only next to «akun» or «belanja»; else the names of account groups. */
function readAccounts(words: string, text: string, bound: Bound | null): string[] {
  const namesAccounts = / (?:akun|belanja) | (?:realisasi|sisa|pagu|banding) 5[1237] /.test(words);
  const digits = [...text.matchAll(ACCOUNT)]
    .map(([account]) => account)
    .filter((account) => account.length > 2 || (namesAccounts && ![bound?.min, bound?.max].includes(Number(account))));
  const groups = ACCOUNT_GROUPS.filter(([pattern]) => pattern.test(words)).map(([, account]) => account);
  return [...new Set(digits.length > 0 ? digits : groups)].slice(0, MAX_PARSED_ACCOUNTS);
}

/** A segment of a budget code: «WA», «6336», «0B». */
const SEGMENT = '(?:[a-z]{1,3}|\\d{3,6}|\\d[a-z])';
const DOTTED_CODE = new RegExp(
  `(?<![\\p{L}\\p{N}.])(?!no\\.)${SEGMENT}(?:\\.${SEGMENT}){1,8}(?![\\p{L}\\p{N}])`,
  'giu',
);
/** «output EBA», «KRO QDC»: capital letters. */
const NAMED_OUTPUT = /(?<![\p{L}\p{N}])(?:kode|program|output|kro|Output|Program|KRO) ([A-Z]{2,3})(?![\p{L}\p{N}])/u;
const NAMED_CODE = new RegExp(
  `(?<![\\p{L}\\p{N}])(?:kode|kro|ro|komponen|subkomponen) (${SEGMENT}(?:\\.${SEGMENT}){0,8})(?![\\p{L}\\p{N}])`,
  'iu',
);

/** Finds a code: segments with dots, letters and digits («WA.6336.EBA»), or segments after «kode». */
function readCode(text: string): string | null {
  const written = [...text.matchAll(DOTTED_CODE)]
    .map(([code]) => code)
    .find((code) => /[a-z]/i.test(code) && /\d/.test(code));
  const code = written ?? NAMED_CODE.exec(text)?.[1];
  if (code !== undefined && /\d/.test(code)) return code.toUpperCase();
  return NAMED_OUTPUT.exec(text)?.[1] ?? null;
}

function readMeasure(words: string): Measure | null {
  for (const measure of ['serapan', 'sisa', 'realisasi', 'pagu'] as const) {
    if (words.includes(` ${measure} `)) return measure;
  }
  return null;
}

function readLevel(words: string): Level | 'account' | null {
  const word = (GROUPED.exec(words) ?? LISTED_GROUP.exec(words) ?? RANKED_GROUP.exec(words))?.[1];
  return word === undefined ? null : (LEVELS[word] ?? null);
}

/** Finds the unknown words after a form of address, or after «penanggung jawab», «dipegang» and the like. */
function readPerson({ text, tokens, words }: Words): string | null {
  const title = tokens.findIndex(({ word }, index) => {
    const next = tokens[index + 1];
    return /^(?:pak|bu|saudara)$/.test(word) && next !== undefined && !next.isKnown;
  });
  if (title >= 0) return nameFrom(text, tokens, title + 1);
  if (!PERSON_TITLE.test(words) || words.includes(' siapa ')) return null;
  const role = tokens.findLastIndex(({ word }) =>
    /^(?:jawab|pj|pic|dipegang|ditangani|dipimpin|diampu|oleh)$/.test(word),
  );
  // «PIC-nya Budi», «PJ pak Budi»
  const name = tokens.findIndex(({ word }, index) => index > role && !/^(?:nya|adalah|itu|oleh|pak|bu)$/.test(word));
  return name < 0 ? null : nameFrom(text, tokens, name);
}

function nameFrom(text: string, tokens: readonly Token[], first: number): string | null {
  const known = tokens.findIndex(({ isKnown }, index) => index >= first && isKnown);
  const end = Math.min(known < 0 ? tokens.length : known, first + MAX_NAME_WORDS);
  const [from, to] = [tokens[first], tokens[end - 1]];
  return from && to && end > first ? text.slice(from.start, to.end).replace(/\s+/g, ' ') : null;
}

/** Returns the quoted words, else the longest run of unknown words. A comma or a question mark ends a run. */
function readKeyword(text: string, tokens: readonly Token[]): string {
  const quoted = /[«"“]([^»"”]{2,80})[»"”]/.exec(text)?.[1];
  if (quoted !== undefined) return quoted.trim();
  let best = { start: 0, end: 0 };
  let start = -1;
  for (const [index, token] of tokens.entries()) {
    const before = tokens[index - 1];
    const isNext = before !== undefined && /^[\s./&-]*$/.test(text.slice(before.end, token.start));
    if (token.isKnown) start = -1;
    else if (start < 0 || !isNext) start = token.start;
    if (start >= 0 && token.end - start > best.end - best.start) best = { start, end: token.end };
  }
  return text.slice(best.start, best.end).replace(/\s+/g, ' ');
}
