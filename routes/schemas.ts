import Type from 'typebox';

/** What a status means where a route does not say it better. */
const STATUS_DESCRIPTIONS: Record<number, string> = {
  400: 'the request does not fit: INVALID_REQUEST, INVALID_BODY',
  401: 'no right key: UNAUTHORIZED',
  404: 'unknown: NOT_FOUND',
  409: 'it is under way: ALREADY_RUNNING, SEND_IN_PROGRESS',
  413: 'over 256 KiB: BODY_TOO_LARGE',
  415: 'a body of another type: UNSUPPORTED_MEDIA_TYPE',
  422: 'the key belongs to another message: IDEMPOTENCY_KEY_REUSED',
  429: 'too many calls without a right key: TOO_MANY_FAILED_CALLS',
  500: 'our own mistake: INTERNAL_ERROR',
  503: 'not now, or never without a key: INBOX_UNAVAILABLE (store broken, or stopping), ADMIN_DISABLED',
};
/** A caller is told when to try again. */
const RETRY_AFTER_STATUSES = new Set([429, 503]);
const headers = { 'retry-after': { type: 'integer', description: 'seconds' } };

/** One error answer: `{error, code}`. */
export const ErrorResponse = (status: number, description = STATUS_DESCRIPTIONS[status] ?? 'what went wrong') =>
  Type.Object(
    {
      error: Type.String({ description: 'text for a person, Indonesian' }),
      code: Type.String({ description: 'code for a machine' }),
    },
    { description, ...(RETRY_AFTER_STATUSES.has(status) ? { headers } : {}) },
  );

/** Error answers that any route can give, by status. */
export function errorResponses<Status extends number>(
  ...statuses: Status[]
): Record<Status, ReturnType<typeof ErrorResponse>> {
  const answers = statuses.map((status) => [status, ErrorResponse(status)]);
  return Object.fromEntries(answers) as Record<Status, ReturnType<typeof ErrorResponse>>;
}

/** How admin routes are entered, for the OpenAPI document. */
export const adminSecurity = [{ bearer: [] }, { apiKey: [] }];
