import { formatForWhatsApp } from '../../src/fonnte/format/format.ts';
import { checkFigures } from '../../src/gemini/grounding/grounding.ts';
import type { Figure } from '../../src/gemini/grounding/text/figures.ts';
import { normalizeText } from '../../src/gemini/grounding/text/normalize.ts';
import type { LabeledAnswer } from './grounding.ts';

/** A random figure in the place of a right one. */
export interface RandomFigure {
  kind: Figure['kind'];
  /** The right figure and the random one, as written. */
  text: string;
  /** How it passed: confirmed by a source, or (`unchecked`) no figure, a limit or a benchmark; null: it was doubted. */
  passed: 'data' | 'derived' | 'earlier' | 'user' | 'unchecked' | null;
}

const DIGITS = /\d+(?:[.,]\d+)*/;

/** Replaces each figure of a right answer, one at a time, with a random one of the same form. `random`: 0 to below 1. */
export function* placeRandomFigures(answer: LabeledAnswer, random: () => number): Generator<RandomFigure> {
  const sent = normalizeText(formatForWhatsApp(answer.answer, {}));
  const { grounded } = checkFigures(sent, answer.sources);
  for (const { figure } of grounded) {
    const digits = DIGITS.exec(figure.text)?.[0];
    if (digits === undefined) continue;
    const other = digits.replace(/\d/g, (digit, at: number) =>
      at === 0 && digit !== '0' ? String(1 + Math.floor(random() * 9)) : String(Math.floor(random() * 10)),
    );
    if (isNear(digits, other)) continue;
    const text = figure.text.replace(digits, other);
    const changed =
      sent.slice(0, figure.start) +
      sent.slice(figure.start, figure.end).replace(digits, other) +
      sent.slice(figure.end);
    const checked = checkFigures(changed, answer.sources);
    const end = figure.end + changed.length - sent.length;
    const isHere = (each: Figure) => each.start < end && each.end > figure.start;
    const source = checked.grounded.find((each) => isHere(each.figure))?.from.source ?? 'unchecked';
    yield {
      kind: figure.kind,
      text: `${figure.text} → ${text}`,
      passed: checked.ungrounded.some(isHere) ? null : source,
    };
  }
}

/** «Hampir 70%» and «hampir 71%» may both be right. */
function isNear(one: string, two: string): boolean {
  const [first, second] = [one, two].map((text) => Number(text.replace(/[.,]/g, '')));
  return Math.abs(first! - second!) <= Math.max(1, first! * 0.03);
}
