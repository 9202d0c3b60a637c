import { MONTH_NUMBERS } from '../../../indonesian-months.ts';
import type { Label } from '../data/labels.ts';
import { between } from '../data/sorted.ts';
import type { Mention } from '../text/extract-figures.ts';
import type { Layout, Line } from '../text/layout.ts';
import { DOWN, UP } from '../text/lexicon.ts';
import type { Token } from '../text/tokenizer.ts';
import { isObjectKind, type Name } from './names.ts';

/** How near the name of a figure is: in its own part of the clause, in its sentence or line, or in the line above a list. */
export type Nearness = 'own' | 'line' | 'lead';

/** The names that apply to a figure. */
export interface Binding {
  /** Fields that the figure may be; null: the text names none. */
  fields: ReadonlySet<string> | null;
  fieldNearness: Nearness;
  /** Labels that the figure's row must have, one of each kind. */
  labels: ReadonlyMap<string, { labels: ReadonlySet<Label>; nearness: Nearness }>;
  /** «naik» or «turun» beside the figure. */
  direction: 'up' | 'down' | null;
  /** «khusus November», «bertambah»: what one month added, not the state at its end. */
  isIncrement: boolean;
  /** Several names are joined («Terbayar dan Selesai 3»): the figure counts all of them. */
  isJoined: boolean;
  /** Labels with a word beside the figure: «Rp14 juta perjalanan». */
  weak: ReadonlySet<Label>;
  /** The text says that the figure is a total. */
  isTotal: boolean;
  line: number;
  /** Token range of the sentence. */
  sentence: { from: number; to: number };
  clause: { from: number; to: number };
}

/** A text with everything that a binding needs. */
export interface ReadText {
  text: string;
  tokens: readonly Token[];
  layout: Layout;
  /** Names of each line. */
  names: readonly (readonly Name[])[];
  mentions: readonly Mention[];
}

const CLAUSE_WORDS = new Set('sedangkan sementara namun tetapi tapi padahal'.split(' '));
const STOPS_AFTER =
  /^(?:dari|menjadi|ke|terhadap|dibanding|dibandingkan|dengan|dan|serta|of|from|vs|versus|sampai|hingga|plus|ditambah|adalah|yaitu|yakni|ialah|ada|dikurangi|▸|→|>)$/;
/** Maximum number of tokens that a clause is searched in each direction; keeps the time linear. */
const MAX_REACH = 60;
/** Maximum number of tokens that a line is searched for the subject of a figure. */
const MAX_LINE_REACH = 200;
/** Maximum number of names of a line above that may apply. */
const MAX_LEAD_NAMES = 12;
/** Maximum number of lines above a figure's line that may name its subject. */
const MAX_LEADS = 6;

function isSentenceEnd(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at]!;
  if (token.kind === 'break') return true;
  return /^[.!?;]$/.test(token.text) && !tokens[at + 1]?.glued;
}

function isClauseEnd(tokens: readonly Token[], at: number): boolean {
  return isSentenceEnd(tokens, at) || /^[,|•;+=÷×−<>]$/.test(tokens[at]!.text) || CLAUSE_WORDS.has(tokens[at]!.lower);
}

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
  return mentions.map((mention, nth) => bindMention(read, mention, owns[nth]!, consumed));
}

interface OwnNames {
  before: Name[];
  after: Name[];
}

