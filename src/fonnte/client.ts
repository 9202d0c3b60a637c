import type { DeviceStatus } from '../events.ts';
import { UpstreamRejectedError } from '../upstream/errors.ts';
import { type HttpClient, readBody } from '../upstream/http-client.ts';
import type { UpstreamGuard } from '../upstream/upstream.ts';
import { type DeviceProfile, parseProfile } from './device-profile.ts';
import { escapeVariables } from './format/escape.ts';

/** What FONNTE answers to a send that it took. */
export interface Sent {
  ids: string[];
  requestId: string;
}

export interface FonnteClient {
  /**
   * Sends one message to one number (digits, international); `inboxid` above 0 quotes that message.
   * @throws UpstreamRefusal with FONNTE's reason, permanent or not; UpstreamFailure, UpstreamOpen
   */
  send(message: { target: string; message: string; inboxid?: number; signal?: AbortSignal }): Promise<Sent>;
  /**
   * Shows the typing indicator for so many seconds. What fails of it says nothing about sends, but as a `probe` it goes
   * through their breaker. @throws as send
   */
  typing(target: string, seconds: number, probe?: boolean): Promise<void>;
  /** Asks FONNTE about our device and its package. What fails of it says nothing about sends. @throws as send */
  profile(): Promise<DeviceProfile>;
  /** Whether our WhatsApp device is connected, as last heard from an event, a send or its profile. */
  device(): DeviceStatus;
  /** Messages that FONNTE will still send: what the last profile said, less what was sent since; null: not known. */
  quota(): number | null;
  /** Whether what is left of the quota is kept for answers and for the portal: no notice and no alert is sent. */
  isQuotaReserved(): boolean;
  setDeviceStatus(status: 'connect' | 'disconnect'): void;
  close(): Promise<void>;
}

/** The label of a refusal because our device is disconnected: retried for longer than others. */
export const DISCONNECTED = 'disconnected';

/** FONNTE's reasons that asking again can't change. A reason that is not listed is transient. @see fonnte.md */
const PERMANENT = new Map<string, string>([
  ['token invalid', 'token'],
  ['invalid token', 'token'],
  ['unknown token', 'token'],
  ['unknown user', 'token'],
  ['devices must belong to an account', 'token'],
  ['input invalid', 'input'],
  ['invalid/empty body value', 'input'],
  ['target invalid', 'target'],
  ['target input invalid', 'target'],
  ['url invalid', 'input'],
  ['url unreachable', 'input'],
  ['file format not supported', 'input'],
  ['file size must under 4mb', 'input'],
  ['json format invalid', 'input'],
  ['insufficient quota', 'quota'],
]);
/** Longest stretch of an answer that is kept as FONNTE's own words. */
const MAX_REASON_LENGTH = 300;
/** Maximum size of a response, in bytes; FONNTE's have a few hundred. */
const MAX_RESPONSE_BYTES = 64 * 1024;

/**
 * FONNTE's HTTP API. Bodies are urlencoded (it refuses JSON now and then), `countryCode=0` leaves numbers alone, and
 * success is `status` true in the body, whatever the HTTP code. Typing and device derive from the origin of the send URL.
 * @see https://docs.fonnte.com/api-send-message/
 */
export function createFonnteClient(options: {
  apiUrl: string;
  token: string;
  http: Pick<HttpClient, 'request' | 'close'>;
  upstream: UpstreamGuard;
  /** For what nobody waits for: its failures open no breaker. */
  indicators: UpstreamGuard;
  /** Below so many messages left the quota is reserved; 0: never. */
  minQuota: number;
}): FonnteClient {
  const typingUrl = new URL('typing', options.apiUrl).href;
  const deviceUrl = new URL('device', options.apiUrl).href;
  let device: DeviceStatus = 'unknown';
  let quota: number | null = null;

  async function post(
    url: string,
    fields: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Record<string, unknown>> {
    const { statusCode, headers, body } = await options.http.request(url, {
      method: 'POST',
      headers: { authorization: options.token, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ ...fields, countryCode: '0' }).toString(),
      signal,
    });
    // A TextDecoder also skips a byte-order mark.
    const text = new TextDecoder().decode(await readBody(body, MAX_RESPONSE_BYTES));
    return readAnswer(text, statusCode, Number(headers['retry-after']));
  }

  return {
    async send({ target, message, inboxid = 0, signal }) {
      const quoted = inboxid > 0 ? { inboxid: String(inboxid) } : {};
      const fields = { target, message: escapeVariables(message), ...quoted };
      try {
        const answer = await options.upstream.call('send', (bound) => post(options.apiUrl, fields, bound), {
          signal,
        });
        device = 'connect';
        if (quota !== null) quota = Math.max(0, quota - 1);
        return { ids: [answer.id].flat().filter(Boolean).map(String), requestId: String(answer.requestid ?? '') };
      } catch (error) {
        if (error instanceof UpstreamRejectedError && error.label === DISCONNECTED) device = 'disconnect';
        throw error;
      }
    },
    async typing(target, seconds, probe = false) {
      const fields = { target, duration: String(seconds) };
      const upstream = probe ? options.upstream : options.indicators;
      await upstream.call('typing', (bound) => post(typingUrl, fields, bound));
    },
    async profile() {
      const ask = (bound: AbortSignal) => post(deviceUrl, {}, bound);
      const profile = parseProfile(await options.indicators.call('device', ask));
      if (profile.status !== 'unknown') device = profile.status;
      quota = profile.quota;
      return profile;
    },
    device: () => device,
    quota: () => quota,
    isQuotaReserved: () => quota !== null && quota < options.minQuota,
    setDeviceStatus(status) {
      device = status;
    },
    close: () => options.http.close(),
  };
}

/** FONNTE's answer with lower-case keys. @throws UpstreamRefusal unless its `status` is true. */
function readAnswer(text: string, status: number, retryAfterSeconds: number): Record<string, unknown> {
  const answer = parse(text);
  if (answer && String(answer.status).toLowerCase() === 'true') return answer;
  const reason = String(answer?.reason ?? answer?.detail ?? text)
    .trim()
    .slice(0, MAX_REASON_LENGTH);
  const known = reason.toLowerCase().replace(/[.!]{1,3}$/, '');
  const disconnected = isDisconnectedReason(known);
  throw new UpstreamRejectedError('fonnte', {
    reason: reason || `HTTP ${status}`,
    label: disconnected ? DISCONNECTED : (PERMANENT.get(known) ?? (answer ? 'other' : 'not-json')),
    permanent: PERMANENT.has(known),
    ...(status >= 400 ? { status } : {}),
    ...(Number.isFinite(retryAfterSeconds) && retryAfterSeconds > 0 ? { retryAfterMs: retryAfterSeconds * 1000 } : {}),
  });
}

/** Whether FONNTE's own words say that our device is disconnected. */
export function isDisconnectedReason(reason: string): boolean {
  return reason.toLowerCase().includes('disconnected device');
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key.toLowerCase(), entry]));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
