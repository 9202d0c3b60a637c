/** A kind of records, with its name for operators. `where`: a condition that every database understands. */
export interface RecordKind {
  title: string;
  table: string;
  where?: string;
}

/** The kinds of records of the store, the most important first. Together they contain every row of their tables. */
export const RECORD_KINDS: readonly RecordKind[] = [
  { title: 'Pesan yang menunggu', table: 'messages', where: 'done_at IS NULL' },
  { title: 'Giliran terbuka', table: 'turns', where: "state = 'open'" },
  { title: 'Pesan gagal', table: 'turns', where: "state = 'dead'" },
  { title: 'Sesi percakapan', table: 'sessions' },
  { title: 'Pesan yang selesai', table: 'messages', where: 'done_at IS NOT NULL' },
  { title: 'Giliran yang selesai', table: 'turns', where: "state = 'done'" },
  { title: 'Berkas balasan', table: 'reply_files' },
  { title: 'Percakapan yang dijeda', table: 'pauses' },
  { title: 'Penolakan', table: 'refusals' },
  { title: 'Token harian', table: 'token_usage' },
  { title: 'Idempotency-Key', table: 'idempotency_keys' },
  { title: 'Sidik jari, tanda', table: 'expiring_keys' },
];

/** Returns the statement that counts the records of a kind in `count`; `table`: its name in that database. */
export function countStatement({ where }: RecordKind, table: string): string {
  return `SELECT count(*) AS count FROM ${table}${where ? ` WHERE ${where}` : ''}`;
}
