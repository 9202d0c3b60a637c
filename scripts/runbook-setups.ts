import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '../test/support/wait.ts';
import { type Installation, readVariable, setVariables } from './runbook-stage.ts';

/** The parts that a setup may change: the fake upstreams and the installation of the document. */
export interface SetupContext {
  installation: Installation;
  folder: string;
  /** The port of the installation. */
  port: number;
}

const SENDER = '6281200000002';
/** A question that only a model can answer. */
const QUESTION = 'Tolong tuliskan pantun tentang koperasi.';

/** Events before a block, outside the operator's terminal; the block's mark `setup` selects one. */
export const setups: Record<string, (parts: SetupContext) => Promise<void> | void> = {
  /** The operator fills in `.env`. */
  'env-filled': ({ installation, folder, port }) => {
    const { fonnte, gemini, supabase } = installation;
    setVariables(join(folder, '.env'), {
      FONNTE_TOKEN: fonnte.token,
      SUPABASE_URL: supabase.url,
      SUPABASE_SERVICE_ROLE_KEY: supabase.serviceRoleKey,
      GEMINI_API_KEY: gemini.apiKey,
      WHATSAPP_SERVER_PORT: `${port}`,
      ...fakeAddresses(installation),
    });
  },

  /** A user asks a question and gets an answer. */
  'message-answered': async ({ installation, folder, port }) => {
    const sender = '6281200000001';
    const before = installation.fonnte.sentCount;
    await deliver(
      { installation, folder, port },
      installation.fonnte.buildPayload({ sender, message: 'Berapa sisa anggaran saya?' }),
    );
    await waitUntil('FONNTE receives a message', () => installation.fonnte.sentCount > before);
    // The turn is completed after the send.
    await waitUntil('the turn ends', () => isIdle({ installation, folder, port }, sender));
  },

  /** Gemini rejects two questions permanently, so that both become dead letters, and then works again. */
  'dead-letters': async (context) => {
    const { gemini, fonnte } = context.installation;
    await gemini.setFault({ kind: 'status', status: 400 });
    for (const message of [QUESTION, 'Tolong tuliskan pantun tentang anggaran.']) {
      const before = fonnte.sentCount;
      await deliver(context, fonnte.buildPayload({ sender: SENDER, message }));
      await waitUntil('FONNTE receives a message', () => fonnte.sentCount > before);
    }
    await waitUntil('the turn ends', () => isIdle(context, SENDER));
    await gemini.clearFaults();
  },

  'device-disconnected': async (context) => {
    context.installation.fonnte.connected = false;
    await deliver(context, { device: context.installation.fonnte.device, status: 'disconnect', timestamp: now() });
  },

  'device-connected': async (context) => {
    context.installation.fonnte.connected = true;
    await deliver(context, { device: context.installation.fonnte.device, status: 'connect', timestamp: now() });
  },

  /** FONNTE issued a new device token, and the operator wrote it into `.env`. */
  'new-fonnte-token': ({ installation, folder }) => {
    installation.fonnte.token = 'sandbox-fonnte-token-baru';
    setVariables(join(folder, '.env'), { FONNTE_TOKEN: installation.fonnte.token });
  },

  /** The list has other admins too, before and after the operator's own entry. */
  'other-admin-keys': ({ folder }) => {
    const file = join(folder, '.env');
    const [linkedUser, prometheus] = ['budi:kunci-budi-yang-panjang', 'prometheus:kunci-prometheus-yang-panjang'];
    setVariables(file, { ADMIN_API_KEY: [linkedUser, readVariable(file, 'ADMIN_API_KEY'), prometheus].join() });
  },

  /** An admin cleared a user's `phone_number` in SAPA. */
  'number-cleared': ({ installation }) => {
    for (const user of installation.supabase.tables.users) if (user.phone_number === SENDER) user.phone_number = null;
  },

  /** The application before the upgrade, with the plan's health route. */
  'old-application': async ({ installation }) => {
    const old = join(installation.env.HOME ?? '', 'sapa');
    mkdirSync(old);
    setVariables(join(old, '.env'), {
      VITE_SUPABASE_URL: installation.supabase.url,
      VITE_SUPABASE_ANON_KEY: 'tidak-dipakai',
      SUPABASE_SERVICE_ROLE_KEY: installation.supabase.serviceRoleKey,
      VITE_GEMINI_API_KEY: installation.gemini.apiKey,
      FONNTE_API_URL: `${installation.fonnte.url}/send`,
      FONNTE_TOKEN: installation.fonnte.token,
      WEBHOOK_SECRET_KEY: 'kunci-lama-yang-tidak-diperiksa',
      WHATSAPP_SERVER_PORT: `${installation.ports[3003]}`,
    });
    writeFileSync(
      join(old, 'webhook-server.cjs'),
      `require('node:http').createServer((_, response) => response.end('{"status":"healthy"}')).listen(${installation.ports[3003]}, '127.0.0.1');\n`,
    );
    await installation.pm2('start', join(old, 'webhook-server.cjs'), '--name', 'sapa-wa');
  },

  /** The addresses of the fake upstreams, which no operator has in `.env`. */
  'fake-addresses': ({ installation, folder }) => setVariables(join(folder, '.env'), fakeAddresses(installation)),
};

function fakeAddresses({ fonnte, gemini }: Installation): Record<string, string> {
  return {
    FONNTE_API_URL: `${fonnte.url}/send`,
    GEMINI_BASE_URL: gemini.url,
    MEDIA_HOSTS: '127.0.0.1:9',
    COALESCE_WINDOW_MS: '0',
  };
}

const now = () => Math.floor(Date.now() / 1000);

async function deliver({ installation, folder, port }: SetupContext, payload: object): Promise<void> {
  const [secret = ''] = readVariable(join(folder, '.env'), 'WEBHOOK_SECRET_KEY').split(',');
  const { statuses } = await installation.fonnte.deliver(
    `http://127.0.0.1:${port}/webhook/whatsapp?secret=${secret}`,
    payload,
  );
  if (statuses.at(-1) !== 200) throw new Error(`the service responded with ${statuses}`);
}

async function isIdle({ folder, port }: SetupContext, sender: string): Promise<boolean> {
  const key = readVariable(join(folder, '.env'), 'ADMIN_API_KEY').split(':').at(-1) ?? '';
  const response = await fetch(`http://127.0.0.1:${port}/api/conversations/${sender}`, {
    headers: { 'x-api-key': key },
  });
  const { pending } = (await response.json()) as { pending: number };
  return pending === 0;
}
