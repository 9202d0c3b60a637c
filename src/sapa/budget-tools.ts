import { notes } from './activity-tools.ts';
import { type Amounts, amountsOf, type BudgetMatches } from './budget.ts';
import { searchAccounts } from './budget-accounts.ts';
import { markedRows, rowsInAll, rowsOfAccount, rowsOfCode, searchRows, sumRows } from './budget-rows.ts';
import { type MonthSums, reportsByMonth, trendOf } from './budget-trend.ts';
import { addMonths, type Month, monthOf } from './calendar.ts';
import type { Commitment, Commitments } from './commitments.ts';
import type { ParsedReport } from './parsed-report.ts';
import { chooseReport, type ReportInfo, refOf, reportsInPlay } from './reports.ts';
import { toSen } from './rupiah.ts';
import type { ToolArguments } from './tool-parameters.ts';
import type { Executed, NoReport, ToolResults } from './tool-results.ts';
import type { TurnReads } from './turn-reads.ts';

const PAGE = 20;
/** Months of a trend at most: each may mean reading a report. */
const MOST_MONTHS = 24;

/** Arguments that are well-formed, but make no sense together; the message is for the model. */
export class UnfitArguments extends Error {}

/** `budget_summary`: all rows of one report, and what the user's activities bind of it now. */
export async function budgetSummary(
  reads: TurnReads,
  args: ToolArguments['budget_summary'],
): Promise<Executed<ToolResults['budget_summary']>> {
  return ofReport(reads, args, (report, commitments) => ({
    result: { ...amountsOf(report.total, commitments.total), rows: report.rows },
    evidence: {},
  }));
}

/** `search_budget`: rows of one report. */
export async function searchBudget(
  reads: TurnReads,
  args: ToolArguments['search_budget'],
): Promise<Executed<ToolResults['search_budget']>> {
  const code = args.code === undefined ? undefined : wholeSegments(args.code);
  return ofReport(reads, args, (report, commitments) => {
    const { report_month: _month, report_type: _type, code: _code, ...filter } = args;
    const matches = searchRows(report, commitments, {
      ...filter,
      ...(code === undefined ? {} : { code }),
      limit: args.limit ?? PAGE,
      offset: args.offset ?? 0,
    });
    const codes = matches.page.map((row) => row.kode);
    const outside = matches.count === report.rows ? outsideReport(commitments, matches.totals) : {};
    const result = { ...pageOf(matches, args), ...outside, rows: matches.page };
    return { result, evidence: { codes, listed: { kind: 'budget_rows', ids: codes } } };
  });
}

/** `budget_by_account`: the rows of one report added up by account. */
export async function budgetByAccount(
  reads: TurnReads,
  args: ToolArguments['budget_by_account'],
): Promise<Executed<ToolResults['budget_by_account']>> {
  const account = args.account === undefined ? undefined : accountDigits(args.account);
  return ofReport(reads, args, (report, commitments) => {
    const { report_month: _month, report_type: _type, account: _account, ...filter } = args;
    const matches = searchAccounts(report, commitments, {
      ...filter,
      ...(account === undefined ? {} : { account }),
      limit: args.limit ?? PAGE,
      offset: args.offset ?? 0,
    });
    const accounts = matches.page.map((row) => row.account);
    const narrowed = [account, args.min_sisa, args.max_sisa, args.min_serapan, args.max_serapan];
    const outside = narrowed.some((value) => value !== undefined) ? {} : outsideReport(commitments, matches.totals);
    const result = { ...pageOf(matches, args), ...outside, accounts: matches.page };
    return { result, evidence: { codes: accounts, listed: { kind: 'accounts', ids: accounts } } };
  });
}

