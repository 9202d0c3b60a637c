import type { ToolData, ToolResults } from '../gemini/tools/results.ts';
import type { ToolArguments } from '../gemini/tools/schemas.ts';
import { stripInvisible } from '../security/untrusted-text.ts';
import type { Amounts } from '../supabase/budget/amounts.ts';
import { monthOf } from '../supabase/calendar.ts';
import { LEVEL_NAMES } from '../supabase/reports/report-names.ts';
import { type BarChart, type Chart, MEASURES, type Measure, type StackChart, type TrendChart } from './chart.ts';

/** Months of a trend, or rows of a ranking or comparison, that a chart needs. */
const MIN_POINTS = 3;
/** Rows of a chart: more would be too small to read on a phone. */
const MAX_CHART_ROWS = 15;
const MAX_NAME_LENGTH = 200;

/**
 * Selects the chart of an answer's tool results: the last ranking, comparison or trend with enough rows. The words of the
 * question decide only between several of them and between measures, never on a figure.
 * @returns null when no result can be drawn
 */
export function selectChart(data: readonly ToolData[], question: string): Chart | null {
  const words = question.toLowerCase();
  const charts = [trendOfSummaries(data), comparisonOfCalls(data), ...data.map((each) => toChart(each, words))];
  const possible = charts.filter((chart) => chart !== null);
  const wantsTrend = /\b(?:tren|trend|perkembangan|bulan(?:an)?|bulan ke bulan)\b/.test(words);
  return possible.findLast(({ kind }) => wantsTrend === (kind === 'trend')) ?? possible.at(-1) ?? null;

  /** Accounts that were read one call at a time. */
  function comparisonOfCalls(results: readonly ToolData[]): Chart | null {
    const calls = results.filter(({ tool }) => tool === 'budget_by_account');
    const [first] = calls;
    if (!first || calls.length < MIN_POINTS) return null;
    const isAlike = (other: ToolData) => isSameReport(first, other) && nounOf(first) === nounOf(other);
    const rows = calls.filter(isAlike).map(rowsOf);
    if (rows.length < MIN_POINTS || rows.some(({ length }) => length !== 1)) return null;
    return chartOfRows(rows.flat(), { data: { ...first, args: {} }, words, total: rows.length });
  }
}

function toChart(data: ToolData, words: string): Chart | null {
  switch (data.tool) {
    case 'budget_trend':
      return trendChart(data);
    case 'budget_by_account':
    case 'search_budget':
      return chartOfRows(rowsOf(data), { data, words, total: (data.result as { count?: number }).count ?? 0 });
    case 'search_activities':
      return allocationChart(data, words);
    case 'activity_statistics':
      return statusChart(data, words);
    default:
      return null;
  }
}

function trendChart({ result, report, args }: ToolData): TrendChart | null {
  const { months = [] } = result as Partial<Extract<ToolResults['budget_trend'], { months: unknown }>>;
  if (months.length < MIN_POINTS || !report) return null;
  const points = months.map(({ month, pagu, realisasi, serapan_persen: serapan }) => {
    return { month, pagu, realisasi, serapan };
  });
  return { kind: 'trend', report: toReport(report), scope: scopeOf(args), months: points };
}

/** A trend of summaries that were read month by month. */
function trendOfSummaries(results: readonly ToolData[]): TrendChart | null {
  const summaries = results.filter(({ tool, report }) => tool === 'budget_summary' && report?.date);
  const type = summaries.at(-1)?.report?.type;
  const months = new Map<string, { data: ToolData; date: string }>();
  for (const data of summaries) {
    const date = data.report?.date ?? '';
    if (data.report?.type === type) months.set(monthOf(date), { data, date });
  }
  const sorted = [...months].sort(([a], [b]) => (a < b ? -1 : 1));
  const last = sorted.at(-1)?.[1].data.report;
  if (sorted.length < MIN_POINTS || !last) return null;
  const points = sorted.map(([month, { data }]) => {
    const { pagu, realisasi, serapan_persen: serapan } = data.result as Amounts;
    return { month, pagu, realisasi, serapan };
  });
  return { kind: 'trend', report: toReport(last), scope: '', months: points };
}

type NamedAmounts = Amounts & { name: string };

/** The rows of a budget result with their names. */
function rowsOf({ result }: ToolData): NamedAmounts[] {
  const {
    rows = [],
    accounts = [],
    groups = [],
  } = result as Partial<
    Extract<ToolResults['search_budget'], { rows: unknown }> &
      Extract<ToolResults['budget_by_account'], { totals: unknown }>
  >;
  const texts = Map.groupBy(rows, ({ uraian }) => uraian);
  return [
    ...accounts.map((row) => ({ ...row, name: joinName(row.account, row.name) })),
    ...groups.map((row) => ({ ...row, name: joinName(row.code, row.name) })),
    ...rows.map((row) => ({
      ...row,
      name: (texts.get(row.uraian)?.length ?? 0) > 1 ? joinName(row.kode, row.uraian) : toName(row.uraian || row.kode),
    })),
  ];
}

