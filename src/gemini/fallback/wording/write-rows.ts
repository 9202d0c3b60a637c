import type { Amounts } from '../../../supabase/budget/amounts.ts';
import { LEVEL_NAMES } from '../../../supabase/reports/report-names.ts';
import { formatRupiah } from '../../../supabase/rupiah.ts';
import { fill, type Texts } from '../../../texts.ts';
import type { ToolResults } from '../../tools/results.ts';
import { type AnswerContext, hasWord, type Results, resultOf } from '../question/intent-types.ts';
import type { Measure, ParsedQuestion } from '../question/parse-question.ts';
import { asksForRows, boundedMeasure } from '../question/question-arguments.ts';
import {
  escapeMarkdown,
  formatMeasure,
  formatPercent,
  formatReportName,
  formatSource,
  joinFacts,
  joinLines,
} from './format.ts';
import { WHOLE_BUDGET, writeAmounts } from './write-budget.ts';

type BudgetPage = Extract<ToolResults['budget_by_account'] | ToolResults['search_budget'], { count: number }>;

/** A row of a list with its name. */
interface NamedRow {
  name: string;
  amounts: Amounts;
}

/** The noun of a list: akun, rincian, RO … */
export function nounOf(question: ParsedQuestion): string {
  const { groupBy } = question;
  if (groupBy) return groupBy === 'account' ? 'akun' : LEVEL_NAMES[groupBy];
  return asksForRows(question) ? 'rincian' : 'akun';
}

/** Returns the budget rows, accounts or groups of a page. */
export function rowsOf(page: BudgetPage): NamedRow[] {
  if ('rows' in page)
    return page.rows.map(({ kode, uraian, ...amounts }) => ({
      name: `${escapeMarkdown(uraian || '(tanpa uraian)')} (${escapeMarkdown(kode)})`,
      amounts,
    }));
  const accounts = (page.accounts ?? []).map(({ account, name, ...amounts }) => ({ code: account, name, amounts }));
  const groups = (page.groups ?? []).map(({ code, name, ...amounts }) => ({ code, name, amounts }));
  return [...accounts, ...groups].map(({ code, name, amounts }) => ({
    name: name ? `${escapeMarkdown(code)} ${escapeMarkdown(name)}` : escapeMarkdown(code),
    amounts,
  }));
}

/** Writes rows as a numbered list; a measure in bold, or pagu, absorption and remainder. */
export function writeRows(rows: readonly NamedRow[], measure: Measure | null): string[] {
  return rows.map(({ name, amounts }, index) => `${index + 1}. ${name}: ${describeAmounts(amounts, measure)}`);
}

function describeAmounts(amounts: Amounts, measure: Measure | null): string {
  const share = formatPercent(amounts.serapan_persen);
  if (measure === null)
    return joinFacts([`pagu ${formatRupiah(amounts.pagu)}`, `serapan ${share}`, `sisa ${formatRupiah(amounts.sisa)}`]);
  const figure = `${measure} **${formatMeasure(amounts, measure)}**`;
  if (measure === 'serapan') return joinFacts([figure, `sisa ${formatRupiah(amounts.sisa)}`]);
  return joinFacts([figure, `serapan ${share}`]);
}

/** Writes the line for the rows that a page does not show, after an empty line. @returns an empty text if it shows all */
export function writeRest({ count, shown, offset = 0, more }: BudgetPage, noun: string, texts: Texts): string {
  return more ? `\n${fill(texts.ruleBasedMoreRows, { count: count - offset - shown, noun })}` : '';
}

/** Writes the rows with the largest or smallest values of a measure, or all groups. */
export function writeRanking(question: ParsedQuestion, results: Results, { texts }: AnswerContext): string {
  const page = pageOf(question, results);
  const { measure, groupBy, today } = question;
  const noun = nounOf(question);
  const rows = rowsOf(page);
  if (rows.length === 0)
    return fill(texts.ruleBasedNothingToRank, { noun, report: formatReportName(page.report, today) });
  const isRanked = hasWord(question, 'terendah', 'tertinggi');
  const order = hasWord(question, 'terendah') ? 'terendah' : 'tertinggi';
  const shownMeasure = isRanked ? (measure ?? 'pagu') : measure;
  const title = isRanked
    ? fill(texts.ruleBasedRanking, { noun, measure: shownMeasure ?? '', order })
    : fill(texts.ruleBasedGroups, { noun });
  return joinLines(
    title,
    writeRows(rows, shownMeasure),
    groupBy && writeRest(page, noun, texts),
    formatSource(page.report, today, texts),
  );
}

function pageOf(question: ParsedQuestion, results: Results): BudgetPage {
  return asksForRows(question) && !question.groupBy
    ? resultOf(results, 0, 'search_budget')
    : resultOf(results, 0, 'budget_by_account');
}

