import type { ToolResults } from '../sapa/tool-results.ts';
import type { Intent, Returned } from './direct-intent.ts';
import type { Asked, Measure } from './direct-question.ts';
import {
  allMeasures,
  escapeMarkdown,
  measured,
  monthName,
  noReport,
  percent,
  reportName,
  rupiah,
} from './direct-words.ts';

/** What the nth call returned, as the named tool returns it. */
function result<Name extends keyof ToolResults>(
  returned: readonly Returned[],
  index: number,
  _name: Name,
): ToolResults[Name] {
  const one = returned[index];
  return (one && 'output' in one ? one.output : {}) as ToolResults[Name];
}

const has = (asked: Asked, ...words: string[]) => words.some((word) => asked.words.includes(` ${word} `));
const aboutMoney = (asked: Asked) =>
  asked.measure !== null || has(asked, 'anggaran', 'outstanding', 'komitmen', 'belanja');

const ranking: Intent = {
  name: 'account-ranking',
  meant: (asked) =>
    has(asked, 'terendah', 'tertinggi') && (has(asked, 'akun') || asked.measure !== null) && !has(asked, 'kegiatan'),
  next(asked, returned) {
    const sort: Measure = asked.measure ?? 'pagu';
    const order = has(asked, 'terendah') ? 'asc' : 'desc';
    if (returned.length === 0)
      return { calls: [{ name: 'budget_by_account', args: { sort, order, limit: asked.limit } }] };
    const found = result(returned, 0, 'budget_by_account');
    if (found.report === null) return { text: noReport(found) };
    if (found.accounts.length === 0)
      return { text: `Tidak ada akun yang dapat diurutkan dalam ${reportName(found.report)}.` };
    const lines = found.accounts.map(
      ({ account, name, ...amounts }, index) =>
        `${index + 1}. ${account}${name ? ` ${escapeMarkdown(name)}` : ''}: **${measured(amounts, sort)}**`,
    );
    const title = `Akun dengan ${sort} ${order === 'asc' ? 'terendah' : 'tertinggi'}, ${reportName(found.report)}:`;
    return { text: [title, ...lines].join('\n') };
  },
};

const projection: Intent = {
  name: 'projection',
  meant: (asked) => has(asked, 'proyeksi') || (has(asked, 'desember') && asked.percent !== null),
  next(asked, returned) {
    if (returned.length === 0) return { calls: [{ name: 'budget_summary', args: {} }] };
    const summary = result(returned, 0, 'budget_summary');
    if (summary.report === null) return { text: noReport(summary) };
    const month = Number(summary.report.date?.slice(5, 7) ?? Number.NaN);
    if (!month || summary.pagu === 0)
      return { text: 'Laporan terbaru tidak bertanggal atau tanpa pagu, jadi akhir tahun belum dapat diproyeksikan.' };
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
    const verdict =
      target === null
        ? ''
        : share >= target
          ? ` Target ${percent(target)} tercapai menurut hitungan ini.`
          : ` Target ${percent(target)} belum tercapai menurut hitungan ini.`;
    return {
      text: `Bila laju realisasi tetap, serapan akhir tahun sekitar **${percent(share)}** (${rupiah(Math.round(projected))} dari pagu ${rupiah(summary.pagu)}).${verdict}\nSaat ini serapan ${percent(summary.serapan_persen)}, ${reportName(summary.report)}.`,
    };
  },
};

