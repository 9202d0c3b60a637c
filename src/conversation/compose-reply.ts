import type { Answer, Question } from '../gemini/answer.ts';
import type { User } from '../supabase/users.ts';
import type { SessionEntry, SessionNotes, Sessions, Turn } from '../store/types.ts';
import type { Texts } from '../texts.ts';
import type { Fetched, Media } from '../fonnte/media/media.ts';
import { filesOf, saysSomething, sentencesOn } from './attachments.ts';
import { questionOf } from './select-messages.ts';
import { commandOf, commandReply } from './commands.ts';
import { entriesOf, liveSession, type Remembered } from '../session/session.ts';
import type { Slot } from './turn-context.ts';

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
  media: Pick<Media, 'withFiles'>;
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
    if (!command) {
      const say = (files: Fetched[]) => ask(turn, user, { session, slot, files });
      return await options.media.withFiles(filesOf(turn.messages), slot.signal, say);
    }
    if (command === 'reset') await sessions.forget(turn.sender);
    const examples = command === 'bantuan' ? await options.examplesFor(user.id, slot.signal) : [];
    const text = commandReply(command, { texts, portal, notes: session.notes, examples });
    return { text, entries: [], notes: null };
  };

  async function ask(
    turn: Turn,
    user: User,
    { session, slot, files }: { session: Remembered; slot: Slot; files: Fetched[] },
  ): Promise<Wording | 'allowance-spent'> {
    const media = files.flatMap((file) => ('refused' in file ? [] : [file]));
    const refusals = files.flatMap((file) => ('refused' in file ? [file.refused] : []));
    const notRead = sentencesOn(refusals, texts);
    const isEmpty = media.length === 0 && !saysSomething(turn.messages);
    if (isEmpty) return { text: notRead.join('\n\n'), entries: [], notes: null };
    const text = questionOf(turn.messages);
    const { id: userId, name, unit } = user;
    const { signal, deadlineAt } = slot;
    const said = await options.answer({
      userId,
      name,
      unit,
      text,
      media,
      notRead,
      session: session.entries,
      notes: session.notes,
      signal,
      deadlineAt,
      isFirstTry: turn.attempts <= 1,
    });
    if (said === 'allowance-spent') return said;
    const askedAt = turn.messages.at(-1)?.receivedAt ?? now();
    return { text: said.text, entries: entriesOf(text, askedAt, said.text, now()), notes: said.notes };
  }
}
