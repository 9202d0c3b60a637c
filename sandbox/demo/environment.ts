import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FakeFonnte, startFakeFonnte } from '../fonnte.ts';
import { type FakeGemini, startFakeGemini } from '../gemini.ts';
import { createParentWatchdog } from '../parent-watchdog.ts';
import { sampleData } from '../sample-data.ts';
import { type FakeSupabase, startFakeSupabase } from '../supabase.ts';
import { startBalancer } from './balancer.ts';
import type { DemoDatabase } from './database.ts';
import { findFreePort } from './ports.ts';
import { ServiceProcess } from './service-process.ts';

/** The fake servers on 127.0.0.1 and the service as a separate process. */
export interface DemoEnvironment {
  readonly fonnte: FakeFonnte;
  readonly gemini: FakeGemini;
  readonly supabase: FakeSupabase;
  /** The first service. */
  readonly service: ServiceProcess;
  /** All services; several share a database behind a load balancer. */
  readonly services: readonly ServiceProcess[];
  /** Where FONNTE's calls arrive: the service or the load balancer. */
  readonly url: string;
  /** The webhook URL, including the secret. */
  readonly webhookUrl: string;
  readonly webhookSecret: string;
  readonly adminKey: string;
  /** The model in use: the rule-based fake or the real Gemini. */
  readonly answeredBy: 'fake' | 'gemini';
  /** Stops everything and deletes the stored data. */
  close(): Promise<void>;
}

export interface DemoEnvironmentOptions {
  /** The first port to try: of the service, or of the load balancer of several. */
  servicePort: number;
  /** Several services and the database that they share. */
  cluster?: { instances: number; database: DemoDatabase } | undefined;
  /** A key of the real Gemini; without it the fake Gemini is used. */
  geminiKey?: string | undefined;
  /** Environment variables that replace those of the demo. */
  settings?: Record<string, string>;
  /** The entry file of the service (default: the real service). */
  entry?: string;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Starts the fake servers and prepares the service; the caller then calls `service.start()`. */
export async function openDemoEnvironment(options: DemoEnvironmentOptions): Promise<DemoEnvironment> {
  const open = new AsyncDisposableStack();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'sapa-demo-'));
    open.defer(() => rm(folder, { recursive: true, force: true }));
    const watchdogOfFolder = open.adopt(createParentWatchdog({ folder }), (one) => one.close());
    const fonnte = open.adopt(await startFakeFonnte(), (server) => server.close());
    const gemini = open.adopt(await startFakeGemini(), (server) => server.close());
    const supabase = open.adopt(await startFakeSupabase({ tables: sampleData(new Date()) }), (server) =>
      server.close(),
    );
    const webhookSecret = randomBytes(12).toString('hex');
    const adminKey = randomBytes(12).toString('hex');
    // Use an empty file so that the service does not load the developer's .env.
    const emptyEnvFile = join(folder, 'kosong.env');
    await writeFile(emptyEnvFile, '');
    const { cluster } = options;
    const args = ['-r', './node-version.cjs', options.entry ?? 'src/server.ts'];
    const createService = (name: string, port: number) =>
      new ServiceProcess({
        name,
        args,
        cwd: ROOT,
        url: `http://127.0.0.1:${port}`,
        env: { ...env, WHATSAPP_SERVER_PORT: `${port}` },
      });
    const env = {
      PATH: process.env.PATH ?? '',
      ENV_FILE: emptyEnvFile,
      DATA_DIR: join(folder, 'data'),
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
      ...cluster?.database.variables,
      ...options.settings,
    };
    const services: [ServiceProcess, ...ServiceProcess[]] = [
      createService(cluster ? 'Layanan 1' : 'Layanan', await findFreePort(options.servicePort + (cluster ? 1 : 0))),
    ];
    for (let number = 2; number <= (cluster?.instances ?? 1); number++) {
      const former = Number(new URL(services.at(-1)?.url ?? '').port);
      services.push(createService(`Layanan ${number}`, await findFreePort(former + 1)));
    }
    open.defer(async () => void (await Promise.all(services.map((service) => service.close()))));
    for (const [index, service] of services.entries()) {
      const watchdog = index === 0 ? watchdogOfFolder : open.adopt(createParentWatchdog(), (one) => one.close());
      service.onState((state) => {
        if (state === 'starting' && service.pid) watchdog.watch(service.pid);
        if (state === 'stopped') watchdog.unwatch();
      });
    }
    const [service] = services;
    const urls = services.map((one) => one.url);
    const { url } = cluster
      ? open.adopt(await startBalancer(urls, options.servicePort), (one) => one.close())
      : service;
    const opened = open.move();
    let closing: Promise<void> | undefined;
    return {
      fonnte,
      gemini,
      supabase,
      service,
      services,
      url,
      webhookUrl: `${url}/webhook/whatsapp?secret=${webhookSecret}`,
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