const trend: Intent = {
  name: 'trend',
  meant: (asked) =>
    has(asked, 'naik', 'turun', 'tren', 'trend', 'perkembangan', 'perubahan', 'dibanding') ||
    (has(asked, 'lalu') && asked.period === 'last_month' && aboutMoney(asked)),
  next(asked, returned) {
    const args = asked.account ? { account: asked.account } : {};
    if (returned.length === 0) return { calls: [{ name: 'budget_trend', args }] };
    const found = result(returned, 0, 'budget_trend');
    if (found.report === null) return { text: noReport(found) };
    const last = found.months.at(-1);
    if (!last?.change)
      return { text: `Belum ada laporan bulan sebelumnya untuk dibandingkan dengan ${reportName(found.report)}.` };
    const { change } = last;
    const moved = change.realisasi >= 0 ? 'naik' : 'turun';
    return {
      text: [
        `${asked.account ? `Akun ${asked.account}: realisasi` : 'Realisasi'} **${moved} ${rupiah(Math.abs(change.realisasi))}** sejak ${monthName(change.since)}, menjadi ${rupiah(last.realisasi)}.`,
        ...(change.serapan_persen === null
          ? []
          : [`Serapan berubah ${percent(change.serapan_persen)} poin, menjadi ${percent(last.serapan_persen)}.`]),
        `Sumber: ${reportName(found.report)}.`,
      ].join('\n'),
    };
  },
};

const account: Intent = {
  name: 'account',
  meant: (asked) => asked.account !== null,
  next(asked, returned) {
    if (returned.length === 0) return { calls: [{ name: 'budget_by_account', args: { account: asked.account } }] };
    const found = result(returned, 0, 'budget_by_account');
    if (found.report === null) return { text: noReport(found) };
    if (found.count === 0) return { text: `Akun ${asked.account} tidak ada dalam ${reportName(found.report)} Anda.` };
    const only = found.count === 1 ? found.accounts[0] : undefined;
    const title = `Akun ${asked.account}${only?.name ? ` ${escapeMarkdown(only.name)}` : ` (${found.count} akun)`}`;
    const lead = asked.measure ? `: **${measured(found.totals, asked.measure)}**.\n` : ': ';
    return { text: `${title}${lead}${capital(allMeasures(found.totals))}.\nSumber: ${reportName(found.report)}.` };
  },
};

const rows: Intent = {
  name: 'budget-rows',
  meant: (asked) => has(asked, 'rincian') && keywordIn(asked) !== '' && !has(asked, 'kegiatan'),
  next(asked, returned) {
    if (returned.length === 0)
      return { calls: [{ name: 'search_budget', args: { keyword: keywordIn(asked), limit: asked.limit } }] };
    const found = result(returned, 0, 'search_budget');
    if (found.report === null) return { text: noReport(found) };
    if (found.count === 0)
      return { text: `Tidak ada rincian «${keywordIn(asked)}» dalam ${reportName(found.report)}.` };
    const lines = found.rows.map(
      (row, index) => `${index + 1}. ${row.kode} ${escapeMarkdown(row.uraian)}: ${allMeasures(row)}`,
    );
    return {
      text: [
        `${found.count} rincian cocok, ${allMeasures(found.totals)} (${reportName(found.report)}).`,
        ...lines,
      ].join('\n'),
    };
  },
};

const summary: Intent = {
  name: 'budget-summary',
  meant: aboutMoney,
  next(asked, returned) {
    if (returned.length === 0) return { calls: [{ name: 'budget_summary', args: {} }] };
    const found = result(returned, 0, 'budget_summary');
    if (found.report === null) return { text: noReport(found) };
    const source = `Sumber: ${reportName(found.report)}.`;
    if (has(asked, 'komitmen', 'outstanding')) {
      return {
        text: `Sisa setelah komitmen **${rupiah(found.sisa_setelah_komitmen)}**: sisa ${rupiah(found.sisa)}, outstanding ${rupiah(found.outstanding)}, komitmen ${rupiah(found.komitmen)}.\n${source}`,
      };
    }
    const lead = asked.measure ? `${capital(measured(found, asked.measure)).replace(/ (.+)$/, ' **$1**')}.\n` : '';
    return { text: `${lead}${capital(allMeasures(found))}.\n${source}` };
  },
};

/** Words that do not narrow a search for rows. */
const COMMON = new Set(
  'rincian cari carikan tampilkan lihat anggaran untuk yang saya apa saja berapa dari tentang soal tolong dong ya sisa pagu realisasi serapan akun dan di'.split(
    ' ',
  ),
);

function keywordIn({ words }: Asked): string {
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
