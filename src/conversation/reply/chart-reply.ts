import { type Chart, chartNotes, chartTitle } from '../../charts/chart.ts';
import { parseChartRequest } from '../../charts/chart-request.ts';
import type { ChartRenderer } from '../../charts/renderer.ts';
import { selectChart } from '../../charts/select-chart.ts';
import { writeTextChart } from '../../charts/text-chart.ts';
import { type Events, errorName, stackFrames } from '../../events.ts';
import { escapeMarkdown } from '../../gemini/fallback/wording/format.ts';
import type { Answer } from '../../gemini/question.ts';
import type { Turn } from '../../store/records.ts';
import { fill, type Texts } from '../../texts.ts';
import type { ReplyAttachment, SessionNotes } from '../../types.ts';
import type { TurnContext } from '../turn/turn-context.ts';
import type { ReplyContent } from './reply-parts.ts';

/** A drawing takes at most this share of the time left until the turn's deadline: the text must be stored before it. */
const MAX_SHARE_OF_TIME_LEFT = 0.5;

export type ChartReplies = ReturnType<typeof createChartReplies>;

/**
 * Creates the charts of replies. They are drawn from the rows of tool results. The rows of the last answer are stored in the
 * session's notes, so that `/grafik` draws them also after a restart, and only for the user of the session.
 */
export function createChartReplies(options: {
  charts: Pick<ChartRenderer, 'render' | 'prepare'>;
  deviceOf(turn: Turn): { acceptsFiles(): boolean };
  texts: Texts;
  events: Events;
}) {
  const { charts, deviceOf, texts, events } = options;

  /** Draws a chart. If that is not possible, the attachment is a text with the reason. @throws the abort reason of the turn */
  async function draw(chart: Chart, turn: Turn, context: TurnContext): Promise<ReplyAttachment> {
    const title = escapeMarkdown(chartTitle(chart));
    const notes = escapeMarkdown(chartNotes(chart).join('. '));
    const caption = fill(texts.chartCaption, { title, notes });
    const asText = (reason: string) => ({ caption, fallback: writeTextChart(chart, reason), file: null });
    if (!deviceOf(turn).acceptsFiles()) return asText(texts.chartNotSupported);
    const startedAt = performance.now();
    const leftMs = (context.deadlineAt - startedAt) * MAX_SHARE_OF_TIME_LEFT;
    const limit = AbortSignal.timeout(Math.max(0, Math.floor(leftMs)));
    try {
      const data = await charts.render(chart, AbortSignal.any([context.signal, limit]));
      const durationMs = Math.round(performance.now() - startedAt);
      events.emit({ type: 'chart.rendered', kind: chart.kind, bytes: data.length, durationMs });
      return {
        caption,
        fallback: writeTextChart(chart, texts.chartRejected),
        file: { name: 'grafik.png', mediaType: 'image/png', data },
      };
    } catch (error) {
      context.signal.throwIfAborted();
      events.emit({ type: 'chart.failed', kind: chart.kind, name: errorName(error), frames: stackFrames(error) });
      return asText(texts.chartNotDrawn);
    }
  }

  return {
    /** Starts the render worker if the question asks for a chart and the device accepts files. */
    prepare(question: string, turn: Turn): void {
      if (deviceOf(turn).acceptsFiles() && parseChartRequest(question).isRequested) charts.prepare();
    },

    /** Returns the reply to `/grafik`. */
    async ofLastAnswer(notes: SessionNotes, turn: Turn, context: TurnContext): Promise<ReplyContent> {
      const chart = parseChart(notes);
      return chart ? { text: '', attachments: [await draw(chart, turn, context)] } : { text: texts.noChart };
    },

    /**
     * Adds the chart to an answer if the question asks for one and the rows are enough, and stores the rows in the notes.
     * `before`: the notes of the session before this answer.
     */
    async addTo(
      { text, notes, data }: Answer,
      question: { text: string; before: SessionNotes; turn: Turn },
      context: TurnContext,
    ): Promise<ReplyContent & { notes: SessionNotes }> {
      const { isRequested, isExplicit, isAboutLastAnswer } = parseChartRequest(question.text);
      const lastChart = parseChart(question.before);
      // An answer without data leaves the last rows as they are.
      const chart = data.length > 0 ? selectChart(data, question.text) : lastChart;
      const nextNotes = chart ? { ...notes, chart } : notes;
      if (!isRequested) return { text, notes: nextNotes };
      if (chart && (data.length > 0 || isAboutLastAnswer)) {
        return { text, notes: nextNotes, attachments: [await draw(chart, question.turn, context)] };
      }
      const explanation = isExplicit && data.length > 0 ? `\n\n${texts.chartTooFew}` : '';
      return { text: text + explanation, notes: nextNotes };
    },
  };
}

/** @returns the stored chart of the last answer; null if the notes contain no valid chart */
function parseChart({ chart }: SessionNotes): Chart | null {
  return typeof chart === 'object' && chart !== null && 'kind' in chart ? (chart as Chart) : null;
}
