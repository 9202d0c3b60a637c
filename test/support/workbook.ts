import { inflateRawSync } from 'node:zlib';

/** A cell as stored: a text, a number, or a formula; with its number format. */
export interface StoredCell {
  text?: string;
  number?: number;
  formula?: string;
  format?: string;
}

export interface StoredSheet {
  name: string;
  rows: StoredCell[][];
  filter: string | undefined;
  /** Number of frozen rows at the top. */
  frozenRows: number;
}

/** Reads an XLSX file without the library that wrote it. @throws if the ZIP archive or an XML file is damaged */
export function readWorkbook(data: Uint8Array): StoredSheet[] {
  const files = unzip(Buffer.from(data));
  const file = (name: string) => {
    const xml = files.get(name);
    if (xml === undefined) throw new Error(`no ${name}`);
    assertBalanced(name, xml);
    return xml;
  };
  const strings = elements(file('xl/sharedStrings.xml'), 'si').map(({ inner }) => textOf(inner));
  const styles = file('xl/styles.xml');
  const formats = new Map(elements(styles, 'numFmt').map(({ attributes: a }) => [a.numFmtId, a.formatCode]));
  const cellStyles = elements(elements(styles, 'cellXfs')[0]?.inner ?? '', 'xf');
  const targets = new Map(
    elements(file('xl/_rels/workbook.xml.rels'), 'Relationship').map(({ attributes: a }) => [a.Id, a.Target]),
  );
  return elements(file('xl/workbook.xml'), 'sheet').map(({ attributes }) => {
    const xml = file(`xl/${targets.get(attributes['r:id'] ?? '')}`);
    const rows = elements(xml, 'row').map(({ inner }) => {
      const row: StoredCell[] = [];
      for (const { attributes: a, inner: content } of elements(inner, 'c')) {
        const value = elements(content, 'v')[0]?.inner;
        const formula = elements(content, 'f')[0]?.inner;
        const format = formats.get(cellStyles[Number(a.s)]?.attributes.numFmtId);
        row[columnOf(a.r ?? '')] = {
          ...(formula === undefined ? {} : { formula }),
          ...(value === undefined
            ? {}
            : a.t === 's'
              ? { text: strings[Number(value)] ?? '' }
              : { number: Number(value) }),
          ...(format === undefined ? {} : { format }),
        };
      }
      return row;
    });
    const pane = elements(xml, 'pane')[0]?.attributes;
    return {
      name: attributes.name ?? '',
      rows,
      filter: elements(xml, 'autoFilter')[0]?.attributes.ref,
      frozenRows: pane?.state === 'frozen' ? Number(pane.ySplit) : 0,
    };
  });
}

/** Returns the texts of the files in a ZIP archive, by the entries of its central directory. */
function unzip(archive: Buffer): Map<string, string> {
  const end = archive.lastIndexOf(Buffer.from('PK\u0005\u0006', 'latin1'));
  if (end < 0) throw new Error('no ZIP archive');
  const files = new Map<string, string>();
  let at = archive.readUInt32LE(end + 16);
  for (let entries = archive.readUInt16LE(end + 10); entries > 0; entries--) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset));
    const name = archive.toString('utf8', at + 46, at + 46 + (nameLength ?? 0));
    const local = archive.readUInt32LE(at + 42);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const packed = archive.subarray(start, start + archive.readUInt32LE(at + 20));
    files.set(name, (archive.readUInt16LE(at + 10) === 8 ? inflateRawSync(packed) : packed).toString('utf8'));
    at += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0);
  }
  return files;
}

interface Element {
  attributes: Record<string, string>;
  inner: string;
}

function elements(xml: string, name: string): Element[] {
  const pattern = new RegExp(`<${name}(?=[\\s/>])([^>]*?)(?:/>|>(.*?)</${name}>)`, 'gs');
  return [...xml.matchAll(pattern)].map(([, attributes = '', inner = '']) => ({
    attributes: Object.fromEntries(
      [...attributes.matchAll(/([\w:]+)="([^"]*)"/g)].map(([, key, value]) => [key, unescapeXml(value ?? '')]),
    ),
    inner,
  }));
}

/** Throws unless every element is closed and no reference or control character is invalid in XML 1.0. */
function assertBalanced(name: string, xml: string): void {
  const open: string[] = [];
  for (const [, closing, element, selfClosing] of xml.matchAll(/<(\/?)([\w:]+)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (closing && open.pop() !== element) throw new Error(`${name}: </${element}> closes another element`);
    if (!closing && !selfClosing && element) open.push(element);
  }
  if (open.length > 0) throw new Error(`${name}: ${open} not closed`);
  if (/&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-f]+);)/i.test(xml)) throw new Error(`${name}: a bare ampersand`);
  if (/[\p{Cs}\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/u.test(xml))
    throw new Error(`${name}: invalid character`);
}

const textOf = (inner: string) =>
  elements(inner, 't')
    .map((text) => unescapeXml(text.inner))
    .join('');

function unescapeXml(text: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return text
    .replace(/&#x([0-9a-f]+);|&#(\d+);/gi, (_, hex, decimal) =>
      String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal)),
    )
    .replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => named[name] ?? '');
}

/** The index of the column of an address: 0 for A1. */
function columnOf(address: string): number {
  return [...address.replace(/\d/g, '')].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}
