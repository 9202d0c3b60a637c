import { StoreUnavailable } from '../errors.ts';
import type { Inbox, PendingConversation, Turn } from '../store/types.ts';
import type { RunResult } from './run-turn.ts';
import { MAX_MESSAGES_PER_TURN, ownerOf, selectMessages } from './select-messages.ts';
import { isLastStart, msUntilDue, msUntilRetry } from './start-times.ts';
import type { TurnControl } from './turn-context.ts';

/** One conversation that has something to do. */
interface Entry {
  state: 'waiting' | 'ready' | 'running';
  /** Times of its first and last message that no turn has taken yet; null: none known. */
  firstAt: number | null;
  lastAt: number | null;
  timer: NodeJS.Timeout | undefined;
  /** Counts news, so that what comes while a turn ends is not overlooked. */
  revision: number;
  /** The retry that its open turn waits for, by the monotonic clock (ms); null: the store's `retryAt` decides. */
  retry: { turnId: string; at: number } | null;
  /** Whether its next turn may start only while no other turn runs. */
  isSuspect: boolean;
}

export interface Scheduler {
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
const MAX_STARTS_PER_TICK = 4;
/** What a turn has to notice that it was stopped, ms. */
const GRACE_MS = 1_000;

/**
 * Schedules turns: one at a time per conversation, at most `maxConcurrent` in total, in the order in which they become
 * due. A conversation that waits (for more messages, for a retry) holds a timer and no slot.
 *
 * A turn whose next crash would be its last (`MAX_CRASHES`) runs alone, before the others after a start: its death is
 * then its own fault, and turns that only ran beside it are not blamed for it.
 */
export function createScheduler(options: {
  inbox: Inbox;
  attempt(turn: Turn, slot: TurnControl): Promise<RunResult>;
  maxConcurrent: number;
  coalesceMs: number;
  /** How long nothing can be sent, ms; until then no new answer is begun. */
  holdMs(): number;
  now: () => number;
  /** Told of an error that nobody expects; the conversation is tried again. */
  onError(error: unknown): void;
}): Scheduler {
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
  /** True while a suspect runs. */
  let isExclusive = false;
  let idle = Promise.withResolvers<void>();

  const entryOf = (sender: string): Entry => {
    let entry = entries.get(sender);
    if (!entry) {
      entry = {
        state: 'waiting',
        firstAt: null,
        lastAt: null,
        timer: undefined,
        revision: 0,
        retry: null,
        isSuspect: false,
      };
      entries.set(sender, entry);
    }
    return entry;
  };

  const untilDue = (messages: Pick<Entry, 'firstAt' | 'lastAt'>) => msUntilDue(messages, options.coalesceMs, now());

  const scheduleIn = (sender: string, entry: Entry, delayMs: number) => {
    clearTimeout(entry.timer);
    if (stopping) return;
    entry.state = 'waiting';
    if (delayMs <= 0) makeReady(sender, entry);
    else entry.timer = setTimeout(makeReady, delayMs, sender, entry);
  };

  function makeReady(sender: string, entry: Entry) {
    if (entry.state !== 'waiting') return;
    entry.state = 'ready';
    ready.push(sender);
    startReadyTurns();
  }

  function startReadyTurns() {
    while (!stopping && !isExclusive && running.size < options.maxConcurrent && begun < MAX_STARTS_PER_TICK) {
      const [sender] = ready;
      if (sender === undefined) return;
      const entry = entries.get(sender);
      if (entry?.isSuspect && running.size > 0) return;
      ready.shift();
      if (!entry) continue;
      isExclusive = entry.isSuspect;
      if (begun === 0) setImmediate(nextTick);
      begun += 1;
      void work(sender, entry);
    }
  }

  function nextTick() {
    begun = 0;
    startReadyTurns();
  }

  async function work(sender: string, entry: Entry): Promise<void> {
    const controller = new AbortController();
    running.add(controller);
    entry.state = 'running';
    const newsBefore = entry.revision;
    const wasSuspect = entry.isSuspect;
    let nextInMs: number | null;
    try {
      nextInMs = await runNextTurn(sender, entry, controller);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) options.onError(error);
      nextInMs = STORE_RETRY_MS;
    }
    running.delete(controller);
    if (wasSuspect) isExclusive = false;
    if (nextInMs !== null) scheduleIn(sender, entry, nextInMs);
    else if (entry.revision !== newsBefore) scheduleIn(sender, entry, untilDue(entry));
    else if (!stopping) entries.delete(sender);
    if (running.size === 0) idle.resolve();
    startReadyTurns();
  }

