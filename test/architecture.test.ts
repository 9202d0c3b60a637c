import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import t, { type Test } from 'tap';
import { scratchFolder } from './support/folders.ts';

const root = resolve(import.meta.dirname, '..');

/** Forbidden imports of the folders that draw charts and write spreadsheets. */
const NEVER_IN_FILES_OF_REPLIES = [
  '../conversation/turn/process-turn.ts',
  '../store/types.ts',
  '../session/session.ts',
  '../fonnte/client.ts',
  '../../plugins/gemini.ts',
  'fastify',
];

/** Allowed and forbidden imports of a file in each folder: dependencies point downwards. */
const rules: Record<string, { may: string[]; never: string[] }> = {
  'src/scratch.ts': {
    may: ['./phone.ts', '@fastify/error', 'typebox'],
    never: [
      './conversation/turn/process-turn.ts',
      './gemini/answer.ts',
      './supabase/users.ts',
      './fonnte/parse-webhook.ts',
      './session/session.ts',
      './store/types.ts',
      '../plugins/config.ts',
      '../routes/webhook/index.ts',
      './app.ts',
      './server.ts',
      'fastify',
      'fastify-plugin',
      '@fastify/cors',
      'undici',
    ],
  },
  'src/config/scratch.ts': {
    may: ['../security/host-allowlist.ts', '../phone.ts'],
    never: ['../store/types.ts', 'fastify'],
  },
  'src/time/scratch.ts': {
    may: ['../phone.ts'],
    never: ['../conversation/retention.ts', '../supabase/calendar.ts', '../store/types.ts', 'fastify'],
  },
  'src/language/scratch.ts': {
    may: ['../phone.ts'],
    never: ['../gemini/answer.ts', '../fonnte/format/format.ts', '../supabase/calendar.ts', 'fastify'],
  },
  'src/security/scratch.ts': {
    may: ['../phone.ts', '@fastify/proxy-addr'],
    never: ['../supabase/users.ts', 'fastify'],
  },
  'src/observability/scratch.ts': { may: ['../events.ts', 'pino'], never: ['../store/types.ts', 'fastify'] },
  'src/upstream/http-client.ts': { may: ['undici', '../version.ts'], never: ['../store/types.ts', 'fastify'] },
  'src/upstream/scratch.ts': {
    may: ['./http-client.ts', 'cockatiel', '../events.ts'],
    never: ['undici', '../store/types.ts', 'fastify'],
  },
  'src/conversation/scratch.ts': {
    may: [
      '../gemini/answer.ts',
      '../supabase/users.ts',
      '../fonnte/send-reply.ts',
      '../session/session.ts',
      '../store/types.ts',
      '../store/records.ts',
      './process-turn.ts',
    ],
    never: [
      '../store/sqlite/store.ts',
      '../alerts/alert-service.ts',
      '../../plugins/store.ts',
      '../../routes/webhook/index.ts',
      '../app.ts',
      'fastify',
      'undici',
    ],
  },
  'src/gemini/scratch.ts': {
    may: ['../supabase/users.ts', '../texts.ts', './model-fallback.ts'],
    never: [
      '../conversation/turn/process-turn.ts',
      '../store/types.ts',
      '../session/session.ts',
      '../fonnte/send-reply.ts',
      '../../plugins/gemini.ts',
      'fastify',
      'undici',
    ],
  },
  'src/spreadsheets/scratch.ts': {
    may: ['../gemini/tools/whole-list.ts', '../supabase/rupiah.ts', '../upstream/capacity.ts'],
    never: NEVER_IN_FILES_OF_REPLIES,
  },
  'src/charts/scratch.ts': {
    may: ['../gemini/tools/results.ts', '../supabase/rupiah.ts', '../upstream/capacity.ts'],
    never: NEVER_IN_FILES_OF_REPLIES,
  },
  'src/alerts/scratch.ts': {
    may: ['../events.ts', '../store/types.ts', '../store/records.ts', './notifier.ts'],
    never: [
      '../store/sqlite/store.ts',
      '../fonnte/client.ts',
      '../conversation/turn/process-turn.ts',
      '../../plugins/alerts.ts',
      'fastify',
      'undici',
    ],
  },
  'src/console/scratch.ts': {
    may: ['../events.ts', '../observability/health.ts', '../store/records.ts', './topics.ts'],
    never: ['../store/sqlite/store.ts', '../session/session.ts', '../../plugins/console.ts', 'fastify', 'undici'],
  },
  'src/supabase/scratch.ts': {
    may: ['../events.ts', './users.ts'],
    never: [
      '../conversation/turn/process-turn.ts',
      '../gemini/answer.ts',
      '../fonnte/send-reply.ts',
      '../store/types.ts',
      'fastify',
    ],
  },
  'src/fonnte/scratch.ts': {
    may: ['../types.ts', './format/format.ts'],
    never: [
      '../conversation/turn/process-turn.ts',
      '../gemini/answer.ts',
      '../supabase/users.ts',
      '../store/types.ts',
      'fastify',
    ],
  },
  'src/session/scratch.ts': {
    may: ['../types.ts', '../store/types.ts', '../store/records.ts'],
    never: ['../store/sqlite/store.ts', '../conversation/turn/process-turn.ts', '../gemini/answer.ts', 'fastify'],
  },
  'src/store/scratch.ts': {
    may: ['../types.ts', './types.ts'],
    never: [
      '../conversation/turn/process-turn.ts',
      '../gemini/answer.ts',
      '../supabase/users.ts',
      '../fonnte/send-reply.ts',
      'fastify',
    ],
  },
  // A folder without separate rules.
  'src/tomorrow/scratch.ts': {
    may: ['../events.ts'],
    never: ['../store/types.ts', '../../test/support/service.ts', 'fastify'],
  },
  'src/app.ts': {
    may: ['../plugins/store.ts', '../routes/webhook/index.ts', 'fastify'],
    never: ['./server.ts', 'undici'],
  },
  'src/server.ts': {
    may: ['./app.ts', './config/load.ts'],
    never: ['../plugins/config.ts', './store/sqlite/store.ts', 'fastify', 'undici'],
  },
  'plugins/scratch.ts': {
    may: [
      '../src/store/sqlite/store.ts',
      '../src/conversation/turn/process-turn.ts',
      '../src/config/schema.ts',
      'fastify',
    ],
    never: [
      '../routes/webhook/index.ts',
      '../src/app.ts',
      '../src/server.ts',
      '../sandbox/fonnte.ts',
      'cockatiel',
      'undici',
    ],
  },
  'routes/scratch.ts': {
    may: ['../src/errors.ts', '../src/store/types.ts', '../src/fonnte/parse-webhook.ts', './schemas.ts', 'typebox'],
    never: [
      '../plugins/store.ts',
      '../src/conversation/turn/process-turn.ts',
      '../src/gemini/answer.ts',
      '../src/supabase/users.ts',
      '../src/fonnte/client.ts',
      '../src/store/sqlite/store.ts',
      '../src/app.ts',
      '../test/support/service.ts',
      'node:sqlite',
      'undici',
    ],
  },
  'sandbox/scratch.ts': {
    may: ['./gemini.ts', 'undici'],
    never: [
      '../src/phone.ts',
      '../src/gemini/answer.ts',
      '../src/app.ts',
      '../routes/webhook/index.ts',
      '../test/support/service.ts',
    ],
  },
  // Its table of events is typed by the events of the service.
  'sandbox/demo/describe-log-line.ts': {
    may: ['../../src/events.ts'],
    never: ['../../src/app.ts', '../../src/server.ts'],
  },
  'bench/scratch.ts': { may: ['../src/phone.ts'], never: ['../src/app.ts', '../src/server.ts'] },
  'test/scratch.ts': { may: ['../src/app.ts'], never: ['../src/server.ts'] },
};

t.test('forbidden imports are reported, and allowed imports are not', async (t) => {
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

t.test('the code base follows its import rules', async (t) => {
  t.same(await flaggedLines('noRestrictedImports', root), []);
  t.same(await flaggedLines('noImportCycles', root), []);
});

t.test('every folder of src/ has its rules written down here', async (t) => {
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of folders) t.ok(rules[`src/${name}/scratch.ts`], `src/${name}/`);
});

/** A folder with our biome.json and these files, one import a line; gone with the test. */
function scratchHouse(t: Test, files: readonly (readonly [string, readonly string[]])[]): string {
  const house = realpathSync(scratchFolder(t));
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
