import type { Label } from '../data/labels.ts';
import type { Mention } from '../text/figures.ts';
import type { Layout, Range } from '../text/layout.ts';
import type { Token } from '../text/tokenizer.ts';
import type { Name } from './names.ts';

/** How near the name of a figure is: in its own part of the clause, in its sentence or line, or in the line above a list. */
export type Nearness = 'own' | 'line' | 'lead';

/** The names that apply to a figure. */
export interface Binding {
  /** Fields that the figure may be; null: the text names no field. */
  fields: ReadonlySet<string> | null;
  fieldNearness: Nearness;
  /** Labels that the figure's row must have, one of each kind. */
  labels: ReadonlyMap<string, { labels: ReadonlySet<Label>; nearness: Nearness }>;
  /** «naik» or «turun» next to the figure. */
  direction: 'up' | 'down' | null;
  /** «khusus November», «bertambah»: what one month added, not the state at its end. */
  isIncrement: boolean;
  /** «porsinya»: the figure is a share, no serapan. */
  isShare: boolean;
  /** Months with which the text compares: «sejak Oktober berkurang». */
  bases: ReadonlySet<Label>;
  /** Several names are joined («Terbayar dan Selesai 3»): the figure counts all of them. */
  isJoined: boolean;
  /** Labels with a word next to the figure: «Rp14 juta perjalanan». */
  weak: ReadonlySet<Label>;
  /** The text names the figure a total. */
  isTotal: boolean;
  /** «keduanya»: the number of rows of which it is the total; null: not said. */
  allOf: number | null;
  line: number;
  /** Token range of the sentence. */
  sentence: Range;
  clause: Range;
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
