import { fill } from '../../../texts.ts';
import * as templates from '../call-templates.ts';
import { asksForNextPage, planListEntry, planNextPage, writeListEntry, writeNextPage } from '../last-list.ts';
import { isAboutMoney, unsupportedTopic } from '../refusals.ts';
import * as activities from '../wording/write-activities.ts';
import * as budget from '../wording/write-budget.ts';
import * as changes from '../wording/write-changes.ts';
import * as comparison from '../wording/write-comparison.ts';
import * as forecast from '../wording/write-forecast.ts';
import * as rows from '../wording/write-rows.ts';
import { call, hasWord as has, type Intent } from './intent-types.ts';
import * as ask from './recognize.ts';

/**
 * All kinds of questions that rules answer, in the order in which they are tried: specific ones first. To add one, add a
 * row: how the question is recognized, the calls that it needs (and those that depend on results), how the answer is written.
 */
export const INTENTS: readonly Intent[] = [
  // Without data
  {
    name: 'unsupported-topic',
    asks: (question) => unsupportedTopic(question) !== null,
    calls: () => [],
    answer: (question, _results, { texts }) =>
      fill(texts.ruleBasedUnsupportedTopic, { what: unsupportedTopic(question) ?? '' }),
  },
  {
    name: 'sources',
    asks: ask.asksForSources,
    calls: () => [],
    answer: (_question, _results, { texts, sources }) => sources ?? texts.noSource,
  },
  // The last list
  { name: 'next-page', showsList: true, asks: asksForNextPage, calls: planNextPage, answer: writeNextPage },
  { name: 'list-entry', asks: ask.asksForListEntry, calls: planListEntry, answer: writeListEntry },
  // Forecasts
  {
    name: 'needed-per-month',
    asks: ask.asksForNeeded,
    calls: templates.planCurrentPosition,
    next: forecast.calculateNeeded,
    answer: forecast.writeNeeded,
  },
  {
    name: 'projection',
    asks: ask.asksForProjection,
    calls: templates.planCurrentPosition,
    next: forecast.calculateProjection,
    answer: forecast.writeProjection,
  },
  {
    name: 'sufficiency',
    asks: (question) => has(question, 'cukup') && isAboutMoney(question) && !ask.namesSomethingElse(question),
    calls: (question) => [
      ...templates.planCurrentPosition(question),
      call('search_activities', { status: 'Rencana', limit: templates.MAX_PAGE }),
    ],
    next: forecast.calculateSufficiency,
    answer: forecast.writeSufficiency,
  },
  { name: 'report-date', asks: ask.asksForReportDate, calls: templates.planSummary, answer: budget.writeReportDate },
  // Particular activities
  {
    name: 'person-in-charge',
    asks: ask.asksWhoIsInCharge,
    calls: templates.planActivities,
    answer: activities.writePersonInCharge,
  },
  {
    name: 'activities-of-person',
    showsList: true,
    asks: ask.asksForActivitiesOfPerson,
    calls: (question) => templates.planActivities({ ...question, keyword: question.person ?? '' }),
    answer: activities.writeActivitiesOfPerson,
  },
  {
    name: 'expensive-activities',
    showsList: true,
    asks: (question) => ask.isAboutActivities(question) && has(question, 'tertinggi', 'terendah'),
    calls: templates.planActivitiesByAllocation,
    answer: activities.writeExpensiveActivities,
  },
  {
    name: 'activity-allocation',
    showsList: true,
    asks: (question) => ask.isAboutActivities(question) && ask.asksForAllocation(question),
    calls: templates.planActivitiesByAllocation,
    answer: activities.writeAllocation,
  },
  {
    name: 'activity-statistics',
    asks: ask.asksForStatistics,
    calls: () => [call('activity_statistics')],
    answer: activities.writeStatistics,
  },
  {
    name: 'overdue',
    showsList: true,
    asks: (question) => has(question, 'terlambat') && ask.isConditionOfActivities(question),
    calls: templates.planActivities,
    next: templates.planWithoutKeyword,
    answer: activities.writeActivityList,
  },
  {
    name: 'undated',
    showsList: true,
    asks: (question) => has(question, 'undated') && ask.isConditionOfActivities(question),
    calls: templates.planActivities,
    next: templates.planWithoutKeyword,
    answer: activities.writeActivityList,
  },
  {
    name: 'issues',
    showsList: true,
    asks: (question) => has(question, 'kendala') && ask.isConditionOfActivities(question),
    calls: templates.planActivities,
    next: templates.planWithoutKeyword,
    answer: activities.writeActivityList,
  },
  {
    name: 'by-status',
    showsList: true,
    asks: ask.asksForStatus,
    calls: templates.planActivities,
    next: templates.planWithoutKeyword,
    answer: activities.writeActivityList,
  },
  // Rows of the budget
  {
    name: 'account-share',
    asks: ask.asksForShare,
    calls: (question) => [...templates.planPosition(question), ...templates.planSummary(question)],
    next: comparison.calculateShare,
    answer: comparison.writeShare,
  },
  {
    name: 'account-comparison',
    asks: (question) => question.accounts.length > 1 && question.accounts.length <= templates.MAX_COMPARED_ACCOUNTS,
    calls: templates.planEachAccount,
    next: comparison.calculateDifference,
    answer: comparison.writeComparison,
  },
  {
    name: 'negative-rows',
    showsList: true,
    asks: (question) => has(question, 'minus') && !has(question, 'kegiatan'),
    calls: (question) => templates.planRows(question, { max_sisa: -1, sort: 'sisa', order: 'asc' }),
    answer: rows.writeNegative,
  },
  {
    name: 'without-realization',
    showsList: true,
    asks: ask.asksForRowsWithoutRealization,
    calls: (question) => templates.planRows(question, { min_serapan: 0, max_serapan: 0, sort: 'pagu', order: 'desc' }),
    answer: rows.writeWithoutRealization,
  },
  {
    name: 'rows-within-bound',
    showsList: true,
    asks: ask.asksForRowsWithinBound,
    calls: templates.planBoundedRows,
    answer: rows.writeBounded,
  },
  {
    name: 'budget-by-group',
    showsList: true,
    asks: ask.asksForGroups,
    calls: templates.planGroups,
    answer: rows.writeRanking,
  },
  {
    name: 'account-ranking',
    showsList: true,
    asks: ask.asksForRanking,
    calls: templates.planRanking,
    answer: rows.writeRanking,
  },
  // Changes over time
  {
    name: 'quarter',
    asks: (question) =>
      isAboutMoney(question) &&
      changes.hasBegun(question) &&
      !has(question, 'banding', 'selisih') &&
      !ask.namesSomethingElse(question),
    calls: templates.planSpan,
    next: changes.calculateSpan,
    answer: changes.writeSpan,
  },
  {
    name: 'trend',
    showsList: true,
    asks: ask.asksForTrend,
    calls: templates.planTrend,
    next: changes.calculateChange,
    answer: changes.writeTrend,
  },
  // One report
  {
    name: 'locked-pagu',
    asks: ask.asksForLockedPagu,
    calls: templates.planPosition,
    answer: budget.writeLockedPagu,
  },
  { name: 'month-only', asks: ask.asksForMonthOnly, calls: templates.planPosition, answer: budget.writeMonthOnly },
  {
    name: 'account',
    asks: (question) => question.accounts.length === 1,
    calls: templates.planPosition,
    answer: budget.writePosition,
  },
  {
    name: 'budget-code',
    showsList: true,
    asks: (question) => question.code !== null,
    calls: templates.planFoundRows,
    answer: rows.writeFoundRows,
  },
  {
    name: 'budget-rows',
    showsList: true,
    asks: ask.asksForFoundRows,
    calls: templates.planFoundRows,
    next: templates.planSummaryInstead,
    answer: rows.writeFoundRows,
  },
  { name: 'budget-summary', asks: ask.asksForSummary, calls: templates.planSummary, answer: budget.writePosition },
  // Other activities
  {
    name: 'period',
    showsList: true,
    asks: ask.asksForPeriod,
    calls: templates.planActivities,
    next: templates.planWithoutKeyword,
    answer: activities.writeActivityList,
  },
  {
    name: 'activities',
    showsList: true,
    asks: ask.asksForActivities,
    calls: templates.planActivities,
    next: templates.planWithoutKeyword,
    answer: activities.writeActivityList,
  },
];