/** Writes the accounts or rows without realization; the sum of their pagu. */
export function writeWithoutRealization(question: ParsedQuestion, results: Results, { texts }: AnswerContext): string {
  const page = pageOf(question, results);
  const noun = nounOf(question);
  const source = formatSource(page.report, question.today, texts);
  if (page.count === 0) return joinLines(fill(texts.ruleBasedAllRealized, { noun }), source);
  const title = fill(texts.ruleBasedWithoutRealization, {
    count: page.count,
    noun,
    pagu: formatRupiah(page.totals.pagu),
  });
  const lines = rowsOf(page).map(
    ({ name, amounts }, index) => `${index + 1}. ${name}: pagu **${formatRupiah(amounts.pagu)}**`,
  );
  return joinLines(title, lines, writeRest(page, noun, texts), source);
}

/** Writes the rows or accounts with a negative remainder. */
export function writeNegative(question: ParsedQuestion, results: Results, { texts }: AnswerContext): string {
  const page = pageOf(question, results);
  const noun = nounOf(question);
  const source = formatSource(page.report, question.today, texts);
  if (page.count === 0) return joinLines(fill(texts.ruleBasedNoNegative, { noun }), source);
  const title = fill(texts.ruleBasedNegative, { count: page.count, noun, sisa: formatRupiah(page.totals.sisa) });
  return joinLines(title, writeRows(rowsOf(page), 'sisa'), writeRest(page, noun, texts), source);
}

/** Writes the rows or accounts within a bound. Bounds of pagu and realisasi, which no tool has, are applied here. */
export function writeBounded(question: ParsedQuestion, results: Results, { texts }: AnswerContext): string {
  const page = pageOf(question, results);
  const noun = nounOf(question);
  const measure = boundedMeasure(question);
  const isFilteredHere = measure === 'pagu' || measure === 'realisasi';
  const { min = -Infinity, max = Infinity } = question.bound ?? {};
  const rows = rowsOf(page).filter(
    ({ amounts }) => !isFilteredHere || (amounts[measure] >= min && amounts[measure] <= max),
  );
  const limits = describeBound(question, texts);
  const source = formatSource(page.report, question.today, texts);
  if (rows.length === 0) return joinLines(fill(texts.ruleBasedNoneWithin, { noun, measure, limits }), source);
  const title = isFilteredHere
    ? fill(texts.ruleBasedSomeWithin, { noun, measure, limits })
    : fill(texts.ruleBasedWithin, { count: page.count, noun, measure, limits });
  const isCut = isFilteredHere && rows.length === page.shown && page.more;
  return joinLines(
    title,
    writeRows(rows, measure),
    isFilteredHere ? isCut && `\n${texts.ruleBasedMoreWithin}` : writeRest(page, noun, texts),
    source,
  );
}

function describeBound({ bound }: ParsedQuestion, texts: Texts): string {
  const { kind, min, max } = bound ?? { kind: 'percent' };
  const format = (value: number) => (kind === 'percent' ? formatPercent(value) : formatRupiah(value));
  if (min !== undefined && max !== undefined)
    return fill(texts.ruleBasedBetween, { min: format(min), max: format(max) });
  if (max !== undefined) return fill(texts.ruleBasedAtMost, { max: format(max) });
  return fill(texts.ruleBasedAtLeast, { min: format(min ?? 0) });
}

/** Writes the rows that a term or a code finds, with their sum; without a match the whole budget. */
export function writeFoundRows(question: ParsedQuestion, results: Results, { texts }: AnswerContext): string {
  const page = resultOf(results, 0, 'search_budget');
  const { today, measure } = question;
  const term =
    question.code === null ? `«${escapeMarkdown(question.keyword)}»` : `kode ${escapeMarkdown(question.code)}`;
  const source = formatSource(page.report, today, texts);
  if (page.count === 0 || results.length > 1) {
    const missing = fill(texts.ruleBasedNoRows, { term, report: formatReportName(page.report, today) });
    if (results.length < 2) return missing;
    const whole = writeAmounts(resultOf(results, 1, 'budget_summary'), measure, WHOLE_BUDGET, texts);
    return joinLines(missing, texts.ruleBasedWholeInstead, whole, source);
  }
  const found = fill(texts.ruleBasedRows, { count: page.count, term });
  const totals = writeAmounts(page.totals, measure, '', texts);
  if (page.count === 1) return joinLines(`**${rowsOf(page)[0]?.name ?? ''}**`, totals, source);
  return joinLines(found, totals, writeRows(rowsOf(page), measure), writeRest(page, 'rincian', texts), source);
}