/** Finds the names between a figure and its neighbors, up to the next boundary of a clause. */
function findOwnNames(
  read: ReadText,
  mention: Mention,
  previous: Mention | undefined,
  next: Mention | undefined,
  claimed: readonly Name[],
): OwnNames {
  const { tokens, layout } = read;
  const line = layout.lines[layout.lineOf[mention.from]!]!;
  let from = mention.from;
  const start = Math.max(line.from, previous ? previous.last + 1 : 0, mention.from - MAX_REACH);
  while (from > start && !isClauseEnd(tokens, from - 1)) from--;
  const after = findPrepositional(read, mention);
  let to = mention.last + 1;
  const end = Math.min(line.to, next ? next.from : tokens.length, mention.last + MAX_REACH);
  while (to < end && !endsAfter(tokens, to, mention.last)) to++;
  const isPrefix = next !== undefined && to === next.from && next.from < line.to;
  const names = read.names[layout.lineOf[mention.from]!]!;
  const heading = line.headings?.get(mention.from);
  const headed = heading ? namesIn(read.names[layout.lineOf[heading.from]!]!, heading) : [];
  const near = namesIn(names, { from, to: mention.from }).filter((name) => !claimed.includes(name));
  const before = [...headed, ...near];
  // In «realisasi Rp5 sisa Rp7» the word between belongs to the figure after it.
  if (isPrefix || after.length > 0) return { before, after };
  return { before, after: namesIn(names, { from: mention.last + 1, to }) };
}

/** «turun Rp5 di September lalu naik Rp7 di Oktober»: a name after a preposition belongs to the figure before it. */
function findPrepositional({ tokens, layout, names }: ReadText, { last }: Mention): Name[] {
  if (!/^(?:di|pada|untuk|bagi|selama|bulan)$/.test(tokens[last + 1]?.lower ?? '')) return [];
  const line = names[layout.lineOf[last]!]!;
  const first = namesIn(line, { from: last + 2, to: last + 12 })[0];
  return first && first.from <= last + 3 ? [first] : [];
}

/** «18 Rencana (Rp5)», «3 kegiatan: Rapat»: what follows the mark describes something else. */
function endsAfter(tokens: readonly Token[], at: number, last: number): boolean {
  const { text, lower } = tokens[at]!;
  return (
    isClauseEnd(tokens, at) ||
    STOPS_AFTER.test(lower) ||
    (text === '(' && at > last + 1) ||
    (text === ':' && !tokens[at + 1]?.glued)
  );
}

/** Returns the names within a range of tokens; `names` are sorted. */
function namesIn(names: readonly Name[], { from, to }: { from: number; to: number }, withWeak = false): Name[] {
  return between(names, (name) => name.from, from, to).filter((name) => name.to <= to && (withWeak || !name.isWeak));
}

function bindMention(read: ReadText, mention: Mention, own: OwnNames, consumed: ReadonlySet<Name>): Binding {
  const { tokens, layout } = read;
  const index = layout.lineOf[mention.from]!;
  const line = layout.lines[index]!;
  const sentence = extend(tokens, line, mention, isSentenceEnd);
  const clause = extend(tokens, line, mention, isClauseEnd);
  const names = read.names[index]!;
  const inClause = {
    before: namesIn(names, { from: clause.from, to: mention.from }),
    after: namesIn(names, { from: mention.last + 1, to: endOfPart(tokens, mention.last + 1, clause.to) }).filter(
      (name) => !consumed.has(name),
    ),
  };
  const previous = wordBefore(tokens, mention.from);
  const next = tokens[mention.last + 1]?.lower ?? '';
  const isRange = /^[-–]$/.test(next) || (/^[-–]$/.test(previous) && /\d/.test(tokens[mention.from - 2]?.text ?? ''));
  const isEnd =
    isRange || /^(?:→|menjadi|ke)$/.test(next) || /^(?:dari|menjadi|ke|=|→|hingga|antara|terhadap|of)$/.test(previous);
  const isMove = tokens.slice(sentence.from, mention.from).some(({ lower }) => UP.test(lower) || DOWN.test(lower));
  const scopes: { names: Name[]; side: 'before' | 'after'; nearness: Nearness }[] = [
    { names: own.before, side: 'before', nearness: 'own' },
    { names: own.after, side: 'after', nearness: 'own' },
    { names: inClause.before, side: 'before', nearness: 'line' },
    { names: inClause.after, side: 'after', nearness: 'line' },
    { names: namesIn(names, { from: sentence.from, to: mention.from }), side: 'before', nearness: 'line' },
    {
      names: namesIn(names, { from: Math.max(line.from, mention.from - MAX_LINE_REACH), to: mention.from }),
      side: 'before',
      nearness: 'line',
    },
  ];
  const leads = findLeadNames(read, line);
  const field = widen(
    bindFields(read, mention, scopes, leads, isMove ? '' : previous, consumed),
    tokens,
    mention,
    sentence,
  );
  const labels = bindLabels(read, mention, scopes, leads, isEnd);
  const isTotal = [...own.before, ...own.after].some(({ kind }) => kind === 'total');
  const direction = findDirection(tokens, mention, clause);
  const isIncrement = isMonthlyIncrement(tokens, mention, clause);
  const weak = findWeak(read, mention, index);
  const isOther = weak.size > 0 || followsUnknownName(read, mention, index);
  if (isOther)
    for (const [kind, { nearness }] of labels.labels)
      if (isObjectKind(kind) && nearness !== 'own') labels.labels.delete(kind);
  return {
    ...field,
    ...labels,
    weak,
    direction,
    isIncrement,
    isTotal,
    line: index,
    sentence,
    clause,
  };
}

