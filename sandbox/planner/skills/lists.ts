import { describeActivity, listActivities } from '../activity-wording.ts';
import type { Conversation, ShownList } from '../conversation.ts';
import { ask, type Plan, type Skill } from '../plan.ts';
import type { AccountPage, ActivityPage, RowPage, Summary } from '../results.ts';
import type { Query } from '../slots.ts';
import { blocks, escapeMarkdown, figureList, sourceLines } from '../wording.ts';
import { describeNextRows } from './ranking.ts';

const NO_LIST = 'Saya belum menampilkan daftar dengan nomor itu. Sebutkan nama kegiatan atau kode akunnya, ya.';

/** Details of an entry of the last list: by its id if the prompt contains the list, otherwise by the name in the last answer. */
function* planPick({ ordinal }: Query, { list, answers }: Conversation): Plan {
  const id = list?.ids[(ordinal ?? 0) - 1];
  if (!list || !id) {
    const name = nameInAnswer(answers.at(-1) ?? '', ordinal ?? 0);
    return name ? describeFound(yield* ask<ActivityPage>('search_activities', { keyword: name })) : NO_LIST;
  }
  const report = reportOf(list);
  if (list.tool === 'search_activities') {
    return describeFound(yield* ask<ActivityPage>('search_activities', { keyword: id }));
  }
  if (list.tool === 'search_budget') {
    const page = yield* ask<RowPage>('search_budget', { code: id, ...report });
    const title = page.rows[0] ? `${escapeMarkdown(id)} ${escapeMarkdown(page.rows[0].uraian)}` : escapeMarkdown(id);
    return blocks(`### ${title}`, figureList(page.totals), sourceLines(page));
  }
  if (list.tool === 'budget_trend') {
    const summary = yield* ask<Summary>('budget_summary', { ...report, report_month: id });
    return blocks(figureList(summary), sourceLines(summary));
  }
  const page = yield* ask<AccountPage>('budget_by_account', { account: id, ...report });
  const name = page.accounts?.[0]?.name;
  return blocks(
    `### Akun ${escapeMarkdown(id)}${name ? ` ${escapeMarkdown(name)}` : ''}`,
    figureList(page.totals),
    sourceLines(page),
  );
}

function describeFound({ activities }: ActivityPage): string {
  if (activities.length === 0) return 'Kegiatan itu sudah tidak ada di SAPA.';
  return blocks(activities.map(describeActivity));
}

/** @returns the report of the list */
function reportOf({ args }: ShownList): Record<string, unknown> {
  return { report_month: args.report_month, report_type: args.report_type };
}

/** @returns the name after a number in an earlier answer: the bold words of the line, or the line up to a parenthesis */
function nameInAnswer(answer: string, ordinal: number): string | null {
  const line = new RegExp(`^\\s*${ordinal}[.)]\\s+(.+)$`, 'm').exec(answer)?.[1];
  if (line === undefined) return null;
  const name = /[*_]{1,2}([^*_]+)[*_]{1,2}/.exec(line)?.[1] ?? line.split(/ [(–:]/)[0] ?? '';
  return name.replaceAll('\\', '').trim() || null;
}

/** @returns the rows after the last list */
function* planNextPage(_query: Query, { list }: Conversation): Plan {
  if (!list) return 'Belum ada daftar yang dapat saya lanjutkan.';
  const offset = Number(list.args.offset ?? 0) + list.ids.length;
  const args = { ...list.args, offset };
  if (list.tool === 'search_activities') {
    const page = yield* ask<ActivityPage>(list.tool, args);
    if (page.shown === 0) return 'Daftarnya sudah habis, tidak ada lagi yang tersisa.';
    const rest = page.count - offset - page.shown;
    const byDay = (list.args.sort ?? 'date') === 'date';
    const withAllocation = list.args.sort === 'allocation';
    return blocks(
      'Berikut lanjutannya:',
      listActivities({ ...page, count: page.shown + rest }, { byDay, withAllocation }),
    );
  }
  if (list.tool !== 'search_budget' && list.tool !== 'budget_by_account') return 'Daftar itu sudah lengkap.';
  return describeNextRows(yield* ask<AccountPage | RowPage>(list.tool, args), String(list.args.sort ?? 'sisa'));
}

/** Questions about the last list. */
export const LIST_SKILLS: readonly Skill[] = [
  { name: 'next-page', fits: ({ goal }) => goal === 'next-page', plan: planNextPage },
  { name: 'pick', fits: ({ goal }) => goal === 'pick', plan: planPick },
];
