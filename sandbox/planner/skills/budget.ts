import type { Conversation } from '../conversation.ts';
import { formatDay, formatMonth, monthOf } from '../dates.ts';
import { reportMonth } from '../periods.ts';
import { ask, type Plan, type Skill } from '../plan.ts';
import type { Measure } from '../query-budget.ts';
import type { AccountPage, Amounts, RowPage, Summary } from '../results.ts';
import type { Query } from '../slots.ts';
import {
  blocks,
  capitalize,
  escapeMarkdown,
  figure,
  figureList,
  MEASURE_NAMES,
  percent,
  reportName,
  roundedRupiah,
  rupiah,
  sourceLines,
} from '../wording.ts';

/** Names of account groups, which reports do not contain. */
export const KIND_NAMES: Record<string, string> = {
  '51': 'Belanja Pegawai',
  '52': 'Belanja Barang dan Jasa',
  '53': 'Belanja Modal',
  '524': 'Belanja Perjalanan Dinas',
};

/** Converts the requested report to arguments. */
export function reportArguments(query: Query, { today }: Conversation): Record<string, unknown> {
  return { report_month: reportMonth(query, today), report_type: query.reportType };
}

/** Formats the requested figure as a sentence, with a rounded form of a long amount. */
function headline(subject: string, amounts: Amounts, measure: Measure): string {
  const rounded = measure === 'serapan_persen' ? null : roundedRupiah(amounts[measure]);
  return `${capitalize(MEASURE_NAMES[measure])}${subject}: **${figure(amounts, measure)}**${rounded ? ` (sekitar ${rounded})` : ''}.`;
}

function* planSummary(query: Query, conversation: Conversation): Plan {
  const summary = yield* ask<Summary>('budget_summary', reportArguments(query, conversation));
  const { measure } = query;
  const period = summary.report.date ? ` (${formatMonth(monthOf(summary.report.date))})` : '';
  return blocks(
    measure
      ? headline(measure === 'realisasi_periode_ini' ? period : '', summary, measure)
      : '### Posisi anggaran Anda',
    figureList(summary),
    commitmentLines(summary, measure),
    sourceLines(summary),
  );
}

/** Formats outstanding amounts and commitments if they exist or are requested. */
function commitmentLines(amounts: Amounts, measure: Measure | null): string | null {
  const isAsked = measure === 'outstanding' || measure === 'komitmen' || measure === 'sisa_setelah_komitmen';
  if (!isAsked && amounts.outstanding === 0 && amounts.komitmen === 0) return null;
  return [
    `- **Outstanding:** ${rupiah(amounts.outstanding)}`,
    `- **Komitmen:** ${rupiah(amounts.komitmen)}`,
    `- **Sisa setelah komitmen:** ${rupiah(amounts.sisa_setelah_komitmen)}`,
  ].join('\n');
}

function* planReportDate(query: Query, conversation: Conversation): Plan {
  const summary = yield* ask<Summary>('budget_summary', reportArguments(query, conversation));
  const { date, type, file_name } = summary.report;
  return blocks(
    date
      ? `Data anggaran yang saya pakai adalah laporan ${type ?? 'realisasi'} per **${formatDay(date)}**.`
      : 'Laporan yang saya pakai tidak bertanggal.',
    file_name && `Berkasnya: ${escapeMarkdown(file_name)}.`,
  );
}

function* planAccount(query: Query, conversation: Conversation): Plan {
  const [account = ''] = query.accounts;
  const page = yield* ask<AccountPage>('budget_by_account', { account, ...reportArguments(query, conversation) });
  if (page.count === 0) return `Akun ${account} tidak ada dalam ${reportName(page.report)} Anda.`;
  const [row] = page.accounts ?? [];
  const named = KIND_NAMES[account] ?? (page.count === 1 ? row?.name : null);
  const name = named ? `${account} (${escapeMarkdown(named)})` : account;
  const { measure } = query;
  return blocks(
    measure ? headline(` akun ${name}`, page.totals, measure) : `### Akun ${name}`,
    figureList(page.totals),
    commitmentLines(page.totals, measure),
    page.count > 1 && `Angka ini mencakup ${page.count} akun.`,
    sourceLines(page),
  );
}

function* planCode(query: Query, conversation: Conversation): Plan {
  const page = yield* ask<RowPage>('search_budget', {
    code: query.code,
    limit: 10,
    ...reportArguments(query, conversation),
  });
  if (page.count === 0) return blocks(`Tidak ada baris dengan kode ${query.code}.`, sourceLines(page));
  return describeRows(page, `kode ${query.code}`, query.measure);
}

/** Searches rows by a term; without a match by its longest word, then returns the whole budget. */
function* planRows(query: Query, conversation: Conversation): Plan {
  const term = query.keyword ?? '';
  const args = { limit: query.limit ?? 5, ...reportArguments(query, conversation) };
  const found = yield* ask<RowPage>('search_budget', { keyword: term, ...args });
  if (found.count > 0) return describeRows(found, `«${escapeMarkdown(term)}»`, query.measure);
  const longest = term.split(' ').reduce((best, word) => (word.length > best.length ? word : best), '');
  if (longest !== term) {
    const nearest = yield* ask<RowPage>('search_budget', { keyword: longest, ...args });
    if (nearest.count > 0) {
      return blocks(
        `Saya tidak menemukan «${escapeMarkdown(term)}».`,
        describeRows(nearest, `«${escapeMarkdown(longest)}»`, query.measure),
      );
    }
  }
  const whole = yield* planSummary({ ...query, keyword: null }, conversation);
  return blocks(`Tidak ada rincian «${escapeMarkdown(term)}» dalam laporan Anda. Berikut keseluruhannya:`, whole);
}

function describeRows(page: RowPage, name: string, measure: Measure | null): string {
  const lines = page.rows.map(({ kode, uraian, ...amounts }, index) => {
    const values = measure
      ? `**${figure(amounts, measure)}**`
      : `pagu ${rupiah(amounts.pagu)}, realisasi ${rupiah(amounts.realisasi)} (${percent(amounts.serapan_persen)}), sisa **${rupiah(amounts.sisa)}**`;
    return `${index + 1}. ${escapeMarkdown(kode)} ${escapeMarkdown(uraian)}: ${values}`;
  });
  const rest = page.count - page.shown;
  return blocks(
    `### ${page.count} rincian untuk ${name}`,
    measure && headline(' seluruhnya', page.totals, measure),
    lines.join('\n'),
    rest > 0 && `Masih ada ${rest} rincian lainnya.`,
    !measure && `**Jumlah seluruhnya**\n${figureList(page.totals)}`,
    sourceLines(page),
  );
}

const isAboutBudget = ({ subject }: Query) => subject === 'budget';

/** Questions about one report; checked after comparisons and forecasts. */
export const BUDGET_SKILLS: readonly Skill[] = [
  { name: 'report-date', fits: (query) => query.goal === 'report-date', plan: planReportDate },
  { name: 'code', fits: (query) => query.code !== null, plan: planCode },
  { name: 'account', fits: (query) => isAboutBudget(query) && query.accounts.length === 1, plan: planAccount },
  { name: 'budget-rows', fits: (query) => isAboutBudget(query) && query.keyword !== null, plan: planRows },
  { name: 'budget-summary', fits: isAboutBudget, plan: planSummary },
];
