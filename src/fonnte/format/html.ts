import { stripInvisible } from '../../security/untrusted-text.ts';

/** HTML that models write. Other names are placeholders in a sentence (`<nama kegiatan>`) and stay visible. */
const TAGS = new Set(
  (
    'a abbr article aside b big blockquote body br caption center cite code col colgroup dd del details dfn div dl dt em ' +
    'figcaption figure font footer h1 h2 h3 h4 h5 h6 head header hr html i iframe img ins kbd li main mark nav ol p pre q s ' +
    'samp script section small span strike strong style sub summary sup svg table tbody td tfoot th thead tr u ul var wbr'
  ).split(' '),
);
const LINE_BREAK =
  /^(?:article|aside|blockquote|br|center|dd|details|div|dl|dt|figure|footer|h[1-6]|header|hr|main|nav|ol|p|pre|section|summary|table|tr|ul)$/;

/** The named character references of office prose; all others stay as written. Pairs of name and character. */
const NAMED_CHARACTERS = new Map(
  (
    'amp=& lt=< gt=> quot=" apos=\' nbsp=\u00A0 ensp=\u2002 emsp=\u2003 thinsp=\u2009 ndash=– mdash=— hellip=… bull=• ' +
    'middot=· lsquo=‘ rsquo=’ ldquo=“ rdquo=” laquo=« raquo=» times=× divide=÷ plusmn=± minus=− ne=≠ le=≤ ge=≥ asymp=≈ ' +
    'infin=∞ sum=∑ radic=√ frac12=½ frac14=¼ frac34=¾ sup2=² sup3=³ deg=° permil=‰ percnt=% larr=← uarr=↑ rarr=→ darr=↓ ' +
    'harr=↔ rArr=⇒ check=✓ cross=✗ star=☆ starf=★ sect=§ para=¶ copy=© reg=® trade=™ euro=€ pound=£ yen=¥ cent=¢ ast=* ' +
    'lowbar=_ grave=` tilde=˜ vert=| sol=/ bsol=\\ num=# colon=: comma=, period=. lpar=( rpar=) lsqb=[ rsqb=] eacute=é'
  )
    .split(' ')
    .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
);

/** Returns the text that replaces an inline tag: a line break, a bullet, a space between cells or nothing; the tag if it is not HTML. */
export function replaceTag(raw: string): string {
  if (/^<[!?]/.test(raw)) return '';
  const name = tagName(raw);
  if (!TAGS.has(name)) return decodeEntities(raw);
  if (LINE_BREAK.test(name)) return '\n';
  const isClosing = raw.startsWith('</');
  if (name === 'li' && !isClosing) return '\n• ';
  return isClosing && (name === 'td' || name === 'th') ? ' ' : '';
}

/** Returns the closing tag of an element whose content is never shown (`<script>`, `<style>`), null for other tags. */
export function hiddenElementEnd(raw: string): string | null {
  const name = tagName(raw);
  return !raw.startsWith('</') && (name === 'script' || name === 'style') ? `</${name}>` : null;
}

/** Decodes character references once (`&amp;lt;` becomes `&lt;`) and removes invisible characters. */
export function decodeEntities(text: string): string {
  const decoded = text.replace(
    /&(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,7});/g,
    (reference, name: string) =>
      name.startsWith('#')
        ? toCharacter(Number(name.slice(1).replace(/^x/i, '0x')))
        : (NAMED_CHARACTERS.get(name) ?? reference),
  );
  return stripInvisible(decoded);
}

function toCharacter(code: number): string {
  return code === 0 || code > 0x10ffff ? '\uFFFD' : String.fromCodePoint(code).toWellFormed();
}

function tagName(raw: string): string {
  return /^<\/?([a-z][a-z0-9-]*)/i.exec(raw)?.[1]?.toLowerCase() ?? '';
}
