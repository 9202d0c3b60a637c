import type { Static } from 'typebox';
import Type from 'typebox';
import type { Events } from '../events.ts';
import { normalizePhone } from '../phone.ts';
import { checkOf } from '../schema-check.ts';
import { isUpstreamError } from '../upstream.ts';
import type { SapaReader } from './supabase-reader.ts';

const UserRow = Type.Object({
  id: Type.String({ minLength: 1 }),
  name: Type.Union([Type.String(), Type.Null()]),
  unit: Type.Union([Type.String(), Type.Null()]),
  is_approved: Type.Union([Type.Boolean(), Type.Null()]),
  phone_number: Type.String(),
});
const userRow = checkOf(UserRow);

/** The SAPA account that a sender is linked to and that is approved. */
export interface User {
  id: string;
  name: string;
  unit: string | null;
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
  known(sender: string): Identity | null;
  /** The same as `identify` within `ms`; null where Supabase is too slow or can't be had. */
  identifyWithin(sender: string, ms: number): Promise<Identity | null>;
  /** Drops what is kept about a number. */
  forget(sender: string): void;
}

const USER_KEPT_MS = 60_000;
const REFUSAL_KEPT_MS = 10_000;
/** Numbers kept at once; the one longest unused goes first. */
const NUMBERS_KEPT = 10_000;
/** More rows than this for one number are a mistake in SAPA that no more rows would explain. */
const ROWS_READ = 50;

/** `users.identify` over SAPA's `users` table. */
export function createUsers(options: { reader: SapaReader; events: Events; now: () => number }): Users {
  const { reader, events, now } = options;
  const kept = new Map<string, Identity>();
  const underWay = new Map<string, Promise<Identity>>();

  const lookUp = async (sender: string): Promise<Identity> => {
    const startedAt = performance.now();
    const rows = await reader.read('users', (client) =>
      client
        .from('users')
        .select('id,name,unit,is_approved,phone_number')
        .or(`phone_number.in.(${writtenForms(sender).join(',')}),phone_number.like.${pattern(sender)}`)
        .limit(ROWS_READ),
    );
    const same = rows.filter((row) => userRow.fits(row)).filter((row) => normalizePhone(row.phone_number) === sender);
    const identity = identityOf(same, now());
    const durationMs = Math.round(performance.now() - startedAt);
    const { user, matches, refusal } = identity;
    const approved = user !== null;
    events.emit({
      type: 'user.identified',
      linked: refusal !== 'not-linked',
      approved,
      matches,
      durationMs,
    });
    if (refusal === 'not-linked' && matches > 1) events.emit({ type: 'user.ambiguous', matches });
    return identity;
  };

  const keep = (sender: string, identity: Identity) => {
    kept.delete(sender);
    kept.set(sender, identity);
    const oldest = kept.keys().next().value;
    if (kept.size > NUMBERS_KEPT && oldest !== undefined) kept.delete(oldest);
  };

  const known = (sender: string, maxAgeMs = USER_KEPT_MS): Identity | null => {
    const identity = kept.get(sender);
    const lasts = identity?.user ? Math.min(maxAgeMs, USER_KEPT_MS) : Math.min(maxAgeMs, REFUSAL_KEPT_MS);
    return identity && now() - identity.at < lasts ? identity : null;
  };

  const identify = async (sender: string, maxAgeMs = USER_KEPT_MS): Promise<Identity> =>
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
    known: (sender) => known(sender),
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
function identityOf(rows: Static<typeof UserRow>[], at: number): Identity {
  const approved = rows.filter((row) => row.is_approved === true);
  const [row] = approved;
  const matches = rows.length;
  if (approved.length === 1 && row)
    return { user: { id: row.id, name: row.name ?? '', unit: row.unit }, refusal: null, matches, at };
  return { user: null, refusal: approved.length === 0 && matches > 0 ? 'not-approved' : 'not-linked', matches, at };
}

/** The exact forms in which SAPA stores a number, each quoted for a PostgREST list. Digits only go in. */
function writtenForms(sender: string): string[] {
  const national = sender.startsWith('62') ? [`0${sender.slice(2)}`, sender.slice(2)] : [];
  return [sender, `+${sender}`, ...national].map((form) => `"${form}"`);
}

/** A pattern that any written form fits, separators inside included: it is compared again in code. */
function pattern(sender: string): string {
  const digits = sender.startsWith('62') ? sender.slice(2) : sender;
  return `*${[...digits].join('*')}*`;
}
