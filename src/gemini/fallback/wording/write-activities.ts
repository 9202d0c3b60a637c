import { PERIOD_NAMES } from '../../../supabase/calendar.ts';
import { formatRupiah } from '../../../supabase/rupiah.ts';
import { fill, type Texts } from '../../../texts.ts';
import type { ActivityRow, ToolResults } from '../../tools/results.ts';
import { type AnswerContext, hasWord, type Results, resultOf } from '../question/intent-types.ts';
import type { ParsedQuestion } from '../question/parse-question.ts';
import { activityFilter, daysOf } from '../question/question-arguments.ts';
import { escapeMarkdown, formatDay, formatMonth, joinFacts, joinLines } from './format.ts';

type ActivityPage = ToolResults['search_activities'];
/** The fact about each activity of a list that the question asks for, besides day and status. */
export type Detail = 'person' | 'issue' | 'allocation';

/** Describes the conditions of a question after a space: « «rapat» berstatus komitmen minggu ini»; empty without conditions. */
function describeFilter(question: ParsedQuestion, keyword: string): string {
  const { status, overdue, undated, has_issue } = activityFilter(question);
  const conditions = [
    keyword && `«${escapeMarkdown(keyword)}»`,
    status !== undefined && `berstatus ${status}`,
    overdue === true && 'yang terlambat',
    overdue === false && 'yang tidak terlambat',
    undated === true && 'yang belum bertanggal',
    has_issue === true && 'yang punya kendala',
    has_issue === false && 'yang tanpa kendala',
    describeDays(question),
  ];
  return conditions
    .map((condition) => condition && ` ${condition}`)
    .filter(Boolean)
    .join('');
}

function describeDays(question: ParsedQuestion): string {
  const { days, months, span, period, today } = question;
  if (days)
    return days.from === days.to
      ? `pada ${formatDay(days.from, today)}`
      : `dari ${formatDay(days.from, today)} sampai ${formatDay(days.to, today)}`;
  if (span) return `pada ${span.name}`;
  if (daysOf(question)) return `pada ${months.map((month) => formatMonth(month, today)).join(' sampai ')}`;
  return period ? PERIOD_NAMES[period] : '';
}

/** Writes a list of activities. If the keyword matched nothing, `results` has a second page without it. */
export function writeActivityList(question: ParsedQuestion, results: Results, { texts }: AnswerContext): string {
  const { keyword, today } = question;
  const first = resultOf(results, 0, 'search_activities');
  const isWithoutKeyword = results.length > 1;
  const page = isWithoutKeyword ? resultOf(results, 1, 'search_activities') : first;
  // The term was searched within the other conditions only.
  const missed = isWithoutKeyword && fill(texts.ruleBasedNoActivities, { which: describeFilter(question, keyword) });
  const which = describeFilter(question, isWithoutKeyword ? '' : keyword);
  const title = fill(page.count === 0 ? texts.ruleBasedNoActivities : texts.ruleBasedActivities, {
    count: page.count,
    which,
  });
  const detail = hasWord(question, 'kendala') ? 'issue' : 'person';
  return joinLines(missed, title, writeActivities(page, today, texts, detail));
}

/** Writes the activities of a page, grouped by day if they are sorted by day, and a line for those that it leaves out. */
export function writeActivities(page: ActivityPage, today: string, texts: Texts, detail: Detail): string {
  const { activities, count, shown, offset = 0, undated_left_out: undated } = page;
  const isByDay = detail !== 'allocation';
  let day: string | null | undefined;
  const lines = activities.flatMap((activity, index) => {
    const line = `${index + 1}. ${describeInLine(activity, today, texts, detail)}`;
    if (!isByDay || activity.tanggal === day) return [line];
    day = activity.tanggal;
    const heading = day === null ? texts.ruleBasedUndated : formatDay(day, today);
    return [`\n**${day === today ? fill(texts.ruleBasedToday, { day: heading }) : heading}**`, line];
  });
  // A ranking is complete as it is.
  const rest = isByDay ? count - offset - shown : 0;
  return joinLines(
    lines,
    rest > 0 && `\n${fill(texts.ruleBasedMoreActivities, { count: rest })}`,
    undated !== undefined && `\n${fill(texts.ruleBasedUndatedLeftOut, { count: undated })}`,
  );
}

function describeInLine(activity: ActivityRow, today: string, texts: Texts, detail: Detail): string {
  const { nama, status, tanggal, terlambat, penanggung_jawab: person, pending_issue: issue } = activity;
  const late = terlambat && '⚠️ terlambat';
  const facts =
    detail === 'allocation'
      ? [
          formatRupiah(activity.total_alokasi),
          tanggal ? formatDay(tanggal, today).replace(/^\S+ /, '') : texts.ruleBasedUndated.toLowerCase(),
          late || escapeMarkdown(status),
        ]
      : [
          escapeMarkdown(status),
          late,
          detail === 'issue' ? issue && escapeMarkdown(issue) : person && `PJ ${escapeMarkdown(person)}`,
        ];
  return `${escapeMarkdown(nama)} – ${joinFacts(facts)}`;
}

