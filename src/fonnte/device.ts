import { setTimeout as pause } from 'node:timers/promises';
import type { DeviceToken } from '../config/schema.ts';
import type { DeviceLabel, Events } from '../events.ts';
import type { HttpClient } from '../upstream/http-client.ts';
import { createUpstreamGuard } from '../upstream/upstream.ts';
import { createFonnteClient } from './client.ts';
import { createDeviceMonitor } from './device-monitor.ts';
import type { FonnteDevice } from './devices.ts';
import { createSendReply } from './send-reply.ts';

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
