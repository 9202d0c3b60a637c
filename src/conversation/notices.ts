import type { Notice } from '../store/store.ts';
import { fill, type Texts } from '../texts.ts';

const MINUTE_MS = 60 * 1000;
const SIX_HOURS_MS = 6 * 60 * MINUTE_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

export type Notices = ReturnType<typeof createNotices>;

/** The notices and how often a sender hears each. `userId` null: not known yet whether the sender is a user. Pure. */
export function createNotices(texts: Texts, limits: { maxLength: number; timezone: string }) {
  return {
    refused(refusal: 'not-linked' | 'not-approved', sender: string): Notice {
      const text = refusal === 'not-linked' ? texts.notLinked : texts.notApproved;
      return { kind: refusal, sender, userId: null, text, atMostEveryMs: SIX_HOURS_MS, forUsersOnly: false };
    },
    tooLong(sender: string, userId: string | null): Notice {
      const text = fill(texts.tooLong, { max: limits.maxLength });
      return { kind: 'too-long', sender, userId, text, atMostEveryMs: 0, forUsersOnly: true };
    },
    tokensSpent(sender: string, userId: string, now: number): Notice {
      const atMostEveryMs = untilTomorrow(now, limits.timezone);
      return { kind: 'tokens-spent', sender, userId, text: texts.tokensSpent, atMostEveryMs, forUsersOnly: true };
    },
    rateLimited(sender: string, userId: string | null): Notice {
      return {
        kind: 'rate-limited',
        sender,
        userId,
        text: texts.rateLimited,
        atMostEveryMs: MINUTE_MS,
        forUsersOnly: true,
      };
    },
  };
}

/** From now to the next midnight of a time zone, ms. */
function untilTomorrow(now: number, timeZone: string): number {
  const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone }).format(now);
  const [hours = 0, minutes = 0, seconds = 0] = clock.split(':').map(Number);
  return DAY_MS - ((hours * 60 + minutes) * 60 + seconds) * 1000;
}
