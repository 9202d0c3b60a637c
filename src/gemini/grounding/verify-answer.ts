import type { Events } from '../../events.ts';
import { fill, type Texts } from '../../texts.ts';
import { isUpstreamError } from '../../upstream/errors.ts';
import type { RunToolLoop, ToolLoopResult } from '../tool-loop.ts';
import type { ToolContext } from '../tools/tools.ts';
import { checkFigures, type DoubtedFigure, type GroundedFigure, type GroundingSources } from './grounding.ts';

/** An answer, the sources of its figures, and the inputs of a correction. */
interface AnswerCheck {
  /** Text of the answer, Markdown. */
  text: string;
  loopResult: ToolLoopResult;
  system: string;
  sources: GroundingSources;
  context: ToolContext;
  recordTokens: (tokens: number) => void;
  /** Deadline of the turn, in ms on the monotonic clock (`performance.now`). */
  deadlineAt: number;
  /** Time left until the deadline, ms. */
  leftMs: number;
  /** Whether pictures or PDFs came with the question: figures in them cannot be looked up. A voice note is a question. */
  hasFiles: boolean;
}

/** Minimum time left for a correction by the model, ms. */
const MIN_TIME_FOR_CORRECTION_MS = 10_000;
/** Maximum number of figures that the closing line names. */
const MAX_NAMED_FIGURES = 30;
/** Maximum number of figures whose true meaning the request for a correction names. */
const MAX_REASONS = 12;
/** Time that a correction leaves for storing and sending the reply, ms. */
const RESERVED_FOR_REPLY_MS = 3_000;

/**
 * Creates `verifyAnswer`: checks every figure of an answer, as `formatAnswer` will send it. If figures are doubted, requests
 * one correction from the model without tools; the correction is not a source. A closing line names the figures that remain
 * doubted. If files came with the question, the line makes no claim about their origin.
 */
export function createAnswerVerifier(options: {
  runToolLoop: RunToolLoop;
  formatAnswer: (markdown: string) => string;
  texts: Texts;
  events: Events;
}) {
  const { runToolLoop, formatAnswer, texts, events } = options;

  return async function verifyAnswer(check: AnswerCheck): Promise<{ text: string; grounded: GroundedFigure[] }> {
    const first = checkFigures(formatAnswer(check.text), check.sources);
    if (first.ungrounded.length === 0) {
      events.emit({
        type: 'answer.checked',
        grounded: first.grounded.length,
        ungrounded: 0,
        correctionRequested: false,
      });
      return { text: check.text, grounded: first.grounded };
    }
    const mayCorrect = check.leftMs >= MIN_TIME_FOR_CORRECTION_MS;
    const correction = mayCorrect ? await requestCorrection(check, first.ungrounded) : null;
    const text = correction ?? check.text;
    const { grounded, ungrounded } =
      correction === null ? first : checkFigures(formatAnswer(correction), check.sources);
    events.emit({
      type: 'answer.checked',
      grounded: grounded.length,
      ungrounded: ungrounded.length,
      correctionRequested: correction !== null,
    });
    if (ungrounded.length === 0) return { text, grounded };
    const line = fill(check.hasFiles ? texts.fromFile : texts.ungrounded, { figures: nameFigures(ungrounded) });
    return { text: `${text}\n\n${line}`, grounded };
  };

  /** Requests a corrected text. @returns null if no model gives one: the first text is then sent */
  async function requestCorrection(
    { loopResult, system, context, recordTokens, deadlineAt, leftMs, hasFiles }: AnswerCheck,
    doubted: readonly DoubtedFigure[],
  ): Promise<string | null> {
    const timeout = AbortSignal.timeout(leftMs - RESERVED_FOR_REPLY_MS);
    const signal = context.signal ? AbortSignal.any([context.signal, timeout]) : timeout;
    const request = {
      system,
      contents: [...loopResult.contents, { role: 'user', parts: [{ text: correctionPrompt(doubted, hasFiles) }] }],
      deadlineAt: deadlineAt - RESERVED_FOR_REPLY_MS,
      preferred: loopResult.model,
      toolsDisabled: true,
    };
    try {
      const { answer } = await runToolLoop(request, { ...context, signal }, recordTokens);
      return answer.finish === 'answered' && answer.text !== '' ? answer.text : null;
    } catch (error) {
      // The upstream guard has emitted the failure; the first text is sent with the closing line.
      if (isUpstreamError(error) && !context.signal?.aborted) return null;
      throw error;
    }
  }
}

/** A message to the model, never shown to a user. */
function correctionPrompt(doubted: readonly DoubtedFigure[], hasFiles: boolean): string {
  const known = [...new Map(doubted.filter(({ isInData }) => isInData).map((each) => [each.text, each.why]))];
  const reasons = known.slice(0, MAX_REASONS).map(([text, why]) => `${text}: ${why}`);
  return [
    `Angka berikut tidak cocok dengan data yang dikembalikan fungsi: ${nameFigures(doubted)}. `,
    reasons.length > 0 ? `Keterangan: ${reasons.join('; ')}. ` : '',
    'Tulis ulang jawaban tadi secara utuh hanya dengan angka yang ada dalam data dan di tempat yang benar, ',
    'atau katakan bahwa angkanya tidak tersedia. ',
    hasFiles ? 'Angka dari berkas pengguna boleh tetap ditulis; sebutkan bahwa angka itu dari berkas. ' : '',
    'Jangan menyebut permintaan ini.',
  ].join('');
}

function nameFigures(figures: readonly { text: string }[]): string {
  const names = [...new Set(figures.map(({ text }) => text))];
  const unnamed = names.length - MAX_NAMED_FIGURES;
  return names.slice(0, MAX_NAMED_FIGURES).join(', ') + (unnamed > 0 ? ` dan ${unnamed} angka lain` : '');
}
