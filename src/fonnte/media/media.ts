import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Events } from '../../events.ts';
import { createHostAllowlist } from '../../security/host-allowlist.ts';
import { AddressRejectedError, createGuardedConnector } from '../../security/ssrf-guard.ts';
import type { Attachment, MediaFile, MediaRefusal } from '../../types.ts';
import { createCapacity } from '../../upstream/capacity.ts';
import { createHttpClient, ResponseTooLargeError, readBody } from '../../upstream/http-client.ts';
import { detectType, precheckAttachment } from './media-types.ts';

/** A file, or the reason why it cannot be read. */
export type FetchedFile = MediaFile | { refused: MediaRefusal };

export interface Media {
  /** Fetches one file into memory. @throws only the signal's reason */
  fetchMedia(attachment: Attachment, signal: AbortSignal): Promise<FetchedFile>;
  /**
   * Fetches the files of one turn, in order and together no larger than one file may be, and runs `use` with them. Waits until
   * the shared memory limit allows it, and holds that memory until `use` ends.
   * @throws the signal's reason, and what `use` throws
   */
  withFiles<T>(
    attachments: readonly Attachment[],
    signal: AbortSignal,
    use: (files: FetchedFile[]) => Promise<T>,
  ): Promise<T>;
  close(): Promise<void>;
}

/** Largest file and largest sum of the files of one turn, in bytes: FONNTE's limit, and what fits in a Gemini request. */
const MAX_DOWNLOAD_BYTES = 10 * 1024 * 1024;
/** Largest sum of the files of all turns, in bytes. */
const MAX_TOTAL_BYTES = 20 * 1024 * 1024;
/** Timeout of one file, from the look-up to the last byte, in ms. */
const TIMEOUT_MS = 15_000;
const MAX_REDIRECTS = 3;
/** Maximum number of connections to one file host. */
const MAX_CONNECTIONS = 32;

/** Creates the service that fetches attachments: only from `hosts`, and from private addresses only if the host itself is listed. */
export function createMedia(options: {
  /** Entries of `createHostAllowlist`. */
  hosts: readonly string[];
  events: Events;
  lookup?: LookupFunction;
  limits?: { fileBytes?: number; totalBytes?: number; timeoutMs?: number };
}): Media {
  const { fileBytes = MAX_DOWNLOAD_BYTES, totalBytes = MAX_TOTAL_BYTES, timeoutMs = TIMEOUT_MS } = options.limits ?? {};
  const matchHost = createHostAllowlist(options.hosts);
  const mayBePrivate = (url: URL) => matchHost(url) === 'named';
  const lookup = options.lookup ?? (systemLookup as LookupFunction);
  const http = createHttpClient({
    connections: MAX_CONNECTIONS,
    connect: createGuardedConnector({ mayBePrivate, lookup, timeoutMs }),
  });
  const memory = createCapacity(totalBytes);

  return {
    fetchMedia: (attachment, signal) => fetchFile(attachment, signal, fileBytes),
    async withFiles(attachments, signal, use) {
      if (attachments.every(precheckAttachment)) return await use(attachments.map(toRefusedFile));
      const share = await memory.acquire(fileBytes, signal);
      try {
        const files = await fetchAll(attachments, signal);
        share.shrink(sumBytes(files));
        return await use(files);
      } finally {
        share.release();
      }
    },
    close: () => http.close(),
  };

  /** Fetches one file at a time. After an unreachable one the rest is skipped, because it would use up the turn's time. */
  async function fetchAll(attachments: readonly Attachment[], signal: AbortSignal): Promise<FetchedFile[]> {
    const files: FetchedFile[] = [];
    for (const attachment of attachments) {
      const isHostDown = files.some((file) => 'refused' in file && file.refused === 'unreachable');
      if (isHostDown && !precheckAttachment(attachment)) files.push({ refused: 'unreachable' });
      else files.push(await fetchFile(attachment, signal, fileBytes - sumBytes(files)));
    }
    return files;
  }

  async function fetchFile(attachment: Attachment, signal: AbortSignal, maxBytes: number): Promise<FetchedFile> {
    const startedAt = performance.now();
    const fetched = await downloadFile(attachment, signal, maxBytes);
    const outcome = 'refused' in fetched ? fetched.refused : 'ok';
    const durationMs = Math.round(performance.now() - startedAt);
    options.events.emit({ type: 'media.fetched', outcome, bytes: sumBytes([fetched]), durationMs });
    return fetched;
  }

  async function downloadFile(attachment: Attachment, signal: AbortSignal, maxBytes: number): Promise<FetchedFile> {
    const refusal = precheckAttachment(attachment);
    if (refusal) return { refused: refusal };
    try {
      const bytes = await download(attachment.url, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]), maxBytes);
      const type = detectType(bytes, attachment);
      return type ? { ...type, bytes: bytes.length, data: bytes } : { refused: 'type-mismatch' };
    } catch (error) {
      signal.throwIfAborted();
      return { refused: classifyFailure(error) };
    }
  }

  async function download(address: string, signal: AbortSignal, maxBytes: number): Promise<Buffer> {
    let url = URL.parse(address);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      if (!url || !matchHost(url) || url.username || url.password) throw new MediaRefusedError('forbidden');
      // Without compression, because the size limit counts the bytes of the file.
      const headers = { 'accept-encoding': 'identity' };
      const response = await http.request(url, { signal, headers });
      const { statusCode, body } = response;
      if (statusCode === 200) return await readBody(body, maxBytes);
      body.on('error', () => undefined).destroy();
      const { location } = response.headers;
      if (statusCode < 300 || statusCode > 399 || typeof location !== 'string') throw toStatusError(statusCode);
      url = URL.parse(location, url);
    }
    throw new MediaRefusedError('forbidden');
  }
}

class MediaRefusedError extends Error {
  readonly refusal: MediaRefusal;
  constructor(refusal: MediaRefusal) {
    super(refusal);
    this.refusal = refusal;
  }
}

/** FONNTE keeps a file for 30 minutes: most 4xx mean that it expired; 429 and 5xx may be temporary. */
function toStatusError(status: number): MediaRefusedError {
  return new MediaRefusedError(status >= 400 && status < 500 && status !== 429 ? 'expired' : 'unreachable');
}

function classifyFailure(error: unknown): MediaRefusal {
  if (error instanceof MediaRefusedError) return error.refusal;
  if (error instanceof ResponseTooLargeError) return 'too-large';
  return error instanceof AddressRejectedError ? 'forbidden' : 'unreachable';
}

function toRefusedFile(attachment: Attachment): FetchedFile {
  return { refused: precheckAttachment(attachment) ?? 'unreachable' };
}

function sumBytes(files: readonly FetchedFile[]): number {
  return files.reduce((sum, file) => sum + ('refused' in file ? 0 : file.bytes), 0);
}
