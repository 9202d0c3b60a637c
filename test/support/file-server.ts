import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import { type Certificate, createTrackedServer } from '../../sandbox/tracked-server.ts';
import type { Attachment } from '../../src/types.ts';

/** The first bytes of files, sufficient to detect their type. */
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
  /** Host and port in the format of `MEDIA_HOSTS`. */
  host: string;
  port: number;
  /** Requested paths, in order. */
  requestedPaths: string[];
  /** The protocols that clients negotiated by ALPN (empty without a certificate), and their `User-Agent`. */
  negotiatedProtocols: ReadonlySet<string>;
  userAgents: ReadonlySet<string>;
  /** Serves bytes, a status or a listener at `/name`. @returns the URL */
  serve(name: string, what: Buffer | number | RequestListener): string;
}

/** Starts a file server on 127.0.0.1, closed with the test; with a certificate it serves HTTPS and offers HTTP/2. */
export async function startFileServer(t: Test, certificate?: Certificate): Promise<FileServer> {
  const served = new Map<string, RequestListener>();
  const requestedPaths: string[] = [];
  const { server, scheme, negotiatedProtocols, userAgents, destroyConnections } = createTrackedServer(
    (request, response) => {
      const path = request.url ?? '';
      requestedPaths.push(path);
      const listener = served.get(path);
      if (listener) listener(request, response);
      else response.writeHead(404).end();
    },
    certificate,
  );
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.teardown(() => {
    const closed = new Promise((resolve) => server.close(resolve));
    destroyConnections();
    return closed;
  });
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  return {
    url: `${scheme}://${host}`,
    host,
    port,
    requestedPaths,
    negotiatedProtocols,
    userAgents,
    serve(name, what) {
      const listener: RequestListener = (_request, response) => {
        if (typeof what === 'number') response.writeHead(what).end('<html>');
        else response.writeHead(200, { 'content-type': 'text/html' }).end(what);
      };
      served.set(`/${name}`, typeof what === 'function' ? what : listener);
      return `${scheme}://${host}/${name}`;
    },
  };
}

/** Builds an attachment with the extension of its URL. */
export function buildAttachment(url: string, more: Partial<Attachment> = {}): Attachment {
  return { type: 'document', url, filename: '', extension: '', location: '', ...more };
}
