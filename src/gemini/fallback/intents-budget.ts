import { indonesianMonth } from '../../supabase/calendar.ts';
import { formatRupiah } from '../../supabase/rupiah.ts';
import { fill } from '../../texts.ts';
import {
  escapeMarkdown,
  formatAllMeasures,
  formatMeasure,
  formatMissingReport,
  formatPercent,
  formatReportName,
} from './format.ts';
import { hasWord, type Intent, searchKeyword, toolOutput } from './intent.ts';
import type { Measure, ParsedQuestion } from './parse-question.ts';

const isAboutMoney = (question: ParsedQuestion) =>
  question.measure !== null || hasWord(question, 'anggaran', 'outstanding', 'komitmen', 'belanja');

const accountRankingIntent: Intent = {
  name: 'account-ranking',
  matches: (question) =>
    hasWord(question, 'terendah', 'tertinggi') &&
    (hasWord(question, 'akun') || question.measure !== null) &&
    !hasWord(question, 'kegiatan'),
  step(question, results, { texts }) {
    const sort: Measure = question.measure ?? 'pagu';
    const order = hasWord(question, 'terendah') ? 'asc' : 'desc';
    if (results.length === 0)
      return { calls: [{ name: 'budget_by_account', args: { sort, order, limit: question.limit } }] };
    const result = toolOutput(results, 0, 'budget_by_account');
    if (result.report === null) return { text: formatMissingReport(result, texts) };
    const { accounts = [] } = result;
    if (accounts.length === 0)
      return { text: fill(texts.directNothingToRank, { report: formatReportName(result.report) }) };
    const lines = accounts.map(
      ({ account, name, ...amounts }, index) =>
        `${index + 1}. ${account}${name ? ` ${escapeMarkdown(name)}` : ''}: **${formatMeasure(amounts, sort)}**`,
    );
    const report = formatReportName(result.report);
    const title = fill(texts.directRanking, {
      measure: sort,
      order: order === 'asc' ? 'terendah' : 'tertinggi',
      report,
    });
    return { text: [title, ...lines].join('\n') };
  },
};

const projectionIntent: Intent = {
  name: 'projection',
  matches: (question) => hasWord(question, 'proyeksi') || (hasWord(question, 'desember') && question.percent !== null),
  step(question, results, { texts }) {
    if (results.length === 0) return { calls: [{ name: 'budget_summary', args: {} }] };
    const summary = toolOutput(results, 0, 'budget_summary');
    if (summary.report === null) return { text: formatMissingReport(summary, texts) };
    const month = Number(summary.report.date?.slice(5, 7) ?? Number.NaN);
    if (!month || summary.pagu === 0) return { text: texts.directNoProjection };
    if (results.length === 1) {
      return {
        calls: [{ name: 'calculate', args: { operation: 'project_linear', operands: [summary.realisasi, month, 12] } }],
      };
    }
    const projected = toolOutput(results, 1, 'calculate').result;
    if (results.length === 2) {
      return {
        calls: [{ name: 'calculate', args: { operation: 'ratio_percent', operands: [projected, summary.pagu] } }],
      };
    }
    const share = toolOutput(results, 2, 'calculate').result;
    const target = question.percent;
    const comparison = target === null ? '' : share >= target ? texts.directTargetMet : texts.directTargetMissed;
    const lines = [
      fill(texts.directProjection, {
        share: formatPercent(share),
        projected: formatRupiah(Math.round(projected)),
        pagu: formatRupiah(summary.pagu),
      }),
      ...(comparison ? [fill(comparison, { target: formatPercent(target) })] : []),
      fill(texts.directSoFar, {
        serapan: formatPercent(summary.serapan_persen),
        report: formatReportName(summary.report),
      }),
    ];
    return { text: lines.join('\n') };
  },
};

const trendIntent: Intent = {
  name: 'trend',
  matches: (question) =>
    hasWord(question, 'naik', 'turun', 'tren', 'trend', 'perkembangan', 'perubahan', 'dibanding') ||
    (hasWord(question, 'lalu') && question.period === 'last_month' && isAboutMoney(question)),
  step(question, results, { texts }) {
    const args = question.account ? { account: question.account } : {};
    if (results.length === 0) return { calls: [{ name: 'budget_trend', args }] };
    const result = toolOutput(results, 0, 'budget_trend');
    if (result.report === null) return { text: formatMissingReport(result, texts) };
    const last = result.months.at(-1);
    const report = formatReportName(result.report);
    if (!last?.change) return { text: fill(texts.directNoTrend, { report }) };
    const { change } = last;
    const lines = [
      fill(texts.directTrend, {
        what: question.account ? `Akun ${question.account}: realisasi` : 'Realisasi',
        moved: change.realisasi >= 0 ? 'naik' : 'turun',
        amount: formatRupiah(Math.abs(change.realisasi)),
        since: indonesianMonth(change.since),
        now: formatRupiah(last.realisasi),
      }),
      ...(change.serapan_persen === null
        ? []
        : [
            fill(texts.directTrendShare, {
              change: formatPercent(change.serapan_persen),
              now: formatPercent(last.serapan_persen),
            }),
          ]),
      fill(texts.directSource, { report }),
    ];
    return { text: lines.join('\n') };
  },
};

