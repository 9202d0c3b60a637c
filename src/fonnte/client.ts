import type { DeviceStatus } from '../events.ts';
import type { PhoneNumber } from '../phone.ts';
import type { FileBytes } from '../types.ts';
import { UpstreamRejectedError } from '../upstream/errors.ts';
import { type HttpClient, readBody } from '../upstream/http-client.ts';
import type { UpstreamGuard } from '../upstream/upstream.ts';
import { type DeviceProfile, parseProfile } from './device-profile.ts';
import { escapeVariables } from './format/escape.ts';
import { buildMultipart, type MultipartBody } from './multipart.ts';
import { DISCONNECTED, parseResponse } from './parse-response.ts';

/** FONNTE's response to an accepted send. */
export interface SendResult {
  ids: string[];
  requestId: string;
}

export interface OutgoingMessage {
  target: PhoneNumber;
  message: string;
  inboxid?: number;
  file?: OutgoingFile;
  signal?: AbortSignal;
}

/** A file of at most MAX_UPLOAD_BYTES; `name` has an extension that FONNTE accepts. */
export interface OutgoingFile {
  name: string;
  mediaType: string;
  data: FileBytes;
}

export interface FonnteClient {
  /**
   * Sends one message to one number (international digits). An `inboxid` above 0 quotes that message. With `file`, the text is
   * its caption.
   * @throws UpstreamRejectedError with FONNTE's reason, UpstreamCallError, CircuitOpenError
   */
  send(message: OutgoingMessage): Promise<SendResult>;
  /**
   * Shows the typing indicator for `seconds`. Failures do not affect the circuit breaker of sends, unless the request is its
   * `probe`. @throws as `send`
   */
  typing(target: PhoneNumber, seconds: number, probe?: boolean): Promise<void>;
  /** Requests the state of our device and its package. Failures do not affect the circuit breaker. @throws as `send` */
  fetchProfile(): Promise<DeviceProfile>;
  /** The last known state of our device, from an event, a send or its profile. */
  device(): DeviceStatus;
  /** Remaining messages: the quota of the last profile minus later sends; null when not known. */
  quota(): number | null;
  /** False when the package of the last profile has no files; true while the package is not known: then FONNTE decides. */
  acceptsFiles(): boolean;
  /** Whether the remaining quota is reserved for answers and the portal, so that notices and alerts are not sent. */
  isQuotaReserved(): boolean;
  setDeviceStatus(status: 'connect' | 'disconnect'): void;
  close(): Promise<void>;
}

/** Maximum size of a file. FONNTE's limit is 4 MB, perhaps decimal. */
export const MAX_UPLOAD_BYTES = 4_000_000;
/** Packages that send files. @see https://docs.fonnte.com/file-limitation/ */
const PACKAGES_WITH_FILES = /\b(?:super|advanced|ultra)\b/i;

/** Maximum size of a response, in bytes. FONNTE's have a few hundred. */
const MAX_RESPONSE_BYTES = 64 * 1024;

/**
 * Creates the client of FONNTE's HTTP API. Requests are urlencoded (FONNTE sometimes rejects JSON), those with a file multipart,
 * with `countryCode=0`, which leaves numbers unchanged. The typing and device endpoints use the origin of the send URL.
 * @see https://docs.fonnte.com/api-send-message/
 */
export function createFonnteClient(options: {
  apiUrl: string;
  token: string;
  http: Pick<HttpClient, 'request' | 'close'>;
  upstream: UpstreamGuard;
  /** For typing indicators and profiles, whose failures open no breaker. */
  bestEffortUpstream: UpstreamGuard;
  /** Remaining messages below which the quota is reserved; 0 disables it. */
  minQuota: number;
}): FonnteClient {
  const typingUrl = new URL('/typing', options.apiUrl).href;
  const deviceUrl = new URL('/device', options.apiUrl).href;
  let device: DeviceStatus = 'unknown';
  let quota: number | null = null;
  let packageName: string | null = null;

  async function post(
    url: string,
    fields: Record<string, string>,
    signal: AbortSignal,
    file?: OutgoingFile,
  ): Promise<Record<string, unknown>> {
    const form = encodeForm({ ...fields, countryCode: '0' }, file);
    const { statusCode, headers, body } = await options.http.request(url, {
      method: 'POST',
      headers: { authorization: options.token, 'content-type': form.contentType },
      body: form.body,
      signal,
    });
    // A TextDecoder also skips a byte-order mark.
    const text = new TextDecoder().decode(await readBody(body, MAX_RESPONSE_BYTES));
    return parseResponse(text, statusCode, Number(headers['retry-after']));
  }

  return {
    async send({ target, message, inboxid = 0, file, signal }) {
      const quoted = inboxid > 0 ? { inboxid: String(inboxid) } : {};
      const fields = { target, message: escapeVariables(message), ...quoted };
      try {
        const response = await options.upstream.call('send', (limited) => post(options.apiUrl, fields, limited, file), {
          signal,
        });
        device = 'connect';
        if (quota !== null) quota = Math.max(0, quota - 1);
        return { ids: [response.id].flat().filter(Boolean).map(String), requestId: String(response.requestid ?? '') };
      } catch (error) {
        if (error instanceof UpstreamRejectedError && error.label === DISCONNECTED) device = 'disconnect';
        throw error;
      }
    },
    async typing(target, seconds, probe = false) {
      const fields = { target, duration: String(seconds) };
      const upstream = probe ? options.upstream : options.bestEffortUpstream;
      await upstream.call('typing', (limited) => post(typingUrl, fields, limited));
    },
    async fetchProfile() {
      const request = (limited: AbortSignal) => post(deviceUrl, {}, limited);
      const profile = parseProfile(await options.bestEffortUpstream.call('device', request));
      if (profile.status !== 'unknown') device = profile.status;
      quota = profile.quota;
      packageName = profile.packageName;
      return profile;
    },
    device: () => device,
    quota: () => quota,
    acceptsFiles: () => packageName === null || PACKAGES_WITH_FILES.test(packageName),
    isQuotaReserved: () => quota !== null && quota < options.minQuota,
    setDeviceStatus(status) {
      device = status;
    },
    close: () => options.http.close(),
  };
}

/** A file makes the form multipart. */
function encodeForm(fields: Record<string, string>, file: OutgoingFile | undefined): MultipartBody {
  if (file) return buildMultipart({ ...fields, filename: file.name }, { field: 'file', ...file });
  const body = Buffer.from(new URLSearchParams(fields).toString());
  return { contentType: 'application/x-www-form-urlencoded', body };
}
