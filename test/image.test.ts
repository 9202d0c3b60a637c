import { existsSync } from 'node:fs';
import { join, matchesGlob, resolve } from 'node:path';
import t from 'tap';
import { commandOf, environmentOf, parseDockerfile } from '../scripts/dockerfile.ts';
import { textOf } from './deploy/facts.ts';

// That the steps work when they are carried out is shown by scripts/image-steps.ts, which CI runs.
// How Compose runs it: test/deploy/compose.test.ts.

const root = resolve(import.meta.dirname, '..');
const stages = parseDockerfile(textOf('Dockerfile'));
const image = stages.at(-1) ?? { name: '', from: '', instructions: [] };
const restsOf = (name: string, { instructions } = image) =>
  instructions.filter((instruction) => instruction.name === name).map(({ rest }) => rest);

t.test('the image runs the compiled service as a user who is not root', async (t) => {
  t.same(commandOf(image, 'CMD'), ['node', '-r', './node-version.cjs', 'dist/src/server.js']);
  t.same(restsOf('USER'), ['node']);
  const names = image.instructions.map(({ name }) => name);
  t.ok(names.lastIndexOf('USER') > names.lastIndexOf('COPY'), 'this user does not own the files of the program');
});

t.test('every stage uses the pinned Node version', async (t) => {
  const { optionalDependencies } = JSON.parse(textOf('package.json')) as { optionalDependencies: object };
  const [pinned, ...others] = new Set(Object.values(optionalDependencies));
  t.same(others, [], 'one version for every platform');
  for (const { from } of stages) t.equal(from, `node:${pinned}-slim`);
});

t.test('no development package and no second Node get in', async (t) => {
  const modules = image.instructions.find(({ name, rest }) => name === 'COPY' && rest.includes('node_modules'));
  const source = stages.find(({ name }) => name === modules?.flags.from);
  const [install = '', ...more] = restsOf('RUN', source);
  t.same(more, []);
  t.match(install, /^npm ci /);
  t.ok(install.split(' ').includes('--omit=dev'));
  t.notMatch(install, '--omit=optional', 'the native part of a package is optional');
  const { optionalDependencies } = JSON.parse(textOf('package.json')) as { optionalDependencies: object };
  const removed = /&& rm -rf (.+)$/.exec(install)?.[1]?.split(' ') ?? [];
  for (const name of Object.keys(optionalDependencies))
    t.ok(
      removed.some((pattern) => matchesGlob(`node_modules/${name}`, pattern)),
      name,
    );
});

t.test('the image listens on all interfaces, stores data in a volume and has a health check', async (t) => {
  const environment = environmentOf(image);
  t.match(environment, { HOST: '0.0.0.0', DATA_DIR: '/data', NODE_ENV: 'production' });
  t.same(restsOf('VOLUME'), [environment.DATA_DIR]);
  t.ok(
    restsOf('RUN').some((run) => /^install -d -o node .*-m 0700 \/data$/.test(run)),
    'a folder for one user alone',
  );
  t.same(restsOf('EXPOSE'), [environment.WHATSAPP_SERVER_PORT]);
  const [program, ...args] = commandOf(image, 'HEALTHCHECK');
  t.equal(program, 'node');
  t.match(args.join(' '), '/api/health');
});

t.test('only what is copied goes to the engine, and all of that', async (t) => {
  const lines = textOf('.dockerignore').split('\n');
  const [first, ...admitted] = lines.filter((line) => line !== '' && !line.startsWith('#'));
  t.equal(first, '*');
  const copied = stages
    .flatMap(({ instructions }) => instructions)
    .filter(({ name, flags }) => name === 'COPY' && flags.from === undefined)
    .flatMap(({ rest }) => rest.split(/\s+/).slice(0, -1));
  t.same(admitted.sort(), [...new Set(copied)].map((path) => `!${path}`).sort());
  for (const path of copied) t.ok(existsSync(join(root, path)), path);
});
