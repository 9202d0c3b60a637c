import type { SessionNotes } from '../types.ts';
import { parseEvidence } from './grounding/evidence.ts';
import type { ToolEvidence } from './tools/results.ts';
import type { ToolContext, Tools } from './tools/tools.ts';
import type { WholeList } from './tools/whole-list.ts';

/** A list that an answer showed, to be read again. */
export type ShownList = Pick<ToolEvidence, 'tool' | 'args' | 'report'>;

/**
 * Finds the list that a user means after the last answer: its own list of at least `minRows` rows; all activities if the
 * answer came from the schedule; otherwise the last list of two or more rows. @returns null when no answer showed a list
 */
export function findShownList(notes: SessionNotes, minRows: number): ShownList | null {
  const { calls, list } = parseEvidence(notes);
  const own = calls.findLast(({ listed }) => (listed?.ids.length ?? 0) >= minRows);
  if (own) return own;
  return calls.some(({ tool }) => tool === 'activity_context') ? { tool: 'search_activities', args: {} } : list;
}

export type WholeListReader = ReturnType<typeof createWholeListReader>;

/**
 * Creates `readWholeList`: reads up to `maxRows` rows of a list again, for this user only.
 * @returns null when the call behind the list lists no rows
 * @throws SapaUnavailableError, SapaTooLargeError, the signal's reason
 */
export function createWholeListReader({ tools }: { tools: Tools }) {
  return async function readWholeList(
    list: ShownList,
    { userId, signal, maxRows }: { userId: string; signal: AbortSignal; maxRows: number },
  ): Promise<WholeList | null> {
    const context: ToolContext = { userId, signal, figures: new Set() };
    try {
      return await tools.wholeList(list, context, maxRows);
    } finally {
      tools.release(context);
    }
  };
}
