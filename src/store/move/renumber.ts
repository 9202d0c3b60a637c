import type { StoredRow } from '../rows.ts';

/** New sequence numbers, by sender and former number. */
export type Renumbered = ReadonlyMap<string, number>;

/**
 * Selects the numbers to change. Two instances may have given the same number to messages of different senders, but in SQLite
 * it is a key: such a number and those that follow are raised as little as possible, so the order stays the same. Number 0
 * is the place before all messages.
 */
export const SELECT_RENUMBERED = `
  SELECT * FROM (
    SELECT sender, seq, place + max(seq - place) OVER (ORDER BY place) AS moved FROM (
      SELECT sender, seq, row_number() OVER (ORDER BY seq, sender) AS place
      FROM (SELECT sender, seq FROM messages UNION SELECT sender, seq FROM turns WHERE seq > 0
        UNION SELECT sender, seq FROM pauses) AS numbers
    ) AS placed
  ) AS all_numbers WHERE moved <> seq`;

/** Builds the map from rows of SELECT_RENUMBERED. */
export function toRenumbered(rows: readonly StoredRow[]): Renumbered {
  return new Map(rows.map(({ sender, seq, moved }) => [keyOf(sender, seq), Number(moved)]));
}

/** Returns a row with its new sequence number. */
export function renumber(row: StoredRow, renumbered: Renumbered): StoredRow {
  const moved = renumbered.get(keyOf(row.sender, row.seq));
  return moved === undefined ? row : { ...row, seq: moved };
}

const keyOf = (sender: unknown, seq: unknown) => `${sender}:${seq}`;
