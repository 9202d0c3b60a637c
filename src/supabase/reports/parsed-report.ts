import { type CodeIndex, indexCodes } from './code-index.ts';
import { type ReportColumns, type TextColumn, textAt } from './columns.ts';

/** Uraian of all rows in one string, so that a search is one pass of the engine's own; `starts[row]` is where a row begins. */
export interface TextIndex {
  text: string;
  starts: Uint32Array;
}

/** A report in columns, with what it is searched by. */
export interface ParsedReport extends Omit<ReportColumns, 'kode' | 'uraian'> {
  kode: readonly string[];
  uraian: readonly string[];
  /** What it takes in memory, indices included; never less than the truth. */
  bytes: number;
  codeIndex(): CodeIndex;
  uraianIndex(): TextIndex;
}

/** A report that can be searched; its indices are built when they are first asked for. */
export function toSearchableReport(columns: ReportColumns): ParsedReport {
  const { rows, accounts } = columns;
  // Each text once as a string of its own: it is looked up in maps, and a string keeps its hash.
  const kode = textsOf(columns.kode);
  const uraian = textsOf(columns.uraian);
  let codes: CodeIndex | undefined;
  let texts: TextIndex | undefined;
  return {
    ...columns,
    kode,
    uraian,
    // Two bytes a character, in its column and in its index; two strings a row, numbers of columns and indices; accounts.
    bytes: 4 * (columns.kode.text.length + columns.uraian.text.length) + rows * 148 + accounts.length * 300 + 2_000,
    codeIndex: () => (codes ??= indexCodes(kode)),
    uraianIndex: () => (texts ??= indexTexts(uraian)),
  };
}

function textsOf(column: TextColumn): string[] {
  return Array.from(column.ends, (_, row) => textAt(column, row));
}

/** Every text in small letters after a line feed, which none contains itself. */
function indexTexts(texts: readonly string[]): TextIndex {
  const joined = `\n${texts.join('\n')}`.toLowerCase();
  const text = /[^\S\n]{2}|[\t\r\u00a0]/.test(joined) ? joined.replace(/[^\S\n]+/g, ' ') : joined;
  const starts = new Uint32Array(texts.length);
  let row = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts[row++] = at + 1;
  // A text with a line feed of its own: rare enough to begin again without it.
  if (row > texts.length && texts.length > 0) return indexTexts(texts.map((text) => text.replaceAll('\n', ' ')));
  return { text, starts };
}
