import * as words from './lexicon.ts';
import type { Token } from './tokenizer.ts';

/** Classes of numbers, from a stated quantity to a part of a code. A higher class takes precedence. */
export const QUANTITY = 0;
/** An identifier, unless it has a unit (Rp, %, juta). */
export const IDENTIFIER = 1;
/** The first group of an identifier in several groups of digits (a phone number, an id). */
export const GROUPED_IDENTIFIER = 2;
/** A part of a code or of a full date; never a quantity, even before a unit. */
export const CODE = 3;

export const PLAIN = /^\d+$/;
export const YEAR = /^(?:19[4-9]\d|20[0-4]\d)$/;
/** Hours and minutes, as separate groups. */
export const CLOCK = /^([01]?\d|2[0-4])[.:]([0-5]\d)$/;

/** Returns whether a number and letters form one word: WA.6336.EBA, S-123/SM.2, A4, COVID-19, 3D. */
export function isInCode(tokens: readonly Token[], at: number, classes: Uint8Array): boolean {
  return isJoinedToCodeBefore(tokens, at, classes) || isJoinedToCodeAfter(tokens, at);
}

function isJoinedToCodeBefore(tokens: readonly Token[], at: number, classes: Uint8Array): boolean {
  const [token, joint, word] = [tokens[at]!, tokens[at - 1], tokens[at - 2]];
  if (!token.glued || !joint) return false;
  if (joint.kind === 'word') return !words.CURRENCY.has(joint.lower);
  if (!joint.glued || !word || !isJoint(joint.text)) return false;
  if (word.kind === 'number') return joint.text !== '+' && classes[at - 2] === CODE;
  if (word.kind !== 'word' || words.CURRENCY.has(word.lower)) return false;
  if (word.lower === 'ke') return joint.text === '-';
  const after = tokens[at + 1]?.lower ?? '';
  if (joint.text === '-') return !words.PERCENT.has(after) && !words.SCALES.has(after);
  if (joint.text === '+') return word.text.length <= 2;
  return joint.text === '_' || isUpper(word.text);
}

const LETTER_SCALE = /^(?:[KMTX]|RB|JT)$/;

function isJoinedToCodeAfter(tokens: readonly Token[], at: number): boolean {
  const [after, next, last] = [tokens[at + 1], tokens[at + 2], tokens[at + 3]];
  if (!after?.glued || words.CURRENCY.has(tokens[at - 1]?.lower ?? '')) return false;
  if (after.kind !== 'word') return isJoint(after.text) && next?.kind === 'word' && next.glued && isUpper(next.text);
  if (!isUpper(after.text)) return /^(?:st|nd|rd|th)$/.test(after.text);
  // «0B.521211», «0M»: a subcomponent, although a single M is a scale.
  const isCodeContinued = next?.glued === true && isJoint(next.text) && last?.glued === true && last.kind === 'number';
  return isCodeContinued || tokens[at]!.text === '0' || (after.text.length < 4 && !LETTER_SCALE.test(after.text));
}

function isJoint(mark: string): boolean {
  return mark.length === 1 && './_-+'.includes(mark);
}

function isUpper(word: string): boolean {
  return word === word.toUpperCase();
}

/** Marks joined numbers, starting at the first one: 2026-11-24, 0812-0000-0004, 24/11, 17/2003, 14:30, 5299-1234. */
export function markSequence(tokens: readonly Token[], first: number, classes: Uint8Array): void {
  if (isJoinedToNumber(tokens, first)) return;
  let last = first;
  while (isJoinedToNumber(tokens, last + 2)) last += 2;
  const count = (last - first) / 2 + 1;
  const after = tokens[last + 1]?.lower ?? '';
  if (count === 1 || words.PERCENT.has(after) || words.CURRENCY.has(tokens[first - 1]?.lower ?? '')) return;
  const [one, joint, two] = [tokens[first]!.text, tokens[first + 1]!.text, tokens[first + 2]!.text];
  const isPair = count === 2 && !words.COUNTED.has(after) && isIdentifierPair(one, joint, two);
  const numberClass = isPair ? IDENTIFIER : CODE;
  for (let at = first; at <= last; at += 2) {
    if (isPair || (count > 2 && (PLAIN.test(tokens[at]!.text) || CLOCK.test(tokens[at]!.text))))
      classes[at] = numberClass;
  }
}

function isJoinedToNumber(tokens: readonly Token[], at: number): boolean {
  const [second, joint, token] = [tokens[at - 2], tokens[at - 1], tokens[at]];
  return (
    token?.kind === 'number' && token.glued && joint!.glued && '-/:–'.includes(joint!.text) && second?.kind === 'number'
  );
}

/** Returns whether two joined numbers are a time, a date, a year with a month, or a phone number. */
function isIdentifierPair(one: string, joint: string, two: string): boolean {
  if (!PLAIN.test(one) || !PLAIN.test(two)) return false;
  if (joint === ':') return CLOCK.test(`${one}:${two}`);
  if (joint === '/')
    return YEAR.test(two) || (Number(one) <= 31 && Number(two) <= 12 && Number(one) > 0 && Number(two) > 0);
  if (YEAR.test(one)) return /^(?:0[1-9]|1[0-2])$/.test(two);
  return one.length >= 3 && two.length >= 3 && Number(two) < Number(one);
}

/** Returns whether a number begins an identifier in several groups of digits: 0812 0000 0004, NIP 19800101 200501. */
export function startsGroups(tokens: readonly Token[], at: number): boolean {
  const { text, glued } = tokens[at]!;
  if (/^0\d/.test(text) && !CLOCK.test(text)) return true;
  if (glued && tokens[at - 1]?.text === '+' && text.startsWith('62')) return true;
  if (/^628\d{7,12}$/.test(text) || /^\d{15,}$/.test(text)) return true;
  const before = tokens[at - 1]?.text === ':' || tokens[at - 1]?.text === '.' ? at - 2 : at - 1;
  return words.IN_GROUPS.has(tokens[before]?.lower ?? '') && !countableAfter(tokens, at);
}

/** Returns whether a number is a later group of such an identifier. */
export function continuesGroups(tokens: readonly Token[], at: number, classes: Uint8Array): boolean {
  const { text } = tokens[at]!;
  if (!/^\d{3,}$/.test(text) || countableAfter(tokens, at)) return false;
  const before = '-)'.includes(tokens[at - 1]?.text ?? ' ') ? at - 2 : at - 1;
  return tokens[before]?.kind === 'number' && classes[before] === GROUPED_IDENTIFIER;
}

/** Returns whether a countable noun follows a number. */
export function countableAfter(tokens: readonly Token[], at: number): boolean {
  return words.COUNTABLE.has(tokens[at + 1]?.lower ?? '');
}
