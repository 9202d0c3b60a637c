import type { Events, Outcome } from '../events.ts';
import type { OutgoingReply } from '../fonnte/send-reply.ts';
import type { Inbox, Notice, StoredReply, Turn } from '../store/types.ts';
import type { Identity, User, Users } from '../supabase/users.ts';
import type { Texts } from '../texts.ts';
import type { ComposedReply } from './compose-reply.ts';
import type { Notices } from './notices.ts';
import { PROCESS_DIED } from './retry-policy.ts';
import { ownerOf } from './select-messages.ts';
import type { TurnContext } from './turn-context.ts';
import type { TypingIndicator } from './typing-indicator.ts';

/** The parts that a turn is told with; each verb belongs to the folder that knows how. */
export interface TurnDependencies {
  users: Pick<Users, 'identify'>;
  /** What to say to the messages of a turn. */
  word(turn: Turn, user: User, slot: TurnContext): Promise<ComposedReply | 'token-budget-exceeded'>;
  reply(outgoing: OutgoingReply): Promise<boolean>;
  /** Shows that an answer is being written. @throws Postponed where nothing could be sent now */
  showTyping(sender: string): Promise<TypingIndicator>;
  /** Tells the sender where the answer takes long; what it returns ends that. */
  patience(turn: Turn, slot: TurnContext): () => Promise<void>;
  format(markdown: string): string[];
  notices: Pick<Notices, 'refused' | 'tokensSpent' | 'replyLoop' | 'areWithheld'>;
  /** Whether the sender answers like a machine, so that this turn must not be answered. */
  isReplyLoop(turn: Turn): Promise<boolean>;
  inbox: Inbox;
  events: Events;
  texts: Pick<Texts, 'noAnswer'>;
  sessionLimits: { keep: number; idleMs: number };
  /** Repeats a write until the store takes it: what has been generated or sent must not be done again. */
  durably<T>(write: () => Promise<T>): Promise<T>;
  now: () => number;
}

/** Answered and over; over without a reply; to be gone on with when the service runs again. */
export type TurnResult = 'ended' | 'dropped' | 'stopped';

/** Identity may be this old when something is sent, ms. */
const IDENTITY_MAX_AGE_MS = 60_000;

/**
 * The story of one turn: identify, answer, reply. It starts where an earlier try stopped; what it has reached is in
 * the store after each step. @throws what the upstreams and the store throw
 */
