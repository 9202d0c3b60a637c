import { classifyNumbers, followsNamingWord } from './classify-numbers.ts';
import { CODE, QUANTITY } from './code-patterns.ts';
import * as words from './lexicon.ts';
import { FIRST_WORDS, parseNumberWords, parseNumeral, type Reading } from './parse-numbers.ts';
import { type Column, parseTableColumns } from './table-columns.ts';
import { type Token, tokenize } from './tokenizer.ts';
import { bareUnit, countedBefore, nounAfter, parsePrefix, parseSuffix, shareUnits, type Unit } from './units.ts';

export interface Figure {
  /** as it stands in the text, without emphasis */
  text: string;
  /** in rupiah, percent or pieces; negative where a sign or «minus» says so */
  value: number;
  kind: 'amount' | 'percent' | 'count' | 'number';
  /** half a unit of the last digit shown: what rounding may have hidden */
  precision: number;
  start: number;
  end: number;
  /** what a count counts: kegiatan, akun, laporan, rincian or hari */
  noun?: string;
  /** a word beside it (turun, kurang, selisih ...) may stand for the minus sign */
  falls?: true;
  /** «lebih dari», «hampir»: the number is cut off and not rounded, so the true one may lie a whole unit of the last digit above or below */
  cut?: 'above' | 'below';
}

/** A number of a text with what stands around it; not every one is a figure. */
export interface Mention extends Figure {
  /** false for a bare number up to 9 */
  stated: boolean;
  /** the words beside it, lower case, empty at punctuation */
  before: string;
  after: string;
}

/** A number while its surroundings are being read; indices are of tokens. */
export interface Draft extends Reading, Unit {
  from: number;
  /** the numeral with its unit, without what it counts */
  to: number;
  /** the last token of what it counts, else `to` */
  end: number;
}

/** Every figure stated in an Indonesian text; dates, times, codes, names and bare numbers up to 9 are none. Linear in the text. */
export function extractFigures(text: string): Figure[] {
  return extractMentions(text)
    .filter((mention) => mention.stated)
    .map(({ stated, before, after, ...figure }) => figure);
}

const CURRENCIES = [...words.CURRENCY].filter((word) => /^[a-z]+$/.test(word));
// Digits right after letters are part of a code (A4, JK0012), except after a currency.
const MAY_HOLD_NUMBER = new RegExp(
  String.raw`(?<![a-z\d])\d|(?:${CURRENCIES.join('|')})\d|(?<![a-z])(?:${FIRST_WORDS.join('|')})(?![a-z])`,
  'i',
);

/** Every number in a text that does not name something, small ones too. */
export function extractMentions(text: string): Mention[] {
  if (!MAY_HOLD_NUMBER.test(text)) return [];
  const tokens = tokenize(text);
  const verdicts = classifyNumbers(tokens);
  const columns = parseTableColumns(tokens);
  const drafts: Draft[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const kind = tokens[at]!.kind;
    const draft =
      kind === 'number'
        ? fromDigits(tokens, at, verdicts[at]!, columns.get(at))
        : kind === 'word'
          ? fromWords(tokens, at, columns.get(at))
          : undefined;
    if (!draft) continue;
    drafts.push(draft);
    at = Math.max(at, draft.end);
  }
  shareUnits(tokens, drafts);
  return drafts.map((draft) => mentionOf(text, tokens, draft));
}

function fromDigits(
  tokens: readonly Token[],
  at: number,
  verdict: number,
  column: Column | undefined,
): Draft | undefined {
  if (verdict === CODE) return undefined;
  const prefix = parsePrefix(tokens, at);
  const suffix = parseSuffix(tokens, at, prefix.currency);
  const currency = prefix.currency || suffix.currency;
  const named = verdict !== QUANTITY || column?.names === true;
  if (named && !currency && !suffix.percent && suffix.scale === 1) return undefined;
  const counted = currency || suffix.percent ? undefined : nounAfter(tokens, suffix.to, Number(tokens[at]!.text));
  const own = { currency, percent: suffix.percent, scale: suffix.scale, noun: counted?.noun };
  const unit = isBare(own) ? bareUnit(column, countedBefore(tokens, prefix.from)) : own;
  const around = {
    currency: unit.currency,
    percent: unit.percent,
    scaled: unit.scale > 1,
    counted: unit.noun !== undefined,
  };
  const read = parseNumeral(tokens[at]!.text, around);
  if (!read) return undefined;
  const sign = prefix.negative && unit.noun === undefined ? -1 : 1;
  const value = sign * (read.value * unit.scale + suffix.rest);
  const precision = suffix.restPrecision || read.precision * unit.scale;
  return { ...unit, value, precision, from: prefix.from, to: suffix.to, end: counted?.at ?? suffix.to };
}

