import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startFakeFonnte } from '../sandbox/fonnte.ts';
import { startFakeGemini } from '../sandbox/gemini.ts';
import { sampleData } from '../sandbox/sample-data.ts';
import { startFakeSupabase } from '../sandbox/supabase.ts';
import { freePort } from '../test/support/ports.ts';
import { commandOf, environmentOf, parseDockerfile, type Stage } from './dockerfile.ts';

// Runs the steps of `docker build` and `docker run` without an engine: the COPYs and npm steps of the Dockerfile in a
// separate folder, then the image's command with the fake upstreams, as the image's user if this process is root.

/** The user `node` of the official image. */
const IMAGE_USER = 1000;
const START_TIMEOUT_MS = 60_000;
type Lock = Record<string, { dev?: boolean; devOptional?: boolean }>;

const root = resolve(import.meta.dirname, '..');
const say = (line: string) => process.stdout.write(`${line}\n`);

const folder = mkdtempSync(join(tmpdir(), 'sapa-image-'));
try {
  chmodSync(folder, 0o755);
  const stages = parseDockerfile(readFileSync(join(root, 'Dockerfile'), 'utf8'));
  for (const stage of stages) build(stage);
  const image = stages.at(-1);
  if (!image) throw new Error('the Dockerfile has no stage');
  checkContents(pathIn(image, '/app'));
  await run(image);
  say('The image answers: its steps work.');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @returns the local path of a path in a stage */
function pathIn({ name }: Pick<Stage, 'name'>, path: string): string {
  return join(folder, name || 'image', resolve('/app', path));
}

function build(stage: Stage): void {
  mkdirSync(pathIn(stage, '/app'), { recursive: true });
  for (const { name, flags, rest } of stage.instructions) {
    if (name === 'COPY') {
      const paths = rest.split(/\s+/);
      const target = paths.pop() ?? '.';
      for (const path of paths) {
        const source = flags.from === undefined ? join(root, path) : pathIn({ name: flags.from }, path);
        cpSync(source, pathIn(stage, target.endsWith('/') ? join(target, path) : target), { recursive: true });
      }
    } else if (name === 'RUN' && rest.startsWith('npm ci') && !rest.includes('--omit=dev')) {
      // Reuse the packages of the checkout: a second installation takes as long as the rest of CI.
      say(`${stage.name}: the packages of this checkout in place of ${rest}`);
      symlinkSync(join(root, 'node_modules'), pathIn(stage, 'node_modules'));
    } else if (name === 'RUN' && rest.startsWith('npm ')) {
      say(`${stage.name}: ${rest}`);
      const { status } = spawnSync('sh', ['-c', rest], {
        cwd: pathIn(stage, '.'),
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      if (status !== 0) throw new Error(`${rest} ended with ${status}`);
    } else if (name === 'RUN') say(`not run here: ${rest}`);
  }
}

/** @throws if the image contains development packages, a second Node, sources or settings */
function checkContents(app: string): void {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Lock };
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    optionalDependencies: object;
  };
  const unwanted = Object.entries(packages).filter(([, entry]) => entry.dev || entry.devOptional);
  const nodes = Object.keys(optionalDependencies).map((name) => `node_modules/${name}`);
  for (const path of [...unwanted.map(([path]) => path), ...nodes, 'src', 'test', 'sandbox', '.env']) {
    if (existsSync(join(app, path))) throw new Error(`the image holds ${path}`);
  }
}

async function run(image: Stage): Promise<void> {
  const [fonnte, gemini, supabase] = await Promise.all([
    startFakeFonnte(),
    startFakeGemini(),
    startFakeSupabase({ tables: sampleData(new Date()) }),
  ]);
  const data = pathIn(image, '/data');
  mkdirSync(data, { mode: 0o700 });
  if (isRoot()) chownSync(data, IMAGE_USER, IMAGE_USER);
  const port = await freePort();
  const environment = {
    ...environmentOf(image),
    DATA_DIR: data,
    WHATSAPP_SERVER_PORT: String(port),
    FONNTE_API_URL: `${fonnte.url}/send`,
    FONNTE_TOKEN: fonnte.token,
    SUPABASE_URL: supabase.url,
    SUPABASE_SERVICE_ROLE_KEY: supabase.serviceRoleKey,
    GEMINI_API_KEY: gemini.apiKey,
    GEMINI_BASE_URL: gemini.url,
    WEBHOOK_SECRET_KEY: 'rahasia-contoh',
  };
  const node = join(folder, 'node');
  copyFileSync(process.execPath, node);
  const service = start(node, image, 'CMD', environment);
  try {
    await healthy(service, () => start(node, image, 'HEALTHCHECK', environment));
    const page = await fetch(`http://127.0.0.1:${port}/console`);
    if (!page.ok) throw new Error(`the console is missing: ${page.status}`);
    const payload = fonnte.buildPayload({ sender: '6281200000001', message: 'Gambarkan realisasi per bulan' });
    await fonnte.deliver(`http://127.0.0.1:${port}/webhook/whatsapp?secret=rahasia-contoh`, payload);
    // The picture shows that the native library and the font are in the image.
    await fonnte.waitForSent(({ file }) => file?.mediaType === 'image/png', START_TIMEOUT_MS);
    say('A message was answered with a chart.');
    service.kill('SIGTERM');
    if ((await waitForExit(service)) !== 0) throw new Error('it did not end with 0 on SIGTERM');
    const check = start(node, image, 'HEALTHCHECK', environment);
    if ((await waitForExit(check)) !== 1) throw new Error('the health check passes without a service');
  } finally {
    service.kill('SIGKILL');
    await Promise.all([fonnte.close(), gemini.close(), supabase.close()]);
  }
}

function start(node: string, image: Stage, name: 'CMD' | 'HEALTHCHECK', env: Record<string, string>): ChildProcess {
  const [program, ...args] = commandOf(image, name);
  if (program !== 'node') throw new Error(`${name} does not start with node`);
  const user = isRoot() ? { uid: IMAGE_USER, gid: IMAGE_USER } : {};
  return spawn(node, args, { cwd: pathIn(image, '.'), env, stdio: ['ignore', 'ignore', 'inherit'], ...user });
}

/** Resolves when the image's health check passes. @throws if the service exits or the start times out */
async function healthy(service: ChildProcess, check: () => ChildProcess): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while ((await waitForExit(check())) !== 0) {
    if (service.exitCode !== null) throw new Error(`the service ended with ${service.exitCode}`);
    if (Date.now() > deadline) throw new Error('the service does not get healthy');
    await pause(200);
  }
  say('The health check passes.');
}

async function waitForExit(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
