import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Events } from '../../events.ts';
import { createHostAllowlist } from '../../security/host-allowlist.ts';
import { AddressRejectedError, createGuardedConnector } from '../../security/ssrf-guard.ts';
import type { Attachment, MediaFile, MediaRefusal } from '../../types.ts';
import { createCapacity } from '../../upstream/capacity.ts';
import { createHttpClient, ResponseTooLargeError, readBody } from '../../upstream/http-client.ts';
import { detectType, precheckAttachment } from './media-types.ts';

/** A file, or why there is none. */
export type FetchedFile = MediaFile | { refused: MediaRefusal };

export interface Media {
  /** One file, never written anywhere. @throws the signal's reason, and nothing else */
  fetchMedia(attachment: Attachment, signal: AbortSignal): Promise<FetchedFile>;
  /**
   * Runs `use` with the files of one turn, in their order, once there is room for them; together they are no larger than
   * one may be. The room is theirs until `use` ends. @throws the signal's reason, and what `use` throws
   */
  withFiles<T>(
    attachments: readonly Attachment[],
    signal: AbortSignal,
    use: (files: FetchedFile[]) => Promise<T>,
  ): Promise<T>;
  close(): Promise<void>;
}

/** The largest file, and all of one turn: FONNTE's own limit, and what a request to Gemini can hold as base64. */
const FILE_BYTES = 10 * 1024 * 1024;
/** All files of all turns at once. */
const ROOM_BYTES = 20 * 1024 * 1024;
/** The longest a file may take from the first look-up to its last byte, ms. */
const TIMEOUT_MS = 15_000;
const MOST_REDIRECTS = 3;
/** Maximum number of connections to one file host. */
const MAX_CONNECTIONS = 32;

/** Fetches what people attach: from the listed hosts alone, and from private addresses only where a host is named itself. */
export function createMedia(options: {
  /** Entries as `createHostCheck` takes them. */
  hosts: readonly string[];
  events: Events;
  lookup?: LookupFunction;
  limits?: { fileBytes?: number; roomBytes?: number; timeoutMs?: number };
}): Media {
  const { fileBytes = FILE_BYTES, roomBytes = ROOM_BYTES, timeoutMs = TIMEOUT_MS } = options.limits ?? {};
  const listingOf = createHostAllowlist(options.hosts);
  const mayBePrivate = (url: URL) => listingOf(url) === 'named';
  const lookup = options.lookup ?? (systemLookup as LookupFunction);
  const http = createHttpClient({
    connections: MAX_CONNECTIONS,
    connect: createGuardedConnector({ mayBePrivate, lookup, timeoutMs }),
  });
  const room = createCapacity(roomBytes);

  return {
    fetchMedia: (attachment, signal) => fetchFile(attachment, signal, fileBytes),
    async withFiles(attachments, signal, use) {
      if (attachments.every(precheckAttachment)) return await use(attachments.map(refusedBeforehand));
      const lease = await room.acquire(fileBytes, signal);
      try {
        const files = await fetchAll(attachments, signal);
        lease.shrink(bytesOf(files));
        return await use(files);
      } finally {
        lease.release();
      }
    },
    close: () => http.close(),
  };

  /** One after the other; where one did not come, the rest would only use up the turn's time. */
  async function fetchAll(attachments: readonly Attachment[], signal: AbortSignal): Promise<FetchedFile[]> {
    const files: FetchedFile[] = [];
    for (const attachment of attachments) {
      const down = files.some((file) => 'refused' in file && file.refused === 'unreachable');
      const hopeless = down && !precheckAttachment(attachment);
      if (hopeless) files.push({ refused: 'unreachable' });
      else files.push(await fetchFile(attachment, signal, fileBytes - bytesOf(files)));
    }
    return files;
  }

  async function fetchFile(attachment: Attachment, signal: AbortSignal, most: number): Promise<FetchedFile> {
    const startedAt = performance.now();
    const fetched = await fileOrRefusal(attachment, signal, most);
    const outcome = 'refused' in fetched ? fetched.refused : 'ok';
    const durationMs = Math.round(performance.now() - startedAt);
    options.events.emit({ type: 'media.fetched', outcome, bytes: bytesOf([fetched]), durationMs });
    return fetched;
  }

  async function fileOrRefusal(attachment: Attachment, signal: AbortSignal, most: number): Promise<FetchedFile> {
    const beforehand = precheckAttachment(attachment);
    if (beforehand) return { refused: beforehand };
    try {
      const bytes = await download(attachment.url, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]), most);
      const type = detectType(bytes, attachment);
      return type ? { ...type, bytes: bytes.length, data: bytes } : { refused: 'type-mismatch' };
    } catch (error) {
      signal.throwIfAborted();
      return { refused: refusalOf(error) };
    }
  }

  async function download(address: string, signal: AbortSignal, most: number): Promise<Buffer> {
    let url = URL.parse(address);
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      if (!url || !listingOf(url) || url.username || url.password) throw new Refused('forbidden');
      // The size limit counts the bytes of the file itself.
      const headers = { 'accept-encoding': 'identity' };
      const response = await http.request(url, { signal, headers });
      const { statusCode, body } = response;
      if (statusCode === 200) return await readBody(body, most);
      body.on('error', () => undefined).destroy();
      const { location } = response.headers;
      if (statusCode < 300 || statusCode > 399 || typeof location !== 'string') throw refusedWith(statusCode);
      url = URL.parse(location, url);
    }
    throw new Refused('forbidden');
  }
}

class Refused extends Error {
  readonly refusal: MediaRefusal;
  constructor(refusal: MediaRefusal) {
    super(refusal);
    this.refusal = refusal;
  }
}

/** FONNTE keeps a file for 30 minutes: a refusal means that it is gone, trouble on their side that it may come yet. */
function refusedWith(status: number): Refused {
  return new Refused(status >= 400 && status < 500 && status !== 429 ? 'expired' : 'unreachable');
}

function refusalOf(error: unknown): MediaRefusal {
  if (error instanceof Refused) return error.refusal;
  if (error instanceof ResponseTooLargeError) return 'too-large';
  return error instanceof AddressRejectedError ? 'forbidden' : 'unreachable';
}

function refusedBeforehand(attachment: Attachment): FetchedFile {
  return { refused: precheckAttachment(attachment) ?? 'unreachable' };
}

function bytesOf(files: readonly FetchedFile[]): number {
  return files.reduce((sum, file) => sum + ('refused' in file ? 0 : file.bytes), 0);
}
