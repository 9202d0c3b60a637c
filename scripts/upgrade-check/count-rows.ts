import type { DatabaseSync } from 'node:sqlite';

/** A kind of data in the store. */
interface Kind {
  /** Its name for operators. */
  title: string;
  /** The table, then its name in earlier versions. */
  tables: readonly [string, ...string[]];
  where?: string;
  /** The migration may join two rows of this kind. */
  isJoined?: boolean;
}

/** The kinds of data, the most important first. */
export const KINDS: readonly Kind[] = [
  { title: 'Pesan yang menunggu', tables: ['messages'], where: 'done_at IS NULL' },
  { title: 'Giliran terbuka', tables: ['turns'], where: "state = 'open'" },
  { title: 'Pesan gagal', tables: ['turns'], where: "state = 'dead'" },
  { title: 'Sesi percakapan', tables: ['sessions'] },
  { title: 'Pesan yang selesai', tables: ['messages'], where: 'done_at IS NOT NULL' },
  { title: 'Penolakan', tables: ['refusals'] },
  { title: 'Token harian', tables: ['token_usage', 'tokens'] },
  { title: 'Idempotency-Key', tables: ['idempotency_keys', 'sent_answers'] },
  { title: 'Sidik jari, tanda', tables: ['expiring_keys', 'remembered'], isJoined: true },
];

/**
 * Counts the rows of every kind, in the order of KINDS.
 * @returns null when a table is missing: the file is no store of this service
 */
export function countRows(database: DatabaseSync): number[] | null {
  const names = new Set(
    database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .all()
      .map(({ name }) => String(name)),
  );
  const counts = KINDS.map(({ tables, where }) => {
    const table = tables.find((name) => names.has(name));
    if (table === undefined) return null;
    const sql = `SELECT count(*) AS count FROM ${table}${where ? ` WHERE ${where}` : ''}`;
    return Number(database.prepare(sql).get()?.count);
  });
  return counts.every((count) => count !== null) ? counts : null;
}
