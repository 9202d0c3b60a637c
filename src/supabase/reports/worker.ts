import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { type ReportColumns, toColumns } from './columns.ts';

/** PostgREST's response with one report as JSON text, and the user who must own it. */
export interface ReportText {
  text: string;
  userId: string;
}

/** The thread's result: the report in columns (null if the user has none), or the reason of the failure. */
export type ParsedText = { columns: ReportColumns | null } | { failure: string };

// Runs in the thread that parser.ts starts: answers each message with one result.
parentPort?.on('message', (report: ReportText) => parentPort?.postMessage(parseToResult(report)));

function parseToResult(report: ReportText): ParsedText {
  try {
    return { columns: parseReport(report) };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : 'unknown' };
  }
}

/**
 * Parses the report of this user in PostgREST's response. Checks the user of the row again, because the key bypasses
 * row-level security.
 * @returns null when the user has no report in the response
 * @throws when the text is not a list of rows
 */
export function parseReport({ text, userId }: ReportText): ReportColumns | null {
  const row = parseRows(text).find((candidate) => belongsTo(candidate, userId));
  return row ? toColumns(row.processed_data, row.account_name_map) : null;
}

/** As in nice(1), from 0 (default) to 19 (lowest): webhook calls take precedence over reports on few processors. */
const THREAD_PRIORITY = 10;
if (parentPort && process.platform === 'linux') lowerThreadPriority();

/** Only Linux has a priority per thread, by the thread id in `/proc/<process>/task/<thread>`. */
function lowerThreadPriority(): void {
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), THREAD_PRIORITY);
  } catch {
    // Not permitted: parse reports with the default priority.
  }
}

type Row = Record<string, unknown>;

function belongsTo(row: unknown, userId: string): row is Row {
  return typeof row === 'object' && row !== null && 'user_id' in row && String(row.user_id) === userId;
}

function parseRows(text: string): unknown[] {
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch {
    // JSON.parse quotes the text in its message.
    throw new Error('the answer is no JSON');
  }
  if (!Array.isArray(rows)) throw new Error('the answer is no list of rows');
  return rows;
}
