import { parseList } from '../../../src/config/schema.ts';
import type { HttpClient } from '../../../src/upstream/http-client.ts';
import { defineCheck, type Finding } from '../check.ts';
import { describeFailure } from '../describe-failure.ts';
import { WEBHOOK_PATH } from '../webhook-url.ts';

/** Paths of the service that the internet must not reach, and one that does not exist: its own 404 shows that all are forwarded. */
const PRIVATE_PATHS = [
  '/api/health',
  '/api/metrics',
  '/api/dead-letters',
  '/api/conversations',
  '/api/whatsapp/send',
  '/docs',
  '/docs/json',
  '/console',
  '/doctor-tidak-ada',
];
/** Maximum size of a response, bytes; the host may belong to another site too. */
const MAX_RESPONSE_BYTES = 256 * 1024;

/** With PUBLIC_URL: whether FONNTE reaches the webhook, and whether the internet reaches anything else of the service. */
export const tunnel = defineCheck({
  id: 'tunnel',
  group: 'Keamanan',
  title: 'Tunnel',
  needs: [],
  async run({ config, given, http, signal }) {
    const written = given.PUBLIC_URL;
    if (written === undefined)
      return [{ status: 'skipped', text: 'PUBLIC_URL kosong. Contoh: PUBLIC_URL=https://alamat-anda npm run doctor' }];
    const url = URL.parse(written);
    if (!url || !/^https?:$/.test(url.protocol))
      return [{ status: 'error', text: 'PUBLIC_URL bukan URL.', fix: 'Tulis seperti https://alamat-anda.' }];
    const ask: Ask = (path, init) =>
      http.fetch(`${url.origin}${path}`, { ...init, signal, maxResponseBytes: MAX_RESPONSE_BYTES });
    const [secret] = parseList(config.WEBHOOK_SECRET_KEY);
    const [webhook, exposed] = await Promise.all([checkWebhook(ask, secret), findExposed(ask)]);
    return [...describeScheme(url), ...webhook, describeExposed(exposed)];
  },
});

type Ask = (path: string, init?: RequestInit) => ReturnType<HttpClient['fetch']>;

function describeScheme({ protocol, hostname }: URL): Finding[] {
  if (protocol === 'https:' || hostname === '127.0.0.1' || hostname === 'localhost') return [];
  return [
    {
      status: 'error',
      title: 'https',
      text: 'PUBLIC_URL memakai http: kunci webhook terkirim tanpa sandi.',
      fix: 'Pakai https.',
    },
  ];
}

/** Calls the webhook as FONNTE does: the URL check, then an empty call with the secret, which has no effect. */
async function checkWebhook(ask: Ask, secret: string | undefined): Promise<Finding[]> {
  const title = 'Webhook dari luar';
  const fix = 'Periksa tunnel dan apakah layanan berjalan (docs/runbook/connection.md).';
  try {
    const check = await ask(WEBHOOK_PATH);
    if (check.status !== 200 || (await readField(check, 'status')) !== 'ok') {
      return [
        { status: 'error', title, text: `${WEBHOOK_PATH} tidak dijawab layanan ini (HTTP ${check.status}).`, fix },
      ];
    }
    if (secret === undefined) return [{ status: 'ok', title, text: 'Terjangkau.' }];
    // In a header: a proxy may log the query.
    const headers = { 'content-type': 'application/json', 'x-webhook-secret': secret };
    const call = await ask(WEBHOOK_PATH, { method: 'POST', headers, body: '{}' });
    if (call.status === 200) return [{ status: 'ok', title, text: 'Terjangkau, kuncinya diterima.' }];
    const text =
      call.status === 401
        ? 'Terjangkau, tetapi layanan yang berjalan menolak kunci dari konfigurasi ini.'
        : `Terjangkau, tetapi panggilan dijawab HTTP ${call.status}.`;
    return [
      {
        status: 'error',
        title,
        text,
        fix: 'Mulai ulang layanan, dan periksa WEBHOOK_SECRET_KEY serta WEBHOOK_ALLOWED_IPS.',
      },
    ];
  } catch (error) {
    return [{ status: 'error', title, ...describeFailure(error) }];
  }
}

/** @returns the paths that this service answered; null when one could not be asked */
async function findExposed(ask: Ask): Promise<string[] | null> {
  const answers = PRIVATE_PATHS.map(async (path) => ((await isAnswered(await ask(path))) ? path : null));
  const paths = await Promise.allSettled(answers);
  if (paths.some(({ status }) => status === 'rejected')) return null;
  return paths.flatMap((path) => (path.status === 'fulfilled' && path.value !== null ? [path.value] : []));
}

/** Whether a response is one of this service: an error body with a code, health, metrics, its documents or its console. */
async function isAnswered(response: Response): Promise<boolean> {
  const text = await response.text();
  if (/^\s*\{/.test(text) && /"code"\s*:\s*"[A-Z_]+"|"checks"\s*:|"openapi"\s*:/.test(text)) return true;
  return response.status === 200 && /^# HELP |swagger-ui|<title>[^<]*SAPA[^<]*konsol|sapa_inbox/im.test(text);
}

function describeExposed(exposed: string[] | null): Finding {
  const title = 'Rute yang terbuka';
  if (exposed === null)
    return {
      status: 'manual',
      title,
      text: 'Tidak semua rute dapat dicoba.',
      fix: 'Ulangi setelah webhook terjangkau.',
    };
  if (exposed.length === 0) return { status: 'ok', title, text: `Hanya ${WEBHOOK_PATH}.` };
  const named = exposed.filter((path) => path !== '/doctor-tidak-ada').slice(0, 5);
  return {
    status: 'error',
    title,
    text: `Internet menjangkau ${named.length > 0 ? named.join(', ') : 'setiap jalur layanan'}.`,
    fix: 'Batasi tunnel pada ^/webhook/whatsapp$ (deploy/cloudflared.yml).',
  };
}

async function readField(response: Response, name: string): Promise<unknown> {
  try {
    return Reflect.get(Object(await response.json()), name);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
