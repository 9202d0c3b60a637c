import t from 'tap';
import { formatForWhatsApp } from '../../src/fonnte/format/format.ts';
import { checkFigures } from '../../src/gemini/grounding/grounding.ts';

/** Returns the doubted figures of an answer, as written. */
export function doubtsOf(answer: string, data: unknown[], user: string[] = []): string[] {
  return checkFigures(formatForWhatsApp(answer, {}), { data, earlier: [], user }).ungrounded.map(({ text }) => text);
}

/** Adds a test: `right` answers have no doubted figure, each `wrong` answer has exactly these. */
export function testDoubts(title: string, data: unknown[], right: string[], wrong: Record<string, string[]>): void {
  t.test(title, async (t) => {
    for (const answer of right) t.same(doubtsOf(answer, data), [], answer);
    for (const [answer, doubts] of Object.entries(wrong)) t.same(doubtsOf(answer, data), doubts, answer);
  });
}
