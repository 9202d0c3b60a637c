import type { Activity } from '../activities/activities.ts';

/** Rupiah allocated to activities in status Outstanding and in status Komitmen. */
export interface Commitment {
  outstanding: number;
  komitmen: number;
}

/** What a user's activities have outstanding or committed: in all, by account, and by budget row (equal kode and uraian). */
export interface Commitments {
  total: Commitment;
  byAccount: ReadonlyMap<string, Commitment>;
  byKode: ReadonlyMap<string, ReadonlyMap<string, Commitment>>;
}

/** Adds up the allocations of the activities that are outstanding or committed; the other statuses bind no money. */
export function sumCommitments(activities: readonly Activity[]): Commitments {
  const total = zeroCommitment();
  const byAccount = new Map<string, Commitment>();
  const byKode = new Map<string, Map<string, Commitment>>();
  for (const activity of activities) {
    const kind = kindOf(activity.status);
    if (!kind) continue;
    for (const { kode, account, uraian, jumlah } of activity.allocations) {
      const rows = entry(byKode, kode, () => new Map<string, Commitment>());
      total[kind] += jumlah;
      entry(byAccount, account, zeroCommitment)[kind] += jumlah;
      entry(rows, uraian, zeroCommitment)[kind] += jumlah;
    }
  }
  return { total, byAccount, byKode };
}

/** Nothing outstanding, nothing committed, to add up into. */
export function zeroCommitment(): Commitment {
  return { outstanding: 0, komitmen: 0 };
}

function kindOf(status: string): keyof Commitment | undefined {
  const lower = status.toLowerCase();
  return lower === 'outstanding' || lower === 'komitmen' ? lower : undefined;
}

function entry<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = create();
    map.set(key, value);
  }
  return value;
}
