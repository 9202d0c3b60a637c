import type { IncomingMessage, ServerResponse } from 'node:http';

/** The response of a fake server. A string or a buffer is sent unchanged, any other body as JSON. */
export interface FakeResponse {
  status: number;
  headers?: Record<string, string>;
  body: unknown;
}

const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** A parsed multipart body. */
export interface MultipartForm {
  fields: Record<string, string>;
  files: Record<string, UploadedFile>;
}

export interface UploadedFile {
  name: string;
  mediaType: string;
  data: Buffer;
}

/** Reads the whole body. @throws if the body is incomplete or larger than 32 MiB */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('body too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Parses JSON and forms. @returns the text unchanged for any other type and for invalid JSON. @throws for an invalid multipart body */
export async function parseBody(bytes: Buffer, contentType: string): Promise<unknown> {
  if (contentType.startsWith('multipart/form-data')) return await parseMultipart(bytes, contentType);
  const text = bytes.toString('utf8');
  if (contentType.startsWith('application/x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(text));
  if (!contentType.startsWith('application/json')) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function parseMultipart(bytes: Buffer, contentType: string): Promise<MultipartForm> {
  const body = new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } });
  const form: MultipartForm = { fields: {}, files: {} };
  for (const [field, value] of await body.formData()) {
    if (typeof value === 'string') form.fields[field] = value;
    else form.files[field] = { name: value.name, mediaType: value.type, data: Buffer.from(await value.arrayBuffer()) };
  }
  return form;
}

/** Sends a complete response, unless the client has disconnected. */
export function sendResponse(response: ServerResponse, { status, headers, body }: FakeResponse): void {
  if (response.destroyed) return;
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8';
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text), ...headers });
  response.end(text);
}

/** Sends fewer bytes than its Content-Length, then destroys the socket. */
export function sendTruncatedResponse(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': 1000 });
  response.write('{"status":tr', () => response.destroy());
}
