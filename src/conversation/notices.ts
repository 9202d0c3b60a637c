import type { Events } from '../events.ts';
import type { Notice } from '../store/store.ts';
import { fill, type Texts } from '../texts.ts';

const MINUTE_MS = 60 * 1000;
const SIX_HOURS_MS = 6 * 60 * MINUTE_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

export type Notices = ReturnType<typeof createNotices>;

/**
 * The notices and how often a sender hears each; null while FONNTE's quota is kept for answers. `userId` null: not known
 * yet whether the sender is a user.
 */
export function createNotices(
  texts: Texts,
  options: { maxLength: number; timezone: string; isQuotaReserved(): boolean; events: Events },
) {
  const { maxLength, timezone, isQuotaReserved, events } = options;
  const unlessReserved = (notice: Notice): Notice | null => {
    if (!isQuotaReserved()) return notice;
    events.emit({ type: 'notice.withheld', notice: notice.kind });
    return null;
  };
  return {
    /** Whether none is sent now. */
    areWithheld: isQuotaReserved,
    refused(refusal: 'not-linked' | 'not-approved', sender: string): Notice | null {
      const text = refusal === 'not-linked' ? texts.notLinked : texts.notApproved;
      const atMostEveryMs = SIX_HOURS_MS;
      return unlessReserved({ kind: refusal, sender, userId: null, text, atMostEveryMs, forUsersOnly: false });
    },
    tooLong(sender: string, userId: string | null): Notice | null {
      const text = fill(texts.tooLong, { max: maxLength });
      return unlessReserved({ kind: 'too-long', sender, userId, text, atMostEveryMs: 0, forUsersOnly: true });
    },
    tokensSpent(sender: string, userId: string, now: number): Notice | null {
      const atMostEveryMs = untilTomorrow(now, timezone);
      const text = texts.tokensSpent;
      return unlessReserved({ kind: 'tokens-spent', sender, userId, text, atMostEveryMs, forUsersOnly: true });
    },
    rateLimited(sender: string, userId: string | null): Notice | null {
      const text = texts.rateLimited;
      const atMostEveryMs = MINUTE_MS;
      return unlessReserved({ kind: 'rate-limited', sender, userId, text, atMostEveryMs, forUsersOnly: true });
    },
  };
}

/** From now to the next midnight of a time zone, ms. */
function untilTomorrow(now: number, timeZone: string): number {
  const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone }).format(now);
  const [hours = 0, minutes = 0, seconds = 0] = clock.split(':').map(Number);
  return DAY_MS - ((hours * 60 + minutes) * 60 + seconds) * 1000;
}
