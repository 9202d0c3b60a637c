import { setTimeout as pause } from 'node:timers/promises';
import type { DeviceToken } from '../config/schema.ts';
import type { DeviceLabel, Events } from '../events.ts';
import { UpstreamRejectedError } from '../upstream/errors.ts';
import type { HttpClient } from '../upstream/http-client.ts';
import { type Breaker, createUpstreamGuard } from '../upstream/upstream.ts';
import { createFonnteClient, type FonnteClient } from './client.ts';
import { createDeviceMonitor } from './device-monitor.ts';
import { createSendReply, type OutgoingReply } from './send-reply.ts';

/** One WhatsApp device of ours: its client, replies and circuit breaker. */
export interface FonnteDevice extends FonnteClient {
  /** The number of the device; null: the only device, whatever its number. */
  number: string | null;
  /** Names the device in events, health and metrics. */
  label: DeviceLabel;
  /** Sends the parts of a reply in order. @returns false when the shutdown interrupted it */
  reply(outgoing: OutgoingReply): Promise<boolean>;
  /** Asks FONNTE for the state of the device and emits `device.checked`. */
  checkDevice(): Promise<void>;
  breaker: Breaker;
}

/** The label of a rejection because the device was removed from FONNTE_TOKEN. */
const DEVICE_REMOVED = 'device-removed';

/** Timeout of one FONNTE request, ms. */
const TIMEOUT_MS = 10_000;

/** Creates a device with its client, circuit breaker, quota and regular checks; `close` ends them. */
export function createDevice(
  { number, token }: DeviceToken,
  options: {
    label: DeviceLabel;
    apiUrl: string;
    minQuota: number;
    partIntervalMs: number;
    http: HttpClient;
    events: Events;
    now: () => number;
    monotonicNow: () => number;
  },
): FonnteDevice {
  const { label, apiUrl, minQuota, partIntervalMs, http, events, now, monotonicNow } = options;
  const guard = { name: 'fonnte', label, timeoutMs: TIMEOUT_MS, events } as const;
  const breaker = createUpstreamGuard({ ...guard, monotonicNow });
  const bestEffortUpstream = createUpstreamGuard({ ...guard, failuresToOpen: Infinity });
  const client = createFonnteClient({ apiUrl, token, http, upstream: breaker, bestEffortUpstream, minQuota });
  const monitor = createDeviceMonitor({ fonnte: client, label, events, now, monotonicNow });
  monitor.start();
  return {
    ...client,
    number,
    label,
    reply: createSendReply({ fonnte: client, label, partIntervalMs, events, pause }),
    checkDevice: monitor.check,
    breaker,
    close() {
      monitor.stop();
      return client.close();
    },
  };
}

/** Creates a device that is no longer configured: its replies become dead letters, which keep them. */
export function createRemovedDevice(number: string): FonnteDevice {
  const reject = async () => {
    throw new UpstreamRejectedError('fonnte', {
      reason: `perangkat ${number} tidak ada dalam FONNTE_TOKEN`,
      label: DEVICE_REMOVED,
      permanent: true,
    });
  };
  return {
    number,
    label: {},
    send: reject,
    typing: reject,
    reply: reject,
    fetchProfile: reject,
    checkDevice: async () => undefined,
    device: () => 'unknown',
    quota: () => null,
    acceptsFiles: () => false,
    isQuotaReserved: () => false,
    setDeviceStatus: () => undefined,
    breaker: { state: () => 'closed', openForMs: () => 0 },
    close: async () => undefined,
  };
}
