import { createHash } from 'node:crypto';
import { ALERT_KEY_PREFIX, alertKey, alertReservationKey, endOfPrefix, toSentAlert } from '../expiring-keys.ts';
import type { IdempotencyKeys, Retention, SentAlerts, TokenUsage } from '../types.ts';
import type { Database } from './database.ts';

/** Time after which an alert that was reserved and not released may be sent by another instance, ms: longer than a send takes. */
const RESERVATION_MS = 30_000;

/** Creates the store of Gemini's tokens. */
export function createTokenUsage(database: Database): TokenUsage {
  return {
    used: (queries) =>
      database.runEach(
        'tokens_used',
        queries,
        (query) => query,
        (used: number) => used,
      ),
    add: (additions) =>
      database.runEach(
        'add_tokens',
        additions,
        (addition) => addition,
        () => undefined,
      ),
  };
}

/** Creates the store of idempotency keys. */
export function createIdempotencyKeys(database: Database, { idempotencyKeyMs }: Retention): IdempotencyKeys {
  return {
    async claim(key, claimed) {
      // The request is only compared, so its hash is stored instead of phone number and text.
      const request = createHash('sha256').update(claimed).digest('base64url');
      const parameters = { key, request, ttlMs: idempotencyKeyMs };
      const found = await database.run<'new' | 'unfinished' | 'other-request' | { response: string }>(
        'claim_key',
        parameters,
      );
      return typeof found === 'string' ? found : (JSON.parse(found.response) as { status: number; body: unknown });
    },
    async complete(key, response) {
      await database.run('complete_key', { key, response: JSON.stringify(response) });
    },
  };
}

/** Creates the store of sent alerts. */
export function createSentAlerts(database: Database, { sentAlertMs }: Retention): SentAlerts {
  return {
    reserve: (kind) => database.run('reserve_key', { key: alertReservationKey(kind), ttlMs: RESERVATION_MS }),
    async release(kind) {
      await database.run('delete_key', { key: alertReservationKey(kind) });
    },
    async all() {
      const range = { first: ALERT_KEY_PREFIX, end: endOfPrefix(ALERT_KEY_PREFIX) };
      const rows = await database.run<{ key: string; expires_at: number }[]>('list_keys', range);
      return rows.map((row) => toSentAlert(row.key, row.expires_at, sentAlertMs));
    },
    async save(alert) {
      await database.run('replace_key', {
        former: alertKey({ ...alert, open: !alert.open }),
        key: alertKey(alert),
        expiresAt: alert.at + sentAlertMs,
      });
    },
  };
}
