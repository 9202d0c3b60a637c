import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { ErrorResponse, errorResponses } from '../schemas.ts';

const PAGE_FOLDER = new URL('./page/', import.meta.url);
const CONTENT_TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Only files of this service, and no inline script or style. */
const helmet = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
      requireTrustedTypesFor: ["'script'"],
      trustedTypes: ["'none'"],
    },
  },
  frameguard: { action: 'deny' as const },
};

/** The operators' console: a public page without data; its data come from the admin routes. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const files = new Map(
    readdirSync(PAGE_FOLDER)
      .filter((name) => extname(name) in CONTENT_TYPES)
      .map((name) => [name, readFileSync(new URL(name, PAGE_FOLDER))]),
  );

  app.get('/console', { schema: pageSchema, helmet }, async (_request, reply) => sendFile(reply, 'index.html'));
  app.get('/console/:file', { schema: fileSchema, helmet }, async (request, reply) => {
    if (!files.has(request.params.file)) throw app.httpErrors.notFound();
    return sendFile(reply, request.params.file);
  });

  function sendFile(reply: FastifyReply, name: string) {
    // A new version of the service has new files under the same names.
    reply.header('cache-control', 'no-cache').type(CONTENT_TYPES[extname(name)] ?? '');
    return reply.send(files.get(name));
  }
};

const pageSchema = {
  operationId: 'getConsole',
  summary: "The operators' console",
  tags: ['operation'],
  response: {
    200: { description: 'the page', content: { 'text/html': { schema: Type.String() } } },
    ...errorResponses(500, 503),
  },
};

const fileSchema = {
  operationId: 'getConsoleFile',
  summary: "A script, style or image of the operators' console",
  tags: ['operation'],
  params: Type.Object({ file: Type.String({ minLength: 1, maxLength: 64, description: 'as named by the page' }) }),
  response: {
    200: {
      description: 'the file',
      content: {
        'text/javascript': { schema: Type.String() },
        'text/css': { schema: Type.String() },
        'image/svg+xml': { schema: Type.String() },
        'text/html': { schema: Type.String() },
      },
    },
    ...errorResponses(404, 500, 503),
    400: ErrorResponse(400, 'not a name of a file: INVALID_REQUEST'),
  },
};

export default routes;
