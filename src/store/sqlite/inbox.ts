import type { ConversationKey } from '../../conversation-key.ts';
import { endOfPrefix, LIMITED_NOTICE_PREFIX, noticeKeyPrefix, toKeyRange } from '../expiring-keys.ts';
import type { NewFingerprint, NewMessage, Notice, Refusal, RefusalResult } from '../records.ts';
import type { Inbox } from '../types.ts';
import type { Sql } from './connection.ts';
import type { Database } from './database.ts';
import { countActivePauses, findActivePause } from './pauses.ts';
import { countPending, type PendingLimit } from './pending-count.ts';

/** Creates the operations of the webhook: sequence numbers, fingerprints, accepted messages, refusals and notices. */
export function createInbox(database: Database, pending: PendingLimit, now: () => number): Inbox {
  /** Fingerprints whose release is not yet on disk; the next request may arrive before. */
  const releasing = new Set<string>();

  let lastNumber = database.read('last sequence', (sql) => {
    const newestMessage = Number(sql('SELECT max(seq) AS seq FROM messages').get()?.seq ?? 0);
    const newestTurn = Number(sql("SELECT max(seq) AS seq FROM turns WHERE state = 'open'").get()?.seq ?? 0);
    return Math.max(newestMessage, newestTurn);
  });

  const isFingerprintStored = (sql: Sql, fingerprint: Pick<NewFingerprint, 'key' | 'timestamp'>): boolean => {
    const found = sql('SELECT 1 FROM expiring_keys WHERE key >= ? AND key <= ? AND expires_at > ?');
    return found.get(...toKeyRange(fingerprint), now()) !== undefined;
  };

  const storeKey = (sql: Sql, key: string, ttlMs: number) =>
    sql('INSERT OR REPLACE INTO expiring_keys (key, expires_at) VALUES (?, ?)').run(key, now() + ttlMs);

  /** Stores a fingerprint. @returns false when it was stored before */
  function storeFingerprint(sql: Sql, fingerprint: NewFingerprint): boolean {
    if (isFingerprintStored(sql, fingerprint)) return false;
    const [key] = toKeyRange(fingerprint);
    storeKey(sql, key, fingerprint.ttlMs);
    return true;
  }

  /** Messages dated after now do not count: after the clock was set back, they would block the sender. */
  const countAccepted = (sql: Sql, { sender, since }: { sender: ConversationKey; since: number }) =>
    Number(
      sql('SELECT count(*) AS count FROM messages WHERE sender = ? AND received_at > ? AND received_at <= ?').get(
        sender,
        since,
        now(),
      )?.count,
    );

  function accept(sql: Sql, { message, fingerprint, perSender, maxPending }: NewMessage) {
    const { seq, sender, userId, device, inboxid, text, attachment, receivedAt } = message;
    const isLimited = countAccepted(sql, { sender, since: now() - perSender.withinMs }) >= perSender.max;
    if (isLimited || pending.isReached(sql, maxPending)) {
      if (isFingerprintStored(sql, fingerprint)) return 'duplicate';
      return isLimited ? 'rate-limited' : 'full';
    }
    if (!storeFingerprint(sql, fingerprint)) return 'duplicate';
    sql(
      `INSERT INTO messages (seq, sender, user_id, device, inboxid, text, attachment, received_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(seq, sender, userId, device, inboxid, text, attachment ? JSON.stringify(attachment) : null, receivedAt);
    pending.added();
    return 'accepted';
  }

  /** Keys dated further ahead than the window do not count: they were written before the clock was set back. */
  function isLimitReached(sql: Sql, limit: NonNullable<Notice['limit']>): boolean {
    const found = sql(
      'SELECT count(*) AS count FROM expiring_keys WHERE key >= ? AND key < ? AND expires_at > ? AND expires_at <= ?',
    ).get(LIMITED_NOTICE_PREFIX, endOfPrefix(LIMITED_NOTICE_PREFIX), now(), now() + limit.withinMs);
    return Number(found?.count) >= limit.max;
  }

  /** A key dated further ahead than the interval does not count: it was written before the clock was set back. */
  function queueNotice(sql: Sql, notice: Notice, { seq, at }: Refusal): RefusalResult {
    if (findActivePause(sql, notice.sender, now())) return 'suppressed';
    const key = `${noticeKeyPrefix(notice.sender)}${notice.kind}`;
    const earlier = sql('SELECT 1 FROM expiring_keys WHERE key = ? AND expires_at > ? AND expires_at <= ?');
    if (earlier.get(key, now(), now() + notice.minIntervalMs)) return 'suppressed';
    // Stores no key, so the sender receives the notice when they write again after the limit.
    if (notice.limit && isLimitReached(sql, notice.limit)) return 'limited';
    storeKey(sql, key, notice.minIntervalMs);
    if (notice.limit) storeKey(sql, `${LIMITED_NOTICE_PREFIX}${crypto.randomUUID()}`, notice.limit.withinMs);
    sql(
      `INSERT INTO turns (id, seq, sender, user_id, kind, notice, linked_users_only, created_at, parts, reply_at)
       VALUES (?1, ?2, ?3, ?4, 'notice', ?5, ?6, ?7, ?8, ?7)`,
    ).run(
      crypto.randomUUID(),
      seq,
      notice.sender,
      notice.userId,
      notice.kind,
      notice.linkedUsersOnly ? 1 : 0,
      at,
      JSON.stringify([notice.text]),
    );
    return 'queued';
  }

  function refuse(sql: Sql, refusal: Refusal): RefusalResult {
    const { sender, code, fingerprint, notice, at, maxStored } = refusal;
    if (fingerprint && !storeFingerprint(sql, fingerprint)) return 'duplicate';
    sql('INSERT INTO refusals (sender, at, outcome) VALUES (?, ?, ?)').run(sender, at, code);
    sql(
      `DELETE FROM refusals WHERE sender = ?1 AND rowid NOT IN
       (SELECT rowid FROM refusals WHERE sender = ?1 ORDER BY at DESC LIMIT ?2)`,
    ).run(sender, maxStored);
    return notice ? queueNotice(sql, notice, refusal) : 'none';
  }

  async function releaseFingerprint(key: string): Promise<void> {
    releasing.add(key);
    try {
      await database.write('release fingerprint', (sql) => sql('DELETE FROM expiring_keys WHERE key = ?').run(key));
    } finally {
      releasing.delete(key);
    }
  }

  return {
    nextSequence() {
      lastNumber = Math.max(lastNumber + 1, now() * 1000);
      return lastNumber;
    },
    hasFingerprint: (fingerprints) =>
      database.readEach(
        'fingerprint',
        fingerprints,
        (sql, fingerprint) => !releasing.has(fingerprint.key) && isFingerprintStored(sql, fingerprint),
      ),
    countAccepted: (queries) => database.readEach('count accepted', queries, countAccepted),
    accept: (messages) => database.writeEach('accept', messages, accept),
    refuse: (refusals) => database.writeEach('refuse', refusals, refuse),
    lastUserId: (queries) =>
      database.readEach('last owner', queries, (sql, { sender, endedBy }) => {
        const found = sql(LAST_OWNER).get({ sender, endedBy: JSON.stringify(endedBy) });
        return (found?.user_id as string | undefined) ?? null;
      }),
    releaseFingerprint: (keys) => keys.map(releaseFingerprint),
    status: async () =>
      database.read('status', (sql) => ({
        pending: countPending(sql),
        oldestAt: sql(OLDEST).get({ now: now() })?.at as number | null,
        pausedConversations: countActivePauses(sql, now()),
        deadLetters: Number(
          sql("SELECT count(*) AS count FROM turns WHERE state = 'dead' AND ended_at IS NOT NULL").get()?.count,
        ),
      })),
  };
}

/** Since when the oldest message waits that is not held by a pause. The first part reads one row in the order of the index. */
const OLDEST = `
  SELECT min(at) AS at FROM (
    SELECT * FROM (
      SELECT received_at AS at FROM messages
      WHERE done_at IS NULL AND NOT EXISTS (SELECT 1 FROM pauses WHERE pauses.sender = messages.sender)
      ORDER BY received_at LIMIT 1
    )
    UNION ALL SELECT max(received_at, ends_at) AS at FROM pauses JOIN messages ON messages.sender = pauses.sender
      WHERE done_at IS NULL AND ends_at <= :now
  )`;

/** A turn or refusal with an outcome in `endedBy` ends the ownership: the number was reassigned or lost its account. */
const LAST_OWNER = `
  WITH ended_by AS (SELECT value FROM json_each(:endedBy))
  SELECT user_id FROM (
    SELECT iif(turns.outcome IN ended_by, NULL, coalesce(messages.user_id, turns.user_id)) AS user_id, received_at AS at
      FROM messages LEFT JOIN turns ON turns.id = turn_id
      WHERE messages.sender = :sender AND coalesce(messages.user_id, turns.user_id) IS NOT NULL
    UNION ALL SELECT user_id, updated_at AS at FROM sessions WHERE sender = :sender
    UNION ALL SELECT NULL, at FROM refusals WHERE sender = :sender AND outcome IN ended_by
  ) ORDER BY at DESC LIMIT 1`;
