import type { LabelIndex } from '../data/labels.ts';
import type { Range } from '../text/layout.ts';
import { DOWN, UP } from '../text/lexicon.ts';
import type { Token } from '../text/tokenizer.ts';
import { expandRanges, findDates } from './date-names.ts';
import { findFields } from './field-names.ts';
import { findLabelAt } from './label-names.ts';
import type { Name } from './names.ts';
import { findWordedNames } from './worded-names.ts';

const CODE = /[A-Z0-9]{1,8}(?:\.[A-Z0-9]{1,8}){1,}/gi;

/** Finds the names in a line, in the order of the text. */
export function findNames(text: string, tokens: readonly Token[], line: Range, labels: LabelIndex): Name[] {
  const found: Name[] = [];
  const taken = new Set<number>();
  const add = (name: Name) => {
    found.push(isBase(tokens, name) ? { ...name, isBase: true } : name);
    if (!name.isWeak) for (let at = name.from; at < name.to; at++) taken.add(at);
  };
  for (const name of findCodes(text, tokens, line, labels)) add(name);
  for (const name of findWordedNames(tokens, line, labels)) if (!taken.has(name.from)) add(name);
  for (const name of expandRanges(tokens, findDates(tokens, line, labels), labels)) add(name);
  for (let at = line.from; at < line.to; at++) {
    if (taken.has(at)) continue;
    const name = findLabelAt(tokens, at, line, labels);
    if (name) add(name);
  }
  for (const { from, to, fields } of findFields(tokens, line, taken)) found.push({ kind: 'field', from, to, fields });
  return found.sort((one, two) => one.from - two.from);
}

/** «dibanding Oktober», «daripada bulan lalu» */
function isBase(tokens: readonly Token[], { kind, from, to }: Name): boolean {
  // «dua pertiga dari Oktober yang Rp5 juta»
  if (tokens[to]?.lower === 'yang') return false;
  if (kind !== 'month' && kind !== 'date' && kind !== 'period') return false;
  return (
    [1, 2].some((back) =>
      /^(?:dibanding|dibandingkan|terhadap|daripada|ketimbang|sejak|semenjak)$/.test(tokens[from - back]?.lower ?? ''),
    ) ||
    (tokens[from - 1]?.lower === 'dari' &&
      tokens.slice(Math.max(0, from - 9), from).some(({ lower }) => UP.has(lower) || DOWN.has(lower)))
  );
}

function findCodes(text: string, tokens: readonly Token[], { from, to }: Range, labels: LabelIndex): Name[] {
  if (from === to) return [];
  const [start, end] = [tokens[from]!.start, tokens[to - 1]!.end];
  const names: Name[] = [];
  let at = from;
  for (const match of text.slice(start, end).matchAll(CODE)) {
    const code = labels.find('code', match[0]);
    if (code.length === 0) continue;
    while (at < to && tokens[at]!.end <= start + match.index) at++;
    let last = at;
    while (last < to && tokens[last]!.start < start + match.index + match[0].length) last++;
    names.push({ kind: 'code', from: at, to: last, labels: new Set(code) });
    at = last;
  }
  return names;
}
