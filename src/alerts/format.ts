import type { AlertKind } from '../events.ts';
import { fill, type Texts } from '../texts.ts';
import type { Alert } from './notifier.ts';

/** Creates the formatter of an alert's text (Indonesian, for operators). */
export function createAlertFormatter(options: {
  texts: Texts;
  portal: string;
  timezone: string;
}): (alert: Alert) => string {
  const { texts, portal, timezone: timeZone } = options;
  const time = new Intl.DateTimeFormat('id-ID', {
    day: 'numeric',
    month: 'long',
    hour: '2-digit',
    minute: '2-digit',
    timeZone,
  });
  return ({ kind, state, since, detail }) => {
    const values = Object.entries(detail).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]);
    const filled = { ...Object.fromEntries(values), since: since === null ? '-' : time.format(since) };
    const what = fill(texts[SENTENCES[kind][state]], filled) + (detail.devices ? fill(texts.alertDevices, filled) : '');
    return fill(texts[state === 'firing' ? 'alertFiring' : 'alertResolved'], { portal, what, kind });
  };
}

const SENTENCES: Record<AlertKind, Record<Alert['state'], keyof Texts>> = {
  'device-disconnected': { firing: 'alertDeviceDisconnected', resolved: 'alertDeviceConnected' },
  'quota-low': { firing: 'alertQuotaLow', resolved: 'alertQuotaEnough' },
  'package-expiring': { firing: 'alertPackageExpiring', resolved: 'alertPackageRenewed' },
  'token-rejected': { firing: 'alertTokenRejected', resolved: 'alertTokenAccepted' },
  'dead-letter': { firing: 'alertDeadLetter', resolved: 'alertNoDeadLetters' },
  'supabase-down': { firing: 'alertSupabaseDown', resolved: 'alertSupabaseUp' },
  'gemini-down': { firing: 'alertGeminiDown', resolved: 'alertGeminiUp' },
  'fonnte-down': { firing: 'alertFonnteDown', resolved: 'alertFonnteUp' },
  'inbox-late': { firing: 'alertInboxLate', resolved: 'alertInboxInTime' },
  inactivity: { firing: 'alertInactivity', resolved: 'alertInactivityResolved' },
  'ambiguous-user': { firing: 'alertAmbiguousUser', resolved: 'alertAmbiguousUserResolved' },
  'store-failed': { firing: 'alertStoreFailed', resolved: 'alertStoreRecovered' },
  clock: { firing: 'alertClockWrong', resolved: 'alertClockCorrect' },
  'store-quarantined': { firing: 'alertStoreQuarantined', resolved: 'alertStoreQuarantineResolved' },
};
