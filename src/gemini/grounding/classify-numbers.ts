import { MONTH_NUMBERS } from '../../indonesian-months.ts';
import {
  CLOCK,
  CODE,
  continuesGroups,
  countableAfter,
  GROUPED_IDENTIFIER,
  IDENTIFIER,
  inCode,
  markSequence,
  PLAIN,
  QUANTITY,
  startsGroups,
  YEAR,
} from './code-patterns.ts';
import * as words from './lexicon.ts';
import type { Token } from './tokenizer.ts';

type Verdict = typeof QUANTITY | typeof IDENTIFIER | typeof GROUPED_IDENTIFIER | typeof CODE;

const ACCOUNT = /^[4-7]\d{5}$/;

/** Tells of each token whether it is a number that names something: a date, time, code, phone, room, article, list number ... */
export function classifyNumbers(tokens: readonly Token[]): Uint8Array {
  const verdicts = new Uint8Array(tokens.length);
  for (let at = 0; at < tokens.length; at++) {
    if (tokens[at]!.kind !== 'number') continue;
    markSequence(tokens, at, verdicts);
    markDays(tokens, at, verdicts);
    verdicts[at] = Math.max(verdicts[at]!, verdictOf(tokens, at, verdicts));
  }
  return verdicts;
}

function verdictOf(tokens: readonly Token[], at: number, verdicts: Uint8Array): Verdict {
  if (inCode(tokens, at, verdicts)) return CODE;
  const dialled = startsGroups(tokens, at) || continuesGroups(tokens, at, verdicts);
  if (dialled) return GROUPED_IDENTIFIER;
  const names =
    isListNumber(tokens, at) ||
    isTime(tokens, at) ||
    followsNamingWord(tokens, at) ||
    followsMonth(tokens, at) ||
    continuesList(tokens, at, verdicts) ||
    hasNameShape(tokens, at);
  return names ? IDENTIFIER : QUANTITY;
}

/** Whether the word before a number (in digits or in words) makes it a name: «lantai 12», «yang nomor dua», «minggu ke-48». */
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
  const most = words.NAMING.get(word);
  if (most !== undefined) return value(token) <= most && !words.DISTRIBUTIVE.has(tokens[before - 1]?.lower ?? '');
  if (mark === '') return isNumbered(tokens, at, word) || isRoom(tokens, before) || isLegalPoint(tokens, before);
  return false;
}

function isOrdinal(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at]!;
  if (tokens[at - 1]?.text === '-' && token.glued) return tokens[at - 2]?.lower === 'ke';
  if (tokens[at - 1]?.lower !== 'ke') return false;
  const word = tokens[at - 2]?.lower ?? '';
  if (words.NAMING.has(word) || words.NUMBERED.has(word) || word === 'rapat') return true;
  const fromSomewhere = [3, 4, 5, 6, 7].some((back) => tokens[at - back]?.lower === 'dari');
  return !fromSomewhere && !words.MOVING.has(word) && !countableAfter(tokens, at);
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

// «Pasal 1 angka 12», but not «serapan di angka 45».
function isLegalPoint(tokens: readonly Token[], at: number): boolean {
  return (
    tokens[at]?.lower === 'angka' && [2, 3, 4].some((back) => /^(?:pasal|ayat)$/.test(tokens[at - back]?.lower ?? ''))
  );
}

// «24–26 November», «24, 25, dan 26 November»: the days before a month's name, back to the first of them.
function markDays(tokens: readonly Token[], at: number, verdicts: Uint8Array): void {
  if (!MONTH_NUMBERS.has(tokens[at + 1]?.lower ?? '') || !isDay(tokens[at]!.text)) return;
  let day = at;
  for (let known = 0; known < 12; known++) {
    verdicts[day] = Math.max(verdicts[day]!, IDENTIFIER);
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

function isTime(tokens: readonly Token[], at: number): boolean {
  const after = tokens[at + 1]?.lower ?? '';
  const { text } = tokens[at]!;
  if (PLAIN.test(text)) return Number(text) <= 24 && (words.ZONES.has(after) || words.DAY_PARTS.has(after));
  const clock = CLOCK.exec(text);
  if (!clock) return false;
  // «12.34» alone may be an English decimal; round minutes, a leading zero or a time zone make it a time.
  return text.startsWith('0') || Number(clock[2]) % 5 === 0 || words.ZONES.has(after);
}

// «12. Rapat», «(12) Rapat», «- 12) Rapat» at the start of a line.
function isListNumber(tokens: readonly Token[], at: number): boolean {
  const { text } = tokens[at]!;
  const after = tokens[at + 1];
  if (text.length > 3 || !PLAIN.test(text) || !after?.glued || !'.)'.includes(after.text) || tokens[at + 2]?.glued)
    return false;
  let before = at - 1;
  while (at - before <= 4 && '-•>#('.includes(tokens[before]?.text ?? ' ')) before--;
  return before < 0 || tokens[before]!.kind === 'break';
}

// «lantai 12 dan 13», «akun 521211, 524111»: goes on where the number before names something and looks alike.
function continuesList(tokens: readonly Token[], at: number, verdicts: Uint8Array): boolean {
  const before = beforeConnector(tokens, at);
  if (before < 0 || verdicts[before] !== IDENTIFIER || isListNumber(tokens, before)) return false;
  const [one, two] = [tokens[before]!.text, tokens[at]!.text];
  if (Math.abs(one.length - two.length) > 1 || countableAfter(tokens, at)) return false;
  const after = tokens[at + 1];
  const afterComma = tokens[at - 1]?.text === ',';
  return !afterComma || after?.kind !== 'word' || words.CONNECTORS.has(after.lower);
}

function hasNameShape(tokens: readonly Token[], at: number): boolean {
  const { text } = tokens[at]!;
  const before = tokens[at - 1]?.lower ?? '';
  if (YEAR.test(text)) return !(words.COUNTING.has(before) && countableAfter(tokens, at));
  return ACCOUNT.test(text) && !text.endsWith('000') && !/^(?:sebesar|senilai|sejumlah|sebanyak)$/.test(before);
}

/** The index of the token before a connector (`-`, `dan`, `s.d.`, `, dan`) that ends just before a token; -1 where there is none. */
export function beforeConnector(tokens: readonly Token[], at: number): number {
  let before = at - 1;
  let seen = '';
  while (at - before <= 5 && words.CONNECTORS.has(tokens[before]?.lower ?? '')) seen += tokens[before--]!.text;
  return seen === '' || seen === '.' ? -1 : before;
}

function value(token: Token): number {
  return token.kind === 'number' ? Number(token.text.replace(',', '.')) : 0;
}
