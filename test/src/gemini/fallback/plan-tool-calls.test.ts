import t from 'tap';
import { planToolCalls } from '../../../../src/gemini/fallback/plan-tool-calls.ts';
import type { ToolEvidence } from '../../../../src/gemini/tools/results.ts';
import { everydayQuestions } from '../../../support/everyday-questions.ts';

const TODAY = '2026-11-24';
const plan = (text: string, lists: ToolEvidence[] = []) => planToolCalls(text, { today: TODAY, lists });

t.test('plans the calls of each everyday question, except calculations with their results', async (t) => {
  for (const { question, after, calls } of everydayQuestions) {
    if (after) continue;
    t.match(
      plan(question),
      calls.filter(({ name }) => name !== 'calculate'),
      question,
    );
  }
});

t.test('plans no calls for a message that concerns no SAPA data', async (t) => {
  for (const text of ['', 'Halo', 'selamat pagi', 'terima kasih ya', 'makasih banyak kak', 'ok siap', '👍', 'amin']) {
    t.same(plan(text), [], text);
  }
});

t.test('plans the row of the last list that an ordinal names', async (t) => {
  const list: ToolEvidence = {
    tool: 'search_activities',
    args: { period: 'this_week' },
    listed: { kind: 'activities', ids: ['a-1', 'a-2'] },
  };
  t.match(plan('yang nomor 2', [list]), [{ name: 'search_activities', args: { keyword: 'a-2' } }]);
  t.same(plan('yang nomor 2'), []);
  t.same(plan('yang nomor 3', [list]), []);
});
