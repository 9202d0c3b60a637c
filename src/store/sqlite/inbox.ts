import type { Events } from '../../events.ts';
import type { Fingerprint, Message } from '../../types.ts';
import type { Acceptance, Inbox, Notice, Refusal } from '../types.ts';
import type { Database, Transaction } from './database.ts';
import type { PendingLimit } from './pending-count.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Lifetime of the fingerprint of a webhook request without id and timestamp, within which FONNTE may repeat it. */
const UNACKNOWLEDGED_TTL_MS = 20 * 60 * 1000;
const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * MINUTE_MS;
/** Maximum notices to unlinked numbers in a sliding hour, over all numbers; protects our FONNTE quota. */
export const MAX_UNLINKED_NOTICES_PER_HOUR = 60;
/** Prefix of the keys of those notices in `expiring_keys`; the keys contain no number. */
const UNLINKED_NOTICE_PREFIX = 'unlinked-notice:';
/** Maximum refusals stored per sender, for support. */
const MAX_REFUSALS_PER_SENDER = 20;

type FingerprintKey = Pick<Fingerprint, 'key' | 'timestamp'>;
type InboxWrites = Pick<
  Inbox,
  'nextSequence' | 'hasFingerprint' | 'acceptedSince' | 'accept' | 'refuse' | 'lastOwner' | 'releaseFingerprint'
>;

