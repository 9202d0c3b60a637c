import type { Events } from '../events.ts';
import { isUpstreamError } from '../upstream/upstream.ts';
import type { FonnteClient } from './client.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Asks FONNTE about our device and tells what it said; a check that fails is told by its call. One runs at a time. */
export function createDeviceMonitor(options: {
  fonnte: Pick<FonnteClient, 'profile'>;
  events: Events;
  now: () => number;
}): () => Promise<void> {
  const { fonnte, events, now } = options;
  let running: Promise<void> | undefined;

  async function check(): Promise<void> {
    try {
      const { status, quota, expiresAt } = await fonnte.profile();
      const daysLeft = expiresAt === null ? null : Math.max(0, Math.floor((expiresAt - now()) / DAY_MS));
      events.emit({ type: 'device.checked', status, quota, daysLeft });
    } catch (error) {
      if (!isUpstreamError(error)) throw error;
    }
  }

  return () => {
    running ??= check().finally(() => {
      running = undefined;
    });
    return running;
  };
}
