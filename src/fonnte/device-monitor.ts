import type { DeviceLabel, EventRecord, Events } from '../events.ts';
import { DAY_MS } from '../time/units.ts';
import { isUpstreamError } from '../upstream/errors.ts';
import { singleFlight } from '../upstream/single-flight.ts';
import type { FonnteClient } from './client.ts';
import { DISCONNECTED } from './parse-response.ts';

export interface DeviceMonitor {
  /** Asks FONNTE for our device now. Concurrent checks share one request. */
  check(): Promise<void>;
  /** Starts the regular checks and those after rejected sends. */
  start(): void;
  stop(): void;
}

/** Interval of the regular checks, ms. FONNTE limits the requests to its device endpoint. */
const CHECK_INTERVAL_MS = 15 * 60 * 1000;
/** Shortest time between two checks after rejected sends, ms: waiting turns repeat their sends for as long as a day. */
const MIN_REJECTION_CHECK_INTERVAL_MS = 5 * 60 * 1000;

/**
 * Creates the checks of our device: every 15 minutes, and immediately after a send that was rejected because of the device.
 * Each asks FONNTE for the profile and emits `device.checked`. A request that fails emits only its own `upstream.called`.
 */
export function createDeviceMonitor(options: {
  fonnte: Pick<FonnteClient, 'fetchProfile'>;
  label: DeviceLabel;
  events: Events;
  now: () => number;
  /** Monotonic clock in ms. */
  monotonicNow: () => number;
}): DeviceMonitor {
  const { fonnte, label, events, now, monotonicNow } = options;
  let timer: NodeJS.Timeout | undefined;
  let stopListening = () => {};
  let nextRejectionCheckAt = Number.NEGATIVE_INFINITY;

  const check = singleFlight(async () => {
    try {
      const { status, quota, expiresAt } = await fonnte.fetchProfile();
      const daysLeft = expiresAt === null ? null : Math.max(0, Math.floor((expiresAt - now()) / DAY_MS));
      events.emit({ type: 'device.checked', ...label, status, quota, daysLeft });
    } catch (error) {
      if (!isUpstreamError(error)) throw error;
    }
  });

  function checkAfterRejection(event: EventRecord): void {
    if (event.type !== 'upstream.called' || event.operation !== 'send' || event.reason !== DISCONNECTED) return;
    if (event.device !== label.device) return;
    if (monotonicNow() < nextRejectionCheckAt) return;
    nextRejectionCheckAt = monotonicNow() + MIN_REJECTION_CHECK_INTERVAL_MS;
    void check();
  }

  return {
    check,
    start() {
      timer = setInterval(() => void check(), CHECK_INTERVAL_MS).unref();
      stopListening = events.on(checkAfterRejection);
    },
    stop() {
      clearInterval(timer);
      stopListening();
    },
  };
}
