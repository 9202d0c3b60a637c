import type { AlertKind } from '../events.ts';
import type { HttpClient } from '../upstream/http-client.ts';
import type { Alert, AlertChannel } from './notifier.ts';

/** Conditions in which FONNTE cannot send the alert. */
const FONNTE_ALERTS: readonly AlertKind[] = ['device-disconnected', 'token-rejected', 'fonnte-down'];
/** Timeout of one request to ALERT_WEBHOOK_URL, in ms. */
const WEBHOOK_TIMEOUT_MS = 10_000;

/** The part of the FONNTE client that sends alerts. */
export interface WhatsAppSender {
  send(message: { target: string; message: string; signal: AbortSignal }): Promise<unknown>;
  isQuotaReserved(): boolean;
}

/** Sends alerts to WhatsApp numbers, unless the remaining quota is reserved for answers and the portal. */
export function createWhatsAppChannel(options: {
  findSender(): WhatsAppSender;
  targets: readonly string[];
  formatAlert(alert: Alert): string;
  /** Called when only some of the numbers received the alert. The alert is not sent again to the others. */
  onPartialFailure(alert: Alert): void;
  signal: AbortSignal;
}): AlertChannel {
  const { findSender, targets, signal } = options;
  return {
    name: 'whatsapp',
    canDeliver: ({ kind, state }) => targets.length > 0 && !(state === 'firing' && FONNTE_ALERTS.includes(kind)),
    async send(alert) {
      const fonnte = findSender();
      if (fonnte.isQuotaReserved()) throw new Error('quota-reserve');
      const message = options.formatAlert(alert);
      const sends = targets.map((target) => fonnte.send({ target, message, signal }));
      const failed = (await Promise.allSettled(sends)).filter(({ status }) => status === 'rejected');
      if (failed.length === targets.length) throw new Error('not-sent');
      if (failed.length > 0) options.onPartialFailure(alert);
    },
  };
}

/** Posts alerts to a URL as JSON `{kind, text, at, detail}`; times are ISO 8601. */
export function createWebhookChannel(options: {
  url: string | undefined;
  http: Pick<HttpClient, 'fetch'>;
  formatAlert(alert: Alert): string;
  signal: AbortSignal;
}): AlertChannel {
  const { url } = options;
  return {
    name: 'webhook',
    canDeliver: () => url !== undefined,
    async send(alert) {
      const { kind, at, state, since, detail } = alert;
      const { status } = await options.http
        .fetch(url ?? '', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            kind,
            text: options.formatAlert(alert),
            at: new Date(at).toISOString(),
            detail: { state, since: since === null ? null : new Date(since).toISOString(), ...detail },
          }),
          signal: AbortSignal.any([options.signal, AbortSignal.timeout(WEBHOOK_TIMEOUT_MS)]),
        })
        .catch((error: Error) => {
          throw new Error(error.name === 'TimeoutError' ? 'timeout' : 'network', { cause: error });
        });
      if (status < 200 || status > 299) throw new Error(`http-${status}`);
    },
  };
}
