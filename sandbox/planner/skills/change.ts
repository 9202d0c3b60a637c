import type { Call, Conversation } from '../conversation.ts';
import { formatMonth, monthOf } from '../dates.ts';
import { reportMonth } from '../periods.ts';
import { ask, askAll, type Plan, type Skill, toCall } from '../plan.ts';
import type { Measure } from '../query-budget.ts';
import type { AccountPage, Calculation, Summary, Trend, TrendMonth } from '../results.ts';
import type { Query } from '../slots.ts';
import {
  blocks,
  capitalize,
  MEASURE_NAMES,
  percent,
  percentagePoints,
  reportName,
  rupiah,
  sourceLines,
  table,
} from '../wording.ts';
import { KIND_NAMES, reportArguments } from './budget.ts';
import { accountRows, tableOf } from './ranking.ts';

function* planTrend(query: Query): Plan {
  const { accounts, code, months, normalized, reportType, span } = query;
  const [account] = accounts;
  const from = span?.from ?? (/ (?:dari|mulai|sejak|antara) /.test(normalized) ? months[0] : undefined);
  const to = span?.to ?? (months.length > 1 ? months.at(-1) : undefined);
  const trend = yield* ask<Trend>('budget_trend', { account, code, from, to, report_type: reportType });
  const last = trend.months.at(-1);
  if (!last) return blocks('Belum ada data bulanan untuk itu.', sourceLines(trend));
  const subject = account ? ` akun ${account}` : '';
  const wantsMonths = / (?:tren|tiap bulan) /.test(normalized) || from !== undefined;
  if (!last.change && !wantsMonths) {
    return blocks(`Belum ada laporan bulan sebelumnya untuk dibandingkan dengan ${reportName(trend.report)}.`);
  }
  const since = from === undefined ? last.change : yield* changeSince(trend.months);
  return blocks(
    since ? describeChange(subject, last, since) : `### Perkembangan${subject}`,
    wantsMonths && trendTable(trend.months),
    sourceLines(trend),
  );
}

/** @returns the change from the first to the last month of a trend; null if there is only one month */
function* changeSince(months: readonly TrendMonth[]): Generator<Call[], TrendMonth['change'], unknown[]> {
  const [first] = months;
  const last = months.at(-1);
  if (!first || !last || first === last) return null;
  const subtract = (one: number, other: number) =>
    toCall('calculate', { operation: 'difference', operands: [one, other] });
  const [realisasi, share] = yield* askAll<Calculation>([
    subtract(last.realisasi, first.realisasi),
    subtract(last.serapan_persen ?? 0, first.serapan_persen ?? 0),
  ]);
  return { since: first.month, realisasi: realisasi?.result ?? 0, serapan_persen: share?.result ?? null };
}

function describeChange(subject: string, month: TrendMonth, change: NonNullable<TrendMonth['change']>): string {
  const { realisasi, serapan_persen: share } = change;
  const moved = realisasi >= 0 ? 'naik' : 'turun';
  const sentence = `Realisasi${subject} **${moved} ${rupiah(Math.abs(realisasi))}** sejak ${formatMonth(change.since)}, menjadi ${rupiah(month.realisasi)}.`;
  if (share === null) return sentence;
  return `${sentence} Serapan ${share >= 0 ? 'naik' : 'turun'} ${percentagePoints(share)} menjadi **${percent(month.serapan_persen)}**.`;
}

function trendTable(months: readonly TrendMonth[]): string {
  return table(
    ['Bulan', 'Realisasi', 'Serapan', 'Kenaikan'],
    months.map(({ month, realisasi, serapan_persen, change }) => [
      formatMonth(month),
      rupiah(realisasi),
      percent(serapan_persen),
      change ? rupiah(change.realisasi) : '–',
    ]),
  );
}

/** @returns the sum; null if a figure is missing */
function* sumOf(figures: readonly (number | null)[]): Generator<Call[], number | null, unknown[]> {
  if (figures.includes(null)) return null;
  return (yield* ask<Calculation>('calculate', { operation: 'sum', operands: figures })).result;
}

