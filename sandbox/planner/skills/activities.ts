import { describeActivity, listActivities } from '../activity-wording.ts';
import type { Conversation } from '../conversation.ts';
import { type Days, daysOfMonths } from '../periods.ts';
import { ask, type Plan, type Skill } from '../plan.ts';
import type { ActivityPage, Statistics } from '../results.ts';
import type { Query } from '../slots.ts';
import { blocks, escapeMarkdown, noteLines, rupiah } from '../wording.ts';

/** Maximum number of rows in a list. */
const PAGE = 10;
const ONLY_NAMES = { overdue: 'yang terlambat', undated: 'yang belum bertanggal', has_issue: 'yang punya kendala' };
/** The group of the schedule context that answers a count. */
const CONTEXT_GROUPS: Record<string, string> = {
  today: 'Hari ini',
  this_week: 'Minggu ini',
  next_week: 'Minggu depan',
  overdue: 'Terlambat',
};

/** Converts the conditions of a question to arguments of `search_activities`. */
function searchArguments(query: Query): Record<string, unknown> {
  const { status, only, keyword, person } = query;
  const days = daysOf(query);
  return {
    ...days?.args,
    status,
    overdue: only === 'overdue',
    undated: only === 'undated',
    has_issue: only === 'has_issue',
    keyword: person ?? keyword,
  };
}

function daysOf(query: Query): Days | null {
  return query.days ?? daysOfMonths(query);
}

function describeConditions(query: Query): string {
  const { status, only, keyword, person } = query;
  const subject = person ?? keyword;
  return [
    'kegiatan',
    ...(subject ? [`«${escapeMarkdown(subject)}»`] : []),
    ...(status ? [`berstatus ${status}`] : []),
    ...(only ? [ONLY_NAMES[only]] : []),
    ...(daysOf(query) ? [daysOf(query)?.label ?? ''] : []),
  ].join(' ');
}

/**
 * Searches activities. Without a match, searches again by the longest word of the term, then without the term if there
 * are other conditions. `missed` is the dropped term.
 */
function* search(query: Query, more: object = {}) {
  const args = searchArguments(query);
  const first = yield* ask<ActivityPage>('search_activities', { ...args, ...more });
  const term = query.person ?? query.keyword;
  if (first.count > 0 || !term) return { page: first, missed: null };
  const longest = term.split(' ').reduce((best, word) => (word.length > best.length ? word : best), '');
  if (longest !== term) {
    const page = yield* ask<ActivityPage>('search_activities', { ...args, keyword: longest, ...more });
    if (page.count > 0) return { page, missed: term };
  }
  const { keyword: _, ...others } = args;
  if (Object.values(others).every((value) => !value)) return { page: first, missed: term };
  return { page: yield* ask<ActivityPage>('search_activities', { ...others, ...more }), missed: term };
}

function* planList(query: Query): Plan {
  const isNarrow = Object.values(searchArguments(query)).some((value) => value);
  const byAllocation = query.order !== null;
  const sorted = byAllocation
    ? { sort: 'allocation', order: query.order }
    : isNarrow
      ? {}
      : { sort: 'date', order: 'desc' };
  const { page, missed } = yield* search(query, { ...sorted, limit: query.limit ?? (byAllocation ? 5 : PAGE) });
  const asked = describeConditions(query);
  const apology = missed ? `Saya tidak menemukan «${escapeMarkdown(missed)}» persis seperti itu.` : null;
  if (page.count === 0) return blocks(`Tidak ada ${asked}.`, listActivities(page, { byDay: false }));
  const [only] = page.activities;
  if (only && page.count === 1 && query.keyword) return blocks(apology, describeActivity(only), noteLines(page));
  const title = byAllocation
    ? `**${page.shown} kegiatan dengan alokasi ${query.order === 'desc' ? 'terbesar' : 'terkecil'}:**`
    : `Ada **${page.count}** ${missed ? 'kegiatan yang mendekati' : asked}:`;
  return blocks(
    apology,
    title,
    listActivities(page, { byDay: !byAllocation && isNarrow, withAllocation: byAllocation }),
  );
}

