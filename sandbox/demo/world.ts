import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FakeFonnte, startFakeFonnte } from '../fonnte.ts';
import { type FakeGemini, startFakeGemini } from '../gemini.ts';
import { sampleData } from '../sample-data.ts';
import { type FakeSupabase, startFakeSupabase } from '../supabase.ts';
import { freePort } from './ports.ts';
import { ServiceProcess } from './service-process.ts';

/** The outside world on loopback with the service in the middle, as a process of its own. */
export interface World {
  readonly fonnte: FakeFonnte;
  readonly gemini: FakeGemini;
  readonly supabase: FakeSupabase;
  readonly service: ServiceProcess;
  /** Where FONNTE calls, the secret included. */
  readonly webhookUrl: string;
  readonly webhookSecret: string;
  readonly adminKey: string;
  /** Who answers: the stand-in, or Google. */
  readonly answeredBy: 'fake' | 'gemini';
  /** Ends all of it, and what it stored is gone. */
  close(): Promise<void>;
}

export interface WorldOptions {
  /** Where to look for the service's port first. */
  servicePort: number;
  /** A key of the real Gemini; without one the stand-in answers. */
  geminiKey?: string | undefined;
  /** Variables of the service to be other than the demo's. */
  settings?: Record<string, string>;
  /** What is started as the service (default: the real one). */
  entry?: string;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LEASH = new URL('./leash.ts', import.meta.url).href;

/** Starts the stand-ins and gets the service ready; whoever asked for it calls `service.start()`. */
export async function openWorld(options: WorldOptions): Promise<World> {
  const open = new AsyncDisposableStack();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'sapa-demo-'));
    open.defer(() => rm(folder, { recursive: true, force: true }));
    const fonnte = open.adopt(await startFakeFonnte(), (server) => server.close());
    const gemini = open.adopt(await startFakeGemini(), (server) => server.close());
    const supabase = open.adopt(await startFakeSupabase({ tables: sampleData(new Date()) }), (server) =>
      server.close(),
    );
    const port = await freePort(options.servicePort);
    const webhookSecret = randomBytes(12).toString('hex');
    const adminKey = randomBytes(12).toString('hex');
    // An empty file in its place keeps a developer's own .env out.
    const noFile = join(folder, 'kosong.env');
    await writeFile(noFile, '');
    const service = new ServiceProcess({
      args: ['-r', './node-version.cjs', '--import', LEASH, options.entry ?? 'src/server.ts'],
      cwd: ROOT,
      url: `http://127.0.0.1:${port}`,
      env: {
        PATH: process.env.PATH ?? '',
        DEMO_PID: `${process.pid}`,
        DEMO_FOLDER: folder,
        ENV_FILE: noFile,
        DATA_DIR: join(folder, 'data'),
        WHATSAPP_SERVER_PORT: `${port}`,
        HOST: '127.0.0.1',
        LOG_LEVEL: 'debug',
        WEBHOOK_SECRET_KEY: webhookSecret,
        ADMIN_API_KEY: adminKey,
        FONNTE_API_URL: `${fonnte.url}/send`,
        FONNTE_TOKEN: fonnte.token,
        SUPABASE_URL: supabase.url,
        SUPABASE_SERVICE_ROLE_KEY: supabase.serviceRoleKey,
        ...(options.geminiKey
          ? { GEMINI_API_KEY: options.geminiKey }
          : { GEMINI_API_KEY: gemini.apiKey, GEMINI_BASE_URL: gemini.url }),
        ...options.settings,
      },
    });
    open.defer(() => service.close());
    const opened = open.move();
    let closing: Promise<void> | undefined;
    return {
      fonnte,
      gemini,
      supabase,
      service,
      webhookUrl: `${service.url}/webhook/whatsapp?secret=${webhookSecret}`,
      webhookSecret,
      adminKey,
      answeredBy: options.geminiKey ? 'gemini' : 'fake',
      close() {
        closing ??= opened.disposeAsync();
        return closing;
      },
    };
  } finally {
    await open.disposeAsync();
  }
}
