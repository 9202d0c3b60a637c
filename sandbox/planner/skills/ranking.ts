import type { Conversation } from '../conversation.ts';
import { ask, type Plan, type Skill } from '../plan.ts';
import type { Measure } from '../query-budget.ts';
import type { AccountPage, Amounts, RowPage } from '../results.ts';
import type { Query } from '../slots.ts';
import {
  blocks,
  capitalize,
  escapeMarkdown,
  figure,
  MEASURE_NAMES,
  percent,
  rupiah,
  sourceLines,
  table,
} from '../wording.ts';
import { KIND_NAMES, reportArguments } from './budget.ts';

/** Default number of rows in a ranking. */
const USUAL_LIMIT = 5;
const SORTS: Partial<Record<Measure, string>> = {
  pagu: 'pagu',
  realisasi: 'realisasi',
  sisa: 'sisa',
  serapan_persen: 'serapan',
};
const LEVEL_NAMES: Record<string, string> = {
  account: 'akun',
  kind: 'jenis belanja',
  program: 'program',
  activity: 'kegiatan',
  kro: 'KRO',
  ro: 'RO',
  component: 'komponen',
  subcomponent: 'subkomponen',
};

/** A ranked row of either function. */
interface Ranked {
  name: string;
  amounts: Amounts;
}

function* planRanking(query: Query, conversation: Conversation): Plan {
  const { bounds } = query;
  const measure = query.measure ?? (bounds ? (bounds.kind === 'percent' ? 'serapan_persen' : 'sisa') : 'pagu');
  const order = query.order ?? (bounds?.max === undefined ? 'desc' : 'asc');
  const limit = query.limit ?? (bounds ? 20 : USUAL_LIMIT);
  const isUnsupported = bounds?.kind === 'rupiah' && measure !== 'sisa';
  const isUnused = bounds?.kind === 'percent' && bounds.max === 0;
  const args = {
    ...(isUnused ? { sort: 'pagu', order: 'desc' } : { sort: SORTS[measure] ?? 'sisa', order }),
    limit: isUnsupported ? 50 : limit,
    ...(bounds && !isUnsupported ? boundArguments(bounds) : {}),
    ...reportArguments(query, conversation),
  };
  const { rows, count, page } = yield* fetchRows(query, args);
  // The functions have no bounds on pagu and realisasi: filter the largest rows here.
  const shown = isUnsupported ? rows.filter(({ amounts }) => isWithin(amounts[measure] ?? 0, bounds)) : rows;
  const what = wantsRows(query) ? 'rincian' : 'akun';
  if (shown.length === 0) return blocks(`Tidak ada ${what} yang memenuhi syarat itu.`, sourceLines(page));
  const lines = shown.map(
    ({ name, amounts }, index) => `${index + 1}. ${name}: **${figure(amounts, isUnused ? 'pagu' : measure)}**`,
  );
  const title = bounds
    ? `### ${capitalize(what)} dengan ${MEASURE_NAMES[measure]} ${describeBounds(query)}`
    : `### ${capitalize(what)} dengan ${MEASURE_NAMES[measure]} ${order === 'asc' ? 'terendah' : 'tertinggi'}`;
  return blocks(
    title,
    lines.join('\n'),
    bounds && !isUnsupported && count > shown.length && `Seluruhnya ${count} ${what}.`,
    sourceLines(page),
  );
}

/** «Rincian», or «yang minus» without a noun: an account may hide the rows that are overdrawn. */
function wantsRows({ normalized }: Query): boolean {
  return normalized.includes(' rincian ') || (normalized.includes(' minus ') && !normalized.includes(' akun '));
}

function* fetchRows(query: Query, args: Record<string, unknown>) {
  const [account] = query.accounts;
  if (wantsRows(query)) {
    const page = yield* ask<RowPage>('search_budget', { ...args, code: query.code ?? account, keyword: query.keyword });
    return { page, count: page.count, rows: page.rows.map(toRanked) };
  }
  const page = yield* ask<AccountPage>('budget_by_account', { ...args, account });
  return { page, count: page.count, rows: accountRows(page) };
}

function toRanked({ kode, uraian, ...amounts }: RowPage['rows'][number]): Ranked {
  return { name: `${escapeMarkdown(kode)} ${escapeMarkdown(uraian)}`, amounts };
}

