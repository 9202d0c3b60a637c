import { type ConversationKey, deviceNumberOf } from '../conversation-key.ts';
import type { BreakerState, DeviceLabel, DeviceStatus } from '../events.ts';
import { UpstreamRejectedError } from '../upstream/errors.ts';
import type { UpstreamGuard } from '../upstream/upstream.ts';
import type { FonnteClient } from './client.ts';
import type { OutgoingReply } from './send-reply.ts';

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
  breaker: Pick<UpstreamGuard, 'state' | 'openForMs'>;
}

/** A conversation and, if they are known, messages of it. */
export interface ConversationOfDevice {
  sender: ConversationKey;
  messages?: readonly { device: string }[];
}

export type FonnteDevices = ReturnType<typeof createDevices>;

/** The label of a rejection because the device was removed from FONNTE_TOKEN. */
export const DEVICE_REMOVED = 'device-removed';

/** Circuit breaker states, the worst first. */
const WORST_BREAKER_STATES: readonly BreakerState[] = ['open', 'half-open', 'closed'];

/** Selects the device of conversations and calls. The first device is the default. */
export function createDevices(devices: readonly [FonnteDevice, ...FonnteDevice[]]) {
  const [first] = devices;
  const find = (number: string | null) => devices.find((device) => device.number === number);

  return {
    devices,

    /** The state of all devices together: the worst circuit breaker and connection, and the lowest quota. */
    summary(): { breaker: BreakerState; status: DeviceStatus; quota: number | null } {
      const statuses = devices.map((device) => device.device());
      const breakers = devices.map(({ breaker }) => breaker.state());
      const quotas = devices.flatMap((device) => device.quota() ?? []);
      return {
        breaker: WORST_BREAKER_STATES.find((state) => breakers.includes(state)) ?? 'closed',
        status: statuses.find((status) => status === 'disconnect') ?? first.device(),
        quota: quotas.length > 0 ? Math.min(...quotas) : null,
      };
    },

    /** The device for messages of no conversation, such as alerts: the first that can send now, else the first. */
    findAlertSender: (): FonnteDevice =>
      devices.find(
        (one) => one.device() !== 'disconnect' && one.breaker.state() === 'closed' && !one.isQuotaReserved(),
      ) ?? first,

    /** The device with this number; null: the default. @returns null when it is not configured */
    find: (number: string | null): FonnteDevice | null => (number === null ? first : (find(number) ?? null)),

    /** The device that a webhook call is for; `number` is one that `parseWebhook` did not ignore. */
    receiverOf: (number: string): FonnteDevice => find(number) ?? first,

    /**
     * The device that received the messages of a conversation. A key without a device was written while only one device was
     * configured; the device is then read from its messages. A key's device that is not configured rejects every send
     * permanently.
     */
    deviceOf({ sender, messages = [] }: ConversationOfDevice): FonnteDevice {
      const number = deviceNumberOf(sender);
      if (number === null) return find(messages[0]?.device ?? null) ?? first;
      return find(number) ?? createRemovedDevice(number);
    },
  };
}

/** Creates a device that is no longer configured: its replies become dead letters, which keep them. */
function createRemovedDevice(number: string): FonnteDevice {
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
