import { type Events, errorName, stackFrames } from '../../events.ts';
import type { GeminiService } from '../../gemini/gemini-service.ts';
import { findShownList } from '../../gemini/shown-list.ts';
import type { WholeList } from '../../gemini/tools/whole-list.ts';
import { toListCaption, toTable } from '../../spreadsheets/list-table.ts';
import type { Spreadsheets } from '../../spreadsheets/spreadsheets.ts';
import { toFileName } from '../../spreadsheets/table.ts';
import type { Turn } from '../../store/records.ts';
import { SapaTooLargeError, SapaUnavailableError } from '../../supabase/paging.ts';
import type { Texts } from '../../texts.ts';
import type { ReplyAttachment, SessionNotes } from '../../types.ts';

/**
 * Maximum rows of one spreadsheet. A file of this size opens quickly on a phone; ordinary SAPA lists have a fifth of these
 * rows.
 */
const MAX_SHEET_ROWS = 5_000;
const XLSX_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** A list as a spreadsheet, or a sentence that explains why the file is missing. */
export type Download = { attachment: ReplyAttachment } | { sentence: string };

/** `any`: the list that the user saw last. `own`: the list of the current answer, also with a single row. */
export type DownloadScope = 'any' | 'own';

export type DownloadList = (
  request: { turn: Turn; userId: string; notes: SessionNotes; scope: DownloadScope },
  signal: AbortSignal,
) => Promise<Download | null>;

/**
 * Creates `downloadList`: reads all rows of a shown list again, for this user only, and builds a spreadsheet of them.
 * @returns null when no list was shown
 * @throws the signal's reason
 */
export function createListDownload(options: {
  gemini: Pick<GeminiService, 'readWholeList'>;
  deviceOf(turn: Turn): { acceptsFiles(): boolean };
  spreadsheets: Spreadsheets;
  texts: Texts;
  events: Events;
}): DownloadList {
  const { gemini, deviceOf, spreadsheets, texts, events } = options;

  return async function downloadList({ turn, userId, notes, scope }, signal) {
    const shown = findShownList(notes, scope === 'own' ? 1 : 2);
    if (!shown) return null;
    if (!deviceOf(turn).acceptsFiles()) return { sentence: texts.downloadNotAccepted };
    try {
      const list = await gemini.readWholeList(shown, { userId, signal, maxRows: MAX_SHEET_ROWS });
      if (!list) return null;
      return list.rows.length === 0 ? { sentence: texts.downloadEmpty } : await build(list, signal);
    } catch (error) {
      signal.throwIfAborted();
      const [reason, sentence] = explainFailure(error);
      events.emit({ type: 'spreadsheet.failed', reason, name: errorName(error), frames: stackFrames(error) });
      return { sentence };
    }
  };

  async function build(list: WholeList, signal: AbortSignal): Promise<Download> {
    const startedAt = performance.now();
    const table = toTable(list);
    const { data, rows } = await spreadsheets.build(table, signal);
    const durationMs = Math.round(performance.now() - startedAt);
    events.emit({
      type: 'spreadsheet.created',
      list: list.kind,
      rows,
      total: list.count,
      bytes: data.length,
      durationMs,
    });
    return {
      attachment: {
        caption: toListCaption(list, rows, texts),
        fallback: texts.downloadNotAccepted,
        file: { name: toFileName(table.title), mediaType: XLSX_TYPE, data },
      },
    };
  }

  function explainFailure(error: unknown): ['sapa-unavailable' | 'sapa-too-large' | 'internal', string] {
    if (error instanceof SapaUnavailableError) return ['sapa-unavailable', texts.downloadUnavailable];
    if (error instanceof SapaTooLargeError) return ['sapa-too-large', texts.downloadTooLarge];
    return ['internal', texts.downloadFailed];
  }
}
