import { ignoreStoreUnavailable } from '../errors.ts';
import type { AlertKind, Events } from '../events.ts';
import type { SentAlerts } from '../store/types.ts';
import { ageMs } from '../time/age.ts';
import { singleFlight } from '../upstream/single-flight.ts';
import type { ActiveAlert, AlertStates } from './conditions.ts';

/** One notification to the operators. Times are ms since the epoch. */
export interface Alert {
  kind: AlertKind;
  state: 'firing' | 'resolved';
  at: number;
  /** When the condition began; null when that is not known. */
  since: number | null;
  detail: ActiveAlert['detail'];
}

/** A way to reach operators. */
export interface AlertChannel {
  name: 'whatsapp' | 'webhook';
  /** Whether the channel is configured and can deliver this alert. */
  canDeliver(alert: Alert): boolean;
  /** Rejects when no operator received the alert; the error's message is one word without personal data. */
  send(alert: Alert): Promise<void>;
}

/** Shortest time between two `firing` alerts of one kind, in ms. `resolved` is sent at once. */
export const MIN_ALERT_INTERVAL_MS = 15 * 60 * 1000;

/**
 * Sends an alert when a condition begins or escalates, and one when it is resolved. An alert that no channel delivered is
 * sent at the next check. Checks run one at a time; checks requested while one is running share one further check.
 */
export function createAlertNotifier(options: {
  readStates(): Promise<AlertStates>;
  channels: AlertChannel[];
  sentAlerts: SentAlerts;
  events: Events;
  now: () => number;
  /** After its abort no alert is sent. */
  signal?: AbortSignal;
}): { check(): Promise<void> } {
  const { events, now } = options;
  const sent = new Map<AlertKind, { at: number; open: boolean }>();
  let isLoaded = false;
  let isRequested = false;

  const runChecks = singleFlight(async () => {
    while (isRequested) {
      isRequested = false;
      await checkOnce();
    }
  });

  async function checkOnce(): Promise<void> {
    if (!isLoaded) {
      for (const { kind, at, open } of await options.sentAlerts.all()) sent.set(kind, { at, open });
      isLoaded = true;
    }
    for (const [kind, state] of await options.readStates()) {
      if (options.signal?.aborted) return;
      if (state === 'resolved') await sendResolved(kind);
      else await sendFiring(kind, state);
    }
  }

  async function sendFiring(kind: AlertKind, { since, escalatedAt, detail }: ActiveAlert): Promise<void> {
    const isDue = () => {
      const previous = sent.get(kind);
      // The alert was already sent, perhaps before a restart or by another instance.
      if (previous?.open && !hasEscalated(escalatedAt, previous.at, now())) return false;
      return !previous || ageMs(previous.at, now()) >= MIN_ALERT_INTERVAL_MS;
    };
    if (!isDue()) return;
    await withReservation(kind, async () => {
      if (!isDue()) return;
      const at = now();
      if (await deliver({ kind, state: 'firing', at, since: since || null, detail })) await saveSent(kind, at, true);
    });
  }

  async function sendResolved(kind: AlertKind): Promise<void> {
    if (!sent.get(kind)?.open) return;
    await withReservation(kind, async () => {
      const previous = sent.get(kind);
      if (!previous?.open) return;
      const alert: Alert = { kind, state: 'resolved', at: now(), since: previous.at, detail: {} };
      if (await deliver(alert)) await saveSent(kind, previous.at, false);
    });
  }

  /**
   * Reads what other instances have sent of this kind and runs `send`, unless another instance sends it now: then the next
   * check decides. Without the store, every instance sends.
   */
  async function withReservation(kind: AlertKind, send: () => Promise<void>): Promise<void> {
    const { reserve, release, all } = options.sentAlerts;
    try {
      if (!(await reserve(kind))) return;
      const stored = (await all()).find((alert) => alert.kind === kind);
      const known = sent.get(kind);
      const isNewer = stored && (!known || stored.at > known.at || (stored.at === known.at && !stored.open));
      if (isNewer) sent.set(kind, { at: stored.at, open: stored.open });
    } catch (error) {
      ignoreStoreUnavailable(error);
    }
    await send();
    await release(kind).catch(ignoreStoreUnavailable);
  }

  async function saveSent(kind: AlertKind, at: number, open: boolean): Promise<void> {
    sent.set(kind, { at, open });
    // Without the store, `sent` prevents repetitions until the process ends.
    await options.sentAlerts.save({ kind, at, open }).catch(ignoreStoreUnavailable);
  }

  /** Returns true when an operator received the alert, or when no channel can deliver it. */
  async function deliver(alert: Alert): Promise<boolean> {
    const { kind, state } = alert;
    const channels = options.channels.filter((channel) => channel.canDeliver(alert));
    const results = await Promise.all(channels.map((channel) => sendThrough(channel, alert)));
    if (results.includes(true)) events.emit({ type: 'alert.sent', kind, state });
    return channels.length === 0 || results.includes(true);
  }

  async function sendThrough(channel: AlertChannel, alert: Alert): Promise<boolean> {
    try {
      await channel.send(alert);
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      events.emit({ type: 'alert.failed', kind: alert.kind, channel: channel.name, reason });
      return false;
    }
  }

  return {
    check() {
      isRequested = true;
      return runChecks();
    },
  };
}

/** Whether a condition escalated after its alert. An alert ahead of `now` was sent before the clock was set back. */
function hasEscalated(escalatedAt: number | null, sentAt: number, now: number): boolean {
  return escalatedAt !== null && (escalatedAt > sentAt || (sentAt > now && escalatedAt <= now));
}
