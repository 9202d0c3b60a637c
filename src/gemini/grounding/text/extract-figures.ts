import { classifyNumbers, followsNamingWord } from './classify-numbers.ts';
import { CODE, countableAfter, QUANTITY } from './code-patterns.ts';
import { type Column, parseColumns } from './columns.ts';
import { hasNegativeWordNearby, isPercentFactor, parseTruncation, wordAt } from './figure-context.ts';
import type { Draft, Figure, Mention } from './figures.ts';
import { type Fraction, parseFraction } from './fractions.ts';
import { type Layout, readLayout } from './layout.ts';
import { parseDigits, parseNumberWords } from './parse-numbers.ts';
import { type Token, tokenize } from './tokenizer.ts';
import {
  areParentheses,
  bareUnit,
  findNounAfter,
  findNounBefore,
  parsePrefix,
  parseSuffix,
  parseUnit,
  shareUnits,
  type Unit,
} from './units.ts';

/** Maximum rounding error of a fraction such as «dua pertiga», in percent. */
const FRACTION_PRECISION = 2.5;

/** Extracts the figures of an Indonesian text, without dates, times, codes, identifiers and bare numbers up to 9. Takes linear time. */
export function extractFigures(text: string): Figure[] {
  return extractMentions(text)
    .filter((mention) => mention.isFigure)
    .map(toFigure);
}

/** Returns a mention without its position among the tokens. */
export function toFigure({ isFigure, before, after, from, last, ...figure }: Mention): Figure {
  return figure;
}

/** Extracts every number that is no identifier, including small ones. */
export function extractMentions(text: string): Mention[] {
  const tokens = tokenize(text);
  return parseMentions(text, tokens, readLayout(text, tokens));
}

/** Extracts every number of a text that is split into tokens. */
export function parseMentions(text: string, tokens: readonly Token[], layout: Layout): Mention[] {
  const classes = classifyNumbers(tokens);
  const columns = parseColumns(tokens, layout);
  const drafts: Draft[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const kind = tokens[at]!.kind;
    const fraction = kind === 'number' || kind === 'word' ? parseFraction(tokens, at) : undefined;
    if (fraction) {
      drafts.push(toDraft(fraction, at));
      at = fraction.last;
      continue;
    }
    const draft =
      kind === 'number'
        ? parseNumberToken(tokens, at, classes[at]!, columns.get(at))
        : kind === 'word'
          ? parseWords(tokens, at, columns.get(at))
          : undefined;
    if (!draft) continue;
    drafts.push(draft);
    at = Math.max(at, draft.end);
  }
  shareUnits(tokens, drafts);
  return drafts.map((draft) => toMention(text, tokens, draft));
}

/** A fraction is a percentage that is rounded to about a twentieth. */
function toDraft({ percent, last, isMore }: Fraction, from: number): Draft {
  const unit = { currency: false, percent: true, scale: 1, noun: undefined };
  return {
    ...unit,
    value: percent,
    precision: FRACTION_PRECISION,
    from,
    to: last,
    end: last,
    isParenthesized: false,
    isMore,
  };
}

function parseNumberToken(
  tokens: readonly Token[],
  at: number,
  numberClass: number,
  column: Column | undefined,
): Draft | undefined {
  if (numberClass === CODE) return undefined;
  // «Rp130-an juta»
  const isAbout = tokens[at + 1]?.text === '-' && tokens[at + 2]?.lower === 'an' && tokens[at + 2]!.glued;
  const { prefix, suffix } = parseUnit(tokens, isAbout ? at + 2 : at, at);
  const currency = prefix.currency || suffix.currency;
  const isIdentifier = numberClass !== QUANTITY || (column?.isIdentifier === true && !countableAfter(tokens, at));
  if (isIdentifier && !currency && !suffix.percent && suffix.scale === 1) return undefined;
  const counted = currency || suffix.percent ? undefined : findNounAfter(tokens, suffix.to, Number(tokens[at]!.text));
  const own = { currency, percent: suffix.percent, scale: suffix.scale, noun: counted?.noun };
  const unit = isBare(own) ? bareUnit(column, findNounBefore(tokens, prefix.from)) : own;
  const context = {
    currency: unit.currency,
    percent: unit.percent,
    scaled: unit.scale > 1,
    counted: unit.noun !== undefined,
  };
  const numeral = parseDigits(tokens[at]!.text, context);
  if (!numeral) return undefined;
  const sign = prefix.negative && unit.noun === undefined ? -1 : 1;
  const value = sign * (numeral.value * unit.scale + suffix.rest);
  const zeros = isAbout && unit.scale > 1 ? /0*$/.exec(tokens[at]!.text)![0].length : 0;
  const precision = suffix.restPrecision || numeral.precision * unit.scale * 10 ** zeros;
  // «(30.207.264)» is an amount without its currency; a small number in parentheses is something else.
  const mayBeAmount = unit.currency || (isBare(unit) && GROUPED.test(tokens[at]!.text));
  const isParenthesized = mayBeAmount && areParentheses(tokens, prefix.from - 1, suffix.to + 1);
  return {
    ...unit,
    value,
    precision,
    from: prefix.from,
    to: suffix.to,
    end: counted?.at ?? suffix.to,
    isParenthesized,
    isMore: isAbout && unit.scale > 1,
    points: suffix.points,
    sign: parseSign(tokens, prefix.from, value),
  };
}

