import type { FakeFonnte } from '../../sandbox/fonnte.ts';
import { one, type Store } from '../../src/store/types.ts';
import { texts as sentences } from '../../src/texts.ts';
import { findMessageIds, parsePart } from '../support/message-ids.ts';

/** A part that FONNTE accepted. */
interface Sending {
  target: string;
  reply: string;
  part: number;
  of: number;
  /** Index of the run of the service, from 0. */
  life: number;
  /** Time of FONNTE's response, ms since the epoch; undefined before it. */
  answeredAt: number | undefined;
}

/** A part that FONNTE had accepted at the kill and that the store does not contain as sent. */
export interface OnTheWire {
  target: string;
  part: string;
  /** Time between FONNTE's response and the kill, ms; null if there was no response. */
  answeredMsBefore: number | null;
}

export interface Ledger {
  /** Records a message with the response 200. */
  accepted(sender: string, text: string): void;
  /** Records a message of an unlinked sender, who expects one notice. */
  refused(sender: string): void;
  /** Starts the records of the next run of the service. */
  nextLife(): void;
  /** Number of conversations between two parts of a reply. */
  betweenParts(): number;
  /** @returns the parts on the wire at the end of the last run; `store` is its store, opened after the end */
  onTheWire(store: Store, endedAt: number): Promise<OnTheWire[]>;
  /** @returns whether all expected replies are complete; `givenUp` has the ids of messages in dead letters */
  settled(givenUp: ReadonlySet<string>): boolean;
  parts(): number;
  messages(): number;
  /** @returns the violated promises; `store` is the store of the last run, opened after its end */
  breaches(store: Store, sessionKeeps: number): Promise<Breaches>;
}

export interface Breaches {
  lost: string[];
  /** Messages in dead letters because their turn was killed three times without progress. */
  givenUp: number;
  /** Parts that were sent twice: allowed if they were on the wire at a kill, otherwise a violation. */
  doubledOnTheWire: number;
  doubled: string[];
  outOfOrder: string[];
  sessions: string[];
  leftOver: string[];
}

/** Interrupted starts of a turn before it may become a dead letter. */
const KILLS_OF_A_LETTER = 3;

