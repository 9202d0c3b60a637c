import { createHash } from 'node:crypto';
import type { SentAlert } from '../records.ts';
import type { IdempotencyKeys, Retention, SentAlerts, TokenUsage } from '../types.ts';
import type { Database } from './database.ts';

/** Prefix of the keys of alerts in `expiring_keys`. */
const ALERT_KEY_PREFIX = 'alert:';

/** Creates the store of Gemini's tokens. */
export function createTokenUsage(database: Database): TokenUsage {
  return {
    used: (queries) =>
      database.readEach('tokens', queries, (sql, { userId, day }) =>
        Number(sql('SELECT used FROM token_usage WHERE user_id = ? AND day = ?').get(userId, day)?.used ?? 0),
      ),
    add: (additions) =>
      database.writeEach('add tokens', additions, (sql, { userId, day, tokens }) => {
        sql(
          'INSERT INTO token_usage (user_id, day, used) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET used = used + excluded.used',
        ).run(userId, day, tokens);
      }),
  };
}

/** Creates the store of idempotency keys. */
export function createIdempotencyKeys(
  database: Database,
  { idempotencyKeyMs }: Retention,
  now: () => number,
): IdempotencyKeys {
  return {
    claim: (key, claimed) =>
      database.write('claim idempotency key', (sql) => {
        // The request is only compared, so its hash is stored instead of phone number and text.
        const request = createHash('sha256').update(claimed).digest('base64url');
        // A key dated ahead is valid: the clock was set back, and a repeat must not be sent again.
        sql('DELETE FROM idempotency_keys WHERE key = ? AND (at <= ? OR at > ?)').run(
          key,
          now() - idempotencyKeyMs,
          now() + idempotencyKeyMs,
        );
        const row = sql('SELECT request, response FROM idempotency_keys WHERE key = ?').get(key);
        if (!row) {
          sql('INSERT INTO idempotency_keys (key, request, at) VALUES (?, ?, ?)').run(key, request, now());
          return 'new';
        }
        if (row.request !== request) return 'other-request';
        return typeof row.response === 'string' ? JSON.parse(row.response) : 'unfinished';
      }),
    async complete(key, response) {
      await database.write('complete idempotency key', (sql) =>
        sql('UPDATE idempotency_keys SET response = ? WHERE key = ?').run(JSON.stringify(response), key),
      );
    },
  };
}

/** Creates the store of sent alerts. */
export function createSentAlerts(database: Database, { sentAlertMs }: Retention, now: () => number): SentAlerts {
  return {
    all: async () =>
      database.read('alerts', (sql) =>
        sql('SELECT key, expires_at FROM expiring_keys WHERE key >= ? AND key < ? AND expires_at > ?')
          .all(ALERT_KEY_PREFIX, `${ALERT_KEY_PREFIX}\u{10ffff}`, now())
          .map(({ key, expires_at: until }) => {
            const [, kind = '', state] = String(key).split(':');
            const at = Number(until) - sentAlertMs;
            return { kind: kind as SentAlert['kind'], at, open: state === 'firing' };
          }),
      ),
    async save({ kind, at, open }) {
      await database.write('save alert', (sql) => {
        const toKey = (isOpen: boolean) => `${ALERT_KEY_PREFIX}${kind}:${isOpen ? 'firing' : 'resolved'}`;
        sql('DELETE FROM expiring_keys WHERE key = ?').run(toKey(!open));
        sql('INSERT OR REPLACE INTO expiring_keys (key, expires_at) VALUES (?, ?)').run(toKey(open), at + sentAlertMs);
      });
    },
  };
}
