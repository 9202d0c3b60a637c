import { indonesianDate } from '../../supabase/calendar.ts';
import { fill } from '../../texts.ts';
import type { ToolEvidence, ToolResults } from '../tools/results.ts';
import {
  escapeMarkdown,
  formatActivities,
  formatActivity,
  formatAllMeasures,
  formatMissingReport,
  formatReportName,
  rupiah,
} from './format.ts';
import type { Call, Intent, ToolResult } from './intent.ts';
import type { ParsedQuestion } from './parse-question.ts';

type Found = ToolResults['search_activities'];

const has = (asked: ParsedQuestion, ...words: string[]) => words.some((word) => asked.words.includes(` ${word} `));
const output = <Result>(returned: readonly ToolResult[]): Result => {
  const [one] = returned;
  return (one && 'output' in one ? one.output : {}) as Result;
};
const search = (args: Record<string, unknown>): { calls: Call[] } => ({ calls: [{ name: 'search_activities', args }] });

const PERIOD_NAMES: Record<string, string> = {
  yesterday: 'kemarin',
  today: 'hari ini',
  tomorrow: 'besok',
  last_week: 'minggu lalu',
  this_week: 'minggu ini',
  next_week: 'minggu depan',
  last_month: 'bulan lalu',
  this_month: 'bulan ini',
  next_month: 'bulan depan',
  this_year: 'tahun ini',
};

/** A wish to change something: the verb first, or right after words that ask for it. */
const CHANGE =
  /^ (?:(?:tolong|mohon|bisa|bisakah|coba|bantu|harap|minta) )*(?:ubah|ubahkan|ganti|gantikan|hapus|hapuskan|tambah|tambahkan|buatkan|batalkan|pindahkan|setujui) /;
/** A wish for a file, not for an activity that has one in its name. */
const FILE =
  / (?:kirim|kirimkan|minta|unduh|download|mana) (?:\S+ ){0,2}(?:file|filenya|berkas|berkasnya|dokumen|dokumennya|pdf|undangan|undangannya) /;
const OTHERS =
  / (?:milik|punya|punyanya|kepunyaan) (?:pak|bapak|bu|ibu|orang|teman|rekan|dia|mereka|unit|bagian) | (?:unit|orang|bagian|pegawai) lain | (?:pak|bapak|bu|ibu) \S+ $/;

/** What SAPA does not hold, said by name; null where the question asks for none of it. */
function unsupportedTopic({ words }: ParsedQuestion): string | null {
  if (CHANGE.test(words)) return 'perubahan data dari WhatsApp';
  if (/ (rpd|rencana penarikan) /.test(words)) return 'rencana penarikan dana (RPD)';
  if (/ (jam|pukul|tempat|lokasi|ruang|ruangan|dimana|zoom|di mana) /.test(words)) return 'jam dan tempat kegiatan';
  if (FILE.test(words)) return 'berkas dan undangan';
  return OTHERS.test(words) ? 'data orang lain' : null;
}

const missing: Intent = {
  name: 'not-held',
  matches: (asked) => unsupportedTopic(asked) !== null,
  step: (asked, _returned, { texts }) => ({ text: fill(texts.directNotHeld, { what: unsupportedTopic(asked) ?? '' }) }),
};

const fromList: Intent = {
  name: 'from-list',
  matches: (asked) => asked.ordinal !== null,
  step(asked, returned, { texts, lists }) {
    const shown = lists.findLast(({ listed }) => listed);
    const list = shown?.listed;
    const id = list?.ids[(asked.ordinal ?? 0) - 1];
    if (!list || !id) return { text: texts.directNoList };
    if (returned.length === 0) return callFor(list.kind, shown.args, id);
    if (list.kind === 'activities') {
      const [activity] = output<Found>(returned).activities;
      return { text: activity ? formatActivity(activity) : texts.directActivityGone };
    }
    const found = output<ToolResults['budget_by_account'] | ToolResults['search_budget']>(returned);
    if (found.report === null) return { text: formatMissingReport(found, texts) };
    const source = fill(texts.directSource, { report: formatReportName(found.report) });
    return { text: `**${escapeMarkdown(id)}**: ${formatAllMeasures(found.totals, texts)}.\n${source}` };
  },
};

/** The call for one row of a list, of the same report. */
function callFor(kind: NonNullable<ToolEvidence['listed']>['kind'], args: object, id: string): { calls: Call[] } {
  const wish = Object.fromEntries(Object.entries(args).filter(([name]) => name.startsWith('report_')));
  if (kind === 'activities') return search({ keyword: id });
  if (kind === 'accounts') return { calls: [{ name: 'budget_by_account', args: { ...wish, account: id } }] };
  if (kind === 'budget_rows') return { calls: [{ name: 'search_budget', args: { ...wish, code: id } }] };
  return { calls: [{ name: 'budget_by_account', args: { report_month: id } }] };
}

