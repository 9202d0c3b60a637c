/** How long an answer may take, ms. */
const PATIENCE_MS = 1_500;

/** What the service says about itself (`healthy`, `degraded`, `unavailable`); empty where it does not answer. */
export async function healthOf(url: string): Promise<string> {
  try {
    const response = await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    const { status } = (await response.json()) as { status?: unknown };
    return typeof status === 'string' ? status : '';
  } catch {
    return '';
  }
}