/** «(Rencana, Rp1) dan Klinik (Komitmen, Rp2)» */
function endOfPart(tokens: readonly Token[], from: number, to: number): number {
  for (let at = from; at < to; at++) if (/^(?:dan|serta|\))$/.test(tokens[at]!.lower)) return at;
  return to;
}

const DEDUCTION =
  /^(?:luar|setelah|setelahnya|dikurangi|dikurangkan|bersih|riil|efektif|bebas|aman|diperhitungkan|memperhitungkan|outstanding|komitmen|komitmennya|dikomitmenkan)$/;
const REMAINDER = /^(?:tinggal|sisa|sisanya|tersisa|menjadi|jadi|sehingga|setelahnya|aman|bebas|dipakai|masih)$/;
const PERIOD = /^(?:bulan|periode|khusus|sebelumnya|baru|hanya|tambahan)$/;

/** Adds the fields that the words around may mean: «outstanding dan komitmen dikurangkan menjadi …», «realisasi November …». */
function widen(
  bound: Pick<Binding, 'fields' | 'fieldNearness'>,
  tokens: readonly Token[],
  mention: Mention,
  { from, to }: { from: number; to: number },
): Pick<Binding, 'fields' | 'fieldNearness'> {
  const { fields } = bound;
  if (fields === null) return bound;
  const sentence = tokens.slice(from, to).map(({ lower }) => lower);
  const before = tokens.slice(Math.max(from, mention.from - 6), mention.from);
  const near = before.slice(before.findLastIndex(({ kind }) => kind === 'number') + 1).map(({ lower }) => lower);
  const isRest = fields.has('sisa') || near.some((word) => REMAINDER.test(word));
  const isDeducted = sentence.some((word) => DEDUCTION.test(word)) && !sentence.includes('sebelum');
  const isOfPeriod = sentence.some(
    (word) => PERIOD.test(word) || MONTH_NUMBERS.has(word) || UP.test(word) || DOWN.test(word),
  );
  const isPrevious = near.some((word) => /^(?:sebelumnya|lalu|sampai|hingga|d)$/.test(word));
  const more = [
    ...(isRest && isDeducted ? ['sisa_setelah_komitmen'] : []),
    ...(fields.has('realisasi') && isOfPeriod ? [isPrevious ? 'realisasi_periode_lalu' : 'realisasi_periode_ini'] : []),
  ];
  return more.length > 0 ? { ...bound, fields: new Set([...fields, ...more]) } : bound;
}

/** Returns the word before a figure, without «total», «sekitar», «setiap» and similar. */
function wordBefore(tokens: readonly Token[], from: number): string {
  let at = from - 1;
  while (
    at > from - 4 &&
    /^(?:total|seluruh|semua|sekitar|kira|kurang|lebih|setiap|±|~)$/.test(tokens[at]?.lower ?? '')
  )
    at--;
  return tokens[at]?.lower ?? '';
}

