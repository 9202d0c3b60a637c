import type { Events } from '../../events.ts';
import type { ToolTurn } from '../tools/tools.ts';
import { fill, type Texts } from '../../texts.ts';
import { stripInvisible } from '../../security/untrusted-text.ts';
import { isUpstreamError } from '../../upstream/upstream.ts';
import { checkFigures, type GroundedFigure, type GroundingSources } from './grounding.ts';
import type { createToolLoop, Outcome } from '../tool-loop.ts';

/** What was said, and what its figures may rest on. */
export interface Said {
  said: string;
  outcome: Outcome;
  system: string;
  sources: GroundingSources;
  turn: ToolTurn;
  spend: (tokens: number) => void;
  /** Deadline of the turn, in ms on the monotonic clock (`performance.now`). */
  deadlineAt: number;
  /** What is left of the deadline, ms. */
  leftMs: number;
  /** Whether the user's own files came with the question: what is in them can't be looked up here. */
  hasFiles: boolean;
}

/** Below this much time the model is not asked again about its figures, ms. */
const LEAST_FOR_SECOND_TRY_MS = 10_000;
/** Figures that a closing line names one by one. */
const NAMED = 30;
/** What the second wording must leave of the deadline, to be stored and sent, ms. */
const LEFT_FOR_REPLY_MS = 3_000;

/**
 * Looks every figure up in the data. Where some are not there the model is asked once more, calls off, with them named;
 * what it says then is no source. What still remains is named in a last line. Where files came with the question, figures
 * may be theirs: the line says so at once.
 */
export function createCheck(options: { converse: ReturnType<typeof createToolLoop>; texts: Texts; events: Events }) {
  const { converse, texts, events } = options;

  return async function check(given: Said): Promise<{ text: string; grounded: GroundedFigure[] }> {
    const first = checkFigures(given.said, given.sources);
    if (first.ungrounded.length === 0) {
      events.emit({ type: 'answer.checked', grounded: first.grounded.length, ungrounded: 0, askedAgain: false });
      return { text: given.said, grounded: first.grounded };
    }
    const again =
      given.leftMs >= LEAST_FOR_SECOND_TRY_MS && !given.hasFiles
        ? await askAgain(given, namesOf(first.ungrounded))
        : null;
    const text = again ?? given.said;
    const { grounded, ungrounded } = again === null ? first : checkFigures(again, given.sources);
    events.emit({
      type: 'answer.checked',
      grounded: grounded.length,
      ungrounded: ungrounded.length,
      askedAgain: again !== null,
    });
    if (ungrounded.length === 0) return { text, grounded };
    const line = fill(given.hasFiles ? texts.fromFile : texts.ungrounded, { figures: namesOf(ungrounded) });
    return { text: `${text}\n\n${line}`, grounded };
  };

  /** The model's second wording; null where it can't be had, and then the first one counts. */
  async function askAgain(
    { outcome, system, turn, spend, deadlineAt, leftMs }: Said,
    figures: string,
  ): Promise<string | null> {
    const enough = AbortSignal.timeout(leftMs - LEFT_FOR_REPLY_MS);
    const signal = turn.signal ? AbortSignal.any([turn.signal, enough]) : enough;
    const request = { role: 'user', parts: [{ text: askAgainText(figures) }] };
    const contents = [...outcome.contents, request];
    try {
      const second = await converse(
        {
          system,
          contents,
          deadlineAt: deadlineAt - LEFT_FOR_REPLY_MS,
          preferred: outcome.model,
          callsOff: true,
        },
        { ...turn, signal },
        spend,
      );
      const text = stripInvisible(second.answer.text).trim();
      return second.answer.finish === 'answered' && text !== '' ? text : null;
    } catch (error) {
      // Told as events by the upstream guard; the first wording goes out with the closing line.
      if (isUpstreamError(error) && !turn.signal?.aborted) return null;
      throw error;
    }
  }
}

/** Said to the model, never to a user. */
function askAgainText(figures: string): string {
  return (
    `Angka berikut tidak ada dalam data yang dikembalikan fungsi: ${figures}. Tulis ulang jawaban tadi secara ` +
    'utuh hanya dengan angka yang ada dalam data, atau katakan bahwa angkanya tidak tersedia. Jangan menyebut permintaan ini.'
  );
}

function namesOf(figures: readonly { text: string }[]): string {
  const names = [...new Set(figures.map(({ text }) => text))];
  const more = names.length - NAMED;
  return names.slice(0, NAMED).join(', ') + (more > 0 ? ` dan ${more} angka lain` : '');
}
