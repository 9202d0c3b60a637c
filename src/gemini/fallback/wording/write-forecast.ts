import { formatRupiah } from '../../../supabase/rupiah.ts';
import { fill, type Texts } from '../../../texts.ts';
import { type AnswerContext, call, type Results, resultOf, type ToolCall } from '../question/intent-types.ts';
import type { ParsedQuestion } from '../question/parse-question.ts';
import { formatPercent, formatPoints, formatRoughRupiah, formatSource, joinLines } from './format.ts';
import { type Position, positionOf, writeMissingAccount } from './write-budget.ts';

/** Months of a year. */
const MONTHS = 12;

/** The months that have passed at the date of the report. @returns null for a report without date or without pagu */
function monthsPassed({ report, amounts }: Position): number | null {
  return report.date === null || amounts.pagu === 0 ? null : Number(report.date.slice(5, 7));
}

const calculate = (operation: string, ...operands: number[]): ToolCall => call('calculate', { operation, operands });
const calculated = (results: Results, index: number): number => resultOf(results, index, 'calculate').result;

/** Returns the calculations of a projection: the realization at the end of the year, then its share of the pagu. */
export function calculateProjection(question: ParsedQuestion, results: Results): ToolCall[] {
  const position = positionOf(question, results);
  const passed = monthsPassed(position);
  if (passed === null) return [];
  if (results.length === 1) return [calculate('project_linear', position.amounts.realisasi, passed, MONTHS)];
  if (results.length === 2) return [calculate('ratio_percent', calculated(results, 1), position.amounts.pagu)];
  return [];
}

/** Writes the absorption at the end of the year if realization continues evenly, and whether it reaches the target. */
export function writeProjection(question: ParsedQuestion, results: Results, { texts }: AnswerContext): string {
  const missing = writeMissingAccount(question, results, texts);
  if (missing) return missing;
  const { report, amounts, subject } = positionOf(question, results);
  const source = formatSource(report, question.today, texts);
  if (results.length < 3) return joinLines(texts.ruleBasedNoProjection, source);
  const share = calculated(results, 2);
  const { percent: target } = question;
  const values = {
    subject,
    share: formatPercent(share),
    projected: formatRupiah(Math.round(calculated(results, 1))),
    pagu: formatRupiah(amounts.pagu),
    target: formatPercent(target),
    serapan: formatPercent(amounts.serapan_persen),
  };
  return joinLines(
    fill(texts.ruleBasedProjection, values),
    target !== null && fill(share >= target ? texts.ruleBasedTargetMet : texts.ruleBasedTargetMissed, values),
    fill(texts.ruleBasedSoFar, values),
    source,
  );
}

/**
 * Returns the calculations of the amount that is missing for a target. `calculate` has no multiplication: the realization
 * at the target is realization ÷ absorption × target, which `project_linear` computes.
 */
export function calculateNeeded(question: ParsedQuestion, results: Results): ToolCall[] {
  const position = positionOf(question, results);
  const { realisasi, serapan_persen: share } = position.amounts;
  const passed = monthsPassed(position);
  const target = question.percent ?? 0;
  if (passed === null || share === null || share <= 0 || share >= target) return [];
  if (results.length === 1)
    return [calculate('difference', target, share), calculate('project_linear', realisasi, share, target)];
  if (results.length === 3) return [calculate('difference', calculated(results, 2), realisasi)];
  const monthsLeft = MONTHS - passed;
  return results.length === 4 && monthsLeft > 1 ? [calculate('divide', calculated(results, 3), monthsLeft)] : [];
}

/** Writes how much has to be realized per month until the end of the year to reach a percentage. */
export function writeNeeded(question: ParsedQuestion, results: Results, { texts }: AnswerContext): string {
  const missing = writeMissingAccount(question, results, texts);
  if (missing) return missing;
  const position = positionOf(question, results);
  const { amounts, report, subject } = position;
  const source = formatSource(report, question.today, texts);
  const { percent } = question;
  const values = { subject, target: formatPercent(percent), serapan: formatPercent(amounts.serapan_persen) };
  if (amounts.serapan_persen !== null && amounts.serapan_persen >= (percent ?? 0))
    return joinLines(fill(texts.ruleBasedTargetReached, values), source);
  if (results.length < 4) return joinLines(texts.ruleBasedNoProjection, source);
  const missingAmount = {
    points: formatPoints(calculated(results, 1)),
    gap: formatRoughRupiah(calculated(results, 3)),
  };
  const monthsLeft = MONTHS - (monthsPassed(position) ?? MONTHS);
  return joinLines(
    fill(texts.ruleBasedNeeded, { ...values, ...missingAmount }),
    results.length > 4
      ? fill(texts.ruleBasedPerMonth, { amount: formatRoughRupiah(calculated(results, 4)), months: monthsLeft })
      : texts.ruleBasedBeforeYearEnd,
    source,
  );
}

/** Returns the calculations of what is left of an account after all planned activities. */
export function calculateSufficiency(question: ParsedQuestion, results: Results): ToolCall[] {
  const { amounts } = positionOf(question, results);
  const { charges } = plannedCharges(question, results);
  if (charges.length === 0) return [];
  if (results.length === 2) return [calculate('sum', ...charges)];
  if (results.length === 3) return [calculate('difference', amounts.sisa_setelah_komitmen, calculated(results, 2))];
  return [];
}

/** Maximum operands of `calculate`. */
const MAX_OPERANDS = 50;

/** Returns the amounts that planned activities charge to the account of the question. `isComplete`: no charge is left out. */
function plannedCharges(question: ParsedQuestion, results: Results): { charges: number[]; isComplete: boolean } {
  const { activities, more } = resultOf(results, 1, 'search_activities');
  const [account = ''] = question.accounts;
  const isWhole = account === '';
  const charges = activities.flatMap(({ allocations, total_alokasi }) =>
    isWhole
      ? [total_alokasi]
      : allocations.filter((allocation) => allocation.account.startsWith(account)).map(({ jumlah }) => jumlah),
  );
  const isListed = activities.every(
    ({ allocations, total_alokasi }) =>
      Math.abs(allocations.reduce((sum, { jumlah }) => sum + jumlah, 0) - total_alokasi) < 1,
  );
  const used = charges.filter((charge) => charge !== 0);
  const isComplete = !more && (isWhole || isListed) && used.length <= MAX_OPERANDS;
  return { charges: used.slice(0, MAX_OPERANDS), isComplete };
}

/** Writes whether the budget or an account suffices if all planned activities take place. */
export function writeSufficiency(question: ParsedQuestion, results: Results, { texts }: AnswerContext): string {
  const missing = writeMissingAccount(question, results, texts);
  if (missing) return missing;
  const { amounts, report, subject } = positionOf(question, results);
  const { charges, isComplete } = plannedCharges(question, results);
  const left = charges.length > 0 ? calculated(results, 3) : amounts.sisa_setelah_komitmen;
  return joinLines(
    fill(left >= 0 ? texts.ruleBasedSufficient : texts.ruleBasedInsufficient, {
      subject,
      left: formatRupiah(Math.abs(left)),
    }),
    writeNeeds(amounts.sisa_setelah_komitmen, charges.length > 0 ? calculated(results, 2) : null, texts),
    !isComplete && texts.ruleBasedSufficiencyIncomplete,
    formatSource(report, question.today, texts),
  );
}

function writeNeeds(sisa: number, planned: number | null, texts: Texts): string {
  const values = { sisa: formatRupiah(sisa), planned: formatRupiah(planned ?? 0) };
  return fill(planned === null ? texts.ruleBasedNothingPlannedThere : texts.ruleBasedNeeds, values);
}
