import type { Token } from './tokenizer.ts';

/** A range of token indices, the end excluded. */
export interface Range {
  from: number;
  to: number;
}

/** A line of a WhatsApp text. */
export interface Line extends Range {
  /** 0 in paragraphs; list items and indented lines are deeper. */
  level: number;
  isItem: boolean;
  /** In bold, or with a colon at its end: names the subject of the lines below. */
  isHeading: boolean;
  isMonospace: boolean;
  /** Lines without a blank line between them share a block. */
  block: number;
  /** The line above that names the subject of this one; -1: no such line. */
  lead: number;
  /** The tokens before a colon near the start: «*Pagu*: Rp1.000». */
  label?: Range;
  /** The heading of each cell in a monospace table, by token. */
  headings?: Map<number, Range>;
}

export interface Layout {
  lines: Line[];
  /** The line of each token. */
  lineOf: Int32Array;
}

/** Maximum number of tokens in a label. */
const MAX_LABEL_TOKENS = 14;
const FENCE = /^\s*```\s*$/;
const ITEM = /^(\s*)(?:>\s*)?(?:[-•*▪◦‣●+–](?=\s)|[✦✔✅☑☐]|\(?\d{1,3}[.)](?=\s|\*)|\(?[a-z]\)\s)/u;
const BOLD_LINE = /^[^\p{L}\d*_]*[*_]+[^*]+[*_]+[^\p{L}\d]*$/u;

/** Reads the lines of a formatted text: lists, headings, labels and the columns of monospace tables. */
export function readLayout(text: string, tokens: readonly Token[]): Layout {
  const lines: Line[] = [];
  const lineOf = new Int32Array(tokens.length);
  let [at, start, block] = [0, 0, 0];
  let isMonospace = false;
  let header: Line | undefined;
  for (const raw of text.split('\n')) {
    const end = start + raw.length;
    const from = at;
    while (at < tokens.length && tokens[at]!.start < end) lineOf[at++] = lines.length;
    const to = at;
    if (tokens[at]?.kind === 'break') lineOf[at++] = lines.length;
    start = end + 1;
    if (FENCE.test(raw)) {
      isMonospace = !isMonospace;
      header = undefined;
      block++;
    } else if (raw.trim() === '') block++;
    const line = readLine(raw, { from, to }, tokens, isMonospace, block);
    lines.push(line);
    if (!isMonospace || from === to) continue;
    if (header) line.headings = findHeadings(tokens, header, line, text);
    else header = line;
  }
  findLeads(lines);
  return { lines, lineOf };
}

function readLine(raw: string, range: Range, tokens: readonly Token[], isMonospace: boolean, block: number): Line {
  const item = isMonospace ? null : ITEM.exec(raw);
  const indent = /^ */.exec(raw)![0].length;
  const label = isMonospace ? undefined : findLabel(tokens, range);
  const isHeading = !item && range.to > range.from && (BOLD_LINE.test(raw) || /:[*_\s]*$/.test(raw));
  const level = item ? 1 + Math.min(4, indent >> 2) : Math.min(4, indent >> 2);
  return {
    ...range,
    level,
    isItem: item !== null,
    isHeading,
    isMonospace,
    block,
    lead: -1,
    ...(label ? { label } : {}),
  };
}

function findLabel(tokens: readonly Token[], { from, to }: Range): Range | undefined {
  for (let at = from; at < to && at - from <= MAX_LABEL_TOKENS; at++) {
    if (tokens[at]!.text === ':' && at > from) return { from, to: at };
    if (/^[,;.!?]$/.test(tokens[at]!.text) && !tokens[at + 1]?.glued) {
      if (at - from > 2) return undefined;
    }
  }
  return undefined;
}

/** Cells of a monospace table are separated by two spaces; a cell starts or ends with its heading, or is below no other one. */
function findHeadings(tokens: readonly Token[], header: Line, line: Line, text: string): Map<number, Range> {
  const headings = new Map<number, Range>();
  const [titles, cells] = [splitCells(tokens, header, text), splitCells(tokens, line, text)];
  for (const cell of cells) {
    const above = titles.filter((each) => each.left < cell.right && cell.left < each.right);
    const title =
      titles.find((each) => each.left === cell.left || each.right === cell.right) ??
      (above.length === 1 ? above[0] : undefined);
    if (title) for (let at = cell.from; at < cell.to; at++) headings.set(at, title);
  }
  return headings;
}

function splitCells(tokens: readonly Token[], line: Range, text: string): (Range & { left: number; right: number })[] {
  const cells: (Range & { left: number; right: number })[] = [];
  const origin = text.lastIndexOf('\n', tokens[line.from]!.start) + 1;
  for (let at = line.from; at < line.to; at++) {
    const { start, end } = tokens[at]!;
    const cell = cells.at(-1);
    if (cell && start - origin - cell.right < 2) {
      cell.to = at + 1;
      cell.right = end - origin;
    } else cells.push({ from: at, to: at + 1, left: start - origin, right: end - origin });
  }
  return cells;
}

/**
 * A line of a list belongs to the line above the list; a line of a block without a heading belongs to the block's first line;
 * other lines belong to the heading above them.
 */
function findLeads(lines: Line[]): void {
  const above: number[] = [];
  let heading = -1;
  let [first, last] = [-1, -1];
  for (const [index, line] of lines.entries()) {
    if (line.from === line.to) continue;
    if (line.isMonospace) {
      line.lead = above[0] ?? -1;
      continue;
    }
    const isFirst = first < 0 || lines[first]!.block !== line.block;
    if (line.level > 0) line.lead = above.slice(0, line.level).findLast((each) => each !== undefined) ?? -1;
    else if (isFirst) {
      // A paragraph after a list is about everything again.
      if (last >= 0 && lines[last]!.level > 0) heading = -1;
      line.lead = line.isHeading ? -1 : heading;
    } else if (line.label && lines[last]?.label) line.lead = last;
    else line.lead = line.isHeading ? -1 : heading > first ? heading : first;
    last = index;
    if (line.level === 0) {
      if (isFirst) first = index;
      if (line.isHeading) heading = index;
    }
    above[line.level] = index;
    above.length = line.level + 1;
  }
}
