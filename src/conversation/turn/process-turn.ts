import { senderOf } from '../../conversation-key.ts';
import type { Events, Outcome } from '../../events.ts';
import type { DeviceRegistry } from '../../fonnte/device-registry.ts';
import type { SessionService } from '../../session/session.ts';
import type { Notice, StoredReply, Turn } from '../../store/records.ts';
import { type Inbox, one, type Turns } from '../../store/types.ts';
import type { Identity, User, Users } from '../../supabase/users.ts';
import type { Texts } from '../../texts.ts';
import type { ReplyPart } from '../../types.ts';
import type { Notices } from '../accept/notices.ts';
import type { ComposeReply } from '../reply/compose-reply.ts';
import { createReplyParts } from '../reply/reply-parts.ts';
import { PROCESS_DIED } from '../retry-policy.ts';
import type { Coalesce } from '../schedule/coalescing.ts';
import { ownerOf, toReceivedEntry } from '../schedule/select-messages.ts';
import type { StoreRetry } from '../store-retry.ts';
import type { MoveToDeadLetters } from './move-to-dead-letters.ts';
import type { TurnContext } from './turn-context.ts';
import type { TypingIndicator } from './typing-indicator.ts';

export interface TurnDependencies {
  supabase: Pick<Users, 'identify'>;
  fonnte: Pick<DeviceRegistry, 'reply'>;
  session: Pick<SessionService, 'buildUpdate'>;
  inbox: Pick<Inbox, 'nextSequence'>;
  turns: Turns;
  notices: Notices;
  events: Events;
  texts: Pick<Texts, 'noAnswer' | 'cut'>;
  now: () => number;
  coalesce: Coalesce;
  composeReply: ComposeReply;
  /** @throws TurnPostponedError when nothing can be sent now */
  showTyping(turn: Turn): Promise<TypingIndicator>;
  /** Sends the wait notice if the reply takes long; the returned function ends that. */
  startWaitNotice(turn: Turn, context: TurnContext): () => Promise<void>;
  isReplyLoop(turn: Turn): Promise<boolean>;
  /** Converts Markdown to WhatsApp text. */
  format: (markdown: string) => string;
  moveToDeadLetters: MoveToDeadLetters;
  withStoreRetry: StoreRetry;
}

/**
 * Completed, and whether the conversation had more work then; ended without a reply; interrupted by the shutdown or because
 * another process may have taken over, to be continued later.
 */
export type DeliveryResult = 'completed' | 'completed-with-more' | 'dropped' | 'stopped';

/** Maximum age of the identity when something is sent, ms. */
const MAX_IDENTITY_AGE_MS = 60_000;

/** A turn whose reply is stored. */
export type AnsweredTurn = Turn & { readonly parts: readonly ReplyPart[] };

/** The two phases of a turn: identify, answer, reply. Both throw the errors of the upstreams and of the store. */
export interface TurnPhases {
  /** Generates and stores the reply, unless it is stored. @returns the turn with its reply; null when it ended without one */
  answer(turn: Turn, context: TurnContext): Promise<AnsweredTurn | null>;
  /** Sends the parts that have not been sent, and ends the turn. */
  deliver(turn: AnsweredTurn, context: TurnContext): Promise<DeliveryResult>;
}

