import { heldClock } from './clock.ts';
import type { FakeUpstreams } from './fake-upstreams.ts';
import type { Service } from './service.ts';

/** A participant with a WhatsApp number. */
export interface Partner {
  number: string;
  /** Receives a message. @returns the HTTP status for FONNTE */
  receive(message: Message): Promise<number>;
  /** Resolves when the participant is idle. */
  idle(): Promise<void>;
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
const TRAVEL_MS = 4_000;
/** FONNTE's repetitions of a delivery without response 200, and their interval in ms. */
const REPEATS = 15;
const REPEAT_MS = 60_000;
/** Traffic that continues beyond this time counts as endless. */
const MAX_DELIVERIES = 1_000;

/** Delivers messages between numbers in virtual time, one after another; `clock` is the clock of the services. */
export function createFonnteNetwork() {
  const clock = heldClock();
  let lastId = 0;
  const partners = new Map<string, Partner>();
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
    add: (partner: Partner) => void partners.set(partner.number, partner),
    send(from: string, to: string, text: string) {
      const at = clock.now() + TRAVEL_MS;
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
        const partner = partners.get(to);
        if (!partner) continue;
        const status = await partner.receive(message);
        delivered.push({ message, to, status });
        if (status !== 200 && repeats < REPEATS) {
          enqueue({ message, to, at: clock.now() + REPEAT_MS, repeats: repeats + 1 });
        }
        for (const each of partners.values()) await each.idle();
      }
      return false;
    },
  };
}

export type FonnteNetwork = ReturnType<typeof createFonnteNetwork>;

/** Connects the real service: its fake FONNTE forwards sent messages to the network. */
export function servicePartner(
  network: FonnteNetwork,
  number: string,
  service: Service,
  world: FakeUpstreams,
): Partner {
  world.fonnte.onSent(({ target, message }) => network.send(number, target, message));
  return {
    number,
    async receive({ id, from, text, at }) {
      const timestamp = Math.floor(at / 1000);
      const payload = world.fonnte.buildPayload({
        device: number,
        sender: from,
        message: text,
        timestamp,
        inboxid: id,
      });
      return (await service.call(payload)).status;
    },
    idle: service.idle,
  };
}

/** A bot that answers each message at once with these texts. */
export function autoResponder(network: FonnteNetwork, number: string, answer: (message: Message) => string[]): Partner {
  return {
    number,
    async receive(message) {
      for (const text of answer(message)) network.send(number, message.from, text);
      return 200;
    },
    idle: async () => {},
  };
}
