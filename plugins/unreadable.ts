import type { FastifyReply, FastifyServerOptions } from 'fastify';
import { HeadersTooLarge, NotFound, RequestTooSlow, UnreadableRequest } from '../src/errors.ts';

// An import of node:http would load all that it exports, Node's own undici too: 50 ms and 15 MB of every start.
const { STATUS_CODES } = process.getBuiltinModule('node:http');

/** What Node's HTTP parser calls the reasons that have a status of their own. */
const REASONS: Record<string, () => Error & { code: string; statusCode?: number }> = {
  ERR_HTTP_REQUEST_TIMEOUT: () => new RequestTooSlow(),
  HPE_HEADER_OVERFLOW: () => new HeadersTooLarge(),
};

/**
 * Requests that reach no route, nor our error handler: an address or bytes that can't be read. They are answered
 * `{error, code}` too, and never logged, as Fastify would: what was sent may hold the secret.
 */
export const unreadable = {
  frameworkErrors(_error: Error, _request: unknown, reply: FastifyReply) {
    const { message, code } = new NotFound();
    reply.code(404).send({ error: message, code });
  },
  clientErrorHandler(failure, socket) {
    if (failure.code === 'ECONNRESET' || socket.destroyed) return;
    const { message, code, statusCode = 400 } = REASONS[failure.code]?.() ?? new UnreadableRequest();
    const body = JSON.stringify({ error: message, code });
    const head = [
      `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}`,
      'content-type: application/json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
    ];
    if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    socket.destroy();
  },
} satisfies Pick<FastifyServerOptions, 'frameworkErrors' | 'clientErrorHandler'>;
