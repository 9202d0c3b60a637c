import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { buildRetention } from '../../../src/conversation/retention.ts';
import { createEvents, type EventRecord, type Events } from '../../../src/events.ts';
import { createSqliteStore } from '../../../src/store/sqlite/store.ts';
import type { Store } from '../../../src/store/types.ts';
import { scratchFolder } from '../folders.ts';
import { IDLE_MS, type Open, openStoreFixture, type StoreFixture } from './samples.ts';

export const FILE = 'sapa-wa.sqlite';

/** A store fixture on SQLite, with its folder and its events. */
export interface EmbeddedStoreFixture extends StoreFixture {
  folder: string;
  file: string;
  occurrences: EventRecord[];
  /** Resolves with the next event of this type. */
  nextEvent(type: EventRecord['type']): Promise<EventRecord>;
}

/** Creates a folder that is removed with the test, in memory if possible: avoids thousands of disk commits. */
export const memoryFolder = (t: Test): string => scratchFolder(t, { inMemory: true });

/** Opens the SQLite store in a folder, with the retention of the service. */
export function openSqliteStore(
  directory: string,
  options: { events?: Events; now?: () => number; monotonicNow?: () => number } = {},
): Store {
  return createSqliteStore({ directory, retention: buildRetention(IDLE_MS), events: createEvents(), ...options });
}

/** Opens SQLite stores under a folder. */
export function embedded(folder: string, events: Events = createEvents()): Open {
  return async ({ place, ...options }) => openSqliteStore(join(folder, place), { events, ...options });
}

export async function openEmbedded(
  t: Test,
  options: { parent?: string; place?: string } = {},
): Promise<EmbeddedStoreFixture> {
  const parent = options.parent ?? memoryFolder(t);
  const place = options.place ?? randomUUID();
  const events = createEvents();
  const occurrences: EventRecord[] = [];
  events.on((occurrence) => occurrences.push(occurrence));
  const fixture = await openStoreFixture(t, embedded(parent, events), 1_000_000, place);
  const folder = join(parent, place);
  return Object.defineProperties({} as EmbeddedStoreFixture, {
    ...Object.getOwnPropertyDescriptors(fixture),
    ...Object.getOwnPropertyDescriptors({
      folder,
      file: join(folder, FILE),
      occurrences,
      nextEvent: (type: EventRecord['type']) => nextOccurrence(events, type),
    }),
  });
}

function nextOccurrence(events: Events, type: EventRecord['type']): Promise<EventRecord> {
  return new Promise((resolve) => {
    // The store's timers do not keep the process alive, so this one does while a test waits.
    const waiting = setInterval(() => {}, 1_000);
    const off = events.on((occurrence) => {
      if (occurrence.type !== type) return;
      clearInterval(waiting);
      off();
      resolve(occurrence);
    });
  });
}

/** @returns the texts that occur in any file of a folder */
export function foundIn(folder: string, texts: readonly string[]): string[] {
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
  return texts.filter((text) => files.some((bytes) => bytes.includes(text)));
}

/** @returns the size of the database and its log, bytes */
export function sizeOf(file: string): number {
  return ['', '-wal'].reduce((sum, end) => sum + (statSync(file + end, { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** @returns the offsets of the log's frames, and which of them commit a transaction. @see https://sqlite.org/fileformat2.html#walformat */
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
