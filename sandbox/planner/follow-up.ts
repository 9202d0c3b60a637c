import type { Day } from './dates.ts';
import { readQuery } from './query.ts';
import type { Goal, Query } from './slots.ts';

/** Nouns that make a question independent of the previous one. */
const SUBJECT_NOUNS =
  / (?:anggaran|kegiatan|belanja|akun|laporan|rincian|pic|dipa|keseluruhan|keseluruhannya|seluruh|seluruhnya|semua) /;
/** Goals that a follow-up question does not inherit. */
const ONE_TIME_GOALS: readonly (Goal | null)[] = ['define', 'provenance', 'report-date', 'next-page', 'pick'];
const MAX_WORDS = 5;

/** Parses a question with the earlier ones as context: «kalau minggu depan?» inherits the slots that it does not name. */
export function readInContext(question: string, earlier: readonly string[], today: Day): Query {
  return earlier.concat(question).reduce<Query | null>((previous, text) => {
    const next = readQuery(text, today);
    if (!previous) return next;
    // Small talk does not end a subject.
    if (!hasSlots(next) && text !== question) return previous;
    const fitting = previous.subject === 'activities' ? withStatus(next) : next;
    return isFollowUp(fitting, previous) ? merge(fitting, previous) : next;
  }, null) as Query;
}

function hasSlots({
  subject,
  goal,
  days,
  months,
  span,
  accounts,
  measure,
  keyword,
  person,
  order,
  percent,
}: Query): boolean {
  const named = [subject, goal, days, span, measure, keyword, person, order, percent];
  return named.some((slot) => slot !== null) || months.length > 0 || accounts.length > 0;
}

/** After a question about activities «yang komitmen» is a status, not the sum of commitments. */
function withStatus(next: Query): Query {
  const { measure, continues, normalized } = next;
  if (measure !== 'komitmen' && measure !== 'outstanding') return next;
  if (SUBJECT_NOUNS.test(normalized) || !(continues || / yang /.test(normalized))) return next;
  return { ...next, subject: 'activities', measure: null, status: measure };
}

function isFollowUp(next: Query, previous: Query): boolean {
  if (!hasSlots(next) || previous.subject === null) return false;
  if (next.subject !== null && next.subject !== previous.subject) return false;
  // Days and weeks belong to activities.
  if (previous.subject === 'budget' && next.days && !/ (?:bulan|tahun) /.test(next.normalized)) return false;
  if (next.continues) return true;
  const isShort = next.normalized.trim().split(' ').length <= MAX_WORDS;
  return isShort && !SUBJECT_NOUNS.test(next.normalized) && !next.only && next.goal === null && next.order === null;
}

function merge(next: Query, previous: Query): Query {
  const namesTime = next.days !== null || next.months.length > 0 || next.span !== null;
  const namesTopic = next.accounts.length > 0 || next.code !== null || next.keyword !== null || next.person !== null;
  const time = namesTime ? next : previous;
  const topic = namesTopic ? next : previous;
  const ranking = next.continues || next.order ? previous : next;
  return {
    ...next,
    subject: next.subject ?? previous.subject,
    goal: next.goal ?? inheritedGoal(next, previous),
    measure: next.measure ?? previous.measure,
    days: time.days,
    months: time.months,
    span: time.span,
    accounts: topic.accounts,
    code: topic.code,
    keyword: topic.keyword,
    person: topic.person,
    groupBy: next.groupBy ?? previous.groupBy,
    reportType: next.reportType ?? previous.reportType,
    status: next.status ?? previous.status,
    // An overdue or undated activity has no place in a period that is named.
    only: next.only ?? (namesTime && previous.only !== 'has_issue' ? null : previous.only),
    order: next.order ?? ranking.order,
    limit: next.limit ?? ranking.limit,
    bounds: next.bounds ?? ranking.bounds,
    percent: next.percent ?? previous.percent,
    normalized:
      ranking === previous && previous.normalized.includes(' rincian ')
        ? `${next.normalized}rincian `
        : next.normalized,
  };
}

function inheritedGoal(next: Query, { goal }: Query): Goal | null {
  if (ONE_TIME_GOALS.includes(goal)) return null;
  return goal === 'compare' && next.accounts.length + next.months.length > 0 ? null : goal;
}