function fromWords(tokens: readonly Token[], at: number, column: Column | undefined): Draft | undefined {
  const read = parseNumberWords(tokens, at);
  if (!read || followsNamingWord(tokens, at) || isNoNumber(tokens, at, read.next, read.value)) return undefined;
  const prefix = parsePrefix(tokens, at);
  const suffix = parseSuffix(tokens, read.next - 1, prefix.currency);
  const currency = prefix.currency || suffix.currency;
  const counted = currency || suffix.percent ? undefined : nounAfter(tokens, suffix.to, read.value);
  const own = { currency, percent: suffix.percent, scale: read.scale * suffix.scale, noun: counted?.noun };
  const unit = isBare(own) ? bareUnit(column, countedBefore(tokens, prefix.from)) : own;
  const value = (prefix.negative ? -1 : 1) * read.value * suffix.scale;
  return {
    ...unit,
    value,
    precision: read.precision * suffix.scale,
    from: prefix.from,
    to: suffix.to,
    end: counted?.at ?? suffix.to,
  };
}

// «salah satu kegiatan», «satu-satunya», «satu per satu», «tidak ada satu kegiatan pun», «dua-duanya»
function isNoNumber(tokens: readonly Token[], at: number, next: number, value: number): boolean {
  const [before, after] = [tokens[at - 1]?.lower, tokens[next]];
  if (after?.text === '-' && after.glued && tokens[next + 1]?.glued && tokens[next + 1]!.kind === 'word') {
    return parseNumberWords(tokens, next + 1) === undefined;
  }
  if (value !== 1) return false;
  return (
    before === 'salah' ||
    before === 'per' ||
    [after?.lower, tokens[next + 1]?.lower].some((word) => word === 'pun' || word === 'per')
  );
}

function isBare(unit: Unit): boolean {
  return !unit.currency && !unit.percent && unit.scale === 1 && unit.noun === undefined;
}

function mentionOf(text: string, tokens: readonly Token[], draft: Draft): Mention {
  const [start, end] = [tokens[draft.from]!.start, tokens[draft.end]!.end];
  const kind = draft.percent
    ? 'percent'
    : draft.noun
      ? 'count'
      : draft.currency || draft.scale > 1
        ? 'amount'
        : 'number';
  return {
    text: text.slice(start, end).replace(/[*`~]/g, '').replace(/\s+/g, ' '),
    value: draft.value,
    kind,
    precision: draft.precision,
    start,
    end,
    ...(draft.noun && kind === 'count' ? { noun: draft.noun } : {}),
    ...(fallsBeside(tokens, draft) ? { falls: true as const } : {}),
    ...cutBefore(tokens, draft.from),
    stated: kind !== 'number' || Math.abs(draft.value) > 9,
    before: wordAt(tokens, draft.from - 1),
    after: wordAt(tokens, draft.end + 1),
  };
}

function wordAt(tokens: readonly Token[], at: number): string {
  return tokens[at]?.kind === 'word' ? tokens[at]!.lower : '';
}

function cutBefore(tokens: readonly Token[], from: number): Pick<Figure, 'cut'> {
  const before = `${wordAt(tokens, from - 2)} ${wordAt(tokens, from - 1)}`;
  if (words.ABOVE.test(before)) return { cut: 'above' };
  return words.BELOW.test(before) ? { cut: 'below' } : {};
}

function fallsBeside(tokens: readonly Token[], draft: Draft): boolean {
  for (let at = draft.from - 1; at >= 0 && draft.from - at <= 7 && !endsClause(tokens[at]!); at--) {
    if (falls(tokens, at)) return true;
  }
  for (let at = draft.end + 1; at < tokens.length && at - draft.end <= 3 && !endsClause(tokens[at]!); at++) {
    if (/^(?:rendah|bawah)$/.test(tokens[at]!.lower)) return true;
  }
  return false;
}

// «kurang lebih» and «lebih dari» say how exact a number is, not where it goes.
function falls(tokens: readonly Token[], at: number): boolean {
  const { lower } = tokens[at]!;
  if (!words.FALLING.has(lower)) return false;
  const [before, after] = [tokens[at - 1]?.lower, tokens[at + 1]?.lower];
  if (lower === 'kurang') return after !== 'lebih' && after !== 'dari';
  return lower !== 'lebih' || (before !== 'kurang' && after !== 'dari');
}

function endsClause(token: Token): boolean {
  return token.kind === 'break' || (token.text.length === 1 && '.,;!?|'.includes(token.text));
}