/** `budget_trend`: the newest report of each month, side by side; never added up. */
export async function budgetTrend(
  reads: TurnReads,
  args: ToolArguments['budget_trend'],
): Promise<Executed<ToolResults['budget_trend']>> {
  const infos = await reads.reports();
  const inPlay = reportsInPlay(infos, args.report_type);
  const newest = inPlay.find((info) => info.date !== null)?.date;
  if (!newest) return missing(infos, args);
  const { from, to } = monthRange(args, monthOf(newest));
  const { base, months } = reportsByMonth(inPlay, from, to);
  const last = months.at(-1);
  if (!last) return missing(infos, { ...args, report_month: to });
  const account = args.account === undefined ? undefined : accountDigits(args.account);
  const code = args.code === undefined ? undefined : wholeSegments(args.code);
  const sums: MonthSums[] = [];
  let skipped = 0;
  // One after another: only one report is parsed at a time anyway, and none is held longer than it takes to add up.
  for (const info of base ? [base, ...months] : months) {
    const report = await reads.open(info);
    const marks = rowsInAll([
      ...(account === undefined ? [] : [rowsOfAccount(report, account)]),
      ...(code === undefined ? [] : [rowsOfCode(report, code)]),
    ]);
    if (info !== base) skipped += report.skipped;
    sums.push({ date: info.date ?? '', sums: sumRows(report, marks && markedRows(report, marks)) });
    remember(reads, info);
  }
  const trend = base ? trendOf(sums[0], sums.slice(1)) : trendOf(undefined, sums);
  const codes = [account, code].filter((value) => value !== undefined);
  const said = [...typeNotes(infos, last), ...(skipped > 0 ? [SKIPPED] : []), ...trendNotes(trend.length, from, to)];
  return {
    result: { report: refOf(last), months: trend, ...(skipped > 0 ? { skipped_rows: skipped } : {}), ...notes(said) },
    evidence: {
      report: refOf(last),
      ...(codes.length > 0 ? { codes } : {}),
      listed: { kind: 'months', ids: trend.map(({ month }) => month) },
    },
  };
}

const SKIPPED = 'Ada baris laporan yang tidak terbaca dan tidak ikut dijumlahkan.';

/** Runs `compute` over the report asked for, and adds what every budget answer says of its report. */
async function ofReport<Result extends object>(
  reads: TurnReads,
  wish: { report_month?: string; report_type?: string },
  compute: (report: ParsedReport, commitments: Commitments) => Executed<Result>,
): Promise<Executed<NoReport | (Result & { report: ReturnType<typeof refOf> })>> {
  const infos = await reads.reports();
  const info = chooseReport(infos, { month: wish.report_month, type: wish.report_type });
  if (!info) return missing(infos, wish);
  const [report, commitments] = await Promise.all([reads.open(info), reads.commitments()]);
  remember(reads, info);
  const { result, evidence } = compute(report, commitments);
  const said = [...reportNotes(report), ...typeNotes(infos, info), ...twinNotes(infos, info)];
  const skipped = report.skipped > 0 ? { skipped_rows: report.skipped } : {};
  return {
    result: { report: refOf(info), ...result, ...skipped, ...notes(said) },
    evidence: { report: refOf(info), ...evidence },
  };
}

function remember(reads: TurnReads, info: ReportInfo): void {
  if (info.date) reads.months.add(Number(info.date.slice(5, 7)));
}

function missing(
  infos: readonly ReportInfo[],
  wish: { report_month?: string; report_type?: string },
): Executed<NoReport> {
  const inPlay = reportsInPlay(infos, wish.report_type);
  const shown = inPlay.length > 0 ? inPlay : infos;
  const kind = infos.length === 0 ? 'no_report' : inPlay.length === 0 ? 'no_report_of_type' : 'no_report_of_month';
  const said = {
    no_report: 'Belum ada laporan realisasi SAKTI yang diunggah pengguna ke SAPA, jadi angka anggaran belum ada.',
    no_report_of_type: 'Belum ada laporan jenis itu; yang ada tercantum dalam available.',
    no_report_of_month: 'Tidak ada laporan untuk bulan itu; yang ada tercantum dalam available.',
  }[kind];
  return {
    result: { report: null, missing: kind, available: shown.slice(0, 12).map(refOf), notes: [said] },
    evidence: {},
  };
}

