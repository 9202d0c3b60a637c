import { MONTH_NUMBERS } from '../../../indonesian-months.ts';
import {
  CLOCK,
  CODE,
  continuesGroups,
  countableAfter,
  GROUPED_IDENTIFIER,
  IDENTIFIER,
  isInCode,
  markSequence,
  PLAIN,
  QUANTITY,
  startsGroups,
  YEAR,
} from './code-patterns.ts';
import * as words from './lexicon.ts';
import type { Token } from './tokenizer.ts';

type NumberClass = typeof QUANTITY | typeof IDENTIFIER | typeof GROUPED_IDENTIFIER | typeof CODE;

/** Maximum number of days in one enumeration; keeps the time linear. */
const MAX_DAYS = 12;
/** Maximum number of tokens before or after a number in one citation; keeps the time linear. */
const MAX_CITED = 40;
const ACCOUNT = /^[4-7]\d{5}$/;

/** Classifies each number token: a quantity, or a part of a date, time, code, phone number, room, article, list number … */
export function classifyNumbers(tokens: readonly Token[]): Uint8Array {
  const classes = new Uint8Array(tokens.length);
  for (let at = 0; at < tokens.length; at++) {
    if (tokens[at]!.kind !== 'number') continue;
    markSequence(tokens, at, classes);
    markDays(tokens, at, classes);
    classes[at] = Math.max(classes[at]!, classifyNumber(tokens, at, classes));
  }
  return classes;
}

function classifyNumber(tokens: readonly Token[], at: number, classes: Uint8Array): NumberClass {
  if (isInCode(tokens, at, classes)) return CODE;
  const isGrouped = startsGroups(tokens, at) || continuesGroups(tokens, at, classes);
  if (isGrouped) return GROUPED_IDENTIFIER;
  const isIdentifier =
    isListNumber(tokens, at) ||
    isCitation(tokens, at) ||
    isTime(tokens, at) ||
    followsNamingWord(tokens, at) ||
    followsMonth(tokens, at) ||
    isLastDay(tokens, at) ||
    continuesList(tokens, at, classes) ||
    looksLikeIdentifier(tokens, at);
  return isIdentifier ? IDENTIFIER : QUANTITY;
}

/** Returns whether the word before a number makes it an identifier: «lantai 12», «yang nomor dua», «minggu ke-48». */
export function followsNamingWord(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at]!;
  let before = at - 1;
  if (tokens[before]?.text === '#' && token.glued) return true;
  if (isOrdinal(tokens, at)) return true;
  if (/^[:.(]$/.test(tokens[before]?.text ?? '')) before--;
  const word = tokens[before]?.kind === 'word' ? tokens[before]!.lower : '';
  const mark = before === at - 1 ? '' : tokens[at - 1]!.text;
  if (mark === '.' && !words.ABBREVIATED.has(word)) return false;
  if (mark === '(' && word !== 'ayat' && word !== 'pasal') return false;
  if (mark === ':' && countableAfter(tokens, at)) return false; // «Minggu: 3 kegiatan»
  const max = words.NAMING.get(word);
  // «per bulan 12 laporan», but «per tanggal 24»
  const isEach = words.DISTRIBUTIVE.has(tokens[before - 1]?.lower ?? '') && !/^(?:tanggal|tgl)$/.test(word);
  if (max !== undefined) return numericValue(token) <= max && !isEach;
  if (mark === '') return isNumbered(tokens, at, word) || isRoom(tokens, before) || isLegalPoint(tokens, before);
  return false;
}

function isOrdinal(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at]!;
  if (tokens[at - 1]?.text === '-' && token.glued) return tokens[at - 2]?.lower === 'ke';
  if (tokens[at - 1]?.lower !== 'ke') return false;
  const word = tokens[at - 2]?.lower ?? '';
  if (words.NAMING.has(word) || words.NUMBERED.has(word) || word === 'rapat') return true;
  const followsFrom = [3, 4, 5, 6, 7].some((back) => tokens[at - back]?.lower === 'dari');
  return !followsFrom && !words.MOVING.has(word) && !countableAfter(tokens, at);
}

function isNumbered(tokens: readonly Token[], at: number, word: string): boolean {
  if (!words.NUMBERED.has(word) || !PLAIN.test(tokens[at]!.text)) return false;
  return !words.TOTALLING.has(tokens[at - 2]?.lower ?? '') && !countableAfter(tokens, at);
}

function isRoom(tokens: readonly Token[], last: number): boolean {
  let at = last;
  while (last - at < 3 && words.ROOM_PARTS.has(tokens[at]?.lower ?? '')) at--;
  return at < last && /^(?:ruang|ruangan|gedung|aula)$/.test(tokens[at]?.lower ?? '');
}

/** «Pasal 1 angka 12», but not «serapan di angka 45». */
function isLegalPoint(tokens: readonly Token[], at: number): boolean {
  return (
    tokens[at]?.lower === 'angka' && [2, 3, 4].some((back) => /^(?:pasal|ayat)$/.test(tokens[at - back]?.lower ?? ''))
  );
}

