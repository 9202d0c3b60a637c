import type { NextWork, Turn, TurnKind } from '../store/records.ts';
import type { Message } from '../types.ts';
import { describeAttachment } from './attachments.ts';
import { parseCommand } from './commands.ts';

/** Limits of one turn; later messages form the next turn. */
export const MAX_MESSAGES_PER_TURN = 20;
const MAX_CHARACTERS_PER_TURN = 8_000;

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
  const messages: Message[] = [];
  let characters = 0;
  for (const message of waiting.slice(0, MAX_MESSAGES_PER_TURN)) {
    characters += message.text.length;
    if (messages.length > 0 && (characters > MAX_CHARACTERS_PER_TURN || parseCommand(message.text))) break;
    if (ownerOf([...messages, message]) === 'several') break;
    messages.push(message);
  }
  return { kind: 'answer', messages };
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
