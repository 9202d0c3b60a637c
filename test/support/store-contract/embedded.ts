import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { createEvents, type EventRecord, type Events } from '../../../src/events.ts';
import { createSqliteStore } from '../../../src/store/sqlite/store.ts';
import { scratchFolder } from '../folders.ts';
import { type Open, openShop, type Shop } from './samples.ts';

export const FILE = 'sapa-wa.sqlite';

/** A shop on the embedded engine, its folder, and what it told. */
export interface EmbeddedShop extends Shop {
  folder: string;
  file: string;
  told: EventRecord[];
  /** Resolves when it tells this the next time. */
  nextTold(type: EventRecord['type']): Promise<EventRecord>;
}

/** A folder removed with the test, in memory where the system offers that: spares the disk thousands of commits. */
export const memoryFolder = (t: Test): string => scratchFolder(t, { inMemory: true });

/** Opens places under a folder on the embedded engine. */
export function embedded(folder: string, events: Events = createEvents()): Open {
  return async ({ place, ...options }) => createSqliteStore({ directory: join(folder, place), events, ...options });
}

export async function openEmbedded(t: Test, options: { parent?: string; place?: string } = {}): Promise<EmbeddedShop> {
  const parent = options.parent ?? memoryFolder(t);
  const place = options.place ?? randomUUID();
  const events = createEvents();
  const told: EventRecord[] = [];
  events.on((occurrence) => told.push(occurrence));
  const shop = await openShop(t, embedded(parent, events), 1_000_000, place);
  const folder = join(parent, place);
  return Object.defineProperties({} as EmbeddedShop, {
    ...Object.getOwnPropertyDescriptors(shop),
    ...Object.getOwnPropertyDescriptors({
      folder,
      file: join(folder, FILE),
      told,
      nextTold: (type: EventRecord['type']) => nextOccurrence(events, type),
    }),
  });
}

function nextOccurrence(events: Events, type: EventRecord['type']): Promise<EventRecord> {
  return new Promise((resolve) => {
    // The store's own timers don't keep a process alive; whoever waits for them does.
    const waiting = setInterval(() => {}, 1_000);
    const off = events.on((occurrence) => {
      if (occurrence.type !== type) return;
      clearInterval(waiting);
      off();
      resolve(occurrence);
    });
  });
}

/** Which of these texts stand in any file of a folder. */
export function foundIn(folder: string, texts: readonly string[]): string[] {
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
  return texts.filter((text) => files.some((bytes) => bytes.includes(text)));
}

/** Bytes of the database and its log. */
export function sizeOf(file: string): number {
  return ['', '-wal'].reduce((sum, end) => sum + (statSync(file + end, { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** Where the log's frames end, and which of them commit a transaction. @see https://sqlite.org/fileformat2.html#walformat */
export function readLog(file: string): { ends: number[]; commits: number } {
  const bytes = readFileSync(`${file}-wal`);
  const ends: number[] = [];
  let commits = 0;
  if (bytes.length < 32) return { ends, commits };
  const frame = 24 + bytes.readUInt32BE(8);
  const salt = bytes.subarray(16, 24);
  for (let at = 32; at + frame <= bytes.length && bytes.subarray(at + 8, at + 16).equals(salt); at += frame) {
    ends.push(at + frame);
    if (bytes.readUInt32BE(at + 4) > 0) commits += 1;
  }
  return { ends, commits };
}
