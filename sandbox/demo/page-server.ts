import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname } from 'node:path';
import type { SentFile } from './chats.ts';
import { listenFrom } from './ports.ts';

/** The actions of the page by method and path. An action gets the JSON body and returns the JSON response. */
export type Actions = Readonly<Record<string, (body: Record<string, unknown>) => unknown>>;

/** An error response with its HTTP status. */
export class PageError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface PageServer {
  port: number;
  url: string;
  close(): Promise<void>;
}

const PAGE_FOLDER = new URL('../page/', import.meta.url);
const CONTENT_TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};
const MAX_BODY_BYTES = 64 * 1024;

/** Serves the chat page on 127.0.0.1 at `port` or the next free port; `openStream` opens the event stream of a page. */
export async function servePage(options: {
  port: number;
  actions: Actions;
  openStream: (response: ServerResponse) => void;
  /** Finds the file of a message. */
  fileOf: (id: number) => SentFile | undefined;
}): Promise<PageServer> {
  const files = new Set(readdirSync(PAGE_FOLDER).filter((name) => extname(name) in CONTENT_TYPES));
  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => {
      const status = error instanceof PageError ? error.status : 500;
      if (!response.headersSent) sendJson(response, status, { error: error instanceof Error ? error.message : '' });
    });
  });
  const port = await listenFrom(server, options.port);
  const hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://page');
    // Reject other host names: they belong to a foreign page (DNS rebinding).
    if (!hosts.has(request.headers.host ?? '')) throw new PageError(403, 'Halaman ini hanya untuk mesin ini sendiri.');
    if (pathname === '/api/stream' && request.method === 'GET') return options.openStream(response);
    const action = options.actions[`${request.method} ${pathname}`];
    if (action) return sendJson(response, 200, (await action(await readJson(request))) ?? {});
    const [, fileId] = /^\/files\/(\d+)$/.exec(pathname) ?? [];
    if (fileId && request.method === 'GET') return sendFile(response, options.fileOf(Number(fileId)));
    const name = pathname === '/' ? 'index.html' : pathname.slice(1);
    if (request.method !== 'GET' || !files.has(name)) throw new PageError(404, 'Tidak ada di sini.');
    const content = await readFile(new URL(name, PAGE_FOLDER));
    response.writeHead(200, { ...HEADERS, 'content-type': CONTENT_TYPES[extname(name)] }).end(content);
  }

  return { port, url: `http://127.0.0.1:${port}`, close: () => close(server) };
}

/** Accepts only JSON: a form on another site cannot send it without CORS. @throws PageError 413, 415, 400 */
async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  if (request.headers['content-type'] !== 'application/json') throw new PageError(415, 'Hanya JSON.');
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new PageError(413, 'Terlalu besar.');
    chunks.push(chunk);
  }
  try {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
    if (typeof body === 'object' && body !== null) return body as Record<string, unknown>;
  } catch {
    // Reported below.
  }
  throw new PageError(400, 'Bukan JSON.');
}

/** Only pictures are shown by the browser; other files are saved. @throws PageError 404 */
function sendFile(response: ServerResponse, file: SentFile | undefined): void {
  if (!file) throw new PageError(404, 'Berkas ini tidak ada lagi.');
  const disposition = file.mediaType.startsWith('image/') ? 'inline' : 'attachment';
  const headers = {
    ...HEADERS,
    'content-type': file.mediaType,
    'content-disposition': `${disposition}; filename*=UTF-8''${encodeURIComponent(file.name)}`,
  };
  response.writeHead(200, headers).end(file.data);
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const headers = { ...HEADERS, 'content-type': 'application/json; charset=utf-8' };
  response.writeHead(status, headers).end(JSON.stringify(body));
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
