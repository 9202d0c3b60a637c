/** An error response of PostgREST: HTTP status and body. PostgreSQL's own errors have a SQLSTATE as `code`. */
export class PostgrestError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: string | null;
  /** The `content-range` header of the response; only 416 for an offset beyond a counted total has one. */
  readonly contentRange: string | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    { details = null, contentRange }: { details?: string | null; contentRange?: string } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
    this.contentRange = contentRange;
  }

  get body() {
    return { code: this.code, details: this.details, hint: null, message: this.message };
  }
}

/**
 * Creates the response to an error of PostgreSQL.
 * @see https://docs.postgrest.org/en/v14/references/errors.html#http-status-codes
 */
export function createSqlError(sqlState: string, message: string): PostgrestError {
  return new PostgrestError(STATUS_BY_SQLSTATE[sqlState] ?? 400, sqlState, message);
}

/** Creates the error for a feature of PostgREST that the fake does not have. */
export function createUnsupportedError(feature: string): PostgrestError {
  return new PostgrestError(501, 'UNSUPPORTED', `The fake Supabase does not support ${feature}.`);
}

const STATUS_BY_SQLSTATE: Record<string, number> = { '42501': 403, '42883': 404, '42P01': 404 };
