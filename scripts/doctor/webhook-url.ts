import { parseList } from '../../src/config/schema.ts';
import type { Finding } from './check.ts';

/** The path that FONNTE calls. */
export const WEBHOOK_PATH = '/webhook/whatsapp';

/** Compares the webhook URL that FONNTE has, if it shows one, with ours. The URL contains the secret and is not printed. */
export function describeWebhook(
  url: string | null,
  secretKeys: string | undefined,
  publicUrl: string | undefined,
): Finding {
  const title = 'URL webhook';
  const wanted = `${publicUrl?.replace(/\/+$/, '') ?? 'https://alamat-anda'}${WEBHOOK_PATH}?secret=KUNCI`;
  const fix = `fonnte.com, menu Device, sunting perangkat: ${wanted}, dengan isi WEBHOOK_SECRET_KEY sebagai KUNCI.`;
  if (url === null) return { status: 'manual', title, text: 'Tidak terlihat dengan token perangkat.', fix };
  const problem = findProblem(url, parseList(secretKeys), publicUrl);
  return problem === null
    ? { status: 'ok', title, text: 'Sesuai dengan konfigurasi.' }
    : { status: 'error', title, text: problem, fix };
}

function findProblem(written: string, keys: readonly string[], publicUrl: string | undefined): string | null {
  const url = URL.parse(written);
  if (!url) return 'Bukan URL.';
  if (url.pathname.replace(/\/+$/, '') !== WEBHOOK_PATH) return `Jalurnya bukan ${WEBHOOK_PATH}.`;
  if (publicUrl && URL.parse(publicUrl)?.host !== url.host) return 'Host-nya berbeda dari PUBLIC_URL.';
  // FONNTE sends the URL as it is written, so a `+` in the key stays a `+`.
  const secret = /[?&]secret=([^&]*)/.exec(written)?.[1];
  if (keys.length === 0) return null;
  if (secret === undefined) return 'Tanpa ?secret=…: setiap panggilan ditolak.';
  return keys.some((key) => secret === key || secret === encodeURIComponent(key))
    ? null
    : 'Kuncinya berbeda dari WEBHOOK_SECRET_KEY: setiap panggilan ditolak.';
}
