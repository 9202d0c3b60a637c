import { type FakeFonnte, startFakeFonnte } from '../../sandbox/fonnte.ts';
import { type FakeGemini, type Script, startFakeGemini } from '../../sandbox/gemini.ts';
import type { FakeSupabase } from '../../sandbox/supabase.ts';
import { createLauncher, type Launcher, type Running } from '../support/launcher.ts';
import { freePort } from '../support/ports.ts';
import { environmentOf, SECRET } from '../support/service.ts';

/** One of several processes of the service, which is started again after a kill. Its upstreams are separate, so that they show what it did. */
export interface ClusterSlot {
  index: number;
  webhook: string;
  gemini: FakeGemini;
  fonnte: FakeFonnte;
  launcher: Launcher;
  running: Running;
  /** False while the process is killed or frozen: the load balancer sends it nothing. */
  isUp: boolean;
}

/** FONNTE's response time, ms: a send is in flight long enough to be hit by faults. */
const SEND_MS = 25;

/** Starts a process on the shared database; resolves when it accepts requests. */
export async function startSlot(options: {
  index: number;
  databaseUrl: string;
  supabase: FakeSupabase;
  script: Script;
}): Promise<ClusterSlot> {
  const port = await freePort();
  const [gemini, fonnte] = await Promise.all([
    startFakeGemini({ recordHistory: false }),
    startFakeFonnte({ recordHistory: false, latencyMs: SEND_MS }),
  ]);
  gemini.scriptResponses(options.script);
  const launcher = createLauncher(
    environmentOf(
      { fonnte, gemini, supabase: options.supabase },
      {
        DATABASE_URL: options.databaseUrl,
        WHATSAPP_SERVER_PORT: port,
        LOG_LEVEL: 'info',
        COALESCE_WINDOW_MS: 20,
        PART_INTERVAL_MS: 60,
        RATE_LIMIT_PER_MINUTE: 1_000_000,
        DAILY_TOKENS_PER_USER: 0,
      },
    ),
  );
  const running = launcher.start();
  await running.started;
  const webhook = `http://127.0.0.1:${port}/webhook/whatsapp?secret=${SECRET}`;
  return { index: options.index, webhook, gemini, fonnte, launcher, running, isUp: true };
}

export async function closeSlot({ launcher, gemini, fonnte }: ClusterSlot): Promise<void> {
  await launcher.close();
  await Promise.all([gemini.close(), fonnte.close()]);
}
