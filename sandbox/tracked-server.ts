import { createServer, type RequestListener, type Server } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** A certificate for 127.0.0.1 with its key, both PEM. */
export interface Certificate {
  key: string;
  cert: string;
}

/** The server behind a fake upstream. */
export interface TrackedServer {
  readonly server: Server;
  readonly scheme: 'http' | 'https';
  /** The protocols that clients negotiated by ALPN: `http/1.1`, `h2`; empty without TLS. */
  readonly negotiatedProtocols: ReadonlySet<string>;
  /** The `User-Agent` of each client that called. */
  readonly userAgents: ReadonlySet<string>;
  /** Closes every connection at once, also those with a running handshake or HTTP/2 session. */
  destroyConnections(): void;
}

/** Creates an HTTP/1.1 server, or with a certificate an HTTPS server that prefers HTTP/2, as Google and Cloudflare do. */
export function createTrackedServer(listener: RequestListener, certificate?: Certificate): TrackedServer {
  // The HTTP/2 compatibility API has the request and response methods that the fakes use.
  const server: Server = certificate
    ? (createSecureServer({ ...certificate, allowHTTP1: true }, listener as never) as unknown as Server)
    : createServer(listener);
  const sockets = new Set<Socket>();
  const negotiatedProtocols = new Set<string>();
  const userAgents = new Set<string>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', ({ headers }) => void userAgents.add(headers['user-agent'] ?? ''));
  server.on(
    'secureConnection',
    ({ alpnProtocol }: TLSSocket) => void negotiatedProtocols.add(alpnProtocol || 'http/1.1'),
  );
  return {
    server,
    scheme: certificate ? 'https' : 'http',
    negotiatedProtocols,
    userAgents,
    destroyConnections() {
      for (const socket of sockets) socket.destroy();
    },
  };
}
