import { createManualClock } from './clock.ts';
import type { FakeUpstreams } from './fake-upstreams.ts';
import type { Service } from './service.ts';

/** A participant with a WhatsApp number. */
export interface Participant {
  number: string;
  /** Receives a message. @returns the HTTP status for FONNTE */
  deliver(message: Message): Promise<number>;
  /** Resolves when the participant is idle. */
  waitUntilIdle(): Promise<void>;
}

export interface Message {
  /** FONNTE's inboxid: equal in repeated deliveries. */
  id: number;
  from: string;
  text: string;
  /** ms since the epoch. */
  at: number;
}

/** Transmission time of a message: a bot that answers at once sends less than ten messages a minute. */
const TRANSMISSION_MS = 4_000;
/** FONNTE's repetitions of a delivery without response 200, and their interval in ms. */
const MAX_REPEATS = 15;
const REPEAT_INTERVAL_MS = 60_000;
/** Traffic that continues beyond this time counts as endless. */
const MAX_DELIVERIES = 1_000;

/** Delivers messages between numbers in virtual time, one after another; `clock` is the clock of the services. */
export function createFonnteNetwork() {
  const clock = createManualClock();
  let lastId = 0;
  const participants = new Map<string, Participant>();
  const queue: { message: Message; to: string; at: number; repeats: number }[] = [];
  const delivered: { message: Message; to: string; status: number }[] = [];

  const enqueue = (entry: (typeof queue)[number]) => {
    queue.push(entry);
    queue.sort((one, other) => one.at - other.at);
  };

  return {
    clock,
    /** All deliveries, including repetitions. */
    delivered,
    add: (participant: Participant) => void participants.set(participant.number, participant),
    send(from: string, to: string, text: string) {
      const at = clock.now() + TRANSMISSION_MS;
      lastId += 1;
      enqueue({ message: { id: lastId, from, text, at }, to, at, repeats: 0 });
    },
    /** Delivers all messages. @returns false if the traffic does not stop */
    async run(): Promise<boolean> {
      for (let count = 0; count < MAX_DELIVERIES; count += 1) {
        const next = queue.shift();
        if (!next) return true;
        clock.advance(Math.max(0, next.at - clock.now()));
        const { message, to, repeats } = next;
        const participant = participants.get(to);
        if (!participant) continue;
        const status = await participant.deliver(message);
        delivered.push({ message, to, status });
        if (status !== 200 && repeats < MAX_REPEATS) {
          enqueue({ message, to, at: clock.now() + REPEAT_INTERVAL_MS, repeats: repeats + 1 });
        }
        for (const each of participants.values()) await each.waitUntilIdle();
      }
      return false;
    },
  };
}

export type FonnteNetwork = ReturnType<typeof createFonnteNetwork>;

/** Connects the real service: its fake FONNTE forwards sent messages to the network. */
export function createServiceParticipant(
  network: FonnteNetwork,
  number: string,
  service: Service,
  upstreams: FakeUpstreams,
): Participant {
  upstreams.fonnte.onSent(({ target, message }) => network.send(number, target, message));
  return {
    number,
    async deliver({ id, from, text, at }) {
      const timestamp = Math.floor(at / 1000);
      const payload = upstreams.fonnte.buildPayload({
        device: number,
        sender: from,
        message: text,
        timestamp,
        inboxid: id,
      });
      return (await service.call(payload)).status;
    },
    waitUntilIdle: service.idle,
  };
}

/** A bot that answers each message at once with these texts. */
export function createBot(network: FonnteNetwork, number: string, answer: (message: Message) => string[]): Participant {
  return {
    number,
    async deliver(message) {
      for (const text of answer(message)) network.send(number, message.from, text);
      return 200;
    },
    waitUntilIdle: async () => {},
  };
}