/** @returns the accounts, or the groups of another grouping */
export function accountRows({ accounts, groups }: AccountPage): Ranked[] {
  const rows = (accounts ?? []).map(({ account, name, ...amounts }) => ({ code: account, name, amounts }));
  const grouped = (groups ?? []).map(({ code, name, ...amounts }) => ({ code, name, amounts }));
  return [...rows, ...grouped].map(({ code, name, amounts }) => {
    const known = name ?? KIND_NAMES[code];
    return { name: known ? `${escapeMarkdown(code)} ${escapeMarkdown(known)}` : escapeMarkdown(code), amounts };
  });
}

function boundArguments({ kind, min, max }: NonNullable<Query['bounds']>): Record<string, unknown> {
  return kind === 'percent' ? { min_serapan: min, max_serapan: max } : { min_sisa: min, max_sisa: max };
}

function isWithin(value: number, bounds: Query['bounds']): boolean {
  return value >= (bounds?.min ?? -Infinity) && value <= (bounds?.max ?? Infinity);
}

function describeBounds({ bounds }: Query): string {
  const { kind, min, max } = bounds ?? { kind: 'percent' as const };
  if (kind === 'percent' && max === 0) return 'nol';
  if (kind === 'rupiah' && max === -1) return 'minus';
  const format = kind === 'percent' ? percent : rupiah;
  if (min !== undefined && max !== undefined) return `antara ${format(min)} dan ${format(max)}`;
  const value = min ?? max ?? 0;
  return `${max === undefined ? 'paling sedikit' : 'paling banyak'} ${format(value)}`;
}

function* planGroups(query: Query, conversation: Conversation): Plan {
  const level = query.groupBy ?? 'account';
  const parameters = conversation.tools.get('budget_by_account');
  const grouped = level === 'kind' ? { digits: 2 } : level === 'account' ? {} : { group_by: level };
  if ('group_by' in grouped && parameters && !parameters.has('group_by')) {
    return `Maaf, data anggaran belum dapat saya kelompokkan per ${LEVEL_NAMES[level]}. Yang bisa: per akun atau per jenis belanja.`;
  }
  const [account] = query.accounts;
  const page = yield* ask<AccountPage>('budget_by_account', {
    account,
    ...grouped,
    ...(query.order ? { sort: SORTS[query.measure ?? 'pagu'] ?? 'pagu', order: query.order } : {}),
    limit: query.limit ?? (query.order ? USUAL_LIMIT : 20),
    ...reportArguments(query, conversation),
  });
  return blocks(`### Anggaran per ${LEVEL_NAMES[level]}`, tableOf(accountRows(page)), sourceLines(page));
}

/** Pagu, realization, absorption and remainder side by side. */
export function tableOf(rows: readonly Ranked[]): string {
  return table(
    ['Uraian', 'Pagu', 'Realisasi', 'Serapan', 'Sisa'],
    rows.map(({ name, amounts }) => [
      name,
      rupiah(amounts.pagu),
      rupiah(amounts.realisasi),
      percent(amounts.serapan_persen),
      rupiah(amounts.sisa),
    ]),
  );
}

/** @returns the next rows of a list sorted by `sort` */
export function describeNextRows(page: AccountPage | RowPage, sort: string): string {
  const rows = 'rows' in page ? page.rows.map(toRanked) : accountRows(page);
  if (rows.length === 0) return 'Daftarnya sudah habis, tidak ada lagi yang tersisa.';
  const measure = (Object.keys(SORTS) as Measure[]).find((name) => SORTS[name] === sort) ?? 'sisa';
  const lines = rows.map(({ name, amounts }, index) => `${index + 1}. ${name}: **${figure(amounts, measure)}**`);
  return blocks('Berikut lanjutannya:', lines.join('\n'), sourceLines(page));
}

/** Rankings, bounds and groups of the budget. */
export const RANKING_SKILLS: readonly Skill[] = [
  { name: 'groups', fits: ({ subject, groupBy }) => subject === 'budget' && groupBy !== null, plan: planGroups },
  {
    name: 'ranking',
    fits: ({ subject, order, bounds }) => subject === 'budget' && (order !== null || bounds !== null),
    plan: planRanking,
  },
];