const accountIntent: Intent = {
  name: 'account',
  matches: (question) => question.account !== null,
  step(question, results, { texts }) {
    if (results.length === 0) return { calls: [{ name: 'budget_by_account', args: { account: question.account } }] };
    const result = toolOutput(results, 0, 'budget_by_account');
    if (result.report === null) return { text: formatMissingReport(result, texts) };
    const report = formatReportName(result.report);
    if (result.count === 0) return { text: fill(texts.directNoAccount, { account: question.account ?? '', report }) };
    const only = result.count === 1 ? result.accounts?.[0] : undefined;
    const title = `Akun ${question.account}${only?.name ? ` ${escapeMarkdown(only.name)}` : ` (${result.count} akun)`}`;
    const lead = question.measure ? `: **${formatMeasure(result.totals, question.measure)}**.\n` : ': ';
    const source = fill(texts.directSource, { report });
    return { text: `${title}${lead}${capitalize(formatAllMeasures(result.totals, texts))}.\n${source}` };
  },
};

const budgetRowsIntent: Intent = {
  name: 'budget-rows',
  matches: (question) => hasWord(question, 'rincian') && keywordOf(question) !== '' && !hasWord(question, 'kegiatan'),
  step(question, results, { texts }) {
    if (results.length === 0)
      return { calls: [{ name: 'search_budget', args: { keyword: keywordOf(question), limit: question.limit } }] };
    const result = toolOutput(results, 0, 'search_budget');
    if (result.report === null) return { text: formatMissingReport(result, texts) };
    const report = formatReportName(result.report);
    if (result.count === 0) return { text: fill(texts.directNoRows, { keyword: keywordOf(question), report }) };
    const lines = result.rows.map(
      (row, index) => `${index + 1}. ${row.kode} ${escapeMarkdown(row.uraian)}: ${formatAllMeasures(row, texts)}`,
    );
    const measures = formatAllMeasures(result.totals, texts);
    return { text: [fill(texts.directRows, { count: result.count, measures, report }), ...lines].join('\n') };
  },
};

const budgetSummaryIntent: Intent = {
  name: 'budget-summary',
  // An unknown word may narrow the question, so this intent matches only if all words are known to keep it general.
  matches: (question) =>
    isAboutMoney(question) &&
    question.words
      .trim()
      .split(' ')
      .every((word) => GENERAL_WORDS.has(word)),
  step(question, results, { texts }) {
    if (results.length === 0) return { calls: [{ name: 'budget_summary', args: {} }] };
    const result = toolOutput(results, 0, 'budget_summary');
    if (result.report === null) return { text: formatMissingReport(result, texts) };
    const source = fill(texts.directSource, { report: formatReportName(result.report) });
    if (hasWord(question, 'komitmen', 'outstanding')) {
      const { sisa, outstanding, komitmen, sisa_setelah_komitmen: after } = result;
      const amounts = {
        after: formatRupiah(after),
        sisa: formatRupiah(sisa),
        outstanding: formatRupiah(outstanding),
        komitmen: formatRupiah(komitmen),
      };
      return { text: `${fill(texts.directAfterCommitments, amounts)}\n${source}` };
    }
    const lead = question.measure
      ? `${capitalize(formatMeasure(result, question.measure)).replace(/ (.+)$/, ' **$1**')}.\n`
      : '';
    return { text: `${lead}${capitalize(formatAllMeasures(result, texts))}.\n${source}` };
  },
};

/** Words that do not narrow a question about the whole budget. */
const GENERAL_WORDS = new Set(
  (
    'anggaran sisa serapan realisasi pagu outstanding komitmen belanja berapa apa saja saya kita total keseluruhan semua ' +
    'persen rupiah yang sudah udah belum dibayar setelah dari dan untuk sampai ini itu tahun ya dong tolong mohon lihat ' +
    'tampilkan cek info dulu jadi masih ada di sebesar banyak posisi ringkasan rekap summary laporan terbaru terakhir ' +
    'bagaimana gimana sekarang kah sih deh nih kami tinggal seluruh jumlah'
  ).split(' '),
);

/** Words that are no search keyword for budget rows; small numbers are a limit. */
const COMMON_WORDS = new Set(
  'rincian cari carikan tampilkan lihat anggaran untuk yang saya apa saja berapa dari tentang soal tolong dong ya sisa pagu realisasi serapan akun dan di'.split(
    ' ',
  ),
);

const keywordOf = (question: ParsedQuestion) =>
  searchKeyword(question, { has: (word) => COMMON_WORDS.has(word) || /^\d{1,2}$/.test(word) });

function capitalize(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Questions about the budget, in the order in which they are tried. */
export const BUDGET_INTENTS: readonly Intent[] = [
  accountRankingIntent,
  projectionIntent,
  trendIntent,
  accountIntent,
  budgetRowsIntent,
  budgetSummaryIntent,
];
