import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { scratchFolder } from '../support/folders.ts';
import { ROOT } from '../support/process.ts';

/** Files that `npm run build` copies. */
const CONSOLE_PAGE = 'routes/console/page';

/** The first Node on this machine that is too old for the service; PM2 often runs on such a version. */
export const oldNode = ['/usr/local/bin/node', '/usr/bin/node'].find(
  (path) =>
    existsSync(path) &&
    Number.parseInt(execFileSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8', env: {} }), 10) < 26,
);

/** Creates an installation as after `npm ci && npm run build`, removed with the test; it does not modify the checkout. */
export function installed(t: Test, given: { packages?: boolean; build?: boolean } = {}): string {
  const { packages = true, build = true } = given;
  const folder = scratchFolder(t);
  for (const file of ['package.json', 'node-version.cjs', 'ecosystem.config.cjs']) {
    copyFileSync(join(ROOT, file), join(folder, file));
  }
  if (packages) symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  // Skip the type check: it takes most of the time and runs elsewhere.
  const options = ['-p', 'tsconfig.build.json', '--noCheck', '--outDir', join(folder, 'dist')];
  if (build) {
    execFileSync(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), ...options], { cwd: ROOT });
    cpSync(join(ROOT, CONSOLE_PAGE), join(folder, 'dist', CONSOLE_PAGE), { recursive: true });
  }
  return folder;
}

/** Writes the `.env` of an installation. Values must not contain spaces, quotes or number signs. */
export function writeEnv(folder: string, settings: Record<string, unknown>): void {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(folder, '.env'), lines.join(''), { mode: 0o600 });
}
