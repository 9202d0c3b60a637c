import { fill, type Texts } from '../texts.ts';
import type { ToolResults } from './tools/results.ts';
import type { ToolContext, Tools } from './tools/tools.ts';

/** Example questions in one help text. */
const MAX_EXAMPLES = 3;
/** Maximum time for reading the user's data, ms: examples are not worth a longer wait. */
const MAX_READ_MS = 1_500;

/**
 * Builds three questions that the user's own data can answer: about the account with the lowest absorption, and about
 * overdue or upcoming activities. Rules can answer them. If Supabase is unavailable or slow: the standard examples.
 */
export function createExampleQuestions({ tools, texts }: { tools: Tools; texts: Texts }) {
  const standardExamples = [texts.exampleBudget, texts.exampleWeek, texts.exampleLowest];
  return async function exampleQuestions(userId: string, signal: AbortSignal): Promise<string[]> {
    const context: ToolContext = { userId, signal, figures: new Set() };
    const limit = Promise.withResolvers<null>();
    const timer = setTimeout(() => limit.resolve(null), MAX_READ_MS);
    const runTool = async <Name extends keyof ToolResults>(
      name: Name,
      args: object,
    ): Promise<ToolResults[Name] | null> => {
      const outcome = await Promise.race([tools.run({ name, args }, context), limit.promise]);
      return outcome?.ok ? (outcome.result as ToolResults[Name]) : null;
    };
    try {
      const [accounts, statistics] = await Promise.all([
        runTool('budget_by_account', { sort: 'serapan', order: 'asc', limit: 1 }),
        runTool('activity_statistics', {}),
      ]);
      const examples = [
        ...budgetExamples(accounts, texts),
        ...activityExamples(statistics, texts),
        ...standardExamples,
      ];
      return [...new Set(examples)].slice(0, MAX_EXAMPLES);
    } finally {
      clearTimeout(timer);
      tools.release(context);
    }
  };
}

function budgetExamples(result: ToolResults['budget_by_account'] | null, texts: Texts): string[] {
  if (!result || result.report === null) return [];
  const [lowest] = result.accounts ?? [];
  return [texts.exampleBudget, ...(lowest ? [fill(texts.exampleAccount, { account: lowest.account })] : [])];
}

function activityExamples(statistics: ToolResults['activity_statistics'] | null, texts: Texts): string[] {
  if (!statistics) return [];
  if (statistics.overdue > 0) return [texts.exampleOverdue];
  return statistics.next_week > 0 && statistics.this_week === 0 ? [texts.exampleNextWeek] : [];
}
