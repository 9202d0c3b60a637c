import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { type Day, type Month, monthOf, parseDay } from '../calendar.ts';
import { parseText } from '../fields.ts';
import { type Paging, type RowReader, readPages, type SkippedRows, textBytes } from '../paging.ts';

/** One uploaded SAKTI report, without its rows. `type` is Akrual, SP2D, another text, or null. */
export interface ReportInfo {
  id: string;
  type: string | null;
  date: Day | null;
  file_name: string | null;
  /** When it was uploaded, in ms since the epoch; 0 if unknown. */
  createdAt: number;
}

/** The fields that identify a report in tool results. */
export interface ReportRef {
  date: Day | null;
  type: string | null;
  file_name: string | null;
}

/** Selects a report; default type: the current report's; default month: the newest of that type. */
interface ReportSelector {
  month?: Month | undefined;
  type?: string | undefined;
}

/** The columns of `processed_results` for the list of reports, without their rows. */
export const REPORT_LIST_COLUMNS = 'id,user_id,file_name,report_type,report_date,created_at';
/** Maximum memory of the list of one user's reports, in bytes: some 5,000 of them. It does not count towards the shared capacity. */
const MAX_REPORT_LIST_BYTES = 1024 * 1024;
/** Memory of one entry of that list without its texts, in bytes. */
const REPORT_INFO_BYTES = 200;

const Id = Type.Union([Type.String({ minLength: 1 }), Type.Number()]);
const infoRowValidator = Compile(Type.Object({ id: Id, user_id: Id }));

/** Reads ids, types and dates of all reports of `userId`, newest first, without their rows. @throws SapaUnavailableError */
export async function readReportInfos(options: {
  reader: RowReader;
  userId: string;
  timezone: string;
  paging?: Paging | undefined;
  signal?: AbortSignal | undefined;
  onSkippedRows?: SkippedRows | undefined;
}): Promise<ReportInfo[]> {
  const { userId, timezone } = options;
  const infos: ReportInfo[] = [];
  let skippedRows = 0;
  let skippedDates = 0;
  const addRow = (row: unknown) => {
    if (!infoRowValidator.Check(row) || String(row.user_id) !== userId) {
      skippedRows++;
      return 0;
    }
    const fields: Record<string, unknown> = row;
    const date = parseDay(fields.report_date, timezone) ?? null;
    if (date === null && parseText(fields.report_date) !== null) skippedDates++;
    const info = {
      id: String(row.id),
      type: normalizeType(fields.report_type),
      date,
      file_name: parseText(fields.file_name),
      createdAt: Date.parse(String(fields.created_at)) || 0,
    };
    infos.push(info);
    return REPORT_INFO_BYTES + textBytes(info.type) + textBytes(info.file_name);
  };
  await readPages(options.reader, {
    operation: 'reports',
    build: (client) =>
      client.from('processed_results').select(REPORT_LIST_COLUMNS, { count: 'exact' }).eq('user_id', userId),
    addRow,
    maxBytes: MAX_REPORT_LIST_BYTES,
    paging: options.paging,
    signal: options.signal,
  });
  if (skippedRows) options.onSkippedRows?.('processed_results', skippedRows);
  if (skippedDates) options.onSkippedRows?.('processed_results.report_date', skippedDates);
  return infos.sort(compareNewestFirst);
}

/** Sorts the newest date first, then the newest upload; reports without a date last. */
function compareNewestFirst(a: ReportInfo, b: ReportInfo): number {
  if (a.date !== b.date) return (a.date ?? '') < (b.date ?? '') ? 1 : -1;
  return b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1);
}

/** Returns the newest report by date, then by upload; the newest upload if no report has a date. */
export function currentReport(infos: readonly ReportInfo[]): ReportInfo | undefined {
  return infos.toSorted(compareNewestFirst)[0];
}

/** Returns the reports of the given type (default: the current report's), newest first. */
export function candidateReports(infos: readonly ReportInfo[], type: string | undefined): ReportInfo[] {
  const selectedType = type ?? currentReport(infos)?.type ?? null;
  return infos.filter((info) => isSameType(info.type, selectedType)).toSorted(compareNewestFirst);
}

/** @returns undefined when the user has no report that matches the selector */
export function chooseReport(infos: readonly ReportInfo[], selector: ReportSelector): ReportInfo | undefined {
  const candidates = candidateReports(infos, selector.type);
  if (selector.month === undefined) return candidates[0];
  return candidates.find((info) => info.date !== null && monthOf(info.date) === selector.month);
}

/** Reduces a report to the fields of tool results. */
export function toReportRef(info: ReportInfo): ReportRef {
  return { date: info.date, type: info.type, file_name: info.file_name };
}

function isSameType(a: string | null, b: string | null): boolean {
  return (a ?? '').toLowerCase() === (b ?? '').toLowerCase();
}

function normalizeType(value: unknown): string | null {
  const text = parseText(value);
  return ['Akrual', 'SP2D'].find((name) => name.toLowerCase() === text?.toLowerCase()) ?? text;
}
