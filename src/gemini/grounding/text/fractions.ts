import type { Token } from './tokenizer.ts';

/** A share of a whole, in words or as a quotient. */
export interface Fraction {
  /** In percent. */
  percent: number;
  /** Index of its last token. */
  last: number;
  /** «seperempat lebih» */
  isMore: boolean;
}

const PARTS = ['', '', '', 'tiga', 'empat', 'lima', 'enam', 'tujuh', 'delapan', 'sembilan', 'sepuluh'];
const COUNTS = ['', 'satu', 'dua', 'tiga', 'empat', 'lima', 'enam', 'tujuh', 'delapan', 'sembilan'];
/** Words of which something may be a fraction. */
const WHOLE =
  /^(?:dari|bagian|pagu|anggaran|realisasi|sisa|total|seluruh|kegiatan|dana|alokasi|lebih|pagunya|sisanya)$/;
/** The first words of a fraction. */
const FIRST = /^(?:[1-9]$|rp$|seper|setengah|separuh|satu|dua|tiga|empat|lima|enam|tujuh|delapan|sembilan)/;
const HEDGE = /^(?:sudah|baru|sekitar|hampir|kira|mencapai|sampai|dari|sebesar|nyaris)$/;

/** Parses «¾ dari pagu» (written 3/4), «dua pertiga», «sepertiganya», «setengah dari pagu». */
export function parseFraction(tokens: readonly Token[], at: number): Fraction | undefined {
  if (!FIRST.test(tokens[at]!.lower)) return undefined;
  return (
    parseQuotient(tokens, at) ?? parseWords(tokens, at) ?? parseOfEvery(tokens, at) ?? parseWordsOfEvery(tokens, at)
  );
}

/** «Rp7 dari setiap Rp10» */
function parseOfEvery(tokens: readonly Token[], at: number): Fraction | undefined {
  if (tokens[at]!.lower !== 'rp' || !/^\d{1,2}$/.test(tokens[at + 1]?.text ?? '') || tokens[at + 2]?.lower !== 'dari')
    return undefined;
  const of = /^(?:setiap|tiap)$/.test(tokens[at + 3]?.lower ?? '') ? at + 4 : at + 3;
  const whole = tokens[of + 1]?.text ?? '';
  if (tokens[of]?.lower !== 'rp' || !/^100?$/.test(whole)) return undefined;
  return finish(tokens, of + 1, Number(tokens[at + 1]!.text) / Number(whole));
}

/** «Dua dari setiap tiga rupiah» */
function parseWordsOfEvery(tokens: readonly Token[], at: number): Fraction | undefined {
  if (tokens[at + 1]?.lower !== 'dari' || !/^(?:setiap|tiap)$/.test(tokens[at + 2]?.lower ?? '')) return undefined;
  const [part, whole] = [COUNTS.indexOf(tokens[at]!.lower), PARTS.indexOf(tokens[at + 3]?.lower ?? '-')];
  const last = tokens[at + 4]?.lower === 'rupiah' ? at + 4 : at + 3;
  return part > 0 && whole > part ? finish(tokens, last, part / whole) : undefined;
}

function parseQuotient(tokens: readonly Token[], at: number): Fraction | undefined {
  const [part, slash, whole, after] = [tokens[at]!, tokens[at + 1], tokens[at + 2], tokens[at + 3]];
  if (
    slash?.text !== '/' ||
    !slash.glued ||
    !whole?.glued ||
    !/^[1-9]$/.test(part.text) ||
    !/^(?:[2-9]|10)$/.test(whole.text)
  )
    return undefined;
  if (after?.text === '/' || tokens[at - 1]?.text === '/' || Number(part.text) >= Number(whole.text)) return undefined;
  if (!WHOLE.test(after?.lower ?? '') && !HEDGE.test(tokens[at - 1]?.lower ?? '')) return undefined;
  return finish(tokens, at + 2, Number(part.text) / Number(whole.text));
}

function parseWords(tokens: readonly Token[], at: number): Fraction | undefined {
  const word = stem(tokens, at);
  const single = PARTS.indexOf(word.replace(/^seper/, ''));
  if (word.startsWith('seper') && single > 2) return finish(tokens, at, 1 / single);
  const next = stem(tokens, at + 1);
  const whole = PARTS.indexOf(next.replace(/^per/, ''));
  const part = COUNTS.indexOf(word);
  if (next.startsWith('per') && whole > 2 && part > 0) return finish(tokens, at + 1, part / whole);
  const isHalf = word === 'setengah' || word === 'separuh';
  if (
    isHalf &&
    (tokens[at]!.lower.endsWith('nya') || WHOLE.test(tokens[at + 1]?.lower ?? '')) &&
    tokens[at - 1]?.kind !== 'number' &&
    !COUNTS.includes(tokens[at - 1]?.lower ?? '-')
  )
    return finish(tokens, at, 1 / 2);
  return undefined;
}

function stem(tokens: readonly Token[], at: number): string {
  return tokens[at]?.lower.replace(/nya$/, '') ?? '';
}

function finish(tokens: readonly Token[], last: number, share: number): Fraction {
  return { percent: share * 100, last, isMore: tokens[last + 1]?.lower === 'lebih' };
}
