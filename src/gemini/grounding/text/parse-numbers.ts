import { parseNumeral } from '../../../supabase/numerals.ts';
import { SCALES } from './lexicon.ts';
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

/** An account with the code of its item: `521211.002523`. */
const ITEM_CODE = /^\d{4,}\.\d{3,}$/;

/** Parses the digits of a figure. @returns undefined if the separators are invalid and no currency shows an amount */
export function parseDigits(text: string, context: NumeralContext): Reading | undefined {
  const isWhole = context.counted || (context.currency && !context.scaled);
  const isCode = ITEM_CODE.test(text) && !context.percent && !context.scaled;
  const dot = context.percent ? 'decimals' : 'groups';
  const numeral = isCode ? undefined : parseNumeral(text, { dot, comma: isWhole ? 'groups' : 'decimals' });
  if (numeral) return { value: numeral.value, precision: 0.5 * 10 ** -numeral.decimals };
  // An amount with invalid separators is still a stated figure; it matches no data.
  return context.currency ? { value: Number(text.replace(/[.,]/g, '')), precision: 0.5 } : undefined;
}

const DIGITS = ['nol', 'satu', 'dua', 'tiga', 'empat', 'lima', 'enam', 'tujuh', 'delapan', 'sembilan'];
const FACTORS = new Map([
  ['puluh', 10],
  ['ratus', 100],
]);
/** «sepuluh», «sebelas», «seribu»: one of the unit that follows. */
const ONE = /^se(?=(?:puluh|belas|ratus|ribu|juta|mil[iy]ar|triliun)$)/;
/** The first words of a number. */
const FIRST = new Set([
  ...DIGITS,
  ...'setengah sepuluh sebelas seratus seribu sejuta semiliar semilyar setriliun'.split(' '),
]);
/** Maximum words of one number; keeps the time linear. */
const MAX_NUMBER_WORDS = 32;

/** A parsed number in words. */
interface WordedNumber extends Reading {
  /** Index of the token after the number. */
  next: number;
  /** The largest of ribu, juta, miliar and triliun in the number, else 1. */
  scale: number;
}

/** Parses a number in words from token `first`: `dua belas`, `tiga ratus lima puluh juta`, `dua setengah miliar`. */
export function parseNumberWords(tokens: readonly Token[], first: number): WordedNumber | undefined {
  if (!FIRST.has(tokens[first]?.lower ?? '')) return undefined;
  // Finished thousands and above; finished hundreds and tens; a digit without a unit yet.
  let [total, group, digit] = [0, 0, 0];
  let [step, scale, hasValue] = [1, 1, false];
  let next = first;
  for (; next < tokens.length && next - first < MAX_NUMBER_WORDS; next++) {
    const { kind, glued, lower } = tokens[next]!;
    // In «yang masih nol dua rincian» two numbers meet.
    if (kind !== 'word' || (next > first && (glued || tokens[next - 1]!.lower === 'nol'))) break;
    const word = lower.replace(ONE, '');
    const isOne = word !== lower;
    const count = !isOne ? digit : digit === 0 ? 1 : 0;
    const amount = !isOne ? group + digit : group + digit === 0 ? 1 : 0;
    const unit = word.length > 3 ? SCALES.get(word) : undefined;
    if (word === 'setengah') {
      digit += 0.5;
      continue;
    }
    if (DIGITS.includes(word) && digit === 0) [digit, step] = [DIGITS.indexOf(word), 1];
    else if (word === 'belas' && count > 0) [group, digit, step] = [group + 10 + count, 0, 1];
    else if (FACTORS.has(word) && count > 0) [group, digit, step] = [group + count * FACTORS.get(word)!, 0, 1];
    else if (unit !== undefined && amount > 0) {
      [total, group, digit] = [total + amount * unit, 0, 0];
      step = Number.isInteger(amount) ? unit : unit / 10;
      scale = Math.max(scale, unit);
    } else break;
    hasValue = true;
  }
  if (!hasValue) return undefined;
  const whole = { value: total + group + digit, precision: step / 2, scale, next };
  return scale > 1 ? whole : withDecimals(tokens, whole);
}

/** Adds decimals: «empat puluh lima koma tiga». */
function withDecimals(tokens: readonly Token[], whole: WordedNumber): WordedNumber {
  let decimals = '';
  let next = whole.next + 1;
  for (; DIGITS.includes(tokens[next]?.lower ?? '') && decimals.length < 9; next++) {
    decimals += DIGITS.indexOf(tokens[next]!.lower);
  }
  if (tokens[whole.next]?.lower !== 'koma' || decimals === '') return whole;
  return { ...whole, value: Number(`${whole.value}.${decimals}`), precision: 0.5 * 10 ** -decimals.length, next };
}
