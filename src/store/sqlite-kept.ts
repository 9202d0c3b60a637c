import type { Engine } from './engine.ts';
import type { Allowance, SentAnswers } from './store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const DEAD_LETTER_DAYS = 30;
/** Days of token counts kept: today's in any time zone. */
const TOKEN_DAYS = 3;

/** Small records with an end, and the pruning of everything that has one. */
export function createKept(engine: Engine, now: () => number) {
  const allowance: Allowance = {
    used: async (userId, day) =>
      engine.read('tokens', (sql) =>
        Number(sql('SELECT used FROM tokens WHERE user_id = ? AND day = ?').get(userId, day)?.used ?? 0),
      ),
    async add(userId, day, tokens) {
      await engine.write('tokens', ({ sql }) =>
        sql(
          'INSERT INTO tokens (user_id, day, used) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET used = used + excluded.used',
        ).run(userId, day, tokens),
      );
    },
  };

  const sentAnswers: SentAnswers = {
    claim: (key, request) =>
      engine.write('claim', ({ sql }) => {
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

  async function prune(sessionIdleMs: number): Promise<number> {
    const at = now();
    const gone = await engine.write('prune', ({ sql }) => {
      const remove = (text: string, ...values: (number | string)[]) => Number(sql(text).run(...values).changes);
      const ended = "SELECT id FROM turns WHERE (state = 'done' AND ended_at < ?) OR (state = 'dead' AND ended_at < ?)";
      const limits = [at - DAY_MS, at - DEAD_LETTER_DAYS * DAY_MS];
      return (
        remove(`DELETE FROM messages WHERE turn_id IN (${ended})`, ...limits) +
        remove(`DELETE FROM turns WHERE id IN (${ended})`, ...limits) +
        remove('DELETE FROM sessions WHERE updated_at < ?', at - sessionIdleMs) +
        remove('DELETE FROM remembered WHERE expires_at <= ?', at) +
        remove('DELETE FROM refusals WHERE at < ?', at - DAY_MS) +
        remove('DELETE FROM sent_answers WHERE at <= ?', at - DAY_MS) +
        remove('DELETE FROM tokens WHERE day < ?', new Date(at - TOKEN_DAYS * DAY_MS).toISOString().slice(0, 10))
      );
    });
    if (gone > 0) engine.compact();
    return gone;
  }

  return { allowance, sentAnswers, prune };
}
