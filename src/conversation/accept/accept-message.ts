import { type ConversationKey, senderOf } from '../../conversation-key.ts';
import { StoreUnavailable } from '../../errors.ts';
import type { Events, Outcome, RefusalCode } from '../../events.ts';
import type { NewFingerprint, NewMessage, Notice, Refusal } from '../../store/records.ts';
import { type Inbox, one } from '../../store/types.ts';
import type { Identity, Users } from '../../supabase/users.ts';
import { createTimeLimit } from '../../time/time-limit.ts';
import { MINUTE_MS } from '../../time/units.ts';
import type { Fingerprint, Message } from '../../types.ts';
import type { Notices } from './notices.ts';

/** A message of a conversation, before it is accepted. */
export type ReceivedMessage = Omit<Message, 'seq' | 'userId' | 'receivedAt'>;
/** The result of a message; the webhook route maps it to a status. */
export type AcceptResult = 'accepted' | 'duplicate' | RefusalCode;
/** Refusals that are stored with their notice. */
type StoredRefusalCode = Exclude<RefusalCode, 'INBOX_UNAVAILABLE'>;

/** Maximum delay of a webhook response by the identity look-up, ms; afterwards the turn identifies the sender. */
const WEBHOOK_IDENTIFY_TIMEOUT_MS = 2_000;
/** Maximum time that a webhook call waits for the store, ms: it responds within 2 s. */
const STORE_WITHIN_MS = 1_800;
/** Lifetime of a fingerprint, ms; `until-acknowledged`: within this time FONNTE may repeat the call. */
export const FINGERPRINT_TTL_MS: Readonly<Record<Fingerprint['ttl'], number>> = {
  day: 24 * 60 * MINUTE_MS,
  'until-acknowledged': 20 * MINUTE_MS,
};
/** With these outcomes a number has lost its user, or has another one that is not known here. */
export const OWNERSHIP_ENDED_BY: readonly Outcome[] = ['owner-changed', 'NOT_LINKED', 'NOT_APPROVED'];

/** A message and what its acceptance depends on. */
interface Arrival {
  message: ReceivedMessage;
  fingerprint: NewFingerprint;
  seq: number;
  receivedAt: number;
  isTooLong: boolean;
  /** Null: not known in time. */
  identity: Identity | null;
}

export interface AcceptDependencies {
  inbox: Inbox;
  supabase: Pick<Users, 'cached' | 'lastKnown' | 'identifyWithin'>;
  notices: Notices;
  events: Events;
  limits: { perMinute: number; maxLength: number; maxPending: number };
  now: () => number;
  /** Whether a turn can be started now. */
  hasFreeSlot(): boolean;
  /** Called when a message or a notice of this conversation was stored. */
  notify(conversation: ConversationKey): void;
}

/**
 * Accepts inbound messages: decides by the table of docs/webhook-responses.md, in its order. A message is
 * durable before `accepted` is returned; a refusal stores its notice and, if a repeat is a duplicate, the fingerprint.
 * Limits and notices apply per conversation, so per device.
 */
