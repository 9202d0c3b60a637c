import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

/** The least share of lines and branches that the tests must run, percent. */
export const BAR = { lines: 95, branches: 90 };
/** How many of the least covered files are named. */
const NAMED = 10;

interface Count {
  total: number;
  covered: number;
}
type Summary = Record<string, { lines: Count; branches: Count }>;

export interface Coverage {
  /** Percent. */
  lines: number;
  branches: number;
  /** Whether both reach the bar. */
  enough: boolean;
  /** The files with the most lines or branches that nothing ran, worst first, each with what is missing. */
  gaps: string[];
}

/**
 * Judges istanbul's json-summary of the files that were loaded. A file of `patterns` that no test loaded, although it
 * has more in it than types, counts with all its lines as not covered.
 * @throws where there is no summary
 */
export function readCoverage(summaryPath: string, root: string, patterns: string[]): Coverage {
  const { total: _, ...summary } = JSON.parse(readFileSync(summaryPath, 'utf8')) as Summary;
  const counts = new Map(Object.entries(summary).map(([path, count]) => [relative(root, path), count]));
  for (const file of globSync(patterns, { cwd: root })) {
    const code = readFileSync(join(root, file), 'utf8');
    const lines = { total: code.split('\n').length - 1, covered: 0 };
    if (!counts.has(file) && doesSomething(code)) counts.set(file, { lines, branches: { total: 0, covered: 0 } });
  }
  const lines = percent([...counts.values()].map((count) => count.lines));
  const branches = percent([...counts.values()].map((count) => count.branches));
  return { lines, branches, enough: lines >= BAR.lines && branches >= BAR.branches, gaps: gapsOf(counts) };
}

function percent(counts: Count[]): number {
  const covered = counts.reduce((sum, count) => sum + count.covered, 0);
  const total = counts.reduce((sum, count) => sum + count.total, 0);
  return total === 0 ? 0 : (100 * covered) / total;
}

function gapsOf(counts: ReadonlyMap<string, Summary[string]>): string[] {
  const missing = ({ total, covered }: Count) => total - covered;
  return [...counts]
    .map(([file, { lines, branches }]) => ({ file, lines: missing(lines), branches: missing(branches) }))
    .filter((gap) => gap.lines + gap.branches > 0)
    .sort((a, b) => b.lines + b.branches - a.lines - a.branches)
    .slice(0, NAMED)
    .map((gap) => `${gap.file}: ${gap.lines} lines, ${gap.branches} branches`);
}

/** Whether anything is left of the code without its types. */
function doesSomething(code: string): boolean {
  const compilerOptions = { target: ts.ScriptTarget.ESNext, verbatimModuleSyntax: true, removeComments: true };
  return !/^\s*(export \{\};)?\s*$/.test(ts.transpileModule(code, { compilerOptions }).outputText);
}
