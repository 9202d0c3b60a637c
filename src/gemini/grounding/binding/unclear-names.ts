import type { Label } from '../data/labels.ts';
import { between } from '../data/sorted.ts';
import type { Mention } from '../text/figures.ts';
import type { ReadText } from './binding.ts';
import { isClauseEnd, isSentenceEnd } from './clauses.ts';
import type { Name } from './names.ts';
import { namesIn } from './own-names.ts';

/** Finds the labels with a word next to a figure: «Rp14 juta perjalanan». */
export function findWeakLabels({ names, tokens }: ReadText, { from, last }: Mention, line: number): ReadonlySet<Label> {
  const isBeside = (name: Name) =>
    (name.from === last + 1 ||
      (name.from === last + 2 && tokens[last + 1]!.kind === 'word') ||
      name.to === from ||
      (name.to === from - 1 &&
        /^[(:=→]$/.test(tokens[name.to]!.text) &&
        !/^[<>]$/.test(tokens[last + 1]?.text ?? ''))) &&
    name.kind === 'name';
  const weak = namesIn(names[line]!, { from: from - 3, to: last + 5 }, true).filter(
    (name) => name.isWeak && isBeside(name),
  );
  return new Set(weak.flatMap(({ labels }) => [...labels!]));
}

/** «Rakor 16 jt, RDP 9 jt»: a capitalized word that the data does not contain names another object. */
export function followsUnknownName({ tokens, names }: ReadText, { from }: Mention, line: number): boolean {
  const known = between(names[line]!, (name) => name.from, from - 6, from);
  for (let at = from - 1; at >= from - 5 && at > 0 && !isClauseEnd(tokens, at); at--) {
    const { text, kind } = tokens[at]!;
    if (kind === 'number') return false;
    const isNamed = known.some((name) => name.from <= at && at < name.to);
    const isFirst = at === 0 || isSentenceEnd(tokens, at - 1) || /^[-•*–.)]$/.test(tokens[at - 1]!.text);
    if (
      kind === 'word' &&
      !isNamed &&
      !isFirst &&
      /^\p{Lu}{2,}$|^\p{Lu}\p{Ll}{3,}$/u.test(text) &&
      !/^(?:Rp|IDR|Anda|Bapak|Ibu)$/.test(text)
    )
      return true;
  }
  return false;
}
