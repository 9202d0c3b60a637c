import type { Token } from './tokenizer.ts';

export interface Reading {
  value: number;
  /** half a unit of the last digit shown */
  precision: number;
}

/** What stands around a numeral and decides how its separators are read. */
export interface NumeralContext {
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

/** Reads `1.234.567,00`, `45,3`, and English `1,234,567.89`, `45.3`; undefined where the separators make no number. */
export function parseNumeral(text: string, around: NumeralContext): Reading | undefined {
  const wholeOnly = around.counted || (around.currency && !around.scaled);
  if (wholeOnly && ONE_COMMA_GROUP.test(text)) return reading(text.replace(',', ''));
  if (around.percent && ONE_DOT.test(text)) return reading(text);
  if (ENGLISH_DECIMAL.test(text)) return reading(text);
  if (INDONESIAN.test(text)) return reading(text.replaceAll('.', '').replace(',', '.'));
  if (ENGLISH.test(text)) return reading(text.replaceAll(',', ''));
  if (around.scaled && ONE_DOT.test(text)) return reading(text);
  // A sum of money whose groups are garbled is still claimed to be one; it will match nothing.
  return around.currency ? reading(text.replace(/[.,]/g, '')) : undefined;
}

function reading(decimal: string): Reading {
  const point = decimal.indexOf('.');
  const decimals = point < 0 ? 0 : decimal.length - point - 1;
  return { value: Number(decimal), precision: 0.5 * 10 ** -decimals };
}

/** Multipliers by the word after a numeral; single letters count only where figure-units.ts allows. */
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
const WHOLE = new Map([
  ['sepuluh', 10],
  ['sebelas', 11],
  ['seratus', 100],
]);
const ONE_OF = new Map([
  ['seribu', 1e3],
  ['sejuta', 1e6],
  ['semiliar', 1e9],
  ['semilyar', 1e9],
  ['setriliun', 1e12],
]);
const LARGE = new Map([
  ['ribu', 1e3],
  ['juta', 1e6],
  ['miliar', 1e9],
  ['milyar', 1e9],
  ['triliun', 1e12],
]);

/** The words that a number in words may begin with. */
export const FIRST_WORDS: readonly string[] = [...UNITS.keys(), ...WHOLE.keys(), ...ONE_OF.keys(), 'setengah'];

export interface WordedNumber extends Reading {
  /** the index of the token after the number */
  next: number;
  /** the greatest of ribu, juta, miliar, triliun in it, else 1 */
  scale: number;
}

/** Words in one number at most, so that no text makes a reader start over and over. */
const LONGEST_NUMBER = 32;

/** Reads a number in words (`dua belas`, `tiga ratus lima puluh juta`, `dua setengah miliar`) that starts at a token. */
export function parseNumberWords(tokens: readonly Token[], first: number): WordedNumber | undefined {
  const state = { total: 0, group: 0, unit: 0, step: 1, read: false, scale: 1 };
  let next = first;
  while (next < tokens.length && next - first < LONGEST_NUMBER) {
    const token = tokens[next]!;
    if (token.kind !== 'word' || (token.glued && next > first) || !takeWord(state, token.lower)) break;
    next++;
  }
  if (!state.read) return undefined;
  const whole = { value: state.total + state.group + state.unit, precision: state.step / 2, scale: state.scale, next };
  return state.scale > 1 ? whole : withDecimals(tokens, whole);
}

type State = { total: number; group: number; unit: number; step: number; read: boolean; scale: number };

function takeWord(state: State, word: string): boolean {
  const unit = UNITS.get(word);
  const whole = WHOLE.get(word);
  const pending = state.group + state.unit;
  if (unit !== undefined || whole !== undefined || word === 'setengah') return takeSmall(state, word, unit, whole);
  if (word === 'belas' && state.unit > 0) [state.group, state.unit] = [state.group + 10 + state.unit, 0];
  else if (word === 'puluh' && state.unit > 0) [state.group, state.unit] = [state.group + state.unit * 10, 0];
  else if (word === 'ratus' && state.unit > 0) [state.group, state.unit] = [state.group + state.unit * 100, 0];
  else if (ONE_OF.has(word) && pending === 0) takeLarge(state, 1, ONE_OF.get(word)!);
  else if (LARGE.has(word) && pending > 0) takeLarge(state, pending, LARGE.get(word)!);
  else return false;
  return true;
}

function takeSmall(state: State, word: string, unit: number | undefined, whole: number | undefined): boolean {
  if (word === 'setengah') {
    state.unit += 0.5;
    return true;
  }
  if (state.unit > 0) return false; // «dua tiga kegiatan» are two numbers
  if (unit !== undefined) state.unit = unit;
  else state.group += whole ?? 0;
  state.step = 1;
  state.read = true;
  return true;
}

function takeLarge(state: State, amount: number, scale: number): void {
  state.total += amount * scale;
  state.step = Number.isInteger(amount) ? scale : scale / 10;
  [state.group, state.unit] = [0, 0];
  state.read = true;
  state.scale = Math.max(state.scale, scale);
}

// «empat puluh lima koma tiga»
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