/** Marks the days before a month, back to the first one: «24–26 November», «24, 25, dan 26 November». */
function markDays(tokens: readonly Token[], at: number, classes: Uint8Array): void {
  if (!MONTH_NUMBERS.has(tokens[at + 1]?.lower ?? '') || !isDay(tokens[at]!.text)) return;
  let day = at;
  for (let marked = 0; marked < MAX_DAYS; marked++) {
    classes[day] = Math.max(classes[day]!, IDENTIFIER);
    day = beforeConnector(tokens, day);
    if (tokens[day]?.kind !== 'number' || !isDay(tokens[day]!.text)) return;
  }
}

function isDay(text: string): boolean {
  return text.length <= 35 && text.split(',').every((day) => PLAIN.test(day) && Number(day) >= 1 && Number(day) <= 31);
}

function followsMonth(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1]?.lower ?? '';
  if (!MONTH_NUMBERS.has(before) && !words.WEEKDAYS.has(before)) return false;
  return isDay(tokens[at]!.text) && !countableAfter(tokens, at);
}

/** «November (s.d. 24)», «November, sampai 20» */
function isLastDay(tokens: readonly Token[], at: number): boolean {
  const before = tokens.slice(Math.max(0, at - 7), at);
  const words = before
    .map(({ text }) => text)
    .join('')
    .toLowerCase();
  const month = before.find(({ lower }) => MONTH_NUMBERS.has(lower));
  return (
    month !== undefined &&
    isDay(tokens[at]!.text) &&
    /(?:s\.d\.|sd|sampai|hingga)$/.test(words) &&
    !countableAfter(tokens, at)
  );
}

function isTime(tokens: readonly Token[], at: number): boolean {
  const after = tokens[at + 1]?.lower ?? '';
  const { text } = tokens[at]!;
  if (PLAIN.test(text)) return Number(text) <= 24 && (words.ZONES.has(after) || words.DAY_PARTS.has(after));
  const clock = CLOCK.exec(text);
  if (!clock) return false;
  // «12.34» may be an English decimal. Minutes in fives, a leading zero or a time zone make it a time.
  return text.startsWith('0') || Number(clock[2]) % 5 === 0 || words.ZONES.has(after);
}

/** «12. Rapat», «(12) Rapat», «- 12) Rapat» at the start of a line. */
function isListNumber(tokens: readonly Token[], at: number): boolean {
  const { text } = tokens[at]!;
  const after = tokens[at + 1];
  if (text.length > 3 || !PLAIN.test(text) || !after?.glued || !'.)'.includes(after.text) || tokens[at + 2]?.glued)
    return false;
  let before = at - 1;
  while (at - before <= 4 && '-•>#('.includes(tokens[before]?.text ?? ' ')) before--;
  return before < 0 || tokens[before]!.kind === 'break';
}

/** «[12]», «[cite: 3, 5]» */
function isCitation(tokens: readonly Token[], at: number): boolean {
  const isInside = (index: number) =>
    tokens[index]?.kind === 'number' || /^(?:[,:]|cite)$/.test(tokens[index]?.lower ?? '');
  let [first, last] = [at, at];
  while (at - first < MAX_CITED && isInside(first - 1)) first--;
  while (last - at < MAX_CITED && isInside(last + 1)) last++;
  if (tokens[first - 1]?.text !== '[' || tokens[last + 1]?.text !== ']') return false;
  return (
    tokens[first]!.lower === 'cite' || tokens.slice(first, last + 1).every(({ text }) => /^(?:\d{1,3}|,)$/.test(text))
  );
}

/** «lantai 12 dan 13», «akun 521211, 524111»: follows an identifier of about the same length. */
function continuesList(tokens: readonly Token[], at: number, classes: Uint8Array): boolean {
  const before = beforeConnector(tokens, at);
  if (before < 0 || classes[before] !== IDENTIFIER || isListNumber(tokens, before)) return false;
  const [one, two] = [tokens[before]!.text, tokens[at]!.text];
  if (Math.abs(one.length - two.length) > 1 || countableAfter(tokens, at)) return false;
  const after = tokens[at + 1];
  const afterComma = tokens[at - 1]?.text === ',';
  return !afterComma || after?.kind !== 'word' || words.CONNECTORS.has(after.lower);
}

/** A year or an account number, unless it is counted or an amount. */
function looksLikeIdentifier(tokens: readonly Token[], at: number): boolean {
  const { text } = tokens[at]!;
  const before = tokens[at - 1]?.lower ?? '';
  if (YEAR.test(text)) return !(words.COUNTING.has(before) && countableAfter(tokens, at));
  return ACCOUNT.test(text) && !text.endsWith('000') && !/^(?:sebesar|senilai|sejumlah|sebanyak)$/.test(before);
}

/** Returns the index of the token before a connector (`-`, `dan`, `s.d.`, `, dan`). @returns -1 if no connector precedes `at` */
function beforeConnector(tokens: readonly Token[], at: number): number {
  let before = at - 1;
  let connector = '';
  while (at - before <= 5 && words.CONNECTORS.has(tokens[before]?.lower ?? '')) connector += tokens[before--]!.text;
  return connector === '' || connector === '.' ? -1 : before;
}

function numericValue(token: Token): number {
  return token.kind === 'number' ? Number(token.text.replace(',', '.')) : 0;
}
