import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/process.ts';

interface Manifest {
  engines: { node: string };
  scripts: { start: string };
}

const manifest = JSON.parse(textOf('package.json')) as Manifest;
const startWords = manifest.scripts.start.split(' ');

/** Major version of the oldest Node that the service runs on. */
export const MIN_NODE = Number.parseInt(manifest.engines.node.replace('>=', ''), 10);

/** V8's memory options of `npm start`, in order; every other way to run the service passes the same. */
export const HEAP_OPTIONS = startWords.filter((word) => word.startsWith('--max-'));

/** glibc's MALLOC_ARENA_MAX of `npm start`; every other way to run the service sets the same. */
export const MALLOC_ARENA_MAX = String(startWords.find((word) => word.startsWith('MALLOC_ARENA_MAX='))?.split('=')[1]);

/** A file of the project, as text. */
export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
