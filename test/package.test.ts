import { globSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import t from 'tap';
import { filesOf, type GroupName } from './groups/groups.ts';

type Versions = Record<string, string>;
type Group = 'dependencies' | 'devDependencies' | 'optionalDependencies';
interface Locked {
  resolved?: string;
  integrity?: string;
  dependencies?: Versions;
  optionalDependencies?: Versions;
}

const root = resolve(import.meta.dirname, '..');
const read = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'));
const manifest = read('package.json') as Record<Group | 'scripts', Versions>;
const lock = read('package-lock.json') as { packages: Record<string, Locked> };

t.test('every version is exact', async (t) => {
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
    t.match(version, /^\d+\.\d+\.\d+$/, name);
  }
});

// npm leaves out what its registry does not have, and then refuses its own lock: `npm ci` fails on a clean checkout.
t.test('the lock file contains the packages of every platform, so that npm ci accepts it', async (t) => {
  for (const [path, { dependencies, optionalDependencies }] of Object.entries(lock.packages)) {
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const homes = path.split(/\/?node_modules\//).map((_, depth, parts) => parts.slice(0, depth + 1));
      const found = homes.some((parts) => [...parts, name].join('/node_modules/').replace(/^\//, '') in lock.packages);
      if (!found) t.fail(`${name}, wanted by ${path || 'the project'}`);
    }
  }
  t.pass('all there');
});

t.test('the lock names no address, so that any registry serves it, and pins every content', async (t) => {
  for (const [path, { resolved, integrity }] of Object.entries(lock.packages)) {
    if (path === '') continue;
    if (resolved !== undefined || integrity === undefined) t.fail(path);
  }
  t.pass('none');
});

t.test('every script that starts Node prints one sentence where Node is too old', async (t) => {
  for (const [name, script] of Object.entries(manifest.scripts)) {
    if (script.includes('node ')) t.match(script, /node -r \.\/node-version\.cjs /, name);
  }
});

t.test('the service is what npm starts: no shell in between keeps signals from it', async (t) => {
  for (const name of ['start', 'webhook', 'demo']) t.match(manifest.scripts[name], /^exec node /, name);
});

t.test('npm test runs every test file once, alone or in a group', async (t) => {
  const commands = [manifest.scripts['test:coverage'], manifest.scripts['test:system']].join(' ');
  t.equal(manifest.scripts.test, 'npm run test:coverage && npm run test:system');
  const includes = [...commands.matchAll(/--include=([^']+)/g)].map(([, pattern = '']) => pattern);
  const run = globSync(includes, { cwd: root }).flatMap((file) =>
    file.startsWith('test/groups/') ? filesOf(basename(file, '.ts') as GroupName) : [file],
  );
  t.same(run.sort(), globSync('test/**/*.test.ts', { cwd: root }).sort());
});
