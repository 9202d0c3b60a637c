import { type FastifyReply, type FastifyServerOptions, LogController } from 'fastify';
import type { Config } from './config/schema.ts';
import { genericErrorBody } from './errors.ts';

/** Maximum size of a request body, in bytes. */
const MAX_BODY_BYTES = 256 * 1024;
/** Maximum duration of receiving a request, in ms. */
const REQUEST_TIMEOUT_MS = 15_000;
/** Longest shutdown, ms: the drain of running turns and the closing of connections. Process managers wait longer. */
export const MAX_SHUTDOWN_MS = 24_000;
/** Fastify limits a preClose hook by its plugin timeout, in ms: longer than the drain of running turns. */
const PLUGIN_TIMEOUT_MS = 30_000;

/** Options of the Fastify instance that depend on the configuration. */
export function appOptions({ TRUST_PROXY, LOG_LEVEL }: Config): FastifyServerOptions {
  return {
    logger: { level: LOG_LEVEL, base: null },
    // Our events log requests; Fastify's own request lines contain the URL, and with it the secret.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: TRUST_PROXY === 'false' ? false : TRUST_PROXY,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    pluginTimeout: PLUGIN_TIMEOUT_MS,
    // plugins/lifecycle.ts sends the 503 while the service stops.
    return503OnClosing: false,
    // After the drain, a client that stalls must not keep the process alive.
    forceCloseConnections: true,
    genReqId: () => crypto.randomUUID(),
    ...unparsableRequests,
  };
}

/** Status lines for the error codes of Node's HTTP parser that are not «400 Bad Request». */
const PARSER_ERROR_STATUS: Readonly<Record<string, [code: number, reason: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
};

/**
 * Responses to requests that reach neither a route nor the error handler (an unparsable URL or bytes): `{error, code}` as
 * everywhere. They are never logged, because what was sent may contain the secret.
 */
const unparsableRequests = {
  frameworkErrors(_error: Error, _request: unknown, reply: FastifyReply) {
    reply.code(404).send(genericErrorBody(404));
  },
  clientErrorHandler(failure, socket) {
    if (failure.code === 'ECONNRESET' || socket.destroyed) return;
    const [statusCode, reason] = PARSER_ERROR_STATUS[failure.code] ?? [400, 'Bad Request'];
    const unreadable = { error: 'Permintaan tidak dapat dibaca.', code: 'UNREADABLE_REQUEST' };
    const body = JSON.stringify(statusCode === 400 ? unreadable : genericErrorBody(statusCode));
    const head = [
      `HTTP/1.1 ${statusCode} ${reason}`,
      'content-type: application/json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
    ];
    if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    socket.destroy();
  },
} satisfies Pick<FastifyServerOptions, 'frameworkErrors' | 'clientErrorHandler'>;
