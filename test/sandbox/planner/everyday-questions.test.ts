import t from 'tap';
import { extractFigures } from '../../../src/gemini/grounding/text/extract-figures.ts';
import { everydayQuestions, valueAt } from '../../support/everyday-questions.ts';
import { startConversations } from './conversations.ts';

/** Model requests per question, on average. */
const MAX_REQUESTS = 1.3;

t.test('each everyday question causes the expected calls, and the reply contains their figures', async (t) => {
  const { converse } = await startConversations(t);
  let requested = 0;
  for (const { question, after, calls: expected, figures = [], says } of everydayQuestions) {
    const { text, calls, requests } = await converse(after ? [after, question] : [question]);
    requested += requests;
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
  const average = requested / everydayQuestions.length;
  t.ok(
    average <= MAX_REQUESTS,
    `${average.toFixed(2)} model requests per question: most data is read before the first one`,
  );
});
