import { ageMs } from '../age.ts';
import type { AlertKind, BreakerState, EventRecord, Listener, ServiceEvent, UpstreamName } from '../events.ts';
import { isInactive } from './inactivity.ts';

/** A trouble that stands: since when (ms since the epoch), and what an operator wants to know. */
export interface ActiveAlert {
  since: number;
  /** When it last got worse than it was; null: it only stands. */
  escalatedAt: number | null;
  detail: Record<string, string | number | string[]>;
}

/** `clear`: known to be well. A kind that is not in the map is not known yet, and stays as it was told. */
export type AlertStates = Map<AlertKind, ActiveAlert | 'resolved'>;

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
  const learned: AlertStates = new Map();
  const notClosedSince = new Map<UpstreamName, number>();
  const ambiguous = new Set<string>();
  let lastDead = { at: 0, upstream: '', reason: '' };
  /** Before anybody has written, silence counts from the start. */
  let lastInboundAt = now();
  let isHeard = false;

  /** A trouble keeps its beginning for as long as it stands; `worse` makes it worth telling again. */
  const set = (kind: AlertKind, stands: boolean, detail: ActiveAlert['detail'] = {}, worse = false) => {
    const before = learned.get(kind);
    if (!stands) return void learned.set(kind, 'resolved');
    const stood = before && before !== 'resolved' ? before : null;
    const escalatedAt = worse && stood ? now() : (stood?.escalatedAt ?? null);
    learned.set(kind, { since: stood?.since ?? now(), escalatedAt, detail });
  };

  const setDeviceStatus = (status: string) => {
    if (status !== 'unknown') set('device-disconnected', status === 'disconnect');
  };

  function heardAt(at: number): void {
    lastInboundAt = at;
    isHeard = true;
  }

  function breakerChanged(upstream: UpstreamName, state: BreakerState): void {
    if (state !== 'closed') return void notClosedSince.set(upstream, notClosedSince.get(upstream) ?? now());
    notClosedSince.delete(upstream);
    learned.set(DOWN[upstream], 'resolved');
  }

  const handlers: { [Type in ServiceEvent['type']]?: (event: Extract<EventRecord, { type: Type }>) => void } = {
    'device.status': ({ status }) => setDeviceStatus(status),
    'device.checked': ({ status, quota, daysLeft }) => {
      setDeviceStatus(status);
      if (quota !== null) set('quota-low', quota < settings.quotaBelow, { quota });
      if (daysLeft !== null) set('package-expiring', daysLeft <= PACKAGE_DAYS, { daysLeft });
    },
    'upstream.called': ({ upstream, outcome, reason }) => {
      if (outcome === 'ok' && !notClosedSince.has(upstream)) learned.set(DOWN[upstream], 'resolved');
      if (upstream !== 'fonnte') return;
      if (outcome === 'ok' || reason === 'token') set('token-rejected', reason === 'token');
      if (outcome === 'rejected' && reason === 'disconnected') setDeviceStatus('disconnect');
    },
    'part.sent': () => setDeviceStatus('connect'),
    // One model's breaker is no outage of Gemini: without `model` the event is about all models together.
    'breaker.changed': ({ upstream, model, state }) => {
      if (model === undefined) breakerChanged(upstream, state);
    },
    'turn.dead-lettered': ({ upstream, reason, at }) => {
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

  function breakers(states: AlertStates): void {
    for (const [upstream, since] of notClosedSince) {
      if (ageMs(since, now()) >= DOWN_MS) states.set(DOWN[upstream], { since, escalatedAt: null, detail: {} });
    }
  }

  function silence(standing: AlertStates): void {
    const minutes = settings.silenceMinutes;
    if (minutes === 0) return;
    // The clock was set back since: silence counts from here.
    lastInboundAt = Math.min(lastInboundAt, now());
    const silent = isInactive(lastInboundAt, now(), minutes, settings.timezone);
    if (silent) standing.set('inactivity', { since: lastInboundAt, escalatedAt: null, detail: { minutes } });
    // At night nobody is missed: what was told of the day stands until somebody writes.
    else if (isHeard && now() - lastInboundAt < minutes * 60_000) standing.set('inactivity', 'resolved');
  }

  async function stored(standing: AlertStates): Promise<void> {
    const files = sources.setAside();
    if (files !== null) {
      set('store-quarantined', files > 0, { files });
      standing.set('store-quarantined', learned.get('store-quarantined') ?? 'resolved');
    }
    const condition = sources.store();
    if (condition !== 'ok') {
      set('store-failed', true, { condition });
      standing.set('store-failed', learned.get('store-failed') ?? 'resolved');
      return;
    }
    learned.delete('store-failed');
    standing.set('store-failed', 'resolved');
    const { oldestAt, deadLetters } = await sources.inbox();
    const late = oldestAt !== null && ageMs(oldestAt, now()) > DOWN_MS;
    standing.set('inbox-late', late ? { since: oldestAt, escalatedAt: null, detail: {} } : 'resolved');
    const { at, upstream, reason } = lastDead;
    const dead = {
      since: at,
      escalatedAt: at || null,
      detail: { deadLetters, ...(at > 0 ? { upstream, reason } : {}) },
    };
    standing.set('dead-letter', deadLetters > 0 ? dead : 'resolved');
  }

  const listener: Listener = (occurrence) =>
    (handlers[occurrence.type] as ((event: EventRecord) => void) | undefined)?.(occurrence);

  return {
    listener,
    /** What stands now. @throws what `inbox` throws */
    async standing(): Promise<AlertStates> {
      const standing: AlertStates = new Map(learned);
      breakers(standing);
      silence(standing);
      await stored(standing);
      return standing;
    },
  };
}
