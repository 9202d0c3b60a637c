import type { FetchedFile, Media } from '../fonnte/media/media.ts';
import type { Answer, Question } from '../gemini/answer.ts';
import { activeSession, type SessionView, toSessionEntries } from '../session/session.ts';
import type { SessionEntry, SessionNotes, SessionStore, Turn } from '../store/types.ts';
import type { User } from '../supabase/users.ts';
import type { Texts } from '../texts.ts';
import { attachedFiles, hasTextOrLocation, refusalTexts } from './attachments.ts';
import { commandReply, parseCommand } from './commands.ts';
import { joinQuestion } from './select-messages.ts';
import type { TurnContext } from './turn-context.ts';

/** What is said to the messages of a turn (Markdown), and what the session keeps of it. */
export interface ComposedReply {
  text: string;
  entries: SessionEntry[];
  /** Null: the session's notes stay as they are. */
  notes: SessionNotes | null;
}

/** Says what a turn's messages call for: a command's answer, or the assistant's over the live session. */
export function createReplyComposer(options: {
  answer(question: Question): Promise<Answer | 'token-budget-exceeded'>;
  /** Three questions that fit what a user has in SAPA. */
  examplesFor(userId: string, signal: AbortSignal): Promise<string[]>;
  media: Pick<Media, 'withFiles'>;
  sessions: SessionStore;
  texts: Texts;
  portal: string;
  idleMs: number;
  now: () => number;
}) {
  const { sessions, texts, portal, now } = options;

  return async function word(
    turn: Turn,
    user: User,
    slot: TurnContext,
  ): Promise<ComposedReply | 'token-budget-exceeded'> {
    const session = activeSession(await sessions.get(turn.sender), user.id, now(), options.idleMs);
    const command = turn.kind === 'command' ? parseCommand(turn.messages[0]?.text ?? '') : null;
    if (!command) {
      const say = (files: FetchedFile[]) => ask(turn, user, { session, slot, files });
      return await options.media.withFiles(attachedFiles(turn.messages), slot.signal, say);
    }
    if (command === 'reset') await sessions.forget(turn.sender);
    const examples = command === 'bantuan' ? await options.examplesFor(user.id, slot.signal) : [];
    const text = commandReply(command, { texts, portal, notes: session.notes, examples });
    return { text, entries: [], notes: null };
  };

  async function ask(
    turn: Turn,
    user: User,
    { session, slot, files }: { session: SessionView; slot: TurnContext; files: FetchedFile[] },
  ): Promise<ComposedReply | 'token-budget-exceeded'> {
    const media = files.flatMap((file) => ('refused' in file ? [] : [file]));
    const refusals = files.flatMap((file) => ('refused' in file ? [file.refused] : []));
    const notRead = refusalTexts(refusals, texts);
    const isEmpty = media.length === 0 && !hasTextOrLocation(turn.messages);
    if (isEmpty) return { text: notRead.join('\n\n'), entries: [], notes: null };
    const text = joinQuestion(turn.messages);
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
    if (said === 'token-budget-exceeded') return said;
    const askedAt = turn.messages.at(-1)?.receivedAt ?? now();
    return { text: said.text, entries: toSessionEntries(text, askedAt, said.text, now()), notes: said.notes };
  }
}
