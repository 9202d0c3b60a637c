import type { TrendMonth } from '../../../supabase/budget/trend.ts';
import { addMonths, monthOf } from '../../../supabase/calendar.ts';
import { formatRupiah } from '../../../supabase/rupiah.ts';
import { fill, type Texts } from '../../../texts.ts';
import { type AnswerContext, call, hasWord, type Results, resultOf, type ToolCall } from '../question/intent-types.ts';
import type { ParsedQuestion } from '../question/parse-question.ts';
import { formatMonth, formatPercent, formatPoints, formatReportName, formatSource, joinLines } from './format.ts';
import { WHOLE_BUDGET } from './write-budget.ts';

/** Returns the calculation of the change from the first to the last month of a trend that begins at a named month. */
export function calculateChange(question: ParsedQuestion, results: Results): ToolCall[] {
  const { months } = resultOf(results, 0, 'budget_trend');
  const [first, last] = [months[0], months.at(-1)];
  if (results.length > 1 || question.months.length === 0 || !first || !last || first === last) return [];
  if (first.month.slice(0, 4) !== last.month.slice(0, 4)) return [];
  const subtract = (one: number, other: number) =>
    call('calculate', { operation: 'difference', operands: [one, other] });
  const shares = [last.serapan_persen, first.serapan_persen];
  const share = shares.every((value) => value !== null) ? [subtract(shares[0] ?? 0, shares[1] ?? 0)] : [];
  return [subtract(last.realisasi, first.realisasi), ...share];
}

/** Writes how realization changed, and each month if the question asks for the development. */
export function writeTrend(question: ParsedQuestion, results: Results, { texts }: AnswerContext): string {
  const { today, accounts } = question;
  const { months, report } = resultOf(results, 0, 'budget_trend');
  const last = months.at(-1);
  if (!last) return fill(texts.ruleBasedNoTrend, { report: formatReportName(report, today) });
  const subject = accounts[0] === undefined ? WHOLE_BUDGET : ` akun ${accounts[0]}`;
  const change = changeOf(results, months);
  const isMonthly = hasWord(question, 'tren', 'tiap', 'bulanan') || question.months.length > 0;
  if (!change && !isMonthly) return fill(texts.ruleBasedNoTrend, { report: formatReportName(report, today) });
  return joinLines(
    change && writeChange(change, last, subject, today, texts),
    isMonthly && months.map((month) => writeMonth(month, today, texts)),
    formatSource(report, today, texts),
  );
}

interface Change {
  since: string;
  realisasi: number;
  serapan_persen: number | null;
}

/** Returns the calculated change, else the change of the last month. */
function changeOf(results: Results, months: readonly TrendMonth[]): Change | null {
  if (results.length < 2) return months.at(-1)?.change ?? null;
  return {
    since: months[0]?.month ?? '',
    realisasi: resultOf(results, 1, 'calculate').result,
    serapan_persen: results.length > 2 ? resultOf(results, 2, 'calculate').result : null,
  };
}

function writeChange(change: Change, last: TrendMonth, subject: string, today: string, texts: Texts): string[] {
  const moved = (value: number) => (value >= 0 ? 'naik' : 'turun');
  const { realisasi, serapan_persen: points } = change;
  const amounts = {
    subject,
    moved: moved(realisasi),
    amount: formatRupiah(Math.abs(realisasi)),
    since: formatMonth(change.since, today),
    now: formatRupiah(last.realisasi),
  };
  const share = points !== null && {
    moved: moved(points),
    points: formatPoints(points),
    now: formatPercent(last.serapan_persen),
  };
  return [fill(texts.ruleBasedTrend, amounts), ...(share ? [fill(texts.ruleBasedTrendShare, share)] : [])];
}

function writeMonth({ month, realisasi, serapan_persen, change }: TrendMonth, today: string, texts: Texts): string {
  const values = {
    month: formatMonth(month, today),
    realisasi: formatRupiah(realisasi),
    serapan: formatPercent(serapan_persen),
  };
  if (!change) return fill(texts.ruleBasedTrendMonth, values);
  const moved = change.realisasi >= 0 ? 'naik' : 'turun';
  return fill(texts.ruleBasedTrendMonthChange, { ...values, moved, amount: formatRupiah(Math.abs(change.realisasi)) });
}

/** Returns the calculation of the realization within a quarter that does not begin the year: the sum of its changes. */
export function calculateSpan({ span }: ParsedQuestion, results: Results): ToolCall[] {
  const { months } = resultOf(results, 0, 'budget_trend');
  if (results.length > 1 || !span || span.from.endsWith('-01')) return [];
  const changes = months.map(({ change }) => change?.realisasi);
  if (changes.length === 0 || changes.some((change) => change === undefined)) return [];
  return [call('calculate', { operation: 'sum', operands: changes })];
}

/** Writes the realization within a quarter or half of a year. Realization is cumulative within the year. */
export function writeSpan(question: ParsedQuestion, results: Results, { texts }: AnswerContext): string {
  const { span, today, accounts } = question;
  const { months, report } = resultOf(results, 0, 'budget_trend');
  const last = months.at(-1);
  const name = span?.name ?? '';
  if (!last) return joinLines(fill(texts.ruleBasedNoSpan, { name }), formatSource(report, today, texts));
  const isFirst = span?.from.endsWith('-01') === true;
  const amount = isFirst ? last.realisasi : results.length > 1 ? resultOf(results, 1, 'calculate').result : null;
  const subject = accounts[0] === undefined ? WHOLE_BUDGET : ` akun ${accounts[0]}`;
  const values = {
    subject,
    name,
    amount: amount === null ? '' : formatRupiah(amount),
    month: formatMonth(last.month, today),
    realisasi: formatRupiah(last.realisasi),
    serapan: formatPercent(last.serapan_persen),
  };
  const before = span && formatMonth(addMonths(span.from, -1), today);
  return joinLines(
    amount === null
      ? fill(texts.ruleBasedSpanWithoutStart, { name, month: before ?? '' })
      : fill(texts.ruleBasedSpan, values),
    fill(isFirst ? texts.ruleBasedSpanShare : texts.ruleBasedCumulativeMonth, values),
    formatSource(report, today, texts),
  );
}

/** Returns whether the quarter of a question has begun. */
export function hasBegun({ span, today }: ParsedQuestion): boolean {
  return span !== null && span.from <= monthOf(today);
}
