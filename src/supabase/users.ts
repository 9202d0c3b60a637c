import type { Events } from '../events.ts';
import type { PhoneNumber } from '../phone.ts';
import { ageMs } from '../time/age.ts';
import { isUpstreamError, UpstreamRejectedError } from '../upstream/errors.ts';
import type { SupabaseReader } from './client.ts';
import { readUserRows, type UserRow } from './user-rows.ts';

/** The SAPA account that a sender is linked to and that is approved. */
export interface User {
  id: string;
  name: string;
  unit: string | null;
  /** When the account was created, in ms since the epoch; null if unknown. */
  createdAt: number | null;
}

/** The result of a look-up; `at` is its time in ms since the epoch. */
export interface Identity {
  user: User | null;
  /** Why there is no user; null if there is one. */
  refusal: 'not-linked' | 'not-approved' | null;
  /** Number of accounts with this phone number, approved or not. */
  matches: number;
  at: number;
}

/** Finds the SAPA user of a sender. */
export interface Users {
  /**
   * Finds the user of a number. Caches a user for a minute and a refusal for ten seconds, and shares look-ups of one
   * number; `maxAgeMs` requires a younger result.
   * @throws UpstreamRejectedError, UpstreamCallError, CircuitOpenError
   */
  identify(phone: PhoneNumber, maxAgeMs?: number): Promise<Identity>;
  /** @returns null when the number must be looked up: nothing is cached or it is too old */
  cached(phone: PhoneNumber): Identity | null;
  /** The last known identity of a number, of any age. @returns null if the number is unknown */
  lastKnown(phone: PhoneNumber): Identity | null;
  /** The same as `identify` within `ms`. @returns null when Supabase is too slow or unavailable */
  identifyWithin(phone: PhoneNumber, ms: number): Promise<Identity | null>;
  /** Removes a number from the cache; the result of a running look-up is not cached either. */
  forget(phone: PhoneNumber): void;
}

const USER_CACHE_MS = 60_000;
const REFUSAL_CACHE_MS = 10_000;
/** Maximum numbers in the cache; the least recently identified one is removed first. */
const MAX_CACHED_NUMBERS = 10_000;

/** Creates the look-up over SAPA's `users` table. */
export function createUsers(options: { reader: SupabaseReader; events: Events; now: () => number }): Users {
  const { reader, events, now } = options;
  const cache = new Map<string, Identity>();
  const pendingLookups = new Map<string, Promise<Identity>>();

  const lookUp = async (phone: PhoneNumber): Promise<Identity> => {
    const startedAt = performance.now();
    const { rows, isComplete } = await readUserRows(reader, phone);
    if (!isComplete) events.emit({ type: 'user.lookup-incomplete', matches: rows.length });
    const identity = toIdentity(rows, now());
    const durationMs = Math.round(performance.now() - startedAt);
    const { user, matches, refusal } = identity;
    const approved = user !== null;
    const isAmbiguous = refusal === 'not-linked' && matches > 1;
    // An account that was not read may be this sender's: do not refuse.
    if (!isComplete && !approved && !isAmbiguous) throw new TooManyAccountsError();
    events.emit({
      type: 'user.identified',
      linked: refusal !== 'not-linked',
      approved,
      matches,
      durationMs,
    });
    if (isAmbiguous) events.emit({ type: 'user.ambiguous', matches });
    return identity;
  };

  const store = (phone: PhoneNumber, identity: Identity) => {
    cache.delete(phone);
    cache.set(phone, identity);
    const oldest = cache.keys().next().value;
    if (cache.size > MAX_CACHED_NUMBERS && oldest !== undefined) cache.delete(oldest);
  };

  const findCached = (phone: PhoneNumber, maxAgeMs = USER_CACHE_MS): Identity | null => {
    const identity = cache.get(phone);
    const validForMs = identity?.user ? Math.min(maxAgeMs, USER_CACHE_MS) : Math.min(maxAgeMs, REFUSAL_CACHE_MS);
    return identity && ageMs(identity.at, now()) < validForMs ? identity : null;
  };

  const identify = async (phone: PhoneNumber, maxAgeMs = USER_CACHE_MS): Promise<Identity> =>
    findCached(phone, maxAgeMs) ?? pendingLookups.get(phone) ?? startLookup(phone);

  /** Starts the look-up that concurrent callers share. Does not cache its result if `forget` was called during it. */
  const startLookup = (phone: PhoneNumber): Promise<Identity> => {
    const lookup = lookUp(phone)
      .then((identity) => {
        if (pendingLookups.get(phone) === lookup) store(phone, identity);
        return identity;
      })
      .finally(() => {
        if (pendingLookups.get(phone) === lookup) pendingLookups.delete(phone);
      });
    pendingLookups.set(phone, lookup);
    return lookup;
  };

  return {
    identify,
    cached: (phone) => findCached(phone),
    lastKnown: (phone) => cache.get(phone) ?? null,
    async identifyWithin(phone, ms) {
      const timeout = Promise.withResolvers<null>();
      const timer = setTimeout(timeout.resolve, ms, null);
      const lookup = identify(phone).catch((error: unknown) => {
        // The upstream guard has emitted the event; the turn identifies the sender again.
        if (isUpstreamError(error)) return null;
        throw error;
      });
      return Promise.race([lookup, timeout.promise]).finally(() => clearTimeout(timer));
    },
    forget(phone) {
      cache.delete(phone);
      pendingLookups.delete(phone);
    },
  };
}

/** Refuses a number with two approved accounts: either user could see the other's data. */
function toIdentity(rows: UserRow[], at: number): Identity {
  const approved = rows.filter((row) => row.is_approved === true);
  const [row] = approved;
  const matches = rows.length;
  if (approved.length === 1 && row) return { user: toUser(row), refusal: null, matches, at };
  return { user: null, refusal: approved.length === 0 && matches > 0 ? 'not-approved' : 'not-linked', matches, at };
}

function toUser({ id, name, unit, created_at: createdAt }: UserRow): User {
  const createdMs = Date.parse(createdAt ?? '');
  return { id, name: name ?? '', unit, createdAt: Number.isNaN(createdMs) ? null : createdMs };
}

/** More accounts match the pattern of the number than are read (MAX_PAGES). */
class TooManyAccountsError extends UpstreamRejectedError {
  constructor() {
    const reason = 'more accounts of SAPA resemble this phone number than can be read; clean up users.phone_number';
    super('supabase', { reason, label: 'too-many-accounts', permanent: true });
  }
}
