import { MONTH_NAMES } from '../../indonesian-months.ts';
import { addMonths, monthOf } from '../../supabase/calendar.ts';
import { call, hasWord, type Results, resultOf, type ToolCall } from './question/intent-types.ts';
import type { Measure, ParsedQuestion } from './question/parse-question.ts';
import { activityFilter, asksForRows, boundedMeasure, reportArguments } from './question/question-arguments.ts';
import { pastMonth } from './question/read-time.ts';

/** Maximum rows of a page. */
export const MAX_PAGE = 50;
/** Rows of a ranking without a number in the question. */
const RANKING_LIMIT = 5;
/** Activities in one answer. */
const ACTIVITY_LIMIT = 10;
/** Rows of a list with a condition. */
const LIST_LIMIT = 20;

/** The whole budget of the requested report. */
export function planSummary(question: ParsedQuestion): ToolCall[] {
  return [call('budget_summary', reportArguments(question))];
}

/** The account of the question, else the whole budget. */
export function planPosition(question: ParsedQuestion): ToolCall[] {
  const [account] = question.accounts;
  return account === undefined
    ? planSummary(question)
    : [call('budget_by_account', { account, ...reportArguments(question) })];
}

/** The account of the question, else the whole budget, from the newest report: a month in the question is the target. */
export function planCurrentPosition(question: ParsedQuestion): ToolCall[] {
  return planPosition({ ...question, months: [] });
}

/** Maximum accounts of a comparison: as many calls as a plan may have. */
export const MAX_COMPARED_ACCOUNTS = 3;

/** Each account of a comparison. */
export function planEachAccount(question: ParsedQuestion): ToolCall[] {
  return question.accounts.map((account) => call('budget_by_account', { account, ...reportArguments(question) }));
}

/** Accounts, rows or groups with a condition. */
export function planRows(question: ParsedQuestion, condition: Record<string, unknown>): ToolCall[] {
  const { accounts, groupBy, limit } = question;
  const [account] = accounts;
  const args = { ...condition, limit: limit ?? LIST_LIMIT, ...reportArguments(question) };
  if (groupBy) return [call('budget_by_account', { ...args, account, group_by: groupBy })];
  return asksForRows(question)
    ? [call('search_budget', { ...args, code: question.code ?? account })]
    : [call('budget_by_account', { ...args, account })];
}

/** Rows within a bound; no tool has bounds of pagu and realisasi, so the largest or smallest rows are read. */
export function planBoundedRows(question: ParsedQuestion): ToolCall[] {
  const { bound } = question;
  const measure = boundedMeasure(question);
  const order = bound?.min === undefined ? 'asc' : 'desc';
  if (measure === 'serapan')
    return planRows(question, { min_serapan: bound?.min, max_serapan: bound?.max, sort: measure, order });
  if (measure === 'sisa')
    return planRows(question, { min_sisa: bound?.min, max_sisa: bound?.max, sort: measure, order });
  return planRows({ ...question, limit: MAX_PAGE }, { sort: measure, order });
}

/** The budget by RO, component …, ranked if the question asks for the highest or lowest. */
export function planGroups(question: ParsedQuestion): ToolCall[] {
  const isRanked = hasWord(question, 'terendah', 'tertinggi');
  const [account] = question.accounts;
  return [
    call('budget_by_account', {
      account,
      group_by: question.groupBy === 'account' ? undefined : question.groupBy,
      ...(isRanked ? { sort: question.measure ?? 'pagu', order: orderOf(question) } : {}),
      limit: question.limit ?? (isRanked ? RANKING_LIMIT : LIST_LIMIT),
      ...reportArguments(question),
    }),
  ];
}

/** The accounts or rows with the highest or lowest values. */
export function planRanking(question: ParsedQuestion): ToolCall[] {
  const sort: Measure = question.measure ?? 'pagu';
  const limit = question.limit ?? RANKING_LIMIT;
  return planRows({ ...question, limit }, { sort, order: orderOf(question) });
}

