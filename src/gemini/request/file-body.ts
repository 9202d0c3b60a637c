import { randomUUID } from 'node:crypto';
import type { Content, Part } from '@google/genai/web';

/** Bytes of a file that are encoded at once; a multiple of 3, so that the base64 chunks can be joined. */
const CHUNK_BYTES = 48 * 1024;

/**
 * A file whose JSON form is a placeholder. `createFileBody` replaces the placeholder with base64 while the request is sent:
 * beside a file of 10 MB this needs 4 MB of memory, and base64 in the JSON 44 MB (docs/adr/0029).
 */
class InlineFile {
  readonly bytes: Buffer;
  readonly placeholder = `file:${randomUUID()}`;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  toJSON(): string {
    return this.placeholder;
  }
}

/** Creates a part with a file. The SDK passes `data` to `JSON.stringify` without reading it. */
export function createFilePart(mimeType: string, bytes: Buffer): Part {
  return { inlineData: { mimeType, data: new InlineFile(bytes) as unknown as string } };
}

/** A request body that is sent in pieces, and its length in bytes. */
export interface FileBody {
  length: number;
  body: AsyncIterable<Buffer>;
}

/**
 * Replaces the placeholders in the request body `json` with the files of `contents`.
 * @returns null if there are no files
 * @throws Error if a placeholder is missing
 */
export function createFileBody(json: string, contents: readonly Content[]): FileBody | null {
  const files = contents.flatMap(({ parts = [] }) => parts.map(({ inlineData }) => inlineData?.data as unknown));
  const pieces: (string | Buffer)[] = [];
  let rest = json;
  for (const file of files) {
    if (!(file instanceof InlineFile)) continue;
    const [before = '', after] = rest.split(file.placeholder);
    if (after === undefined) throw new Error('The request body does not contain the files in their order.');
    pieces.push(before, file.bytes);
    rest = after;
  }
  if (pieces.length === 0) return null;
  pieces.push(rest);
  const length = pieces.reduce((sum, piece) => sum + encodedLength(piece), 0);
  return { length, body: encode(pieces) };
}

function encodedLength(piece: string | Buffer): number {
  return typeof piece === 'string' ? Buffer.byteLength(piece) : 4 * Math.ceil(piece.length / 3);
}

async function* encode(pieces: readonly (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) {
    if (typeof piece === 'string') yield Buffer.from(piece);
    else
      for (let at = 0; at < piece.length; at += CHUNK_BYTES) {
        yield Buffer.from(piece.subarray(at, at + CHUNK_BYTES).toString('base64'), 'latin1');
      }
  }
}
