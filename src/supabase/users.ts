import { ageMs } from '../age.ts';
import type { Events } from '../events.ts';
import { isUpstreamError, UpstreamRejectedError } from '../upstream/errors.ts';
import type { SupabaseReader } from './client.ts';
import { readUserRows, type UserRow } from './user-rows.ts';

/** The SAPA account that a sender is linked to and that is approved. */
export interface User {
  id: string;
  name: string;
  unit: string | null;
  /** When the account was created, ms since the epoch; null: not known. */
  createdAt: number | null;
}

/** What Supabase said about a number, and when (ms since the epoch). */
export interface Identity {
  user: User | null;
  /** Why there is no user. */
  refusal: 'not-linked' | 'not-approved' | null;
  /** Accounts that carry the number, approved or not. */
  matches: number;
  at: number;
}

export interface Users {
  /**
   * Whose number this is. An answer is kept for a minute (a refusal for ten seconds) and look-ups of one number are
   * shared; `maxAgeMs` asks for a younger one. @throws UpstreamRefusal, UpstreamFailure, UpstreamOpen
   */
  identify(sender: string, maxAgeMs?: number): Promise<Identity>;
  /** What is kept and young enough to be used; null: it must be looked up. */
  cached(sender: string): Identity | null;
  /** What was last known of a number, however old; null: nothing. */
  lastKnown(sender: string): Identity | null;
  /** The same as `identify` within `ms`; null where Supabase is too slow or can't be had. */
  identifyWithin(sender: string, ms: number): Promise<Identity | null>;
  /** Drops what is kept about a number. */
  forget(sender: string): void;
}

const USER_CACHE_MS = 60_000;
const REFUSAL_CACHE_MS = 10_000;
/** Numbers kept at once; the one longest unused goes first. */
const MAX_CACHED_NUMBERS = 10_000;

/** `users.identify` over SAPA's `users` table. */
export function createUsers(options: { reader: SupabaseReader; events: Events; now: () => number }): Users {
  const { reader, events, now } = options;
  const kept = new Map<string, Identity>();
  const underWay = new Map<string, Promise<Identity>>();

  const lookUp = async (sender: string): Promise<Identity> => {
    const startedAt = performance.now();
    const { rows, isComplete } = await readUserRows(reader, sender);
    if (!isComplete) events.emit({ type: 'user.lookup-incomplete', matches: rows.length });
    const identity = toIdentity(rows, now());
    const durationMs = Math.round(performance.now() - startedAt);
    const { user, matches, refusal } = identity;
    const approved = user !== null;
    const isAmbiguous = refusal === 'not-linked' && matches > 1;
    // An account that was not read may be this sender's: a refusal would be wrong.
    if (!isComplete && !approved && !isAmbiguous) throw new TooManyAccounts();
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

  const keep = (sender: string, identity: Identity) => {
    kept.delete(sender);
    kept.set(sender, identity);
    const oldest = kept.keys().next().value;
    if (kept.size > MAX_CACHED_NUMBERS && oldest !== undefined) kept.delete(oldest);
  };

  const known = (sender: string, maxAgeMs = USER_CACHE_MS): Identity | null => {
    const identity = kept.get(sender);
    const lasts = identity?.user ? Math.min(maxAgeMs, USER_CACHE_MS) : Math.min(maxAgeMs, REFUSAL_CACHE_MS);
    return identity && ageMs(identity.at, now()) < lasts ? identity : null;
  };

  const identify = async (sender: string, maxAgeMs = USER_CACHE_MS): Promise<Identity> =>
    known(sender, maxAgeMs) ?? underWay.get(sender) ?? shared(sender);

  /** One look-up for all who ask meanwhile. What was forgotten while it ran is not kept. */
  const shared = (sender: string): Promise<Identity> => {
    const lookup = lookUp(sender)
      .then((identity) => {
        if (underWay.get(sender) === lookup) keep(sender, identity);
        return identity;
      })
      .finally(() => {
        if (underWay.get(sender) === lookup) underWay.delete(sender);
      });
    underWay.set(sender, lookup);
    return lookup;
  };

  return {
    identify,
    cached: (sender) => known(sender),
    lastKnown: (sender) => kept.get(sender) ?? null,
    async identifyWithin(sender, ms) {
      const slow = Promise.withResolvers<null>();
      const timer = setTimeout(slow.resolve, ms, null);
      const lookup = identify(sender).catch((error: unknown) => {
        // Told as an event by the upstream guard; the message is identified in its turn.
        if (isUpstreamError(error)) return null;
        throw error;
      });
      return Promise.race([lookup, slow.promise]).finally(() => clearTimeout(timer));
    },
    forget(sender) {
      kept.delete(sender);
      underWay.delete(sender);
    },
  };
}

/** Two approved accounts with one number are nobody's: showing either's data might be showing it to the other. */
function toIdentity(rows: UserRow[], at: number): Identity {
  const approved = rows.filter((row) => row.is_approved === true);
  const [row] = approved;
  const matches = rows.length;
  if (approved.length === 1 && row) return { user: userOf(row), refusal: null, matches, at };
  return { user: null, refusal: approved.length === 0 && matches > 0 ? 'not-approved' : 'not-linked', matches, at };
}

function userOf({ id, name, unit, created_at: createdAt }: UserRow): User {
  const createdMs = Date.parse(createdAt ?? '');
  return { id, name: name ?? '', unit, createdAt: Number.isNaN(createdMs) ? null : createdMs };
}

/** The accounts that look like the number are more than can be read. */
class TooManyAccounts extends UpstreamRejectedError {
  constructor() {
    const reason = 'more accounts of SAPA resemble this phone number than can be read; clean up users.phone_number';
    super('supabase', { reason, label: 'too-many-accounts', permanent: true });
  }
}
