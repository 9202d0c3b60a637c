import * as words from './lexicon.ts';
import { parseNumberWords, SCALES } from './parse-numbers.ts';
import type { Column } from './table-columns.ts';
import type { Token } from './tokenizer.ts';

/** What a number is stated in. */
export interface Unit {
  currency: boolean;
  percent: boolean;
  /** 1 where no juta, miliar ... stands with it */
  scale: number;
  noun: string | undefined;
}

interface Prefix {
  from: number;
  currency: boolean;
  negative: boolean;
}

interface Suffix {
  to: number;
  currency: boolean;
  percent: boolean;
  scale: number;
  /** the lower parts of «1 miliar 235 juta», and half a unit of the last of them (0 where there are none) */
  rest: number;
  restPrecision: number;
}

/** Reads the sign and the currency before a numeral: `-Rp`, `Rp. -`, `minus Rp`. */
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

// A dash is a sign where it touches what follows and not what stands before.
function isSign(tokens: readonly Token[], at: number): boolean {
  const mark = tokens[at];
  if (!mark || !/^[-−–]$/.test(mark.text) || !tokens[at + 1]?.glued) return false;
  const before = tokens[at - 1];
  return !mark.glued || before === undefined || words.CURRENCY.has(before.lower) || /^[(:|=[]$/.test(before.text);
}

/** Reads what follows a numeral that ends at a token: a scale (with lower parts), rupiah, percent. */
export function parseSuffix(tokens: readonly Token[], at: number, currency: boolean): Suffix {
  const suffix: Suffix = { to: at, currency: false, percent: false, scale: 1, rest: 0, restPrecision: 0 };
  const scale = scaleAt(tokens, at + 1, currency);
  if (scale !== undefined) {
    suffix.scale = scale;
    suffix.to++;
    readLowerParts(tokens, suffix);
  }
  const percent = scale === undefined ? percentLength(tokens, at + 1) : 0;
  suffix.percent = percent > 0;
  suffix.to += percent;
  if (tokens[suffix.to + 1]?.lower === 'rupiah') {
    suffix.currency = true;
    suffix.to++;
  }
  return suffix;
}

const YEAR = /^(?:19|20)\d\d$/;

// One letter is a scale only where nothing else is likely: «1,2 M», «25k», «Rp2T», not «12 m», «2026 M», «24T09».
function scaleAt(tokens: readonly Token[], at: number, currency: boolean): number | undefined {
  const word = tokens[at];
  const scale = word && SCALES.get(word.lower);
  if (!word || scale === undefined || word.lower.length > 2 || /^(?:rb|jt)$/.test(word.lower)) return scale;
  if ((tokens[at + 1]?.kind === 'number' && tokens[at + 1]!.glued) || /^0\d/.test(tokens[at - 1]!.text))
    return undefined;
  if (currency) return scale;
  if (word.lower === 'k') return word.glued ? scale : undefined;
  return /^[MT]$/.test(word.text) && (word.glued || !YEAR.test(tokens[at - 1]!.text)) ? scale : undefined;
}

function readLowerParts(tokens: readonly Token[], suffix: Suffix): void {
  let lowest = suffix.scale;
  for (let part = 0; part < 3; part++) {
    const [numeral, word] = [tokens[suffix.to + 1], tokens[suffix.to + 2]];
    const scale = SCALES.get(word?.lower ?? '');
    if (numeral?.kind !== 'number' || !/^\d{1,3}$/.test(numeral.text) || scale === undefined || scale >= lowest) return;
    suffix.rest += Number(numeral.text) * scale;
    suffix.restPrecision = scale / 2;
    suffix.to += 2;
    lowest = scale;
  }
}

// «45%», «45 persen», «5 poin persen», «5 persen poin», «5 pp»
function percentLength(tokens: readonly Token[], at: number): number {
  const [first, second] = [tokens[at]?.lower ?? '', tokens[at + 1]?.lower ?? ''];
  if (words.PERCENT.has(first)) return second === 'poin' || second === 'point' ? 2 : 1;
  if (/^(?:poin|point)$/.test(first) && (words.PERCENT.has(second) || second === 'persentase')) return 2;
  if (first === 'percentage' && /^points?$/.test(second)) return 2;
  return first === 'pp' ? 1 : 0;
}

/** What a number counts: the noun after it, over a repetition in words («3 (tiga) kegiatan»), «-an» and up to two classifiers. */
export function nounAfter(
  tokens: readonly Token[],
  last: number,
  value: number,
): { noun: string; at: number } | undefined {
  let at = last + 1;
  if (tokens[at]?.text === '+') at++;
  if (tokens[at]?.text === '-' && tokens[at + 1]?.lower === 'an') at += 2;
  else if (tokens[at]?.lower === 'an' && tokens[at]!.glued) at++;
  at = afterRepetition(tokens, at, value);
  for (let skipped = 0; skipped < 2 && words.CLASSIFIERS.has(tokens[at]?.lower ?? ''); skipped++) at++;
  const noun = tokens[at]?.kind === 'word' ? tokens[at]!.lower.replace(/(?:nya|mu|ku)$/, '') : '';
  return words.COUNTED.has(noun) ? { noun, at } : undefined;
}

function afterRepetition(tokens: readonly Token[], at: number, value: number): number {
  if (tokens[at]?.text !== '(') return at;
  const worded = parseNumberWords(tokens, at + 1);
  const repeated = worded?.value === value || Number(tokens[at + 1]?.text) === value;
  const close = worded?.next ?? at + 2;
  return repeated && tokens[close]?.text === ')' ? close + 1 : at;
}

/** What a number counts that stands before it: «Jumlah kegiatan minggu ini: 3». */
export function countedBefore(tokens: readonly Token[], from: number): string | undefined {
  if (!/^(?::|=|adalah|ada|sebanyak|mencapai)$/.test(tokens[from - 1]?.lower ?? '')) return undefined;
  for (let at = from - 2; at > 0 && from - at <= 7 && tokens[at]!.kind === 'word'; at--) {
    if (words.COUNTED.has(tokens[at]!.lower) && words.TOTALLING.has(tokens[at - 1]!.lower)) return tokens[at]!.lower;
  }
  return undefined;
}

/** The unit of a number that carries none: that of its column, or what is counted before it. */
export function bareUnit(column: Column | undefined, counted: string | undefined): Unit {
  if (!column) return { currency: false, percent: false, scale: 1, noun: counted };
  return { currency: column.currency, percent: column.percent, scale: column.scale, noun: column.noun };
}

const RANGE = new Set([
  ...['-', '–', '—', 'sampai', 'sampai dengan', 'hingga', 's . d .', 's . d', 's / d', 'sd', 'atau', 'ke', 'menjadi'],
  ...['dari', 'dari total', 'dari seluruh', 'dari semua', '/'],
]);

interface Ranged extends Unit {
  value: number;
  precision: number;
  from: number;
  to: number;
}

/** Gives the first end of a range the unit of the second: «10–12 juta», «45 sampai 50%», «3 dari 5 kegiatan». */
export function shareUnits(tokens: readonly Token[], drafts: readonly Ranged[]): void {
  for (let nth = drafts.length - 2; nth >= 0; nth--) {
    const [one, two] = [drafts[nth]!, drafts[nth + 1]!];
    if (two.from - one.to > 5 || one.scale > 1 || one.percent || one.noun !== undefined) continue;
    const between = tokens.slice(one.to + 1, two.from).map((token) => token.lower);
    const both = between.join(' ') === 'dan' && tokens[one.from - 1]?.lower === 'antara';
    if (!both && !RANGE.has(between.join(' '))) continue;
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
