import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { scratchFolder } from '../support/folders.ts';
import { ROOT } from '../support/process.ts';

/** The first Node on this machine that is too old for the service, as the one that runs PM2 often is. */
export const oldNode = ['/usr/local/bin/node', '/usr/bin/node'].find(
  (path) =>
    existsSync(path) &&
    Number.parseInt(execFileSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8', env: {} }), 10) < 26,
);

/** A folder as an operator has it after `npm ci && npm run build`, gone with the test; nothing in it is the checkout's own. */
export function installed(t: Test, given: { packages?: boolean; build?: boolean } = {}): string {
  const { packages = true, build = true } = given;
  const folder = scratchFolder(t);
  for (const file of ['package.json', 'node-version.cjs', 'ecosystem.config.cjs']) {
    copyFileSync(join(ROOT, file), join(folder, file));
  }
  if (packages) symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  // Types are checked elsewhere, and take most of the time.
  const options = ['-p', 'tsconfig.build.json', '--noCheck', '--outDir', join(folder, 'dist')];
  if (build)
    execFileSync(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), ...options], { cwd: ROOT });
  return folder;
}

/** Writes the `.env` of an installation. Values are taken as they are: no spaces, quotes or number signs. */
export function writeEnv(folder: string, settings: Record<string, unknown>): void {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(folder, '.env'), lines.join(''), { mode: 0o600 });
}
