import type { FastifyError, FastifyPluginAsync, FastifyReply } from 'fastify';
import fp from 'fastify-plugin';
import {
  BodyTooLarge,
  InboxUnavailable,
  InvalidBody,
  InvalidRequest,
  NotFound,
  StoreUnavailable,
  UnsupportedMediaType,
} from '../src/errors.ts';
import { stackFrames } from '../src/events.ts';

/** When a caller may try again after a 503 or 429, seconds: FONNTE repeats every minute. */
const RETRY_AFTER_SECONDS = 60;

/** Fastify's own errors in our words. */
const OURS: Record<string, () => FastifyError> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () => new BodyTooLarge(),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => new UnsupportedMediaType(),
  FST_ERR_CTP_INVALID_JSON_BODY: () => new InvalidBody(),
  FST_ERR_CTP_EMPTY_JSON_BODY: () => new InvalidBody(),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => new InvalidBody(),
  FST_ERR_CTP_EMPTY_TYPE: () => new UnsupportedMediaType(),
  FST_ERR_BAD_URL: () => new NotFound(),
  FST_ERR_MAX_PARAM_LENGTH: () => new NotFound(),
};

/** Every error as `{error, code}`: what a caller did wrong is said, what we did wrong is only logged. */
const plugin: FastifyPluginAsync = async (app) => {
  const answer = (error: FastifyError, reply: FastifyReply) => {
    const status = error.statusCode ?? 500;
    if (status === 503 || status === 429) reply.header('retry-after', RETRY_AFTER_SECONDS);
    return reply.code(status).send({ error: error.message, code: error.code });
  };
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    if (error instanceof StoreUnavailable) return answer(new InboxUnavailable(), reply);
    if (error.validation) return answer(new InvalidRequest(where(error)), reply);
    const ours = OURS[error.code]?.();
    if (ours) return answer(ours, reply);
    if ((error.statusCode ?? 500) < 500 || isOurs(error)) return answer(error, reply);
    const { name, code = '' } = error;
    app.events.emit({ type: 'http.failed', requestId: request.id, name, code, frames: stackFrames(error) });
    return reply.code(500).send({ error: 'Terjadi kesalahan pada layanan.', code: 'INTERNAL_ERROR' });
  });
  app.setNotFoundHandler((_request, reply) => answer(new NotFound(), reply));
};

/** Coded errors of `src/errors.ts`: their texts are written for callers. */
function isOurs(error: FastifyError): boolean {
  return /^[A-Z_]+$/.test(error.code ?? '') && !error.code.startsWith('FST_') && error.name === 'FastifyError';
}

function where(error: FastifyError): string {
  const fields = (error.validation ?? []).map((problem) => `${problem.instancePath} ${problem.message}`.trim());
  return [...new Set(fields)].slice(0, 3).join('; ').slice(0, 200);
}

export default fp(plugin, { name: 'errors', dependencies: ['config'] });
