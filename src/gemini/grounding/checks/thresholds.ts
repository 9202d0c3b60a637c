import { selectByThreshold } from '../data/selections.ts';
import type { Mention } from '../text/figures.ts';
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
export function* rowsBeyondLimits(scene: Scene): Generator<Described> {
  const { read, records, around, binding } = scene;
  const names = namesBetween(read, binding.line, binding.sentence.from, binding.sentence.to);
  const named = [...new Set(names.flatMap(({ fields }) => [...(fields ?? [])]))].filter((field) => field !== 'serapan');
  const inLine = around.filter((each) => read.layout.lineOf[each.from] === binding.line);
  const own = findLimit(read.tokens, scene.mention, inLine);
  const limits = own ? [own] : inLine.filter((each) => each !== scene.mention);
  const bounds = limits.flatMap((each) => findBounds(read.tokens, each, inLine) ?? []).slice(0, MAX_LIMITS);
  for (const { kind, text, isInside } of bounds) {
    const amounts = named.length > 0 ? named : ['sisa', 'pagu', 'realisasi', 'alokasi'];
    for (const field of kind === 'percent' ? ['serapan'] : amounts)
      for (const selection of selectByThreshold(records, field, isInside))
        yield { ...selection, how: `${field} ${text}`, limit: text };
  }
}

/** Maximum number of tokens between a count and the limit of what it counts. */
const MAX_GAP = 9;

/** Finds the limit of what a number counts: «3 akun di bawah 50%», «2 dari 11 akun sudah lewat 75%», «(< 40%) ada 3». */
export function findLimit(tokens: readonly Token[], mention: Mention, around: readonly Mention[]): Mention | undefined {
  if ((mention.kind !== 'count' && mention.kind !== 'number') || tokens[mention.from - 1]?.lower === 'dari')
    return undefined;
  const at = around.indexOf(mention);
  const [before, next, second] = [around[at - 1], around[at + 1], around[at + 2]];
  const isWhole = next !== undefined && tokens[next.from - 1]?.lower === 'dari' && next.from - mention.last <= 3;
  const after = isWhole ? second : next;
  const joins = (limit: Mention | undefined, gap: Token[]) =>
    limit !== undefined &&
    findBounds(tokens, limit, around) &&
    gap.length <= MAX_GAP &&
    !gap.some(({ text }) => /^[,;.]$/.test(text));
  if (after && joins(after, tokens.slice(mention.last + 1, after.from))) return after;
  const isAnnounced = tokens[mention.from - 1]?.lower === 'ada';
  return before && isAnnounced && joins(before, tokens.slice(before.last + 1, mention.from)) ? before : undefined;
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