function orderOf(question: ParsedQuestion): 'asc' | 'desc' {
  return hasWord(question, 'terendah') ? 'asc' : 'desc';
}

/** The months of a quarter. */
export function planSpan(question: ParsedQuestion): ToolCall[] {
  const { span: asked, accounts, code, reportType } = question;
  return [
    call('budget_trend', { account: accounts[0], code, from: asked?.from, to: asked?.to, report_type: reportType }),
  ];
}

/** «Naik berapa dibanding Juni?» */
const COMPARED_WITH_MONTH = new RegExp(
  ` (?:naik|turun) .*banding (?:dengan |bulan )*(?:${MONTH_NAMES.join('|').toLowerCase()}) `,
);
/** Months before the current one from which a development begins at the earliest; the tool has at most 24 months. */
const MAX_TREND_MONTHS = 22;

/** The development from the named month, or this year; between two months; or in one month since the one before. */
export function planTrend(question: ParsedQuestion): ToolCall[] {
  const { accounts, code, reportType, months, words, today } = question;
  const earliest = addMonths(monthOf(today), -MAX_TREND_MONTHS);
  const [first, last] = months
    .map((month) => pastMonth(month, today))
    .map((month) => (month < earliest ? earliest : month))
    .toSorted();
  const args = { account: accounts[0], code, report_type: reportType };
  if (first === undefined) return [call('budget_trend', args)];
  const isSince =
    last === undefined && (/ (?:dari|sejak|mulai|antara) /.test(words) || COMPARED_WITH_MONTH.test(words));
  if (isSince) return [call('budget_trend', { ...args, from: first })];
  return [call('budget_trend', { ...args, from: last ? first : addMonths(first, -1), to: last ?? first })];
}

/** Rows that a code or a term finds. */
export function planFoundRows(question: ParsedQuestion): ToolCall[] {
  const { code, keyword, limit } = question;
  const args = code === null ? { keyword } : { code };
  return [call('search_budget', { ...args, limit: limit ?? RANKING_LIMIT, ...reportArguments(question) })];
}

/** The whole budget, if no row has a word that begins with the term: «top» does not mean «laptop». */
export function planSummaryInstead(question: ParsedQuestion, results: Results): ToolCall[] {
  if (results.length !== 1) return [];
  const { rows } = resultOf(results, 0, 'search_budget');
  const start = new RegExp(`(?<![\\p{L}\\p{N}])${RegExp.escape(question.keyword)}`, 'iu');
  const isFound = rows.some(({ uraian, account_name }) => start.test(`${uraian} ${account_name ?? ''}`));
  return isFound ? [] : planSummary(question);
}

/** The activities that a question selects; without any condition the newest ones. */
export function planActivities(question: ParsedQuestion): ToolCall[] {
  const { keyword, limit } = question;
  const filter = { ...activityFilter(question), keyword };
  const isNarrow = Object.values(filter).some((value) => value !== '');
  const order = isNarrow ? {} : { sort: 'date', order: 'desc' };
  return [call('search_activities', { ...filter, ...order, limit: limit ?? ACTIVITY_LIMIT })];
}

/** The same activities without the keyword, if it found no rows and there are other conditions. */
export function planWithoutKeyword(question: ParsedQuestion, results: Results): ToolCall[] {
  const isMissed = results.length === 1 && resultOf(results, 0, 'search_activities').count === 0;
  const hasConditions = Object.keys(activityFilter(question)).length > 0;
  return isMissed && question.keyword !== '' && hasConditions ? planActivities({ ...question, keyword: '' }) : [];
}

/** The activities that a question selects, by their allocations. */
export function planActivitiesByAllocation(question: ParsedQuestion): ToolCall[] {
  const { keyword, limit } = question;
  const sorted = { sort: 'allocation', order: orderOf(question), limit: limit ?? RANKING_LIMIT };
  return [call('search_activities', { ...activityFilter(question), keyword, ...sorted })];
}
