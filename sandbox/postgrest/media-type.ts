import { PostgrestError } from './error.ts';

/**
 * Chooses the first media type that a client accepts and PostgREST has, by quality.
 * @throws PostgrestError 406 PGRST107 when no media type is acceptable
 */
export function negotiateMediaType(accept: string): MediaType {
  const ranges = accept.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const quality = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
    return { type, stripsNulls: parameters.includes('nulls=stripped'), quality };
  });
  // The sort is stable: of equal qualities the first one has precedence.
  for (const { type, stripsNulls } of ranges.sort((a, b) => b.quality - a.quality)) {
    const isObject = type === OBJECT_TYPE;
    if (JSON_TYPES.has(type)) return { contentType: withCharset('application/json'), isObject, stripsNulls: false };
    if (isObject || type === ARRAY_TYPE) {
      const shown = stripsNulls ? `${type};nulls=stripped` : isObject ? type : 'application/json';
      return { contentType: withCharset(shown), isObject, stripsNulls };
    }
  }
  throw new PostgrestError(406, 'PGRST107', `None of these media types are available: ${accept}`);
}

/** The representation of the rows in a response. */
export interface MediaType {
  /** The `content-type` header of the response. */
  contentType: string;
  /** Whether the body is the only row instead of a list. */
  isObject: boolean;
  /** Whether columns that are null are left out. */
  stripsNulls: boolean;
}

const JSON_TYPES = new Set(['*/*', 'application/*', 'application/json']);
const OBJECT_TYPE = 'application/vnd.pgrst.object+json';
const ARRAY_TYPE = 'application/vnd.pgrst.array+json';

function withCharset(type: string): string {
  return `${type}; charset=utf-8`;
}
