import { setTimeout as sleep } from 'node:timers/promises';
import type { FakeFonnte } from '../../sandbox/fonnte.ts';
import { randomFrom } from '../../sandbox/sample-days.ts';
import { buildMessageId } from '../support/message-ids.ts';
import type { Ledger } from './delivery-check.ts';

export interface Traffic {
  /** Number of webhook requests without a response. */
  callsUnderWay(): number;
  /** Calls `listener` at each webhook request. @returns a function that unsubscribes */
  onCall(listener: () => void): () => void;
  /** Aborted requests whose repetition was a duplicate: the process died between the commit and the 200. */
  committedUnanswered(): number;
  calls(): number;
  /** Stops the traffic; resolves when every message has the response 200. */
  end(): Promise<void>;
}

/** Delay before a delivery is repeated; shorter than FONNTE's minute. */
const REPEAT_MS = 100;

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
  ledger: Ledger;
}): Traffic {
  const { fonnte, webhook, ledger } = options;
  const stop = new AbortController();
  const listeners = new Set<() => void>();
  let underWay = 0;
  let calls = 0;
  let committed = 0;
  let written = 0;

  /** Calls the webhook until the response is 200. @returns the response of each attempt */
  const deliver = async (payload: object): Promise<number[]> => {
    const statuses: number[] = [];
    for (;;) {
      underWay += 1;
      calls += 1;
      const delivery = fonnte.deliver(webhook, payload, { retries: 0 });
      for (const listener of listeners) listener();
      const {
        statuses: [status = 0],
        bodies: [body],
      } = await delivery;
      underWay -= 1;
      statuses.push(status);
      if (status === 200) {
        if (statuses.at(-2) === 0 && (body as { status?: string } | null)?.status === 'duplicate') committed += 1;
        return statuses;
      }
      await sleep(REPEAT_MS);
    }
  };

  const payloadOf = (sender: string, message: string, kind: number): object => {
    const { timestamp, ...payload } = fonnte.buildPayload({ sender, message });
    if (kind === 0) return { ...payload, timestamp };
    return kind === 1 ? { ...payload, inboxid: 0, timestamp } : { ...payload, inboxid: 0 };
  };

  const user = async (sender: string, index: number) => {
    const random = randomFrom(options.seed * 1_009 + index);
    for (;;) {
      const paused = await sleep(random() * 2 * options.pauseMs, true, { signal: stop.signal }).catch(() => false);
      if (!paused) return;
      written += 1;
      const text = `Tolong catat ${buildMessageId(written)} ya`;
      await deliver(payloadOf(sender, text, index % 3));
      ledger.accepted(sender, text);
    }
  };

  const stranger = async (sender: string, index: number) => {
    const random = randomFrom(options.seed * 2_003 + index);
    const paused = await sleep(random() * 30 * options.pauseMs, true, { signal: stop.signal }).catch(() => false);
    if (!paused) return;
    await deliver(payloadOf(sender, 'Apa ini SAPA?', 0));
    ledger.refused(sender);
  };

  const people = [...options.users.map(user), ...options.strangers.map(stranger)];
  return {
    callsUnderWay: () => underWay,
    onCall(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    committedUnanswered: () => committed,
    calls: () => calls,
    async end() {
      stop.abort();
      await Promise.all(people);
    },
  };
}
