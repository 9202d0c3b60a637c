import type { Events } from '../events.ts';
import { isUpstreamError } from '../upstream/errors.ts';
import { singleFlight } from '../upstream/single-flight.ts';
import type { FonnteClient } from './client.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Creates a check of our device: asks FONNTE for its profile and emits `device.checked`. A request that fails emits only
 * its own `upstream.called`. Concurrent checks share one request.
 */
export function createDeviceMonitor(options: {
  fonnte: Pick<FonnteClient, 'fetchProfile'>;
  events: Events;
  now: () => number;
}): () => Promise<void> {
  const { fonnte, events, now } = options;
  return singleFlight(async () => {
    try {
      const { status, quota, expiresAt } = await fonnte.fetchProfile();
      const daysLeft = expiresAt === null ? null : Math.max(0, Math.floor((expiresAt - now()) / DAY_MS));
      events.emit({ type: 'device.checked', status, quota, daysLeft });
    } catch (error) {
      if (!isUpstreamError(error)) throw error;
    }
  });
}
