/** Invisible characters: default ignorable ones, annotation marks, and marks that combine with a digit (keycaps, strokes). */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB]+|(?<=\d)[\p{Default_Ignorable_Code_Point}\p{M}]+/gu;
/** Runs outside ASCII without spaces: the kind of space separates thousands or numbers. */
const NOT_ASCII = /[^\p{ASCII}\s]+/gu;
/** U+2800 is shown as a space. */
const BLANK = /\u2800/g;
/** «1️⃣ Rapat»: the number of a list item. */
const KEYCAP_MARKER = /^([ >]*)((?:\d\uFE0F?\u20E3){1,2}) +(?=[^\s%])/gmu;
const DIGIT = /\p{Nd}/gu;
const VULGAR_FRACTION = /(\d?)([\u00BC-\u00BE\u2150-\u215E])/g;

/** Returns a text as a reader sees it: without invisible characters, and with ASCII digits and letters for their styled forms. */
export function normalizeText(text: string): string {
  return text
    .replace(BLANK, ' ')
    .replace(KEYCAP_MARKER, (_, indent: string, keycaps: string) => `${indent}${keycaps.replace(/\D/g, '')}. `)
    .replace(VULGAR_FRACTION, (_, digit: string, sign: string) => spellFraction(digit, sign))
    .replace(INVISIBLE, '')
    .replace(NOT_ASCII, (run) => run.normalize('NFKC'))
    .replace(DIGIT, toAsciiDigit)
    .replace(INVISIBLE, '');
}

/** The decimal digits of a script follow each other, from 0 to 9. */
function toAsciiDigit(digit: string): string {
  if (digit <= '9') return digit;
  const code = digit.codePointAt(0)!;
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value++;
  return String(value);
}

/** «¾» is 3/4; «1½» is 1,5. */
function spellFraction(digit: string, sign: string): string {
  const quotient = sign.normalize('NFKC').replace('\u2044', '/');
  if (digit === '') return ` ${quotient} `;
  const [part = 0, whole = 1] = quotient.split('/').map(Number);
  return `${digit}${(part / whole).toFixed(2).replace('0.', ',').replace(/0$/, '')}`;
}
