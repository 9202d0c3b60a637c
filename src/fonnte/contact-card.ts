const BEGIN = 'BEGIN:VCARD';
const END = 'END:VCARD';

/**
 * Replaces the contact cards (vCards) in a text by their names and numbers, one line each: «Kontak: Budi, +62812…». The rest
 * of a card, such as its base64 photo, is removed. Other text is unchanged. Takes time linear in the text.
 * @see RFC 6350
 */
export function summarizeContactCards(text: string): string {
  if (!text.toUpperCase().includes(BEGIN)) return text;
  const lines: string[] = [];
  let card: string[] | null = null;
  for (const line of text.split('\n')) {
    const delimiter = line.trim().toUpperCase();
    if (delimiter === BEGIN) card = [];
    else if (card === null) lines.push(line);
    else if (delimiter === END) {
      lines.push(summarize(card));
      card = null;
    } else card.push(line);
  }
  // A card without its END line was cut off.
  if (card !== null) lines.push(summarize(card));
  return lines.join('\n').trim();
}

function summarize(card: readonly string[]): string {
  const properties = unfold(card).flatMap((line) => parseProperty(line) ?? []);
  const valuesOf = (wanted: string) =>
    properties.flatMap(({ name, value }) => (name === wanted && value ? [value] : []));
  const name = valuesOf('FN')[0] ?? valuesOf('N')[0]?.split(';').filter(Boolean).join(' ') ?? '';
  const known = [name, ...valuesOf('TEL')].filter(Boolean).map((value) => value.slice(0, MAX_VALUE_LENGTH));
  return `Kontak: ${[...new Set(known)].slice(0, MAX_VALUES).join(', ')}`.trim();
}

/** Longest name or number, in UTF-16 units. */
const MAX_VALUE_LENGTH = 80;
/** Maximum number of names and numbers of a card. */
const MAX_VALUES = 8;
/** Longest line that is unfolded, in UTF-16 units; the rest of a photo is not needed. */
const MAX_LINE_LENGTH = 1_000;
const QUOTED_PRINTABLE = /;(?:ENCODING=)?QUOTED-PRINTABLE/i;

/** Joins the lines that continue another one: after a blank, or in quoted-printable after `=` at its end. */
function unfold(card: readonly string[]): string[] {
  const lines: string[] = [];
  for (const line of card) {
    const last = lines.at(-1) ?? '';
    const isSoftBreak = last.endsWith('=') && QUOTED_PRINTABLE.test(last.slice(0, last.indexOf(':')));
    const isContinuation = /^[ \t]/.test(line);
    if (!isSoftBreak && !isContinuation) lines.push(line.trimEnd());
    else if (last.length < MAX_LINE_LENGTH) {
      lines.splice(-1, 1, `${isSoftBreak ? last.slice(0, -1) : last}${line.slice(isContinuation ? 1 : 0).trimEnd()}`);
    }
  }
  return lines;
}

/** Parses `item1.TEL;type=CELL:+62 812…`. @returns null for a line that is not a property */
function parseProperty(line: string): { name: string; value: string } | null {
  const colon = line.indexOf(':');
  if (colon < 0) return null;
  const parameters = line.slice(0, colon);
  const [label = ''] = parameters.split(';');
  const name = label.slice(label.indexOf('.') + 1).toUpperCase();
  const written = line.slice(colon + 1, colon + 1 + MAX_LINE_LENGTH);
  const value = QUOTED_PRINTABLE.test(parameters) ? decodeQuotedPrintable(written) : written;
  const unescaped = value.replace(/\\([,;\\])/g, '$1').replace(/\\n|\s+/gi, ' ');
  return { name, value: unescaped.replace(/^tel:/i, '').trim() };
}

/** Decodes `=C3=A9` as UTF-8. */
function decodeQuotedPrintable(text: string): string {
  return text.replace(/(?:=[\da-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('=', ''), 'hex').toString('utf8'));
}
