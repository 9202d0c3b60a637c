import { type CodeIndex, indexCodes } from './code-index.ts';
import { type ReportColumns, type TextColumn, textAt } from './columns.ts';

/** Uraian of all rows in one string, so that one `indexOf` loop searches all; `starts[row]` is the start of a row. */
export interface TextIndex {
  text: string;
  starts: Uint32Array;
}

/** A report in columns with its search indices. */
export interface ParsedReport extends Omit<ReportColumns, 'kode' | 'uraian'> {
  kode: readonly string[];
  uraian: readonly string[];
  /** Estimated memory with the indices, in bytes; never too low. */
  bytes: number;
  codeIndex(): CodeIndex;
  uraianIndex(): TextIndex;
}

/** Converts columns to a report that can be searched; builds each index at its first use. */
export function toSearchableReport(columns: ReportColumns): ParsedReport {
  const { rows, accounts } = columns;
  // One string per text: the texts are looked up in maps, and a string caches its hash.
  const kode = toTexts(columns.kode);
  const uraian = toTexts(columns.uraian);
  let codes: CodeIndex | undefined;
  let texts: TextIndex | undefined;
  return {
    ...columns,
    kode,
    uraian,
    // Two bytes per character, in the column and in the index; per row two strings and the numbers; the accounts.
    bytes: 4 * (columns.kode.text.length + columns.uraian.text.length) + rows * 148 + accounts.length * 300 + 2_000,
    codeIndex: () => (codes ??= indexCodes(kode)),
    uraianIndex: () => (texts ??= indexTexts(uraian)),
  };
}

function toTexts(column: TextColumn): string[] {
  return Array.from(column.ends, (_, row) => textAt(column, row));
}

/** Joins the texts in lower case, each after a line feed. */
function indexTexts(texts: readonly string[]): TextIndex {
  const joined = `\n${texts.join('\n')}`.toLowerCase();
  const text = /[^\S\n]{2}|[\t\r\u00a0]/.test(joined) ? joined.replace(/[^\S\n]+/g, ' ') : joined;
  const starts = new Uint32Array(texts.length);
  let row = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts[row++] = at + 1;
  // A text contains a line feed itself: rare, so start again without line feeds in texts.
  if (row > texts.length && texts.length > 0) return indexTexts(texts.map((text) => text.replaceAll('\n', ' ')));
  return { text, starts };
}
