import { UpstreamRejectedError } from '../upstream/errors.ts';

/** The label of a rejection because our device is disconnected. It is retried for longer than others. */
export const DISCONNECTED = 'disconnected';
/** The label of a rejection because of the fields of a request. */
export const REJECTED_INPUT = 'input';
/** The label of a rejection with a reason that is not known. */
export const UNKNOWN_REJECTION = 'other';

/** Permanent reasons of FONNTE and their labels. All other reasons are transient. */
const PERMANENT_REASONS = new Map<string, string>([
  ['token invalid', 'token'],
  ['invalid token', 'token'],
  ['unknown token', 'token'],
  ['unknown user', 'token'],
  ['devices must belong to an account', 'token'],
  ['input invalid', REJECTED_INPUT],
  ['invalid/empty body value', REJECTED_INPUT],
  ['target invalid', 'target'],
  ['target input invalid', 'target'],
  ['url invalid', REJECTED_INPUT],
  ['url unreachable', REJECTED_INPUT],
  ['file format not supported', REJECTED_INPUT],
  ['file size must under 4mb', REJECTED_INPUT],
  ['json format invalid', REJECTED_INPUT],
  ['insufficient quota', 'quota'],
]);
/** The labels of all rejections. */
export const REJECTION_LABELS: readonly string[] = [
  ...new Set(PERMANENT_REASONS.values()),
  DISCONNECTED,
  UNKNOWN_REJECTION,
  'not-json',
];
/** Maximum length of a stored reason, in UTF-16 units. */
const MAX_REASON_LENGTH = 300;
/** «success! message in queue» */
const SUCCESS_TEXT = /^\s*"?success/i;

/** Parses a response; keys become lower case. @throws UpstreamRejectedError unless it is a success */
export function parseResponse(text: string, status: number, retryAfterSeconds: number): Record<string, unknown> {
  const body = parseObject(text);
  if (body && isSuccess(body, status)) return body;
  // Some responses are only the sentence, not JSON.
  if (!body && status === 200 && SUCCESS_TEXT.test(text)) return {};
  const words = [body?.reason, body?.detail, text].find((value) => typeof value === 'string') ?? '';
  const reason = words.trim().slice(0, MAX_REASON_LENGTH);
  const known = reason.toLowerCase().replace(/[.!]{1,3}$/, '');
  const disconnected = isDisconnectedReason(known);
  throw new UpstreamRejectedError('fonnte', {
    reason: reason || `HTTP ${status}`,
    label: disconnected ? DISCONNECTED : (PERMANENT_REASONS.get(known) ?? (body ? UNKNOWN_REJECTION : 'not-json')),
    permanent: PERMANENT_REASONS.has(known),
    ...(status >= 400 ? { status } : {}),
    ...(Number.isFinite(retryAfterSeconds) && retryAfterSeconds > 0 ? { retryAfterMs: retryAfterSeconds * 1000 } : {}),
  });
}

/**
 * Whether FONNTE accepted the request: `status` is true, whatever the HTTP status. Some responses to queued messages have no
 * `status`; then a 200 with an id, a `process` or «success» is enough, because a retry would send the message twice.
 */
function isSuccess(body: Record<string, unknown>, httpStatus: number): boolean {
  if (isPresent(body.status)) return String(body.status).toLowerCase() === 'true';
  if (httpStatus !== 200 || isPresent(body.reason)) return false;
  const isSuccessText = [body.success, body.detail, body.message].some((value) => {
    return String(value).toLowerCase() === 'true' || SUCCESS_TEXT.test(String(value));
  });
  return isPresent(body.id) || isPresent(body.process) || isSuccessText;
}

/** Whether a field of a response has a value: an empty text or list has no value. */
function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && String(value) !== '';
}

/** Whether FONNTE's reason is that our device is disconnected. */
export function isDisconnectedReason(reason: string): boolean {
  return reason.toLowerCase().includes('disconnected device');
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key.toLowerCase(), entry]));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
