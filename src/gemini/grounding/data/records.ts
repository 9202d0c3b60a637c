import type { Label, LabelIndex } from './labels.ts';

/** An object of the data: an account, an activity, a month, a status, or a whole result. */
export interface Row {
  /** By kind; a row has the labels of its parents too, unless it has its own of that kind. */
  labels: Map<string, Set<Label>>;
  parent: Row | null;
  list: List | null;
  cells: Cell[];
  /** Lists of a whole result. */
  lists: List[];
  result: number;
  /** A whole result or its totals: its numbers stand for all rows. */
  isTotal: boolean;
}

/** Rows of one array. */
export interface List {
  noun: string;
  rows: Row[];
  /** The object that contains the array, with its count and totals. */
  owner: Row;
  path: string;
  /** Whether the data contains all rows that the count counts. */
  isComplete: boolean;
  /** A map from names to numbers, such as allocation_by_status: its rows are not counted. */
  isMap: boolean;
  /** Matches before the first row: the offset of the page. */
  skipped: number;
}

/** A number of the data. */
export interface Cell {
  value: number;
  kind: 'amount' | 'percent' | 'count' | 'any';
  /** The name of the number: `realisasi`, `sisa`, `count` … `text`: a number inside a text. `result`: of a calculation. */
  field: string;
  /** A change since the month before. */
  isChange: boolean;
  row: Row;
  result: number;
  path: string;
  /** What a count counts; '': anything except days. */
  noun: string;
}

/** The numbers of all results, sorted by value within each kind. */
export interface Records {
  cells: Record<'amount' | 'percent' | 'count' | 'any', Cell[]>;
  rows: Row[];
  lists: List[];
  labels: LabelIndex;
  /** Counts inside names, by count and adjacent word: «bimtek 3 hari». */
  phrases: Map<string, Cell>;
}

/** Returns the name under which a number is compared: all counts are one field. */
export function fieldClass({ kind, field, noun }: Cell): string {
  return kind === 'count' || (kind === 'any' && noun !== '') ? 'count' : field;
}
