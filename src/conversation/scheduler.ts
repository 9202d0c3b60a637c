import { StoreUnavailable } from '../errors.ts';
import type { PendingConversation, Turn } from '../store/records.ts';
import { one, type Turns } from '../store/types.ts';
import type { Message } from '../types.ts';
import type { RunResult } from './run-turn.ts';
import { MAX_MESSAGES_PER_TURN, ownerOf, selectMessages, selectWork } from './select-messages.ts';
import { isLastStart, msUntilReleased, msUntilRetry } from './start-times.ts';
import type { TurnControl } from './turn-context.ts';

/** A conversation with pending work. */
interface Entry {
  state: 'waiting' | 'ready' | 'running';
  timer: NodeJS.Timeout | undefined;
  /** Raised by every notification, so that a message that arrives while a turn ends is not missed. */
  revision: number;
  /** The retry that its open turn waits for, by the monotonic clock (ms); null: the store's `retryAt` decides. */
  retry: { turnId: string; at: number } | null;
  /** Whether its next turn may start only while no other turn runs. */
  isSuspect: boolean;
  /** Called when a message or notice of the conversation was stored while its turn runs, and when the shutdown begins. */
  onChange: () => void;
}

export interface Scheduler {
  /** Schedules the work that an earlier process left. */
  start(): Promise<void>;
  /** Schedules a conversation after a message or a notice was stored. */
  notify(sender: string): void;
  running(): number;
  /** Whether a turn that becomes due now can be started. */
  hasFreeSlot(): boolean;
  /** Starts no new turn, and no send after `lastSendMs`; resolves when the running turns have stopped, after `drainMs` at the latest. */
  drain(drainMs: number, lastSendMs: number): Promise<void>;
  /** Number of conversations with pending work. */
  unfinished(): number;
}

/** Delay of the next attempt while the store is unavailable, ms. */
const STORE_RETRY_MS = 1_000;
/** Interval at which work without a process is looked for in a store that several processes share, ms. */
const CLAIM_INTERVAL_MS = 500;
/** Time for a stopped turn to end, ms. */
const GRACE_MS = 1_000;

/**
 * Schedules turns: one at a time per conversation, at most `maxConcurrent` in total, in the order in which they become
 * due. A conversation that waits for a retry holds a timer and no slot.
 *
 * A pause holds the conversation: no turn starts, except one that was sending its reply.
 *
 * While a turn waits for a model and its sender has the notice of that, messages that need no model are answered first.
 *
 * A turn whose next crash would be its last (`MAX_CRASHES`) runs first after a start, with no other turn: its death is
 * then its own fault, and turns that only ran at the same time are not blamed.
 */
