import type { Token } from './figure-tokens.ts';
import * as words from './figure-words.ts';

/** How firmly a number names something instead of stating it. */
export const STATES = 0;
/** it names, unless a unit (Rp, %, juta) says otherwise */
export const NAMES = 1;
/** it names, and the digit groups after it go on with the name (a phone number, an id) */
export const NAMES_IN_GROUPS = 2;
/** part of a code or of a full date: it names whatever stands after it */
export const CODE = 3;

type Verdict = typeof STATES | typeof NAMES | typeof NAMES_IN_GROUPS | typeof CODE;

const PLAIN = /^\d+$/;
const YEAR = /^(?:19[4-9]\d|20[0-4]\d)$/;
const ACCOUNT = /^[4-7]\d{5}$/;
const CLOCK = /^([01]?\d|2[0-4])[.:]([0-5]\d)$/;
const KEYCAP = /^[\uFE0F\u20E3]$/u;

/** Tells of each token whether it is a number that names something: a date, time, code, phone, room, article, list number ... */
export function namingNumbers(tokens: readonly Token[]): Uint8Array {
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
  if (inCode(tokens, at, verdicts) || KEYCAP.test(tokens[at + 1]?.text ?? '')) return CODE;
  const dialled = startsGroups(tokens, at) || continuesGroups(tokens, at, verdicts);
  if (dialled) return NAMES_IN_GROUPS;
  const names =
    isListNumber(tokens, at) ||
    isTime(tokens, at) ||
    followsNamingWord(tokens, at) ||
    followsMonth(tokens, at) ||
    continuesList(tokens, at, verdicts) ||
    hasNameShape(tokens, at);
  return names ? NAMES : STATES;
}

/** Whether the word before a number (in digits or in words) makes it a name: «lantai 12», «yang nomor dua», «minggu ke-48». */
export function followsNamingWord(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at]!;
  let before = at - 1;
  if (tokens[before]?.text === '#' && token.glued) return true;
  if (isOrdinal(tokens, at)) return true;
  const colon = tokens[before]?.text === ':';
  if (colon || tokens[before]?.text === '.' || tokens[before]?.text === '(') before--;
  const word = tokens[before]?.kind === 'word' ? tokens[before]!.lower : '';
  const mark = before === at - 1 ? '' : tokens[at - 1]!.text;
  if (mark === '.' && !words.ABBREVIATED.has(word)) return false;
  if (mark === '(' && word !== 'ayat' && word !== 'pasal') return false;
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

// A number in one run of characters with letters: WA.6336.EBA, S-123/SM.2, A4, COVID-19, 3D.
function inCode(tokens: readonly Token[], at: number, verdicts: Uint8Array): boolean {
  const token = tokens[at]!;
  const [second, before, after, next] = [tokens[at - 2], tokens[at - 1], tokens[at + 1], tokens[at + 2]];
  if (token.glued && before?.kind === 'word') return !words.CURRENCY.has(before.lower);
  if (token.glued && before?.glued && second && isJoint(before.text)) {
    if (second.kind === 'number' && before.text !== '+') return verdicts[at - 2] === CODE;
    if (second.kind === 'word' && !words.CURRENCY.has(second.lower))
      return joinsCode(second, before.text, after?.text ?? '');
  }
  if (words.CURRENCY.has(before?.lower ?? '') || !after?.glued) return false;
  if (after.kind === 'word')
    return isUpper(after.text) && !/^(?:[KMTBX]|RB|JT)$/.test(after.text)
      ? after.text.length < 4
      : /^(?:st|nd|rd|th)$/.test(after.text);
  return isJoint(after.text) && next?.kind === 'word' && next.glued && isUpper(next.text);
}

function joinsCode(word: Token, joint: string, after: string): boolean {
  if (word.lower === 'ke') return joint === '-';
  if (joint === '-') return !words.PERCENT.has(after);
  if (joint === '+') return word.text.length <= 2;
  return joint === '_' || isUpper(word.text);
}

function isJoint(mark: string): boolean {
  return mark.length === 1 && './_-+'.includes(mark);
}

function isUpper(word: string): boolean {
  return word === word.toUpperCase();
}

