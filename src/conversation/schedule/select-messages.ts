import type { NextWork, OpenTurn, Turn, TurnKind } from '../../store/records.ts';
import type { Message, SessionEntry } from '../../types.ts';
import { describeAttachment } from '../reply/attachments.ts';
import { parseCommand } from '../reply/commands.ts';

/** Limits of one turn; later messages form the next turn. */
export const MAX_MESSAGES_PER_TURN = 20;
const MAX_CHARACTERS_PER_TURN = 8_000;
/** Messages join a turn until this many coalescing windows after its first message: bounds how often its answer is requested. */
const MAX_WINDOWS = 3;

/**
 * Selects between the open turn of a conversation and its waiting messages: the open turn is first, but a notice that was
 * not started keeps its place, after the messages that arrived before it.
 */
export function selectWork({ open, waiting }: NextWork): { open: Turn | null; waiting: Message[] } {
  if (!open || open.attempts > 0) return { open, waiting };
  const earlier = waiting.filter(({ seq }) => seq < open.seq);
  return earlier.length > 0 ? { open: null, waiting: earlier } : { open, waiting };
}

/**
 * Selects the messages of the next turn, in their order. A command forms a separate turn, and messages of two users never
 * share a turn. @returns null without waiting messages
 */
export function selectMessages(waiting: readonly Message[]): { kind: TurnKind; messages: Message[] } | null {
  const first = waiting[0];
  if (!first) return null;
  if (parseCommand(first.text)) return { kind: 'command', messages: [first] };
  const messages = [first];
  for (const message of waiting.slice(1)) {
    if (!fitsTurn(messages, message)) break;
    messages.push(message);
  }
  return { kind: 'answer', messages };
}

/**
 * Selects the waiting messages that join an open turn, in their order. Each arrived within `windowMs` of the previous one, or
 * before a message of the turn but was stored later. A message after a notice, of another user than `userId`, or received
 * while the conversation is paused, does not join.
 */
export function selectJoining(
  { turn, waiting, nextNoticeSeq, pausedSeq }: OpenTurn,
  { windowMs, userId }: { windowMs: number; userId: string },
): Message[] {
  let messages = turn.messages;
  const joining: Message[] = [];
  for (const message of waiting) {
    const isBehindNotice = nextNoticeSeq !== null && message.seq > nextNoticeSeq;
    const isHeld = pausedSeq !== null && message.seq > pausedSeq;
    const isForeign = message.userId !== null && message.userId !== userId;
    if (
      isBehindNotice ||
      isHeld ||
      isForeign ||
      !fitsTurn(messages, message) ||
      !isInWindow(messages, message, windowMs)
    )
      break;
    joining.push(message);
    messages = [...messages, message].toSorted((a, b) => a.seq - b.seq);
  }
  return joining;
}

/** Ms until no further message can join a turn; 0 where its messages lie ahead, because the clock was set back since. */
export function msUntilClosed(messages: readonly Message[], windowMs: number, now: number): number {
  const first = messages[0];
  const last = messages.at(-1);
  if (!first || !last || last.receivedAt > now) return 0;
  const closesAt = Math.min(last.receivedAt + windowMs, first.receivedAt + MAX_WINDOWS * windowMs);
  return Math.max(0, closesAt - now);
}

function isInWindow(messages: readonly Message[], { seq, receivedAt }: Message, windowMs: number): boolean {
  const first = messages[0];
  const last = messages.at(-1);
  if (!first || !last) return false;
  // Its reply must not come after the replies to later messages.
  if (seq < last.seq) return true;
  const gapMs = receivedAt - last.receivedAt;
  return gapMs >= 0 && gapMs <= windowMs && receivedAt - first.receivedAt <= MAX_WINDOWS * windowMs;
}

/** Whether a turn of these messages can take one more: within its limits, no command, and of no other user. */
function fitsTurn(messages: readonly Message[], message: Message): boolean {
  const all = [...messages, message];
  const characters = all.reduce((sum, { text }) => sum + text.length, 0);
  if (all.length > MAX_MESSAGES_PER_TURN || characters > MAX_CHARACTERS_PER_TURN) return false;
  return parseCommand(message.text) === null && ownerOf(all) !== 'several';
}

/** The user from whom the messages were accepted. @returns null while the user is unknown */
export function ownerOf(messages: readonly Message[]): string | 'several' | null {
  const ids = new Set(messages.flatMap(({ userId }) => (userId === null ? [] : [userId])));
  if (ids.size > 1) return 'several';
  return [...ids][0] ?? null;
}

/** Joins the texts of a turn, with a description of each attachment. */
export function joinQuestion(messages: readonly Message[]): string {
  const lines = messages.flatMap(({ text, attachment }) => [text, attachment ? describeAttachment(attachment) : '']);
  return lines.filter(Boolean).join('\n');
}

/** Converts a message that was received while paused to the entry of the session that it has until it is answered. */
export function toReceivedEntry(message: Message): SessionEntry {
  return { role: 'user', content: joinQuestion([message]), timestamp: message.receivedAt };
}
