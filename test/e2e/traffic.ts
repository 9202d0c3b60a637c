import { setTimeout as sleep } from 'node:timers/promises';
import type { FakeFonnte } from '../../sandbox/fonnte.ts';
import { randomFrom } from '../../sandbox/sample-days.ts';
import { buildMessageId } from '../support/message-ids.ts';
import type { DeliveryCheck } from './delivery-check.ts';

export interface Traffic {
  /** Number of webhook requests without a response. */
  countOpenRequests(): number;
  /** Calls `listener` at each webhook request. @returns a function that unsubscribes */
  onRequest(listener: () => void): () => void;
  /** Aborted requests whose repetition was a duplicate: the process died between the commit and the 200. */
  countCommittedUnanswered(): number;
  calls(): number;
  /** Stops the traffic; resolves when every message has the response 200. */
  end(): Promise<void>;
}

/** Delay before a delivery is repeated; shorter than FONNTE's minute. */
const REPEAT_INTERVAL_MS = 100;

/**
 * Simulates users who write at random times, each after the 200 of the previous message, and unlinked senders who write
 * once. One third of the users has an inboxid, one third only a timestamp, one third has no id and no timestamp.
 */
export function startTraffic(options: {
  fonnte: FakeFonnte;
  webhook: string;
  users: readonly string[];
  strangers: readonly string[];
  /** Mean pause of a user between two messages, ms. */
  pauseMs: number;
  seed: number;
  deliveryCheck: DeliveryCheck;
}): Traffic {
  const { fonnte, webhook, deliveryCheck } = options;
  const stop = new AbortController();
  const listeners = new Set<() => void>();
  let openRequests = 0;
  let calls = 0;
  let committed = 0;
  let sendMessage = 0;

  /** Calls the webhook until the response is 200. @returns the response of each attempt */
  const deliver = async (payload: object): Promise<number[]> => {
    const statuses: number[] = [];
    for (;;) {
      openRequests += 1;
      calls += 1;
      const delivery = fonnte.deliver(webhook, payload, { retries: 0 });
      for (const listener of listeners) listener();
      const {
        statuses: [status = 0],
        bodies: [body],
      } = await delivery;
      openRequests -= 1;
      statuses.push(status);
      if (status === 200) {
        if (statuses.at(-2) === 0 && (body as { status?: string } | null)?.status === 'duplicate') committed += 1;
        return statuses;
      }
      await sleep(REPEAT_INTERVAL_MS);
    }
  };

  const buildPayload = (sender: string, message: string, kind: number): object => {
    const { timestamp, ...payload } = fonnte.buildPayload({ sender, message });
    if (kind === 0) return { ...payload, timestamp };
    return kind === 1 ? { ...payload, inboxid: 0, timestamp } : { ...payload, inboxid: 0 };
  };

  const user = async (sender: string, index: number) => {
    const random = randomFrom(options.seed * 1_009 + index);
    for (;;) {
      const paused = await sleep(random() * 2 * options.pauseMs, true, { signal: stop.signal }).catch(() => false);
      if (!paused) return;
      sendMessage += 1;
      const text = `Tolong catat ${buildMessageId(sendMessage)} ya`;
      await deliver(buildPayload(sender, text, index % 3));
      deliveryCheck.accepted(sender, text);
    }
  };

  const sendUnlinked = async (sender: string, index: number) => {
    const random = randomFrom(options.seed * 2_003 + index);
    const paused = await sleep(random() * 30 * options.pauseMs, true, { signal: stop.signal }).catch(() => false);
    if (!paused) return;
    await deliver(buildPayload(sender, 'Apa ini SAPA?', 0));
    deliveryCheck.refused(sender);
  };

  const people = [...options.users.map(user), ...options.strangers.map(sendUnlinked)];
  return {
    countOpenRequests: () => openRequests,
    onRequest(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    countCommittedUnanswered: () => committed,
    calls: () => calls,
    async end() {
      stop.abort();
      await Promise.all(people);
    },
  };
}
