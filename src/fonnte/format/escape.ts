import { type Delimiter, mayCloseAt, mayOpenAt, nextDelimiter } from './delimiters.ts';

/** What a unit of a written line is: text of the answer, of an address or of code, or a mark of ours that opens or closes. */
export const OF_TEXT = 't';
export const OF_LINK = 'l';
export const OF_CODE = 'c';
export const OPEN = '<';
export const CLOSE = '>';
export type Role = typeof OF_TEXT | typeof OF_LINK | typeof OF_CODE | typeof OPEN | typeof CLOSE;

/** A line with our marks written into it, and a role for each of its units. */
export type Written = { text: string; roles: string };

/** What stands in for a mark: seen as what it stands for, found in every phone's fonts, and no formatting. */
export const SUBSTITUTES = { '*': '∗', _: '＿', '~': '∼', '`': "'" } as const;
// A look-alike would break an address.
const ESCAPES = { '*': '%2A', _: '%5F', '~': '%7E', '`': '%60' } as const;
const LONGEST_HARMLESS_TICKS = 2;

/** The line with each mark that is the text's own, and could open or close something on this line, replaced; all others stay. Linear. */
export function escapeDelimiters({ text, roles }: Written): string {
  const lastClose = lastClosers(text, roles);
  const inside = new Set<string>();
  const opened = new Map<string, number>();
  let out = '';
  let done = 0;
  for (let start = nextDelimiter(text, 0); start < text.length; start = nextDelimiter(text, done)) {
    const mark = text[start] as Delimiter;
    const role = roles[start];
    out += text.slice(done, start);
    if (role === OPEN) inside.add(mark);
    if (role === CLOSE) inside.delete(mark);
    if (role === OPEN || role === CLOSE) {
      out += mark;
      done = start + 1;
      continue;
    }
    const end = ownRunEnd(text, roles, start);
    const openAt = mayOpenAt(text, start, end);
    const closeAt = mayCloseAt(text, start, end);
    const opens = openAt >= 0 && (lastClose.get(mark) ?? -1) > openAt + 1;
    const closes = closeAt >= 0 && (inside.has(mark) || (opened.get(mark) ?? closeAt) < closeAt - 1);
    const touches = text[start - 1] === mark || text[end] === mark;
    if (opens && !opened.has(mark)) opened.set(mark, openAt);
    const formats = opens || closes || touches || (mark === '`' && end - start > LONGEST_HARMLESS_TICKS);
    const replaced = role === OF_CODE || !formats ? mark : role === OF_LINK ? ESCAPES[mark] : SUBSTITUTES[mark];
    out += replaced.repeat(end - start);
    done = end;
  }
  return out + text.slice(done);
}

function ownRunEnd(text: string, roles: string, start: number): number {
  let end = start + 1;
  while (end < text.length && text[end] === text[start] && roles[end] !== OPEN && roles[end] !== CLOSE) end++;
  return end;
}

// The last place on the line where each mark closes or could.
function lastClosers(text: string, roles: string): Map<string, number> {
  const last = new Map<string, number>();
  let end = 0;
  for (let start = nextDelimiter(text, 0); start < text.length; start = nextDelimiter(text, end)) {
    const own = roles[start] !== OPEN && roles[start] !== CLOSE;
    end = own ? ownRunEnd(text, roles, start) : start + 1;
    const closeAt = own ? mayCloseAt(text, start, end) : roles[start] === CLOSE ? start : -1;
    if (closeAt >= 0) last.set(text.charAt(start), closeAt);
  }
  return last;
}

/** The line with a `*`, `-` or `>` at its start replaced where it would become a bullet or a quote. */
export function escapeLineStart(line: string): string {
  const sign = /^[*>-](?=\s)/.exec(line)?.[0];
  if (!sign) return line;
  return ({ '*': SUBSTITUTES['*'], '-': '–', '>': '＞' }[sign] ?? sign) + line.slice(1);
}