function* planPersonInCharge(query: Query): Plan {
  const { page } = yield* search(query, { limit: PAGE });
  if (page.count === 0) return `Saya tidak menemukan ${describeConditions(query)} di antara kegiatan Anda.`;
  const lines = page.activities.map(
    ({ nama, penanggung_jawab }) =>
      `- *${escapeMarkdown(nama)}*: **${escapeMarkdown(penanggung_jawab ?? 'belum diisi')}**`,
  );
  return blocks('Berikut penanggung jawabnya:', lines.join('\n'));
}

function* planCount(query: Query, { data }: Conversation): Plan {
  const counted = countInContext(query, data);
  if (counted !== null) return `Ada **${counted} kegiatan** ${daysOf(query)?.label ?? ONLY_NAMES.overdue}.`;
  const page = yield* ask<ActivityPage>('search_activities', { ...searchArguments(query), limit: 5 });
  if (page.count === 0) return `Tidak ada ${describeConditions(query)}.`;
  return blocks(
    `Ada **${page.count}** ${describeConditions(query)}. Berikut daftarnya:`,
    listActivities(page, { byDay: true }),
  );
}

/** @returns the count in the schedule context of the first request; null if it has no such count */
function countInContext(query: Query, data: readonly string[]): string | null {
  const period = query.days && 'period' in query.days.args ? query.days.args.period : null;
  if (query.status || (query.only && period)) return null;
  const group = CONTEXT_GROUPS[query.only ?? period ?? ''];
  if (!group) return null;
  return new RegExp(`^${group}(?: \\([^)]*\\))?: (\\d+) kegiatan$`, 'm').exec(data.join('\n'))?.[1] ?? null;
}

function* planStatistics(): Plan {
  const statistics = yield* ask<Statistics>('activity_statistics');
  const { total, by_status, allocation_by_status, total_allocation } = statistics;
  if (total === 0) return blocks('Belum ada kegiatan Anda yang tercatat di SAPA.', noteLines(statistics));
  const lines = Object.entries(by_status).map(
    ([status, count]) =>
      `- **${escapeMarkdown(status)}:** ${count} kegiatan, alokasi ${rupiah(allocation_by_status[status] ?? 0)}`,
  );
  return blocks(
    `Anda memiliki **${total} kegiatan** dengan total alokasi **${rupiah(total_allocation)}**.`,
    `### Per status\n${lines.join('\n')}`,
    `Minggu ini ada ${statistics.this_week} kegiatan, minggu depan ${statistics.next_week} kegiatan. ` +
      `Yang terlambat ${statistics.overdue} kegiatan, belum bertanggal ${statistics.undated} kegiatan.`,
    noteLines(statistics),
  );
}

function* planAllocation(query: Query): Plan {
  const args = searchArguments(query);
  if (Object.values(args).every((value) => !value)) return yield* planStatistics();
  const page = yield* ask<ActivityPage>('search_activities', { ...args, limit: 5, sort: 'allocation', order: 'desc' });
  return blocks(
    `Total alokasi ${describeConditions(query)}: **${rupiah(page.total_allocation)}** (${page.count} kegiatan).`,
    page.count > 0 && 'Yang terbesar:',
    listActivities(page, { byDay: false, withAllocation: true }),
  );
}

const isAboutActivities = ({ subject }: Query) => subject === 'activities';

/** Questions about the schedule, the more specific ones first. */
export const ACTIVITY_SKILLS: readonly Skill[] = [
  { name: 'person-in-charge', fits: (query) => query.goal === 'person-in-charge', plan: planPersonInCharge },
  { name: 'activity-statistics', fits: (query) => query.goal === 'statistics', plan: planStatistics },
  { name: 'activity-allocation', fits: (query) => query.goal === 'allocation', plan: planAllocation },
  { name: 'activity-count', fits: (query) => query.goal === 'count', plan: planCount },
  { name: 'activity-list', fits: isAboutActivities, plan: planList },
];
