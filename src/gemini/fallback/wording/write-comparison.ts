import { capitalize } from '../../../language/capitalize.ts';
import { formatRupiah } from '../../../supabase/rupiah.ts';
import { fill, type Texts } from '../../../texts.ts';
import { type AnswerContext, call, hasWord, type Results, resultOf, type ToolCall } from '../question/intent-types.ts';
import type { ParsedQuestion } from '../question/parse-question.ts';
import { escapeMarkdown, formatPercent, formatPoints, formatSource, joinLines } from './format.ts';
import { ACCOUNT_GROUP_NAMES, positionOf, writeMissingAccount } from './write-budget.ts';

type ComparedField = 'pagu' | 'realisasi' | 'sisa' | 'serapan_persen';

function comparedField({ measure }: ParsedQuestion): ComparedField {
  return measure === null || measure === 'serapan' ? 'serapan_persen' : measure;
}

/** Returns the calculation of the sum of accounts if the question asks for it, else of the difference between two. */
export function calculateDifference(question: ParsedQuestion, results: Results): ToolCall[] {
  const { accounts } = question;
  if (results.length > accounts.length) return [];
  const field = summedField(question);
  const operands = accounts.map((_, index) => resultOf(results, index, 'budget_by_account').totals[field]);
  if (operands.includes(null) || (accounts.length > 2 && !asksForSum(question))) return [];
  return [call('calculate', { operation: asksForSum(question) ? 'sum' : 'difference', operands })];
}

function asksForSum(question: ParsedQuestion): boolean {
  return hasWord(question, 'total', 'jumlah');
}

/** Percentages have no sum: the realization has. */
function summedField(question: ParsedQuestion): ComparedField {
  const field = comparedField(question);
  return asksForSum(question) && field === 'serapan_persen' ? 'realisasi' : field;
}

/** Writes accounts or account groups one after the other, and their sum or difference. */
export function writeComparison(question: ParsedQuestion, results: Results, { texts }: AnswerContext): string {
  const { accounts, measure, today } = question;
  const pages = accounts.map((_, index) => resultOf(results, index, 'budget_by_account'));
  const names = pages.map((page, index) => {
    const account = accounts[index] ?? '';
    const only = page.count === 1 ? page.accounts?.[0]?.name : undefined;
    return ACCOUNT_GROUP_NAMES[account] ?? (only ? `akun ${account} (${escapeMarkdown(only)})` : `akun ${account}`);
  });
  const lines = pages.map(({ totals }, index) =>
    fill(measure === 'sisa' ? texts.ruleBasedComparedSisa : texts.ruleBasedCompared, {
      name: capitalize(names[index] ?? ''),
      realisasi: formatRupiah(totals.realisasi),
      pagu: formatRupiah(totals.pagu),
      serapan: formatPercent(totals.serapan_persen),
      sisa: formatRupiah(totals.sisa),
    }),
  );
  const isCalculated = results.length > accounts.length;
  const result = isCalculated ? resultOf(results, accounts.length, 'calculate').result : 0;
  return joinLines(
    lines,
    isCalculated && `\n${writeDifference(question, result, names, texts)}`,
    pages[0] && formatSource(pages[0].report, today, texts),
  );
}

function writeDifference(question: ParsedQuestion, result: number, names: readonly string[], texts: Texts): string {
  const field = summedField(question);
  const measure = field === 'serapan_persen' ? 'serapan' : field;
  if (asksForSum(question)) return fill(texts.ruleBasedSum, { measure, amount: formatRupiah(result) });
  const [one = '', other = ''] = names;
  if (result === 0) return texts.ruleBasedNoDifference;
  const [larger, smaller] = result > 0 ? [one, other] : [other, one];
  const amount = field === 'serapan_persen' ? formatPoints(result) : formatRupiah(Math.abs(result));
  return fill(texts.ruleBasedDifference, { measure: capitalize(measure), larger, smaller, amount });
}

/** The figure that a share is of: the named one, else the pagu. */
function sharedField({ measure }: ParsedQuestion): 'pagu' | 'realisasi' | 'sisa' {
  return measure === null || measure === 'serapan' ? 'pagu' : measure;
}

/** Returns the calculation of the share of an account in the whole budget. */
export function calculateShare(question: ParsedQuestion, results: Results): ToolCall[] {
  if (results.length > 2) return [];
  const field = sharedField(question);
  const whole = resultOf(results, 1, 'budget_summary')[field];
  const part = resultOf(results, 0, 'budget_by_account').totals[field];
  return whole === 0 ? [] : [call('calculate', { operation: 'ratio_percent', operands: [part, whole] })];
}

/** Writes the share of an account in the whole budget. */
export function writeShare(question: ParsedQuestion, results: Results, { texts }: AnswerContext): string {
  const missing = writeMissingAccount(question, results, texts);
  if (missing) return missing;
  const { report, amounts, subject } = positionOf(question, results);
  const field = sharedField(question);
  const values = {
    subject,
    measure: field,
    share: results.length > 2 ? formatPercent(resultOf(results, 2, 'calculate').result) : formatPercent(null),
    part: formatRupiah(amounts[field]),
    whole: formatRupiah(resultOf(results, 1, 'budget_summary')[field]),
  };
  return joinLines(fill(texts.ruleBasedShare, values), formatSource(report, question.today, texts));
}
