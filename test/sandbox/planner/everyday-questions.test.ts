import t from 'tap';
import { extractFigures } from '../../../src/gemini/grounding/extract-figures.ts';
import { everydayQuestions, valueAt } from '../../support/everyday-questions.ts';
import { startConversations } from './conversations.ts';

t.test('each everyday question causes the expected calls, and the reply contains their figures', async (t) => {
  const { converse } = await startConversations(t);
  for (const { question, after, calls: expected, figures = [], says } of everydayQuestions) {
    const { text, calls } = await converse(after ? [after, question] : [question]);
    t.match(calls, expected, `calls: ${question}`);
    t.equal(calls.length, expected.length, `no other calls: ${question}`);
    const stated = extractFigures(text);
    for (const figure of figures) {
      const [tool = '', path = ''] = figure.split(':');
      const wanted = valueAt(calls.findLast(({ name }) => name === tool)?.output, path);
      const isStated = stated.some(({ value, precision }) => Math.abs(value - wanted) <= Math.max(precision, 0.051));
      t.ok(wanted === 0 || isStated, `${figure} = ${wanted} in: ${question}`);
    }
    if (says) t.match(text, says, question);
  }
});
