import { UpstreamRejectedError } from '../upstream/errors.ts';

/** Longest part of Google's message that is kept for operators, characters. */
const MAX_REASON_LENGTH = 300;
/** Statuses that concern the request or our key: another model would answer the same. */
const PERMANENT_STATUSES: readonly number[] = [400, 401, 403];

/** Converts the SDK's ApiError (the status, and Google's JSON as its message). @returns null for any other error */
export function toUpstreamRefusal(error: unknown): UpstreamRejectedError | null {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return null;
  const { status } = error;
  const body = parseGoogleError(error.message);
  const retryAfterMs = parseRetryDelay(body.details);
  const label = classify(status, body.message ?? '');
  return new UpstreamRejectedError('gemini', {
    reason: `${status} ${body.status ?? ''} ${body.message ?? ''}`.trim().slice(0, MAX_REASON_LENGTH),
    label,
    permanent: PERMANENT_STATUSES.includes(status) && label !== 'location',
    status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/**
 * A word for logs and metrics: the status, or `thought-signature` («Corrupted thought signature.», «Function call is
 * missing a thought_signature …») or `location` («User location is not supported for the API use.»).
 */
function classify(status: number, message: string): string {
  if (status === 400 && /thought[ _]signature/i.test(message)) return 'thought-signature';
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
    const parsed = JSON.parse(text) as { error?: GoogleError } | null;
    return parsed?.error ?? {};
  } catch (error) {
    if (error instanceof SyntaxError) return { message: text };
    throw error;
  }
}

/** `retryDelay` of a RetryInfo («3s», «1.5s») in ms. @see https://ai.google.dev/gemini-api/docs/rate-limits */
function parseRetryDelay(details: unknown): number | undefined {
  if (!Array.isArray(details)) return undefined;
  for (const detail of details as { retryDelay?: unknown }[]) {
    const seconds = /^(\d+(?:\.\d+)?)s$/.exec(String(detail?.retryDelay ?? ''))?.[1];
    if (seconds !== undefined) return Math.round(Number(seconds) * 1000);
  }
  return undefined;
}
