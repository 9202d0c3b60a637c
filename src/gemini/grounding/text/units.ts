import type { Column } from './columns.ts';
import * as words from './lexicon.ts';
import { parseNumberWords } from './parse-numbers.ts';
import type { Token } from './tokenizer.ts';

/** The unit of a number. */
export interface Unit {
  currency: boolean;
  percent: boolean;
  /** 1 without juta, miliar … */
  scale: number;
  noun: string | undefined;
}

/** The sign and currency before a numeral. */
interface Prefix {
  from: number;
  currency: boolean;
  negative: boolean;
}

/** The scale and unit after a numeral. */
interface Suffix {
  to: number;
  currency: boolean;
  percent: boolean;
  /** Percentage points: a difference of two percentages. */
  points: boolean;
  scale: number;
  /** Sum of the lower parts in «1 miliar 235 juta», and half a unit of the last part; 0 without lower parts. */
  rest: number;
  restPrecision: number;
}

/** Parses the sign and the currency before a numeral: `-Rp`, `Rp. -`, `minus Rp`. */
export function parsePrefix(tokens: readonly Token[], at: number): Prefix {
  let from = at;
  let negative = isSign(tokens, from - 1);
  if (negative) from--;
  const dot = tokens[from - 1]?.text === '.' || tokens[from - 1]?.text === ':' ? 1 : 0;
  const currency = words.CURRENCY.has(tokens[from - 1 - dot]?.lower ?? '');
  if (currency) from -= 1 + dot;
  if (currency && isSign(tokens, from - 1)) {
    negative = true;
    from--;
  }
  if (/^(?:minus|negatif)$/.test(tokens[from - 1]?.lower ?? '')) {
    negative = true;
    from--;
  }
  return { from, currency, negative };
}

/** Parses the prefix and the suffix of a numeral from `first` to `at`; `Rp(500)` is negative. */
export function parseUnit(tokens: readonly Token[], at: number, first: number): { prefix: Prefix; suffix: Suffix } {
  const prefix = parsePrefix(tokens, first);
  const suffix = parseSuffix(tokens, at, prefix.currency);
  const outer = areParentheses(tokens, prefix.from - 1, suffix.to + 1) ? parsePrefix(tokens, prefix.from - 1) : null;
  if (!outer?.currency) return { prefix, suffix };
  return { prefix: { ...outer, negative: true }, suffix: { ...suffix, to: suffix.to + 1 } };
}

export function areParentheses(tokens: readonly Token[], open: number, close: number): boolean {
  return tokens[open]?.text === '(' && tokens[close]?.text === ')';
}

