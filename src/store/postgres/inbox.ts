import { randomUUID } from 'node:crypto';
import { endOfPrefix, LIMITED_NOTICE_PREFIX, noticeKeyPrefix, toKeyRange } from '../expiring-keys.ts';
import type {
  Acceptance,
  InboxStatus,
  NewFingerprint,
  NewMessage,
  Notice,
  Refusal,
  RefusalResult,
} from '../records.ts';
import type { Inbox } from '../types.ts';
import type { Database } from './database.ts';

/**
 * Creates the operations of the webhook. `lastPending`: the largest sequence number of pending work. Sequence numbers begin
 * with the time, so those of several instances are in order as far as their clocks agree; the order of one instance is exact.
 */
export function createInbox(database: Database, lastPending: number, now: () => number): Inbox {
  /** Fingerprints whose release is not yet stored; the next request may arrive before. */
  const releasing = new Map<string, Promise<unknown>>();
  /** Two instances give the same number to two messages of one millisecond only if their offsets are equal. */
  const offset = Math.floor(Math.random() * 1000);
  let lastNumber = lastPending;

  /** Resolves when the release of this fingerprint has ended; then the same request is a new one. */
  const untilReleased = async (key: string) => {
    await releasing.get(key)?.catch(() => undefined);
  };

  async function accept({
    message,
    fingerprint,
    perSender,
    maxPending,
    hasFreeSlot = false,
  }: NewMessage): Promise<Acceptance> {
    if (releasing.has(fingerprint.key)) await untilReleased(fingerprint.key);
    return await database.run<Acceptance>('accept_message', {
      ...message,
      attachment: message.attachment ? JSON.stringify(message.attachment) : null,
      ...toFingerprintKeys(fingerprint),
      since: now() - perSender.withinMs,
      maxPerSender: perSender.max,
      maxPending,
      hasFreeSlot,
      lock: message.sender,
      creates: true,
    });
  }

  async function hasFingerprint(fingerprint: Pick<NewFingerprint, 'key' | 'timestamp'>): Promise<boolean> {
    if (releasing.has(fingerprint.key)) await untilReleased(fingerprint.key);
    return await database.run<boolean>('has_fingerprint', toFingerprintKeys({ ...fingerprint, ttlMs: 0 }));
  }

  async function releaseFingerprint(key: string): Promise<void> {
    const released = database.run('delete_key', { key });
    releasing.set(key, released);
    try {
      await released;
    } finally {
      releasing.delete(key);
    }
  }

  return {
    nextSequence() {
      lastNumber = Math.max(lastNumber + 1, now() * 1000 + offset);
      return lastNumber;
    },
    hasFingerprint: (fingerprints) => fingerprints.map(hasFingerprint),
    countAccepted: (queries) =>
      database.runEach(
        'count_accepted',
        queries,
        (query) => query,
        (count: number) => count,
      ),
    accept: (messages) => messages.map(accept),
    refuse: (refusals) =>
      database.runEach('refuse_message', refusals, toRefusalParameters, (result: RefusalResult) => result),
    lastUserId: (queries) =>
      database.runEach(
        'last_owner',
        queries,
        (query) => query,
        (userId: string | null) => userId,
      ),
    releaseFingerprint: (keys) => keys.map(releaseFingerprint),
    status: () => database.runAlone<InboxStatus>('inbox_status', {}),
  };
}

function toFingerprintKeys({ ttlMs, ...fingerprint }: NewFingerprint) {
  const [firstKey, lastKey] = toKeyRange(fingerprint);
  return { firstKey, lastKey, ttlMs };
}

function toRefusalParameters({ fingerprint, notice, ...refusal }: Refusal) {
  return {
    ...refusal,
    ...(fingerprint ? toFingerprintKeys(fingerprint) : {}),
    notice: notice && toNoticeParameters(notice),
    lock: refusal.sender,
    creates: true,
  };
}

function toNoticeParameters({ limit, text, linkedUsersOnly, ...notice }: Notice) {
  return {
    ...notice,
    id: randomUUID(),
    key: `${noticeKeyPrefix(notice.sender)}${notice.kind}`,
    parts: JSON.stringify([text]),
    linkedUsersOnly: linkedUsersOnly ? 1 : 0,
    ...(limit && {
      limitMax: limit.max,
      limitWithinMs: limit.withinMs,
      limitKey: `${LIMITED_NOTICE_PREFIX}${randomUUID()}`,
      limitPrefix: LIMITED_NOTICE_PREFIX,
      limitEnd: endOfPrefix(LIMITED_NOTICE_PREFIX),
    }),
  };
}