/** Creates the operations of the webhook: sequence numbers, fingerprints, accepted messages, refusals and notices. */
export function createInboxWrites(
  database: Database,
  options: { pending: PendingLimit; events: Events; now: () => number },
): InboxWrites {
  const { pending, events, now } = options;
  /** Fingerprints whose release is not yet on disk; the next request may arrive before. */
  const releasing = new Set<string>();

  let lastNumber = database.read('last sequence', (sql) => {
    const newestMessage = Number(sql('SELECT max(seq) AS seq FROM messages').get()?.seq ?? 0);
    const newestTurn = Number(sql("SELECT max(seq) AS seq FROM turns WHERE state = 'open'").get()?.seq ?? 0);
    return Math.max(newestMessage, newestTurn);
  });

  const isFingerprintStored = ({ sql }: Pick<Transaction, 'sql'>, fingerprint: FingerprintKey): boolean => {
    const [from, to] = toKeyRange(fingerprint);
    const row = sql('SELECT 1 AS seen FROM expiring_keys WHERE key >= ? AND key <= ? AND expires_at > ?').get(
      from,
      to,
      now(),
    );
    return row !== undefined;
  };

  const storeKey = ({ sql }: Transaction, key: string, until: number) =>
    sql('INSERT OR REPLACE INTO expiring_keys (key, expires_at) VALUES (?, ?)').run(key, until);

  /** Stores a fingerprint. @returns false when it was stored before */
  const storeFingerprint = (transaction: Transaction, fingerprint: Fingerprint): boolean => {
    if (isFingerprintStored(transaction, fingerprint)) return false;
    const [key] = toKeyRange(fingerprint);
    storeKey(transaction, key, now() + (fingerprint.ttl === 'day' ? DAY_MS : UNACKNOWLEDGED_TTL_MS));
    return true;
  };

  /** Messages dated after now do not count: after the clock was set back, they would block the sender. */
  const acceptedSince = (sql: Transaction['sql'], sender: string, since: number) =>
    Number(
      sql('SELECT count(*) AS count FROM messages WHERE sender = ? AND received_at > ? AND received_at <= ?').get(
        sender,
        since,
        now(),
      )?.count,
    );

  function accept(transaction: Transaction, message: Message, fingerprint: Fingerprint, perMinute: number): Acceptance {
    const isLimited = acceptedSince(transaction.sql, message.sender, now() - MINUTE_MS) >= perMinute;
    if (isLimited || pending.isFull(transaction.sql)) {
      if (isFingerprintStored(transaction, fingerprint)) return 'duplicate';
      return isLimited ? 'rate-limited' : 'full';
    }
    if (!storeFingerprint(transaction, fingerprint)) return 'duplicate';
    transaction
      .sql(
        `INSERT INTO messages (seq, sender, user_id, device, inboxid, text, attachment, received_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        message.seq,
        message.sender,
        message.userId,
        message.device,
        message.inboxid,
        message.text,
        message.attachment ? JSON.stringify(message.attachment) : null,
        message.receivedAt,
      );
    pending.added();
    return 'accepted';
  }

  /** Keys dated over an hour ahead do not count: they were written before the clock was set back. */
  const countUnlinkedNotices = ({ sql }: Transaction) =>
    Number(
      sql(
        'SELECT count(*) AS count FROM expiring_keys WHERE key >= ? AND key < ? AND expires_at > ? AND expires_at <= ?',
      ).get(UNLINKED_NOTICE_PREFIX, `${UNLINKED_NOTICE_PREFIX}\u{10ffff}`, now(), now() + HOUR_MS)?.count,
    );

  /**
   * Queues a notice unless one of its kind was queued for this sender within its interval. A key dated further
   * ahead than the interval does not count: it was written before the clock was set back.
   */
  function queueNotice(
    transaction: Transaction,
    notice: Notice,
    refusal: Refusal,
  ): 'queued' | 'suppressed' | 'withheld' {
    const { sql } = transaction;
    const key = `${noticeKeyPrefix(notice.sender)}${notice.kind}`;
    const until = now() + notice.minIntervalMs;
    const earlier = sql('SELECT 1 AS seen FROM expiring_keys WHERE key = ? AND expires_at > ? AND expires_at <= ?');
    if (earlier.get(key, now(), until)) return 'suppressed';
    const isToUnlinked = notice.userId === null && !notice.linkedUsersOnly;
    // Stores no key, so the sender receives the notice when they write again after the limit.
    if (isToUnlinked && countUnlinkedNotices(transaction) >= MAX_UNLINKED_NOTICES_PER_HOUR) return 'withheld';
    storeKey(transaction, key, until);
    if (isToUnlinked) storeKey(transaction, `${UNLINKED_NOTICE_PREFIX}${crypto.randomUUID()}`, now() + HOUR_MS);
    // The notice of the rate limit is sent before the pending answers.
    const seq = notice.kind === 'rate-limited' ? 0 : refusal.seq;
    sql(
      `INSERT INTO turns (id, seq, sender, user_id, kind, notice, linked_users_only, created_at, parts, reply_at)
       VALUES (?, ?, ?, ?, 'notice', ?, ?, ?, ?, ?)`,
    ).run(
      crypto.randomUUID(),
      seq,
      notice.sender,
      notice.userId,
      notice.kind,
      notice.linkedUsersOnly ? 1 : 0,
      refusal.at,
      JSON.stringify([notice.text]),
      refusal.at,
    );
    return 'queued';
  }

  function refuse(
    transaction: Transaction,
    refusal: Refusal,
  ): 'queued' | 'suppressed' | 'withheld' | 'none' | 'duplicate' {
    const { sql } = transaction;
    if (refusal.fingerprint && !storeFingerprint(transaction, refusal.fingerprint)) return 'duplicate';
    sql('INSERT INTO refusals (sender, at, outcome) VALUES (?, ?, ?)').run(refusal.sender, refusal.at, refusal.code);
    sql(
      `DELETE FROM refusals WHERE sender = ?1 AND rowid NOT IN
       (SELECT rowid FROM refusals WHERE sender = ?1 ORDER BY at DESC LIMIT ${MAX_REFUSALS_PER_SENDER})`,
    ).run(refusal.sender);
    return refusal.notice ? queueNotice(transaction, refusal.notice, refusal) : 'none';
  }

  const inbox: InboxWrites = {
    nextSequence() {
      lastNumber = Math.max(lastNumber + 1, now() * 1000);
      return lastNumber;
    },
    async hasFingerprint(fingerprint) {
      if (releasing.has(fingerprint.key)) return false;
      return database.read('fingerprint', (sql) => isFingerprintStored({ sql }, fingerprint));
    },
    acceptedSince: async (sender, since) => database.read('accepted since', (sql) => acceptedSince(sql, sender, since)),
    accept: (message, fingerprint, perMinute) =>
      database.write('accept', (transaction) => accept(transaction, message, fingerprint, perMinute)),
    async refuse(refusal) {
      const result = await database.write('refuse', (transaction) => refuse(transaction, refusal));
      if (result !== 'withheld') return result;
      if (refusal.notice) events.emit({ type: 'notice.suppressed', notice: refusal.notice.kind });
      return 'suppressed';
    },
    lastOwner: async (sender) =>
      database.read('last owner', (sql) => (sql(LAST_OWNER).get({ sender })?.user_id as string | undefined) ?? null),
    async releaseFingerprint(key) {
      releasing.add(key);
      try {
        await database.write('release fingerprint', ({ sql }) =>
          sql('DELETE FROM expiring_keys WHERE key = ?').run(key),
        );
      } finally {
        releasing.delete(key);
      }
    },
  };
  return inbox;
}

/** The newest known user of a sender; null if the number was reassigned or lost its account since. */
const LAST_OWNER = `
  SELECT user_id FROM (
    SELECT CASE turns.outcome WHEN 'owner-changed' THEN NULL ELSE coalesce(messages.user_id, turns.user_id) END AS user_id,
           received_at AS at
      FROM messages LEFT JOIN turns ON turns.id = turn_id
      WHERE messages.sender = :sender AND coalesce(messages.user_id, turns.user_id) IS NOT NULL
    UNION ALL SELECT user_id, updated_at AS at FROM sessions WHERE sender = :sender
    UNION ALL SELECT NULL, at FROM refusals WHERE sender = :sender AND outcome IN ('NOT_LINKED', 'NOT_APPROVED')
  ) ORDER BY at DESC LIMIT 1`;

/** Returns the first and last key that identify the same request; the first is this request's own. */
function toKeyRange({ key, timestamp }: FingerprintKey): [first: string, last: string] {
  if (timestamp === undefined) return [key, key];
  const sortable = Math.min(Math.trunc(timestamp), Number.MAX_SAFE_INTEGER).toString().padStart(16, '0');
  return [`${key}:${sortable}`, `${key}:~`];
}

/** Returns the prefix of the keys of a sender's notices in `expiring_keys`. */
export function noticeKeyPrefix(sender: string): string {
  return `notice:${sender}:`;
}
