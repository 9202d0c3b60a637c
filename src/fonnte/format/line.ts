import {
  type Delimiter,
  findDelimiterRuns,
  isWordAfter,
  isWordBefore,
  mayCloseAt,
  mayOpenAt,
  type Span,
} from './delimiters.ts';
import { escapeDelimiters, escapeLineStart, ROLE, type Role, SUBSTITUTES, type WrittenLine } from './escape.ts';
import { applyLinkPolicy } from './links.ts';
import { BOLD, CODE, ITALIC, LINK, plainText, STRIKE, type StyledUnit, type TextRun, toUnits } from './styled-text.ts';

const DELIMITERS: ReadonlyMap<number, Delimiter> = new Map([
  [BOLD, '*'],
  [ITALIC, '_'],
  [STRIKE, '~'],
  [CODE, '`'],
]);
const ALL_DELIMITED = BOLD | ITALIC | STRIKE | CODE;

/**
 * Renders one line of styled text for WhatsApp and trims it: delimiters around what WhatsApp can format (not inside a word),
 * substitutes for delimiters of the text that WhatsApp would read as formatting, links by policy. `atStart`: nothing precedes the
 * line, so a list or quote sign at its start is escaped too.
 */
export function renderLine(runs: readonly TextRun[], portalHost: string | undefined, atStart: boolean): string {
  const text = escapeDelimiters(writePlain(runs) ?? writeStyled(runs, portalHost)).trim();
  return atStart ? escapeLineStart(text) : text;
}

// Most lines have neither styles nor links and need no work per character.
function writePlain(runs: readonly TextRun[]): WrittenLine | null {
  const text = plainText(runs);
  if (text.includes('//') || runs.some(({ style }) => style !== 0)) return null;
  return { text, roles: ROLE.text.repeat(text.length) };
}

function writeStyled(runs: readonly TextRun[], portalHost: string | undefined): WrittenLine {
  const line = applyLinkPolicy(toUnits(runs), portalHost);
  fitStyles(line);
  return writeDelimiters(line);
}

// Keeps a style only where WhatsApp can show it: from a visible character to a visible one, between word boundaries.
function fitStyles(line: StyledUnit[]): void {
  const text = line.map(({ unit }) => unit).join('');
  for (const unit of line) if (unit.style & LINK && !(unit.style & CODE)) unit.style = LINK;
  for (const { start, end } of spansOf(line, CODE)) fitAroundCode(line.slice(start, end));
  for (const style of DELIMITERS.keys()) {
    for (const { start, end } of spansOf(line, style)) {
      const inner = text.slice(start, end);
      const from = end - inner.trimStart().length;
      const to = start + inner.trimEnd().length;
      const fits = from < to && !isWordBefore(text, from) && !isWordAfter(text, to);
      for (let index = start; index < end; index++) {
        if (!fits || index < from || index >= to) line[index]!.style &= ~style;
      }
    }
  }
}

// Code is shown literally. It keeps a style that surrounds all of it, unless a delimiter in the code could end that style.
function fitAroundCode(code: readonly StyledUnit[]): void {
  const shown = `\`${code.map(({ unit }) => unit).join('')}\``;
  const active = findDelimiterRuns(shown).filter((run) => mayOpenAt(shown, run) >= 0 || mayCloseAt(shown, run) >= 0);
  const isActive = (delimiter: Delimiter) => active.some((run) => run.delimiter === delimiter);
  const common = code.reduce((styles, { style }) => styles & style, BOLD | ITALIC | STRIKE);
  const surrounding = [...DELIMITERS].filter(([style, delimiter]) => common & style && !isActive(delimiter));
  for (const unit of code) unit.style = surrounding.reduce((styles, [style]) => styles | style, CODE);
}

function spansOf(line: readonly StyledUnit[], style: number): Span[] {
  const spans: Span[] = [];
  for (let start = 0; start < line.length; start++) {
    const end = styleEnd(line, style, start);
    if (end > start) spans.push({ start, end });
    start = end;
  }
  return spans;
}

function styleEnd(line: readonly StyledUnit[], style: number, from: number): number {
  let end = from;
  while (end < line.length && line[end]!.style & style) end++;
  return end;
}

// Nests delimiters: the longest style outside, code innermost. Where two styles overlap, the inner one is closed and opened again.
function writeDelimiters(line: readonly StyledUnit[]): WrittenLine {
  const written: WrittenLine = { text: '', roles: '' };
  const write = (text: string, role: Role) => {
    written.text += text;
    written.roles += text.length === 1 ? role : role.repeat(text.length);
  };
  const open: number[] = [];
  let openStyles = 0;
  const closeExcept = (styles: number) => {
    while (openStyles & ~styles) {
      const style = open.pop()!;
      openStyles &= ~style;
      write(DELIMITERS.get(style)!, ROLE.close);
    }
  };
  for (let index = 0; index < line.length; index++) {
    const { unit, style } = line[index]!;
    closeExcept(style);
    // A delimiter does not open before a space.
    if (style & ~openStyles & ALL_DELIMITED && /\S/.test(unit)) {
      const missing = [...DELIMITERS.keys()].filter((each) => style & each & ~openStyles);
      const reach = (each: number) => (each === CODE ? 0 : styleEnd(line, each, index));
      for (const each of missing.sort((a, b) => reach(b) - reach(a))) {
        open.push(each);
        openStyles |= each;
        write(DELIMITERS.get(each)!, ROLE.open);
      }
    }
    const isCode = style & CODE;
    write(isCode && unit === '`' ? SUBSTITUTES['`'] : unit, isCode ? ROLE.code : style & LINK ? ROLE.link : ROLE.text);
  }
  closeExcept(0);
  return written;
}