function extend(
  tokens: readonly Token[],
  line: Line,
  mention: Mention,
  isEnd: (tokens: readonly Token[], at: number) => boolean,
): { from: number; to: number } {
  let [from, to] = [mention.from, mention.last + 1];
  while (from > line.from && mention.from - from < MAX_REACH && !isEnd(tokens, from - 1)) from--;
  while (to < line.to && to - mention.last < MAX_REACH && !isEnd(tokens, to)) to++;
  return { from, to };
}

/** Returns the names of the lines above that a line belongs to, nearest first. */
function findLeadNames({ layout, names }: ReadText, line: Line): (readonly Name[])[] {
  const found: (readonly Name[])[] = [];
  for (let at = line.lead; at >= 0 && found.length < MAX_LEADS; at = layout.lines[at]!.lead)
    found.push(names[at]!.filter(({ isWeak }) => !isWeak).slice(-MAX_LEAD_NAMES));
  return found;
}

type Scope = { names: readonly Name[]; side: 'before' | 'after'; nearness: Nearness };

/** «Pagu, realisasi, dan sisa»: after a comma or «dan», the figures may be any of them. */
function isListed(tokens: readonly Token[], at: number): boolean {
  return tokens[at - 1]?.lower === 'dan' || tokens[at - 2]?.lower === 'dan';
}

function bindFields(
  { tokens, mentions }: ReadText,
  mention: Mention,
  scopes: readonly Scope[],
  leads: readonly (readonly Name[])[],
  previous: string,
  consumed: ReadonlySet<Name>,
): Pick<Binding, 'fields' | 'fieldNearness'> {
  // «dari Rp5», «= Rp5»: the figure is another one than that before it.
  const near = /^(?:dari|=|terhadap|of|menjadi|jadi)$/.test(previous) ? scopes.slice(0, 2) : scopes.slice(0, 5);
  for (const scope of near) {
    const has = ({ kind }: Name) => kind === 'field';
    const joined = chooseNames(tokens, scope, has, scope.side === 'before' ? scopes.at(-1)!.names : []);
    const inOrder = chooseInOrder(tokens, joined, mention, mentions);
    const isShared = scope.nearness !== 'own' && joined.some((name) => consumed.has(name));
    const chosen = inOrder
      ? [inOrder]
      : isShared
        ? scope.names.filter(has)
        : joined.some(({ from }) => isListed(tokens, from))
          ? joined
          : joined.slice(0, 1);
    if (chosen.length > 0)
      return { fields: new Set(chosen.flatMap(({ fields }) => [...fields!])), fieldNearness: scope.nearness };
  }
  if (near.length > 2)
    for (const names of leads) {
      const fields = names.filter(({ kind }) => kind === 'field').flatMap((name) => [...name.fields!]);
      if (fields.length > 0) return { fields: new Set(fields), fieldNearness: 'lead' };
    }
  return { fields: null, fieldNearness: 'lead' };
}

/** Kinds of labels that resolve together: the nearest name of a group applies. */
const GROUPS: { has: (kind: string) => boolean; scopes: number; hasLead: boolean }[] = [
  { has: isObjectKind, scopes: 6, hasLead: true },
  { has: (kind) => /^(?:month|date|weekday)$/.test(kind), scopes: 5, hasLead: true },
  { has: (kind) => kind === 'period', scopes: 2, hasLead: true },
  { has: (kind) => kind === 'status', scopes: 5, hasLead: true },
  { has: (kind) => kind === 'type', scopes: 5, hasLead: true },
  { has: (kind) => /^(?:person|unit)$/.test(kind), scopes: 4, hasLead: false },
  { has: (kind) => kind === 'flag', scopes: 2, hasLead: true },
];

