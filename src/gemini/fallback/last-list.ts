import type { ToolEvidence } from '../tools/results.ts';
import {
  type AnswerContext,
  call,
  type PlanSession,
  type Results,
  resultOf,
  type ToolCall,
} from './question/intent-types.ts';
import type { Measure, ParsedQuestion } from './question/parse-question.ts';
import { escapeMarkdown, formatSource, joinLines } from './wording/format.ts';
import { writeActivities, writeActivity } from './wording/write-activities.ts';
import { writeAmounts } from './wording/write-budget.ts';
import { rowsOf, writeRest, writeRows } from './wording/write-rows.ts';

/** Words that a request for the next page consists of; one of the first two has to be among them. */
const NEXT_PAGE_WORDS = new Set(
  'lanjut berikutnya ada apa yang saja ya dong tolong coba halaman daftar tampilkan lihat lainnya list mana nya kak min'.split(
    ' ',
  ),
);

/** Returns whether a question consists of «lanjut» or «berikutnya» and words that add nothing. */
export function asksForNextPage({ words, tokens }: ParsedQuestion): boolean {
  if (tokens.length > 5 || !/ (?:lanjut|berikutnya|lainnya) /.test(words)) return false;
  return tokens.every(({ word }) => NEXT_PAGE_WORDS.has(word));
}

/** Plans the page after the last list. No calls without a list, or if the list has no pages. */
export function planNextPage(_question: ParsedQuestion, { list }: PlanSession): ToolCall[] {
  const listed = list?.listed;
  if (!listed || listed.kind === 'months') return [];
  const { offset = 0, ...args } = list.args as { offset?: number };
  return [call(list.tool as ToolCall['name'], { ...args, offset: offset + listed.ids.length })];
}

/** Writes the next page of the last list. */
export function writeNextPage({ today }: ParsedQuestion, results: Results, { texts, list }: AnswerContext): string {
  const listed = list?.listed;
  if (!listed) return texts.ruleBasedNothingToContinue;
  const { sort } = list.args as { sort?: string };
  if (listed.kind === 'activities') {
    const page = resultOf(results, 0, 'search_activities');
    if (page.activities.length === 0) return texts.ruleBasedListComplete;
    return joinLines(
      texts.ruleBasedNextPage,
      writeActivities(page, today, texts, sort === 'allocation' ? 'allocation' : 'person'),
    );
  }
  if (results.length === 0) return texts.ruleBasedListComplete;
  const page = resultOf(results, 0, listed.kind === 'budget_rows' ? 'search_budget' : 'budget_by_account');
  const rows = rowsOf(page);
  if (rows.length === 0) return texts.ruleBasedListComplete;
  const noun = { budget_rows: 'rincian', accounts: 'akun', groups: 'baris', months: 'bulan' }[listed.kind];
  return joinLines(
    texts.ruleBasedNextPage,
    writeRows(rows, (sort as Measure | undefined) ?? null),
    writeRest(page, noun, texts),
    formatSource(page.report, today, texts),
  );
}

/** Returns the id of the row of the last list that a question names by its number. */
function listedId({ ordinal }: ParsedQuestion, list: ToolEvidence | null): string | undefined {
  return list?.listed?.ids[(ordinal ?? 0) - 1];
}

/** Plans the call for one row of the last list, from the report of that list. */
export function planListEntry(question: ParsedQuestion, { list }: PlanSession): ToolCall[] {
  const id = listedId(question, list);
  if (!list?.listed || id === undefined) return [];
  const report = Object.fromEntries(Object.entries(list.args).filter(([name]) => name.startsWith('report_')));
  switch (list.listed.kind) {
    case 'activities':
      return [call('search_activities', { keyword: id })];
    case 'accounts':
      return [call('budget_by_account', { ...report, account: id })];
    case 'budget_rows':
    case 'groups':
      return [call('search_budget', { ...report, code: id })];
    case 'months':
      return [call('budget_summary', { ...report, report_month: id })];
  }
}

/** Writes one row of the last list. */
export function writeListEntry(question: ParsedQuestion, results: Results, { texts, list }: AnswerContext): string {
  const id = listedId(question, list);
  if (!list?.listed || id === undefined) return texts.ruleBasedNoList;
  const { today, measure } = question;
  if (list.listed.kind === 'activities') {
    const [activity] = resultOf(results, 0, 'search_activities').activities;
    return activity ? writeActivity(activity, today) : texts.ruleBasedActivityGone;
  }
  if (list.listed.kind === 'months') {
    const summary = resultOf(results, 0, 'budget_summary');
    return joinLines(writeAmounts(summary, measure, '', texts), formatSource(summary.report, today, texts));
  }
  const isAccount = list.listed.kind === 'accounts';
  const page = resultOf(results, 0, isAccount ? 'budget_by_account' : 'search_budget');
  const [row] = rowsOf(page);
  const name = page.count === 1 && row ? row.name : escapeMarkdown(id);
  return joinLines(
    `**${name}**`,
    writeAmounts(page.totals, measure, '', texts),
    formatSource(page.report, today, texts),
  );
}
