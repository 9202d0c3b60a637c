import { StoreUnavailable } from '../errors.ts';
import type { Inbox, PendingConversation, Turn } from '../store/store.ts';
import type { AttemptEnd } from './attempt.ts';
import { chooseMessages, MOST_MESSAGES, userOf } from './batch.ts';
import type { FreeSlot } from './slot.ts';

/** One conversation that has something to do. */
interface Entry {
  state: 'waiting' | 'ready' | 'running';
  /** Times of its first and last message that no turn has taken yet; null: none known. */
  firstAt: number | null;
  lastAt: number | null;
  timer: NodeJS.Timeout | undefined;
  /** Counts news, so that what comes while a turn ends is not overlooked. */
  news: number;
}

export interface Runner {
  /** Takes up what an earlier process left. */
  start(): Promise<void>;
  /** A message or a notice of this conversation is in the inbox. */
  notify(sender: string, at: number): void;
  running(): number;
  /** No new turn starts; resolves when the running ones have stopped, which `drainMs` bounds. */
  drain(drainMs: number, lastSendMs: number): Promise<void>;
  /** Conversations with work that is not done. */
  unfinished(): number;
}

/** When the store does not answer, conversations look again after this, ms. */
const STORE_RETRY_MS = 1_000;
/** Turns begun in one tick of the event loop: calls that come in meanwhile must not wait for a crowd of them. */
const BEGUN_AT_ONCE = 4;
/** A turn starts at most so many windows after its first message. */
const WINDOWS = 3;
/** What a turn has to notice that it was stopped, ms. */
const GRACE_MS = 1_000;
/** The longest delay that setTimeout keeps, ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Which turn runs when: one at a time per conversation, `maxConcurrent` in all, first due first served. A conversation
 * that waits (for more messages, for a retry) holds a timer and no slot.
 */
