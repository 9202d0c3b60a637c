import { fill } from '../../texts.ts';
import type { ToolResults } from '../tools/results.ts';
import {
  escapeMarkdown,
  formatAllMeasures,
  formatMeasure,
  formatMissingReport,
  formatPercent,
  formatReportName,
  monthName,
  rupiah,
} from './format.ts';
import type { Intent, ToolResult } from './intent.ts';
import type { Measure, ParsedQuestion } from './parse-question.ts';

/** What the nth call returned, as the named tool returns it. */
function result<Name extends keyof ToolResults>(
  returned: readonly ToolResult[],
  index: number,
  _name: Name,
): ToolResults[Name] {
  const one = returned[index];
  return (one && 'output' in one ? one.output : {}) as ToolResults[Name];
}

const has = (asked: ParsedQuestion, ...words: string[]) => words.some((word) => asked.words.includes(` ${word} `));
const aboutMoney = (asked: ParsedQuestion) =>
  asked.measure !== null || has(asked, 'anggaran', 'outstanding', 'komitmen', 'belanja');

const ranking: Intent = {
  name: 'account-ranking',
  matches: (asked) =>
    has(asked, 'terendah', 'tertinggi') && (has(asked, 'akun') || asked.measure !== null) && !has(asked, 'kegiatan'),
  step(asked, returned, { texts }) {
    const sort: Measure = asked.measure ?? 'pagu';
    const order = has(asked, 'terendah') ? 'asc' : 'desc';
    if (returned.length === 0)
      return { calls: [{ name: 'budget_by_account', args: { sort, order, limit: asked.limit } }] };
    const found = result(returned, 0, 'budget_by_account');
    if (found.report === null) return { text: formatMissingReport(found, texts) };
    if (found.accounts.length === 0)
      return { text: fill(texts.directNothingToRank, { report: formatReportName(found.report) }) };
    const lines = found.accounts.map(
      ({ account, name, ...amounts }, index) =>
        `${index + 1}. ${account}${name ? ` ${escapeMarkdown(name)}` : ''}: **${formatMeasure(amounts, sort)}**`,
    );
    const report = formatReportName(found.report);
    const title = fill(texts.directRanking, {
      measure: sort,
      order: order === 'asc' ? 'terendah' : 'tertinggi',
      report,
    });
    return { text: [title, ...lines].join('\n') };
  },
};

const projection: Intent = {
  name: 'projection',
  matches: (asked) => has(asked, 'proyeksi') || (has(asked, 'desember') && asked.percent !== null),
  step(asked, returned, { texts }) {
    if (returned.length === 0) return { calls: [{ name: 'budget_summary', args: {} }] };
    const summary = result(returned, 0, 'budget_summary');
    if (summary.report === null) return { text: formatMissingReport(summary, texts) };
    const month = Number(summary.report.date?.slice(5, 7) ?? Number.NaN);
    if (!month || summary.pagu === 0) return { text: texts.directNoProjection };
    if (returned.length === 1) {
      return {
        calls: [{ name: 'calculate', args: { operation: 'project_linear', operands: [summary.realisasi, month, 12] } }],
      };
    }
    const projected = result(returned, 1, 'calculate').result;
    if (returned.length === 2) {
      return {
        calls: [{ name: 'calculate', args: { operation: 'ratio_percent', operands: [projected, summary.pagu] } }],
      };
    }
    const share = result(returned, 2, 'calculate').result;
    const target = asked.percent;
    const verdict = target === null ? '' : share >= target ? texts.directTargetMet : texts.directTargetMissed;
    const lines = [
      fill(texts.directProjection, {
        share: formatPercent(share),
        projected: rupiah(Math.round(projected)),
        pagu: rupiah(summary.pagu),
      }),
      ...(verdict ? [fill(verdict, { target: formatPercent(target) })] : []),
      fill(texts.directSoFar, {
        serapan: formatPercent(summary.serapan_persen),
        report: formatReportName(summary.report),
      }),
    ];
    return { text: lines.join('\n') };
  },
};

