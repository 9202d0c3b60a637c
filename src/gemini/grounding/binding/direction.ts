import { MONTH_NUMBERS } from '../../../indonesian-months.ts';
import type { Mention } from '../text/figures.ts';
import type { Range } from '../text/layout.ts';
import { DOWN, UP } from '../text/lexicon.ts';
import type { Token } from '../text/tokenizer.ts';

/** Finds «naik» or «turun» next to a figure. */
export function findDirection(tokens: readonly Token[], { from, last }: Mention, clause: Range): 'up' | 'down' | null {
  for (let at = from - 1; at >= Math.max(clause.from, from - 6); at--) {
    if (UP.has(tokens[at]!.lower)) return 'up';
    if (DOWN.has(tokens[at]!.lower)) return 'down';
    if (tokens[at]!.kind === 'number') break;
  }
  const next = tokens[last + 1]?.lower ?? '';
  return UP.has(next) ? 'up' : DOWN.has(next) ? 'down' : null;
}

/** Returns whether a figure is what one month added: «khusus November», «bertambah». */
export function isMonthlyIncrement(tokens: readonly Token[], { from }: Mention, clause: Range): boolean {
  // As written: «Tunjangan Khusus» is a name.
  const before = tokens.slice(Math.max(clause.from, from - 6), from).map(({ text }) => text);
  const near = before.slice(before.findLastIndex((word) => /\d/.test(word)) + 1);
  return (
    near.some((word, at) => isIncrementWord(word, near[at + 1] ?? '')) &&
    !near.some((word) => /^(?:menjadi|ke|dari|hingga|sampai)$/.test(word))
  );
}

/** «khusus November», «bertambah»; not the «Khusus» of an account's name. */
function isIncrementWord(word: string, next: string): boolean {
  if (word === 'khusus') return MONTH_NUMBERS.has(next) || /^(?:bulan|periode|triwulan)$/.test(next);
  return /^(?:saja|bertambah|tambahan)$/.test(word);
}
