/** One visible character as a phone shows it, with the names of its formats: `b` bold, `i` italic, `s` strike, `c` code, `m` monospace block, `q` quote. */
export type ShownCharacter = { character: string; formats: string };

const EDGE = String.raw`(?<![\p{L}\p{N}\p{M}])`;
const INNER = String.raw`(?=\S)([^\n]*?\S)`;
const AFTER = String.raw`(?![\p{L}\p{N}\p{M}])`;
const RULES = [
  { mark: '`', format: 'c' },
  { mark: '*', format: 'b' },
  { mark: '_', format: 'i' },
  { mark: '~', format: 's' },
].map(({ mark, format }) => ({ format, pattern: new RegExp(`${EDGE}[${mark}]${INNER}[${mark}]${AFTER}`, 'u') }));

/** Parses a text as WhatsApp shows it, by regular expressions and independent of src/fonnte/format, so that the two check each other. */
export function parseShownText(text: string): ShownCharacter[] {
  return text.split(/(```[\s\S]+?```)/).flatMap((piece, index) => {
    if (index % 2 === 1) return visible(piece.slice(3, -3), 'm');
    return piece
      .split('\n')
      .flatMap((line) => (line.startsWith('> ') ? shownLine(line.slice(2), 'q') : shownLine(line, '')));
  });
}

function shownLine(line: string, formats: string): ShownCharacter[] {
  const earliest = RULES.map((rule) => ({ rule, match: rule.pattern.exec(line) }))
    .filter(({ rule, match }) => match && !formats.includes(rule.format))
    .sort((a, b) => a.match!.index - b.match!.index)[0];
  if (!earliest?.match) return visible(line, formats);
  const { index, 0: whole, 1: inner = '' } = earliest.match;
  const within = formats + earliest.rule.format;
  return [
    ...visible(line.slice(0, index), formats),
    ...(earliest.rule.format === 'c' ? visible(inner, within) : shownLine(inner, within)),
    ...shownLine(line.slice(index + whole.length), formats),
  ];
}

function visible(text: string, formats: string): ShownCharacter[] {
  const sorted = [...formats].sort().join('');
  return [...text].filter((character) => /\S/.test(character)).map((character) => ({ character, formats: sorted }));
}

const SUBSTITUTES: Readonly<Record<string, string>> = { '∗': '*', '＿': '_', '∼': '~', "'": '`', '＞': '>', '–': '-' };

/** The same in short form, with look-alikes replaced by the original characters: `b:a b:b :c`. */
export function formatShown(shown: readonly ShownCharacter[]): string {
  return shown.map(({ character, formats }) => `${formats}:${SUBSTITUTES[character] ?? character}`).join(' ');
}
