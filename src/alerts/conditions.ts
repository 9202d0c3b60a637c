import { readConversationKey, senderOf } from '../conversation-key.ts';
import type {
  AlertKind,
  BreakerState,
  DeviceLabel,
  EventRecord,
  Listener,
  ServiceEvent,
  UpstreamName,
} from '../events.ts';
import { ageMs } from '../time/age.ts';
import { createDeviceConditions } from './device-conditions.ts';
import { isInactive } from './inactivity.ts';

/** A condition that is true now. Times are ms since the epoch. */
export interface ActiveAlert {
  since: number;
  /** When the condition last escalated; null if it never did. */
  escalatedAt: number | null;
  /** Facts for the operator, without personal data. */
  detail: Record<string, string | number | string[]>;
}

/** The state of each condition. A kind that is missing is not known; its last alert stays as it was sent. */
export type AlertStates = Map<AlertKind, ActiveAlert | 'resolved'>;

export interface ConditionOptions {
  inboxStatus(): Promise<{ oldestAt: number | null; deadLetters: number }>;
  /** `ok`, or one word that names the problem. */
  storeStatus(): string;
  /** Number of quarantined databases; null when they cannot be counted. */
  quarantinedFiles(): number | null;
  now(): number;
  /** Remaining messages of the FONNTE quota; 0 disables the alert. */
  quotaBelow: number;
  /** Minutes of working hours without a message; 0 disables the alert. */
  inactivityMinutes: number;
  timezone: string;
}

/** How long an upstream is down, or the oldest message waits, before the alert, in ms. */
const MIN_DURATION_MS = 5 * 60 * 1000;
/** Days before the end of the FONNTE package at which the alert starts. */
const PACKAGE_EXPIRY_DAYS = 7;
/** Maximum number of ambiguous numbers in one alert. */
const MAX_AMBIGUOUS_NUMBERS = 50;

const DOWN_ALERTS: Record<UpstreamName, AlertKind> = {
  supabase: 'supabase-down',
  gemini: 'gemini-down',
  fonnte: 'fonnte-down',
};