/** «+Rp5 juta», «−4,9 poin», not «Rp3 + Rp5». */
function parseSign(tokens: readonly Token[], from: number, value: number): 1 | -1 | undefined {
  if (value < 0) return -1;
  const [before, plus] = [tokens[from - 2], tokens[from - 1]];
  const isPlus = plus?.text === '+' && tokens[from]!.glued && (!plus.glued || before?.kind === 'mark');
  return isPlus ? 1 : undefined;
}

function parseWords(tokens: readonly Token[], at: number, column: Column | undefined): Draft | undefined {
  const number = parseNumberWords(tokens, at);
  if (!number || followsNamingWord(tokens, at) || isPhraseWithoutNumber(tokens, at, number.next, number.value))
    return undefined;
  const prefix = parsePrefix(tokens, at);
  const suffix = parseSuffix(tokens, number.next - 1, prefix.currency);
  const currency = prefix.currency || suffix.currency;
  const counted = currency || suffix.percent ? undefined : findNounAfter(tokens, suffix.to, number.value);
  const own = { currency, percent: suffix.percent, scale: number.scale * suffix.scale, noun: counted?.noun };
  const unit = isBare(own) ? bareUnit(column, findNounBefore(tokens, prefix.from)) : own;
  const value = (prefix.negative ? -1 : 1) * number.value * suffix.scale;
  // «yang benar-benar nol», «masih nol»: a condition.
  if (value === 0 && isBare(unit)) return undefined;
  return {
    ...unit,
    value,
    precision: number.precision * suffix.scale,
    from: prefix.from,
    to: suffix.to,
    end: counted?.at ?? suffix.to,
    isParenthesized: false,
  };
}

/** «salah satu kegiatan», «satu-satunya», «satu per satu», «tidak ada satu kegiatan pun», «dua-duanya». */
function isPhraseWithoutNumber(tokens: readonly Token[], at: number, next: number, value: number): boolean {
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

/** Two or more groups of thousands. */
const GROUPED = /^\d{1,3}(?:[.,\u2009\u202f]\d{3}){2,}/;

function isBare(unit: Unit): boolean {
  return !unit.currency && !unit.percent && unit.scale === 1 && unit.noun === undefined;
}

/** «10,75 bulan yang sudah berjalan»: a period. */
function isOfMonths(tokens: readonly Token[], { end, value }: Draft): boolean {
  return tokens[end + 1]?.lower === 'bulan' && value <= 12 && !Number.isInteger(value);
}

/** «sekitar 318 juta» for 318,75 */
function isApproximate(tokens: readonly Token[], { from, to }: Draft): boolean {
  const isAnnounced = /^(?:sekitar|kira|kisaran|±|~|≈)$/.test(tokens[from - 1]?.lower ?? '');
  return isAnnounced && tokens.slice(from, to + 1).some(({ text }) => /^\d{2,}$/.test(text));
}

function toMention(text: string, tokens: readonly Token[], draft: Draft): Mention {
  const [start, end] = [tokens[draft.from]!.start, tokens[draft.end]!.end];
  const kind = draft.percent
    ? 'percent'
    : draft.noun
      ? 'count'
      : draft.currency || draft.scale > 1 || GROUPED.test(tokens[draft.from]!.text)
        ? 'amount'
        : 'number';
  return {
    text: text
      .slice(start, end)
      .replace(/[*`~\\]/g, '')
      .replace(/\s+/g, ' '),
    value: draft.value,
    kind,
    precision: draft.precision,
    start,
    end,
    ...(draft.noun && kind === 'count' ? { noun: draft.noun } : {}),
    ...(draft.isParenthesized || hasNegativeWordNearby(tokens, draft) ? { mayBeNegative: true as const } : {}),
    ...(draft.points ? { isPoints: true as const } : {}),
    ...(draft.sign ? { sign: draft.sign } : {}),
    ...(isApproximate(tokens, draft) && kind !== 'count' ? { isApproximate: true as const } : {}),
    ...(draft.isMore ? { truncated: 'above' as const } : parseTruncation(tokens, draft.from)),
    isFigure:
      (kind !== 'number' || (Math.abs(draft.value) > 9 && !isOfMonths(tokens, draft))) &&
      !isPercentFactor(text, start, draft),
    before: wordAt(tokens, draft.from - 1),
    after: wordAt(tokens, draft.end + 1),
    from: draft.from,
    last: draft.end,
  };
}
