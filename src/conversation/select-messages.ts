import type { Message, TurnKind } from '../store/types.ts';
import { describeAttachment } from './attachments.ts';
import { parseCommand } from './commands.ts';

/** A turn answers at most so many messages, or so many characters, at once. */
export const MAX_MESSAGES_PER_TURN = 20;
const MAX_CHARACTERS_PER_TURN = 8_000;

/** Which of the waiting messages, in their order, the next turn answers; a command is answered alone. Pure. */
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

/** The one user that messages were accepted from; null where none is known yet. Pure. */
export function ownerOf(messages: readonly Message[]): string | 'several' | null {
  const ids = new Set(messages.flatMap(({ userId }) => (userId === null ? [] : [userId])));
  if (ids.size > 1) return 'several';
  return [...ids][0] ?? null;
}

/** What the messages of a turn ask, as one text; what they bring beside their text is named in it. Pure. */
export function joinQuestion(messages: readonly Message[]): string {
  const lines = messages.flatMap(({ text, attachment }) => [text, attachment ? describeAttachment(attachment) : '']);
  return lines.filter(Boolean).join('\n');
}
