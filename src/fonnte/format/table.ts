import type { Tokens } from 'marked';
import { inlineRuns } from './inline.ts';
import { BOLD, ITALIC, plainText, type Run, renderLine, splitLines } from './line.ts';

/** A phone shows this many monospace characters without wrapping. */
const MONOSPACE_WIDTH = 34;
const EMPTY = '–';
const GAP = '  ';

/**
 * A table as blocks of lines. One column: a bold line and a list; two: its headings, then `*label*: value` lines; more: monospace
 * columns where they fit 34 characters, else one block of `*heading*: value` lines for each row.
 */
export function tableBlocks(
  table: Tokens.Table,
  portalHost: string | undefined,
): { lines: string[]; verbatim: boolean }[] {
  const header = table.header.map((cell) => inlineRuns(cell.tokens));
  const rows = table.rows.map((row) => row.map((cell) => inlineRuns(cell.tokens)));
  const prose = (runs: Run[]) => splitLines(runs).map((line) => renderLine(line, portalHost, false));
  const block = (lines: string[]) => ({ lines: lines.filter((line) => line !== ''), verbatim: false });

  if (rows.length === 0) return [block(prose(joined(header.map(bold), ' | ')))];
  if (header.length === 1) {
    const items = rows.flatMap(([cell = []]) => prose([{ text: '- ', style: 0 }, ...cell]));
    return [block([...prose(bold(header[0] ?? [])), ...items])];
  }
  if (header.length === 2) {
    const headings = header.filter(filled);
    const first =
      headings.length > 0 ? prose(joined(headings, ': ').map((run) => ({ ...run, style: run.style | ITALIC }))) : [];
    return [block([...first, ...rows.flatMap(([label = [], value = []]) => prose(labelled(label, value)))])];
  }
  const columns = monospace(table, header, rows);
  if (columns) return [{ lines: columns, verbatim: true }];
  return rows.map((row) => block(row.flatMap((value, at) => prose(labelled(header[at] ?? [], value)))));
}

function filled(runs: readonly Run[]): boolean {
  return plainText(runs).trim() !== '';
}

function bold(runs: readonly Run[]): Run[] {
  return runs.map((run) => ({ text: run.text.replaceAll('\n', ' '), style: run.style | BOLD }));
}

function joined(cells: readonly Run[][], separator: string): Run[] {
  return cells.flatMap((cell, index) => (index === 0 ? cell : [{ text: separator, style: 0 }, ...cell]));
}

function labelled(label: readonly Run[], value: readonly Run[]): Run[] {
  const shown = filled(value) ? value : [{ text: EMPTY, style: 0 }];
  if (!filled(label)) return [...shown];
  const colon = plainText(label).trimEnd().endsWith(':') ? ' ' : ': ';
  return [...bold(label), { text: colon, style: 0 }, ...shown];
}

// Only where every character has the width of one: no emoji, no wide letters.
function monospace(table: Tokens.Table, header: Run[][], rows: Run[][][]): string[] | undefined {
  const cells = [header, ...rows].map((row) => row.map((cell) => plainText(cell).trim()));
  if (cells.flat().some((cell) => !/^[\x20-\x7E\u00A1-\u024F–—‘’“”•…∗∼−]*$/.test(cell) || cell.includes('```')))
    return undefined;
  const widths = header.map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)));
  if (widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length) > MONOSPACE_WIDTH) return undefined;
  const toRight = header.map((_, at) => {
    const align = table.align[at];
    return align
      ? align === 'right'
      : cells.slice(1).every((row) => /^(?:Rp ?)?[-−+]?[\d.,]+ ?%?$|^[-–]?$/.test(row[at] ?? ''));
  });
  return cells.map((row) =>
    row
      .map((cell, at) => (toRight[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join(GAP)
      .trimEnd(),
  );
}