/** An intent that lists activities of one kind. */
function activityListIntent(
  name: string,
  meant: Intent['matches'],
  args: (asked: ParsedQuestion) => Record<string, unknown>,
  title: (asked: ParsedQuestion) => string,
): Intent {
  return {
    name,
    matches: meant,
    step(asked, returned, { texts }) {
      if (returned.length === 0) return search({ ...args(asked), limit: SHOWN });
      const { count, activities, undated_left_out: undated } = output<Found>(returned);
      const left = undated ? `\n\n${fill(texts.directUndatedLeftOut, { count: undated })}` : '';
      const which = title(asked);
      if (count === 0) return { text: `${fill(texts.directNoActivities, { which })}${left}` };
      const others = count - activities.length;
      const more = others > 0 ? `\n\n${fill(texts.directMoreActivities, { count: others })}` : '';
      return {
        text: `${fill(texts.directActivities, { count, which })}\n${formatActivities(activities)}${more}${left}`,
      };
    },
  };
}

/** Activities shown in one answer. */
const SHOWN = 10;

const inCharge: Intent = {
  name: 'person-in-charge',
  matches: (asked) => has(asked, 'penanggung') && keywordIn(asked) !== '',
  step(asked, returned, { texts }) {
    const keyword = keywordIn(asked);
    if (returned.length === 0) return search({ keyword, limit: SHOWN });
    const { count, activities } = output<Found>(returned);
    if (count === 0) return { text: fill(texts.directNoSuchActivity, { keyword: escapeMarkdown(keyword) }) };
    const lines = activities.map(
      ({ nama, penanggung_jawab, tanggal }) =>
        `- ${escapeMarkdown(nama)}${tanggal ? ` (${indonesianDate(tanggal)})` : ''}: **${escapeMarkdown(penanggung_jawab ?? 'belum diisi')}**`,
    );
    return { text: [texts.directInCharge, ...lines].join('\n') };
  },
};

const statistics: Intent = {
  name: 'activity-statistics',
  matches: (asked) =>
    has(asked, 'kegiatan') &&
    has(asked, 'berapa', 'jumlah', 'statistik', 'rekap', 'total') &&
    asked.period === null &&
    !statusIn(asked),
  step(_asked, returned, { texts }) {
    if (returned.length === 0) return { calls: [{ name: 'activity_statistics', args: {} }] };
    const found = output<ToolResults['activity_statistics']>(returned);
    if (found.total === 0) return { text: texts.directNothingPlanned };
    const lines = Object.entries(found.by_status).map(
      ([status, count]) => `- ${status}: ${count} kegiatan (${rupiah(found.allocation_by_status[status] ?? 0)})`,
    );
    return {
      text: [
        fill(texts.directStatistics, { total: found.total, allocation: rupiah(found.total_allocation) }),
        ...lines,
        fill(texts.directStatisticsWeeks, {
          thisWeek: found.this_week,
          nextWeek: found.next_week,
          overdue: found.overdue,
        }),
      ].join('\n'),
    };
  },
};

const STATUSES = ['rencana', 'komitmen', 'outstanding', 'terbayar', 'selesai', 'draft'];
const statusIn = (asked: ParsedQuestion) => STATUSES.find((status) => asked.words.includes(` ${status} `));

/** Words that do not name an activity. */
const COMMON = new Set(
  'siapa penanggung jawab kegiatan untuk yang saya apa itu dari pada di tolong dong ya ini berapa dengan nya kapan'.split(
    ' ',
  ),
);

function keywordIn({ words }: ParsedQuestion): string {
  return words
    .trim()
    .split(' ')
    .filter((word) => !COMMON.has(word))
    .join(' ');
}

const late = activityListIntent(
  'overdue',
  (asked) => has(asked, 'terlambat'),
  () => ({ overdue: true }),
  () => 'yang terlambat',
);
const undated = activityListIntent(
  'undated',
  (asked) => has(asked, 'undated'),
  () => ({ undated: true }),
  () => 'yang belum bertanggal',
);
const issues = activityListIntent(
  'issues',
  (asked) => has(asked, 'kendala'),
  () => ({ has_issue: true }),
  () => 'yang punya kendala',
);
const byStatus = activityListIntent(
  'by-status',
  (asked) => has(asked, 'kegiatan') && statusIn(asked) !== undefined,
  (asked) => ({ status: statusIn(asked), ...(asked.period ? { period: asked.period } : {}) }),
  (asked) => `berstatus ${statusIn(asked)}${asked.period ? ` ${PERIOD_NAMES[asked.period]}` : ''}`,
);
const byPeriod = activityListIntent(
  'period',
  (asked) => asked.period !== null && has(asked, 'kegiatan', 'rapat', 'apa', 'ada', 'ngapain', 'kemana'),
  (asked) => ({ period: asked.period }),
  (asked) => `${PERIOD_NAMES[asked.period ?? '']}`,
);
const all = activityListIntent(
  'activities',
  (asked) => has(asked, 'kegiatan') && asked.words.trim().split(' ').length <= 4,
  () => ({ sort: 'date', order: 'desc' }),
  () => 'seluruhnya, yang terbaru dahulu',
);

/** Questions about the schedule: those asked before the money's, and those after. */
export const SCHEDULE_INTENTS: { particular: readonly Intent[]; general: readonly Intent[] } = {
  particular: [missing, fromList, late, undated, issues, inCharge, byStatus, statistics],
  general: [byPeriod, all],
};
