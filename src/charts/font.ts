import { readFileSync } from 'node:fs';

/** The measures of a font that a layout needs. */
export interface Font {
  /** Path of the TTF file. */
  path: string;
  /** Whether the font has a glyph for this character. */
  has(character: string): boolean;
  /** Width of a text in pixels, without kerning. */
  measure(text: string, size: number): number;
}

/** Platform and encoding of the table of all Unicode characters. */
const UNICODE_FULL = 3 * 65_536 + 10;

/**
 * Reads the character map (format 12) and the advance widths of a TTF file.
 * @see https://learn.microsoft.com/typography/opentype/spec/cmap
 * @throws Error for a font without them
 */
export function readFont(path: string): Font {
  const bytes = readFileSync(path);
  const tables = new Map<string, number>();
  for (let entry = 12; entry < 12 + bytes.readUInt16BE(4) * 16; entry += 16)
    tables.set(bytes.toString('latin1', entry, entry + 4), bytes.readUInt32BE(entry + 8));
  const tableAt = (name: string): number => {
    const offset = tables.get(name);
    if (offset === undefined) throw new Error(`the font has no table ${name}`);
    return offset;
  };
  const groups = readGroups(bytes, tableAt('cmap'));
  const unitsPerEm = bytes.readUInt16BE(tableAt('head') + 18);
  const widths = tableAt('hmtx');
  const lastWidth = bytes.readUInt16BE(tableAt('hhea') + 34) - 1;

  function glyphOf(character: string): number {
    const code = character.codePointAt(0) ?? 0;
    const group = groups.find(({ first, last }) => code >= first && code <= last);
    return group ? group.glyph + code - group.first : 0;
  }

  return {
    path,
    has: (character) => glyphOf(character) !== 0,
    measure(text, size) {
      let units = 0;
      for (const character of text) units += bytes.readUInt16BE(widths + 4 * Math.min(glyphOf(character), lastWidth));
      return (units * size) / unitsPerEm;
    },
  };
}

/** Ranges of characters with consecutive glyphs. */
function readGroups(bytes: Buffer, cmap: number): { first: number; last: number; glyph: number }[] {
  for (let index = 0; index < bytes.readUInt16BE(cmap + 2); index++) {
    const entry = cmap + 4 + index * 8;
    const table = cmap + bytes.readUInt32BE(entry + 4);
    if (bytes.readUInt32BE(entry) !== UNICODE_FULL || bytes.readUInt16BE(table) !== 12) continue;
    return Array.from({ length: bytes.readUInt32BE(table + 12) }, (_, group) => {
      const at = table + 16 + group * 12;
      return { first: bytes.readUInt32BE(at), last: bytes.readUInt32BE(at + 4), glyph: bytes.readUInt32BE(at + 8) };
    });
  }
  throw new Error('the font has no map of all Unicode characters');
}
