import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { until } from '../deploy/until.ts';
import { environmentOf, scratchFolder, startWorld } from '../helper.ts';
import { freePort } from './launcher.ts';
import { spawned } from './spawned.ts';

const root = resolve(import.meta.dirname, '../..');

/** Builds the app, without listening, and tells which files and modules of Node's that loads. */
const BUILD = `
  import { registerHooks } from 'node:module';
  const loaded = [];
  registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
  const { buildApp } = await import('./src/app.ts');
  const { parseConfig } = await import('./src/load-config.ts');
  const config = parseConfig({ ...JSON.parse(process.env.CONFIG), LOG_LEVEL: 'silent' });
  const app = await buildApp({ config });
  await app.ready();
  const { statusCode } = await app.inject('/api/health');
  process.stdout.write(JSON.stringify({ statusCode, loaded: [...loaded, ...process.moduleLoadList] }));
  await app.close();
`;

/** What is loaded after the service listens, and why a healthy answer needs none of it. */
const LATER = [
  ['node_modules/typebox/', 'it checks what others send'],
  ['node_modules/ajv/', 'Fastify compiles answers with it'],
  ['node_modules/fast-json-stringify/lib/validator.js', 'Fastify compiles answers with it'],
  ['node_modules/@fastify/swagger/', 'it writes the OpenAPI document'],
  ['node_modules/prom-client/', 'it counts'],
  ['node_modules/@supabase/', 'it calls upstreams'],
  ['node_modules/@google/', 'it calls upstreams'],
  ['internal/deps/undici/undici', 'an import of node:http loads it'],
] as const;

t.test('the first healthy answer waits for nothing that only later calls need', async (t) => {
  const config = {
    FONNTE_TOKEN: 'token',
    WEBHOOK_SECRET_KEY: 'rahasia-webhook',
    SUPABASE_URL: 'http://127.0.0.1:9',
    SUPABASE_SERVICE_ROLE_KEY: 'kunci',
    GEMINI_API_KEY: 'kunci',
    DATA_DIR: t.testdir(),
  };
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', BUILD], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', ENV_FILE: '/dev/null', CONFIG: JSON.stringify(config) },
    maxBuffer: 10_000_000,
  });
  const { statusCode, loaded } = JSON.parse(stdout) as { statusCode: number; loaded: string[] };
  t.equal(statusCode, 200);
  t.ok(
    loaded.some((name) => name.includes('node_modules/fastify/')),
    'what is loaded is seen',
  );
  for (const [what, why] of LATER)
    t.same(loaded.filter((name) => name.includes(what)).slice(0, 3), [], `${what}: ${why}`);
});

t.test('what the first start compiled is kept for the next one, though the process is killed', async (t) => {
  const world = await startWorld(t);
  const kept = scratchFolder(t);
  const service = spawned(t, [process.execPath, '-r', './node-version.cjs', 'src/server.ts'], {
    ...environmentOf(world, { LOG_LEVEL: 'info', DATA_DIR: scratchFolder(t) }),
    WHATSAPP_SERVER_PORT: await freePort(),
    NODE_COMPILE_CACHE: kept,
  });
  await service.url();
  const files = await until('compiled code', () => {
    const found = readdirSync(kept, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return found.length > 100 ? found : null;
  });
  service.child.kill('SIGKILL');
  t.equal(await service.exit, 'SIGKILL');
  t.ok(files.length > 100, `${files.length} files`);
});
