const BEGIN = 'BEGIN:VCARD';
const END = 'END:VCARD';

/**
 * Replaces the contact cards (vCards) in a text by their names and numbers, one line each: «Kontak: Budi, +62812…». The
 * rest of a card, its base64 photo above all, is not for the model. Any other text stays as it is. Linear in the text.
 * @see RFC 6350
 */
export function summarizeContactCards(text: string): string {
  if (!text.toUpperCase().includes(BEGIN)) return text;
  const lines: string[] = [];
  let card: string[] | null = null;
  for (const line of text.split('\n')) {
    const mark = line.trim().toUpperCase();
    if (mark === BEGIN) card = [];
    else if (card === null) lines.push(line);
    else if (mark === END) {
      lines.push(summarize(card));
      card = null;
    } else card.push(line);
  }
  // A card that was cut off still has its beginning.
  if (card !== null) lines.push(summarize(card));
  return lines.join('\n').trim();
}

function summarize(card: readonly string[]): string {
  const properties = card.flatMap((line) => parseProperty(line) ?? []);
  const valuesOf = (wanted: string) => properties.flatMap(({ name, value }) => (name === wanted ? [value] : []));
  const name = valuesOf('FN')[0] ?? valuesOf('N')[0]?.split(';').filter(Boolean).join(' ') ?? '';
  const known = [name, ...valuesOf('TEL')].filter(Boolean).map((value) => value.slice(0, MAX_VALUE_LENGTH));
  return `Kontak: ${[...new Set(known)].slice(0, MAX_VALUES).join(', ')}`.trim();
}

/** A name or number is shorter, UTF-16 units. */
const MAX_VALUE_LENGTH = 80;
/** A card has fewer names and numbers. */
const MAX_VALUES = 8;

/** Reads `item1.TEL;type=CELL:+62 812…`; null for a line that continues another or is no property. */
function parseProperty(line: string): { name: string; value: string } | null {
  const colon = line.indexOf(':');
  if (colon < 0 || line.startsWith(' ') || line.startsWith('\t')) return null;
  const [label = ''] = line.slice(0, colon).split(';');
  const name = label.slice(label.indexOf('.') + 1).toUpperCase();
  const value = line.slice(colon + 1).replace(/\\([,;\\])/g, '$1');
  return { name, value: value.replace(/^tel:/i, '').trim() };
}
