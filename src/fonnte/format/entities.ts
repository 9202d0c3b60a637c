import { stripInvisible } from '../../security/untrusted-text.ts';

// The names that a model writes in Indonesian office prose; any other `&name;` stays as it is written.
const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00A0',
  ensp: '\u2002',
  emsp: '\u2003',
  thinsp: '\u2009',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  bull: '•',
  middot: '·',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  laquo: '«',
  raquo: '»',
  times: '×',
  divide: '÷',
  plusmn: '±',
  minus: '−',
  ne: '≠',
  le: '≤',
  ge: '≥',
  asymp: '≈',
  infin: '∞',
  sum: '∑',
  radic: '√',
  frac12: '½',
  frac14: '¼',
  frac34: '¾',
  sup2: '²',
  sup3: '³',
  deg: '°',
  permil: '‰',
  percnt: '%',
  larr: '←',
  uarr: '↑',
  rarr: '→',
  darr: '↓',
  harr: '↔',
  rArr: '⇒',
  check: '✓',
  cross: '✗',
  star: '☆',
  starf: '★',
  sect: '§',
  para: '¶',
  copy: '©',
  reg: '®',
  trade: '™',
  euro: '€',
  pound: '£',
  yen: '¥',
  cent: '¢',
  ast: '*',
  lowbar: '_',
  grave: '`',
  tilde: '˜',
  vert: '|',
  sol: '/',
  bsol: '\\',
  num: '#',
  colon: ':',
  comma: ',',
  period: '.',
  lpar: '(',
  rpar: ')',
  lsqb: '[',
  rsqb: ']',
  eacute: 'é',
};

/** Text with its character references decoded once (`&amp;lt;` is `&lt;`); unknown names stay, invisible characters don't. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  const decoded = text.replace(
    /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z][a-zA-Z0-9]{1,7}));/g,
    (reference: string, decimal?: string, hex?: string, name?: string) => {
      if (name) return Object.hasOwn(NAMED, name) ? (NAMED[name] ?? reference) : reference;
      return character(decimal ? Number.parseInt(decimal, 10) : Number.parseInt(hex ?? '', 16));
    },
  );
  return stripInvisible(decoded);
}

function character(code: number): string {
  const nobody = code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff);
  return nobody ? '\uFFFD' : String.fromCodePoint(code);
}
