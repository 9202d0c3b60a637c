import type { AlertKind } from '../events.ts';
import { fill, type Texts } from '../texts.ts';
import type { Alert } from './notifier.ts';

/** An alert as a person reads it. */
export function createAlertFormatter(options: {
  texts: Texts;
  portal: string;
  timezone: string;
}): (alert: Alert) => string {
  // Made with an alert, not at the start: what it needs of ICU takes 20 ms to load.
  const clock = (at: number) =>
    new Intl.DateTimeFormat('id-ID', {
      day: 'numeric',
      month: 'long',
      hour: '2-digit',
      minute: '2-digit',
      timeZone: options.timezone,
    }).format(at);
  return ({ kind, state, since, detail }) => {
    const { texts, portal } = options;
    const [raised, over] = SENTENCES[kind];
    const what = fill(texts[state === 'firing' ? raised : over], {
      ...Object.fromEntries(
        Object.entries(detail).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
      ),
      since: since === null ? '-' : clock(since),
    });
    return fill(state === 'firing' ? texts.alertRaised : texts.alertOver, { portal, what, kind });
  };
}

const SENTENCES: Record<AlertKind, [raised: keyof Texts, over: keyof Texts]> = {
  'device-disconnected': ['alertDeviceDisconnected', 'alertDeviceConnected'],
  'quota-low': ['alertQuotaLow', 'alertQuotaEnough'],
  'package-expiring': ['alertPackageExpiring', 'alertPackageRenewed'],
  'token-rejected': ['alertTokenRejected', 'alertTokenAccepted'],
  'dead-letter': ['alertDeadLetter', 'alertNoDeadLetters'],
  'supabase-down': ['alertSupabaseDown', 'alertSupabaseUp'],
  'gemini-down': ['alertGeminiDown', 'alertGeminiUp'],
  'fonnte-down': ['alertFonnteDown', 'alertFonnteUp'],
  'inbox-late': ['alertInboxLate', 'alertInboxInTime'],
  inactivity: ['alertSilence', 'alertNoSilence'],
  'ambiguous-user': ['alertAmbiguousUser', 'alertNobodyAmbiguous'],
  'store-failed': ['alertStoreFailed', 'alertStoreWell'],
  clock: ['alertClockWrong', 'alertClockRight'],
  'store-quarantined': ['alertStoreSetAside', 'alertNothingSetAside'],
};
