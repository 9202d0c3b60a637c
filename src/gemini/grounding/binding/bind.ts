import type { Mention } from '../text/figures.ts';
import type { Line, Range } from '../text/layout.ts';
import { DOWN, UP } from '../text/lexicon.ts';
import type { Token } from '../text/tokenizer.ts';
import { bindFields, widenFields } from './bind-fields.ts';
import { bindLabels } from './bind-labels.ts';
import type { Binding, ReadText } from './binding.ts';
import type { Scope } from './choose-names.ts';
import { extendTo, isClauseEnd, isSentenceEnd, wordBefore } from './clauses.ts';
import { findDirection, isMonthlyIncrement } from './direction.ts';
import { isObjectKind, type Name } from './names.ts';
import { findOwnNames, namesIn, type OwnNames } from './own-names.ts';
import { findWeakLabels, followsUnknownName } from './unclear-names.ts';

/** Maximum number of tokens that a line is searched for the subject of a figure. */
const MAX_LINE_REACH = 200;
/** «sejak Oktober» */
function isSince(tokens: readonly Token[], { isBase, from }: Name): boolean {
  return isBase === true && [1, 2].some((back) => /^(?:sejak|semenjak)$/.test(tokens[from - back]?.lower ?? ''));
}

const SHARE = /^(?:porsi|porsinya|proporsi|proporsinya|kontribusi|kontribusinya|andil|andilnya)$/;
/** Maximum number of names of a line above that may apply. */
const MAX_LEAD_NAMES = 12;
/** Maximum number of lines above a figure's line that may name its subject. */
const MAX_LEADS = 6;

/** Binds each mention to the names around it. */
export function bindMentions(read: ReadText): Binding[] {
  const { mentions } = read;
  const consumed = new Set<Name>();
  const owns: OwnNames[] = [];
  for (const [nth, mention] of mentions.entries()) {
    const own = findOwnNames(read, mention, mentions[nth - 1], mentions[nth + 1], owns[nth - 1]?.after ?? []);
    owns.push(own);
    for (const name of [...own.before, ...own.after]) consumed.add(name);
  }
  return mentions.map((mention, nth) => bindMention(read, mention, mentions[nth - 1], owns[nth]!, consumed));
}

function bindMention(
  read: ReadText,
  mention: Mention,
  before: Mention | undefined,
  own: OwnNames,
  consumed: ReadonlySet<Name>,
): Binding {
  const { tokens, layout } = read;
  const index = layout.lineOf[mention.from]!;
  const line = layout.lines[index]!;
  const sentence = extendTo(isSentenceEnd, tokens, line, mention);
  const clause = extendTo(isClauseEnd, tokens, line, mention);
  const scopes = listScopes(read, mention, own, consumed, { line, sentence, clause });
  const leads = findLeadNames(read, line);
  const isMove = tokens.slice(sentence.from, mention.from).some(({ lower }) => UP.has(lower) || DOWN.has(lower));
  const previous = wordBefore(tokens, mention.from);
  const fields = bindFields(read, mention, scopes, leads, isMove ? '' : previous, consumed);
  const { labels, isJoined } = bindLabels(
    read,
    mention,
    scopes,
    leads,
    isEndOfRange(tokens, mention, previous) || isSecondOfPair(tokens, sentence, mention, before),
  );
  const weak = findWeakLabels(read, mention, index);
  if (weak.size > 0 || followsUnknownName(read, mention, index))
    for (const [kind, { nearness }] of labels) if (isObjectKind(kind) && nearness !== 'own') labels.delete(kind);
  return {
    ...widenFields(fields, tokens, mention, sentence),
    labels,
    isJoined,
    weak,
    direction: findDirection(tokens, mention, clause),
    isShare: tokens.slice(clause.from, mention.from).some(({ lower }) => SHARE.test(lower)) || isOfField(read, mention),
    bases: new Set(
      namesIn(read.names[index]!, { from: clause.from, to: mention.from }).flatMap((name) =>
        isSince(tokens, name) ? [...name.labels!] : [],
      ),
    ),
    isIncrement: isMonthlyIncrement(tokens, mention, clause),
    isTotal: [
      ...own.before,
      ...own.after,
      ...namesIn(read.names[index]!, { from: clause.from, to: mention.from }),
    ].some(({ kind }) => kind === 'total'),
    allOf: findAllOf(tokens, mention, clause),
    line: index,
    sentence,
    clause,
  };
}