/** Records the accepted messages (response 200) and the parts that FONNTE accepted, and compares them. */
export function createLedger(fonnte: FakeFonnte): Ledger {
  /** The ids of each sender's messages, in the order of their 200 responses. */
  const owed = new Map<string, string[]>();
  const texts = new Map<string, string>();
  const strangers = new Set<string>();
  const sendings = new Map<string, Sending[]>();
  const byCall = new Map<number, Sending>();
  const last = new Map<string, Sending>();
  const excused = new Map<string, number>();
  let life = 0;
  let parts = 0;

  const keyOf = (target: string, { reply, part }: { reply: string; part: number }) => `${target} ${part} ${reply}`;

  fonnte.onSent(({ target, message, requestNumber }) => {
    // Skip wait notices: they are not replies.
    if (message === sentences.wait) return;
    const sending: Sending = { target, ...parsePart(message), life, answeredAt: undefined };
    const key = keyOf(target, sending);
    sendings.set(key, [...(sendings.get(key) ?? []), sending]);
    byCall.set(requestNumber, sending);
    last.set(target, sending);
    parts += 1;
  });
  fonnte.onResponse(({ number, status }) => {
    const sending = byCall.get(number);
    if (sending && status === 200) sending.answeredAt = Date.now();
    byCall.delete(number);
  });

  /** @returns the replies of a number in the order of their first part, and those with all parts in order */
  const repliesTo = (target: string): { reply: string; whole: boolean }[] => {
    const seen = new Map<string, number[]>();
    for (const [sending] of sendings.values()) {
      if (sending?.target !== target || sending.reply === sentences.apology) continue;
      seen.set(sending.reply, [...(seen.get(sending.reply) ?? []), sending.part]);
    }
    return [...seen].map(([reply, numbers]) => {
      const of = sendings.get(keyOf(target, { reply, part: numbers[0] ?? 1 }))?.[0]?.of;
      return { reply, whole: numbers.length === of && numbers.every((number, index) => number === index + 1) };
    });
  };

  const missing = (givenUp: ReadonlySet<string>) => [
    ...[...owed].flatMap(([sender, marks]) => {
      const told = new Set(repliesTo(sender).flatMap(({ reply, whole }) => (whole ? findMessageIds(reply) : [])));
      return marks.filter((mark) => !told.has(mark) && !givenUp.has(mark));
    }),
    ...[...strangers].filter((stranger) => repliesTo(stranger).length === 0),
  ];

  return {
    accepted(sender, text) {
      const [mark = ''] = findMessageIds(text);
      owed.set(sender, [...(owed.get(sender) ?? []), mark]);
      texts.set(mark, text);
    },
    refused: (sender) => void strangers.add(sender),
    nextLife() {
      life += 1;
    },
    betweenParts: () => [...last.values()].filter(({ part, of, answeredAt }) => part < of && answeredAt).length,
    async onTheWire(store, endedAt) {
      const found: OnTheWire[] = [];
      for (const { sender, openAt } of await store.turns.pending()) {
        const open = openAt === null ? null : (await one(store.turns.loadNext([{ sender, limit: 1 }]))).open;
        for (const text of open?.parts?.slice(open.partsSent) ?? []) {
          const key = keyOf(sender, parsePart(text));
          const sending = sendings.get(key)?.find((one) => one.life === life);
          if (!sending) continue;
          excused.set(key, (excused.get(key) ?? 0) + 1);
          const { answeredAt } = sending;
          found.push({
            target: sender,
            part: key,
            answeredMsBefore: answeredAt === undefined || answeredAt > endedAt ? null : endedAt - answeredAt,
          });
        }
      }
      return found;
    },
    settled: (givenUp) => missing(givenUp).length === 0,
    parts: () => parts,
    messages: () => texts.size,
    async breaches(store, sessionKeeps) {
      const repeated = [...sendings].filter(([, sent]) => sent.length > 1);
      const letters = await store.deadLetters.list({ limit: 1_000, cursor: 0 });
      const killed = letters.filter(
        ({ reason, attempts }) => reason === 'process-died' && attempts >= KILLS_OF_A_LETTER,
      );
      const givenUp = new Set(killed.flatMap(({ messages }) => messages.flatMap(findMessageIds)));
      const lettersTo = (target: string) =>
        killed.filter(({ sender, hasReply }) => sender === target && !hasReply).length;
      const copiesDue = (sent: Sending[]) => (sent[0]?.reply === sentences.apology ? lettersTo(sent[0].target) : 1);
      const extra = ([key, sent]: [string, Sending[]]) => sent.length - copiesDue(sent) - (excused.get(key) ?? 0);
      const apologiesTo = (target: string) =>
        sendings.get(keyOf(target, { reply: sentences.apology, part: 1 }))?.length ?? 0;
      const result: Breaches = {
        lost: [
          ...missing(givenUp),
          ...killed.map(({ sender }) => sender).filter((sender) => apologiesTo(sender) < lettersTo(sender)),
        ],
        givenUp: givenUp.size,
        doubledOnTheWire: repeated.reduce(
          (sum, [key, sent]) => sum + Math.min(Math.max(0, sent.length - copiesDue(sent)), excused.get(key) ?? 0),
          0,
        ),
        doubled: repeated.filter((entry) => extra(entry) > 0).map(([key]) => key),
        outOfOrder: [],
        sessions: [],
        leftOver: [],
      };
      for (const [sender, marks] of owed) {
        const isGivenUp = (reply: string) => findMessageIds(reply).some((mark) => givenUp.has(mark));
        // A reply that was interrupted three times may still have arrived.
        const replies = repliesTo(sender).flatMap(({ reply }) => (isGivenUp(reply) ? [] : [reply]));
        const answered = marks.filter((mark) => !givenUp.has(mark));
        const told = replies.flatMap(findMessageIds);
        if (new Set(told).size < told.length) result.doubled.push(`${sender}: one message in two replies`);
        if (told.join() !== answered.join()) result.outOfOrder.push(`${sender}: ${told.join()} for ${answered.join()}`);
        const session = await one(store.sessions.get([sender]));
        const wanted = replies.flatMap((reply) => [questionOf(reply), reply]).slice(-sessionKeeps);
        const held = session?.entries.map(({ content }) => findMessageIds(content).join(' ')) ?? [];
        const asked = session?.entries.filter(({ role }) => role === 'user').map(({ content }) => content) ?? [];
        if (held.join('|') !== wanted.map((text) => findMessageIds(text).join(' ')).join('|')) {
          result.sessions.push(`${sender}: ${held.join('|')} for ${wanted.join('|')}`);
        } else if (asked.some((text) => text !== questionOf(findMessageIds(text).join(' ')))) {
          result.sessions.push(`${sender}: other words than were said`);
        }
      }
      const { pending } = await store.inbox.status();
      const others = letters.length - killed.length;
      if (pending > 0) result.leftOver.push(`${pending} messages still pending`);
      if (others > 0) result.leftOver.push(`${others} dead letters for other reasons`);
      return result;
    },
  };

  function questionOf(reply: string): string {
    return findMessageIds(reply)
      .map((mark) => texts.get(mark))
      .join('\n');
  }
}
