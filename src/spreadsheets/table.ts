/** How a column is shown: amounts, shares and days are numbers in the sheet, never texts. */
export type ColumnKind = 'text' | 'rupiah' | 'percent' | 'day';

export interface Column {
  header: string;
  kind: ColumnKind;
  /** In characters. */
  width: number;
}

/** A cell: a text, rupiah, percent (45.5) or day (`2026-11-24`), by the kind of its column. Null: empty. */
export type Cell = string | number | null;

/** What a workbook contains: one sheet with rows, and one that describes them. Plain data: it is sent to a worker. */
export interface Table {
  /** Name of the sheet with the rows; `toSheetName` removes characters that Excel forbids. */
  title: string;
  columns: Column[];
  rows: Cell[][];
  /** Number of rows that the list matches: more than `rows` if these were limited. */
  total: number;
  /** Labels and values of the second sheet. */
  details: [label: string, value: string][];
}

/** Maximum length of a sheet's name in Excel, characters. */
const MAX_SHEET_NAME_LENGTH = 31;
/** Excel reserves this name. */
const RESERVED_SHEET_NAME = /^history$/i;

/** Returns a valid name of a sheet: without `[]/\:*?`, control characters and outer apostrophes, at most 31 characters. */
export function toSheetName(title: string): string {
  const clean = title
    .replace(/[[\]/\\:*?\p{Cc}\p{Cs}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .slice(0, MAX_SHEET_NAME_LENGTH)
    // Half of a surrogate pair at the cut.
    .replace(/[\uD800-\uDBFF]$/, '')
    .replace(/^[\s']+|[\s']+$/g, '');
  return clean === '' || RESERVED_SHEET_NAME.test(clean) ? 'Daftar' : clean;
}

/** Returns a file name of at most 60 characters: words in lower case with hyphens, and the extension. */
export function toFileName(title: string): string {
  const words = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replace(/^-+|-+$/g, '');
  return `${words || 'daftar'}.xlsx`;
}

/** Maximum length of a text in a cell of Excel, UTF-16 units. */
const MAX_CELL_LENGTH = 32_767;
/** Characters with which a spreadsheet program begins a formula, also in their full-width forms. */
const FORMULA_START = /^[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]./su;

/**
 * Returns a text that no spreadsheet program takes for a formula, even after it was saved as CSV: without leading white space
 * (tab, CR), and with an apostrophe before `=`, `+`, `-` and `@`. A single dash, as people fill empty fields, stays.
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
export function toCellText(text: string): string {
  const trimmed = text.replace(/^[\s\p{Cc}\p{Cf}]+/u, '').trimEnd();
  const safe = FORMULA_START.test(trimmed) ? `'${trimmed}` : trimmed;
  return safe.length <= MAX_CELL_LENGTH
    ? safe
    : `${safe.slice(0, MAX_CELL_LENGTH - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
