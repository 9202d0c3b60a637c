import sensible from '@fastify/sensible';
import type { FastifyError, FastifyPluginAsync, FastifyReply } from 'fastify';
import fp from 'fastify-plugin';
import { type ErrorBody, genericErrorBody, InboxUnavailable, InvalidRequest, StoreUnavailable } from '../src/errors.ts';
import { stackFrames } from '../src/events.ts';

/** The `retry-after` of every 503 and 429, seconds: FONNTE repeats every minute. */
const RETRY_AFTER_SECONDS = 60;

/**
 * Sends every error as `{error, code}`. A caller sees the text of a coded error (`src/errors.ts`) and a generic text for
 * any other 4xx; an unexpected error is a 500 whose details are only logged.
 */
const plugin: FastifyPluginAsync = async (app) => {
  await app.register(sensible);

  const send = (reply: FastifyReply, status: number, body: ErrorBody) => {
    if (status === 503 || status === 429) reply.header('retry-after', RETRY_AFTER_SECONDS);
    return reply.code(status).send(body);
  };
  const sendCoded = (reply: FastifyReply, { statusCode = 500, message, code }: FastifyError) =>
    send(reply, statusCode, { error: message, code });

  app.setErrorHandler<FastifyError>((error, request, reply) => {
    if (error instanceof StoreUnavailable) return sendCoded(reply, new InboxUnavailable());
    if (error.validation) return sendCoded(reply, new InvalidRequest(describeValidation(error)));
    if (isCoded(error)) return sendCoded(reply, error);
    const { statusCode = 500, name, code = '' } = error;
    if (statusCode < 500) return send(reply, statusCode === 414 ? 404 : statusCode, genericErrorBody(statusCode));
    app.events.emit({ type: 'request.failed', requestId: request.id, name, code, frames: stackFrames(error) });
    return send(reply, 500, genericErrorBody(500));
  });
  app.setNotFoundHandler((_request, reply) => reply.notFound());
};

/** Whether the error is one of `src/errors.ts`, whose text is written for the caller. */
function isCoded({ name, code = '' }: FastifyError): boolean {
  return name === 'FastifyError' && /^[A-Z_]+$/.test(code) && !code.startsWith('FST_');
}

function describeValidation(error: FastifyError): string {
  const fields = (error.validation ?? []).map((problem) => `${problem.instancePath} ${problem.message}`.trim());
  return [...new Set(fields)].slice(0, 3).join('; ').slice(0, 200);
}

export default fp(plugin, { name: 'errors', dependencies: ['config'] });
