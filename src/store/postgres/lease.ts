import type { Connection } from './connection.ts';

/** How long an instance owns its conversations without a renewal, ms: then the others take them over. */
const LEASE_MS = 6_000;
/** Interval of the renewals, ms. */
const RENEWAL_MS = 2_000;
/** A send must not start this close to the end of the lease, ms: it takes time until it is on the wire. */
const SAFETY_MS = 500;

/** Clocks in ms: one that the operating system never sets, and the time of day. */
export interface LeaseClocks {
  monotonic(): number;
  wall(): number;
}

const SYSTEM_CLOCKS: LeaseClocks = { monotonic: () => performance.now(), wall: Date.now };

/**
 * Registers this process as an instance. The lease is measured from before the request, and in the database from its
 * execution, so the lease expires in the process before it expires in the database: a suspended instance detects the expiry
 * before its next send. The larger of the times on two clocks counts: the monotonic clock stops with a suspended virtual
 * machine, and the time of day can be set back. Set forward, it only makes the instance renew the lease early.
 */
export async function registerInstance(connection: Connection, schema: string, clocks: LeaseClocks = SYSTEM_CLOCKS) {
  const { query } = connection;
  let id = 0;
  let renewedAt = readClocks();
  let isEnded = false;
  /** Since when the lease has been valid without a gap, and the database available, on the monotonic clock. */
  let continuousSince = Number.NEGATIVE_INFINITY;

  function readClocks() {
    return { monotonic: clocks.monotonic(), wall: clocks.wall() };
  }

  /** Time since the last renewal, ms. */
  function readAge(): number {
    const { monotonic, wall } = readClocks();
    return Math.max(monotonic - renewedAt.monotonic, wall - renewedAt.wall);
  }

  const isValid = () => !isEnded && readAge() < LEASE_MS - SAFETY_MS;

  async function register(): Promise<void> {
    const at = readClocks();
    id = Number(await query(`SELECT ${schema}.register_instance($1) AS result`, [LEASE_MS]));
    renewedAt = at;
  }

  await register();
  return {
    /** The number of this instance; a new one after others removed it. */
    id: (): number => id,
    isValid,
    isRenewalDue: (): boolean => readAge() >= RENEWAL_MS,

    /** Extends the lease, or registers again. `wasUnavailable`: the database, since the last renewal. */
    async renew(wasUnavailable: boolean): Promise<void> {
      const at = readClocks();
      if (wasUnavailable || !isValid()) continuousSince = at.monotonic;
      const isRenewed = await query(`SELECT ${schema}.renew_instance($1, $2) AS result`, [id, LEASE_MS]);
      if (isRenewed) renewedAt = at;
      else await register();
    },

    /**
     * Frees the conversations of instances whose lease has ended. After a failure of the database any lease may have ended, so
     * the others get the time to renew theirs.
     */
    async removeOthers(): Promise<void> {
      if (clocks.monotonic() - continuousSince < LEASE_MS) return;
      await query(`SELECT ${schema}.remove_dead_instances() AS result`, []);
    },

    /** Frees the conversations of this instance. */
    async end(): Promise<void> {
      isEnded = true;
      await query(`SELECT ${schema}.remove_instance($1)::text AS result`, [id]);
    },
  };
}
