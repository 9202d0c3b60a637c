import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import type { Attachment } from '../../../src/message.ts';

/** Beginnings of files, as long as it takes to know them. */
export const SAMPLES = {
  png: Buffer.from('\x89PNG\r\n\x1a\n sample', 'latin1'),
  jpg: Buffer.from('\xff\xd8\xff\xe0 sample', 'latin1'),
  webp: Buffer.from('RIFF\x10\0\0\0WEBPVP8 sample', 'latin1'),
  pdf: Buffer.from('%PDF-1.7 sample', 'latin1'),
  mp3: Buffer.from('ID3\x04\0 sample', 'latin1'),
  ogg: Buffer.from(`OggS${'\0'.repeat(24)}OpusHead sample`, 'latin1'),
};

export interface FileServer {
  url: string;
  /** As `MEDIA_HOSTS` takes it. */
  host: string;
  port: number;
  /** Paths asked for, in order. */
  asked: string[];
  /** Serves bytes, a status, or whatever a listener does, at `/name`; the address. */
  serve(name: string, what: Buffer | number | RequestListener): string;
}

/** A file server on loopback, closed with the test. */
export async function startFileServer(t: Test): Promise<FileServer> {
  const served = new Map<string, RequestListener>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const listener = served.get(path);
    if (listener) listener(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.teardown(() => {
    server.closeAllConnections();
    return new Promise((closed) => server.close(closed));
  });
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  return {
    url: `http://${host}`,
    host,
    port,
    asked,
    serve(name, what) {
      const listener: RequestListener = (_request, response) => {
        if (typeof what === 'number') response.writeHead(what).end('<html>');
        else response.writeHead(200, { 'content-type': 'text/html' }).end(what);
      };
      served.set(`/${name}`, typeof what === 'function' ? what : listener);
      return `http://${host}/${name}`;
    },
  };
}

/** An attachment at an address; its extension is that of the address. */
export function attachmentAt(url: string, more: Partial<Attachment> = {}): Attachment {
  return { type: 'document', url, filename: '', extension: '', location: '', ...more };
}