function pageOf<Row>(
  matches: BudgetMatches<Row>,
  args: { offset?: number },
): { count: number; shown: number; more: boolean; totals: Amounts; without_pagu?: number } {
  const leftOut = matches.count - matches.ranked;
  return {
    count: matches.count,
    shown: matches.page.length,
    more: (args.offset ?? 0) + matches.page.length < matches.ranked,
    totals: matches.totals,
    ...(leftOut > 0 ? { without_pagu: leftOut } : {}),
  };
}

/** What is bound on codes that the report does not have, so that totals and budget_summary can be told apart. */
function outsideReport({ total }: Commitments, totals: Amounts): { outside_report?: Commitment } {
  const outstanding = toSen(total.outstanding - totals.outstanding);
  const komitmen = toSen(total.komitmen - totals.komitmen);
  return outstanding === 0 && komitmen === 0 ? {} : { outside_report: { outstanding, komitmen } };
}

function reportNotes(report: ParsedReport): string[] {
  if (!report.readable) return ['Isi laporan ini tidak dapat dibaca; unggah ulang laporannya di portal.'];
  const said = report.skipped > 0 ? [SKIPPED] : [];
  if (report.rows === 0) return [...said, 'Laporan ini kosong: tidak ada baris anggaran di dalamnya.'];
  return report.total.pagu === 0 ? [...said, 'Pagunya nol, jadi persentase serapan tidak ada.'] : said;
}

function typeNotes(infos: readonly ReportInfo[], used: ReportInfo): string[] {
  const others = new Set(infos.map((info) => info.type).filter((type) => type !== used.type));
  if (others.size === 0) return [];
  const names = [...others].map((type) => type ?? 'tanpa jenis').join(', ');
  return [`Angka ini dari laporan ${used.type ?? 'tanpa jenis'}; ada juga laporan ${names}, yang tidak dicampur.`];
}

function twinNotes(infos: readonly ReportInfo[], used: ReportInfo): string[] {
  const twins = infos.filter((info) => info.date === used.date && info.type === used.type);
  if (used.date === null || twins.length < 2) return [];
  return ['Ada beberapa laporan bertanggal sama; yang dipakai adalah yang diunggah terakhir.'];
}

function trendNotes(found: number, from: Month, to: Month): string[] {
  const asked = monthsBetween(from, to);
  return found < asked ? ['Bulan yang tidak tercantum tidak memiliki laporan.'] : [];
}

function monthRange(args: ToolArguments['budget_trend'], newest: Month): { from: Month; to: Month } {
  const to = args.to ?? args.report_month ?? (args.from && args.from > newest ? args.from : newest);
  const from = args.from ?? `${to.slice(0, 4)}-01`;
  if (from > to) throw new UnfitArguments(`from (${from}) tidak boleh sesudah to (${to}).`);
  if (monthsBetween(from, to) > MOST_MONTHS) throw new UnfitArguments(`rentang paling panjang ${MOST_MONTHS} bulan.`);
  return { from, to };
}

function monthsBetween(from: Month, to: Month): number {
  let count = 1;
  for (let month = from; month < to && count <= MOST_MONTHS; count++) month = addMonths(month, 1);
  return count;
}

function wholeSegments(code: string): string {
  const clean = code.replace(/\s+/g, '').replace(/^\.+|\.+$/g, '');
  if (!clean) throw new UnfitArguments('code harus berisi sedikitnya satu segmen kode.');
  return clean;
}

function accountDigits(account: string): string {
  const digits = account.trim();
  if (!/^\d{1,6}$/.test(digits)) throw new UnfitArguments('account harus 1 sampai 6 angka, misalnya 52 atau 524111.');
  return digits;
}
