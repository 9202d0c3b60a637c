import type { Capacity, Lease } from '../upstream/capacity.ts';
import type { ActivityList } from './activities/activities.ts';
import { SapaTooLargeError } from './paging.ts';

/** Maximum memory of the lists that all running turns hold at once, in bytes. @see docs/reliability.md, «Memory» */
export const LISTS_CAPACITY_BYTES = 128 * 1024 * 1024;
/** Maximum memory of one user's list, in bytes: some 20,000 ordinary activities. */
export const MAX_LIST_BYTES = 24 * 1024 * 1024;
/** Claimed before the size of a list is known, in bytes: some 5,000 ordinary activities. All 32 turns fit at once. */
const FIRST_CLAIM_BYTES = 4 * 1024 * 1024;

/** Reads a list of at most `maxBytes`. @throws SapaTooLargeError with `exceedsBytes` */
export type ReadList = (maxBytes: number) => Promise<ActivityList>;

/** The one list of activities that a turn holds at a time, within the capacity that all turns share. */
export interface HeldList {
  /** The held list if it has this key; otherwise drops it and reads `key`. A read that failed is repeated by the next call. */
  get(key: string, read: ReadList): Promise<ActivityList>;
  /** Whether the list with this key is held or being read. */
  has(key: string): boolean;
  /** Drops the list and returns its capacity. */
  release(): void;
}

/** Creates the holder of one turn. A turn never waits for capacity while it holds some: no two turns can block each other. */
export function createHeldList(capacity: Capacity, signal: AbortSignal | undefined): HeldList {
  let current: { key: string; list: Promise<ActivityList> } | undefined;
  let lease: Lease | undefined;
  let isReleased = false;

  async function replace(previous: Promise<unknown> | undefined, read: ReadList): Promise<ActivityList> {
    await previous?.catch(() => undefined);
    lease?.release();
    try {
      return await readWithin(FIRST_CLAIM_BYTES, read);
    } catch (error) {
      if (!(error instanceof SapaTooLargeError && error.exceedsBytes)) throw error;
      return await readWithin(MAX_LIST_BYTES, read);
    }
  }

  async function readWithin(claim: number, read: ReadList): Promise<ActivityList> {
    const claimed = await capacity.acquire(claim, signal);
    lease = claimed;
    try {
      const list = await read(claim);
      claimed.shrink(isReleased ? 0 : list.bytes);
      return list;
    } catch (error) {
      claimed.release();
      throw error;
    }
  }

  return {
    async get(key, read) {
      if (current?.key !== key) current = { key, list: replace(current?.list, read) };
      const asked = current;
      try {
        return await asked.list;
      } catch (error) {
        if (current === asked) current = undefined;
        throw error;
      }
    },
    has: (key) => current?.key === key,
    release() {
      isReleased = true;
      current = undefined;
      lease?.release();
    },
  };
}