/** Creates the phases. They continue where the previous attempt stopped, because every step is stored. */
export function createTurnPhases(dependencies: TurnDependencies): TurnPhases {
  const { supabase, fonnte, session, inbox, turns, notices, events, now, withStoreRetry } = dependencies;
  const { coalesce, composeReply, showTyping, startWaitNotice, isReplyLoop, moveToDeadLetters } = dependencies;
  const toReplyParts = createReplyParts(dependencies);

  return {
    async answer(turn, context) {
      const suppression = await suppressionOf(turn);
      if (suppression) {
        await dropTurn(turn, suppression);
        return null;
      }
      if (isAnswered(turn)) return turn;
      const identity = await identify(turn);
      if (!(await isOwnerUnchanged(turn, identity))) return null;
      const reply = await generateReply(turn, requireUser(identity), context);
      return reply && withReply(turn, reply);
    },

    async deliver(turn, context) {
      // The model may have taken longer than the maximum age of an identity.
      if (needsIdentity(turn) && !(await isOwnerUnchanged(turn, await identify(turn)))) return 'dropped';
      if (!(await sendReply(turn, context))) return 'stopped';
      return (await completeTurn(turn)) ? 'completed-with-more' : 'completed';
    },
  };

  /** Returns why a notice must no longer be sent: FONNTE's quota is low, or a machine would answer it. */
  async function suppressionOf(turn: Turn): Promise<'quota-reserved' | 'reply-loop' | null> {
    if (turn.kind === 'notice' && notices.areSuspended(turn.sender)) return 'quota-reserved';
    return turn.notice === 'rate-limited' && (await isReplyLoop(turn)) ? 'reply-loop' : null;
  }

  async function identify({ sender }: Turn): Promise<Identity> {
    const startedAt = performance.now();
    let outcome = 'failed';
    try {
      const identity = await supabase.identify(senderOf(sender), MAX_IDENTITY_AGE_MS);
      outcome = identity.refusal ?? 'linked';
      return identity;
    } finally {
      events.emit({ type: 'turn.identified', outcome, durationMs: Math.round(performance.now() - startedAt) });
    }
  }

  /**
   * Drops the turn if the number now belongs to another user or to no user. An account that was created after a message
   * arrived is not its author.
   */
  async function isOwnerUnchanged(turn: Turn, { user, refusal }: Identity): Promise<boolean> {
    const owner = turn.userId ?? ownerOf(turn.messages);
    if (user && (owner === null ? !isOlder(turn, user) : owner === user.id)) return true;
    if (refusal && turn.kind !== 'notice') {
      const code = refusal === 'not-linked' ? 'NOT_LINKED' : 'NOT_APPROVED';
      await queueNotice(turn, code, notices.refused(refusal, turn.sender));
    }
    const reason = user ? 'owner-changed' : (refusal ?? 'not-linked');
    await dropTurn(turn, reason, { deletesSession: owner !== null });
    return false;
  }

  /** Generates and stores the reply. @returns null when the turn ended without one */
  async function generateReply(turn: Turn, user: User, context: TurnContext): Promise<StoredReply | null> {
    const typing = await showTyping(turn);
    const stopWaitNotice = startWaitNotice(turn, context);
    try {
      return await coalesce(turn, context, {
        userId: user.id,
        compose: (whileUnchanged) => compose(turn, user, whileUnchanged),
        save: (reply, requiresNoWaiting) => storeReply(turn, reply, requiresNoWaiting),
      });
    } finally {
      typing.stop();
      await stopWaitNotice();
    }
  }

  /** Generates the reply. @returns null when the turn ended with a notice instead */
  async function compose(turn: Turn, user: User, context: TurnContext): Promise<StoredReply | null> {
    if (await isReplyLoop(turn)) {
      await queueNotice(turn, 'REPLY_LOOP', notices.replyLoop(turn.sender, user.id));
      await dropTurn(turn, 'reply-loop');
      return null;
    }
    const reply = await composeReply(turn, user, context);
    if (!reply) {
      await queueNotice(turn, 'TOKEN_BUDGET_EXCEEDED', notices.tokenBudgetExceeded(turn.sender, user.id));
      await dropTurn(turn, 'token-budget-exceeded');
      return null;
    }
    const { entries, notes } = reply;
    return { userId: user.id, ...toReplyParts(reply), entries, notes, apologyFor: null, at: now() };
  }

  /** Queues a notice that explains why there is no reply, unless one of its kind was sent recently. */
  async function queueNotice(turn: Turn, code: Outcome, notice: Notice | null): Promise<void> {
    const seq = inbox.nextSequence();
    await notices.refuse({ seq, sender: turn.sender, code, fingerprint: null, notice, at: now() });
  }

  /** Ends the turn without a reply. */
  async function dropTurn(turn: Turn, reason: Outcome, { deletesSession } = { deletesSession: false }): Promise<void> {
    await one(turns.drop([{ id: turn.id, outcome: reason, deletesSession }]));
    events.emit({ type: 'turn.dropped', reason });
  }

  /** Stores a reply, which is never generated again. @returns false when it was not stored: see `saveReply` */
  async function storeReply(turn: Turn, reply: StoredReply, requiresNoWaiting: boolean): Promise<boolean> {
    if (!(await withStoreRetry(() => one(turns.saveReply([{ id: turn.id, requiresNoWaiting, ...reply }])))))
      return false;
    const { parts } = reply;
    events.emit({ type: 'turn.reply-stored', characters: countCharacters(parts), parts: parts.length });
    return true;
  }

  /** Sends the parts that have not been sent. @returns false when no further send may start */
  async function sendReply(turn: AnsweredTurn, context: TurnContext): Promise<boolean> {
    const { parts } = turn;
    return fonnte.reply(turn, {
      target: senderOf(turn.sender),
      parts,
      loadFile: (part) => withStoreRetry(() => one(turns.loadFile([{ id: turn.id, part }]))),
      startAt: turn.partsSent,
      // A quote shows which of several messages the reply answers; a single message needs no quote.
      inboxid: turn.messages.length > 1 ? (turn.messages.at(-1)?.inboxid ?? 0) : 0,
      maySend: context.maySend,
      async onPartSent(partsSent) {
        // The last part is recorded together with the end of the turn.
        if (partsSent === parts.length) return true;
        return withStoreRetry(() => one(turns.recordPartSent([{ id: turn.id, partsSent }])));
      },
    });
  }

  /** @returns whether the conversation has more work */
  async function completeTurn(turn: Turn): Promise<boolean> {
    const { apologyFor, userId, entries, notes } = turn;
    if (apologyFor) {
      // A dead letter without a reply, so that a replay generates an answer.
      const hasCrashed = apologyFor.reason === PROCESS_DIED.reason;
      await moveToDeadLetters(turn, apologyFor, hasCrashed ? PROCESS_DIED.reason : 'no-answer');
      return true;
    }
    const replaces = turn.messages.map(toReceivedEntry);
    const update = entries.length > 0 && userId ? session.buildUpdate({ userId, entries, notes, replaces }) : null;
    const completed = { id: turn.id, outcome: turn.notice ?? 'answered', session: update } as const;
    return withStoreRetry(() => one(turns.complete([completed])));
  }
}

function isAnswered(turn: Turn): turn is AnsweredTurn {
  return turn.parts !== null;
}

/** The turn as `saveReply` has stored it. */
function withReply(turn: Turn, { userId, parts, entries, notes, apologyFor, at }: StoredReply): AnsweredTurn {
  return { ...turn, userId, parts, partsSent: 0, replyAt: at, entries, notes, apologyFor };
}

/** Texts and captions. */
function countCharacters(parts: readonly ReplyPart[]): number {
  return parts.reduce((sum, part) => sum + (typeof part === 'string' ? part : part.caption).length, 0);
}

/** An apology, and a notice to a sender who is not linked, contain nothing personal and need no look-up. */
function needsIdentity(turn: Turn): boolean {
  return !turn.apologyFor && (turn.kind !== 'notice' || turn.linkedUsersOnly || turn.userId !== null);
}

function isOlder({ messages }: Turn, { createdAt }: User): boolean {
  return createdAt !== null && messages.some(({ receivedAt }) => receivedAt < createdAt);
}

function requireUser({ user }: Identity): User {
  if (!user) throw new Error('only a linked user gets an answer');
  return user;
}
