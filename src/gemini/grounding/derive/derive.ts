import { isReversed, tolerance } from '../checks/lookup.ts';
import type { Candidate, Scene } from '../checks/scene.ts';
import type { Mention } from '../text/figures.ts';
import { deriveAmounts } from './derive-amounts.ts';
import { deriveCounts } from './derive-counts.ts';
import { derivePercentages } from './derive-percentages.ts';

/** Maximum chance that one of the candidates equals a random figure: the number of candidates times the width of the figure. */
const MAX_CHANCE = 0.03;
/** The same for «dua pertiga»: words name few values. */
const MAX_FRACTION_CHANCE = 0.12;
/** Maximum number of candidates; keeps the time linear. */
const MAX_CANDIDATES = 300;

/** Recomputes a figure from figures of the answer or from rows of one result. @returns the value and how, or undefined */
export function derive(scene: Scene): Candidate | undefined {
  const { mention, binding } = scene;
  const step = chanceOf(mention);
  const seen = new Set<number>();
  for (const candidate of candidatesOf(scene)) {
    if (isImpossible(mention, candidate.value)) continue;
    if (candidate.isChange && isReversed(candidate.value, mention, binding)) continue;
    const rounded = Math.round(candidate.value / mention.precision / 2);
    if (seen.has(rounded)) continue;
    seen.add(rounded);
    // «selisihnya Rp5»: the operands have no order.
    if (isEqual(mention, candidate.value))
      return candidate.isChange
        ? candidate
        : { ...candidate, value: Math.sign(mention.value) * Math.abs(candidate.value) };
    const isFraction = mention.kind === 'percent' && mention.precision > 2;
    if (seen.size * step > (isFraction ? MAX_FRACTION_CHANCE : MAX_CHANCE) || seen.size > MAX_CANDIDATES)
      return undefined;
  }
  return undefined;
}

function candidatesOf(scene: Scene): Iterable<Candidate> {
  const { kind } = scene.mention;
  if (scene.isMisplaced && kind !== 'amount') return [];
  if (kind === 'percent') return derivePercentages(scene);
  return kind === 'amount' ? deriveAmounts(scene) : deriveCounts(scene);
}

/** A candidate that cannot be shown like this costs no chance. */
function isImpossible({ kind, value }: Mention, candidate: number): boolean {
  return !Number.isFinite(candidate) || (kind === 'percent' && Math.abs(candidate) > 100 && Math.abs(value) <= 100);
}

/** The chance that a random figure of this form equals one value. */
function chanceOf({ kind, value, precision }: Mention): number {
  if (kind === 'percent') return (precision * 2) / 100;
  if (kind === 'amount') return Math.min(1, (precision * 2) / Math.max(1, Math.abs(value)));
  return 0.002;
}

/** A difference has no sign in words: «lebih kecil Rp5». */
function isEqual(mention: Mention, value: number): boolean {
  const [shown, computed] = [Math.abs(mention.value), Math.abs(value)];
  return (
    Math.abs(computed - shown) <= tolerance(mention, computed > shown ? 'above' : 'below', value) + computed * 1e-9
  );
}
