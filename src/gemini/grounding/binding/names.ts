import { type Label, OBJECT_KINDS } from '../data/labels.ts';
import type { Range } from '../text/layout.ts';

/** A field or a row that a text names. */
export interface Name extends Range {
  /** `field`, `total`, or a kind of label. */
  kind: string;
  /** Fields of the data that the word may mean. */
  fields?: ReadonlySet<string>;
  /** Labels of the data that the words may mean. */
  labels?: ReadonlySet<Label>;
  /** The day of a date: `11-24`. */
  date?: string;
  /** A single word of names: too little to require that row, enough to search for it. */
  isWeak?: true;
  /** After «dibanding»: the row that another one is compared with. */
  isBase?: true;
}

/** Returns whether a kind of label names one object. */
export function isObjectKind(kind: string): boolean {
  return OBJECT_KINDS.has(kind);
}
