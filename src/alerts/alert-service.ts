import { type Config, parseList } from '../config/schema.ts';
import { StoreUnavailable } from '../errors.ts';
import { type Events, errorName, type ServiceEvent, stackFrames } from '../events.ts';
import { normalizePhone } from '../phone.ts';
import type { Inbox, Store } from '../store/types.ts';
import type { Texts } from '../texts.ts';
import type { HttpClient } from '../upstream/http-client.ts';
import { createWebhookChannel, createWhatsAppChannel, type WhatsAppSender } from './channels.ts';
import { createConditions } from './conditions.ts';
import { createAlertFormatter } from './format.ts';
import { createAlertNotifier } from './notifier.ts';

/** Events that start a check at once. All other conditions are found by the periodic check. */
const IMMEDIATE_EVENTS = new Set<ServiceEvent['type']>([
  'device.status',
  'device.checked',
  'clock.checked',
  'turn.dead-lettered',
  'user.ambiguous',
  'store.failed',
  'store.recovered',
]);

/** Checks the alert conditions and sends alerts to ALERT_TARGETS (WhatsApp) and ALERT_WEBHOOK_URL. */
export function createAlertService(options: {
  config: Config;
  events: Events;
  texts: Texts;
  inbox: Pick<Inbox, 'status'>;
  store: Pick<Store, 'status' | 'quarantinedFiles' | 'sentAlerts'>;
  /** The device that sends an alert. */
  findSender(): WhatsAppSender;
  http: Pick<HttpClient, 'fetch'>;
  now: () => number;
}): {
  /** Checks all conditions and sends the alerts that are due. Never rejects, so that callers need not wait. */
  check(): Promise<void>;
  /** Stops all checks and aborts alerts that are being sent. */
  stop(): void;
} {
  const { config, events, texts, inbox, store, findSender, http, now } = options;
  const { APP_TIMEZONE: timezone, PORTAL_NAME: portal } = config;
  const controller = new AbortController();
  const { signal } = controller;
  const conditions = createConditions({
    inboxStatus: () => inbox.status(),
    storeStatus: () => store.status(),
    quarantinedFiles: () => store.quarantinedFiles(),
    now,
    quotaBelow: config.QUOTA_ALERT_BELOW,
    inactivityMinutes: config.ALERT_SILENCE_MINUTES,
    timezone,
  });
  const formatAlert = createAlertFormatter({ texts, portal, timezone });
  const targets = [...new Set(parseList(config.ALERT_TARGETS).flatMap((target) => normalizePhone(target) ?? []))];
  const notifier = createAlertNotifier({
    readStates: conditions.readStates,
    channels: [
      createWhatsAppChannel({
        findSender,
        targets,
        formatAlert,
        onPartialFailure: ({ kind }) =>
          events.emit({ type: 'alert.failed', kind, channel: 'whatsapp', reason: 'some-not-sent' }),
        signal,
      }),
      createWebhookChannel({ url: config.ALERT_WEBHOOK_URL, http, formatAlert, signal }),
    ],
    sentAlerts: store.sentAlerts,
    events,
    now,
    signal,
  });

  async function check(): Promise<void> {
    if (signal.aborted) return;
    try {
      await notifier.check();
    } catch (error) {
      // The store emits its own event when it cannot be read.
      if (error instanceof StoreUnavailable) return;
      events.emit({ type: 'alert.check-failed', name: errorName(error), frames: stackFrames(error) });
    }
  }

  const stopListening = events.on((event) => {
    conditions.listener(event);
    if (IMMEDIATE_EVENTS.has(event.type)) void check();
  });
  return {
    check,
    stop() {
      stopListening();
      controller.abort();
    },
  };
}
