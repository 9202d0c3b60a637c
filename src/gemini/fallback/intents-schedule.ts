import { indonesianDate } from '../../supabase/calendar.ts';
import { formatRupiah } from '../../supabase/rupiah.ts';
import { fill } from '../../texts.ts';
import type { ToolEvidence } from '../tools/results.ts';
import {
  escapeMarkdown,
  formatActivities,
  formatActivity,
  formatAllMeasures,
  formatMissingReport,
  formatReportName,
} from './format.ts';
import { hasWord, type Intent, searchKeyword, type ToolCall, toolOutput } from './intent.ts';
import type { ParsedQuestion } from './parse-question.ts';

const search = (args: Record<string, unknown>): { calls: ToolCall[] } => ({
  calls: [{ name: 'search_activities', args }],
});

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

/** A request to change data: begins with the verb, or with polite words and the verb. */
const CHANGE_REQUEST =
  /^ (?:(?:tolong|mohon|bisa|bisakah|coba|bantu|harap|minta) )*(?:ubah|ubahkan|ganti|gantikan|hapus|hapuskan|tambah|tambahkan|buatkan|batalkan|pindahkan|setujui) /;
/** A request for a file, not for an activity with «file» in its name. */
const FILE_REQUEST =
  / (?:kirim|kirimkan|minta|unduh|download|mana) (?:\S+ ){0,2}(?:file|filenya|berkas|berkasnya|dokumen|dokumennya|pdf|undangan|undangannya) /;
/** A question about another person or unit. */
const OTHER_PEOPLE =
  / (?:milik|punya|punyanya|kepunyaan) (?:pak|bapak|bu|ibu|orang|teman|rekan|dia|mereka|unit|bagian) | (?:unit|orang|bagian|pegawai) lain | (?:pak|bapak|bu|ibu) \S+ $/;

/** Names the requested data that SAPA does not contain. @returns null if the question requests no such data */
function unsupportedTopic({ words }: ParsedQuestion): string | null {
  if (CHANGE_REQUEST.test(words)) return 'perubahan data dari WhatsApp';
  if (/ (rpd|rencana penarikan) /.test(words)) return 'rencana penarikan dana (RPD)';
  if (/ (jam|pukul|tempat|lokasi|ruang|ruangan|dimana|zoom|di mana) /.test(words)) return 'jam dan tempat kegiatan';
  if (FILE_REQUEST.test(words)) return 'berkas dan undangan';
  return OTHER_PEOPLE.test(words) ? 'data orang lain' : null;
}

const unsupportedTopicIntent: Intent = {
  name: 'unsupported-topic',
  matches: (question) => unsupportedTopic(question) !== null,
  step: (question, _results, { texts }) => ({
    text: fill(texts.directNotHeld, { what: unsupportedTopic(question) ?? '' }),
  }),
};

const listEntryIntent: Intent = {
  name: 'list-entry',
  matches: (question) => question.ordinal !== null,
  step(question, results, { texts, lists }) {
    const shown = lists.findLast(({ listed }) => listed);
    const list = shown?.listed;
    const id = list?.ids[(question.ordinal ?? 0) - 1];
    if (!list || !id) return { text: texts.directNoList };
    if (results.length === 0) return callForEntry(list.kind, shown.args, id);
    if (list.kind === 'activities') {
      const [activity] = toolOutput(results, 0, 'search_activities').activities;
      return { text: activity ? formatActivity(activity) : texts.directActivityGone };
    }
    const result = toolOutput(results, 0, list.kind === 'budget_rows' ? 'search_budget' : 'budget_by_account');
    if (result.report === null) return { text: formatMissingReport(result, texts) };
    const source = fill(texts.directSource, { report: formatReportName(result.report) });
    return { text: `**${escapeMarkdown(id)}**: ${formatAllMeasures(result.totals, texts)}.\n${source}` };
  },
};

/** Builds the call for one row of a list, with the report of that list. */
function callForEntry(
  kind: NonNullable<ToolEvidence['listed']>['kind'],
  args: object,
  id: string,
): { calls: ToolCall[] } {
  const report = Object.fromEntries(Object.entries(args).filter(([name]) => name.startsWith('report_')));
  if (kind === 'activities') return search({ keyword: id });
  if (kind === 'accounts') return { calls: [{ name: 'budget_by_account', args: { ...report, account: id } }] };
  if (kind === 'budget_rows') return { calls: [{ name: 'search_budget', args: { ...report, code: id } }] };
  return { calls: [{ name: 'budget_by_account', args: { report_month: id } }] };
}

/** Creates an intent that lists activities of one kind. */
function activityListIntent(
  name: string,
  matches: Intent['matches'],
  args: (question: ParsedQuestion) => Record<string, unknown>,
  title: (question: ParsedQuestion) => string,
): Intent {
  return {
    name,
    matches,
    step(question, results, { texts }) {
      if (results.length === 0) return search({ ...args(question), limit: MAX_LISTED_ACTIVITIES });
      const { count, activities, undated_left_out: undated } = toolOutput(results, 0, 'search_activities');
      const left = undated ? `\n\n${fill(texts.directUndatedLeftOut, { count: undated })}` : '';
      const which = title(question);
      if (count === 0) return { text: `${fill(texts.directNoActivities, { which })}${left}` };
      const others = count - activities.length;
      const more = others > 0 ? `\n\n${fill(texts.directMoreActivities, { count: others })}` : '';
      return {
        text: `${fill(texts.directActivities, { count, which })}\n${formatActivities(activities)}${more}${left}`,
      };
    },
  };
}

