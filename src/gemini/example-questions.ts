import { fill, type Texts } from '../texts.ts';
import type { ToolResults } from './tools/results.ts';
import type { ToolContext, Tools } from './tools/tools.ts';

const SHOWN = 3;

/**
 * Three questions that a user can ask of the data there is: of an account that lags, of activities that are late or come
 * up. Where Supabase can't be reached, the usual ones.
 */
export function createExampleQuestions({ tools, texts }: { tools: Tools; texts: Texts }) {
  // Where nothing better is known of a user's data.
  const usual = [texts.exampleBudget, texts.exampleWeek, texts.exampleLowest];
  return async function examplesFor(userId: string, signal: AbortSignal): Promise<string[]> {
    const turn: ToolContext = { userId, signal, figures: new Set() };
    const read = async <Name extends keyof ToolResults>(
      name: Name,
      args: object,
    ): Promise<ToolResults[Name] | null> => {
      const outcome = await tools.run({ name, args }, turn);
      return outcome.ok ? (outcome.result as ToolResults[Name]) : null;
    };
    try {
      const accounts = await read('budget_by_account', { sort: 'serapan', order: 'asc', limit: 1 });
      const activities = await read('activity_statistics', {});
      return [...budgetExamples(accounts, texts), ...activityExamples(activities, texts), ...usual]
        .filter((example, index, all) => all.indexOf(example) === index)
        .slice(0, SHOWN);
    } finally {
      tools.release(turn);
    }
  };
}

function budgetExamples(found: ToolResults['budget_by_account'] | null, texts: Texts): string[] {
  if (!found || found.report === null) return [];
  const [slowest] = found.accounts;
  return [texts.exampleBudget, ...(slowest ? [fill(texts.exampleAccount, { account: slowest.account })] : [])];
}

function activityExamples(found: ToolResults['activity_statistics'] | null, texts: Texts): string[] {
  if (!found) return [];
  if (found.overdue > 0) return [texts.exampleOverdue];
  return found.next_week > 0 && found.this_week === 0 ? [texts.exampleNextWeek] : [];
}