/** A dash is a sign if it touches the next token and not the previous one. */
function isSign(tokens: readonly Token[], at: number): boolean {
  const mark = tokens[at];
  if (!mark || !/^[-−–]$/.test(mark.text) || !tokens[at + 1]?.glued) return false;
  const before = tokens[at - 1];
  return !mark.glued || before === undefined || words.CURRENCY.has(before.lower) || /^[(:|=[]$/.test(before.text);
}

/** Parses the scale (with lower parts), rupiah and percent after a numeral that ends at a token. */
export function parseSuffix(tokens: readonly Token[], at: number, currency: boolean): Suffix {
  const suffix: Suffix = {
    to: at,
    currency: false,
    percent: false,
    points: false,
    scale: 1,
    rest: 0,
    restPrecision: 0,
  };
  const scale = parseScale(tokens, at + 1, currency);
  if (scale !== undefined) {
    suffix.scale = scale;
    suffix.to++;
    parseLowerParts(tokens, suffix);
  }
  const percentTokens = scale === undefined ? countPercentTokens(tokens, at + 1) : 0;
  suffix.percent = percentTokens > 0;
  suffix.to += percentTokens;
  suffix.points = tokens.slice(at + 1, suffix.to + 1).some(({ lower }) => POINTS.test(lower));
  if (tokens[suffix.to + 1]?.lower === 'rupiah') {
    suffix.currency = true;
    suffix.to++;
  }
  return suffix;
}

const YEAR = /^(?:19|20)\d\d$/;

/** A single letter is a scale only if nothing else is likely: «1,2 M», «25k», «Rp2T», not «12 m», «2026 M», «24T09». */
function parseScale(tokens: readonly Token[], at: number, currency: boolean): number | undefined {
  const word = tokens[at];
  const scale = word && words.SCALES.get(word.lower);
  if (!word || scale === undefined || word.lower.length > 2 || /^(?:rb|jt)$/.test(word.lower)) return scale;
  if ((tokens[at + 1]?.kind === 'number' && tokens[at + 1]!.glued) || /^0\d/.test(tokens[at - 1]!.text))
    return undefined;
  if (currency) return scale;
  if (word.lower === 'k') return word.glued ? scale : undefined;
  // «sisa 4,5 m», not «4,5 m x 3 m»
  if (word.text === 'm' && /,\d/.test(tokens[at - 1]!.text))
    return /^(?:x|×|2|²|persegi|lebar)$/.test(tokens[at + 1]?.lower ?? '') ? undefined : scale;
  return /^[MT]$/.test(word.text) && (word.glued || !YEAR.test(tokens[at - 1]!.text)) ? scale : undefined;
}

function parseLowerParts(tokens: readonly Token[], suffix: Suffix): void {
  let lowest = suffix.scale;
  for (let part = 0; part < 3; part++) {
    const [numeral, word] = [tokens[suffix.to + 1], tokens[suffix.to + 2]];
    const scale = words.SCALES.get(word?.lower ?? '');
    if (numeral?.kind !== 'number' || !/^\d{1,3}$/.test(numeral.text) || scale === undefined || scale >= lowest) return;
    suffix.rest += Number(numeral.text) * scale;
    suffix.restPrecision = scale / 2;
    suffix.to += 2;
    lowest = scale;
  }
}

const POINTS = /^(?:poin|points?|pp)$/;
/** Words before a whole number of percentage points. */
const CHANGE_OR_GAP =
  /^(?:selisih|selisihnya|beda|bedanya|jarak|jaraknya|terpaut|tertinggal|unggul|lebih|kurang|rendah|tinggi|lonjakan|[+−-])$/;

/** Counts the tokens of a percent unit: «45%», «45 persen», «5 poin persen», «5 persen poin», «5 pp», «naik 5 poin». */
function countPercentTokens(tokens: readonly Token[], at: number): number {
  const [first, second] = [tokens[at]?.lower ?? '', tokens[at + 1]?.lower ?? ''];
  if (words.PERCENT.has(first)) return second === 'poin' || second === 'point' ? 2 : 1;
  if (/^(?:poin|point)$/.test(first) && (words.PERCENT.has(second) || second === 'persentase')) return 2;
  if (first === 'percentage' && /^points?$/.test(second)) return 2;
  return first === 'pp' || (POINTS.test(first) && isDifference(tokens, at - 1)) ? 1 : 0;
}

/** Returns whether a number before «poin» is a difference: «7,4 poin», «naik 18 poin», not «dalam 3 poin». */
function isDifference(tokens: readonly Token[], at: number): boolean {
  if (/[.,]\d/.test(tokens[at]!.text)) return true;
  // «11 poin di bawah rata-rata», «5 poin lagi»
  const after = tokens[at + 3]?.lower ?? '';
  if (tokens[at + 2]?.lower === 'lagi' || (tokens[at + 2]?.lower === 'di' && /^(?:atas|bawah)$/.test(after)))
    return true;
  const before = tokens.slice(Math.max(0, at - 6), at).map(({ lower }) => lower);
  return before.some((word) => words.UP.has(word) || words.DOWN.has(word) || CHANGE_OR_GAP.test(word));
}

/** Finds the counted noun after a number. Skips a repetition («3 (tiga) kegiatan»), «-an» and up to two classifiers. */
export function findNounAfter(
  tokens: readonly Token[],
  last: number,
  value: number,
): { noun: string; at: number } | undefined {
  let at = last + 1;
  if (tokens[at]?.text === '+') at++;
  if (tokens[at]?.text === '-' && tokens[at + 1]?.lower === 'an') at += 2;
  else if (tokens[at]?.lower === 'an' && tokens[at]!.glued) at++;
  at = skipRepetition(tokens, at, value);
  for (let skipped = 0; skipped < 2 && words.CLASSIFIERS.has(tokens[at]?.lower ?? ''); skipped++) at++;
  const noun = tokens[at]?.kind === 'word' ? tokens[at]!.lower.replace(/(?:nya|mu|ku)$/, '') : '';
  const isToday = noun === 'hari' && tokens[at + 1]?.lower === 'ini';
  return words.COUNTED.has(noun) && !isToday ? { noun, at } : undefined;
}

function skipRepetition(tokens: readonly Token[], at: number, value: number): number {
  if (tokens[at]?.text !== '(') return at;
  const worded = parseNumberWords(tokens, at + 1);
  const repeated = worded?.value === value || Number(tokens[at + 1]?.text) === value;
  const close = worded?.next ?? at + 2;
  return repeated && tokens[close]?.text === ')' ? close + 1 : at;
}

/** Finds a counted noun before a number: «Jumlah kegiatan minggu ini: 3». */
export function findNounBefore(tokens: readonly Token[], from: number): string | undefined {
  if (!/^(?::|=|adalah|ada|sebanyak|mencapai)$/.test(tokens[from - 1]?.lower ?? '')) return undefined;
  for (let at = from - 2; at > 0 && from - at <= 7 && tokens[at]!.kind === 'word'; at--) {
    if (words.COUNTED.has(tokens[at]!.lower) && words.TOTALLING.has(tokens[at - 1]!.lower)) return tokens[at]!.lower;
  }
  return undefined;
}

/** Returns the unit of a bare number: the unit of its column, or the noun before it. */
export function bareUnit(column: Column | undefined, nounBefore: string | undefined): Unit {
  if (!column) return { currency: false, percent: false, scale: 1, noun: nounBefore };
  return { currency: column.currency, percent: column.percent, scale: column.scale, noun: column.noun };
}

/** The words between two numbers of one range or comparison. */
const RANGE_WORDS = new Set([
  ...['-', '–', '—', 'sampai', 'sampai dengan', 'hingga', 's . d .', 's . d', 's / d', 'sd', 'atau', 'ke', 'menjadi'],
  ...['dari', 'dari total', 'dari seluruh', 'dari semua', '/'],
]);

/** A number with its token range. */
interface Ranged extends Unit {
  value: number;
  precision: number;
  from: number;
  to: number;
}

/** Copies the unit of the second end of a range to the first: «10–12 juta», «45 sampai 50%», «3 dari 5 kegiatan». */
export function shareUnits(tokens: readonly Token[], drafts: readonly Ranged[]): void {
  for (let nth = drafts.length - 2; nth >= 0; nth--) {
    const [one, two] = [drafts[nth]!, drafts[nth + 1]!];
    if (two.from - one.to > 5 || one.scale > 1 || one.percent || one.noun !== undefined) continue;
    const between = tokens.slice(one.to + 1, two.from).map((token) => token.lower);
    const isBetween = between.join(' ') === 'dan' && tokens[one.from - 1]?.lower === 'antara';
    if (!isBetween && !RANGE_WORDS.has(between.join(' '))) continue;
    if (!one.currency) {
      one.noun = two.noun;
      one.percent = two.percent;
    }
    if (two.scale > 1 && Math.abs(one.value) < 1000) {
      one.scale = two.scale;
      one.value *= two.scale;
      one.precision *= two.scale;
    }
  }
}
