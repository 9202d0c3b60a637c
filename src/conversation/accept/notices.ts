import type { ConversationKey } from '../../conversation-key.ts';
import type { Events, NoticeKind } from '../../events.ts';
import type { Notice, Refusal, RefusalResult } from '../../store/records.ts';
import { type Inbox, one } from '../../store/types.ts';
import { fill, type Texts } from '../../texts.ts';
import { HOUR_MS, MINUTE_MS } from '../../time/units.ts';
import { LOOP_PAUSE_MS } from './reply-loop.ts';

/**
 * Shortest time between two notices of a kind in one conversation, ms. The store enforces it: no input can trigger a notice more
 * often, so two services that answer each other's notices fall silent.
 */
export const NOTICE_INTERVAL_MS: Readonly<Record<NoticeKind, number>> = {
  'not-linked': 6 * HOUR_MS,
  'not-approved': 6 * HOUR_MS,
  'too-long': 10 * MINUTE_MS,
  'token-budget-exceeded': 10 * MINUTE_MS,
  'reply-loop': HOUR_MS,
  'rate-limited': MINUTE_MS,
};

/** Limits the notices to unlinked numbers, over all numbers; protects our FONNTE quota. */
export const UNLINKED_NOTICE_LIMIT = { max: 60, withinMs: HOUR_MS };
/** Refusals stored per sender, for support. */
const MAX_REFUSALS_PER_SENDER = 20;

export type Notices = ReturnType<typeof createNotices>;

/**
 * Builds and stores the notices; each is null while FONNTE's quota is reserved for answers. `userId` null: whether the sender is a
 * user is not known yet.
 */
export function createNotices(
  texts: Texts,
  options: {
    inbox: Pick<Inbox, 'refuse'>;
    maxLength: number;
    isQuotaReserved(conversation: ConversationKey): boolean;
    events: Events;
  },
) {
  const { inbox, maxLength, isQuotaReserved, events } = options;

  const build = (kind: NoticeKind, text: string, recipient: Recipient): Notice | null => {
    if (!isQuotaReserved(recipient.sender))
      return { kind, text, minIntervalMs: NOTICE_INTERVAL_MS[kind], ...recipient };
    events.emit({ type: 'notice.suppressed', notice: kind });
    return null;
  };
  const toUser = (conversation: ConversationKey, userId: string | null): Recipient => ({
    sender: conversation,
    userId,
    linkedUsersOnly: true,
    limit: null,
  });

  return {
    /** Whether notices to a conversation are suspended to keep the quota of its device for answers. */
    areSuspended: isQuotaReserved,
    refused(refusal: 'not-linked' | 'not-approved', conversation: ConversationKey): Notice | null {
      const text = refusal === 'not-linked' ? texts.notLinked : texts.notApproved;
      return build(refusal, text, {
        sender: conversation,
        userId: null,
        linkedUsersOnly: false,
        limit: UNLINKED_NOTICE_LIMIT,
      });
    },
    tooLong(conversation: ConversationKey, userId: string | null): Notice | null {
      return build('too-long', fill(texts.tooLong, { max: maxLength }), toUser(conversation, userId));
    },
    tokenBudgetExceeded(conversation: ConversationKey, userId: string): Notice | null {
      return build('token-budget-exceeded', texts.tokenBudgetExceeded, toUser(conversation, userId));
    },
    replyLoop(conversation: ConversationKey, userId: string): Notice | null {
      const text = fill(texts.replyLoop, { minutes: LOOP_PAUSE_MS / MINUTE_MS });
      return build('reply-loop', text, toUser(conversation, userId));
    },
    rateLimited(conversation: ConversationKey, userId: string | null): Notice | null {
      return build('rate-limited', texts.rateLimited, toUser(conversation, userId));
    },

    /** Stores a refusal with its notice. @throws StoreUnavailable */
    async refuse(refusal: Omit<Refusal, 'maxStored'>): Promise<Exclude<RefusalResult, 'limited'>> {
      const result = await one(inbox.refuse([{ ...refusal, maxStored: MAX_REFUSALS_PER_SENDER }]));
      if (result !== 'limited') return result;
      if (refusal.notice) events.emit({ type: 'notice.suppressed', notice: refusal.notice.kind });
      return 'suppressed';
    },
  };
}

type Recipient = Pick<Notice, 'sender' | 'userId' | 'linkedUsersOnly' | 'limit'>;
