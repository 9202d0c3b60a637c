import type { Activity } from '../activities/activities.ts';

/** Rupiah allocated to activities in status Outstanding and in status Komitmen. */
export interface Commitment {
  outstanding: number;
  komitmen: number;
}

/** Outstanding and committed money of a user's activities: in total, by account, and by budget row (same kode and uraian). */
export interface Commitments {
  total: Commitment;
  byAccount: ReadonlyMap<string, Commitment>;
  byKode: ReadonlyMap<string, ReadonlyMap<string, Commitment>>;
}

/** Adds up the allocations of the activities that are outstanding or committed; other statuses do not commit money. */
export function sumCommitments(activities: readonly Activity[]): Commitments {
  const total = zeroCommitment();
  const byAccount = new Map<string, Commitment>();
  const byKode = new Map<string, Map<string, Commitment>>();
  for (const activity of activities) {
    const kind = classifyStatus(activity.status);
    if (!kind) continue;
    for (const { kode, account, uraian, jumlah } of activity.allocations) {
      const rows = getOrCreate(byKode, kode, () => new Map<string, Commitment>());
      total[kind] += jumlah;
      getOrCreate(byAccount, account, zeroCommitment)[kind] += jumlah;
      getOrCreate(rows, uraian, zeroCommitment)[kind] += jumlah;
    }
  }
  return { total, byAccount, byKode };
}

/** Adds up commitments. */
export function addCommitments(commitments: readonly Commitment[]): Commitment {
  const total = zeroCommitment();
  for (const { outstanding, komitmen } of commitments) {
    total.outstanding += outstanding;
    total.komitmen += komitmen;
  }
  return total;
}

/** Returns zeros, to be added to. */
export function zeroCommitment(): Commitment {
  return { outstanding: 0, komitmen: 0 };
}

function classifyStatus(status: string): keyof Commitment | undefined {
  const lower = status.toLowerCase();
  return lower === 'outstanding' || lower === 'komitmen' ? lower : undefined;
}

function getOrCreate<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = create();
    map.set(key, value);
  }
  return value;
}
