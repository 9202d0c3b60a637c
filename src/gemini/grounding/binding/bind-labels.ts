import type { Label } from '../data/labels.ts';
import type { Mention } from '../text/figures.ts';
import type { Nearness, ReadText } from './binding.ts';
import { chooseInOrder, chooseNames, type Scope } from './choose-names.ts';
import { isObjectKind, type Name } from './names.ts';

/** Kinds of labels that resolve together: the nearest name of a group applies. */
const GROUPS: { has: (kind: string) => boolean; scopes: number; hasLead: boolean }[] = [
  { has: isObjectKind, scopes: 6, hasLead: true },
  { has: (kind) => /^(?:month|date|weekday)$/.test(kind), scopes: 5, hasLead: true },
  { has: (kind) => kind === 'period', scopes: 2, hasLead: true },
  { has: (kind) => kind === 'status', scopes: 5, hasLead: true },
  { has: (kind) => kind === 'type', scopes: 5, hasLead: true },
  { has: (kind) => /^(?:person|unit)$/.test(kind), scopes: 4, hasLead: false },
  { has: (kind) => kind === 'flag', scopes: 2, hasLead: false },
];

/** Index of the scope of the whole line. */
const LINE = 5;

export function bindLabels(
  { tokens, mentions, layout }: ReadText,
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
    // «dibanding Oktober (Rp5)» but not «dibanding Oktober naik Rp5»
    const isBeside = ({ to }: Name) => to === mention.from - 1 && tokens[to]!.text === '(';
    // «November: Rp5 → Rp7»: the label is that of the second figure.
    const label =
      tokens[mention.last + 1]?.text === '→' ? layout.lines[layout.lineOf[mention.from]!]!.label : undefined;
    const isOfNext = ({ kind, to }: Name) => label !== undefined && kind === 'month' && to <= label.to;
    const has = (name: Name) => group.has(name.kind) && (!name.isBase || isBeside(name)) && !isOfNext(name);
    const scope = scopes.slice(0, reach).find(({ names }) => names.some(has));
    if (scope) {
      const joined = chooseNames(tokens, scope, has, scope.side === 'before' ? scopes.at(-1)!.names : []);
      // «53,9% per 23 November, bulan lalu 50%»: a day and a month are two times.
      const chosen = joined.filter(({ kind }) => !isOtherTime(kind, joined[0]!.kind));
      const same = scopes.at(-1)!.names.filter(({ kind }) => kind === chosen[0]!.kind);
      const each = chooseInOrder(tokens, same, mention, mentions);
      // Several rows in the sentences before: the figure may belong to any of them.
      const isBefore = scope === scopes[LINE] && !each;
      add(each ? [each] : isBefore ? scope.names.filter(has) : chosen, scope.nearness);
      isJoined ||= chosen.length > 1 && !each && chosen[0]!.kind === 'status';
      continue;
    }
    const lead = group.hasLead && !isEnd ? leads.find((names) => names.some(has)) : undefined;
    // A line above that names several statuses or days is not about a single one of them.
    if (lead && (isObjectKind(lead.find(has)!.kind) || lead.filter(has).length === 1)) add(lead.filter(has), 'lead');
  }
  // Activities without a day have no time: «Desember: 4 kegiatan. Masih ada 2 kegiatan tanpa tanggal.»
  if ([...(bound.get('flag')?.labels ?? [])].some(({ text }) => text === 'belum bertanggal'))
    for (const kind of ['month', 'date', 'weekday', 'period']) bound.delete(kind);
  dropInconsistent(bound);
  return { labels: bound, isJoined };
}

function isOtherTime(one: string, two: string): boolean {
  return (one === 'month' && two === 'date') || (one === 'date' && two === 'month');
}

/** Drops inherited labels that no row has together with the named object: they belong to another figure. */
function dropInconsistent(bound: Map<string, { labels: Set<Label>; nearness: Nearness }>): void {
  const objects = [...bound].filter(([kind]) => isObjectKind(kind));
  for (const [kind, { labels, nearness }] of bound) {
    if ((nearness === 'own' && !isObjectKind(kind)) || (kind === 'status' && nearness !== 'lead')) continue;
    const others = objects.filter(
      ([other]) => other !== kind && (!isObjectKind(kind) || bound.get(other)!.nearness === 'own'),
    );
    const isConsistent = others.every(([, { labels: named }]) =>
      [...named].some(({ rows }) => [...rows].some((row) => [...labels].some((label) => label.rows.has(row)))),
    );
    if (!isConsistent && nearness !== 'own') bound.delete(kind);
  }
}
