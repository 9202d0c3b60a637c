import type { Events } from '../events.ts';
import type { Engine, Transaction } from './engine.ts';
import type { Pending } from './sqlite-pending.ts';
import type { Acceptance, Fingerprint, Inbox, Message, Notice, Refusal } from './store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long a call without id and time is remembered, waiting for FONNTE to repeat it. */
const ONCE_MS = 20 * 60 * 1000;
const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * MINUTE_MS;
/** Notices to people who are no users, in a sliding hour over all their numbers: beyond them our FONNTE quota is at stake. */
export const STRANGER_NOTICES_PER_HOUR = 60;
/** What the keys of those notices begin with, among what is remembered; they name nobody. */
const STRANGER_MARKS = 'stranger-notice:';
/** Refusals of one sender that are kept for support to look at. */
const REFUSALS_KEPT = 20;

type Admission = Pick<Inbox, 'takeNumber' | 'seen' | 'acceptedSince' | 'accept' | 'refuse' | 'settle'>;

/** What comes in: arrival numbers, fingerprints, accepted messages, refusals with their notices. */
export function createAdmission(
  engine: Engine,
  options: { maxInbox: number; pending: Pending; events: Events; now: () => number },
): Admission {
  const { pending, events, now } = options;
  let lastNumber = 0;
  /** Calls that are seen no more, as soon as somebody says so: the next one may come before that is on disk. */
  const settling = new Set<string>();

  const readLastNumber = (sql: Transaction['sql']) => {
    const newestMessage = Number(sql('SELECT max(seq) AS seq FROM messages').get()?.seq ?? 0);
    const newestTurn = Number(sql("SELECT max(seq) AS seq FROM turns WHERE state = 'open'").get()?.seq ?? 0);
    lastNumber = Math.max(lastNumber, newestMessage, newestTurn);
  };
  engine.read('last number', readLastNumber);
  engine.onReopened(readLastNumber);

  const isSeen = ({ sql }: Pick<Transaction, 'sql'>, key: string) =>
    sql('SELECT 1 AS seen FROM remembered WHERE key = ? AND expires_at > ?').get(key, now()) !== undefined;

  const remember = ({ sql }: Transaction, key: string, until: number) =>
    sql('INSERT OR REPLACE INTO remembered (key, expires_at) VALUES (?, ?)').run(key, until);

  /** False where it is remembered already. */
  const rememberCall = ({ sql }: Transaction, { key, lasts }: Fingerprint): boolean => {
    const at = now();
    const { changes } = sql(
      `INSERT INTO remembered (key, expires_at) VALUES (?, ?)
       ON CONFLICT DO UPDATE SET expires_at = excluded.expires_at WHERE expires_at <= ?`,
    ).run(key, at + (lasts === 'day' ? DAY_MS : ONCE_MS), at);
    return Number(changes) > 0;
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
    if (isLimited || pending.count() >= options.maxInbox) {
      if (isSeen(transaction, fingerprint.key)) return 'duplicate';
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
    pending.add(transaction, message.seq, message.receivedAt);
    return 'accepted';
  }

  /** A mark of an hour ahead of now was made by a clock since set back, and must not silence us until it catches up. */
  const strangersTold = ({ sql }: Transaction) =>
    Number(
      sql(
        'SELECT count(*) AS count FROM remembered WHERE key >= ? AND key < ? AND expires_at > ? AND expires_at <= ?',
      ).get(STRANGER_MARKS, `${STRANGER_MARKS}\u{10ffff}`, now(), now() + HOUR_MS)?.count,
    );

  function queueNotice(
    transaction: Transaction,
    notice: Notice,
    refusal: Refusal,
  ): 'queued' | 'suppressed' | 'withheld' {
    const mark = `${noticeMarks(notice.sender)}${notice.kind}`;
    const toStranger = notice.userId === null && !notice.forUsersOnly;
    if (notice.atMostEveryMs > 0 && isSeen(transaction, mark)) return 'suppressed';
    // Whoever is passed over has not been told, and is told when they write again in a quieter hour.
    if (toStranger && strangersTold(transaction) >= STRANGER_NOTICES_PER_HOUR) return 'withheld';
    if (notice.atMostEveryMs > 0) remember(transaction, mark, now() + notice.atMostEveryMs);
    if (toStranger) remember(transaction, `${STRANGER_MARKS}${crypto.randomUUID()}`, now() + HOUR_MS);
    // A sender who is told to wait must hear it before, not after, the answers that wait.
    const seq = notice.kind === 'rate-limited' ? 0 : refusal.seq;
    transaction
      .sql(
        `INSERT INTO turns (id, seq, sender, user_id, kind, notice, for_users_only, created_at, parts, reply_at)
         VALUES (?, ?, ?, ?, 'notice', ?, ?, ?, ?, ?)`,
      )
      .run(
        crypto.randomUUID(),
        seq,
        notice.sender,
        notice.userId,
        notice.kind,
        notice.forUsersOnly ? 1 : 0,
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
       (SELECT rowid FROM refusals WHERE sender = ?1 ORDER BY at DESC LIMIT ${REFUSALS_KEPT})`,
    ).run(refusal.sender);
    return refusal.notice ? queueNotice(transaction, refusal.notice, refusal) : 'none';
  }

  const inbox: Admission = {
    takeNumber() {
      lastNumber = Math.max(lastNumber + 1, now() * 1000);
      return lastNumber;
    },
    async seen(key) {
      if (settling.has(key)) return false;
      const seen = engine.read('seen', (sql) => isSeen({ sql }, key));
      // FONNTE takes «duplicate» for delivered: the first call must be on disk by then.
      if (seen) await engine.synced();
      return seen;
    },
    acceptedSince: async (sender, since) => engine.read('rate', (sql) => acceptedSince(sql, sender, since)),
    accept: (message, fingerprint, perMinute) =>
      engine.write('accept', (transaction) => accept(transaction, message, fingerprint, perMinute)),
    async refuse(refusal) {
      const told = await engine.write('refuse', (transaction) => refuse(transaction, refusal));
      if (told !== 'withheld') return told;
      if (refusal.notice) events.emit({ type: 'notice.withheld', notice: refusal.notice.kind });
      return 'suppressed';
    },
    async settle(key) {
      settling.add(key);
      try {
        await engine.write('settle', ({ sql }) => sql('DELETE FROM remembered WHERE key = ?').run(key));
      } finally {
        settling.delete(key);
      }
    },
  };
  return inbox;
}

/** What the keys of a sender's notices begin with, among what is remembered. */
export function noticeMarks(sender: string): string {
  return `notice:${sender}:`;
}
