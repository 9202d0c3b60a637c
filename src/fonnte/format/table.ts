import type { Tokens } from 'marked';
import { toRuns } from './inline.ts';
import { renderLine } from './line.ts';
import { BOLD, ITALIC, plainText, splitLines, type TextRun } from './styled-text.ts';

/** A phone shows this many monospace characters without wrapping. */
const MAX_MONOSPACE_WIDTH = 34;
const EMPTY_CELL = '–';
const COLUMN_GAP = '  ';
/** Characters that are as wide as one monospace column: no emoji, no wide letters. */
const MONOSPACE_CELL = /^[\x20-\x7E\u00A1-\u024F–—‘’“”•…∗∼−]*$/;
const NUMBER_CELL = /^(?:Rp ?)?[-−+]?[\d.,]+ ?%?$|^[-–]?$/;

/** Lines of a table; `isMonospace` lines belong into a monospace block. */
export type TableBlock = { lines: string[]; isMonospace: boolean };

/**
 * Renders a table. One column: a bold line and a list. Two columns: the headings, then `*label*: value` lines. More columns:
 * monospace if they fit, otherwise one block of `*heading*: value` lines for each row.
 */
export function renderTable(table: Tokens.Table, portalHost: string | undefined): TableBlock[] {
  const header = table.header.map((cell) => toRuns(cell.tokens));
  const rows = table.rows.map((row) => row.map((cell) => toRuns(cell.tokens)));
  const render = (runs: TextRun[]) => splitLines(runs).map((line) => renderLine(line, portalHost, false));
  const block = (lines: string[]) => ({ lines: lines.filter((line) => line !== ''), isMonospace: false });

  if (rows.length === 0) return [block(render(join(header.map(toBold), ' | ')))];
  if (header.length === 1) {
    const items = rows.flatMap(([cell = []]) => render([{ text: '- ', style: 0 }, ...cell]));
    return [block([...render(toBold(header[0]!)), ...items])];
  }
  if (header.length === 2) {
    const headings = join(header.filter(hasText), ': ').map(({ text, style }) => ({ text, style: style | ITALIC }));
    return [block([...render(headings), ...rows.flatMap(([label = [], value = []]) => render(pair(label, value)))])];
  }
  const columns = alignColumns(table, header, rows);
  if (columns) return [{ lines: columns, isMonospace: true }];
  return rows.map((row) => block(row.flatMap((value, column) => render(pair(header[column] ?? [], value)))));
}

function hasText(runs: readonly TextRun[]): boolean {
  return plainText(runs).trim() !== '';
}

function toBold(runs: readonly TextRun[]): TextRun[] {
  return runs.map(({ text, style }) => ({ text: text.replaceAll('\n', ' '), style: style | BOLD }));
}

function join(cells: readonly TextRun[][], separator: string): TextRun[] {
  return cells.flatMap((cell, index) => (index === 0 ? cell : [{ text: separator, style: 0 }, ...cell]));
}

function pair(label: readonly TextRun[], value: readonly TextRun[]): TextRun[] {
  const shown = hasText(value) ? value : [{ text: EMPTY_CELL, style: 0 }];
  if (!hasText(label)) return [...shown];
  const separator = plainText(label).trimEnd().endsWith(':') ? ' ' : ': ';
  return [...toBold(label), { text: separator, style: 0 }, ...shown];
}

/** @returns null where a cell has no fixed width or a line would wrap */
function alignColumns(table: Tokens.Table, header: TextRun[][], rows: TextRun[][][]): string[] | null {
  const cells = [header, ...rows].map((row) => row.map((cell) => plainText(cell).trim()));
  if (cells.flat().some((cell) => !MONOSPACE_CELL.test(cell) || cell.includes('```'))) return null;
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const isRight = header.map((_, column) => {
    const align = table.align[column];
    return align ? align === 'right' : cells.slice(1).every((row) => NUMBER_CELL.test(row[column] ?? ''));
  });
  const lines = cells.map((row) =>
    row.map((cell, column) => (isRight[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!))),
  );
  if (lines[0]!.join(COLUMN_GAP).length > MAX_MONOSPACE_WIDTH) return null;
  return lines.map((line) => line.join(COLUMN_GAP).trimEnd());
}
