import { randomUUIDv7 } from 'node:crypto';
import type { NextWork, OpenTurn, PendingConversation, RecentTurn, Turn } from '../records.ts';
import { type StoredRow, toMessage, toTurn } from '../rows.ts';
import type { SessionUpdate, Turns } from '../types.ts';
import type { Database } from './database.ts';
import type { Operation } from './schema/functions-run.ts';
import { computeSession } from './sessions.ts';

/** A row of `turns` with its rows of `messages`. */
type TurnRow = StoredRow & { id: string; run_by: number; attempts: number; messages: StoredRow[] };

/** Delay before an instance claims due work without an owner, ms: the instance that accepted the message may claim it first. */
const CLAIM_GRACE_MS = 500;
/** Delay after which owned due work without a running turn counts as claimed in a lost response, ms. */
const LOST_RESPONSE_MS = 5_000;

/** Creates the operations of turns. A turn of a conversation that another instance took over is not written. */
export function createTurns(database: Database): Turns {
  /**
   * The number of this instance when it started a turn, and the attempt. After others removed the instance, it has a new number,
   * and the turns that it still runs may have been continued by others in between. A statement whose connection was lost may
   * be executed later, when the next attempt runs.
   */
  const runs = new Map<string, { run: number; attempt: number }>();

  const ofTurn = (id: string) => ({ turn: id, ...runs.get(id) });

  /** Returns a turn that this instance starts to run. */
  function toRunningTurn(row: TurnRow | null): Turn | null {
    if (row) runs.set(row.id, { run: row.run_by, attempt: row.attempts });
    return row && toTurnOf(row);
  }

  /** Runs an operation after which this instance no longer runs the turns. */
  const end = <Item extends { id: string }>(op: Operation, items: readonly Item[], rest: (item: Item) => object) =>
    database.runEach(
      op,
      items,
      (item) => ({ ...ofTurn(item.id), ...rest(item) }),
      (_done: boolean | null, { id }) => void runs.delete(id),
    );

  return {
    pending: () => database.runAlone<PendingConversation[]>('list_pending', {}),
    claim: (limit) =>
      database.run<PendingConversation[]>('claim_work', { limit, graceMs: CLAIM_GRACE_MS, lostMs: LOST_RESPONSE_MS }),
    maySend: (id) => database.holdsLease(runs.get(id)?.run),

    recent: (queries) =>
      database.runEach(
        'recent_turns',
        queries,
        (query) => query,
        (found: RecentTurn[]) => found,
      ),

    loadNext: (queries) =>
      database.runEach(
        'load_next',
        queries,
        (query) => ({ ...query, lock: query.sender }),
        (next: Omit<NextWork, 'open' | 'waiting'> & { open: TurnRow | null; waiting: StoredRow[] }): NextWork => ({
          ...next,
          open: next.open && toTurnOf(next.open),
          waiting: next.waiting.map(toMessage),
        }),
      ),

    start: (turns) =>
      database.runEach(
        'start_turn',
        turns,
        // Ids sort by time, so new turns are neighbors in their index.
        (turn) => ({ ...turn, id: randomUUIDv7(), lock: turn.sender }),
        toRunningTurn,
      ),

    loadOpen: (queries) =>
      database.runEach(
        'load_open',
        queries,
        ({ id, limit }) => ({ ...ofTurn(id), limit }),
        (
          open: (Omit<OpenTurn, 'turn' | 'waiting'> & { turn: TurnRow; waiting: StoredRow[] }) | null,
        ): OpenTurn | null => open && { ...open, turn: toTurnOf(open.turn), waiting: open.waiting.map(toMessage) },
      ),

    join: (turns) =>
      database.runEach(
        'join_turn',
        turns,
        ({ id, seqs }) => ({ ...ofTurn(id), seqs }),
        (row: TurnRow | null) => row && toTurnOf(row),
      ),

    resume: (ids) => database.runEach('resume_turn', ids, (id) => ({ turn: id }), toRunningTurn),

    release: (turns) => end('release_turn', turns, ({ elapsedMs }) => ({ elapsedMs: Math.round(elapsedMs) })),

    async releaseAll() {
      await database.run('release_all_turns', {});
    },

    saveReply: (replies) =>
      database.runEach(
        'save_reply',
        replies,
        ({ id, userId, parts, files = [], entries, notes, apologyFor, at, requiresNoWaiting }) => ({
          ...ofTurn(id),
          userId,
          parts: JSON.stringify(parts),
          files: files.map(({ part, data }) => ({ part, data: Buffer.from(data).toString('base64') })),
          entries: JSON.stringify(entries),
          notes: notes && JSON.stringify(notes),
          deadLetterReason: apologyFor && JSON.stringify(apologyFor),
          replyAt: Math.round(at),
          ...(requiresNoWaiting && { requiresNoWaiting }),
        }),
        (isStored: boolean | null) => isStored === true,
      ),

    loadFile: (files) =>
      database.runEach(
        'load_file',
        files,
        (file) => file,
        (data: string | null) => (data === null ? null : Buffer.from(data, 'base64')),
      ),

    recordPartSent: (turns) =>
      database.runEach(
        'record_part_sent',
        turns,
        ({ id, partsSent }) => ({ ...ofTurn(id), partsSent }),
        (isStored: boolean | null) => isStored === true,
      ),

    markWaitNoticeSent: (ids) => database.runEach('mark_wait_notice_sent', ids, ofTurn, () => undefined),

    scheduleRetry: (retries) =>
      end('schedule_retry', retries, (retry) => ({
        sendFailures: retry.sendFailures,
        // Jitter and measured time are fractions of a millisecond; the table holds whole ones.
        retryAt: Math.ceil(retry.retryAt),
        elapsedMs: Math.round(retry.elapsedMs),
        failingSince: retry.failingSince === null ? null : Math.round(retry.failingSince),
        history: JSON.stringify(retry.history),
      })),

    complete: (turns) => turns.map(complete),

    moveToDeadLetters: (turns) =>
      end('move_to_dead_letters', turns, ({ deadLetterReason, history, keepsReply }) => ({
        deadLetterReason: JSON.stringify(deadLetterReason),
        history: JSON.stringify(history),
        keepsReply,
      })),

    drop: (turns) => end('drop_turn', turns, ({ outcome, deletesSession }) => ({ outcome, deletesSession })),
  };

  async function complete(turn: { id: string; outcome: string; session: SessionUpdate | null }): Promise<boolean> {
    for (;;) {
      const session = turn.session && computeSession(await loadSession(turn.id), turn.session);
      const parameters = { ...ofTurn(turn.id), outcome: turn.outcome, session };
      const result = await database.run<{ hasWork: boolean } | { conflict: true } | null>('complete_turn', parameters);
      if (result && 'conflict' in result) continue;
      runs.delete(turn.id);
      return result?.hasWork ?? false;
    }
  }

  function loadSession(turnId: string) {
    return database.run<Parameters<typeof computeSession>[0]>('load_session_of_turn', { id: turnId });
  }
}

function toTurnOf(row: TurnRow): Turn {
  return toTurn(row, row.messages.map(toMessage));
}