  /** Runs the next turn of a conversation; in how many ms to look again, or null where nothing is left. */
  async function runNextTurn(sender: string, entry: Entry, controller: AbortController): Promise<number | null> {
    const { open, waiting, pending } = await inbox.loadNext(sender, MAX_MESSAGES_PER_TURN + 1);
    const inMs = open ? untilStart(open, entry) : waiting.length > 0 ? untilDue(pending) : null;
    remember(entry, pending);
    if (inMs === null || inMs > 0) return inMs;
    const holdMs = open?.parts ? 0 : options.holdMs();
    if (holdMs > 0) return holdMs;
    const runsAlone = entry.isSuspect;
    entry.isSuspect = isLastStart(pending);
    if (entry.isSuspect && !runsAlone) return 0;
    const turn = open ? await resume(open) : await begin(sender, waiting);
    if (!turn) return 0;
    entry.retry = null;
    const { signal } = controller;
    const slot = { signal, abort: () => controller.abort(), isStopped: () => isStopped, maySend: () => sending };
    const end = await options.attempt(turn, slot);
    entry.isSuspect = false;
    if (end.kind === 'stopped') return null;
    if (end.kind === 'retry') {
      entry.retry = { turnId: turn.id, at: performance.now() + end.delayMs };
      return end.delayMs;
    }
    // What arrived in the meantime is news, for which the conversation is looked at again.
    const tookAll = pending.openAt === null && turn.messages.length === waiting.length;
    return end.kind === 'answered' && tookAll ? null : 0;
  }

  /** Ms until an open turn may start. A retry that this process scheduled does not depend on the system time. */
  function untilStart({ id, retryAt }: Turn, { retry }: Entry): number {
    if (retry?.turnId === id) return retry.at - performance.now();
    return msUntilRetry(retryAt, now());
  }

  /** Keeps `retryAt`, which the start clears in the store: the retry policy recognises by it that nobody tried for long. */
  async function resume({ id, retryAt }: Turn): Promise<Turn | null> {
    const turn = await inbox.resumeTurn(id);
    return turn && { ...turn, retryAt };
  }

  function begin(sender: string, waiting: Parameters<typeof selectMessages>[0]): Promise<Turn | null> {
    const chosen = selectMessages(waiting);
    if (!chosen) return Promise.resolve(null);
    const owner = ownerOf(chosen.messages);
    const userId = owner === 'several' ? null : owner;
    return inbox.startTurn({ sender, userId, kind: chosen.kind, seqs: chosen.messages.map(({ seq }) => seq) });
  }

  function remember(entry: Entry, pending: PendingConversation) {
    entry.firstAt = pending.firstAt;
    entry.lastAt = pending.lastAt;
  }

  return {
    async start() {
      const conversations = await inbox.pendingConversations();
      const suspectsFirst = conversations.toSorted((a, b) => Number(isLastStart(b)) - Number(isLastStart(a)));
      for (const pending of suspectsFirst) {
        const entry = entryOf(pending.sender);
        remember(entry, pending);
        if (entry.state !== 'waiting') continue;
        entry.isSuspect = isLastStart(pending);
        const { sender, openAt } = pending;
        scheduleIn(sender, entry, openAt === null ? untilDue(pending) : msUntilRetry(openAt, now()));
      }
    },
    notify(sender, at) {
      const entry = entryOf(sender);
      entry.revision += 1;
      entry.firstAt ??= at;
      entry.lastAt = at;
      if (entry.state !== 'waiting') return;
      scheduleIn(sender, entry, untilDue(entry));
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
