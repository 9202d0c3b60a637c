import t from 'tap';
import { isFlagged, isReserved, readLabeledAnswers } from '../../../corpus/grounding.ts';
import { placeRandomFigures } from '../../../corpus/random-figures.ts';
import { countVerdicts, formatMatrix, wilsonInterval } from '../../../support/confusion-matrix.ts';

const answers = readLabeledAnswers();

t.test('every labeled answer records who wrote it and when', async (t) => {
  t.ok(answers.length > 500);
  for (const { author, date, answer } of answers) {
    t.not(author, '', answer);
    t.match(date, /^\d{4}-\d\d-\d\d$/, answer);
  }
});

t.test('few right answers are flagged and few wrong ones pass, in both parts of the labeled answers', async (t) => {
  for (const [name, part] of [
    ['two thirds that the check is changed with', answers.filter((answer) => !isReserved(answer))],
    ['the reserved third', answers.filter(isReserved)],
  ] as const) {
    const matrix = countVerdicts(part.map((answer) => ({ isBad: answer.isBad, isFlagged: isFlagged(answer) })));
    t.comment(`${name}: ${part.length} answers`);
    for (const line of formatMatrix(matrix)) t.comment(line);
    // The goals are 3 and 5 in 100 answers. These limits stop a change that makes the check worse than it is.
    t.ok(matrix.flaggedOk <= (matrix.flaggedOk + matrix.passedOk) * 0.09, 'right answers that are flagged');
    t.ok(matrix.missedBad <= (matrix.missedBad + matrix.flaggedBad) * 0.12, 'wrong answers that pass');
  }
});

/** A linear congruential generator: the same numbers in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

t.test('fewer than 1 in 200 random figures are confirmed by a computation', async (t) => {
  const random = seeded(17);
  const right = answers.filter((answer) => !answer.isBad);
  const figures = right.flatMap((answer) => [...placeRandomFigures(answer, random)]);
  const passed = (source: string) => figures.filter((each) => each.passed === source);
  for (const source of ['derived', 'data', 'earlier', 'user', 'unchecked'])
    t.comment(`${source}: ${passed(source).length} of ${figures.length} random figures`);
  for (const { text } of passed('derived')) t.comment(text);
  t.ok(figures.length > 1000);
  t.ok(passed('derived').length < figures.length / 200);
  const amounts = figures.filter(({ kind }) => kind === 'amount');
  t.ok(amounts.filter(({ passed }) => passed !== null).length < amounts.length / 100, 'of any source');
});

t.test('the interval of a share', async (t) => {
  const [low, high] = wilsonInterval(3, 100);
  t.ok(Math.abs(low - 0.01025) < 1e-4 && Math.abs(high - 0.08452) < 1e-4);
  t.same(wilsonInterval(0, 10)[0], 0);
});