export function createAcceptMessage(dependencies: AcceptDependencies) {
  const { inbox, supabase, notices, events, limits, now, hasFreeSlot, notify } = dependencies;

  /** @throws StoreUnavailable */
  return async function accept(message: ReceivedMessage, { key, timestamp, ttl }: Fingerprint): Promise<AcceptResult> {
    const fingerprint = { key, ttlMs: FINGERPRINT_TTL_MS[ttl], ...(timestamp === undefined ? {} : { timestamp }) };
    // Arrival order: the sequence number is taken before any look-up.
    const seq = inbox.nextSequence();
    const receivedAt = now();
    const phone = senderOf(message.sender);
    const isTooLong = hasMoreCharacters(message.text, limits.maxLength);
    const cached = supabase.cached(phone);

    // A message that will be accepted is compared with the known fingerprints when it is stored.
    const willBeAccepted = cached?.user && !isTooLong;
    const limit = createTimeLimit(STORE_WITHIN_MS, () => new StoreUnavailable(new Error('slow')));
    if (!willBeAccepted && (await limit(one(inbox.hasFingerprint([fingerprint]))))) return duplicate();

    const identity = cached ?? (await supabase.identifyWithin(phone, WEBHOOK_IDENTIFY_TIMEOUT_MS));
    return await limit(decide({ message, fingerprint, seq, receivedAt, isTooLong, identity }));
  };

  /** Stores the message or its refusal. This may end after the response; then the repeated call is a duplicate. */
  async function decide(arrival: Arrival): Promise<AcceptResult> {
    const { message, fingerprint, seq, receivedAt, isTooLong, identity } = arrival;
    const { sender } = message;
    const userId = identity?.user?.id ?? null;
    const isPossibleUser = identity === null || identity.user !== null;
    const refuseRateLimited = () =>
      refuse(arrival, 'RATE_LIMITED', isPossibleUser ? notices.rateLimited(sender, userId) : null);

    // `inbox.accept` counts the messages that it accepts; the refusals below must be counted here.
    if ((isTooLong || identity?.refusal) && (await isRateLimited(sender, receivedAt))) return refuseRateLimited();
    if (isTooLong) return refuse(arrival, 'MESSAGE_TOO_LONG', isPossibleUser ? notices.tooLong(sender, userId) : null);
    if (identity?.refusal) {
      const code = identity.refusal === 'not-linked' ? 'NOT_LINKED' : 'NOT_APPROVED';
      return refuse(arrival, code, notices.refused(identity.refusal, sender));
    }

    const owner = identity ? userId : await lastUserId(sender);
    const acceptance = await store({ ...message, seq, userId: owner, receivedAt }, fingerprint);
    if (acceptance === 'duplicate') return duplicate();
    if (acceptance === 'rate-limited') return refuseRateLimited();
    if (acceptance === 'full') {
      events.emit({ type: 'message.refused', code: 'INBOX_UNAVAILABLE', notice: 'none' });
      return 'INBOX_UNAVAILABLE';
    }
    notify(sender);
    events.emit({ type: 'message.accepted', seq, waitedForIdentity: identity === null });
    return 'accepted';
  }

  /** Stores a refusal. A message above the rate limit is accepted when it is repeated, so its fingerprint is not stored. */
  function refuse({ message, fingerprint, seq, receivedAt }: Arrival, code: StoredRefusalCode, notice: Notice | null) {
    const isRateLimit = code === 'RATE_LIMITED';
    return storeRefusal({
      // The notice of the rate limit is sent before the pending answers.
      seq: isRateLimit ? 0 : seq,
      sender: message.sender,
      code,
      fingerprint: isRateLimit ? null : fingerprint,
      notice,
      at: receivedAt,
    });
  }

  async function isRateLimited(sender: ConversationKey, at: number): Promise<boolean> {
    return (await one(inbox.countAccepted([{ sender, since: at - MINUTE_MS }]))) >= limits.perMinute;
  }

  async function storeRefusal(
    refusal: Omit<Refusal, 'maxStored'> & { code: StoredRefusalCode },
  ): Promise<'duplicate' | StoredRefusalCode> {
    const queued = await notices.refuse(refusal);
    if (queued === 'duplicate') return duplicate();
    if (queued === 'queued') notify(refusal.sender);
    events.emit({ type: 'message.refused', code: refusal.code, notice: queued });
    return refusal.code;
  }

  /** A store that rejects the write may still know that the message was accepted before. */
  async function store(message: NewMessage['message'], fingerprint: NewFingerprint) {
    const { perMinute, maxPending } = limits;
    const perSender = { max: perMinute, withinMs: MINUTE_MS };
    try {
      return await one(inbox.accept([{ message, fingerprint, perSender, maxPending, hasFreeSlot: hasFreeSlot() }]));
    } catch (error) {
      if (error instanceof StoreUnavailable && (await one(inbox.hasFingerprint([fingerprint])))) return 'duplicate';
      throw error;
    }
  }

  /** A message that cannot be identified now belongs to the user who last had the number. @returns null if unknown */
  async function lastUserId(sender: ConversationKey): Promise<string | null> {
    const identity: Identity | null = supabase.lastKnown(senderOf(sender));
    if (identity) return identity.user?.id ?? null;
    return one(inbox.lastUserId([{ sender, endedBy: OWNERSHIP_ENDED_BY }]));
  }

  function duplicate(): 'duplicate' {
    events.emit({ type: 'message.duplicate' });
    return 'duplicate';
  }
}

/** Counts code points, so that an emoji is never counted as two halves. */
function hasMoreCharacters(text: string, max: number): boolean {
  return text.length > max && [...text].length > max;
}
