import { type StoredRow, toDeadLetter, toMessage } from '../rows.ts';
import type { DeadLetters } from '../types.ts';
import type { Database } from './database.ts';

/** Creates the operations of dead letters. */
export function createDeadLetters(database: Database): DeadLetters {
  return {
    async list(page) {
      const rows = await database.runAlone<(StoredRow & { messages: StoredRow[] })[]>('list_dead_letters', page);
      return rows.map((row) => toDeadLetter(row, row.messages.map(toMessage)));
    },
    replay: (id) => database.run('replay_dead_letter', { turn: id }),
    discard: (id) => database.run('discard_dead_letter', { turn: id }),
  };
}
