import { type Delimiter, findDelimiterRuns, mayCloseAt, mayOpenAt, type Span } from './delimiters.ts';

/** The kind of each character of a formatted line: text, URL, code, or an opening or closing delimiter of the formatter. */
export const ROLE = { text: 't', link: 'l', code: 'c', open: '<', close: '>' } as const;
export type Role = (typeof ROLE)[keyof typeof ROLE];

/** A line with our delimiters in it, and one role for each UTF-16 unit. */
export type WrittenLine = { text: string; roles: string };

/** Characters that look like a delimiter, exist in the fonts of phones and do not format. */
export const SUBSTITUTES = { '*': '∗', _: '＿', '~': '∼', '`': "'" } as const;
/** In an address a substitute would change where the address leads. */
const URL_ESCAPES = { '*': '%2A', _: '%5F', '~': '%7E', '`': '%60' } as const;
/** More backticks in a row open a monospace block, wherever they are. */
const MAX_INLINE_BACKTICKS = 2;

type RoleRun = Span & { delimiter: Delimiter; role: Role; openAt: number; closeAt: number };

/** Replaces each delimiter that belongs to the text and could open or close formatting on this line; all other characters stay. */
export function escapeDelimiters(line: WrittenLine): string {
  const { text } = line;
  const runs = splitByRole(line);
  const lastClose = new Map(runs.filter(({ closeAt }) => closeAt >= 0).map((run) => [run.delimiter, run.closeAt]));
  const inside = new Set<Delimiter>();
  const firstOpen = new Map<Delimiter, number>();
  let escaped = '';
  let done = 0;
  for (const { delimiter, start, end, role, openAt, closeAt } of runs) {
    let written = text.slice(start, end);
    if (role === ROLE.open) inside.add(delimiter);
    else if (role === ROLE.close) inside.delete(delimiter);
    else {
      const opens = openAt >= 0 && (lastClose.get(delimiter) ?? -1) > openAt + 1;
      const closes = closeAt >= 0 && (inside.has(delimiter) || (firstOpen.get(delimiter) ?? closeAt) < closeAt - 1);
      const touches = text[start - 1] === delimiter || text[end] === delimiter;
      const opensBlock = delimiter === '`' && end - start > MAX_INLINE_BACKTICKS;
      if (opens && !firstOpen.has(delimiter)) firstOpen.set(delimiter, openAt);
      if (role !== ROLE.code && (opens || closes || touches || opensBlock))
        written = (role === ROLE.link ? URL_ESCAPES : SUBSTITUTES)[delimiter].repeat(end - start);
    }
    escaped += text.slice(done, start) + written;
    done = end;
  }
  return escaped + text.slice(done);
}

// Delimiters of the formatter form separate runs, even next to the same character in the text.
function splitByRole({ text, roles }: WrittenLine): RoleRun[] {
  const isOurs = (index: number) => roles[index] === ROLE.open || roles[index] === ROLE.close;
  return findDelimiterRuns(text).flatMap((run) => {
    const parts: RoleRun[] = [];
    for (let start = run.start, end = start; start < run.end; start = end) {
      end = start + 1;
      while (!isOurs(start) && end < run.end && !isOurs(end)) end++;
      const role = roles[start] as Role;
      const [openAt, closeAt] = isOurs(start)
        ? [-1, role === ROLE.close ? start : -1]
        : [mayOpenAt(text, { start, end }), mayCloseAt(text, { start, end })];
      parts.push({ delimiter: run.delimiter, start, end, role, openAt, closeAt });
    }
    return parts;
  });
}

/** Replaces a `*`, `-` or `>` at the start of a line that would become a bullet or a quote. */
export function escapeLineStart(line: string): string {
  const substitutes: Record<string, string> = { '*': SUBSTITUTES['*'], '-': '–', '>': '＞' };
  return line.replace(/^[*>-](?=\s)/, (sign) => substitutes[sign] ?? sign);
}

/** Replaces the braces of `{name}`, `{var1}` and any other `{word}`: FONNTE would replace a variable with its own value. */
export function escapeVariables(message: string): string {
  return message.replace(/\{(\w+)\}/g, '｛$1｝');
}