/** Maximum number of activities in one answer. */
const MAX_LISTED_ACTIVITIES = 10;

const personInChargeIntent: Intent = {
  name: 'person-in-charge',
  matches: (question) => hasWord(question, 'penanggung') && keywordOf(question) !== '',
  step(question, results, { texts }) {
    const keyword = keywordOf(question);
    if (results.length === 0) return search({ keyword, limit: MAX_LISTED_ACTIVITIES });
    const { count, activities } = toolOutput(results, 0, 'search_activities');
    if (count === 0) return { text: fill(texts.directNoSuchActivity, { keyword: escapeMarkdown(keyword) }) };
    const lines = activities.map(
      ({ nama, penanggung_jawab, tanggal }) =>
        `- ${escapeMarkdown(nama)}${tanggal ? ` (${indonesianDate(tanggal)})` : ''}: **${escapeMarkdown(penanggung_jawab ?? 'belum diisi')}**`,
    );
    return { text: [texts.directInCharge, ...lines].join('\n') };
  },
};

const activityStatisticsIntent: Intent = {
  name: 'activity-statistics',
  matches: (question) =>
    hasWord(question, 'kegiatan') &&
    hasWord(question, 'berapa', 'jumlah', 'statistik', 'rekap', 'total') &&
    question.period === null &&
    !statusOf(question),
  step(_question, results, { texts }) {
    if (results.length === 0) return { calls: [{ name: 'activity_statistics', args: {} }] };
    const result = toolOutput(results, 0, 'activity_statistics');
    if (result.total === 0) return { text: texts.directNothingPlanned };
    const lines = Object.entries(result.by_status).map(
      ([status, count]) => `- ${status}: ${count} kegiatan (${formatRupiah(result.allocation_by_status[status] ?? 0)})`,
    );
    return {
      text: [
        fill(texts.directStatistics, { total: result.total, allocation: formatRupiah(result.total_allocation) }),
        ...lines,
        fill(texts.directStatisticsWeeks, {
          thisWeek: result.this_week,
          nextWeek: result.next_week,
          overdue: result.overdue,
        }),
      ].join('\n'),
    };
  },
};

const STATUSES = ['rencana', 'komitmen', 'outstanding', 'terbayar', 'selesai', 'draft'];
const statusOf = (question: ParsedQuestion) => STATUSES.find((status) => question.words.includes(` ${status} `));

/** Words that are not part of an activity's name. */
const COMMON_WORDS = new Set(
  'siapa penanggung jawab kegiatan untuk yang saya apa itu dari pada di tolong dong ya ini berapa dengan nya kapan'.split(
    ' ',
  ),
);

const keywordOf = (question: ParsedQuestion) => searchKeyword(question, COMMON_WORDS);

const overdueIntent = activityListIntent(
  'overdue',
  (question) => hasWord(question, 'terlambat'),
  () => ({ overdue: true }),
  () => 'yang terlambat',
);
const undatedIntent = activityListIntent(
  'undated',
  (question) => hasWord(question, 'undated'),
  () => ({ undated: true }),
  () => 'yang belum bertanggal',
);
const issuesIntent = activityListIntent(
  'issues',
  (question) => hasWord(question, 'kendala'),
  () => ({ has_issue: true }),
  () => 'yang punya kendala',
);
const statusIntent = activityListIntent(
  'by-status',
  (question) => hasWord(question, 'kegiatan') && statusOf(question) !== undefined,
  (question) => ({ status: statusOf(question), ...(question.period ? { period: question.period } : {}) }),
  (question) => `berstatus ${statusOf(question)}${question.period ? ` ${PERIOD_NAMES[question.period]}` : ''}`,
);
const periodIntent = activityListIntent(
  'period',
  (question) => question.period !== null && hasWord(question, 'kegiatan', 'rapat', 'apa', 'ada', 'ngapain', 'kemana'),
  (question) => ({ period: question.period }),
  (question) => `${PERIOD_NAMES[question.period ?? '']}`,
);
const allActivitiesIntent = activityListIntent(
  'activities',
  (question) => hasWord(question, 'kegiatan') && question.words.trim().split(' ').length <= 4,
  () => ({ sort: 'date', order: 'desc' }),
  () => 'seluruhnya, yang terbaru dahulu',
);

/** Schedule questions that are tried before the budget questions. */
export const SPECIFIC_SCHEDULE_INTENTS: readonly Intent[] = [
  unsupportedTopicIntent,
  listEntryIntent,
  overdueIntent,
  undatedIntent,
  issuesIntent,
  personInChargeIntent,
  statusIntent,
  activityStatisticsIntent,
];

/** Schedule questions that are tried after the budget questions. */
export const GENERAL_SCHEDULE_INTENTS: readonly Intent[] = [periodIntent, allActivitiesIntent];