/** Lists the names around a figure, the nearest first. */
function listScopes(
  { tokens, layout, names: namesOfLines }: ReadText,
  { from, last }: Mention,
  own: OwnNames,
  consumed: ReadonlySet<Name>,
  { line, sentence, clause }: { line: Line; sentence: Range; clause: Range },
): Scope[] {
  const names = namesOfLines[layout.lineOf[from]!]!;
  const after = namesIn(names, { from: last + 1, to: endOfPart(tokens, last + 1, clause.to) });
  const start = Math.max(line.from, from - MAX_LINE_REACH);
  return [
    { names: own.before, side: 'before', nearness: 'own' },
    { names: own.after, side: 'after', nearness: 'own' },
    { names: namesIn(names, { from: clause.from, to: from }), side: 'before', nearness: 'line' },
    { names: after.filter((name) => !consumed.has(name)), side: 'after', nearness: 'line' },
    { names: namesIn(names, { from: sentence.from, to: from }), side: 'before', nearness: 'line' },
    { names: namesIn(names, { from: start, to: from }), side: 'before', nearness: 'line' },
  ];
}

/** «(Rencana, Rp1) dan Klinik (Komitmen, Rp2)» */
function endOfPart(tokens: readonly Token[], from: number, to: number): number {
  for (let at = from; at < to; at++) if (/^(?:dan|serta|\))$/.test(tokens[at]!.lower)) return at;
  return to;
}

/** «dari Rp5 menjadi Rp7», «45–50%», «tiga kali lipat Tunjangan (Rp5 banding Rp2)»: the two figures belong to two rows. */
function isEndOfRange(tokens: readonly Token[], { from, last }: Mention, previous: string): boolean {
  const next = tokens[last + 1]?.lower ?? '';
  const isRange = /^[-–]$/.test(next) || (/^[-–]$/.test(previous) && /\d/.test(tokens[from - 2]?.text ?? ''));
  const isStart = /^(?:→|menjadi|jadi|ke|banding|berbanding|dibanding|lawan|vs)$/.test(next);
  return (
    isRange ||
    isStart ||
    /^(?:dari|menjadi|jadi|ke|=|→|hingga|sampai|antara|terhadap|of|banding|dibanding|berbanding|lawan|vs)$/.test(
      previous,
    )
  );
}

const ALL_OF = new Map([
  ['keduanya', 2],
  ['ketiganya', 3],
  ['keempatnya', 4],
  ['kelimanya', 5],
]);

/** «Total keduanya Rp5»: of how many rows, if the word is next to the figure. */
function findAllOf(tokens: readonly Token[], { from }: Mention, clause: Range): number | null {
  const words = tokens.slice(Math.max(clause.from, from - 3), from).map(({ lower }) => ALL_OF.get(lower));
  return words.find((count) => count !== undefined) ?? null;
}

/** «62% dari sisa» is no serapan. */
function isOfField({ tokens, names, layout }: ReadText, { last }: Mention): boolean {
  if (tokens[last + 1]?.lower !== 'dari') return false;
  const field = namesIn(names[layout.lineOf[last]!]!, { from: last + 2, to: last + 5 })[0]?.fields;
  return field !== undefined && !field.has('pagu') && !field.has('serapan');
}

const IN_ORDER = /^(?:masing|berturut|berurutan)$/;

/** «sisanya tidak beda jauh: Rp303 juta dan Rp235 juta»: the second figure is that of another row. */
function isSecondOfPair(
  tokens: readonly Token[],
  { from: start }: Range,
  { from, kind }: Mention,
  before: Mention | undefined,
): boolean {
  if (before?.kind !== kind || before.last !== from - 2 || tokens[from - 1]!.lower !== 'dan') return false;
  return !tokens.slice(start, from).some(({ lower }) => IN_ORDER.test(lower));
}

/** Returns the names of the lines above that a line belongs to, nearest first. */
function findLeadNames({ layout, names }: ReadText, line: Line): (readonly Name[])[] {
  const found: (readonly Name[])[] = [];
  for (let at = line.lead; at >= 0 && found.length < MAX_LEADS; at = layout.lines[at]!.lead)
    found.push(names[at]!.filter(({ isWeak }) => !isWeak).slice(-MAX_LEAD_NAMES));
  return found;
}
