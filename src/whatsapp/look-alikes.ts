import { couldCloseAt, couldOpenAt, isMark } from './marks.ts';

/** What a unit of a written line is: text of the answer, of an address or of code, or a mark of ours. */
export type Role = 'text' | 'link' | 'code' | 'open' | 'close';

/** A line with our marks written into it. */
export type Written = { text: string; roles: Role[] };

/** What stands in for a mark: seen as what it stands for, found in every phone's fonts, and no formatting. */
export const LOOK_ALIKES = { '*': '∗', _: '＿', '~': '∼', '`': "'" } as const;
// A look-alike would break an address.
const ESCAPES = { '*': '%2A', _: '%5F', '~': '%7E', '`': '%60' } as const;
const LONGEST_HARMLESS_TICKS = 2;

/** The line with each mark that is the text's own, and could open or close something on this line, replaced; all others stay. Linear. */
export function neutralise({ text, roles }: Written): string {
  const lastClose = lastClosers(text, roles);
  const inside = new Set<string>();
  const opened = new Map<string, number>();
  let out = '';
  for (let start = 0; start < text.length; ) {
    const mark = text.charAt(start);
    const role = roles[start];
    if (role === 'open') inside.add(mark);
    if (role === 'close') inside.delete(mark);
    if (!isMark(mark) || role === 'open' || role === 'close') {
      out += mark;
      start++;
      continue;
    }
    const end = ownRunEnd(text, roles, start);
    const openAt = couldOpenAt(text, start, end);
    const closeAt = couldCloseAt(text, start, end);
    const opens = openAt >= 0 && (lastClose.get(mark) ?? -1) > openAt + 1;
    const closes = closeAt >= 0 && (inside.has(mark) || (opened.get(mark) ?? closeAt) < closeAt - 1);
    const touches = text[start - 1] === mark || text[end] === mark;
    if (opens && !opened.has(mark)) opened.set(mark, openAt);
    const formats = opens || closes || touches || (mark === '`' && end - start > LONGEST_HARMLESS_TICKS);
    const replaced = role === 'code' || !formats ? mark : role === 'link' ? ESCAPES[mark] : LOOK_ALIKES[mark];
    out += replaced.repeat(end - start);
    start = end;
  }
  return out;
}

function ownRunEnd(text: string, roles: readonly Role[], start: number): number {
  let end = start + 1;
  while (end < text.length && text[end] === text[start] && roles[end] !== 'open' && roles[end] !== 'close') end++;
  return end;
}

// The last place on the line where each mark closes or could.
function lastClosers(text: string, roles: readonly Role[]): Map<string, number> {
  const last = new Map<string, number>();
  for (let start = 0; start < text.length; ) {
    const mark = text.charAt(start);
    const own = isMark(mark) && roles[start] !== 'open' && roles[start] !== 'close';
    const end = own ? ownRunEnd(text, roles, start) : start + 1;
    const closeAt = own ? couldCloseAt(text, start, end) : roles[start] === 'close' ? start : -1;
    if (closeAt >= 0) last.set(mark, closeAt);
    start = end;
  }
  return last;
}

/** The line with a `*`, `-` or `>` at its start replaced where it would become a bullet or a quote. */
export function neutraliseStart(line: string): string {
  const sign = /^[*>-](?=\s)/.exec(line)?.[0];
  if (!sign) return line;
  return ({ '*': LOOK_ALIKES['*'], '-': '–', '>': '＞' }[sign] ?? sign) + line.slice(1);
}