function bindLabels(
  { tokens, mentions }: ReadText,
  mention: Mention,
  scopes: readonly Scope[],
  leads: readonly (readonly Name[])[],
  isEnd: boolean,
): { labels: Map<string, { labels: Set<Label>; nearness: Nearness }>; isJoined: boolean } {
  let isJoined = false;
  const bound = new Map<string, { labels: Set<Label>; nearness: Nearness }>();
  const add = (names: readonly Name[], nearness: Nearness) => {
    for (const { kind, labels } of names) {
      const known = bound.get(kind) ?? { labels: new Set<Label>(), nearness };
      for (const label of labels!) known.labels.add(label);
      bound.set(kind, known);
    }
  };
  for (const group of GROUPS) {
    // «dari Rp5 menjadi Rp7»: the ends belong to two rows.
    const reach = isEnd ? 2 : group.scopes;
    const has = ({ kind, isBase }: Name) => group.has(kind) && !isBase;
    const scope = scopes.slice(0, reach).find(({ names }) => names.some(has));
    if (scope) {
      const chosen = chooseNames(tokens, scope, has, scope.side === 'before' ? scopes.at(-1)!.names : []);
      const each = chooseInOrder(tokens, chosen, mention, mentions);
      add(each ? [each] : chosen, scope.nearness);
      isJoined ||= chosen.length > 1 && !each && chosen[0]!.kind === 'status';
      continue;
    }
    const lead = group.hasLead && !isEnd ? leads.find((names) => names.some(has)) : undefined;
    // A line above that names several statuses or days is about none of them alone.
    if (lead && (isObjectKind(lead.find(has)!.kind) || lead.filter(has).length === 1)) add(lead.filter(has), 'lead');
  }
  dropInconsistent(bound);
  return { labels: bound, isJoined };
}

/** «Sisa 521211 dan 521213 masing-masing Rp1 dan Rp2»: the figures follow the order of the names. */
function chooseInOrder(
  tokens: readonly Token[],
  chosen: readonly Name[],
  mention: Mention,
  mentions: readonly Mention[],
): Name | undefined {
  if (chosen.length < 2) return undefined;
  const ordered = chosen.filter(({ kind }) => kind === chosen[0]!.kind).sort((one, two) => one.from - two.from);
  if (ordered.length < 2) return undefined;
  const last = ordered.at(-1)!;
  if (
    last.to > mention.from ||
    !tokens.slice(last.to, mention.from).some(({ lower }) => /^(?:masing|berturut)$/.test(lower))
  )
    return undefined;
  return ordered[mentions.filter((each) => each.from >= last.to && each.from < mention.from).length];
}

/** Drops inherited labels that no row has together with the named object: they belong to another figure. */
function dropInconsistent(bound: Map<string, { labels: Set<Label>; nearness: Nearness }>): void {
  const objects = [...bound].filter(([kind]) => isObjectKind(kind));
  for (const [kind, { labels, nearness }] of bound) {
    if ((nearness === 'own' && !isObjectKind(kind)) || kind === 'status') continue;
    const others = objects.filter(
      ([other]) => other !== kind && (!isObjectKind(kind) || bound.get(other)!.nearness === 'own'),
    );
    const isConsistent = others.every(([, { labels: named }]) =>
      [...named].some(({ rows }) => [...rows].some((row) => [...labels].some((label) => label.rows.has(row)))),
    );
    if (!isConsistent && nearness !== 'own') bound.delete(kind);
  }
}

/** «khusus November», «bertambah»; not the «Khusus» of an account's name. */
function isIncrementWord(word: string, next: string): boolean {
  if (word === 'khusus') return MONTH_NUMBERS.has(next) || /^(?:bulan|periode|triwulan)$/.test(next);
  return /^(?:saja|bertambah|tambahan)$/.test(word);
}

function isMonthlyIncrement(tokens: readonly Token[], { from }: Mention, clause: { from: number }): boolean {
  // As written: «Tunjangan Khusus» is a name.
  const before = tokens.slice(Math.max(clause.from, from - 6), from).map(({ text }) => text);
  const near = before.slice(before.findLastIndex((word) => /\d/.test(word)) + 1);
  return (
    near.some((word, at) => isIncrementWord(word, near[at + 1] ?? '')) &&
    !near.some((word) => /^(?:menjadi|ke|dari|hingga|sampai)$/.test(word))
  );
}

