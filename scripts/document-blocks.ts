/** A fenced block of a Markdown document. */
export interface Block {
  language: string;
  /** Instructions for the command runner: `<!-- runner: setup: env-filled; exit: 1 -->` in the line above the fence. */
  marks: Record<string, string>;
  text: string;
  /** Line number of the opening fence, from 1. */
  line: number;
  /** The block that follows after one empty line and shows what this one prints. */
  output: Block | null;
}

/** Parses the fenced blocks of a document, in order. A block inside a list may be indented. */
export function parseBlocks(markdown: string): Block[] {
  const lines = markdown.split('\n');
  const blocks: (Block & { endLine: number })[] = [];
  let open: { fence: string; block: Block } | null = null;
  for (const [index, line] of lines.entries()) {
    const [, indent = '', ticks, info = ''] = /^( *)(```+)(.*)$/.exec(line) ?? [];
    if (open === null && ticks !== undefined) {
      const marks = parseMarks(lines[index - 1] ?? '');
      open = {
        fence: indent + ticks,
        block: { language: info.trim(), marks, text: '', line: index + 1, output: null },
      };
    } else if (open !== null && line === open.fence) {
      blocks.push({ ...open.block, endLine: index + 1 });
      open = null;
    } else if (open !== null) {
      const indentLength = open.fence.replace(/`/g, '').length;
      open.block.text += `${line.slice(0, indentLength).trim() === '' ? line.slice(indentLength) : line}\n`;
    }
  }
  for (const [index, block] of blocks.entries()) {
    const next = blocks[index + 1];
    if (next && next.line === block.endLine + 2 && ['json', 'text'].includes(next.language)) block.output = next;
  }
  return blocks;
}

function parseMarks(line: string): Record<string, string> {
  const [, marks = ''] = /^ *<!-- runner: (.*) -->$/.exec(line) ?? [];
  const pairs = marks.split(';').flatMap((part) => {
    const [name = '', ...value] = part.split(':');
    return name.trim() === '' ? [] : [[name.trim(), value.join(':').trim()] as const];
  });
  return Object.fromEntries(pairs);
}

/** Compares printed text with the shown text. `…` matches any characters of a line; as a whole line, any lines. */
export function matchesShownText(printed: string, shown: string): boolean {
  const lines = shown.trimEnd().split('\n');
  const patterns = lines.map((line) =>
    line.trim() === '…' ? '(?:.*\n)*' : `${line.trimEnd().split('…').map(RegExp.escape).join('.*?')} *\n`,
  );
  return new RegExp(`^${patterns.join('')}$`).test(`${printed.trimEnd()}\n`);
}

/** Replaces every value that is shown as `…` in a JSON response with `…`, unless it is missing or empty. */
export function maskVaryingValues(response: unknown, shown: unknown): unknown {
  if (shown === '…') return response === undefined || response === '' ? response : '…';
  if (Array.isArray(shown) && Array.isArray(response))
    return response.map((item, index) => maskVaryingValues(item, shown[index]));
  if (typeof shown !== 'object' || shown === null || typeof response !== 'object' || response === null) return response;
  const known = shown as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(response).map(([name, value]) => [name, maskVaryingValues(value, known[name])]),
  );
}
