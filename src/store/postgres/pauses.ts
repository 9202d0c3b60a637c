import { randomUUIDv7 } from 'node:crypto';
import { type StoredRow, toMessage } from '../rows.ts';
import type { Pauses } from '../types.ts';
import type { Database } from './database.ts';

/** Creates the operations of pauses. Every instance reads them with the work of a conversation. */
export function createPauses(database: Database): Pauses {
  return {
    async start(pause) {
      await database.run('start_pause', { ...pause, lock: pause.sender, creates: true });
    },
    async end(pause) {
      await database.run('end_pause', { ...pause, id: randomUUIDv7(), lock: pause.sender });
    },
    async held(query) {
      return (await database.run<StoredRow[]>('held_messages', query)).map(toMessage);
    },
  };
}
