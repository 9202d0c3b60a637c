import type { Events } from '../../events.ts';
import type { Fingerprint, Message } from '../../types.ts';
import type { Acceptance, Inbox, Notice, Refusal } from '../types.ts';
import type { Database, Transaction } from './database.ts';
import type { PendingLimit } from './pending-count.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long a call without id and time is remembered, waiting for FONNTE to repeat it. */
const UNACKNOWLEDGED_TTL_MS = 20 * 60 * 1000;
const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * MINUTE_MS;
/** Notices to people who are no users, in a sliding hour over all their numbers: beyond them our FONNTE quota is at stake. */
export const MAX_UNLINKED_NOTICES_PER_HOUR = 60;
/** What the keys of those notices begin with, among what is remembered; they name nobody. */
const UNLINKED_NOTICE_PREFIX = 'unlinked-notice:';
/** Refusals of one sender that are kept for support to look at. */
const MAX_REFUSALS_PER_SENDER = 20;

type CallKey = Pick<Fingerprint, 'key' | 'timestamp'>;
type Admission = Pick<
  Inbox,
  'nextSequence' | 'hasFingerprint' | 'acceptedSince' | 'accept' | 'refuse' | 'lastOwner' | 'releaseFingerprint'
>;

/** What comes in: arrival numbers, fingerprints, accepted messages, refusals with their notices. */
export function createInboxWrites(
  engine: Database,
  options: { pending: PendingLimit; events: Events; now: () => number },
): Admission {
  const { pending, events, now } = options;
  /** Calls that are seen no more, as soon as somebody says so: the next one may come before that is on disk. */
  const settling = new Set<string>();

  let lastNumber = engine.read('last number', (sql) => {
    const newestMessage = Number(sql('SELECT max(seq) AS seq FROM messages').get()?.seq ?? 0);
    const newestTurn = Number(sql("SELECT max(seq) AS seq FROM turns WHERE state = 'open'").get()?.seq ?? 0);
    return Math.max(newestMessage, newestTurn);
  });

  const isRemembered = ({ sql }: Pick<Transaction, 'sql'>, fingerprint: CallKey): boolean => {
    const [from, to] = keyRange(fingerprint);
    const row = sql('SELECT 1 AS seen FROM expiring_keys WHERE key >= ? AND key <= ? AND expires_at > ?').get(
      from,
      to,
      now(),
    );
    return row !== undefined;
  };

  const remember = ({ sql }: Transaction, key: string, until: number) =>
    sql('INSERT OR REPLACE INTO expiring_keys (key, expires_at) VALUES (?, ?)').run(key, until);

  /** Remembers a call; false when it was remembered before. */
  const rememberCall = (transaction: Transaction, fingerprint: Fingerprint): boolean => {
    if (isRemembered(transaction, fingerprint)) return false;
    const [key] = keyRange(fingerprint);
    remember(transaction, key, now() + (fingerprint.ttl === 'day' ? DAY_MS : UNACKNOWLEDGED_TTL_MS));
    return true;
  };

  /** Nothing after now counts: a clock that was set back must not shut a sender out until it has caught up. */
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
      if (isRemembered(transaction, fingerprint)) return 'duplicate';
      return isLimited ? 'rate-limited' : 'full';
    }
    if (!rememberCall(transaction, fingerprint)) return 'duplicate';
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

  /** A mark of an hour ahead of now was made by a clock since set back, and must not silence us until it catches up. */
  const strangersTold = ({ sql }: Transaction) =>
    Number(
      sql(
        'SELECT count(*) AS count FROM expiring_keys WHERE key >= ? AND key < ? AND expires_at > ? AND expires_at <= ?',
      ).get(UNLINKED_NOTICE_PREFIX, `${UNLINKED_NOTICE_PREFIX}\u{10ffff}`, now(), now() + HOUR_MS)?.count,
    );

  /**
   * Queues a notice unless one of its kind was queued for this sender within its interval. A mark that lies further ahead
   * than the interval was made before the clock was set back and does not count.
   */
  function queueNotice(
    transaction: Transaction,
    notice: Notice,
    refusal: Refusal,
  ): 'queued' | 'suppressed' | 'withheld' {
    const { sql } = transaction;
    const mark = `${noticeKeyPrefix(notice.sender)}${notice.kind}`;
    const until = now() + notice.minIntervalMs;
    const earlier = sql('SELECT 1 AS seen FROM expiring_keys WHERE key = ? AND expires_at > ? AND expires_at <= ?');
    if (earlier.get(mark, now(), until)) return 'suppressed';
    const toStranger = notice.userId === null && !notice.linkedUsersOnly;
    // A withheld notice leaves no mark: the sender gets it when they write again in a quieter hour.
    if (toStranger && strangersTold(transaction) >= MAX_UNLINKED_NOTICES_PER_HOUR) return 'withheld';
    remember(transaction, mark, until);
    if (toStranger) remember(transaction, `${UNLINKED_NOTICE_PREFIX}${crypto.randomUUID()}`, now() + HOUR_MS);
    // A sender who is told to wait must hear it before, not after, the answers that wait.
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
    if (refusal.fingerprint && !rememberCall(transaction, refusal.fingerprint)) return 'duplicate';
    sql('INSERT INTO refusals (sender, at, outcome) VALUES (?, ?, ?)').run(refusal.sender, refusal.at, refusal.code);
    sql(
      `DELETE FROM refusals WHERE sender = ?1 AND rowid NOT IN
       (SELECT rowid FROM refusals WHERE sender = ?1 ORDER BY at DESC LIMIT ${MAX_REFUSALS_PER_SENDER})`,
    ).run(refusal.sender);
    return refusal.notice ? queueNotice(transaction, refusal.notice, refusal) : 'none';
  }

  const inbox: Admission = {
    nextSequence() {
      lastNumber = Math.max(lastNumber + 1, now() * 1000);
      return lastNumber;
    },
    async hasFingerprint(fingerprint) {
      if (settling.has(fingerprint.key)) return false;
      return engine.read('seen', (sql) => isRemembered({ sql }, fingerprint));
    },
    acceptedSince: async (sender, since) => engine.read('rate', (sql) => acceptedSince(sql, sender, since)),
    accept: (message, fingerprint, perMinute) =>
      engine.write('accept', (transaction) => accept(transaction, message, fingerprint, perMinute)),
    async refuse(refusal) {
      const told = await engine.write('refuse', (transaction) => refuse(transaction, refusal));
      if (told !== 'withheld') return told;
      if (refusal.notice) events.emit({ type: 'notice.suppressed', notice: refusal.notice.kind });
      return 'suppressed';
    },
    lastOwner: async (sender) =>
      engine.read('last owner', (sql) => (sql(LAST_OWNER).get({ sender })?.user_id as string | undefined) ?? null),
    async releaseFingerprint(key) {
      settling.add(key);
      try {
        await engine.write('settle', ({ sql }) => sql('DELETE FROM expiring_keys WHERE key = ?').run(key));
      } finally {
        settling.delete(key);
      }
    },
  };
  return inbox;
}

