import type { Token } from './tokenizer.ts';

/** A parsed number. */
export interface Reading {
  value: number;
  /** Half a unit of the last digit shown. */
  precision: number;
}

/** The unit of a numeral, which decides how its separators are parsed. */
interface NumeralContext {
  currency: boolean;
  scaled: boolean;
  percent: boolean;
  counted: boolean;
}

const INDONESIAN = /^\d{1,3}(?:\.\d{3})+(?:,\d+)?$|^\d+(?:,\d+)?$/;
const ENGLISH = /^\d{1,3}(?:,\d{3}){2,}(?:\.\d+)?$|^\d{1,3}(?:,\d{3})+\.\d+$/;
const ENGLISH_DECIMAL = /^\d+\.(?:\d{1,2})$|^\d{1,3}\.\d{4,}$|^0\.\d+$/;
const ONE_DOT = /^\d+\.\d+$/;
const ONE_COMMA_GROUP = /^[1-9]\d{0,2},\d{3}$/;

/**
 * Parses `1.234.567,00`, `45,3`, and English `1,234,567.89`, `45.3`.
 * @returns undefined if the separators are invalid
 */
export function parseNumeral(text: string, context: NumeralContext): Reading | undefined {
  const isWhole = context.counted || (context.currency && !context.scaled);
  if (isWhole && ONE_COMMA_GROUP.test(text)) return toReading(text.replace(',', ''));
  if (context.percent && ONE_DOT.test(text)) return toReading(text);
  if (ENGLISH_DECIMAL.test(text)) return toReading(text);
  if (INDONESIAN.test(text)) return toReading(text.replaceAll('.', '').replace(',', '.'));
  if (ENGLISH.test(text)) return toReading(text.replaceAll(',', ''));
  if (context.scaled && ONE_DOT.test(text)) return toReading(text);
  // An amount with invalid separators is still a stated figure; it matches no data.
  return context.currency ? toReading(text.replace(/[.,]/g, '')) : undefined;
}

function toReading(decimal: string): Reading {
  const point = decimal.indexOf('.');
  const decimals = point < 0 ? 0 : decimal.length - point - 1;
  return { value: Number(decimal), precision: 0.5 * 10 ** -decimals };
}

/** Multipliers by the word after a numeral. units.ts decides when single letters count. */
export const SCALES: ReadonlyMap<string, number> = new Map([
  ...['ribu', 'rb', 'k', 'thousand'].map((word) => [word, 1e3] as const),
  ...['juta', 'jt', 'jta', 'mio', 'mn', 'million'].map((word) => [word, 1e6] as const),
  ...['miliar', 'milyar', 'milliar', 'milyard', 'mlr', 'mld', 'm', 'b', 'bn', 'billion'].map(
    (word) => [word, 1e9] as const,
  ),
  ...['triliun', 'trilyun', 'trilliun', 'tln', 't', 'tn', 'trillion'].map((word) => [word, 1e12] as const),
]);

const DIGITS = ['nol', 'satu', 'dua', 'tiga', 'empat', 'lima', 'enam', 'tujuh', 'delapan', 'sembilan'];
const UNITS = new Map<string, number>([...DIGITS.entries()].map(([value, word]) => [word, value] as const));
const WHOLE_WORDS = new Map([
  ['sepuluh', 10],
  ['sebelas', 11],
  ['seratus', 100],
]);
const ONE_SCALES = new Map([
  ['seribu', 1e3],
  ['sejuta', 1e6],
  ['semiliar', 1e9],
  ['semilyar', 1e9],
  ['setriliun', 1e12],
]);
const SCALE_WORDS = new Map([
  ['ribu', 1e3],
  ['juta', 1e6],
  ['miliar', 1e9],
  ['milyar', 1e9],
  ['triliun', 1e12],
]);

/** A parsed number in words. */
interface WordedNumber extends Reading {
  /** Index of the token after the number. */
  next: number;
  /** The largest of ribu, juta, miliar and triliun in the number, else 1. */
  scale: number;
}

/** Maximum words of one number; keeps the time linear. */
const MAX_NUMBER_WORDS = 32;

/** Parses a number in words from token `first`: `dua belas`, `tiga ratus lima puluh juta`, `dua setengah miliar`. */
export function parseNumberWords(tokens: readonly Token[], first: number): WordedNumber | undefined {
  const state = { total: 0, group: 0, unit: 0, step: 1, hasValue: false, scale: 1 };
  let next = first;
  while (next < tokens.length && next - first < MAX_NUMBER_WORDS) {
    const token = tokens[next]!;
    if (token.kind !== 'word' || (token.glued && next > first) || !addWord(state, token.lower)) break;
    next++;
  }
  if (!state.hasValue) return undefined;
  const whole = { value: state.total + state.group + state.unit, precision: state.step / 2, scale: state.scale, next };
  return state.scale > 1 ? whole : withDecimals(tokens, whole);
}

type State = { total: number; group: number; unit: number; step: number; hasValue: boolean; scale: number };

/** Adds a word to the number. @returns false if the word does not continue it */
function addWord(state: State, word: string): boolean {
  const unit = UNITS.get(word);
  const whole = WHOLE_WORDS.get(word);
  const pending = state.group + state.unit;
  if (unit !== undefined || whole !== undefined || word === 'setengah') return addSmallWord(state, word, unit, whole);
  if (word === 'belas' && state.unit > 0) [state.group, state.unit] = [state.group + 10 + state.unit, 0];
  else if (word === 'puluh' && state.unit > 0) [state.group, state.unit] = [state.group + state.unit * 10, 0];
  else if (word === 'ratus' && state.unit > 0) [state.group, state.unit] = [state.group + state.unit * 100, 0];
  else if (ONE_SCALES.has(word) && pending === 0) addScale(state, 1, ONE_SCALES.get(word)!);
  else if (SCALE_WORDS.has(word) && pending > 0) addScale(state, pending, SCALE_WORDS.get(word)!);
  else return false;
  return true;
}

function addSmallWord(state: State, word: string, unit: number | undefined, whole: number | undefined): boolean {
  if (word === 'setengah') {
    state.unit += 0.5;
    return true;
  }
  if (state.unit > 0) return false; // «dua tiga kegiatan» are two numbers
  if (unit !== undefined) state.unit = unit;
  else state.group += whole ?? 0;
  state.step = 1;
  state.hasValue = true;
  return true;
}

function addScale(state: State, amount: number, scale: number): void {
  state.total += amount * scale;
  state.step = Number.isInteger(amount) ? scale : scale / 10;
  [state.group, state.unit] = [0, 0];
  state.hasValue = true;
  state.scale = Math.max(state.scale, scale);
}

/** Adds decimals: «empat puluh lima koma tiga». */
function withDecimals(tokens: readonly Token[], whole: WordedNumber): WordedNumber {
  if (tokens[whole.next]?.lower !== 'koma') return whole;
  let { next, value } = whole;
  let step = 1;
  for (next += 1; UNITS.has(tokens[next]?.lower ?? '') && step > 1e-9; next++) {
    step /= 10;
    value += UNITS.get(tokens[next]!.lower)! * step;
  }
  return step === 1 ? whole : { ...whole, value, precision: step / 2, next };
}
