import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { formatForWhatsApp } from '../src/fonnte/format/format.ts';
import { checkFigures } from '../src/gemini/grounding/grounding.ts';
import { type LabeledAnswer, parseLabeledAnswers, readLabeledAnswers } from '../test/corpus/grounding.ts';
import { countVerdicts, formatMatrix } from '../test/support/confusion-matrix.ts';

/**
 * Checks the figures of labeled answers: `npm run grounding -- --data FILE --answers FILE [--today 2026-11-24] [--json]`. Without
 * files: of the corpus. Without today, numbers of days until today are not checked.
 * Prints the doubted figures of each answer and why, then a confusion matrix; with `--json` one line for each answer.
 */
const { data, answers, today, json } = parseArgs({
  options: {
    data: { type: 'string' },
    answers: { type: 'string' },
    today: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
}).values;
// The reader has closed the pipe: `npm run grounding | head`.
process.stdout.on('error', () => process.exit());
const print = (line: string) => process.stdout.write(`${line}\n`);

if ((data === undefined) !== (answers === undefined)) {
  process.stderr.write('Usage: npm run grounding -- --data FILE --answers FILE [--today DAY] [--json]\n');
  process.exit(2);
}
const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
const labeled =
  data === undefined || answers === undefined
    ? readLabeledAnswers()
    : parseLabeledAnswers(readJson(answers), readJson(data));

const verdicts = labeled.map((answer, index) => {
  const { doubted, why } = findDoubts(answer);
  if (json) print(JSON.stringify({ doubted, why }));
  else printVerdict(answer, index, doubted, why);
  return { isBad: answer.isBad, isFlagged: doubted.length > 0 };
});
if (!json) for (const line of formatMatrix(countVerdicts(verdicts))) print(line);

function findDoubts({ answer, sources }: LabeledAnswer): { doubted: string[]; why: string[] } {
  const { ungrounded } = checkFigures(formatForWhatsApp(answer, {}), today ? { ...sources, today } : sources);
  return { doubted: ungrounded.map(({ text }) => text), why: ungrounded.map(({ why }) => why) };
}

function printVerdict({ isBad, answer }: LabeledAnswer, index: number, doubted: string[], why: string[]): void {
  const isFlagged = doubted.length > 0;
  const mark = isBad === isFlagged ? ' ' : '!';
  const start = answer.replace(/\s+/g, ' ').slice(0, 80);
  print(`${mark} ${index + 1}. ${isBad ? 'bad' : 'ok'}, ${isFlagged ? 'flagged' : 'passed'}: ${start}`);
  for (const [nth, text] of doubted.entries()) print(`      ${text}: ${why[nth]}`);
}
