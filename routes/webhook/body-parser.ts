import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Reads bodies as FONNTE sends them, JSON or form fields, and keeps the raw bytes, over which a signature is made.
 * Accepts an object, null or nothing; refuses anything else.
 */
export function parseWebhookBodies(app: FastifyInstance): void {
  const parsers = { 'application/json': readJson, 'application/x-www-form-urlencoded': readForm };
  app.removeAllContentTypeParsers();
  for (const [type, read] of Object.entries(parsers)) {
    app.addContentTypeParser(type, { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
      request.rawBody = body;
      if (body.length === 0) return undefined;
      try {
        return read(utf8.decode(body));
      } catch (error) {
        throw app.httpErrors.createError(400, 'unreadable body', { cause: error });
      }
    });
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws SyntaxError for invalid JSON, TypeError for an array or a scalar */
function readJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || Array.isArray(value)) throw new TypeError('not a JSON object');
  return value;
}

/** Form fields by name; a name that occurs several times, or ends in `[]` or `[0]`, is a list. */
function readForm(text: string): Record<string, unknown> {
  const fields = new Map<string, string | string[]>();
  for (const [written, value] of new URLSearchParams(text)) {
    const name = written.replace(/\[\d*\]$/, '');
    const before = fields.get(name);
    // Added in place: a call of 100,000 fields must not cost their square.
    if (Array.isArray(before)) before.push(value);
    else if (before !== undefined) fields.set(name, [before, value]);
    else fields.set(name, written === name ? value : [value]);
  }
  return Object.fromEntries(fields);
}