/** «Rakor 16 jt, RDP 9 jt»: a capitalized word that the data does not contain names another object. */
function followsUnknownName({ tokens, names }: ReadText, { from }: Mention, line: number): boolean {
  const known = between(names[line]!, (name) => name.from, from - 6, from);
  for (let at = from - 1; at >= from - 5 && at > 0 && !isClauseEnd(tokens, at); at--) {
    const { text, kind } = tokens[at]!;
    if (kind === 'number') return false;
    const isNamed = known.some((name) => name.from <= at && at < name.to);
    const isFirst = at === 0 || isSentenceEnd(tokens, at - 1) || /^[-•*–.)]$/.test(tokens[at - 1]!.text);
    if (
      kind === 'word' &&
      !isNamed &&
      !isFirst &&
      /^\p{Lu}{2,}$|^\p{Lu}\p{Ll}{3,}$/u.test(text) &&
      !/^(?:Rp|IDR|Anda|Bapak|Ibu)$/.test(text)
    )
      return true;
  }
  return false;
}

function findWeak({ names, tokens }: ReadText, { from, last }: Mention, line: number): ReadonlySet<Label> {
  const isBeside = (name: Name) =>
    (name.from === last + 1 || (name.from === last + 2 && tokens[last + 1]!.kind === 'word') || name.to === from) &&
    name.kind === 'name';
  const weak = namesIn(names[line]!, { from: from - 3, to: last + 5 }, true).filter(
    (name) => name.isWeak && isBeside(name),
  );
  return new Set(weak.flatMap(({ labels }) => [...labels!]));
}

function findDirection(
  tokens: readonly Token[],
  { from, last }: Mention,
  clause: { from: number; to: number },
): Binding['direction'] {
  for (let at = from - 1; at >= Math.max(clause.from, from - 6); at--) {
    if (UP.test(tokens[at]!.lower)) return 'up';
    if (DOWN.test(tokens[at]!.lower)) return 'down';
    if (tokens[at]!.kind === 'number') break;
  }
  const next = tokens[last + 1]?.lower ?? '';
  return UP.test(next) ? 'up' : DOWN.test(next) ? 'down' : null;
}

const CONNECTOR =
  /^(?:dan|,|atau|serta|&|\+|\/|-|–|—|\(|\)|s|d|\.|sd|sampai|hingga|akun|belanja|kegiatan|status|berstatus|maupun|untuk|di)$/;

/** Chooses the name nearest to the figure, and those that are joined to it: «Rencana dan Komitmen». */
function chooseNames(
  tokens: readonly Token[],
  { names: near, side }: Scope,
  has: (name: Name) => boolean,
  line: readonly Name[],
): Name[] {
  const nearest = side === 'before' ? near.findLast(has) : near.find(has);
  if (!nearest) return [];
  const names = line.length > 0 ? line : near;
  const ordered = names.filter(
    (name) => has(name) && (side === 'before' ? name.to <= nearest.from : name.from >= nearest.to),
  );
  if (side === 'before') ordered.reverse();
  const chosen = [nearest];
  for (const name of ordered) {
    const last = chosen.at(-1)!;
    const [from, to] = side === 'before' ? [name.to, last.from] : [last.to, name.from];
    const between = tokens.slice(Math.max(0, from), to);
    if (between.some((token) => !CONNECTOR.test(token.lower) && !isInside(token, tokens, names))) break;
    chosen.push(name);
  }
  return chosen;
}

/** Tokens of other names may be between: «524111 Perjalanan Dinas dan 524113 Perjalanan Dinas Dalam Kota». */
function isInside(token: Token, tokens: readonly Token[], names: readonly Name[]): boolean {
  return names.some((name) => tokens[name.from]!.start <= token.start && token.end <= tokens[name.to - 1]!.end);
}
