/** A slower response counts as no response. */
const REQUEST_TIMEOUT_MS = 1_500;

/** Fetches the health status: `healthy`, `degraded`, `unavailable`. @returns an empty text if there is no response */
export async function fetchHealth(url: string): Promise<string> {
  try {
    const response = await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    const { status } = (await response.json()) as { status?: unknown };
    return typeof status === 'string' ? status : '';
  } catch {
    return '';
  }
}