/** Derives the state of every alert condition from events, the inbox and the store. Keeps masked numbers only. */
export function createConditions(options: ConditionOptions): {
  /** Must receive every event. */
  listener: Listener;
  /** Returns the state of all conditions. @throws what `inboxStatus` throws */
  readStates(): Promise<AlertStates>;
} {
  const { now } = options;
  const known: AlertStates = new Map();
  /** By upstream, and for FONNTE by device. */
  const notClosedSince = new Map<string, { upstream: UpstreamName; since: number } & DeviceLabel>();
  const ambiguous = new Set<string>();
  let lastDeadLetter = { at: 0, upstream: '', reason: '' };
  /** The start of the process, until the first message. */
  let lastInboundAt = now();
  let hasInbound = false;

  /** Keeps `since` while the condition stays active. An escalation makes the alert due again. */
  const setState = (kind: AlertKind, isActive: boolean, detail: ActiveAlert['detail'] = {}, isEscalation = false) => {
    if (!isActive) return void known.set(kind, 'resolved');
    const previous = known.get(kind);
    const active = previous && previous !== 'resolved' ? previous : null;
    const escalatedAt = isEscalation && active ? now() : (active?.escalatedAt ?? null);
    known.set(kind, { since: active?.since ?? now(), escalatedAt, detail });
  };

  const setDeviceState = createDeviceConditions(setState);
  const setDeviceStatus = (event: DeviceLabel, status: string) => {
    if (status !== 'unknown') setDeviceState('device-disconnected', event, status === 'disconnect');
  };

  function recordInbound(at: number): void {
    lastInboundAt = at;
    hasInbound = true;
  }

  function recordBreaker({ upstream, device }: { upstream: UpstreamName } & DeviceLabel, state: BreakerState): void {
    const key = `${upstream}/${device ?? ''}`;
    if (state === 'closed') notClosedSince.delete(key);
    else if (!notClosedSince.has(key))
      notClosedSince.set(key, { upstream, since: now(), ...(device === undefined ? {} : { device }) });
    if (isClosed(upstream)) known.set(DOWN_ALERTS[upstream], 'resolved');
  }

  const isClosed = (upstream: UpstreamName) => ![...notClosedSince.values()].some((one) => one.upstream === upstream);

  const handlers: { [Type in ServiceEvent['type']]?: (event: Extract<EventRecord, { type: Type }>) => void } = {
    'device.status': (event) => setDeviceStatus(event, event.status),
    'device.checked': (event) => {
      const { status, quota, daysLeft } = event;
      setDeviceStatus(event, status);
      if (quota !== null) setDeviceState('quota-low', event, quota < options.quotaBelow, { quota });
      if (daysLeft !== null) setDeviceState('package-expiring', event, daysLeft <= PACKAGE_EXPIRY_DAYS, { daysLeft });
    },
    'upstream.called': (event) => {
      const { upstream, outcome, reason } = event;
      if (outcome === 'ok' && isClosed(upstream)) known.set(DOWN_ALERTS[upstream], 'resolved');
      if (upstream !== 'fonnte') return;
      if (outcome === 'ok' || reason === 'token') setDeviceState('token-rejected', event, reason === 'token');
      if (outcome === 'rejected' && reason === 'disconnected') setDeviceStatus(event, 'disconnect');
    },
    'part.sent': (event) => setDeviceStatus(event, 'connect'),
    // With `model`, the event is about one model; without, about Gemini as a whole.
    'breaker.changed': (event) => {
      if (event.model === undefined) recordBreaker(event, event.state);
    },
    'turn.dead-lettered': ({ upstream, reason, at }) => {
      lastDeadLetter = { at, upstream, reason };
    },
    // A number has one identity on all devices.
    'user.ambiguous': ({ conversation: key = '' }) => {
      const conversation = senderOf(readConversationKey(key));
      const isNew = !ambiguous.has(conversation) && ambiguous.size < MAX_AMBIGUOUS_NUMBERS;
      if (isNew) ambiguous.add(conversation);
      setState('ambiguous-user', true, { conversations: [...ambiguous] }, isNew);
    },
    'user.identified': ({ conversation: key = '', linked, matches }) => {
      const conversation = senderOf(readConversationKey(key));
      const isUnambiguous = linked || matches < 2;
      if (isUnambiguous && ambiguous.delete(conversation) && ambiguous.size === 0) setState('ambiguous-user', false);
    },
    'clock.checked': ({ state, hours }) => setState('clock', state !== 'ok', { hours }),
    'message.accepted': ({ at }) => recordInbound(at),
    'message.duplicate': ({ at }) => recordInbound(at),
    'message.refused': ({ at }) => recordInbound(at),
  };

  function addBreakerStates(states: AlertStates): void {
    for (const { upstream, since, device } of notClosedSince.values()) {
      if (ageMs(since, now()) < MIN_DURATION_MS) continue;
      const kind = DOWN_ALERTS[upstream];
      const active = states.get(kind);
      // Each further device escalates the alert.
      const others = active && active !== 'resolved' ? active : null;
      const devices = [
        ...((others?.detail.devices as string[] | undefined) ?? []),
        ...(device ? [String(device)] : []),
      ];
      states.set(kind, {
        since: others?.since ?? since,
        escalatedAt: others ? since + MIN_DURATION_MS : null,
        detail: devices.length > 0 ? { devices } : {},
      });
    }
  }

  function addInactivity(states: AlertStates): void {
    const minutes = options.inactivityMinutes;
    if (minutes === 0) return;
    // If the clock was set back, the time without messages is counted from now.
    lastInboundAt = Math.min(lastInboundAt, now());
    const inactive = isInactive(lastInboundAt, now(), minutes, options.timezone);
    if (inactive) states.set('inactivity', { since: lastInboundAt, escalatedAt: null, detail: { minutes } });
    // Outside working hours an inactivity alert stays open until the next message.
    else if (hasInbound && now() - lastInboundAt < minutes * 60_000) states.set('inactivity', 'resolved');
  }

  async function addStoreStates(states: AlertStates): Promise<void> {
    const files = options.quarantinedFiles();
    if (files !== null) {
      setState('store-quarantined', files > 0, { files });
      states.set('store-quarantined', known.get('store-quarantined') ?? 'resolved');
    }
    const status = options.storeStatus();
    if (status !== 'ok') {
      setState('store-failed', true, { condition: status });
      states.set('store-failed', known.get('store-failed') ?? 'resolved');
      return;
    }
    known.delete('store-failed');
    states.set('store-failed', 'resolved');
    const { oldestAt, deadLetters } = await options.inboxStatus();
    const isLate = oldestAt !== null && ageMs(oldestAt, now()) > MIN_DURATION_MS;
    states.set('inbox-late', isLate ? { since: oldestAt, escalatedAt: null, detail: {} } : 'resolved');
    const { at, upstream, reason } = lastDeadLetter;
    const deadLetterAlert = {
      since: at,
      escalatedAt: at || null,
      detail: { deadLetters, ...(at > 0 ? { upstream, reason } : {}) },
    };
    states.set('dead-letter', deadLetters > 0 ? deadLetterAlert : 'resolved');
  }

  return {
    listener: (event) => (handlers[event.type] as ((event: EventRecord) => void) | undefined)?.(event),
    async readStates() {
      const states: AlertStates = new Map(known);
      addBreakerStates(states);
      addInactivity(states);
      await addStoreStates(states);
      return states;
    },
  };
}
