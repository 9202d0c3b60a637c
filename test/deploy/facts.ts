import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/process.ts';

interface Manifest {
  engines: { node: string };
}

const manifest = JSON.parse(textOf('package.json')) as Manifest;

/** Major version of the oldest Node that the service runs on. */
export const MIN_NODE = Number.parseInt(manifest.engines.node.replace('>=', ''), 10);

/** Reads a file of the project. */
export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
