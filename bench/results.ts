import { type Goal, meets, ratios, type Summary, summarise } from './figures.ts';

/** A row of a part's table: a figure, its components and its goal. */
export interface Row {
  figure: string;
  ours: string;
  against: string;
  /** The measured value: a ratio, or an absolute figure in `unit`. */
  value: Summary;
  unit: string;
  goal?: Goal;
}

/** The result of a part, stored in results.json, so that parts can run separately. */
export interface PartResult {
  title: string;
  at: string;
  commit: string;
  command: string;
  machine: string;
  rounds: number;
  rows: Row[];
  /** Description and additional figures; Markdown, one paragraph each. */
  notes: string[];
}

export type Results = Record<string, PartResult>;

/** Builds a row that compares the service with another server per round. */
export function comparedRow(
  figure: string,
  ours: readonly number[],
  against: readonly number[],
  options: { unit: string; goal?: Goal },
): Row {
  return {
    figure,
    ours: formatSummary(summarise(ours), options.unit),
    against: formatSummary(summarise(against), options.unit),
    value: summarise(ratios(ours, against)),
    unit: '×',
    ...(options.goal ? { goal: options.goal } : {}),
  };
}

/** Builds a row without a comparison. */
export function absoluteRow(figure: string, values: readonly number[], unit: string, goal?: Goal): Row {
  return { figure, ours: '', against: '', value: summarise(values), unit, ...(goal ? { goal } : {}) };
}

/** Formats median and spread: `1,234 (1,180–1,301) /s`. */
export function formatSummary({ median, min, max }: Summary, unit: string): string {
  const spread = min === max ? '' : ` (${formatNumber(min)}–${formatNumber(max)})`;
  return `${formatNumber(median)}${spread}${unit === '×' ? ' ×' : ` ${unit}`}`;
}

function formatNumber(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: 0 });
}

function formatGoal({ at, value }: Goal, unit: string): string {
  return `${at === 'least' ? '≥' : '≤'} ${formatNumber(value)}${unit === '×' ? '' : ` ${unit}`}`;
}

/** @returns the cells of a part's table, header first */
export function cells({ rows }: PartResult): string[][] {
  const head = ['figure', 'ours', 'against', 'measured', 'goal', 'met'];
  const body = rows.map(({ figure, ours, against, value, unit, goal }) => [
    figure,
    ours,
    against,
    formatSummary(value, unit),
    goal ? formatGoal(goal, unit) : '',
    goal ? (meets(value, goal) ? 'yes' : 'NO') : '',
  ]);
  return [head, ...body];
}

/** Formats a part's table for a terminal. */
export function asText(result: PartResult): string {
  const table = cells(result);
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd());
  return [`\n${result.title}`, ...lines].join('\n');
}

/** The text of bench/results.md: all parts in `order`. */
export function asMarkdown(results: Results, order: readonly string[]): string {
  const known = order.flatMap((part) => (results[part] ? [[part, results[part]] as const] : []));
  const latest = known.map(([, result]) => result).toSorted((a, b) => (a.at < b.at ? 1 : -1))[0];
  if (!latest) return '# Benchmarks\n\nNothing measured yet.\n';
  const head = [
    '# Benchmarks',
    '',
    'Written by `npm run bench` (`bench/run.ts`); the text under each table describes the measurement and the comparison. Every ratio is of',
    'two things measured in turns in one run: median (least–most) over the rounds. CPU is user and system time of the process.',
    '',
    `Machine: ${latest.machine}`,
  ];
  return `${[...head, ...known.flatMap((entry) => section(entry, latest.machine))].join('\n')}\n`;
}

function section([, result]: readonly [string, PartResult], machine: string) {
  const [head = [], ...rows] = cells(result);
  const line = (row: readonly string[]) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const elsewhere = result.machine === machine ? [] : [`On another machine: ${result.machine}`, ''];
  return [
    '',
    `## ${result.title}`,
    '',
    `${result.at}, commit ${result.commit}, ${result.rounds} rounds, \`${result.command}\``,
    '',
    ...elsewhere,
    line(head),
    line(head.map(() => '---')),
    ...rows.map(line),
    ...result.notes.flatMap((note) => ['', note]),
  ];
}
