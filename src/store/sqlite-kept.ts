import { createHash } from 'node:crypto';
import type { Engine, Transaction } from './engine.ts';
import type { Allowance, SentAnswers, ToldAlert, ToldAlerts } from './store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const DEAD_LETTER_DAYS = 30;
/** How long an alert is remembered whose end was not told, days. */
const ALERT_DAYS = 30;
/** What the keys of alerts begin with, among what is remembered. */
const ALERTS = 'alert:';
/** Days of token counts kept: today's in any time zone. */
const TOKEN_DAYS = 3;
/** Most rows of a table that one transaction of the pruning deletes; each holds up the event loop. */
const SLICE = 200;

/** Small records with an end, and the pruning of everything that has one. */
export function createKept(engine: Engine, now: () => number) {
  const allowance: Allowance = {
    used: async (userId, day) =>
      engine.read('tokens', (sql) =>
        Number(sql('SELECT used FROM tokens WHERE user_id = ? AND day = ?').get(userId, day)?.used ?? 0),
      ),
    async add(userId, day, tokens) {
      const add = ({ sql }: Transaction) =>
        sql(
          'INSERT INTO tokens (user_id, day, used) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET used = used + excluded.used',
        ).run(userId, day, tokens);
      // The end of the turn that they were spent in goes to the disk, and takes them along.
      await engine.write('tokens', add, 'kill');
    },
  };

  const sentAnswers: SentAnswers = {
    claim: (key, claimed) =>
      engine.write('claim', ({ sql }) => {
        // Only compared, never read: what was sent to whom need not lie about for a day.
        const request = createHash('sha256').update(claimed).digest('base64url');
        sql('DELETE FROM sent_answers WHERE key = ? AND at <= ?').run(key, now() - DAY_MS);
        const row = sql('SELECT request, answer FROM sent_answers WHERE key = ?').get(key);
        if (!row) {
          sql('INSERT INTO sent_answers (key, request, at) VALUES (?, ?, ?)').run(key, request, now());
          return 'new';
        }
        if (row.request !== request) return 'other-request';
        return typeof row.answer === 'string' ? JSON.parse(row.answer) : 'unfinished';
      }),
    async keep(key, answer) {
      await engine.write('keep answer', ({ sql }) =>
        sql('UPDATE sent_answers SET answer = ? WHERE key = ?').run(JSON.stringify(answer), key),
      );
    },
  };

  const toldAlerts: ToldAlerts = {
    all: async () =>
      engine.read('alerts', (sql) =>
        sql('SELECT key, expires_at FROM remembered WHERE key >= ? AND key < ? AND expires_at > ?')
          .all(ALERTS, `${ALERTS}\u{10ffff}`, now())
          .map(({ key, expires_at: until }) => {
            const [, kind = '', state] = String(key).split(':');
            const at = Number(until) - ALERT_DAYS * DAY_MS;
            return { kind: kind as ToldAlert['kind'], at, open: state === 'open' };
          }),
      ),
    async keep({ kind, at, open }) {
      await engine.write('alert', ({ sql }) => {
        const keyOf = (isOpen: boolean) => `${ALERTS}${kind}:${isOpen ? 'open' : 'over'}`;
        sql('DELETE FROM remembered WHERE key = ?').run(keyOf(!open));
        sql('INSERT OR REPLACE INTO remembered (key, expires_at) VALUES (?, ?)').run(
          keyOf(open),
          at + ALERT_DAYS * DAY_MS,
        );
      });
    },
  };

  /** Deletes some of the turns that ended long enough ago, with their messages. */
  function pruneTurns(sql: Transaction['sql'], state: 'done' | 'dead', endedBefore: number): number {
    const old = sql(`SELECT id, sender FROM turns WHERE state = ? AND ended_at < ? LIMIT ${SLICE}`);
    let gone = 0;
    for (const { id, sender } of old.all(state, endedBefore)) {
      gone += Number(
        sql('DELETE FROM messages WHERE sender = ? AND turn_id = ?').run(sender as string, id as string).changes,
      );
      gone += Number(sql('DELETE FROM turns WHERE id = ?').run(id as string).changes);
    }
    return gone;
  }

  /** True once a day, whoever asks. */
  function isTimeToRewrite(sql: Transaction['sql'], at: number): boolean {
    const { changes } = sql(
      `INSERT INTO remembered (key, expires_at) VALUES ('rewritten', ?)
       ON CONFLICT DO UPDATE SET expires_at = excluded.expires_at WHERE expires_at <= ?`,
    ).run(at + DAY_MS, at);
    return Number(changes) > 0;
  }

  function pruneSlice(sql: Transaction['sql'], at: number, sessionIdleMs: number): number {
    const remove = (table: string, key: string, condition: string, limit: number | string) =>
      Number(
        sql(`DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table} WHERE ${condition} LIMIT ${SLICE})`).run(
          limit,
        ).changes,
      );
    const lastDay = new Date(at - TOKEN_DAYS * DAY_MS).toISOString().slice(0, 10);
    return (
      pruneTurns(sql, 'done', at - DAY_MS) +
      pruneTurns(sql, 'dead', at - DEAD_LETTER_DAYS * DAY_MS) +
      remove('sessions', 'sender', 'updated_at < ?', at - sessionIdleMs) +
      remove('remembered', 'key', 'expires_at <= ?', at) +
      remove('refusals', 'rowid', 'at < ?', at - DAY_MS) +
      remove('sent_answers', 'key', 'at <= ?', at - DAY_MS) +
      Number(sql('DELETE FROM tokens WHERE day < ?').run(lastDay).changes)
    );
  }

  /** In slices, each a transaction of its own tick, so that a long backlog holds nobody up. */
  async function prune(sessionIdleMs: number): Promise<number> {
    const at = now();
    const rewrites = await engine.write('prune', ({ sql }) => isTimeToRewrite(sql, at));
    let gone = 0;
    for (let slice = -1; slice !== 0; gone += slice) {
      slice = await engine.write('prune', ({ sql }) => pruneSlice(sql, at, sessionIdleMs));
    }
    engine.compact(rewrites);
    return gone;
  }

  return { allowance, sentAnswers, toldAlerts, prune };
}
