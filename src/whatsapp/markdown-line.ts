import { LOOK_ALIKES, neutralise, neutraliseStart, type Role, type Written } from './look-alikes.ts';
import { applyLinkPolicy, type Styled } from './markdown-links.ts';
import { couldCloseAt, couldOpenAt, type Mark, runEnd, wordAfter, wordBefore } from './marks.ts';

/** Styles of a run, as bits. LINK is an address: never formatted, and never given look-alikes. */
export const BOLD = 1;
export const ITALIC = 2;
export const STRIKE = 4;
export const CODE = 8;
export const LINK = 16;

/** Text in one style; may hold line breaks. */
export type Run = { text: string; style: number };

/** The runs of each line. */
export function splitLines(runs: readonly Run[]): Run[][] {
  const lines: Run[][] = [[]];
  for (const run of runs) {
    for (const [index, text] of run.text.split('\n').entries()) {
      if (index > 0) lines.push([]);
      if (text) lines.at(-1)?.push({ text, style: run.style });
    }
  }
  return lines;
}

/** What stands in the runs, without their styles. */
export function plainText(runs: readonly Run[]): string {
  return runs.map((run) => run.text).join('');
}

/**
 * One line of styled text as WhatsApp shows it, trimmed: marks around what WhatsApp can format, nothing around what it can't
 * (inside a word), look-alikes for marks in the text itself that WhatsApp would read as formatting. Links follow the policy.
 * `atStart` says that the line has nothing before it, so that a list's or quote's sign at its start is neutralised too.
 */
export function renderLine(runs: readonly Run[], portalHost: string | undefined, atStart: boolean): string {
  const styled: Styled = { text: '', styles: [] };
  for (const run of runs) {
    styled.text += run.text;
    for (let unit = 0; unit < run.text.length; unit++) styled.styles.push(run.style);
  }
  const line = applyLinkPolicy(styled, LINK, portalHost);
  fitStyles(line);
  const written = neutralise(writeMarks(line)).trim();
  return atStart ? neutraliseStart(written) : written;
}

const MARKS: ReadonlyMap<number, Mark> = new Map([
  [BOLD, '*'],
  [ITALIC, '_'],
  [STRIKE, '~'],
  [CODE, '`'],
]);

// Keeps a style only where WhatsApp can show it: from a visible character to a visible one, between word boundaries.
function fitStyles({ text, styles }: Styled): void {
  for (const [unit, style] of styles.entries()) {
    if (style & LINK && !(style & CODE)) styles[unit] = LINK;
  }
  eachSpan(styles, CODE, (start, end) => {
    const common = styles.slice(start, end).reduce((kept, style) => kept & style);
    // Code is shown as it is: a mark in it that could end the formatting around it is not surrounded by any.
    const around = [...MARKS].filter(([, mark]) => !holdsMark(text.slice(start, end), mark));
    styles.fill(
      around.reduce((kept, [style]) => kept | (common & style), CODE),
      start,
      end,
    );
  });
  for (const style of MARKS.keys()) {
    eachSpan(styles, style, (start, end) => {
      const inner = text.slice(start, end);
      const from = start + inner.length - inner.trimStart().length;
      const to = start + inner.trimEnd().length;
      const fits = from < to && !wordBefore(text, from) && !wordAfter(text, to);
      for (let unit = start; unit < end; unit++) {
        if (!fits || unit < from || unit >= to) styles[unit]! &= ~style;
      }
    });
  }
}

function holdsMark(code: string, mark: Mark): boolean {
  const shown = `\`${code}\``;
  for (let start = shown.indexOf(mark, 1); start >= 0 && start <= code.length; ) {
    const end = runEnd(shown, start);
    if (couldOpenAt(shown, start, end) >= 0 || couldCloseAt(shown, start, end) >= 0) return true;
    start = shown.indexOf(mark, end);
  }
  return false;
}

function eachSpan(styles: readonly number[], style: number, visit: (start: number, end: number) => void): void {
  for (let start = 0; start < styles.length; start++) {
    let end = start;
    while (end < styles.length && styles[end]! & style) end++;
    if (end > start) visit(start, end);
    start = end;
  }
}

// Marks nest: the longest stretch outside, code innermost; at a partial overlap the inner one is closed and opened again.
function writeMarks({ text, styles }: Styled): Written {
  const ends = spanEnds(styles);
  const units: string[] = [];
  const roles: Role[] = [];
  const open: number[] = [];
  const close = (keep: number) => {
    while (open.some((style) => !(style & keep))) {
      units.push(MARKS.get(open.pop()!)!);
      roles.push('close');
    }
  };
  for (let at = 0; at < text.length; at++) {
    const wanted = styles[at]!;
    const unit = text.charAt(at);
    close(wanted);
    if (!/\s/.test(unit)) {
      const missing = [...MARKS.keys()].filter((style) => wanted & style && !open.includes(style));
      const reach = (style: number) => (style === CODE ? 0 : ends.get(style)![at]!);
      for (const style of missing.sort((a, b) => reach(b) - reach(a))) {
        open.push(style);
        units.push(MARKS.get(style)!);
        roles.push('open');
      }
    }
    units.push(wanted & CODE && unit === '`' ? LOOK_ALIKES['`'] : unit);
    roles.push(wanted & CODE ? 'code' : wanted & LINK ? 'link' : 'text');
  }
  close(0);
  return { text: units.join(''), roles };
}

function spanEnds(styles: readonly number[]): Map<number, number[]> {
  const ends = new Map<number, number[]>();
  for (const style of MARKS.keys()) {
    const of: number[] = new Array(styles.length).fill(0);
    for (let at = styles.length - 1; at >= 0; at--) {
      if (styles[at]! & style) of[at] = Math.max(of[at + 1] ?? 0, at + 1);
    }
    ends.set(style, of);
  }
  return ends;
}
