import type { Bounds } from './amounts.ts';
import type { TimeSlots } from './periods.ts';
import type { BudgetSlots } from './query-budget.ts';

/** The conditions on activities that have a parameter of their own. */
export type Only = 'overdue' | 'undated' | 'has_issue';

/** What an answer is for, where the other slots alone do not say it. */
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

/** What a question asks for, in slots. A slot that the question does not name is null or empty. */
export interface Query extends TimeSlots, BudgetSlots {
  /** As written. */
  text: string;
  /** Canonical words with a space at both ends. */
  said: string;
  subject: 'activities' | 'budget' | null;
  goal: Goal | null;
  status: string | null;
  only: Only | null;
  order: 'asc' | 'desc' | null;
  limit: number | null;
  bounds: Bounds | null;
  percent: number | null;
  ordinal: number | null;
  /** What is searched for: the words that belong to none of the slots. */
  keyword: string | null;
  /** A name behind «pak», «bu» or «saudara». */
  person: string | null;
  /** True for «kalau …», «bagaimana dengan …»: the question continues the one before. */
  continues: boolean;
}