/** Realization within a quarter or half of a year: the sum of the changes of its months; from January the cumulative figure. */
function* planSpan(query: Query, { today }: Conversation): Plan {
  const { span, accounts, reportType } = query;
  if (!span) return '';
  if (span.from > monthOf(today)) return `${capitalize(span.label)} belum berjalan, jadi belum ada laporannya.`;
  const [account] = accounts;
  const args = { account, from: span.from, to: span.to, report_type: reportType };
  const trend = yield* ask<Trend>('budget_trend', args);
  const last = trend.months.at(-1);
  if (!last) return blocks(`Belum ada laporan untuk ${span.label}.`, sourceLines(trend));
  const changes = trend.months.map(({ change }) => change?.realisasi ?? null);
  const within = span.from.endsWith('-01') ? last.realisasi : yield* sumOf(changes);
  if (within === null)
    return blocks(
      `Realisasi ${span.label} saja belum dapat dihitung: laporan sebelumnya belum ada.`,
      sourceLines(trend),
    );
  return blocks(
    `Realisasi ${span.label}: **${rupiah(within)}**.`,
    `Sampai ${formatMonth(last.month)} realisasinya ${rupiah(last.realisasi)} (${percent(last.serapan_persen)}).`,
    sourceLines(trend),
  );
}

function* planComparison(query: Query, conversation: Conversation): Plan {
  if (/ akrual /.test(query.normalized) && / sp2d /.test(query.normalized))
    return yield* compareReports(['Akrual', 'SP2D'], 'report_type');
  if (query.months.length > 1) {
    const months = query.months.map((month) => reportMonth({ ...query, months: [month] }, conversation.today) ?? month);
    return yield* compareReports(months, 'report_month', query.reportType);
  }
  if (query.accounts.length > 1) return yield* compareAccounts(query, conversation);
  return yield* planTrend(query);
}

function* compareReports(values: string[], argument: string, report_type: string | null = null): Plan {
  const calls = values.map((value) => toCall('budget_summary', { report_type, [argument]: value }));
  const [first, ...others] = yield* askAll<Summary>(calls);
  const summaries = first ? [first, ...others] : others;
  const last = summaries.at(-1);
  if (!first || !last) return '';
  const operands = [last.realisasi, first.realisasi];
  const { result } = yield* ask<Calculation>('calculate', { operation: 'difference', operands });
  const names = values.map((value) => (argument === 'report_month' ? formatMonth(value) : `Laporan ${value}`));
  return blocks(
    '### Perbandingan',
    tableOf(summaries.map((amounts, index) => ({ name: names[index] ?? '', amounts }))),
    `Realisasi ${names.at(-1)} ${result >= 0 ? 'lebih besar' : 'lebih kecil'} **${rupiah(Math.abs(result))}** daripada ${names[0]}.`,
    sourceLines(last),
  );
}

function* compareAccounts(query: Query, conversation: Conversation): Plan {
  const { accounts } = query;
  const args = reportArguments(query, conversation);
  const pages = yield* askAll<AccountPage>(
    accounts.map((account) => toCall('budget_by_account', { account, ...args })),
  );
  const rows = pages.map((page, index) => {
    const single = page.count === 1 ? accountRows(page)[0]?.name : undefined;
    const account = accounts[index] ?? '';
    return { name: single ?? KIND_NAMES[account] ?? `Akun ${account}`, amounts: page.totals };
  });
  const [first, second] = rows;
  const [page] = pages;
  if (!first || !second || !page) return '';
  const operation = query.goal === 'sum' ? 'sum' : 'difference';
  const measure = query.measure ?? 'serapan_persen';
  // Percentages have no sum.
  const key = measure === 'serapan_persen' && operation === 'sum' ? 'realisasi' : measure;
  const operands = rows.map(({ amounts }) => amounts[key] ?? 0);
  const { result } = yield* ask<Calculation>('calculate', { operation, operands });
  const verdict = describeDifference(first.name, second.name, result, key);
  return blocks(
    '### Perbandingan',
    tableOf(rows),
    operation === 'sum'
      ? `Jumlah ${MEASURE_NAMES[key]}: **${rupiah(result)}**.`
      : rows.length === 2 && `Selisih ${MEASURE_NAMES[key]}: ${verdict}`,
    sourceLines(page),
  );
}

function describeDifference(first: string, second: string, difference: number, measure: Measure): string {
  if (difference === 0) return `${first} dan ${second} sama besar.`;
  const [larger, smaller] = difference > 0 ? [first, second] : [second, first];
  const size = measure === 'serapan_persen' ? percentagePoints(difference) : rupiah(Math.abs(difference));
  return `**${size}**, lebih besar ${larger} daripada ${smaller}.`;
}

const isBudget = ({ subject, goal }: Query) => subject !== 'activities' && goal !== null;

/** Changes over time, comparisons and sums. */
export const CHANGE_SKILLS: readonly Skill[] = [
  { name: 'trend', fits: (query) => isBudget(query) && query.goal === 'trend', plan: planTrend },
  {
    name: 'comparison',
    fits: (query) => isBudget(query) && (query.goal === 'compare' || query.goal === 'sum'),
    plan: planComparison,
  },
  { name: 'span', fits: ({ subject, span }) => subject === 'budget' && span !== null, plan: planSpan },
];
