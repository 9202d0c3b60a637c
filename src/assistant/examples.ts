import type { ToolResults } from '../sapa/tool-results.ts';
import type { SapaTools, ToolTurn } from '../sapa/tools.ts';

/** Asked for where nothing better is known of a user's data. */
const USUAL = ['Berapa sisa anggaran saya?', 'Kegiatan minggu ini apa saja?', 'Akun mana yang serapannya terendah?'];
const SHOWN = 3;

/**
 * Three questions that a user can ask of the data there is: of an account that lags, of activities that are late or come
 * up. Where Supabase can't be reached, the usual ones.
 */
export function createExamples({ tools }: { tools: SapaTools }) {
  return async function examplesFor(userId: string, signal: AbortSignal): Promise<string[]> {
    const turn: ToolTurn = { userId, signal, figures: new Set() };
    const read = async <Name extends keyof ToolResults>(
      name: Name,
      args: object,
    ): Promise<ToolResults[Name] | null> => {
      const outcome = await tools.run({ name, args }, turn);
      return outcome.ok ? (outcome.result as ToolResults[Name]) : null;
    };
    const accounts = await read('budget_by_account', { sort: 'serapan', order: 'asc', limit: 1 });
    const activities = await read('activity_statistics', {});
    return [...budgetExamples(accounts), ...activityExamples(activities), ...USUAL]
      .filter((example, index, all) => all.indexOf(example) === index)
      .slice(0, SHOWN);
  };
}

function budgetExamples(found: ToolResults['budget_by_account'] | null): string[] {
  if (!found || found.report === null) return [];
  const [slowest] = found.accounts;
  return ['Berapa sisa anggaran saya?', ...(slowest ? [`Akun ${slowest.account} sudah terserap berapa persen?`] : [])];
}

function activityExamples(found: ToolResults['activity_statistics'] | null): string[] {
  if (!found) return [];
  if (found.overdue > 0) return ['Kegiatan apa saja yang terlambat?'];
  return found.next_week > 0 && found.this_week === 0 ? ['Kegiatan minggu depan apa saja?'] : [];
}
