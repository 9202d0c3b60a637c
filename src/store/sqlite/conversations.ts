import { type ConversationKey, readConversationKey } from '../../conversation-key.ts';
import type { ConversationOverview } from '../records.ts';
import type { ConversationOverviews } from '../types.ts';
import type { Sql } from './connection.ts';
import type { Database } from './database.ts';
import { findActivePause } from './pauses.ts';

/** Creates the overviews of conversations for support, with the outcomes of the last messages. */
export function createConversations(database: Database, now: () => number): ConversationOverviews {
  return {
    active: async ({ limit, cursor, activeSince }) =>
      database.read('conversations', (sql) =>
        sql(ACTIVE)
          .all({ activeSince, now: now(), limit, cursor })
          .map((row) => loadOverview(sql, readConversationKey(row.sender), activeSince, now())),
      ),
    of: async (sender, { limit, activeSince }) =>
      database.read('conversation', (sql) => ({
        ...loadOverview(sql, sender, activeSince, now()),
        recent: sql(RECENT)
          .all({ sender, limit })
          .map((row) => ({ at: row.at as number, outcome: row.outcome as string })),
      })),
  };
}

const ACTIVE = `
  SELECT sender, max(at) AS at FROM (
    SELECT sender, updated_at AS at FROM sessions WHERE updated_at BETWEEN :activeSince AND :now
    UNION ALL SELECT sender, received_at AS at FROM messages WHERE done_at IS NULL
    UNION ALL SELECT sender, created_at AS at FROM turns WHERE state = 'open'
    -- Sequence numbers begin with the time in microseconds.
    UNION ALL SELECT sender, seq / 1000 AS at FROM pauses WHERE ends_at > :now
  ) GROUP BY sender ORDER BY at DESC, sender LIMIT :limit OFFSET :cursor`;

const RECENT = `
  SELECT at, outcome FROM (
    SELECT received_at AS at, 'accepted' AS outcome FROM messages WHERE sender = :sender
    UNION ALL SELECT at, outcome FROM refusals WHERE sender = :sender
    -- Earlier versions stored 'dead'.
    UNION ALL SELECT ended_at AS at, iif(outcome = 'dead', 'dead-lettered', outcome) AS outcome
      FROM turns WHERE sender = :sender AND ended_at IS NOT NULL
  ) ORDER BY at DESC LIMIT :limit`;

function loadOverview(sql: Sql, sender: ConversationKey, activeSince: number, at: number): ConversationOverview {
  const found = sql(OVERVIEW).get({ sender, activeSince, now: at });
  return {
    conversation: sender,
    lastMessageAt: (found?.last as number | null | undefined) ?? null,
    sessionEntries: Number(found?.entries ?? 0),
    pending: Number(found?.pending ?? 0),
    pausedUntil: findActivePause(sql, sender, at)?.endsAt ?? null,
  };
}

const OVERVIEW = `
  SELECT max(received_at) AS last, count(*) FILTER (WHERE done_at IS NULL) AS pending,
    (SELECT json_array_length(entries) FROM sessions
      WHERE sender = :sender AND updated_at BETWEEN :activeSince AND :now) AS entries
  FROM messages WHERE sender = :sender`;
