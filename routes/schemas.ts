import Type from 'typebox';

/** Descriptions of statuses; a route may give a more specific one. */
const STATUS_DESCRIPTIONS: Record<number, string> = {
  400: 'invalid request: INVALID_REQUEST, INVALID_BODY',
  401: 'missing or wrong key: UNAUTHORIZED',
  404: 'unknown: NOT_FOUND',
  409: 'in progress: ALREADY_RUNNING, SEND_IN_PROGRESS',
  413: 'over 256 KiB: BODY_TOO_LARGE',
  415: 'unsupported content type: UNSUPPORTED_MEDIA_TYPE',
  422: 'the key belongs to another message: IDEMPOTENCY_KEY_REUSED',
  429: 'too many calls without a valid key: TOO_MANY_FAILED_CALLS',
  500: 'internal error: INTERNAL_ERROR',
  503: 'INBOX_UNAVAILABLE (store failure or shutdown), ADMIN_DISABLED (no key configured)',
};
/** Statuses that carry a `retry-after` header. */
const RETRY_AFTER_STATUSES = new Set([429, 503]);
const headers = { 'retry-after': { type: 'integer', description: 'seconds' } };

/** The schema of an error response: `{error, code}`. */
export const ErrorResponse = (status: number, description = STATUS_DESCRIPTIONS[status] ?? 'error') =>
  Type.Object(
    {
      error: Type.String({ description: 'text for a person, Indonesian' }),
      code: Type.String({ description: 'code for a machine' }),
    },
    { description, ...(RETRY_AFTER_STATUSES.has(status) ? { headers } : {}) },
  );

/** The schemas of error responses, by status. */
export function errorResponses<Status extends number>(
  ...statuses: Status[]
): Record<Status, ReturnType<typeof ErrorResponse>> {
  const responses = statuses.map((status) => [status, ErrorResponse(status)]);
  return Object.fromEntries(responses) as Record<Status, ReturnType<typeof ErrorResponse>>;
}

/** Authentication of admin routes, for the OpenAPI document. */
export const adminSecurity = [{ bearer: [] }, { apiKey: [] }];
