import { selectByThreshold } from '../data/selections.ts';
import type { Mention } from '../text/extract-figures.ts';
import type { Token } from '../text/tokenizer.ts';
import { type Described, namesBetween, type Scene } from './scene.ts';

const ABOVE = /(?: di atas| lebih dari| lewat| melewati| melebihi| melampaui| menembus| minimal| ≥| >)$/;
const BELOW = /(?: di bawah| kurang dari| (?:belum|tidak|tak) (?:sampai|mencapai|tembus|lebih dari)| maksimal| ≤| <)$/;

/** Returns 1 before a lower limit («di atas 75%», «60% ke atas»), −1 before an upper one, 0 before other figures. */
export function signOfLimit(tokens: readonly Token[], { from, last }: Mention): number {
  // «tidak sampai Rp13–15 juta»
  if (/^[-–]$/.test(tokens[last + 1]?.text ?? '') && tokens[last + 2]?.kind === 'number') return 0;
  const before = ['', ...tokens.slice(Math.max(0, from - 3), from).map(({ lower }) => lower)].join(' ');
  if (BELOW.test(before)) return -1;
  if (ABOVE.test(before)) return 1;
  const after = tokens.slice(last + 1, last + 3).map(({ lower }) => lower);
  return after[0] !== 'ke' ? 0 : after[1] === 'atas' ? 1 : after[1] === 'bawah' ? -1 : 0;
}

/** Rows whose number lies between two limits. */
interface Bounds {
  text: string;
  kind: Mention['kind'];
  isInside: (value: number) => boolean;
}

/** Maximum number of limits of one figure. */
const MAX_LIMITS = 4;

/** Yields the rows above or below a limit: «serapannya di bawah 60%», «sisa di atas Rp200 juta», «antara 55–75%». */
export function* rowsBeyondLimits({ read, records, mention, around, binding }: Scene): Generator<Described> {
  const names = namesBetween(read, binding.line, binding.sentence.from, binding.sentence.to);
  const named = [...new Set(names.flatMap(({ fields }) => [...(fields ?? [])]))].filter((field) => field !== 'serapan');
  const inLine = around.filter((each) => read.layout.lineOf[each.from] === binding.line);
  const inClause = inLine.filter(({ from }) => from >= binding.clause.from && from < binding.clause.to);
  const boundsIn = (mentions: readonly Mention[]) =>
    mentions.flatMap((each) => (each === mention ? [] : (findBounds(read.tokens, each, inLine) ?? [])));
  const own = boundsIn(inClause);
  const bounds = own.length > 0 ? own : boundsIn(inLine).slice(0, MAX_LIMITS);
  for (const { kind, text, isInside } of bounds) {
    const amounts = named.length > 0 ? named : ['sisa', 'pagu', 'realisasi', 'alokasi'];
    for (const field of kind === 'percent' ? ['serapan'] : amounts)
      for (const selection of selectByThreshold(records, field, isInside))
        yield { ...selection, how: `${field} ${text}`, limit: text };
  }
}

function findBounds(tokens: readonly Token[], limit: Mention, inLine: readonly Mention[]): Bounds | undefined {
  const { kind, text, value } = limit;
  if (kind !== 'percent' && kind !== 'amount') return undefined;
  const sign = signOfLimit(tokens, limit);
  if (sign !== 0) return { kind, text, isInside: (each) => (sign > 0 ? each > value : each < value) };
  const end = inLine[inLine.indexOf(limit) + 1];
  const joint = tokens[limit.last + 1]?.lower ?? '';
  const isBetween = joint === 'dan' && tokens[limit.from - 1]?.lower === 'antara';
  const isRange = end?.kind === kind && (isBetween || /^(?:[-–]|sampai|hingga)$/.test(joint));
  if (!isRange || end.from - limit.last > 2) return undefined;
  return { kind, text: `${text}–${end.text}`, isInside: (each) => each >= value && each <= end.value };
}
