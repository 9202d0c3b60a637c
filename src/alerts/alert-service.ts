import { type Config, parseList } from '../config/schema.ts';
import { StoreUnavailable } from '../errors.ts';
import { type Events, type ServiceEvent, stackFrames } from '../events.ts';
import { normalizePhone } from '../phone.ts';
import type { Inbox, Store } from '../store/types.ts';
import type { Texts } from '../texts.ts';
import type { HttpClient } from '../upstream/http-client.ts';
import { createWebhookChannel, createWhatsAppChannel, type WhatsAppSender } from './channels.ts';
import { createConditions } from './conditions.ts';
import { createAlertFormatter } from './format.ts';
import { createAlertNotifier } from './notifier.ts';

/** What is looked at as soon as it happens; the rest comes with time. */
const IMMEDIATE_EVENTS = new Set<ServiceEvent['type']>([
  'device.status',
  'device.checked',
  'clock.checked',
  'turn.dead-lettered',
  'user.ambiguous',
  'store.failed',
  'store.recovered',
]);

/** Watches for troubles and tells operators of them, by WhatsApp and webhook as far as they are configured. */
export function createAlertService(parts: {
  config: Config;
  events: Events;
  texts: Texts;
  inbox: Pick<Inbox, 'status'>;
  store: Pick<Store, 'status' | 'quarantinedFiles' | 'sentAlerts'>;
  whatsapp: WhatsAppSender;
  http: Pick<HttpClient, 'fetch'>;
  now: () => number;
}): {
  /** Looks what stands now, and tells what was not told; whoever calls need not wait. */
  check(): Promise<void>;
  /** Nothing is told any more; what was being told is broken off. */
  stop(): void;
} {
  const { config, events, texts, inbox, store, now } = parts;
  const { APP_TIMEZONE: timezone, PORTAL_NAME: portal } = config;
  const stop = new AbortController();
  const { signal } = stop;
  const conditions = createConditions(
    { inbox: () => inbox.status(), store: () => store.status(), setAside: () => store.quarantinedFiles(), now },
    { quotaBelow: config.QUOTA_ALERT_BELOW, silenceMinutes: config.ALERT_SILENCE_MINUTES, timezone },
  );
  const textOf = createAlertFormatter({ texts, portal, timezone });
  const targets = [...new Set(parseList(config.ALERT_TARGETS).flatMap((target) => normalizePhone(target) ?? []))];
  const alerts = createAlertNotifier({
    standing: conditions.standing,
    channels: [
      createWhatsAppChannel({
        whatsapp: parts.whatsapp,
        targets,
        textOf,
        onSomeMissed: ({ kind }) =>
          events.emit({ type: 'alert.failed', kind, channel: 'whatsapp', reason: 'some-not-sent' }),
        signal,
      }),
      createWebhookChannel({ url: config.ALERT_WEBHOOK_URL, http: parts.http, textOf, signal }),
    ],
    told: store.sentAlerts,
    events,
    now,
    signal,
  });

  async function check(): Promise<void> {
    if (signal.aborted) return;
    try {
      await alerts.check();
    } catch (error) {
      // A store that can't be read tells so itself.
      if (error instanceof StoreUnavailable) return;
      const name = error instanceof Error ? error.name : 'unknown';
      events.emit({ type: 'alert.check-failed', name, frames: stackFrames(error) });
    }
  }

  const stopListening = events.on((occurrence) => {
    conditions.listener(occurrence);
    if (IMMEDIATE_EVENTS.has(occurrence.type)) void check();
  });
  return {
    check,
    stop() {
      stopListening();
      stop.abort();
    },
  };
}
