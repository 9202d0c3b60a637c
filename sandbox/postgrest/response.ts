import type { FakeResponse } from '../http-io.ts';
import type { Result } from './engine.ts';
import { PostgrestError } from './error.ts';
import type { MediaType } from './media-type.ts';
import { createRangeError } from './range.ts';

/**
 * Creates the response to a read.
 * @param isCounted whether the request asked for the total (`Prefer: count=…`)
 * @throws PostgrestError 416 for an offset beyond the total, 406 for more or less than one row as an object
 */
export function createResponse(
  { rows, total }: Result,
  offset: number,
  isCounted: boolean,
  { contentType, isObject, stripsNulls }: MediaType,
): FakeResponse {
  if (isCounted && offset > total) {
    throw createRangeError(`An offset of ${offset} was requested, but there are only ${total} rows.`, total);
  }
  if (isObject && rows.length !== 1) {
    throw new PostgrestError(406, 'PGRST116', 'Cannot coerce the result to a single JSON object', {
      details: `The result contains ${rows.length} rows`,
    });
  }
  const range = rows.length > 0 ? `${offset}-${offset + rows.length - 1}` : '*';
  const body = isObject ? rows[0] : rows;
  return {
    status: isCounted && rows.length < total ? 206 : 200,
    headers: { 'content-range': `${range}/${isCounted ? total : '*'}`, 'content-type': contentType },
    body: stripsNulls ? stripNulls(body) : body,
  };
}

/** Removes the fields that are null, at every depth. */
function stripNulls(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body, (_, value: unknown) => value ?? undefined));
}

/** Creates the response to an error. */
export function createErrorResponse({ status, code, contentRange, body }: PostgrestError): FakeResponse {
  const headers = { 'proxy-status': `PostgREST; error=${code}` };
  return { status, headers: contentRange ? { ...headers, 'content-range': contentRange } : headers, body };
}
