import type { DeviceToken } from '../../src/config/schema.ts';
import { createFonnteClient, type FonnteClient } from '../../src/fonnte/client.ts';
import { createUpstreamGuard } from '../../src/upstream/upstream.ts';
import { type Context, MAX_REQUEST_MS } from './check.ts';

/** The variables that a call to FONNTE needs. */
export const FONNTE_VARIABLES = ['FONNTE_API_URL', 'FONNTE_TOKEN'] as const;

/** Creates the service's own client of FONNTE for one device, without a breaker. */
export function createFonnte(
  { config, http, events }: Context<(typeof FONNTE_VARIABLES)[number]>,
  { token }: DeviceToken,
): FonnteClient {
  const upstream = createUpstreamGuard({ name: 'fonnte', timeoutMs: MAX_REQUEST_MS, events, failuresToOpen: Infinity });
  return createFonnteClient({
    apiUrl: config.FONNTE_API_URL,
    token,
    http,
    upstream,
    bestEffortUpstream: upstream,
    minQuota: 0,
  });
}
