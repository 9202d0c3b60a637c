import type { Answer, Question } from '../assistant/answer.ts';
import type { User } from '../sapa/users.ts';
import type { SessionEntry, SessionNotes, Sessions, Turn } from '../store/store.ts';
import type { Texts } from '../texts.ts';
import { questionOf } from './batch.ts';
import { commandOf, commandReply } from './commands.ts';
import { entriesOf, liveSession, type Remembered } from './session.ts';
import type { Slot } from './slot.ts';

/** What is said to the messages of a turn (Markdown), and what the session keeps of it. */
export interface Wording {
  text: string;
  entries: SessionEntry[];
  /** Null: the session's notes stay as they are. */
  notes: SessionNotes | null;
}

/** Says what a turn's messages call for: a command's answer, or the assistant's over the live session. */
export function createWording(options: {
  answer(question: Question): Promise<Answer | 'allowance-spent'>;
  /** Three questions that fit what a user has in SAPA. */
  examplesFor(userId: string, signal: AbortSignal): Promise<string[]>;
  sessions: Sessions;
  texts: Texts;
  portal: string;
  idleMs: number;
  now: () => number;
}) {
  const { sessions, texts, portal, now } = options;

  return async function word(turn: Turn, user: User, slot: Slot): Promise<Wording | 'allowance-spent'> {
    const session = liveSession(await sessions.get(turn.sender), user.id, now(), options.idleMs);
    const command = turn.kind === 'command' ? commandOf(turn.messages[0]?.text ?? '') : null;
    if (!command) return await ask(turn, user, session, slot);
    if (command === 'reset') await sessions.forget(turn.sender);
    const examples = command === 'bantuan' ? await options.examplesFor(user.id, slot.signal) : [];
    const text = commandReply(command, { texts, portal, notes: session.notes, examples });
    return { text, entries: [], notes: null };
  };

  async function ask(turn: Turn, user: User, session: Remembered, slot: Slot): Promise<Wording | 'allowance-spent'> {
    const text = questionOf(turn.messages);
    if (text === '') return { text: texts.attachmentNotRead, entries: [], notes: null };
    const { id: userId, name, unit } = user;
    const { signal, deadlineAt } = slot;
    const said = await options.answer({
      userId,
      name,
      unit,
      text,
      session: session.entries,
      notes: session.notes,
      signal,
      deadlineAt,
    });
    if (said === 'allowance-spent') return said;
    const askedAt = turn.messages.at(-1)?.receivedAt ?? now();
    return { text: said.text, entries: entriesOf(text, askedAt, said.text, now()), notes: said.notes };
  }
}
