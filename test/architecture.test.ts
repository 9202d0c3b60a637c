import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import t, { type Test } from 'tap';

const root = resolve(import.meta.dirname, '..');

/** What a file of each folder may import, and what never: the one-way rules of the house. */
const rules: Record<string, { may: string[]; never: string[] }> = {
  'src/scratch.ts': {
    may: ['./phone.ts', '@fastify/error', 'typebox'],
    never: [
      './conversation/turn.ts',
      './assistant/answer.ts',
      './sapa/users.ts',
      './whatsapp/inbound.ts',
      './fonnte/format/format.ts',
      './store/store.ts',
      '../plugins/config.ts',
      '../routes/webhook/index.ts',
      './app.ts',
      './server.ts',
      'fastify',
      'fastify-plugin',
      '@fastify/cors',
      'cockatiel',
      'undici',
    ],
  },
  'src/upstream/http-client.ts': { may: ['undici', '../version.ts'], never: ['../store/store.ts', 'fastify'] },
  'src/upstream/scratch.ts': { may: ['./http-client.ts'], never: ['undici', '../store/store.ts', 'fastify'] },
  'src/upstream/upstream.ts': { may: ['cockatiel', './events.ts'], never: ['./store/store.ts', 'fastify', 'undici'] },
  'src/conversation/scratch.ts': {
    may: [
      '../assistant/answer.ts',
      '../sapa/users.ts',
      '../whatsapp/reply.ts',
      '../fonnte/format/format.ts',
      '../store/store.ts',
      './turn.ts',
    ],
    never: ['../../plugins/store.ts', '../../routes/webhook.ts', '../app.ts', 'fastify', 'cockatiel', 'undici'],
  },
  'src/assistant/scratch.ts': {
    may: ['../sapa/tools.ts', '../texts.ts', './models.ts'],
    never: [
      '../conversation/turn.ts',
      '../store/store.ts',
      '../whatsapp/reply.ts',
      '../fonnte/format/format.ts',
      '../../plugins/gemini.ts',
      'fastify',
      'undici',
    ],
  },
  'src/alerts/scratch.ts': {
    may: ['../events.ts', '../store/store.ts', './alerts.ts'],
    never: [
      '../store/sqlite.ts',
      '../whatsapp/fonnte-client.ts',
      '../fonnte/format/format.ts',
      '../conversation/turn.ts',
      '../../plugins/alerts.ts',
      'fastify',
      'cockatiel',
      'undici',
    ],
  },
  'src/sapa/scratch.ts': {
    may: ['../events.ts', './users.ts'],
    never: [
      '../conversation/turn.ts',
      '../assistant/answer.ts',
      '../whatsapp/reply.ts',
      '../fonnte/format/format.ts',
      '../store/store.ts',
      'fastify',
    ],
  },
  'src/whatsapp/scratch.ts': {
    may: ['../message.ts', './reply.ts'],
    never: ['../conversation/turn.ts', '../assistant/answer.ts', '../sapa/users.ts', '../store/store.ts', 'fastify'],
  },
  'src/fonnte/scratch.ts': {
    may: ['../message.ts', './format/format.ts'],
    never: ['../conversation/turn.ts', '../assistant/answer.ts', '../sapa/users.ts', '../store/store.ts', 'fastify'],
  },
  'src/store/scratch.ts': {
    may: ['../message.ts', './store.ts'],
    never: [
      '../conversation/turn.ts',
      '../assistant/answer.ts',
      '../sapa/users.ts',
      '../whatsapp/reply.ts',
      '../fonnte/format/format.ts',
      'fastify',
    ],
  },
  // A folder that nobody has written rules for yet.
  'src/tomorrow/scratch.ts': { may: ['../events.ts'], never: ['../store/store.ts', '../../test/helper.ts', 'fastify'] },
  'src/app.ts': { may: ['../plugins/store.ts', '../routes/webhook/index.ts', 'fastify'], never: ['./server.ts'] },
  'src/server.ts': {
    may: ['./app.ts', './config.ts'],
    never: ['../plugins/config.ts', './store/sqlite.ts', 'fastify'],
  },
  'plugins/scratch.ts': {
    may: ['../src/store/sqlite/store.ts', '../src/conversation/process-turn.ts', '../src/config/schema.ts', 'fastify'],
    never: ['../routes/webhook/index.ts', '../src/app.ts', '../src/server.ts', '../sandbox/fonnte.ts', 'cockatiel', 'undici'],
  },
  'routes/scratch.ts': {
    may: ['../src/errors.ts', '../src/store/types.ts', '../src/fonnte/inbound.ts', './schemas.ts', 'typebox'],
    never: [
      '../plugins/store.ts',
      '../src/conversation/process-turn.ts',
      '../src/gemini/answer.ts',
      '../src/supabase/users.ts',
      '../src/fonnte/client.ts',
      '../src/fonnte/format/format.ts',
      '../src/store/sqlite/store.ts',
      '../src/app.ts',
      '../test/helper.ts',
      'node:sqlite',
      'undici',
    ],
  },
  'sandbox/scratch.ts': {
    may: ['./gemini.ts', 'undici'],
    never: [
      '../src/phone.ts',
      '../src/gemini/fallback/rule-based-answer.ts',
      '../src/app.ts',
      '../routes/webhook/index.ts',
      '../test/helper.ts',
    ],
  },
  // Its table of events is typed by the service's events.
  'sandbox/demo/service-lines.ts': { may: ['../../src/events.ts'], never: ['../../src/app.ts', '../../src/server.ts'] },
  'bench/scratch.ts': { may: ['../src/phone.ts'], never: ['../src/app.ts', '../src/server.ts'] },
  'test/scratch.ts': { may: ['../src/app.ts'], never: ['../src/server.ts'] },
};

