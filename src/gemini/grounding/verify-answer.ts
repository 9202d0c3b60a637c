import type { Events } from '../../events.ts';
import { stripInvisible } from '../../security/untrusted-text.ts';
import { fill, type Texts } from '../../texts.ts';
import { isUpstreamError } from '../../upstream/errors.ts';
import type { createToolLoop, ToolLoopResult } from '../tool-loop.ts';
import type { ToolContext } from '../tools/tools.ts';
import { checkFigures, type GroundedFigure, type GroundingSources } from './grounding.ts';

/** What was said, and what its figures may rest on. */
export interface AnswerCheck {
  said: string;
  outcome: ToolLoopResult;
  system: string;
  sources: GroundingSources;
  turn: ToolContext;
  spend: (tokens: number) => void;
  /** Deadline of the turn, in ms on the monotonic clock (`performance.now`). */
  deadlineAt: number;
  /** What is left of the deadline, ms. */
  leftMs: number;
  /** Whether the user's own files came with the question: what is in them can't be looked up here. */
  hasFiles: boolean;
}

/** Below this much time the model is not asked again about its figures, ms. */
const MIN_TIME_FOR_CORRECTION_MS = 10_000;
/** Figures that a closing line names one by one. */
const MAX_NAMED_FIGURES = 30;
/** What the second wording must leave of the deadline, to be stored and sent, ms. */
const RESERVED_FOR_REPLY_MS = 3_000;

/**
 * Looks every figure up in the data. Where some are not there the model is asked once more, calls off, with them named;
 * what it says then is no source. What still remains is named in a last line. Where files came with the question, figures
 * may be theirs: the line says so at once.
 */
export function createAnswerVerifier(options: {
  converse: ReturnType<typeof createToolLoop>;
  texts: Texts;
  events: Events;
}) {
  const { converse, texts, events } = options;

  return async function check(given: AnswerCheck): Promise<{ text: string; grounded: GroundedFigure[] }> {
    const first = checkFigures(given.said, given.sources);
    if (first.ungrounded.length === 0) {
      events.emit({ type: 'answer.checked', grounded: first.grounded.length, ungrounded: 0, askedAgain: false });
      return { text: given.said, grounded: first.grounded };
    }
    const again =
      given.leftMs >= MIN_TIME_FOR_CORRECTION_MS && !given.hasFiles
        ? await requestCorrection(given, namesOf(first.ungrounded))
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
  async function requestCorrection(
    { outcome, system, turn, spend, deadlineAt, leftMs }: AnswerCheck,
    figures: string,
  ): Promise<string | null> {
    const enough = AbortSignal.timeout(leftMs - RESERVED_FOR_REPLY_MS);
    const signal = turn.signal ? AbortSignal.any([turn.signal, enough]) : enough;
    const request = { role: 'user', parts: [{ text: askAgainText(figures) }] };
    const contents = [...outcome.contents, request];
    try {
      const second = await converse(
        {
          system,
          contents,
          deadlineAt: deadlineAt - RESERVED_FOR_REPLY_MS,
          preferred: outcome.model,
          toolsDisabled: true,
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
  const more = names.length - MAX_NAMED_FIGURES;
  return names.slice(0, MAX_NAMED_FIGURES).join(', ') + (more > 0 ? ` dan ${more} angka lain` : '');
}
