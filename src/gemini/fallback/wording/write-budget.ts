import { capitalize } from '../../../language/capitalize.ts';
import type { Amounts } from '../../../supabase/budget/amounts.ts';
import { monthOf } from '../../../supabase/calendar.ts';
import type { ReportRef } from '../../../supabase/reports/reports.ts';
import { formatRupiah } from '../../../supabase/rupiah.ts';
import { fill, type Texts } from '../../../texts.ts';
import { type AnswerContext, hasWord, type Results, resultOf } from '../question/intent-types.ts';
import type { Measure, ParsedQuestion } from '../question/parse-question.ts';
import {
  escapeMarkdown,
  formatDay,
  formatMonth,
  formatPercent,
  formatReportName,
  formatSource,
  joinLines,
} from './format.ts';

/** Names of account groups, which reports may not contain. */
export const ACCOUNT_GROUP_NAMES: Record<string, string> = {
  '51': 'belanja pegawai',
  '52': 'belanja barang dan jasa',
  '53': 'belanja modal',
  '524': 'perjalanan dinas',
};

/** How an answer names the whole report. */
export const WHOLE_BUDGET = ' anggaran';

/** The figures of an account or of the whole report, and how an answer names them. */
export interface Position {
  report: ReportRef;
  amounts: Amounts;
  /** « akun 524111 (Belanja Perjalanan Dinas)», or WHOLE_BUDGET. */
  subject: string;
}

/** Returns the figures of the first result: a summary, or the account of the question. */
export function positionOf(question: ParsedQuestion, results: Results): Position {
  const [account] = question.accounts;
  if (account === undefined) {
    const summary = resultOf(results, 0, 'budget_summary');
    return { report: summary.report, amounts: summary, subject: WHOLE_BUDGET };
  }
  const page = resultOf(results, 0, 'budget_by_account');
  const name = page.count === 1 ? page.accounts?.[0]?.name : ACCOUNT_GROUP_NAMES[account];
  const group = page.count === 1 ? '' : `, ${page.count} akun`;
  const known = name ? ` (${escapeMarkdown(name)}${group})` : page.count > 1 ? ` (${page.count} akun)` : '';
  return { report: page.report, amounts: page.totals, subject: ` akun ${account}${known}` };
}

/** Returns the sentence for an account that the report does not have. @returns null if it has the account */
export function writeMissingAccount(question: ParsedQuestion, results: Results, texts: Texts): string | null {
  const [account] = question.accounts;
  if (account === undefined) return null;
  const page = resultOf(results, 0, 'budget_by_account');
  if (page.count > 0) return null;
  return fill(texts.ruleBasedNoAccount, { account, report: formatReportName(page.report, question.today) });
}

/** Writes the position of the budget or of an account, the requested figure first. */
export function writePosition(question: ParsedQuestion, results: Results, { texts }: AnswerContext): string {
  const missing = writeMissingAccount(question, results, texts);
  if (missing) return missing;
  const { report, amounts, subject } = positionOf(question, results);
  const lines = hasWord(question, 'outstanding', 'komitmen')
    ? writeCommitments(question, amounts, subject, texts)
    : writeAmounts(amounts, question.measure, subject, texts);
  return joinLines(lines, formatSource(report, question.today, texts));
}

/** Writes the amounts in two lines: the requested one first, at most three facts in a line. */
export function writeAmounts(amounts: Amounts, measure: Measure | null, subject: string, texts: Texts): string[] {
  const values = {
    subject,
    pagu: formatRupiah(amounts.pagu),
    realisasi: formatRupiah(amounts.realisasi),
    serapan: formatPercent(amounts.serapan_persen),
    sisa: formatRupiah(amounts.sisa),
  };
  const [lead, others] = {
    sisa: [texts.ruleBasedSisa, texts.ruleBasedSisaOthers],
    serapan: [texts.ruleBasedSerapan, texts.ruleBasedSerapanOthers],
    realisasi: [texts.ruleBasedRealisasi, texts.ruleBasedRealisasiOthers],
    pagu: [texts.ruleBasedPagu, texts.ruleBasedPaguOthers],
    all: [texts.ruleBasedPagu, texts.ruleBasedPaguOthers],
  }[measure ?? 'all'] as [string, string];
  return [capitalize(fill(lead, values)), fill(others, values)];
}

function writeCommitments(question: ParsedQuestion, amounts: Amounts, subject: string, texts: Texts): string[] {
  const values = {
    subject,
    after: formatRupiah(amounts.sisa_setelah_komitmen),
    sisa: formatRupiah(amounts.sisa),
    outstanding: formatRupiah(amounts.outstanding),
    komitmen: formatRupiah(amounts.komitmen),
  };
  const isAfter = hasWord(question, 'sisa', 'setelah', 'sesudah', 'dikurangi');
  const [lead, others] = isAfter
    ? [texts.ruleBasedAfterCommitments, texts.ruleBasedAfterCommitmentsOthers]
    : hasWord(question, 'outstanding')
      ? [texts.ruleBasedOutstanding, texts.ruleBasedOutstandingOthers]
      : [texts.ruleBasedKomitmen, texts.ruleBasedKomitmenOthers];
  return [fill(lead, values), fill(others, values)];
}

/** Writes which report the figures come from. */
export function writeReportDate(question: ParsedQuestion, results: Results, { texts }: AnswerContext): string {
  const { report } = resultOf(results, 0, 'budget_summary');
  const { date, type, file_name } = report;
  const values = { date: date && formatDay(date, question.today), type: escapeMarkdown(type ?? 'realisasi') };
  return joinLines(
    date ? fill(texts.ruleBasedReportDate, values as Record<string, string>) : texts.ruleBasedReportWithoutDate,
    file_name && fill(texts.ruleBasedReportFile, { file: escapeMarkdown(file_name) }),
  );
}

/** Writes the realization within the month of the report, then the cumulative one. */
export function writeMonthOnly(question: ParsedQuestion, results: Results, { texts }: AnswerContext): string {
  const missing = writeMissingAccount(question, results, texts);
  if (missing) return missing;
  const { report, amounts, subject } = positionOf(question, results);
  const { today, period } = question;
  const month = report.date && formatMonth(monthOf(report.date), today);
  const isEarlier = period === 'this_month' && report.date !== null && monthOf(report.date) < monthOf(today);
  const values = {
    subject: subject === WHOLE_BUDGET ? '' : subject,
    month: month ?? 'periode laporan',
    amount: formatRupiah(amounts.realisasi_periode_ini),
    realisasi: formatRupiah(amounts.realisasi),
    serapan: formatPercent(amounts.serapan_persen),
  };
  return joinLines(
    isEarlier && fill(texts.ruleBasedMonthMissing, { month: formatMonth(monthOf(today), today) }),
    fill(texts.ruleBasedMonthOnly, values),
    fill(texts.ruleBasedCumulative, values),
    formatSource(report, today, texts),
  );
}

/** Writes the locked part of the pagu. */
export function writeLockedPagu(question: ParsedQuestion, results: Results, { texts }: AnswerContext): string {
  const missing = writeMissingAccount(question, results, texts);
  if (missing) return missing;
  const { report, amounts, subject } = positionOf(question, results);
  const values = {
    subject: subject === WHOLE_BUDGET ? '' : subject,
    lock: formatRupiah(amounts.lock_pagu),
    pagu: formatRupiah(amounts.pagu),
    sisa: formatRupiah(amounts.sisa),
  };
  return joinLines(
    fill(texts.ruleBasedLockedPagu, values),
    fill(texts.ruleBasedLockedPaguOthers, values),
    formatSource(report, question.today, texts),
  );
}
