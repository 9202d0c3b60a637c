import { UpstreamRejectedError } from '../upstream/errors.ts';

/** Maximum length of Google's message for operators, characters. */
const MAX_REASON_LENGTH = 300;
/** Statuses caused by the request or the API key: every model would respond the same. */
const PERMANENT_STATUSES: readonly number[] = [400, 401, 403];

/** Converts the SDK's ApiError (a status, and Google's JSON as its message). @returns null for other errors */
export function toUpstreamRejection(error: unknown): UpstreamRejectedError | null {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return null;
  const { status } = error;
  const body = parseGoogleError(error.message);
  const retryAfterMs = parseRetryDelay(body.details);
  const label = classifyError(status, body.message ?? '');
  return new UpstreamRejectedError('gemini', {
    reason: `${status} ${body.status ?? ''} ${body.message ?? ''}`.trim().slice(0, MAX_REASON_LENGTH),
    label,
    permanent: PERMANENT_STATUSES.includes(status) && label !== 'location',
    status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/**
 * Returns a label for logs and metrics: the status, or `thought-signature` («Corrupted thought signature.», «Function call is
 * missing a thought_signature …») or `location` («User location is not supported for the API use.»).
 */
function classifyError(status: number, message: string): string {
  if (status === 400 && /thought[ _]?signature/i.test(message)) return 'thought-signature';
  if (status === 400 && /location is not supported/i.test(message)) return 'location';
  return String(status);
}

interface GoogleError {
  message?: string;
  status?: string;
  details?: unknown;
}

function parseGoogleError(text: string): GoogleError {
  try {
    const parsed = JSON.parse(text) as { error?: GoogleError } | [{ error?: GoogleError }] | null;
    // Some of Google's gateways send a list with one error.
    return (Array.isArray(parsed) ? parsed[0] : parsed)?.error ?? {};
  } catch (error) {
    if (error instanceof SyntaxError) return { message: text };
    throw error;
  }
}

/** Parses the `retryDelay` of a RetryInfo («3s», «1.5s») to ms. @see https://ai.google.dev/gemini-api/docs/rate-limits */
function parseRetryDelay(details: unknown): number | undefined {
  if (!Array.isArray(details)) return undefined;
  for (const detail of details as { retryDelay?: unknown }[]) {
    const seconds = /^(\d+(?:\.\d+)?)s$/.exec(String(detail?.retryDelay ?? ''))?.[1];
    if (seconds !== undefined) return Math.round(Number(seconds) * 1000);
  }
  return undefined;
}
