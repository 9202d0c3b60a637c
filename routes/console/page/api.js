const STORED = 'sapa-console-key';

/** The admin key of this tab; null before the login. */
export const readKey = () => sessionStorage.getItem(STORED);
export const storeKey = (key) => sessionStorage.setItem(STORED, key);
export const deleteKey = () => sessionStorage.removeItem(STORED);

export const authorization = (key) => ({ authorization: `Bearer ${key}` });

/** An error response: `message` is for a person, `code` and `reason` as sent by the service. */
export class ApiError extends Error {
  constructor(status, { error, code, reason } = {}) {
    super(error ?? `Layanan menjawab ${status}.`);
    this.status = status;
    this.code = code ?? '';
    this.reason = reason ?? '';
  }
}

let onRejectedKey = () => {};
/** Calls `listener` when the service no longer accepts the key. */
export function whenKeyIsRejected(listener) {
  onRejectedKey = listener;
}

/** Calls an admin route. @returns the JSON body @throws ApiError; with status 0 when the service does not answer */
export async function call(method, path, { body, headers = {} } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      cache: 'no-store',
      headers: { ...authorization(readKey()), ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  } catch {
    throw new ApiError(0, { error: 'Layanan tidak dapat dihubungi.' });
  }
  const text = await response.text();
  const answer = parse(text);
  if (response.ok) return answer;
  const error = new ApiError(response.status, answer);
  if (response.status === 401) onRejectedKey(error);
  throw error;
}

/** A proxy may answer with something else than JSON. */
function parse(text) {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return {};
  }
}
