import { type ConversationKey, deviceNumberOf } from '../conversation-key.ts';
import type { BreakerState, DeviceStatus } from '../events.ts';
import { createRemovedDevice, type FonnteDevice } from './device.ts';
import type { OutgoingReply } from './send-reply.ts';

/** A conversation and, if they are known, messages of it. */
export interface ConversationOfDevice {
  sender: ConversationKey;
  messages?: readonly { device: string }[];
}

export type DeviceRegistry = ReturnType<typeof createDeviceRegistry>;

/** Circuit breaker states, the worst first. */
const WORST_BREAKER_STATES: readonly BreakerState[] = ['open', 'half-open', 'closed'];

/** Creates the choice of the device for conversations and calls, and what concerns all devices. The first device is the default. */
export function createDeviceRegistry(devices: readonly [FonnteDevice, ...FonnteDevice[]]) {
  const [first] = devices;
  const findByNumber = (number: string | null) => devices.find((device) => device.number === number);

  /**
   * The device that received the messages of a conversation. A key without a device was written while only one device was
   * configured; the device is then read from its messages. A key's device that is not configured rejects every send
   * permanently.
   */
  const deviceOf = ({ sender, messages = [] }: ConversationOfDevice): FonnteDevice => {
    const number = deviceNumberOf(sender);
    if (number === null) return findByNumber(messages[0]?.device ?? null) ?? first;
    return findByNumber(number) ?? createRemovedDevice(number);
  };
  /** The circuit breakers of all devices together: the worst state, and for how many ms the longest stays open. */
  const breaker = {
    state(): BreakerState {
      const states = devices.map((device) => device.breaker.state());
      return WORST_BREAKER_STATES.find((state) => states.includes(state)) ?? 'closed';
    },
    openForMs: (): number => Math.max(...devices.map((device) => device.breaker.openForMs())),
  };

  return {
    devices,
    breaker,
    deviceOf,

    /** Sends the parts of a reply in order, through the device of the conversation. @returns false when the shutdown interrupted it */
    reply: (conversation: ConversationOfDevice, outgoing: OutgoingReply): Promise<boolean> =>
      deviceOf(conversation).reply(outgoing),

    /** The state of all devices together: the worst circuit breaker and connection, and the lowest quota. */
    summary(): { breaker: BreakerState; status: DeviceStatus; quota: number | null } {
      const statuses = devices.map((device) => device.device());
      const quotas = devices.flatMap((device) => device.quota() ?? []);
      return {
        breaker: breaker.state(),
        status: statuses.find((status) => status === 'disconnect') ?? first.device(),
        quota: quotas.length > 0 ? Math.min(...quotas) : null,
      };
    },

    /** Asks FONNTE for the state of every device and emits `device.checked` for each. */
    async checkDevices(): Promise<void> {
      await Promise.all(devices.map((device) => device.checkDevice()));
    },

    /** The device for messages of no conversation, such as alerts: the first that can send now, else the first. */
    findAlertSender: (): FonnteDevice =>
      devices.find(
        (one) => one.device() !== 'disconnect' && one.breaker.state() === 'closed' && !one.isQuotaReserved(),
      ) ?? first,

    /** The device with this number; null: the default. @returns null when it is not configured */
    find: (number: string | null): FonnteDevice | null => (number === null ? first : (findByNumber(number) ?? null)),

    /** The device that a webhook call is for; `number` is one that `parseWebhook` did not ignore. */
    receiverOf: (number: string): FonnteDevice => findByNumber(number) ?? first,
  };
}
