import { ageMs } from '../age.ts';
import { StoreUnavailable } from '../errors.ts';
import type { AlertKind, Events } from '../events.ts';
import type { SentAlerts } from '../store/types.ts';
import type { ActiveAlert, AlertStates } from './conditions.ts';

/** What an operator is told: in words, and as data for whatever takes webhooks. */
export interface Alert {
  kind: AlertKind;
  state: 'firing' | 'resolved';
  /** Ms since the epoch. */
  at: number;
  /** When the trouble began, ms since the epoch; null: not known. */
  since: number | null;
  detail: ActiveAlert['detail'];
}

/** A way to operators. `takes`: whether this alert could get there at all. */
export interface AlertChannel {
  name: 'whatsapp' | 'webhook';
  canDeliver(alert: Alert): boolean;
  /** Rejects, with a word free of personal data as its message, where nobody was told. */
  send(alert: Alert): Promise<void>;
}

/** At most one alert of a kind in so long, ms; the one that says it is over comes besides. */
export const MIN_ALERT_INTERVAL_MS = 15 * 60 * 1000;

/**
 * Tells operators of troubles: once when one begins or gets worse, once when it is over. What no channel took is tried
 * again at the next `check`; checks run one after another, and one that is asked for meanwhile runs once more.
 */
export function createAlertNotifier(options: {
  standing(): Promise<AlertStates>;
  channels: AlertChannel[];
  told: SentAlerts;
  events: Events;
  now: () => number;
  /** Aborted where the process ends: nothing more is told. */
  signal?: AbortSignal;
}): { check(): Promise<void> } {
  const { events, now } = options;
  const told = new Map<AlertKind, { at: number; open: boolean }>();
  let remembered: Promise<void> | undefined;
  let running: Promise<void> | undefined;
  let again = false;

  const remember = async () => {
    for (const { kind, at, open } of await options.told.all()) told.set(kind, { at, open });
  };

  async function checkOnce(): Promise<void> {
    remembered ??= remember();
    await remembered.catch((error) => {
      remembered = undefined;
      throw error;
    });
    for (const [kind, trouble] of await options.standing()) {
      if (options.signal?.aborted) return;
      if (trouble === 'resolved') await over(kind);
      else await raise(kind, trouble);
    }
  }

  async function raise(kind: AlertKind, { since, escalatedAt, detail }: ActiveAlert): Promise<void> {
    const before = told.get(kind);
    // The alert was already sent, perhaps before a restart.
    if (before?.open && !hasGotWorse(escalatedAt, before.at, now())) return;
    if (before && ageMs(before.at, now()) < MIN_ALERT_INTERVAL_MS) return;
    const at = now();
    if (await tell({ kind, state: 'firing', at, since: since || null, detail })) await note(kind, at, true);
  }

  async function over(kind: AlertKind): Promise<void> {
    const before = told.get(kind);
    if (!before?.open) return;
    const alert: Alert = { kind, state: 'resolved', at: now(), since: before.at, detail: {} };
    if (await tell(alert)) await note(kind, before.at, false);
  }

  async function note(kind: AlertKind, at: number, open: boolean): Promise<void> {
    told.set(kind, { at, open });
    await options.told.save({ kind, at, open }).catch((error: unknown) => {
      // The store tells of itself; what was told stays told while this process runs.
      if (!(error instanceof StoreUnavailable)) throw error;
    });
  }

  /** True where somebody was told, or where nobody could be. */
  async function tell(alert: Alert): Promise<boolean> {
    const { kind, state } = alert;
    const channels = options.channels.filter((channel) => channel.canDeliver(alert));
    const outcomes = await Promise.all(channels.map((channel) => attempt(channel, alert)));
    if (outcomes.includes(true)) events.emit({ type: 'alert.sent', kind, state });
    return channels.length === 0 || outcomes.includes(true);
  }

  async function attempt(channel: AlertChannel, alert: Alert): Promise<boolean> {
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
      again = running !== undefined;
      running ??= (async () => {
        do {
          again = false;
          await checkOnce();
        } while (again);
      })().finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}

/** Whether a condition got worse after its alert. An alert ahead of `now` was sent before the clock was set back. */
function hasGotWorse(escalatedAt: number | null, toldAt: number, now: number): boolean {
  return escalatedAt !== null && (escalatedAt > toldAt || (toldAt > now && escalatedAt <= now));
}
