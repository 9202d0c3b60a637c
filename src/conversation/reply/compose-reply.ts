import type { FetchedFile, Media } from '../../fonnte/media/media.ts';
import type { GeminiService } from '../../gemini/gemini-service.ts';
import { type SessionService, type SessionView, toSessionEntries } from '../../session/session.ts';
import type { Turn } from '../../store/records.ts';
import type { User } from '../../supabase/users.ts';
import type { Texts } from '../../texts.ts';
import type { SessionEntry, SessionNotes } from '../../types.ts';
import { joinQuestion, toReceivedEntry } from '../schedule/select-messages.ts';
import type { TurnContext } from '../turn/turn-context.ts';
import type { WithUnavailableNotice } from '../turn/unavailable-notice.ts';
import { attachedFiles, hasTextOrLocation, refusalTexts } from './attachments.ts';
import type { ChartReplies } from './chart-reply.ts';
import { commandReply, parseCommand } from './commands.ts';
import { wantsSpreadsheet } from './download-request.ts';
import type { Download, DownloadList } from './list-download.ts';
import type { ReplyContent } from './reply-parts.ts';

/** The reply to the messages of a turn, and what the session keeps of it. */
export interface ComposedReply extends ReplyContent {
  entries: SessionEntry[];
  /** Null: the notes of the session stay as they are. */
  notes: SessionNotes | null;
}

/** @returns null when the token budget of the user is exceeded */
export type ComposeReply = (turn: Turn, user: User, context: TurnContext) => Promise<ComposedReply | null>;

/** Composes the reply of a turn: the response to a command, or the answer of the assistant. */
export function createReplyComposer(options: {
  gemini: Pick<GeminiService, 'answer' | 'exampleQuestions'>;
  fonnte: { media: Pick<Media, 'withFiles'> };
  session: Pick<SessionService, 'get' | 'delete'>;
  downloadList: DownloadList;
  charts: ChartReplies;
  texts: Texts;
  withUnavailableNotice: WithUnavailableNotice;
  portal: string;
  now: () => number;
}): ComposeReply {
  const { gemini, fonnte, session, downloadList, charts, texts, withUnavailableNotice, portal, now } = options;
  /** Turns whose answer was requested: it is requested again when a message joins. */
  const askedTurns = new WeakSet<Turn>();

  return async function composeReply(turn, user, context) {
    const history = await session.get(turn.sender, user.id, turn.messages.map(toReceivedEntry));
    const command = turn.kind === 'command' ? parseCommand(turn.messages[0]?.text ?? '') : null;
    if (!command) {
      return await fonnte.media.withFiles(attachedFiles(turn.messages), context.signal, (files) =>
        composeAnswer(turn, user, context, { history, files }),
      );
    }
    if (command === 'unduh') {
      const request = { turn, userId: user.id, notes: history.notes, scope: 'any' } as const;
      return {
        ...toReply(await downloadList(request, context.signal), texts.downloadNoList),
        entries: [],
        notes: null,
      };
    }
    if (command === 'grafik') {
      return { ...(await charts.ofLastAnswer(history.notes, turn, context)), entries: [], notes: null };
    }
    if (command === 'reset') await session.delete(turn.sender);
    const examples = command === 'bantuan' ? await gemini.exampleQuestions(user.id, context.signal) : [];
    const text = commandReply(command, { texts, portal, notes: history.notes, examples });
    return { text, entries: [], notes: null };
  };

  async function composeAnswer(
    turn: Turn,
    user: User,
    context: TurnContext,
    { history, files }: { history: SessionView; files: FetchedFile[] },
  ): Promise<ComposedReply | null> {
    const media = files.flatMap((file) => ('refused' in file ? [] : [file]));
    const refusals = files.flatMap((file) => ('refused' in file ? [file.refused] : []));
    const notRead = refusalTexts(refusals, texts);
    const isEmpty = media.length === 0 && !hasTextOrLocation(turn.messages);
    if (isEmpty) return { text: notRead.join('\n\n'), entries: [], notes: null };
    const question = joinQuestion(turn.messages);
    charts.prepare(question, turn);
    const isFirstTry = turn.attempts <= 1 && !askedTurns.has(turn);
    askedTurns.add(turn);
    const asked = { userId: user.id, text: question, hasFiles: media.length > 0 };
    const answer = await withUnavailableNotice(turn, asked, context, (onModelAnswered) =>
      gemini.answer({
        userId: user.id,
        name: user.name,
        unit: user.unit,
        text: question,
        media,
        notRead,
        session: history.entries,
        notes: history.notes,
        signal: context.signal,
        deadlineAt: context.deadlineAt,
        isFirstTry,
        prefersRules: context.prefersRules,
        onModelAnswered,
      }),
    );
    if (answer.kind === 'token-budget-exceeded') return null;
    const reply = await charts.addTo(answer, { text: question, before: history.notes, turn }, context);
    const askedAt = turn.messages.at(-1)?.receivedAt ?? now();
    const entries = toSessionEntries({ text: question, at: askedAt }, { text: answer.text, at: now() });
    if (!wantsSpreadsheet(question)) return { ...reply, entries };
    const request = { turn, userId: user.id, notes: reply.notes, scope: 'own' } as const;
    const { text: sentence, attachments } = toReply(await downloadList(request, context.signal), '');
    return {
      ...reply,
      text: sentence ? `${reply.text}\n\n${sentence}` : reply.text,
      attachments: [...(reply.attachments ?? []), ...attachments],
      entries,
    };
  }
}

/** Converts a download to a reply. Null: no list was shown. */
function toReply(download: Download | null, noList: string): Required<ReplyContent> {
  if (!download) return { text: noList, attachments: [] };
  return 'sentence' in download
    ? { text: download.sentence, attachments: [] }
    : { text: '', attachments: [download.attachment] };
}