const trend: Intent = {
  name: 'trend',
  matches: (asked) =>
    has(asked, 'naik', 'turun', 'tren', 'trend', 'perkembangan', 'perubahan', 'dibanding') ||
    (has(asked, 'lalu') && asked.period === 'last_month' && aboutMoney(asked)),
  step(asked, returned, { texts }) {
    const args = asked.account ? { account: asked.account } : {};
    if (returned.length === 0) return { calls: [{ name: 'budget_trend', args }] };
    const found = result(returned, 0, 'budget_trend');
    if (found.report === null) return { text: formatMissingReport(found, texts) };
    const last = found.months.at(-1);
    const report = formatReportName(found.report);
    if (!last?.change) return { text: fill(texts.directNoTrend, { report }) };
    const { change } = last;
    const lines = [
      fill(texts.directTrend, {
        what: asked.account ? `Akun ${asked.account}: realisasi` : 'Realisasi',
        moved: change.realisasi >= 0 ? 'naik' : 'turun',
        amount: rupiah(Math.abs(change.realisasi)),
        since: monthName(change.since),
        now: rupiah(last.realisasi),
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

const account: Intent = {
  name: 'account',
  matches: (asked) => asked.account !== null,
  step(asked, returned, { texts }) {
    if (returned.length === 0) return { calls: [{ name: 'budget_by_account', args: { account: asked.account } }] };
    const found = result(returned, 0, 'budget_by_account');
    if (found.report === null) return { text: formatMissingReport(found, texts) };
    const report = formatReportName(found.report);
    if (found.count === 0) return { text: fill(texts.directNoAccount, { account: asked.account ?? '', report }) };
    const only = found.count === 1 ? found.accounts[0] : undefined;
    const title = `Akun ${asked.account}${only?.name ? ` ${escapeMarkdown(only.name)}` : ` (${found.count} akun)`}`;
    const lead = asked.measure ? `: **${formatMeasure(found.totals, asked.measure)}**.\n` : ': ';
    const source = fill(texts.directSource, { report });
    return { text: `${title}${lead}${capital(formatAllMeasures(found.totals, texts))}.\n${source}` };
  },
};

const rows: Intent = {
  name: 'budget-rows',
  matches: (asked) => has(asked, 'rincian') && keywordIn(asked) !== '' && !has(asked, 'kegiatan'),
  step(asked, returned, { texts }) {
    if (returned.length === 0)
      return { calls: [{ name: 'search_budget', args: { keyword: keywordIn(asked), limit: asked.limit } }] };
    const found = result(returned, 0, 'search_budget');
    if (found.report === null) return { text: formatMissingReport(found, texts) };
    const report = formatReportName(found.report);
    if (found.count === 0) return { text: fill(texts.directNoRows, { keyword: keywordIn(asked), report }) };
    const lines = found.rows.map(
      (row, index) => `${index + 1}. ${row.kode} ${escapeMarkdown(row.uraian)}: ${formatAllMeasures(row, texts)}`,
    );
    const measures = formatAllMeasures(found.totals, texts);
    return { text: [fill(texts.directRows, { count: found.count, measures, report }), ...lines].join('\n') };
  },
};

const summary: Intent = {
  name: 'budget-summary',
  // The whole budget is the right answer only where nothing narrower is asked: one unknown word may be that.
  matches: (asked) =>
    aboutMoney(asked) &&
    asked.words
      .trim()
      .split(' ')
      .every((word) => PLAIN.has(word)),
  step(asked, returned, { texts }) {
    if (returned.length === 0) return { calls: [{ name: 'budget_summary', args: {} }] };
    const found = result(returned, 0, 'budget_summary');
    if (found.report === null) return { text: formatMissingReport(found, texts) };
    const source = fill(texts.directSource, { report: formatReportName(found.report) });
    if (has(asked, 'komitmen', 'outstanding')) {
      const { sisa, outstanding, komitmen, sisa_setelah_komitmen: after } = found;
      const amounts = {
        after: rupiah(after),
        sisa: rupiah(sisa),
        outstanding: rupiah(outstanding),
        komitmen: rupiah(komitmen),
      };
      return { text: `${fill(texts.directAfterCommitments, amounts)}\n${source}` };
    }
    const lead = asked.measure ? `${capital(formatMeasure(found, asked.measure)).replace(/ (.+)$/, ' **$1**')}.\n` : '';
    return { text: `${lead}${capital(formatAllMeasures(found, texts))}.\n${source}` };
  },
};

/** Words that leave a question about the whole budget what it is. */
const PLAIN = new Set(
  (
    'anggaran sisa serapan realisasi pagu outstanding komitmen belanja berapa apa saja saya kita total keseluruhan semua ' +
    'persen rupiah yang sudah udah belum dibayar setelah dari dan untuk sampai ini itu tahun ya dong tolong mohon lihat ' +
    'tampilkan cek info dulu jadi masih ada di sebesar banyak posisi ringkasan rekap summary laporan terbaru terakhir ' +
    'bagaimana gimana sekarang kah sih deh nih kami tinggal seluruh jumlah'
  ).split(' '),
);

/** Words that do not narrow a search for rows. */
const COMMON = new Set(
  'rincian cari carikan tampilkan lihat anggaran untuk yang saya apa saja berapa dari tentang soal tolong dong ya sisa pagu realisasi serapan akun dan di'.split(
    ' ',
  ),
);

function keywordIn({ words }: ParsedQuestion): string {
  return words
    .trim()
    .split(' ')
    .filter((word) => !COMMON.has(word) && !/^\d{1,2}$/.test(word))
    .join(' ');
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Questions about money, the more particular first. */
export const BUDGET_INTENTS: readonly Intent[] = [ranking, projection, trend, account, rows, summary];