export function createProcessTurn(parts: TurnDependencies) {
  const { users, inbox, now } = parts;

  return async function takeTurn(turn: Turn, slot: TurnContext): Promise<TurnResult> {
    if (turn.kind === 'notice' && parts.notices.areWithheld()) return await dropNotice(turn, 'quota-reserved');
    if (turn.notice === 'rate-limited' && (await parts.isReplyLoop(turn))) return await dropNotice(turn, 'reply-loop');
    const identity = needsIdentity(turn) ? await users.identify(turn.sender, IDENTITY_MAX_AGE_MS) : null;
    if (identity && !(await isOwnerUnchanged(turn, identity))) return 'dropped';
    if (!turn.parts) {
      const kept = await answer(turn, requireUser(identity), slot);
      if (!kept) return 'dropped';
      // The model may have taken longer than an identity may be old.
      if (!(await isOwnerUnchanged(turn, await users.identify(turn.sender, IDENTITY_MAX_AGE_MS)))) return 'dropped';
    }
    if (!(await reply(turn, slot))) return 'stopped';
    await completeTurn(turn);
    return 'ended';
  };

  /** Drops a notice that must not be sent any more: FONNTE's quota has run low, or a machine would answer it. */
  async function dropNotice(turn: Turn, reason: 'quota-reserved' | 'reply-loop'): Promise<'dropped'> {
    await inbox.dropTurn(turn.id, reason, false);
    parts.events.emit({ type: 'turn.dropped', reason });
    return 'dropped';
  }

  /**
   * False, and the turn dropped, where the number now belongs to another user or to none. An account that was created
   * after a message arrived is not its author.
   */
  async function isOwnerUnchanged(turn: Turn, { user, refusal }: Identity): Promise<boolean> {
    const owner = turn.userId ?? ownerOf(turn.messages);
    if (user && (owner === null ? !isOlder(turn, user) : owner === user.id)) return true;
    if (refusal && turn.kind !== 'notice') {
      const notice = parts.notices.refused(refusal, turn.sender);
      const code = refusal === 'not-linked' ? 'NOT_LINKED' : 'NOT_APPROVED';
      await inbox.refuse({
        seq: inbox.nextSequence(),
        sender: turn.sender,
        code,
        fingerprint: null,
        notice,
        at: now(),
      });
    }
    const reason = user ? 'owner-changed' : (refusal ?? 'not-linked');
    await inbox.dropTurn(turn.id, reason, owner !== null);
    parts.events.emit({ type: 'turn.dropped', reason });
    return false;
  }

  /** From the messages to a stored reply; false where there is none to send. */
  async function answer(turn: Turn, user: User, slot: TurnContext): Promise<boolean> {
    if (await parts.isReplyLoop(turn)) {
      const notice = parts.notices.replyLoop(turn.sender, user.id);
      return await endWithNotice(turn, { code: 'REPLY_LOOP', notice, reason: 'reply-loop' });
    }
    const said = await composeWithTypingIndicator(turn, user, slot);
    if (said === 'token-budget-exceeded') {
      const notice = parts.notices.tokensSpent(turn.sender, user.id);
      return await endWithNotice(turn, { code: 'TOKEN_BUDGET_EXCEEDED', notice, reason: 'token-budget-exceeded' });
    }
    const { text, entries, notes } = said;
    return await storeReply(turn, user.id, {
      parts: formatted(text),
      entries,
      notes,
      deadLetterReason: null,
      at: now(),
    });
  }

  /** A reply as parts; what formats to nothing (a lone picture, a comment) still gets a sentence. */
  function formatted(text: string): string[] {
    const formattedParts = parts.format(text);
    return formattedParts.length > 0 ? formattedParts : parts.format(parts.texts.noAnswer);
  }

  /** The sender sees that an answer is being written, and is told where it takes long. */
  async function composeWithTypingIndicator(
    turn: Turn,
    user: User,
    slot: TurnContext,
  ): Promise<ComposedReply | 'token-budget-exceeded'> {
    const typing = await parts.showTyping(turn.sender);
    const answered = parts.patience(turn, slot);
    try {
      return await parts.word(turn, user, slot);
    } finally {
      typing.stop();
      await answered();
    }
  }

  /** Ends a turn without a reply and queues the notice that says why, unless one of its kind was sent lately. */
  async function endWithNotice(
    turn: Turn,
    { code, notice, reason }: { code: Outcome; notice: Notice | null; reason: Outcome },
  ): Promise<false> {
    const seq = inbox.nextSequence();
    await inbox.refuse({ seq, sender: turn.sender, code, fingerprint: null, notice, at: now() });
    await inbox.dropTurn(turn.id, reason, false);
    parts.events.emit({ type: 'turn.dropped', reason });
    return false;
  }

  /** Stores a reply; from here on a retry sends it and never makes another. */
  async function storeReply(turn: Turn, userId: string | null, stored: StoredReply): Promise<boolean> {
    if (!(await parts.durably(() => inbox.saveReply(turn.id, userId, stored)))) return false;
    Object.assign(turn, {
      userId,
      parts: stored.parts,
      partsSent: 0,
      replyAt: stored.at,
      entries: stored.entries,
      notes: stored.notes,
      deadLetterReason: stored.deadLetterReason,
    });
    const characters = stored.parts.join('').length;
    parts.events.emit({ type: 'turn.reply-stored', characters, parts: stored.parts.length });
    return true;
  }

  async function reply(turn: Turn, slot: TurnContext): Promise<boolean> {
    const wanted = turn.parts ?? [];
    return parts.reply({
      target: turn.sender,
      parts: wanted,
      startAt: turn.partsSent,
      inboxid: turn.messages.length > 1 ? (turn.messages.at(-1)?.inboxid ?? 0) : 0,
      maySend: slot.maySend,
      async onPartSent(partsSent) {
        turn.partsSent = partsSent;
        // The last one is noted together with the turn's end.
        if (partsSent === wanted.length) return true;
        return parts.durably(() => inbox.recordPartSent(turn.id, partsSent));
      },
    });
  }

  async function completeTurn(turn: Turn): Promise<void> {
    const { deadLetterReason } = turn;
    if (deadLetterReason) {
      await parts.durably(() => inbox.moveToDeadLetters(turn.id, deadLetterReason));
      const reason = deadLetterReason.reason === PROCESS_DIED.reason ? PROCESS_DIED.reason : 'no-answer';
      parts.events.emit({ type: 'turn.dead-lettered', upstream: deadLetterReason.upstream, reason, hasReply: false });
      return;
    }
    const { keep, idleMs } = parts.sessionLimits;
    const session =
      turn.entries.length > 0 && turn.userId
        ? { append: turn.entries, notes: turn.notes, userId: turn.userId, keep, idleMs }
        : null;
    await parts.durably(() => inbox.completeTurn(turn.id, { outcome: turn.notice ?? 'answered', session }));
  }
}

/** Apologies, and notices to people who are no users, need no look-up: they say nothing that is anybody's. */
function needsIdentity(turn: Turn): boolean {
  return !turn.deadLetterReason && (turn.kind !== 'notice' || turn.linkedUsersOnly || turn.userId !== null);
}

function isOlder({ messages }: Turn, { createdAt }: User): boolean {
  return createdAt !== null && messages.some(({ receivedAt }) => receivedAt < createdAt);
}

function requireUser(identity: Identity | null): User {
  if (!identity?.user) throw new Error('a turn is answered only to a user');
  return identity.user;
}
