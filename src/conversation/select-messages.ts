import type { Message, TurnKind } from '../store/types.ts';
import { inWords } from './attachments.ts';
import { commandOf } from './commands.ts';

/** A turn answers at most so many messages, or so many characters, at once. */
export const MOST_MESSAGES = 20;
const MOST_CHARACTERS = 8_000;

/** Which of the waiting messages, in their order, the next turn answers; a command is answered alone. Pure. */
export function chooseMessages(waiting: readonly Message[]): { kind: TurnKind; messages: Message[] } | null {
  const first = waiting[0];
  if (!first) return null;
  if (commandOf(first.text)) return { kind: 'command', messages: [first] };
  const messages: Message[] = [];
  let characters = 0;
  for (const message of waiting.slice(0, MOST_MESSAGES)) {
    characters += message.text.length;
    if (messages.length > 0 && (characters > MOST_CHARACTERS || commandOf(message.text))) break;
    if (userOf([...messages, message]) === 'several') break;
    messages.push(message);
  }
  return { kind: 'answer', messages };
}

/** The one user that messages were accepted from; null where none is known yet. Pure. */
export function userOf(messages: readonly Message[]): string | 'several' | null {
  const ids = new Set(messages.flatMap(({ userId }) => (userId === null ? [] : [userId])));
  if (ids.size > 1) return 'several';
  return [...ids][0] ?? null;
}

/** What the messages of a turn ask, as one text; what they bring beside their text is named in it. Pure. */
export function questionOf(messages: readonly Message[]): string {
  const lines = messages.flatMap(({ text, attachment }) => [text, attachment ? inWords(attachment) : '']);
  return lines.filter(Boolean).join('\n');
}
