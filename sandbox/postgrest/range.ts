import { PostgrestError } from './error.ts';
import type { Query } from './query.ts';

/**
 * Narrows a query's limit and offset to a `Range` header. PostgREST ignores a header that is no range of rows.
 * @throws PostgrestError 416 PGRST103 when the header is upside down, or no row can be in both
 */
export function applyRange(query: Query, header: string | undefined): Query {
  const [, first = '0', last = ''] = /^(\d+)-(\d*)$/.exec(header ?? '') ?? [];
  const from = Number(first);
  const end = last === '' ? Number.POSITIVE_INFINITY : Number(last) + 1;
  if (end <= from) throw createRangeError('The lower boundary is above the upper boundary in the Range header.');
  const { limit = Number.POSITIVE_INFINITY } = query;
  const offset = Math.max(query.offset, from);
  const rows = Math.min(query.offset + limit, end) - offset;
  if (rows <= 0 && limit !== 0) throw createRangeError('Limit should be greater than or equal to zero.');
  return { ...query, offset, limit: Number.isFinite(rows) ? Math.max(0, rows) : undefined };
}

/** Creates the error 416 PGRST103; `total` is the number of rows where it was counted. */
export function createRangeError(details: string, total?: number): PostgrestError {
  const contentRange = total === undefined ? {} : { contentRange: `*/${total}` };
  return new PostgrestError(416, 'PGRST103', 'Requested range not satisfiable', { details, ...contentRange });
}
