import type { ReadText } from '../binding/binding.ts';
import type { Name } from '../binding/names.ts';
import type { Known } from '../checks/scene.ts';
import type { Records } from '../data/records.ts';
import type { Mention } from '../text/figures.ts';

/** The sentence around a comparing word, with what it contains. */
export interface Comparison {
  read: ReadText;
  records: Records;
  /** Index of the comparing word. */
  at: number;
  from: number;
  to: number;
  names: readonly Name[];
  /** The confirmed figures of the sentence, without those in names: «Belanja Modal (53)». */
  known: readonly Known[];
  /** The last confirmed figures before the sentence. */
  above: readonly Known[];
  mentions: readonly Mention[];
}

/** The tokens that the data contradicts, and the reason in Indonesian. */
export interface Contradiction {
  from: number;
  last: number;
  why: string;
}
