import type { ConversationKey } from '../../conversation-key.ts';
import { StoreUnavailable } from '../../errors.ts';
import type { PendingConversation } from '../../store/records.ts';
import { createWorkClaims } from './claim-work.ts';
import {
  createRunNextTurn,
  type GrantedControl,
  type NextTurnOptions,
  type RemainingWork,
  STORE_RETRY_MS,
  type TurnState,
} from './next-turn.ts';
import { isLastStart, msUntilRetry } from './start-times.ts';

/** A conversation with pending work. */
interface Entry extends TurnState {
  state: 'waiting' | 'ready' | 'running';
  timer: NodeJS.Timeout | undefined;
  /** Raised by every notification, so that a message that arrives while a turn ends is not missed. */
  revision: number;
  /** Called when a message or notice of the conversation was stored while its turn runs, and when the shutdown begins. */
  onChange: () => void;
}

export interface Scheduler {
  /** Schedules the work that an earlier process left. */
  start(): Promise<void>;
  /** Schedules a conversation after a message or a notice was stored. */
  notify(conversation: ConversationKey): void;
  running(): number;
  /** Whether a turn that becomes due now can be started. */
  hasFreeSlot(): boolean;
  /** Starts no new turn, and no send after `lastSendMs`; resolves when the running turns have stopped, after `drainMs` at the latest. */
  drain(drainMs: number, lastSendMs: number): Promise<void>;
  /** Number of conversations with pending work. */
  unfinished(): number;
}

export interface SchedulerOptions extends NextTurnOptions {
  /** Maximum turns at the same time. */
  maxConcurrent: number;
  /** Called with an unexpected error; the conversation is tried again. */
  reportError(error: unknown): void;
}

/** Time for a stopped turn to end, ms. */
const GRACE_MS = 1_000;

/**
 * Schedules turns: one at a time per conversation, at most `maxConcurrent` in total, in the order in which they become
 * due. A conversation that waits for a retry holds a timer and no slot.
 *
 * A turn whose next crash would be its last (`MAX_CRASHES`) runs first after a start, with no other turn: its death is
 * then its own fault, and turns that only ran at the same time are not blamed.
 */
export function createScheduler(options: SchedulerOptions): Scheduler {
  const { turns, now } = options;
  const entries = new Map<ConversationKey, Entry>();
  const ready: ConversationKey[] = [];
  let isStartPending = false;
  /** One controller per running turn. */
  const running = new Set<AbortController>();
  let isStopped = false;
  let isDraining = false;
  let maySend = true;
  /** True while a suspect runs. */
  let isExclusive = false;
  let idle = Promise.withResolvers<void>();
  const runNextTurn = createRunNextTurn(options);
  const workClaims = createWorkClaims({ turns, countFreeSlots, schedule, reportError: options.reportError });

  const getEntry = (conversation: ConversationKey): Entry => {
    let entry = entries.get(conversation);
    if (!entry) {
      entry = {
        state: 'waiting',
        timer: undefined,
        revision: 0,
        retry: null,
        isSuspect: false,
        onChange: ignore,
      };
      entries.set(conversation, entry);
    }
    return entry;
  };

  const scheduleIn = (conversation: ConversationKey, entry: Entry, delayMs: number) => {
    clearTimeout(entry.timer);
    if (isDraining) return;
    entry.state = 'waiting';
    if (delayMs <= 0) makeReady(conversation, entry);
    else entry.timer = setTimeout(makeReady, delayMs, conversation, entry);
  };

  function makeReady(conversation: ConversationKey, entry: Entry) {
    if (entry.state !== 'waiting') return;
    entry.state = 'ready';
    ready.push(conversation);
    startReadyTurns();
  }

  /**
   * Starts the turns that are ready, one in each pass of the event loop. A pass also accepts the webhook calls that have
   * arrived, so under load they wait for one start and not for all.
   */
  function startReadyTurns() {
    if (isStartPending || ready.length === 0 || !mayStart()) return;
    isStartPending = true;
    setImmediate(startNextTurn);
  }

  function startNextTurn() {
    isStartPending = false;
    const [conversation] = ready;
    if (conversation === undefined || !mayStart()) return;
    const entry = entries.get(conversation);
    if (entry?.isSuspect && running.size > 0) return;
    ready.shift();
    if (entry) {
      isExclusive = entry.isSuspect;
      void run(conversation, entry);
    }
    startReadyTurns();
  }

  function mayStart(): boolean {
    return !isDraining && !isExclusive && running.size < options.maxConcurrent;
  }

  async function run(conversation: ConversationKey, entry: Entry): Promise<void> {
    const controller = new AbortController();
    running.add(controller);
    entry.state = 'running';
    const revisionBefore = entry.revision;
    const wasSuspect = entry.isSuspect;
    let remaining: RemainingWork;
    try {
      remaining = await runNextTurn(conversation, entry, (turnId) => buildControl(turnId, entry, controller));
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) options.reportError(error);
      remaining = { kind: 'pending', dueInMs: STORE_RETRY_MS };
    }
    running.delete(controller);
    if (wasSuspect) isExclusive = false;
    // New messages may be due before the remaining work: one of a paused conversation, or one that overtakes.
    const hasChanged = entry.revision !== revisionBefore;
    const isDone = remaining.kind === 'none' && !hasChanged && !isDraining;
    if (isDone) entries.delete(conversation);
    if (running.size === 0) idle.resolve();
    // Yields to the event loop between two turns, so that a conversation with much work does not block webhook calls.
    setImmediate(() => {
      if (!isDone) scheduleIn(conversation, entry, hasChanged || remaining.kind === 'none' ? 0 : remaining.dueInMs);
      startReadyTurns();
    });
  }

  function buildControl(turnId: string, entry: Entry, controller: AbortController): GrantedControl {
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
      scheduleIn(pending.sender, entry, msUntilRetry(pending.openAt, now()));
    }
  }

  function countFreeSlots(): number {
    if (isDraining || isExclusive) return 0;
    return Math.max(0, options.maxConcurrent - running.size - ready.length);
  }

  return {
    async start() {
      workClaims.start();
      schedule(await turns.pending());
    },
    notify(conversation) {
      const entry = getEntry(conversation);
      entry.revision += 1;
      entry.onChange();
      if (entry.state === 'waiting') scheduleIn(conversation, entry, 0);
    },
    running: () => running.size,
    hasFreeSlot: () => countFreeSlots() > 0,
    unfinished: () => entries.size,
    async drain(drainMs, lastSendMs) {
      isDraining = true;
      workClaims.stop();
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

function ignore(): void {}
