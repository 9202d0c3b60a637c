import type { Day } from '../../supabase/calendar.ts';
import type { Texts } from '../../texts.ts';
import type { ToolEvidence } from '../tools/results.ts';
import type { ToolContext, Tools } from '../tools/tools.ts';
import { lastList } from './plan-tool-calls.ts';
import { type AnswerContext, isMissingReport, type ToolCall } from './question/intent-types.ts';
import { INTENTS } from './question/intents.ts';
import { type MatchedQuestion, matchQuestions } from './question/match-intents.ts';
import { escapeMarkdown, formatMissingReport } from './wording/format.ts';

/** A question to answer without a model. */
interface RuleBasedQuestion {
  text: string;
  /** Tool calls behind earlier answers; calls that listed rows resolve «yang nomor 2» and «lanjut». */
  lists: readonly ToolEvidence[];
  /** The sources of the last figures (Markdown), for «angka itu dari mana?»; null without an earlier figure. */
  sources: string | null;
  context: ToolContext;
}

/** An answer in Markdown, the name of its intent, and the tool results in it. */
interface RuleBasedResult {
  text: string;
  intent: string;
  results: unknown[];
}

export type RuleBasedAnswer = (question: RuleBasedQuestion) => Promise<RuleBasedResult | null>;

/** Maximum rounds of tool calls; no intent needs more than four. */
const MAX_ROUNDS = 6;

/** The names of all intents, for metrics. */
export const INTENT_NAMES: readonly string[] = INTENTS.map(({ name }) => name);

/** Creates `answerByRules`: answers common questions with the model's tools. It returns null if no intent matches. */
export function createRuleBasedAnswer(options: { tools: Tools; texts: Texts; today: () => Day }): RuleBasedAnswer {
  const { tools, texts, today } = options;

  return async function answerByRules({ text, lists, sources, context }) {
    const matched = matchQuestions(text, today());
    const [first] = matched;
    if (!first) return null;
    const answerContext: AnswerContext = { texts, sources, list: lastList(lists) };
    const results: unknown[] = [];
    const answers: string[] = [];
    for (const each of matched) answers.push(await answerQuestion(each, answerContext, context, results));
    return { text: [...answers, ...formatNotes(results)].join('\n\n'), intent: first.intent.name, results };
  };

  function failureText({ tooLarge, unavailable }: { tooLarge?: boolean; unavailable?: boolean }): string {
    if (tooLarge) return texts.ruleBasedTooLarge;
    return unavailable ? texts.ruleBasedUnavailable : texts.noAnswer;
  }

  /** Answers one question and adds the results of its calls to `allResults`. */
  async function answerQuestion(
    { question, intent }: MatchedQuestion,
    answerContext: AnswerContext,
    context: ToolContext,
    allResults: unknown[],
  ): Promise<string> {
    const results: unknown[] = [];
    const { evidence = [] } = context;
    const earlierCalls = evidence.length;
    let calls: ToolCall[] = intent.calls(question, answerContext);
    for (let round = 0; calls.length > 0; round++) {
      if (round === MAX_ROUNDS) throw new Error(`The intent ${intent.name} did not finish after ${MAX_ROUNDS} rounds.`);
      for (const call of calls) {
        const outcome = await tools.run(call, context);
        if (!outcome.ok) return failureText(outcome);
        results.push(outcome.result);
        allResults.push(outcome.result);
        if (isMissingReport(outcome.result)) return formatMissingReport(outcome.result, question.today, texts);
      }
      calls = intent.next?.(question, results) ?? [];
    }
    // «Yang nomor 2» must not refer to rows that only a sum was made of.
    if (!intent.showsList) for (const each of evidence.slice(earlierCalls)) delete each.listed;
    return intent.answer(question, results, answerContext);
  }
}

/** Notes that repeat the first sentence or the source of an answer. */
const REPEATED =
  /^(?:Tidak ada (?:baris anggaran|kegiatan) yang cocok|Belum ada kegiatan pengguna|Angka ini dari laporan )/;

/** Formats the notes of the results: an answer must mention the rows that its figures omit. */
function formatNotes(results: readonly unknown[]): string[] {
  const notes = results.flatMap((result) => (result as { notes?: string[] }).notes ?? []);
  return [...new Set(notes)].filter((note) => !REPEATED.test(note)).map((note) => `_${escapeMarkdown(note)}_`);
}