export function createRunner(options: {
  inbox: Inbox;
  attempt(turn: Turn, slot: FreeSlot): Promise<AttemptEnd>;
  maxConcurrent: number;
  coalesceMs: number;
  /** How long nothing can be sent, ms; until then no new answer is begun. */
  holdMs(): number;
  now: () => number;
  /** Told of an error that nobody expects; the conversation is tried again. */
  onError(error: unknown): void;
}): Runner {
  const { inbox, now } = options;
  const entries = new Map<string, Entry>();
  const ready: string[] = [];
  /** One for each running turn: a signal that all shared would have to search its listeners at every call. */
  const running = new Set<AbortController>();
  let isStopped = false;
  let stopping = false;
  let sending = true;
  /** Turns begun in this tick of the event loop. */
  let begun = 0;
  let idle = Promise.withResolvers<void>();

  const entryOf = (sender: string): Entry => {
    let entry = entries.get(sender);
    if (!entry) {
      entry = { state: 'waiting', firstAt: null, lastAt: null, timer: undefined, news: 0 };
      entries.set(sender, entry);
    }
    return entry;
  };

  /** Last message plus one window, at most three windows after the first; at once where the clock was set back since. */
  const dueAt = ({ firstAt, lastAt }: Pick<Entry, 'firstAt' | 'lastAt'>): number => {
    const at = now();
    if (firstAt === null || lastAt === null || lastAt > at) return at;
    return Math.min(lastAt + options.coalesceMs, firstAt + WINDOWS * options.coalesceMs);
  };

  const scheduleAt = (sender: string, entry: Entry, at: number) => {
    clearTimeout(entry.timer);
    if (stopping) return;
    entry.state = 'waiting';
    const delay = Math.min(LONGEST_TIMER_MS, at - now());
    if (delay <= 0) makeReady(sender, entry);
    else entry.timer = setTimeout(makeReady, delay, sender, entry);
  };

  function makeReady(sender: string, entry: Entry) {
    if (entry.state !== 'waiting') return;
    entry.state = 'ready';
    ready.push(sender);
    pump();
  }

  function pump() {
    while (!stopping && running.size < options.maxConcurrent && begun < BEGUN_AT_ONCE) {
      const sender = ready.shift();
      if (sender === undefined) return;
      const entry = entries.get(sender);
      if (!entry) continue;
      if (begun === 0) setImmediate(nextTick);
      begun += 1;
      void work(sender, entry);
    }
  }

  function nextTick() {
    begun = 0;
    pump();
  }

  async function work(sender: string, entry: Entry): Promise<void> {
    const controller = new AbortController();
    running.add(controller);
    entry.state = 'running';
    const newsBefore = entry.news;
    let nextAt: number | null;
    try {
      nextAt = await takeOne(sender, entry, controller);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) options.onError(error);
      nextAt = now() + STORE_RETRY_MS;
    }
    running.delete(controller);
    if (nextAt !== null) scheduleAt(sender, entry, nextAt);
    else if (entry.news !== newsBefore) scheduleAt(sender, entry, dueAt(entry));
    else if (!stopping) entries.delete(sender);
    if (running.size === 0) idle.resolve();
    pump();
  }

  /** Takes the next turn of a conversation; when to look again, or null where nothing is left. */
  async function takeOne(sender: string, entry: Entry, controller: AbortController): Promise<number | null> {
    const { open, waiting, pending } = await inbox.next(sender, MOST_MESSAGES + 1);
    const startsAt = open ? (open.retryAt ?? 0) : waiting.length > 0 ? dueAt(pending) : null;
    remember(entry, pending);
    if (startsAt === null || startsAt > now()) return startsAt;
    const holdMs = open?.parts ? 0 : options.holdMs();
    if (holdMs > 0) return now() + holdMs;
    const turn = open ? await inbox.resume(open.id) : await begin(sender, waiting);
    if (!turn) return now();
    const { signal } = controller;
    const slot = { signal, abort: () => controller.abort(), isStopped: () => isStopped, maySend: () => sending };
    const end = await options.attempt(turn, slot);
    if (end.kind === 'stopped') return null;
    if (end.kind === 'later') return end.at;
    // What came meanwhile is news, for which the conversation is looked at again.
    const tookAll = pending.openAt === null && turn.messages.length === waiting.length;
    return end.kind === 'answered' && tookAll ? null : now();
  }

  function begin(sender: string, waiting: Parameters<typeof chooseMessages>[0]): Promise<Turn | null> {
    const chosen = chooseMessages(waiting);
    if (!chosen) return Promise.resolve(null);
    const owner = userOf(chosen.messages);
    const userId = owner === 'several' ? null : owner;
    return inbox.start({ sender, userId, kind: chosen.kind, seqs: chosen.messages.map(({ seq }) => seq) });
  }

  function remember(entry: Entry, pending: PendingConversation) {
    entry.firstAt = pending.firstAt;
    entry.lastAt = pending.lastAt;
  }

  return {
    async start() {
      for (const pending of await inbox.pendingConversations()) {
        const entry = entryOf(pending.sender);
        remember(entry, pending);
        if (entry.state === 'waiting') scheduleAt(pending.sender, entry, pending.openAt ?? dueAt(pending));
      }
    },
    notify(sender, at) {
      const entry = entryOf(sender);
      entry.news += 1;
      entry.firstAt ??= at;
      entry.lastAt = at;
      if (entry.state !== 'waiting') return;
      scheduleAt(sender, entry, dueAt(entry));
    },
    running: () => running.size,
    unfinished: () => entries.size,
    async drain(drainMs, lastSendMs) {
      stopping = true;
      for (const entry of entries.values()) clearTimeout(entry.timer);
      if (running.size === 0) return;
      idle = Promise.withResolvers<void>();
      const noMoreSends = setTimeout(() => {
        sending = false;
      }, lastSendMs);
      const enough = setTimeout(() => {
        isStopped = true;
        for (const controller of running) controller.abort();
      }, drainMs);
      const tooLong = setTimeout(() => idle.resolve(), drainMs + GRACE_MS);
      await idle.promise;
      for (const timer of [noMoreSends, enough, tooLong]) clearTimeout(timer);
    },
  };
}
