import type { Reading } from './parse-numbers.ts';
import type { Unit } from './units.ts';

/** A number that a text states as a fact. */
export interface Figure {
  /** As written, without emphasis. */
  text: string;
  /** In rupiah, percent or units; negative after a sign or «minus». */
  value: number;
  kind: 'amount' | 'percent' | 'count' | 'number';
  /** Half a unit of the last digit shown: the maximum rounding error. */
  precision: number;
  start: number;
  end: number;
  /** The counted noun: kegiatan, akun, laporan, rincian or hari. */
  noun?: string;
  /** A nearby word (turun, kurang, setoran …) or parentheses, «(Rp500)», may replace the minus sign. */
  mayBeNegative?: true;
  /** «lebih dari», «hampir»: truncated instead of rounded, so the exact number may be one unit of the last digit above or below. */
  truncated?: 'above' | 'below';
  /** «sekitar 318 juta»: the exact number may be a whole unit of the last digit away. */
  isApproximate?: true;
  /** Percentage points: a difference of two percentages. */
  isPoints?: true;
  /** An explicit sign: of a change. */
  sign?: 1 | -1;
}

/** A number in a text with the adjacent words. */
export interface Mention extends Figure {
  /** False for a number up to 9 without a unit. */
  isFigure: boolean;
  /** Adjacent words in lower case; empty at punctuation. */
  before: string;
  after: string;
  /** Index of its first token, and of its last token with the counted noun. */
  from: number;
  last: number;
}

/** A number that is being parsed, with token indices. */
export interface Draft extends Reading, Unit {
  from: number;
  /** The last token of the numeral and its unit. */
  to: number;
  /** The last token of the counted noun; without a noun: `to`. */
  end: number;
  /** In parentheses: a negative amount, or an amount in passing. */
  isParenthesized: boolean;
  /** «seperempat lebih»: the exact number may be above. */
  isMore?: boolean;
  points?: boolean;
  sign?: 1 | -1 | undefined;
}