/** Writes one activity with all fields that SAPA contains. */
export function writeActivity(activity: ActivityRow, today: string): string {
  const { tanggal, status, terlambat, total_alokasi } = activity;
  const fields: [string, string | null][] = [
    ['Tanggal', tanggal ? formatDay(tanggal, today) : 'belum ditetapkan'],
    ['Status', terlambat ? `${status} (terlambat)` : status],
    ['Penanggung jawab', activity.penanggung_jawab],
    ['Unit terkait', activity.kl_unit_terkait],
    ['Tujuan', activity.tujuan],
    ['Capaian', activity.capaian],
    ['Kendala', activity.pending_issue],
    ['Tindak lanjut', activity.rencana_tindak_lanjut],
    ['Alokasi', total_alokasi > 0 ? formatRupiah(total_alokasi) : null],
  ];
  const lines = fields.flatMap(([label, value]) => (value ? [`- ${label}: ${escapeMarkdown(value)}`] : []));
  return joinLines(`**${escapeMarkdown(activity.nama)}**`, lines);
}

/** Writes who is in charge of each activity. */
export function writePersonInCharge(question: ParsedQuestion, results: Results, { texts }: AnswerContext): string {
  const { keyword, today } = question;
  const { count, activities } = resultOf(results, 0, 'search_activities');
  if (count === 0) {
    return describeFilter(question, '') === ''
      ? fill(texts.ruleBasedNoSuchActivity, { keyword: escapeMarkdown(keyword) })
      : fill(texts.ruleBasedNoActivities, { which: describeFilter(question, keyword) });
  }
  const lines = activities.map(({ nama, penanggung_jawab, tanggal }) => {
    const day = tanggal ? ` (${formatDay(tanggal, today)})` : '';
    return `- ${escapeMarkdown(nama)}${day}: **${escapeMarkdown(penanggung_jawab ?? 'belum diisi')}**`;
  });
  return joinLines(texts.ruleBasedInCharge, lines);
}

/** Writes the activities of a person in charge; adds a sentence if others only mention the name. */
export function writeActivitiesOfPerson(question: ParsedQuestion, results: Results, { texts }: AnswerContext): string {
  const { person, today } = question;
  const page = resultOf(results, 0, 'search_activities');
  const name = (person ?? '').toLowerCase();
  const isOnePerson = new Set(page.activities.map(({ penanggung_jawab }) => penanggung_jawab)).size === 1;
  const isInCharge = page.activities.every(({ penanggung_jawab }) => penanggung_jawab?.toLowerCase().includes(name));
  const values = {
    count: page.count,
    person: escapeMarkdown(person ?? ''),
    which: describeFilter(question, ''),
  };
  if (page.count === 0) return fill(texts.ruleBasedNoActivitiesOfPerson, values);
  const title = isInCharge && !page.more ? texts.ruleBasedActivitiesOfPerson : texts.ruleBasedActivitiesWithPerson;
  return joinLines(fill(title, values), writeActivities(page, today, texts, isOnePerson ? 'issue' : 'person'));
}

/** Writes the activities with the largest or smallest allocations. */
export function writeExpensiveActivities(question: ParsedQuestion, results: Results, { texts }: AnswerContext): string {
  const page = resultOf(results, 0, 'search_activities');
  const order = hasWord(question, 'terendah') ? 'terkecil' : 'terbesar';
  const which = describeFilter(question, '');
  if (page.count === 0) return fill(texts.ruleBasedNoActivities, { which });
  const title = fill(texts.ruleBasedExpensive, { order, which });
  return joinLines(title, writeActivities(page, question.today, texts, 'allocation'));
}

/** Writes the sum of allocations of the activities that a question selects, and the largest ones. */
export function writeAllocation(question: ParsedQuestion, results: Results, { texts }: AnswerContext): string {
  const page = resultOf(results, 0, 'search_activities');
  const which = describeFilter(question, question.keyword);
  const values = { count: page.count, which, total: formatRupiah(page.total_allocation) };
  return joinLines(fill(texts.ruleBasedAllocation, values), writeActivities(page, question.today, texts, 'allocation'));
}

/** Writes the number of activities and their allocations by status. */
export function writeStatistics(_question: ParsedQuestion, results: Results, { texts }: AnswerContext): string {
  const result = resultOf(results, 0, 'activity_statistics');
  if (result.total === 0) return texts.ruleBasedNothingPlanned;
  const lines = Object.entries(result.by_status).map(([status, count]) => {
    const allocation = formatRupiah(result.allocation_by_status[status] ?? 0);
    return `- ${escapeMarkdown(status)}: ${count} kegiatan (${allocation})`;
  });
  const weeks = { thisWeek: result.this_week, nextWeek: result.next_week, overdue: result.overdue };
  return joinLines(
    fill(texts.ruleBasedStatistics, { total: result.total, allocation: formatRupiah(result.total_allocation) }),
    lines,
    fill(texts.ruleBasedStatisticsWeeks, weeks),
  );
}
