import type { HttpClient } from '../../../src/upstream/http-client.ts';
import { defineCheck } from '../check.ts';

/** Google's address for Gemini, where GEMINI_BASE_URL is unset. */
const GEMINI_URL = 'https://generativelanguage.googleapis.com';
/** Differences, ms: a Date header has whole seconds, and the network adds to them. Keys and certificates tolerate minutes. */
const MAX_GOOD_MS = 30_000;
const MAX_TOLERABLE_MS = 5 * 60_000;
/** Maximum size of a response, bytes; only its header is used. */
const MAX_RESPONSE_BYTES = 1024 * 1024;

/** Compares our clock with the Date headers of the upstreams. */
export const clock = defineCheck({
  id: 'clock',
  group: 'Mesin',
  title: 'Jam',
  needs: [],
  async run({ config, http, now, signal }) {
    const urls = [config.SUPABASE_URL, config.GEMINI_BASE_URL ?? GEMINI_URL, config.FONNTE_API_URL];
    const known = urls.filter((url) => url !== undefined);
    const measured = await Promise.all(known.map((url) => measureDifference(http, new URL(url).origin, now, signal)));
    const differences = measured.filter((difference) => difference !== null).sort((a, b) => a - b);
    // The median: one server, or a cache before it, may be wrong.
    const difference = differences[Math.floor((differences.length - 1) / 2)];
    if (difference === undefined)
      return [
        {
          status: 'manual',
          text: 'Tidak ada server yang memberi waktunya.',
          fix: 'Bandingkan date -u dengan jam yang benar.',
        },
      ];
    const fix = 'Nyalakan sinkronisasi waktu: sudo timedatectl set-ntp true (docs/runbook/clock.md).';
    const text = `Selisih ${describeMs(Math.abs(difference))} terhadap ${differences.length} server`;
    if (Math.abs(difference) <= MAX_GOOD_MS) return [{ status: 'ok', text: `${text}.` }];
    const direction = difference > 0 ? 'jam mesin terlalu maju' : 'jam mesin terlambat';
    return [
      { status: Math.abs(difference) <= MAX_TOLERABLE_MS ? 'warning' : 'error', text: `${text}: ${direction}.`, fix },
    ];
  },
});

/** @returns our time minus the server's, ms; null when the server gives no time */
async function measureDifference(
  http: HttpClient,
  origin: string,
  now: () => number,
  signal: AbortSignal,
): Promise<number | null> {
  try {
    const startedAt = now();
    // Any response will do: without a key most servers refuse.
    const { headers } = await http.fetch(origin, { signal, maxResponseBytes: MAX_RESPONSE_BYTES });
    const sentAt = Date.parse(headers.get('date') ?? '');
    const ageSeconds = Number(headers.get('age') ?? 0);
    return Number.isFinite(sentAt) ? (startedAt + now()) / 2 - sentAt - (ageSeconds || 0) * 1000 : null;
  } catch {
    // The upstream's own check reports why it cannot be reached.
    return null;
  }
}

function describeMs(ms: number): string {
  if (ms < 90_000) return `${Math.round(ms / 1000)} detik`;
  return ms < 5_400_000 ? `${Math.round(ms / 60_000)} menit` : `${Math.round(ms / 3_600_000)} jam`;
}