t.test('each import that the house forbids is flagged, and none that it allows', async (t) => {
  const files = Object.entries(rules).map(([file, { may, never }]) => [file, [...never, ...may]] as const);
  const house = scratchHouse(t, files);
  const flagged = await flaggedLines('noRestrictedImports', house);
  for (const [file, specifiers] of files) {
    for (const [index, specifier] of specifiers.entries()) {
      const isForbidden = index < (rules[file]?.never.length ?? 0);
      t.equal(
        flagged.includes(`${file}:${index + 1}`),
        isForbidden,
        `${file} ${isForbidden ? 'never' : 'may'} import ${specifier}`,
      );
    }
  }
});

t.test("Node's own fetch, which negotiates HTTP/2, is flagged in the service and allowed in tests", async (t) => {
  const house = scratchHouse(t, [
    ['src/conversation/scratch.ts', []],
    ['plugins/scratch.ts', []],
    ['routes/scratch.ts', []],
    ['test/scratch.ts', []],
  ]);
  const files = ['src', 'src/conversation', 'plugins', 'routes', 'test'].map((folder) => `${folder}/scratch.ts`);
  for (const file of files) writeFileSync(join(house, file), "await fetch('http://127.0.0.1');\n");
  const flagged = await flaggedLines('noRestrictedGlobals', house);
  t.same(
    flagged.sort(),
    files
      .slice(0, 4)
      .map((file) => `${file}:1`)
      .sort(),
  );
});

t.test('a cycle of files is flagged, even one of types', async (t) => {
  const house = scratchHouse(t, []);
  writeFileSync(join(house, 'src/one.ts'), "import type { Two } from './two.ts';\nexport type One = Two[];\n");
  writeFileSync(join(house, 'src/two.ts'), "import type { One } from './one.ts';\nexport type Two = One | 2;\n");
  t.same((await flaggedLines('noImportCycles', house)).sort(), ['src/one.ts:1', 'src/two.ts:1']);
});

t.test('the house as it stands keeps its own rules', async (t) => {
  t.same(await flaggedLines('noRestrictedImports', root), []);
  t.same(await flaggedLines('noImportCycles', root), []);
});

t.test('every folder of src/ has its rules written down here', async (t) => {
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of folders) t.ok(rules[`src/${name}/scratch.ts`], `src/${name}/`);
});

/** A folder with our biome.json and these files, one import a line; gone with the test. */
function scratchHouse(t: Test, files: readonly (readonly [string, readonly string[]])[]): string {
  const house = realpathSync(mkdtempSync(join(tmpdir(), 'sapa-house-')));
  t.teardown(() => rmSync(house, { recursive: true, force: true }));
  copyFileSync(join(root, 'biome.json'), join(house, 'biome.json'));
  for (const folder of ['src', ...files.map(([file]) => dirname(file))]) {
    mkdirSync(join(house, folder), { recursive: true });
  }
  for (const [file, specifiers] of files) {
    writeFileSync(join(house, file), specifiers.map((specifier) => `import '${specifier}';\n`).join(''));
  }
  return house;
}

/** Where biome's `rule` finds fault under `folder`, as `file:line`. */
function flaggedLines(rule: string, folder: string): Promise<string[]> {
  const biome = join(root, 'node_modules', '.bin', 'biome');
  const options = ['lint', `--only=${rule}`, '--max-diagnostics=none', '--reporter=github', '.'];
  return new Promise((done, fail) => {
    execFile(biome, options, { cwd: folder }, (error, stdout) => {
      // 1: it found something. Anything else: it did not run.
      if (error && error.code !== 1) return fail(error);
      const found = stdout.matchAll(/title=lint\/\w+\/(\w+),file=([^,]+),line=(\d+)/g);
      done(
        [...found]
          .filter(([, name]) => name === rule)
          .map(([, , file = '', line]) => `${relative(folder, resolve(folder, file))}:${line}`),
      );
    });
  });
}
