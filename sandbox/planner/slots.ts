import type { Bounds } from './amounts.ts';
import type { TimeSlots } from './periods.ts';
import type { BudgetSlots } from './query-budget.ts';

/** Conditions on activities that have a separate parameter. */
export type Only = 'overdue' | 'undated' | 'has_issue';

/** The goal of a question if the other slots do not determine it. */
export type Goal =
  | 'define'
  | 'provenance'
  | 'report-date'
  | 'next-page'
  | 'pick'
  | 'person-in-charge'
  | 'needed-per-month'
  | 'projection'
  | 'sufficiency'
  | 'share'
  | 'sum'
  | 'compare'
  | 'trend'
  | 'statistics'
  | 'count'
  | 'allocation';

/** The slots of a question. A slot that the question does not name is null or empty. */
export interface Query extends TimeSlots, BudgetSlots {
  /** As written. */
  text: string;
  /** Canonical words with a space at both ends. */
  normalized: string;
  subject: 'activities' | 'budget' | null;
  goal: Goal | null;
  status: string | null;
  only: Only | null;
  order: 'asc' | 'desc' | null;
  limit: number | null;
  bounds: Bounds | null;
  percent: number | null;
  ordinal: number | null;
  /** The search term: words that belong to no slot. */
  keyword: string | null;
  /** A name after «pak», «bu» or «saudara». */
  person: string | null;
  /** True for «kalau …», «bagaimana dengan …»: the question continues the previous one. */
  continues: boolean;
}
