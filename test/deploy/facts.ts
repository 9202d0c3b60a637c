import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/process.ts';

/** A file of the project, as text. */
export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The longest the service takes to end after a signal, ms: whatever stops it must wait longer. */
export function closeMs(): number {
  return numberIn('src/server.ts', /^const CLOSE_MS = ([\d_]+);$/m);
}

/** The oldest Node that the service runs on. */
export function neededNode(): number {
  return numberIn('node-version.cjs', /^const needed = (\d+);$/m);
}

/** What PM2 gives V8 to keep memory below its limit, in order; the other ways to run the service give the same. */
export function heapOptions(): string[] {
  return [...textOf('ecosystem.config.cjs').matchAll(/'(--max-[a-z-]+=\d+)'/g)].map(([, option = '']) => option);
}

/** How many arenas `npm start` allows glibc; the other ways to run the service allow the same. */
export function mallocArenas(): string {
  return String(numberIn('package.json', /"start": "exec env MALLOC_ARENA_MAX=(\d+) node /m));
}

/** @throws where the file no longer says it so */
function numberIn(path: string, pattern: RegExp): number {
  const [, found] = pattern.exec(textOf(path)) ?? [];
  if (found === undefined) throw new Error(`${path} has no line like ${pattern.source}`);
  return Number(found.replaceAll('_', ''));
}
