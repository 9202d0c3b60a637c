import { styleText } from 'node:util';

/** `manual`: the operator has to look, because no API shows it. `skipped`: there is nothing to check, or a variable is missing. */
export type RowStatus = 'ok' | 'warning' | 'error' | 'manual' | 'skipped';

/** A row of a table for operators. */
export interface TableRow {
  group: string;
  status: RowStatus;
  title: string;
  text: string;
  /** What to do about it. */
  fix: string | null;
}

type Color = Parameters<typeof styleText>[0];

const LABELS: Record<RowStatus, { label: string; counted: string; color: Color }> = {
  error: { label: '✗ salah', counted: 'salah', color: ['red', 'bold'] },
  warning: { label: '! perhatian', counted: 'perhatian', color: ['yellow', 'bold'] },
  ok: { label: '✓ baik', counted: 'baik', color: 'green' },
  manual: { label: '? periksa', counted: 'periksa sendiri', color: 'cyan' },
  skipped: { label: '- lewat', counted: 'dilewati', color: 'gray' },
};

/** Narrower terminals wrap lines themselves; wider ones leave the right side empty. */
const MIN_COLUMNS = 60;
const MAX_COLUMNS = 120;
/** Columns where no terminal shows the output. */
const DEFAULT_COLUMNS = 80;
/** Widths of the first two columns, a space included: the longest label and the longest name of a model. */
const LABEL_WIDTH = 12;
const TITLE_WIDTH = 23;

/** Formats the rows under their groups, in order. Colors only where `stream` is a terminal that shows them. */
export function formatTable(rows: readonly TableRow[], stream: NodeJS.WriteStream): string {
  const columns = Math.min(MAX_COLUMNS, Math.max(MIN_COLUMNS, stream.columns || DEFAULT_COLUMNS));
  const lines: string[] = [];
  let group: string | undefined;
  for (const row of rows) {
    if (row.group !== group) lines.push('', styleText('bold', row.group, { stream }));
    group = row.group;
    lines.push(...formatRow(row, columns, stream));
  }
  return `${lines.join('\n')}\n`;
}

function formatRow({ status, title, text, fix }: TableRow, columns: number, stream: NodeJS.WriteStream): string[] {
  const width = columns - LABEL_WIDTH - TITLE_WIDTH;
  const { label, color } = LABELS[status];
  const titles = wrap(title, TITLE_WIDTH - 1);
  const texts = [...wrap(text, width), ...(fix ? wrap(fix, width - 2).map(indentFix) : [])];
  return Array.from({ length: Math.max(titles.length, texts.length) }, (_, index) => {
    const first = index === 0 ? styleText(color, label, { stream }) + ' '.repeat(LABEL_WIDTH - label.length) : '';
    const cells = `${(titles[index] ?? '').padEnd(TITLE_WIDTH)}${texts[index] ?? ''}`;
    return `${first || ' '.repeat(LABEL_WIDTH)}${cells}`.trimEnd();
  });
}

const indentFix = (line: string, index: number) => `${index === 0 ? '→ ' : '  '}${line}`;

/** Breaks a text at spaces, and a word that is longer than a line. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (let word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    while (word.length > width) {
      lines.push(word.slice(0, width));
      word = word.slice(width);
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Counts the rows of each status in words, worst first: «1 salah, 20 baik». */
export function formatCounts(rows: readonly TableRow[], stream: NodeJS.WriteStream): string {
  const counts = Object.entries(LABELS).map(([status, { counted, color }]) => {
    const count = rows.filter((row) => row.status === status).length;
    return count === 0 ? '' : styleText(color, `${count} ${counted}`, { stream });
  });
  return counts.filter(Boolean).join(', ');
}