export function createScheduler(options: {
  turns: Turns;
  runTurn(turn: Turn, control: TurnControl): Promise<RunResult>;
  maxConcurrent: number;
  /** Whether the first of these waiting messages can be answered without a model. */
  needsNoModel(waiting: readonly Message[]): boolean;
  /** Called for a conversation that a pause holds, when it has a new message. */
  recordHeld(sender: string): Promise<unknown>;
  /** For how many ms nothing can be sent to a sender; until then no new answer is generated. */
  sendBlockedForMs(sender: string): number;
  now: () => number;
  /** Called with an unexpected error; the conversation is tried again. */
  reportError(error: unknown): void;
}): Scheduler {
  const { turns, now } = options;
  const entries = new Map<string, Entry>();
  const ready: string[] = [];
  /** One controller per running turn. */
  const running = new Set<AbortController>();
  let isStopped = false;
  let isDraining = false;
  let maySend = true;
  /** True while a suspect runs. */
  let isExclusive = false;
  let idle = Promise.withResolvers<void>();
  let claimTimer: NodeJS.Timeout | undefined;

  const getEntry = (sender: string): Entry => {
    let entry = entries.get(sender);
    if (!entry) {
      entry = {
        state: 'waiting',
        timer: undefined,
        revision: 0,
        retry: null,
        isSuspect: false,
        onChange: ignore,
      };
      entries.set(sender, entry);
    }
    return entry;
  };

  const scheduleIn = (sender: string, entry: Entry, delayMs: number) => {
    clearTimeout(entry.timer);
    if (isDraining) return;
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
    while (!isDraining && !isExclusive && running.size < options.maxConcurrent) {
      const [sender] = ready;
      if (sender === undefined) return;
      const entry = entries.get(sender);
      if (entry?.isSuspect && running.size > 0) return;
      ready.shift();
      if (!entry) continue;
      isExclusive = entry.isSuspect;
      void run(sender, entry);
    }
  }

  async function run(sender: string, entry: Entry): Promise<void> {
    const controller = new AbortController();
    running.add(controller);
    entry.state = 'running';
    const revisionBefore = entry.revision;
    const wasSuspect = entry.isSuspect;
    let nextInMs: number | null;
    try {
      nextInMs = await runNextTurn(sender, entry, controller);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) options.reportError(error);
      nextInMs = STORE_RETRY_MS;
    }
    running.delete(controller);
    if (wasSuspect) isExclusive = false;
    // What arrived in the meantime may have to be seen before `nextInMs`: a message of a paused conversation, or one that overtakes.
    const hasChanged = entry.revision !== revisionBefore;
    const isDone = nextInMs === null && !hasChanged && !isDraining;
    if (isDone) entries.delete(sender);
    if (running.size === 0) idle.resolve();
    // Yields to the event loop between two turns, so that a conversation with much work does not block webhook calls.
    setImmediate(() => {
      if (!isDone) scheduleIn(sender, entry, hasChanged ? 0 : (nextInMs ?? 0));
      startReadyTurns();
    });
  }

  /** Runs the next turn of a conversation. @returns ms until it is due again; null when nothing is left */
  async function runNextTurn(sender: string, entry: Entry, controller: AbortController): Promise<number | null> {
    const next = await one(turns.loadNext([{ sender, limit: MAX_MESSAGES_PER_TURN + 1 }]));
    const { pending } = next;
    const { open, waiting } = selectWork(next);
    if (!open && waiting.length === 0) return null;
    const heldForMs = msUntilReleased(next, now());
    if (heldForMs > 0) {
      await options.recordHeld(sender);
      return heldForMs;
    }
    const inMs = open ? untilStart(open, entry) : 0;
    const overtakes = inMs > 0 && !isLastStart(pending) && isWaitingForModel(open) && options.needsNoModel(waiting);
    if (inMs > 0 && !overtakes) return inMs;
    const blockedForMs = open?.parts ? 0 : options.sendBlockedForMs(sender);
    if (blockedForMs > 0) return blockedForMs;
    const runsAlone = entry.isSuspect;
    entry.isSuspect = isLastStart(pending);
    if (entry.isSuspect && !runsAlone) return 0;
    const turn = open && !overtakes ? await resumeTurn(open) : await startTurn(sender, waiting);
    if (!turn) return 0;
    if (!overtakes) entry.retry = null;
    const resumedAt = Math.min(next.pause?.endsAt ?? 0, now());
    const control = { ...buildControl(turn.id, entry, controller), prefersRules: overtakes, resumedAt };
    const result = await options.runTurn(turn, control);
    entry.isSuspect = false;
    // Without a shutdown, another process may have taken over; otherwise the turn is continued here.
    if (result.kind === 'stopped') return isDraining ? null : STORE_RETRY_MS;
    if (result.kind === 'retry') {
      entry.retry = { turnId: turn.id, at: performance.now() + result.delayMs };
      return result.delayMs;
    }
    // Messages that arrive after the end of the turn raise the revision, which schedules the conversation again.
    return result.kind === 'answered' && !result.hasMore ? null : 0;
  }

  /** Ms until an open turn may start. A retry that this process scheduled does not depend on the system time. */
  function untilStart({ id, retryAt }: Turn, { retry }: Entry): number {
    if (retry?.turnId === id) return retry.at - performance.now();
    return msUntilRetry(retryAt, now());
  }

  /** Keeps `retryAt`, which the store clears: the retry policy detects by it that no attempt was made for a long time. */
  async function resumeTurn({ id, retryAt }: Turn): Promise<Turn | null> {
    const turn = await one(turns.resume([id]));
    return turn && { ...turn, retryAt };
  }

  function startTurn(sender: string, waiting: Parameters<typeof selectMessages>[0]): Promise<Turn | null> {
    const chosen = selectMessages(waiting);
    if (!chosen) return Promise.resolve(null);
    const owner = ownerOf(chosen.messages);
    const userId = owner === 'several' ? null : owner;
    const seqs = chosen.messages.map(({ seq }) => seq);
    return one(turns.start([{ sender, userId, kind: chosen.kind, seqs }]));
  }

  function buildControl(
    turnId: string,
    entry: Entry,
    controller: AbortController,
  ): Omit<TurnControl, 'prefersRules' | 'resumedAt'> {
    return {
      signal: controller.signal,
      abort: () => controller.abort(),
      isStopped: () => isStopped,
      maySend: () => maySend && turns.maySend(turnId),
      acceptsMessages: () => !isDraining,
      watch(listener) {
        entry.onChange = listener;
        return () => {
          entry.onChange = ignore;
        };
      },
    };
  }

  /** Schedules conversations that are not yet scheduled here. */
  function schedule(conversations: readonly PendingConversation[]): void {
    const suspectsFirst = conversations.toSorted((a, b) => Number(isLastStart(b)) - Number(isLastStart(a)));
    for (const pending of suspectsFirst) {
      if (entries.has(pending.sender)) continue;
      const entry = getEntry(pending.sender);
      entry.isSuspect = isLastStart(pending);
      const { sender, openAt } = pending;
      scheduleIn(sender, entry, msUntilRetry(openAt, now()));
    }
  }

  function countFreeSlots(): number {
    if (isDraining || isExclusive) return 0;
    return Math.max(0, options.maxConcurrent - running.size - ready.length);
  }

  /** Takes over work that no process does, as far as there are free slots. */
  async function claimWork(claim: NonNullable<Turns['claim']>): Promise<void> {
    const free = countFreeSlots();
    if (free === 0) return;
    try {
      schedule(await claim(free));
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) options.reportError(error);
    }
  }

  return {
    async start() {
      const { claim } = turns;
      if (claim) claimTimer ??= setInterval(() => void claimWork(claim), CLAIM_INTERVAL_MS).unref();
      schedule(await turns.pending());
    },
    notify(sender) {
      const entry = getEntry(sender);
      entry.revision += 1;
      entry.onChange();
      if (entry.state === 'waiting') scheduleIn(sender, entry, 0);
    },
    running: () => running.size,
    hasFreeSlot: () => countFreeSlots() > 0,
    unfinished: () => entries.size,
    async drain(drainMs, lastSendMs) {
      isDraining = true;
      clearInterval(claimTimer);
      for (const { timer, onChange } of entries.values()) {
        clearTimeout(timer);
        onChange();
      }
      if (running.size === 0) return;
      idle = Promise.withResolvers<void>();
      const lastSendTimer = setTimeout(() => {
        maySend = false;
      }, lastSendMs);
      const stopTimer = setTimeout(() => {
        isStopped = true;
        for (const controller of running) controller.abort();
      }, drainMs);
      const giveUpTimer = setTimeout(() => idle.resolve(), drainMs + GRACE_MS);
      await idle.promise;
      for (const timer of [lastSendTimer, stopTimer, giveUpTimer]) clearTimeout(timer);
    },
  };
}

/** Whether the sender knows that the turn waits for a model, and that other questions can be answered in between. */
function isWaitingForModel(open: Turn | null): boolean {
  return open?.waitNoticeSent === true && open.parts === null;
}

function ignore(): void {}
