import pg from 'pg';
import type { StoreStatus } from '../types.ts';

/** The states of an unavailable database. */
export type DatabaseProblem = Extract<StoreStatus, 'full' | 'locked' | 'failed'>;

/** SQLSTATEs after which the same statement can be repeated at once: deadlock and serialization failure. */
const REPEATABLE = ['40P01', '40001'];
/** Classes and codes of a database that cannot work now, not of a wrong statement. @see https://www.postgresql.org/docs/current/errcodes-appendix.html */
const UNAVAILABLE = [
  '08', // connection exception
  '25006', // read-only: a replica
  '28', // the role or password is not valid
  '3D', // the database does not exist
  '3F', // the schema does not exist
  '42501', // the role may not do this
  '53', // insufficient resources
  '55', // object not in prerequisite state
  '57', // operator intervention: shutdown, canceled statement
  '58', // system error outside of PostgreSQL
  'XX', // damaged data or internal error
];

/** Whether the transaction was rolled back only because of another one. */
export function isRepeatable(error: unknown): boolean {
  return REPEATABLE.includes(sqlState(error) ?? '');
}

/** Maps an error to the state of the store. @returns null for an error that the statement itself caused (a bug) */
export function classifyDatabaseError(error: unknown): DatabaseProblem | null {
  const state = sqlState(error);
  // Without an SQLSTATE, the connection failed or did not respond in time.
  if (state === null) return 'failed';
  if (state === '53100') return 'full';
  if (state === '55P03' || isRepeatable(error)) return 'locked';
  return UNAVAILABLE.some((prefix) => state.startsWith(prefix)) ? 'failed' : null;
}

/** Only errors that the server sent have an SQLSTATE: codes of the operating system, such as EPIPE, look like one. */
function sqlState(error: unknown): string | null {
  return error instanceof pg.DatabaseError ? (error.code ?? null) : null;
}
