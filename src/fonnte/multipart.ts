import { randomUUID } from 'node:crypto';
import type { FileBytes } from '../types.ts';

/** A request body with its content type. */
export interface MultipartBody {
  contentType: string;
  body: Buffer;
}

/**
 * Builds a form with one file (RFC 7578). Unlike FormData, it leaves line breaks in texts as they are: a caption must not get
 * carriage returns.
 */
export function buildMultipart(
  fields: Readonly<Record<string, string>>,
  file: { field: string; name: string; mediaType: string; data: FileBytes },
): MultipartBody {
  const boundary = `sapa-${randomUUID()}`;
  const texts = Object.entries(fields).map(
    ([field, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${field}"\r\n\r\n${value}\r\n`,
  );
  const name = file.name.replace(/["\r\n]/g, '_');
  const disposition = `Content-Disposition: form-data; name="${file.field}"; filename="${name}"`;
  const head = `${texts.join('')}--${boundary}\r\n${disposition}\r\nContent-Type: ${file.mediaType}\r\n\r\n`;
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([Buffer.from(head), file.data, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  };
}
