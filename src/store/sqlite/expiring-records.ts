import { createHash } from 'node:crypto';
import { ALERT_KEY_PREFIX, alertKey, endOfPrefix, toSentAlert } from '../expiring-keys.ts';
import type { IdempotencyKeys, Retention, SentAlerts, TokenUsage } from '../types.ts';
import type { Database } from './database.ts';

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
    // No other process uses this store.
    reserve: async () => true,
    release: async () => undefined,
    all: async () =>
      database.read('alerts', (sql) =>
        sql('SELECT key, expires_at FROM expiring_keys WHERE key >= ? AND key < ? AND expires_at > ?')
          .all(ALERT_KEY_PREFIX, endOfPrefix(ALERT_KEY_PREFIX), now())
          .map((row) => toSentAlert(String(row.key), Number(row.expires_at), sentAlertMs)),
      ),
    async save(alert) {
      await database.write('save alert', (sql) => {
        sql('DELETE FROM expiring_keys WHERE key = ?').run(alertKey({ ...alert, open: !alert.open }));
        sql('INSERT OR REPLACE INTO expiring_keys (key, expires_at) VALUES (?, ?)').run(
          alertKey(alert),
          alert.at + sentAlertMs,
        );
      });
    },
  };
}
