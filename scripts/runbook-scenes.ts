import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Stage, setVariables, variableIn } from './runbook-stage.ts';

/** What a scene may change: the stand-ins, and the installation that the document speaks of. */
export interface SceneParts {
  stage: Stage;
  folder: string;
  /** The port that the installation listens on. */
  port: number;
}

const PATIENCE_MS = 60_000;
const SENDER = '6281200000002';
/** A question that is answered by a model or not at all. */
const QUESTION = 'Tolong tuliskan pantun tentang koperasi.';

/** What people, or the world, do before a block: named in the block's info string as `keadaan: …`. */
export const scenes: Record<string, (parts: SceneParts) => Promise<void> | void> = {
  /** The operator fills in `.env`. */
  'env-terisi': ({ stage, folder, port }) => {
    const { fonnte, gemini, supabase } = stage;
    setVariables(join(folder, '.env'), {
      FONNTE_TOKEN: fonnte.token,
      SUPABASE_URL: supabase.url,
      SUPABASE_SERVICE_ROLE_KEY: supabase.serviceRoleKey,
      GEMINI_API_KEY: gemini.apiKey,
      WHATSAPP_SERVER_PORT: `${port}`,
      ...standIns(stage),
    });
  },

  /** A user asks, and is answered. */
  'pesan-terjawab': async ({ stage, folder, port }) => {
    const sender = '6281200000001';
    const before = stage.fonnte.sends;
    await deliver({ stage, folder, port }, stage.fonnte.payload({ sender, message: 'Berapa sisa anggaran saya?' }));
    await until(() => stage.fonnte.sends > before);
    // The end of the turn is noted after the send.
    await until(async () => (await isIdle({ stage, folder, port }, sender)) === true);
  },

  /** Two questions that Gemini refuses for good, so that both become dead letters; then it is well again. */
  'surat-mati': async (parts) => {
    const { gemini, fonnte } = parts.stage;
    await gemini.fault({ kind: 'status', status: 400 });
    for (const message of [QUESTION, 'Tolong tuliskan pantun tentang anggaran.']) {
      const before = fonnte.sends;
      await deliver(parts, fonnte.payload({ sender: SENDER, message }));
      await until(() => fonnte.sends > before);
    }
    await until(() => isIdle(parts, SENDER));
    await gemini.clearFaults();
  },

  'perangkat-terputus': async (parts) => {
    parts.stage.fonnte.connected = false;
    await deliver(parts, { device: parts.stage.fonnte.device, status: 'disconnect', timestamp: now() });
  },

  'perangkat-tersambung': async (parts) => {
    parts.stage.fonnte.connected = true;
    await deliver(parts, { device: parts.stage.fonnte.device, status: 'connect', timestamp: now() });
  },

  /** FONNTE has given the device another token, and the operator wrote it into `.env`. */
  'token-fonnte-baru': ({ stage, folder }) => {
    stage.fonnte.token = 'sandbox-fonnte-token-baru';
    setVariables(join(folder, '.env'), { FONNTE_TOKEN: stage.fonnte.token });
  },

  /** The service has other admins too, before and after the one that the terminal was prepared for. */
  'kunci-admin-lain': ({ folder }) => {
    const file = join(folder, '.env');
    const [budi, prometheus] = ['budi:kunci-budi-yang-panjang', 'prometheus:kunci-prometheus-yang-panjang'];
    setVariables(file, { ADMIN_API_KEY: [budi, variableIn(file, 'ADMIN_API_KEY'), prometheus].join() });
  },

  /** Somebody emptied a user's `phone_number` in SAPA. */
  'nomor-dikosongkan': ({ stage }) => {
    for (const user of stage.supabase.tables.users) if (user.phone_number === SENDER) user.phone_number = null;
  },

  /** The application as it runs before the upgrade, with the plan's health route. */
  'aplikasi-lama': async ({ stage }) => {
    const old = join(stage.env.HOME ?? '', 'sapa');
    mkdirSync(old);
    setVariables(join(old, '.env'), {
      VITE_SUPABASE_URL: stage.supabase.url,
      VITE_SUPABASE_ANON_KEY: 'tidak-dipakai',
      SUPABASE_SERVICE_ROLE_KEY: stage.supabase.serviceRoleKey,
      VITE_GEMINI_API_KEY: stage.gemini.apiKey,
      FONNTE_API_URL: `${stage.fonnte.url}/send`,
      FONNTE_TOKEN: stage.fonnte.token,
      WEBHOOK_SECRET_KEY: 'kunci-lama-yang-tidak-diperiksa',
      WHATSAPP_SERVER_PORT: `${stage.ports[3003]}`,
    });
    writeFileSync(
      join(old, 'webhook-server.cjs'),
      `require('node:http').createServer((_, answer) => answer.end('{"status":"healthy"}')).listen(${stage.ports[3003]}, '127.0.0.1');\n`,
    );
    await stage.pm2('start', join(old, 'webhook-server.cjs'), '--name', 'sapa-wa');
  },

  /** What leads to the stand-ins, and no operator has in `.env`. */
  'alamat-tiruan': ({ stage, folder }) => setVariables(join(folder, '.env'), standIns(stage)),
};

function standIns({ fonnte, gemini }: Stage): Record<string, string> {
  return {
    FONNTE_API_URL: `${fonnte.url}/send`,
    GEMINI_BASE_URL: gemini.url,
    MEDIA_HOSTS: '127.0.0.1:9',
    COALESCE_WINDOW_MS: '0',
  };
}

const now = () => Math.floor(Date.now() / 1000);

async function deliver({ stage, folder, port }: SceneParts, payload: object): Promise<void> {
  const [secret = ''] = variableIn(join(folder, '.env'), 'WEBHOOK_SECRET_KEY').split(',');
  const { statuses } = await stage.fonnte.deliver(
    `http://127.0.0.1:${port}/webhook/whatsapp?secret=${secret}`,
    payload,
  );
  if (statuses.at(-1) !== 200) throw new Error(`the service answered ${statuses}`);
}

async function isIdle({ folder, port }: SceneParts, sender: string): Promise<boolean> {
  const key = variableIn(join(folder, '.env'), 'ADMIN_API_KEY').split(':').at(-1) ?? '';
  const answer = await fetch(`http://127.0.0.1:${port}/api/conversations/${sender}`, { headers: { 'x-api-key': key } });
  const { pending } = (await answer.json()) as { pending: number };
  return pending === 0;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > giveUpAt) throw new Error('what the scene waits for never came');
    await pause(50);
  }
}
