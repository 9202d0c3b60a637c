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
  const properties = card.flatMap((line) => parseProperty(line) ?? []);
  const valuesOf = (wanted: string) => properties.flatMap(({ name, value }) => (name === wanted ? [value] : []));
  const name = valuesOf('FN')[0] ?? valuesOf('N')[0]?.split(';').filter(Boolean).join(' ') ?? '';
  const known = [name, ...valuesOf('TEL')].filter(Boolean).map((value) => value.slice(0, MAX_VALUE_LENGTH));
  return `Kontak: ${[...new Set(known)].slice(0, MAX_VALUES).join(', ')}`.trim();
}

/** Longest name or number, in UTF-16 units. */
const MAX_VALUE_LENGTH = 80;
/** Maximum number of names and numbers of a card. */
const MAX_VALUES = 8;

/** Parses `item1.TEL;type=CELL:+62 812…`. @returns null for a continuation line or a line that is not a property */
function parseProperty(line: string): { name: string; value: string } | null {
  const colon = line.indexOf(':');
  if (colon < 0 || line.startsWith(' ') || line.startsWith('\t')) return null;
  const [label = ''] = line.slice(0, colon).split(';');
  const name = label.slice(label.indexOf('.') + 1).toUpperCase();
  const value = line.slice(colon + 1).replace(/\\([,;\\])/g, '$1');
  return { name, value: value.replace(/^tel:/i, '').trim() };
}
