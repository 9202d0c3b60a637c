import type { Capacity, CapacityShare } from '../upstream/capacity.ts';
import type { ActivityList } from './activities/activities.ts';
import { SapaTooLargeError } from './paging.ts';

/** Maximum memory of the lists that all running turns hold at once, in bytes. @see docs/reliability.md, «Memory» */
export const LISTS_CAPACITY_BYTES = 128 * 1024 * 1024;
/** Maximum memory of one user's list, in bytes: some 20,000 ordinary activities. */
const MAX_LIST_BYTES = 24 * 1024 * 1024;
/** Acquired before the size of a list is known, in bytes: some 5,000 ordinary activities. All 32 turns fit at once. */
const INITIAL_LEASE_BYTES = 4 * 1024 * 1024;

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

/** Creates the holder of one turn. A turn releases its capacity before it waits for more, so that two turns cannot block each other. */
export function createHeldList(capacity: Capacity, signal: AbortSignal | undefined): HeldList {
  let current: { key: string; list: Promise<ActivityList> } | undefined;
  let lease: CapacityShare | undefined;
  let isReleased = false;

  async function replace(previous: Promise<unknown> | undefined, read: ReadList): Promise<ActivityList> {
    await previous?.catch(() => undefined);
    lease?.release();
    try {
      return await readWithin(INITIAL_LEASE_BYTES, read);
    } catch (error) {
      if (!(error instanceof SapaTooLargeError && error.exceedsBytes)) throw error;
      return await readWithin(MAX_LIST_BYTES, read);
    }
  }

  async function readWithin(maxBytes: number, read: ReadList): Promise<ActivityList> {
    const acquired = await capacity.acquire(maxBytes, signal);
    lease = acquired;
    try {
      const list = await read(maxBytes);
      acquired.shrink(isReleased ? 0 : list.bytes);
      return list;
    } catch (error) {
      acquired.release();
      throw error;
    }
  }

  return {
    async get(key, read) {
      if (current?.key !== key) current = { key, list: replace(current?.list, read) };
      const requested = current;
      try {
        return await requested.list;
      } catch (error) {
        if (current === requested) current = undefined;
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
