import type { Connection } from './connection.ts';

/** How long an instance owns its conversations without a renewal, ms: then the others take them over. */
export const LEASE_MS = 6_000;
/** Interval of the renewals, ms. */
const RENEWAL_MS = 2_000;
/** A send must not start this close to the end of the lease, ms: it takes time until it is on the wire. */
const SAFETY_MS = 500;

export type Lease = Awaited<ReturnType<typeof registerInstance>>;

/**
 * Registers this process as an instance. The lease is measured by the monotonic clock from before the request, and in the
 * database from its execution, so the lease expires in the process before it expires in the database: a suspended
 * instance detects the expiry before its next send.
 */
export async function registerInstance(connection: Connection, schema: string) {
  const { query } = connection;
  let id = 0;
  let renewedAt = 0;
  let validUntil = 0;
  /** Since when the lease has been valid without a gap, and the database available. */
  let continuousSince = Number.NEGATIVE_INFINITY;

  async function register(): Promise<void> {
    const at = performance.now();
    id = Number(await query(`SELECT ${schema}.register_instance($1) AS result`, [LEASE_MS]));
    extend(at);
  }

  function extend(at: number): void {
    renewedAt = at;
    validUntil = at + LEASE_MS - SAFETY_MS;
  }

  await register();
  return {
    /** The number of this instance; a new one after others removed it. */
    id: (): number => id,
    isValid: (): boolean => performance.now() < validUntil,
    isRenewalDue: (): boolean => performance.now() - renewedAt >= RENEWAL_MS,

    /** Extends the lease, or registers again. `wasUnavailable`: the database, since the last renewal. */
    async renew(wasUnavailable: boolean): Promise<void> {
      const at = performance.now();
      if (wasUnavailable || at >= validUntil) continuousSince = at;
      const isRenewed = await query(`SELECT ${schema}.renew_instance($1, $2) AS result`, [id, LEASE_MS]);
      if (isRenewed) extend(at);
      else await register();
    },

    /**
     * Frees the conversations of instances whose lease has ended. After a failure of the database any lease may have ended, so
     * the others get the time to renew theirs.
     */
    async removeOthers(): Promise<void> {
      if (performance.now() - continuousSince < LEASE_MS) return;
      await query(`SELECT ${schema}.remove_dead_instances() AS result`, []);
    },

    /** Frees the conversations of this instance. */
    async end(): Promise<void> {
      validUntil = 0;
      await query(`SELECT ${schema}.remove_instance($1)::text AS result`, [id]);
    },
  };
}