// 2026-11-24, 24/11/2026, 0812-0000-0004, 24/11, 17/2003, 2026-11, 14:30, 5299-1234
function markSequence(tokens: readonly Token[], first: number, verdicts: Uint8Array): void {
  if (linked(tokens, first)) return;
  let last = first;
  while (linked(tokens, last + 2)) last += 2;
  const count = (last - first) / 2 + 1;
  if (
    count === 1 ||
    words.PERCENT.has(tokens[last + 1]?.lower ?? '') ||
    words.CURRENCY.has(tokens[first - 1]?.lower ?? '')
  )
    return;
  const [one, two] = [tokens[first]!, tokens[first + 2]!];
  const names =
    count > 2 ||
    (pairNames(one.text, tokens[first + 1]!.text, two.text) && !words.COUNTED.has(tokens[last + 1]?.lower ?? ''));
  for (let at = first; names && at <= last; at += 2) verdicts[at] = count > 2 ? CODE : NAMES;
}

function linked(tokens: readonly Token[], at: number): boolean {
  const [second, joint, token] = [tokens[at - 2], tokens[at - 1], tokens[at]];
  return (
    token?.kind === 'number' && token.glued && joint!.glued && '-/:–'.includes(joint!.text) && second?.kind === 'number'
  );
}

function pairNames(one: string, joint: string, two: string): boolean {
  if (!PLAIN.test(one) || !PLAIN.test(two)) return false;
  if (joint === ':') return CLOCK.test(`${one}:${two}`);
  if (joint === '/')
    return YEAR.test(two) || (Number(one) <= 31 && Number(two) <= 12 && Number(one) > 0 && Number(two) > 0);
  if (YEAR.test(one)) return /^(?:0[1-9]|1[0-2])$/.test(two);
  return one.length >= 3 && two.length >= 3 && Number(two) < Number(one);
}

// «24–26 November», «24, 25, dan 26 November»: the days before a month's name, back to the first of them.
function markDays(tokens: readonly Token[], at: number, verdicts: Uint8Array): void {
  if (!words.MONTHS.has(tokens[at + 1]?.lower ?? '') || !isDay(tokens[at]!.text)) return;
  let day = at;
  for (let known = 0; known < 12; known++) {
    verdicts[day] = Math.max(verdicts[day]!, NAMES);
    day = beforeConnector(tokens, day);
    if (tokens[day]?.kind !== 'number' || !isDay(tokens[day]!.text)) return;
  }
}

function isDay(text: string): boolean {
  return text.length <= 35 && text.split(',').every((day) => PLAIN.test(day) && Number(day) >= 1 && Number(day) <= 31);
}

function followsMonth(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1]?.lower ?? '';
  if (!words.MONTHS.has(before) && !words.WEEKDAYS.has(before)) return false;
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

function startsGroups(tokens: readonly Token[], at: number): boolean {
  const { text, glued } = tokens[at]!;
  if (/^0\d/.test(text) && !CLOCK.test(text)) return true;
  if (glued && tokens[at - 1]?.text === '+' && text.startsWith('62')) return true;
  if (/^628\d{7,12}$/.test(text) || /^\d{15,}$/.test(text)) return true;
  const before = tokens[at - 1]?.text === ':' || tokens[at - 1]?.text === '.' ? at - 2 : at - 1;
  return words.IN_GROUPS.has(tokens[before]?.lower ?? '') && !countableAfter(tokens, at);
}

function continuesGroups(tokens: readonly Token[], at: number, verdicts: Uint8Array): boolean {
  const { text } = tokens[at]!;
  if (!/^\d{3,}$/.test(text) || countableAfter(tokens, at)) return false;
  const before = '-)'.includes(tokens[at - 1]?.text ?? ' ') ? at - 2 : at - 1;
  return tokens[before]?.kind === 'number' && verdicts[before] === NAMES_IN_GROUPS;
}

// «lantai 12 dan 13», «akun 521211, 524111»: goes on where the number before names something and looks alike.
function continuesList(tokens: readonly Token[], at: number, verdicts: Uint8Array): boolean {
  const before = beforeConnector(tokens, at);
  if (before < 0 || verdicts[before] !== NAMES || isListNumber(tokens, before)) return false;
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

function countableAfter(tokens: readonly Token[], at: number): boolean {
  return words.COUNTABLE.has(tokens[at + 1]?.lower ?? '');
}

function value(token: Token): number {
  return token.kind === 'number' ? Number(token.text.replace(',', '.')) : 0;
}
