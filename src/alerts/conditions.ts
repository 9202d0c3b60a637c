import { ageMs } from '../age.ts';
import type { AlertKind, BreakerState, Listener, Occurrence, ServiceEvent, UpstreamName } from '../events.ts';
import { hasPassedQuietly } from './inactivity.ts';

/** A trouble that stands: since when (ms since the epoch), and what an operator wants to know. */
export interface Trouble {
  since: number;
  /** When it last got worse than it was; null: it only stands. */
  worseAt: number | null;
  detail: Record<string, string | number | string[]>;
}

/** `clear`: known to be well. A kind that is not in the map is not known yet, and stays as it was told. */
export type Standing = Map<AlertKind, Trouble | 'clear'>;

/** What is asked for when the troubles are looked at, rather than learned from events. */
export interface ConditionSources {
  inbox(): Promise<{ oldestAt: number | null; deadLetters: number }>;
  /** `ok`, or what is wrong with the store in a word. */
  store(): string;
  /** Damaged databases that were set aside and are still there; null where nobody can look. */
  setAside(): number | null;
  now(): number;
}

export interface ConditionSettings {
  quotaBelow: number;
  /** 0: silence is no trouble. */
  silenceMinutes: number;
  timezone: string;
}

/** An upstream is down, and the inbox late, after so long, ms. */
const DOWN_MS = 5 * 60 * 1000;
/** A package that ends within so many days is told of. */
const PACKAGE_DAYS = 7;
/** Numbers of two users that are remembered at most. */
const AMBIGUOUS_KEPT = 50;

const DOWN: Record<UpstreamName, AlertKind> = {
  supabase: 'supabase-down',
  gemini: 'gemini-down',
  fonnte: 'fonnte-down',
};

/** Which troubles stand: learned from events, and read from the store when somebody looks. Holds masked numbers only. */
export function createConditions(sources: ConditionSources, settings: ConditionSettings) {
  const { now } = sources;
  const learned: Standing = new Map();
  const notClosedSince = new Map<UpstreamName, number>();
  const ambiguous = new Set<string>();
  let lastDead = { at: 0, upstream: '', reason: '' };
  /** Before anybody has written, silence counts from the start. */
  let lastInboundAt = now();
  let isHeard = false;

  /** A trouble keeps its beginning for as long as it stands; `worse` makes it worth telling again. */
  const set = (kind: AlertKind, stands: boolean, detail: Trouble['detail'] = {}, worse = false) => {
    const before = learned.get(kind);
    if (!stands) return void learned.set(kind, 'clear');
    const stood = before && before !== 'clear' ? before : null;
    const worseAt = worse && stood ? now() : (stood?.worseAt ?? null);
    learned.set(kind, { since: stood?.since ?? now(), worseAt, detail });
  };

  const heardFromDevice = (status: string) => {
    if (status !== 'unknown') set('device-disconnected', status === 'disconnect');
  };

  function heardAt(at: number): void {
    lastInboundAt = at;
    isHeard = true;
  }

  function breakerChanged(upstream: UpstreamName, state: BreakerState): void {
    if (state !== 'closed') return void notClosedSince.set(upstream, notClosedSince.get(upstream) ?? now());
    notClosedSince.delete(upstream);
    learned.set(DOWN[upstream], 'clear');
  }

  const lessons: { [Type in ServiceEvent['type']]?: (event: Extract<Occurrence, { type: Type }>) => void } = {
    'device.status': ({ status }) => heardFromDevice(status),
    'device.checked': ({ status, quota, daysLeft }) => {
      heardFromDevice(status);
      if (quota !== null) set('quota-low', quota < settings.quotaBelow, { quota });
      if (daysLeft !== null) set('package-expiring', daysLeft <= PACKAGE_DAYS, { daysLeft });
    },
    'upstream.called': ({ upstream, outcome, reason }) => {
      if (outcome === 'ok' && !notClosedSince.has(upstream)) learned.set(DOWN[upstream], 'clear');
      if (upstream !== 'fonnte') return;
      if (outcome === 'ok' || reason === 'token') set('token-rejected', reason === 'token');
      if (outcome === 'refused' && reason === 'disconnected') heardFromDevice('disconnect');
    },
    'part.sent': () => heardFromDevice('connect'),
    // One model's breaker is no outage of Gemini: without `model` the event is about all models together.
    'breaker.changed': ({ upstream, model, state }) => {
      if (model === undefined) breakerChanged(upstream, state);
    },
    'turn.dead': ({ upstream, reason, at }) => {
      lastDead = { at, upstream, reason };
    },
    'user.ambiguous': ({ conversation = '' }) => {
      const isNew = !ambiguous.has(conversation) && ambiguous.size < AMBIGUOUS_KEPT;
      if (isNew) ambiguous.add(conversation);
      set('ambiguous-user', true, { conversations: [...ambiguous] }, isNew);
    },
    'user.identified': ({ conversation = '', linked, matches }) => {
      const isOneAgain = linked || matches < 2;
      if (isOneAgain && ambiguous.delete(conversation) && ambiguous.size === 0) set('ambiguous-user', false);
    },
    'clock.checked': ({ state, hours }) => set('clock', state !== 'ok', { hours }),
    'message.accepted': ({ at }) => heardAt(at),
    'message.duplicate': ({ at }) => heardAt(at),
    'message.refused': ({ at }) => heardAt(at),
  };

  function breakers(standing: Standing): void {
    for (const [upstream, since] of notClosedSince) {
      if (ageMs(since, now()) >= DOWN_MS) standing.set(DOWN[upstream], { since, worseAt: null, detail: {} });
    }
  }

  function silence(standing: Standing): void {
    const minutes = settings.silenceMinutes;
    if (minutes === 0) return;
    // The clock was set back since: silence counts from here.
    lastInboundAt = Math.min(lastInboundAt, now());
    const silent = hasPassedQuietly(lastInboundAt, now(), minutes, settings.timezone);
    if (silent) standing.set('silence', { since: lastInboundAt, worseAt: null, detail: { minutes } });
    // At night nobody is missed: what was told of the day stands until somebody writes.
    else if (isHeard && now() - lastInboundAt < minutes * 60_000) standing.set('silence', 'clear');
  }

  async function stored(standing: Standing): Promise<void> {
    const files = sources.setAside();
    if (files !== null) {
      set('store-set-aside', files > 0, { files });
      standing.set('store-set-aside', learned.get('store-set-aside') ?? 'clear');
    }
    const condition = sources.store();
    if (condition !== 'ok') {
      set('store-failed', true, { condition });
      standing.set('store-failed', learned.get('store-failed') ?? 'clear');
      return;
    }
    learned.delete('store-failed');
    standing.set('store-failed', 'clear');
    const { oldestAt, deadLetters } = await sources.inbox();
    const late = oldestAt !== null && ageMs(oldestAt, now()) > DOWN_MS;
    standing.set('inbox-late', late ? { since: oldestAt, worseAt: null, detail: {} } : 'clear');
    const { at, upstream, reason } = lastDead;
    const dead = { since: at, worseAt: at || null, detail: { deadLetters, ...(at > 0 ? { upstream, reason } : {}) } };
    standing.set('dead-letter', deadLetters > 0 ? dead : 'clear');
  }

  const listener: Listener = (occurrence) =>
    (lessons[occurrence.type] as ((event: Occurrence) => void) | undefined)?.(occurrence);

  return {
    listener,
    /** What stands now. @throws what `inbox` throws */
    async standing(): Promise<Standing> {
      const standing: Standing = new Map(learned);
      breakers(standing);
      silence(standing);
      await stored(standing);
      return standing;
    },
  };
}
