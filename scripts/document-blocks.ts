/** A fenced block of a Markdown document: its language, what its info string says besides, and its text. */
export interface Block {
  language: string;
  /** `tidak-dijalankan: perlu Docker` as name and value; `;` parts several. */
  marks: Record<string, string>;
  text: string;
  /** Of its opening fence, from 1. */
  line: number;
  /** The block right after it, with nothing but an empty line between: what it is said to print. */
  output: Block | null;
}

/** The fenced blocks of a document, in order. A block inside a list may be indented. */
export function blocksOf(markdown: string): Block[] {
  const blocks: (Block & { endsAt: number })[] = [];
  let open: { fence: string; block: Block } | null = null;
  for (const [index, line] of markdown.split('\n').entries()) {
    const [, indent = '', ticks, info = ''] = /^( *)(```+)(.*)$/.exec(line) ?? [];
    if (open === null && ticks !== undefined) {
      const { language, marks } = readInfo(info.trim());
      open = { fence: indent + ticks, block: { language, marks, text: '', line: index + 1, output: null } };
    } else if (open !== null && line === open.fence) {
      blocks.push({ ...open.block, endsAt: index + 1 });
      open = null;
    } else if (open !== null) {
      const { length } = open.fence.replace(/`/g, '');
      open.block.text += `${line.slice(0, length).trim() === '' ? line.slice(length) : line}\n`;
    }
  }
  for (const [index, block] of blocks.entries()) {
    const next = blocks[index + 1];
    if (next && next.line === block.endsAt + 2 && ['json', 'text'].includes(next.language)) block.output = next;
  }
  return blocks;
}

function readInfo(info: string): Pick<Block, 'language' | 'marks'> {
  const [, language = '', rest = ''] = /^(\S*)\s*(.*)$/.exec(info) ?? [];
  const pairs = rest.split(';').flatMap((part) => {
    const [name = '', ...value] = part.split(':');
    return name.trim() === '' ? [] : [[name.trim(), value.join(':').trim()] as const];
  });
  return { language, marks: Object.fromEntries(pairs) };
}

/** Whether printed text is as shown: `…` stands for any characters of a line, and alone on a line for any lines. */
export function isTextAsShown(printed: string, shown: string): boolean {
  const lines = shown.trimEnd().split('\n');
  const patterns = lines.map((line) =>
    line.trim() === '…' ? '(?:.*\n)*' : `${line.trimEnd().split('…').map(RegExp.escape).join('.*?')} *\n`,
  );
  return new RegExp(`^${patterns.join('')}$`).test(`${printed.trimEnd()}\n`);
}

/** An answer in which everything that is shown as `…` is `…`. */
export function withoutVarying(answer: unknown, shown: unknown): unknown {
  if (shown === '…') return answer === undefined || answer === '' ? answer : '…';
  if (Array.isArray(shown) && Array.isArray(answer))
    return answer.map((one, index) => withoutVarying(one, shown[index]));
  if (typeof shown !== 'object' || shown === null || typeof answer !== 'object' || answer === null) return answer;
  const known = shown as Record<string, unknown>;
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, withoutVarying(value, known[name])]));
}
