import type { AlertKind } from '../events.ts';
import type { HttpClient } from '../upstream/http-client.ts';
import type { Alert, AlertChannel } from './notifier.ts';

/** Troubles with FONNTE itself can't be told through it. */
const OF_FONNTE: readonly AlertKind[] = ['device-disconnected', 'token-rejected', 'fonnte-down'];
/** The longest wait for whoever takes our webhook, ms. */
const WEBHOOK_MS = 10_000;

/** What of the FONNTE client is needed. */
export interface WhatsAppSender {
  send(message: { target: string; message: string; signal: AbortSignal }): Promise<unknown>;
  isQuotaReserved(): boolean;
}

/** To WhatsApp numbers, through FONNTE; not while our quota is kept for the portal's own messages. */
export function createWhatsAppChannel(options: {
  whatsapp: WhatsAppSender;
  targets: readonly string[];
  textOf(alert: Alert): string;
  /** Some of the numbers were told, others were not: they are not told again. */
  onSomeMissed(alert: Alert): void;
  signal: AbortSignal;
}): AlertChannel {
  const { whatsapp, targets, signal } = options;
  return {
    name: 'whatsapp',
    canDeliver: ({ kind, state }) => targets.length > 0 && !(state === 'firing' && OF_FONNTE.includes(kind)),
    async send(alert) {
      if (whatsapp.isQuotaReserved()) throw new Error('quota-reserve');
      const message = options.textOf(alert);
      const sends = targets.map((target) => whatsapp.send({ target, message, signal }));
      const refused = (await Promise.allSettled(sends)).filter(({ status }) => status === 'rejected');
      if (refused.length === targets.length) throw new Error('not-sent');
      if (refused.length > 0) options.onSomeMissed(alert);
    },
  };
}

/** To a URL, as JSON `{kind, text, at, detail}`. */
export function createWebhookChannel(options: {
  url: string | undefined;
  http: Pick<HttpClient, 'fetch'>;
  textOf(alert: Alert): string;
  signal: AbortSignal;
}): AlertChannel {
  const { url } = options;
  return {
    name: 'webhook',
    canDeliver: () => url !== undefined,
    async send(alert) {
      const { kind, at, state, since, detail } = alert;
      const { status, body } = await options.http
        .fetch(url ?? '', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            kind,
            text: options.textOf(alert),
            at: new Date(at).toISOString(),
            detail: { state, since: since === null ? null : new Date(since).toISOString(), ...detail },
          }),
          signal: AbortSignal.any([options.signal, AbortSignal.timeout(WEBHOOK_MS)]),
        })
        .catch((error: Error) => {
          throw new Error(error.name === 'TimeoutError' ? 'timeout' : 'network', { cause: error });
        });
      await body?.cancel();
      if (status < 200 || status > 299) throw new Error(`http-${status}`);
    },
  };
}
