import type { Part } from '../part.ts';
import { loadedRows } from './memory-load.ts';
import { sessionRows } from './memory-sessions.ts';

/** Goal 4: memory of idle sessions, after the start, and at 300 messages a second. */
export const memory: Part = async (bench) => {
  const loaded = await loadedRows(bench);
  const sessions = await sessionRows(bench);
  return { title: '4. Memory', rows: [...sessions.rows, ...loaded.rows], notes: [...sessions.notes, ...loaded.notes] };
};