function chartOfRows(
  rows: readonly NamedAmounts[],
  { data, words, total }: { data: ToolData; words: string; total: number },
): BarChart | StackChart | null {
  if (rows.length < MIN_POINTS || !data.report) return null;
  const basis = { report: toReport(data.report), scope: scopeOf(data.args), noun: nounOf(data), total };
  const measure = measureOf(data.args, words);
  if (measure) {
    const bars = rows.map((row) => ({
      name: row.name,
      value: measure === 'serapan' ? row.serapan_persen : row[measure],
    }));
    const isRanked = 'sort' in data.args;
    return { kind: 'bars', ...basis, measure, rows: firstRows(bars, isRanked ? null : ({ value }) => value ?? 0) };
  }
  const stacks = rows.map(({ name, pagu, realisasi, outstanding, komitmen, sisa_setelah_komitmen: sisa }) => {
    return { name, pagu, realisasi, outstanding, komitmen, sisa };
  });
  return { kind: 'stack', ...basis, rows: firstRows(stacks, ({ pagu }) => pagu) };
}

/** The rows in their order; without a ranking, the largest ones if there are too many. */
function firstRows<Row>(rows: readonly Row[], size: ((row: Row) => number) | null): Row[] {
  if (!size || rows.length <= MAX_CHART_ROWS) return rows.slice(0, MAX_CHART_ROWS);
  return rows.toSorted((a, b) => size(b) - size(a)).slice(0, MAX_CHART_ROWS);
}

type BudgetMeasure = Extract<Measure, 'pagu' | 'realisasi' | 'sisa' | 'serapan'>;

/** Returns the only measure in the question, else the sort column of the rows; null for the composition of pagu. */
function measureOf(args: object, words: string): BudgetMeasure | null {
  if (/\b(?:komposisi|susunan|pembagian|outstanding|komitmen)\b/.test(words)) return null;
  const named = BUDGET_MEASURES.filter((measure) => MEASURE_WORDS[measure].test(words));
  if (named.length === 1 && named[0]) return named[0];
  const { sort } = args as { sort?: BudgetMeasure };
  return sort ?? null;
}

const BUDGET_MEASURES = MEASURES.filter((measure) => measure !== 'alokasi' && measure !== 'kegiatan');
const MEASURE_WORDS: Record<BudgetMeasure, RegExp> = {
  pagu: /\bpagu/,
  realisasi: /\brealisasi/,
  sisa: /\bsisa/,
  serapan: /serap/,
};

function allocationChart({ result, args }: ToolData, words: string): BarChart | null {
  const { activities = [], count = 0 } = result as Partial<ToolResults['search_activities']>;
  const isByAmount =
    (args as ToolArguments['search_activities']).sort === 'allocation' || /alokasi|anggaran/.test(words);
  if (activities.length < MIN_POINTS || !isByAmount) return null;
  const rows = activities.map(({ nama, total_alokasi: value }) => ({ name: toName(nama), value: value ?? 0 }));
  return {
    kind: 'bars',
    report: null,
    scope: scopeOf(args),
    noun: 'kegiatan',
    total: count,
    measure: 'alokasi',
    rows: firstRows(rows, ({ value }) => value),
  };
}

function statusChart({ result }: ToolData, words: string): BarChart | null {
  const { by_status: counts = {}, allocation_by_status: allocations = {} } = result as Partial<
    ToolResults['activity_statistics']
  >;
  const measure = /alokasi|anggaran/.test(words) ? 'alokasi' : 'kegiatan';
  const values = Object.entries(measure === 'alokasi' ? allocations : counts);
  if (values.length < MIN_POINTS) return null;
  const rows = values.map(([status, value]) => ({ name: toName(status), value }));
  const basis = { report: null, scope: '', noun: 'status', total: rows.length };
  return { kind: 'bars', ...basis, measure, rows: firstRows(rows, ({ value }) => value) };
}

function nounOf({ tool, args }: ToolData): string {
  if (tool === 'search_budget') return 'rincian';
  const { group_by: level, digits } = args as ToolArguments['budget_by_account'];
  if (level && level !== 'account') return LEVEL_NAMES[level];
  return digits && digits < 6 ? 'kelompok akun' : 'akun';
}

/** Describes the restrictions of a call, such as «akun 52, kata «rapat»». */
function scopeOf(args: object): string {
  const { account, code, keyword, status } = args as Partial<Record<'account' | 'code' | 'keyword' | 'status', string>>;
  const restrictions = [
    account && `akun ${account}`,
    code && `kode ${code}`,
    status && `status ${status}`,
    keyword && `kata «${keyword}»`,
  ];
  return toName(restrictions.filter(Boolean).join(', '));
}

function joinName(code: string, name: string | null): string {
  return toName(name ? `${code} ${name}` : code);
}

/** Reduces text of other people to one line without invisible characters. */
function toName(text: string): string {
  return stripInvisible(text).replace(/\s+/g, ' ').trim().slice(0, MAX_NAME_LENGTH).toWellFormed();
}

function toReport({ type, date }: NonNullable<ToolData['report']>): BarChart['report'] {
  return { type, date };
}

function isSameReport(a: ToolData, b: ToolData): boolean {
  return a.report?.type === b.report?.type && a.report?.date === b.report?.date;
}