/** The newest that is known of a sender's user. A number that has changed hands since, or lost its account, has none. */
const LAST_OWNER = `
  SELECT user_id FROM (
    SELECT CASE turns.outcome WHEN 'owner-changed' THEN NULL ELSE coalesce(messages.user_id, turns.user_id) END AS user_id,
           received_at AS at
      FROM messages LEFT JOIN turns ON turns.id = turn_id
      WHERE messages.sender = :sender AND coalesce(messages.user_id, turns.user_id) IS NOT NULL
    UNION ALL SELECT user_id, updated_at AS at FROM sessions WHERE sender = :sender
    UNION ALL SELECT NULL, at FROM refusals WHERE sender = :sender AND outcome IN ('NOT_LINKED', 'NOT_APPROVED')
  ) ORDER BY at DESC LIMIT 1`;

/** First and last key under which the same call may be remembered; the first is this call's own. */
function keyRange({ key, timestamp }: CallKey): [first: string, last: string] {
  if (timestamp === undefined) return [key, key];
  const sortable = Math.min(Math.trunc(timestamp), Number.MAX_SAFE_INTEGER).toString().padStart(16, '0');
  return [`${key}:${sortable}`, `${key}:~`];
}

/** What the keys of a sender's notices begin with, among what is remembered. */
export function noticeKeyPrefix(sender: string): string {
  return `notice:${sender}:`;
}
