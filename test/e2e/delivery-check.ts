import type { FakeFonnte } from '../../sandbox/fonnte.ts';
import { toConversationKey } from '../../src/conversation-key.ts';
import { one, type Store } from '../../src/store/types.ts';
import { texts as sentences } from '../../src/texts.ts';
import { findMessageIds, parsePart } from '../support/message-ids.ts';
import { isProgressNotice } from '../support/progress-notices.ts';

/** A part that FONNTE accepted. */
interface SentPart {
  target: string;
  reply: string;
  part: number;
  of: number;
  /** Index of the run of the service, from 0. */
  run: number;
  /** Time of FONNTE's response, ms since the epoch; undefined before it. */
  answeredAt: number | undefined;
}

/** A part that FONNTE had accepted at the kill and that the store does not contain as sent. */
export interface InFlightPart {
  target: string;
  part: string;
  /** Time between FONNTE's response and the kill, ms; null if there was no response. */
  answeredMsBefore: number | null;
}

export interface DeliveryCheck {
  /** Records a message with the response 200. */
  accepted(sender: string, text: string): void;
  /** Records a message of an unlinked sender, who expects one notice. */
  refused(sender: string): void;
  /** Starts the records of the next run of the service. */
  startRun(): void;
  /** Number of conversations between two parts of a reply. */
  betweenParts(): number;
  /** @returns the parts on the wire at the end of the last run; `store` is its store, opened after the end */
  findInFlightParts(store: Store, endedAt: number): Promise<InFlightPart[]>;
  /** @returns whether all expected replies are complete; `givenUp` has the ids of messages in dead letters */
  isComplete(deadLetterIds: ReadonlySet<string>): boolean;
  parts(): number;
  messages(): number;
  /** @returns the violated promises; `store` is the store of the last run, opened after its end */
  findViolations(store: Store, maxSessionEntries: number): Promise<Violations>;
}

export interface Violations {
  lost: string[];
  /** Messages in dead letters because their turn was killed three times without progress. */
  deadLetterIds: number;
  /** Parts that were sent twice: allowed if they were on the wire at a kill, otherwise a violation. */
  inFlightSentTwice: number;
  sentTwice: string[];
  outOfOrder: string[];
  sessions: string[];
  unfinished: string[];
}

/** Interrupted starts of a turn before it may become a dead letter. */
const KILLS_BEFORE_DEAD_LETTER = 3;

