import { createHash } from 'node:crypto';
import type { IdempotencyKeys, SentAlert, SentAlerts, TokenUsage } from '../types.ts';
import type { Database } from './database.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long an alert is remembered whose end was not told, days. */
const ALERT_DAYS = 30;
/** What the keys of alerts begin with, among what is remembered. */
const ALERTS = 'alert:';

/** Small records: token usage, answers of manual sends, alerts. */
export function createKept(engine: Database, now: () => number) {
  const tokenUsage: TokenUsage = {
    used: async (userId, day) =>
      engine.read('tokens', (sql) =>
        Number(sql('SELECT used FROM token_usage WHERE user_id = ? AND day = ?').get(userId, day)?.used ?? 0),
      ),
    async add(userId, day, tokens) {
      await engine.write('tokens', ({ sql }) =>
        sql(
          'INSERT INTO token_usage (user_id, day, used) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET used = used + excluded.used',
        ).run(userId, day, tokens),
      );
    },
  };

  const idempotencyKeys: IdempotencyKeys = {
    claim: (key, claimed) =>
      engine.write('claim', ({ sql }) => {
        // Only compared, never read: what was sent to whom need not lie about for a day.
        const request = createHash('sha256').update(claimed).digest('base64url');
        // A key up to a day ahead of a clock that was set back stays, so that a repeat is not sent again.
        sql('DELETE FROM idempotency_keys WHERE key = ? AND (at <= ? OR at > ?)').run(
          key,
          now() - DAY_MS,
          now() + DAY_MS,
        );
        const row = sql('SELECT request, response FROM idempotency_keys WHERE key = ?').get(key);
        if (!row) {
          sql('INSERT INTO idempotency_keys (key, request, at) VALUES (?, ?, ?)').run(key, request, now());
          return 'new';
        }
        if (row.request !== request) return 'other-request';
        return typeof row.response === 'string' ? JSON.parse(row.response) : 'unfinished';
      }),
    async complete(key, answer) {
      await engine.write('keep answer', ({ sql }) =>
        sql('UPDATE idempotency_keys SET response = ? WHERE key = ?').run(JSON.stringify(answer), key),
      );
    },
  };

  const sentAlerts: SentAlerts = {
    all: async () =>
      engine.read('alerts', (sql) =>
        sql('SELECT key, expires_at FROM expiring_keys WHERE key >= ? AND key < ? AND expires_at > ?')
          .all(ALERTS, `${ALERTS}\u{10ffff}`, now())
          .map(({ key, expires_at: until }) => {
            const [, kind = '', state] = String(key).split(':');
            const at = Number(until) - ALERT_DAYS * DAY_MS;
            return { kind: kind as SentAlert['kind'], at, open: state === 'firing' };
          }),
      ),
    async save({ kind, at, open }) {
      await engine.write('alert', ({ sql }) => {
        const keyOf = (isOpen: boolean) => `${ALERTS}${kind}:${isOpen ? 'firing' : 'resolved'}`;
        sql('DELETE FROM expiring_keys WHERE key = ?').run(keyOf(!open));
        sql('INSERT OR REPLACE INTO expiring_keys (key, expires_at) VALUES (?, ?)').run(
          keyOf(open),
          at + ALERT_DAYS * DAY_MS,
        );
      });
    },
  };

  return { tokenUsage, idempotencyKeys, sentAlerts };
}
