import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { type ReportColumns, toColumns } from './columns.ts';

/** PostgREST's answer with one report, unparsed, and the user whose it must be. */
export interface ReportText {
  text: string;
  userId: string;
}

/** What the thread answers: the report in columns (null: there is none of this user), or why it could not be parsed. */
export type ParsedText = { columns: ReportColumns | null } | { failure: string };

// In a thread of its own, started by report-parser.ts: each message is a text, and has an answer.
parentPort?.on('message', (report: ReportText) => parentPort?.postMessage(parsed(report)));

function parsed(report: ReportText): ParsedText {
  try {
    return { columns: reportIn(report) };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : 'unknown' };
  }
}

/**
 * The report of this user in PostgREST's answer, in columns; null where there is none. The user is checked again here:
 * the key bypasses row-level security. @throws where the text is no list of rows
 */
export function reportIn({ text, userId }: ReportText): ReportColumns | null {
  const row = rowsIn(text).find((candidate) => isOf(candidate, userId));
  return row ? toColumns(row.processed_data, row.account_name_map) : null;
}

/** Calls come before reports, also where there are fewer processors than threads. As for nice(1); 0 is usual, 19 the last. */
const PRIORITY = 10;
if (parentPort && process.platform === 'linux') standBack();

/** Linux alone gives threads a priority each; they are named there by `/proc/<process>/task/<thread>`. */
function standBack(): void {
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), PRIORITY);
  } catch {
    // Where that is not allowed, reports are parsed all the same.
  }
}

type Row = Record<string, unknown>;

function isOf(row: unknown, userId: string): row is Row {
  return typeof row === 'object' && row !== null && 'user_id' in row && String(row.user_id) === userId;
}

function rowsIn(text: string): unknown[] {
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch {
    // JSON.parse quotes the text.
    throw new Error('the answer is no JSON');
  }
  if (!Array.isArray(rows)) throw new Error('the answer is no list of rows');
  return rows;
}