/** Records the accepted messages (response 200) and the parts that FONNTE accepted, and compares them. */
export function createDeliveryCheck(fonnte: FakeFonnte): DeliveryCheck {
  /** The ids of each sender's messages, in the order of their 200 responses. */
  const expected = new Map<string, string[]>();
  const texts = new Map<string, string>();
  const strangers = new Set<string>();
  const sentParts = new Map<string, SentPart[]>();
  const byRequest = new Map<number, SentPart>();
  const last = new Map<string, SentPart>();
  const allowedRepeats = new Map<string, number>();
  let run = 0;
  let parts = 0;

  const keyOf = (target: string, { reply, part }: { reply: string; part: number }) => `${target} ${part} ${reply}`;

  fonnte.onSent(({ target, message, requestNumber }) => {
    if (isProgressNotice(message)) return;
    const sentPart: SentPart = { target, ...parsePart(message), run, answeredAt: undefined };
    const key = keyOf(target, sentPart);
    sentParts.set(key, [...(sentParts.get(key) ?? []), sentPart]);
    byRequest.set(requestNumber, sentPart);
    last.set(target, sentPart);
    parts += 1;
  });
  fonnte.onResponse(({ number, status }) => {
    const sentPart = byRequest.get(number);
    if (sentPart && status === 200) sentPart.answeredAt = Date.now();
    byRequest.delete(number);
  });

  /** @returns the replies of a number in the order of their first part, and those with all parts in order */
  const repliesTo = (target: string): { reply: string; whole: boolean }[] => {
    const seen = new Map<string, number[]>();
    for (const [sentPart] of sentParts.values()) {
      if (sentPart?.target !== target || sentPart.reply === sentences.apology) continue;
      seen.set(sentPart.reply, [...(seen.get(sentPart.reply) ?? []), sentPart.part]);
    }
    return [...seen].map(([reply, numbers]) => {
      const of = sentParts.get(keyOf(target, { reply, part: numbers[0] ?? 1 }))?.[0]?.of;
      return { reply, whole: numbers.length === of && numbers.every((number, index) => number === index + 1) };
    });
  };

  const missing = (deadLetterIds: ReadonlySet<string>) => [
    ...[...expected].flatMap(([sender, marks]) => {
      const notified = new Set(repliesTo(sender).flatMap(({ reply, whole }) => (whole ? findMessageIds(reply) : [])));
      return marks.filter((mark) => !notified.has(mark) && !deadLetterIds.has(mark));
    }),
    ...[...strangers].filter((stranger) => repliesTo(stranger).length === 0),
  ];

  return {
    accepted(sender, text) {
      const [mark = ''] = findMessageIds(text);
      expected.set(sender, [...(expected.get(sender) ?? []), mark]);
      texts.set(mark, text);
    },
    refused: (sender) => void strangers.add(sender),
    startRun() {
      run += 1;
    },
    betweenParts: () => [...last.values()].filter(({ part, of, answeredAt }) => part < of && answeredAt).length,
    async findInFlightParts(store, endedAt) {
      const found: InFlightPart[] = [];
      for (const { sender, openAt } of await store.turns.pending()) {
        const open = openAt === null ? null : (await one(store.turns.loadNext([{ sender, limit: 1 }]))).open;
        for (const part of open?.parts?.slice(open.partsSent) ?? []) {
          if (typeof part !== 'string') throw new Error('this conversation has no files');
          const key = keyOf(sender, parsePart(part));
          const sentPart = sentParts.get(key)?.find((one) => one.run === run);
          if (!sentPart) continue;
          allowedRepeats.set(key, (allowedRepeats.get(key) ?? 0) + 1);
          const { answeredAt } = sentPart;
          found.push({
            target: sender,
            part: key,
            answeredMsBefore: answeredAt === undefined || answeredAt > endedAt ? null : endedAt - answeredAt,
          });
        }
      }
      return found;
    },
    isComplete: (deadLetterIds) => missing(deadLetterIds).length === 0,
    parts: () => parts,
    messages: () => texts.size,
    async findViolations(store, maxSessionEntries) {
      const repeated = [...sentParts].filter(([, sent]) => sent.length > 1);
      const letters = await store.deadLetters.list({ limit: 1_000, cursor: 0 });
      const killed = letters.filter(
        ({ reason, attempts }) => reason === 'process-died' && attempts >= KILLS_BEFORE_DEAD_LETTER,
      );
      const deadLetterIds = new Set(killed.flatMap(({ messages }) => messages.flatMap(findMessageIds)));
      const lettersTo = (target: string) =>
        killed.filter(({ sender, hasReply }) => sender === target && !hasReply).length;
      const expectedCopies = (sent: SentPart[]) =>
        sent[0]?.reply === sentences.apology ? lettersTo(sent[0].target) : 1;
      const extra = ([key, sent]: [string, SentPart[]]) =>
        sent.length - expectedCopies(sent) - (allowedRepeats.get(key) ?? 0);
      const apologiesTo = (target: string) =>
        sentParts.get(keyOf(target, { reply: sentences.apology, part: 1 }))?.length ?? 0;
      const result: Violations = {
        lost: [
          ...missing(deadLetterIds),
          ...killed.map(({ sender }) => sender).filter((sender) => apologiesTo(sender) < lettersTo(sender)),
        ],
        deadLetterIds: deadLetterIds.size,
        inFlightSentTwice: repeated.reduce(
          (sum, [key, sent]) =>
            sum + Math.min(Math.max(0, sent.length - expectedCopies(sent)), allowedRepeats.get(key) ?? 0),
          0,
        ),
        sentTwice: repeated.filter((entry) => extra(entry) > 0).map(([key]) => key),
        outOfOrder: [],
        sessions: [],
        unfinished: [],
      };
      for (const [sender, marks] of expected) {
        const isDeadLetter = (reply: string) => findMessageIds(reply).some((mark) => deadLetterIds.has(mark));
        // A reply that was interrupted three times may still have arrived.
        const replies = repliesTo(sender).flatMap(({ reply }) => (isDeadLetter(reply) ? [] : [reply]));
        const answered = marks.filter((mark) => !deadLetterIds.has(mark));
        const notified = replies.flatMap(findMessageIds);
        if (new Set(notified).size < notified.length) result.sentTwice.push(`${sender}: one message in two replies`);
        if (notified.join() !== answered.join())
          result.outOfOrder.push(`${sender}: ${notified.join()} for ${answered.join()}`);
        const session = await one(store.sessions.get([toConversationKey(sender, null)]));
        const wanted = replies.flatMap((reply) => [questionOf(reply), reply]).slice(-maxSessionEntries);
        const stored = session?.entries.map(({ content }) => findMessageIds(content).join(' ')) ?? [];
        const asked = session?.entries.filter(({ role }) => role === 'user').map(({ content }) => content) ?? [];
        if (stored.join('|') !== wanted.map((text) => findMessageIds(text).join(' ')).join('|')) {
          result.sessions.push(`${sender}: ${stored.join('|')} for ${wanted.join('|')}`);
        } else if (asked.some((text) => text !== questionOf(findMessageIds(text).join(' ')))) {
          result.sessions.push(`${sender}: other words than were said`);
        }
      }
      const { pending } = await store.inbox.status();
      const others = letters.length - killed.length;
      if (pending > 0) result.unfinished.push(`${pending} messages still pending`);
      if (others > 0) result.unfinished.push(`${others} dead letters for other reasons`);
      return result;
    },
  };

  function questionOf(reply: string): string {
    return findMessageIds(reply)
      .map((mark) => texts.get(mark))
      .join('\n');
  }
}
