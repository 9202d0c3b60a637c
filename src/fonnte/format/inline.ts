import type { Token } from 'marked';
import { isWordAfter, isWordBefore } from './delimiters.ts';
import { decodeEntities, hiddenElementEnd, replaceTag } from './html.ts';
import { isSameAddress, stripNonWebScheme } from './links.ts';
import { BOLD, CODE, ITALIC, LINK, plainText, STRIKE, type TextRun } from './styled-text.ts';

/** The closing tag of an inline script or style is looked for in this many tokens; without one, only the tag is hidden. */
const MAX_HIDDEN_TOKENS = 100;

/** Converts inline tokens to runs; `style` is added to the tokens' own. No visible character is lost except HTML tags. */
export function toRuns(tokens: readonly Token[], style = 0): TextRun[] {
  const runs: TextRun[] = [];
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index]!;
    const hiddenEnd = token.type === 'html' ? hiddenElementEnd(token.raw) : null;
    const next = hiddenEnd ? tokens.slice(index + 1, index + 1 + MAX_HIDDEN_TOKENS) : [];
    const length = next.findIndex(({ raw }) => raw.toLowerCase() === hiddenEnd);
    if (length >= 0) index += length + 1;
    else runs.push(...tokenToRuns(token, style, tokens[index - 1]?.raw ?? '', tokens[index + 1]?.raw ?? ''));
  }
  return runs;
}

function tokenToRuns(token: Token, style: number, before: string, after: string): TextRun[] {
  switch (token.type) {
    case 'checkbox':
      return [];
    case 'br':
      return [{ text: '\n', style }];
    case 'escape':
      return [{ text: token.text, style }];
    case 'codespan':
      return [{ text: token.text, style: style | CODE }];
    case 'html':
      return [{ text: replaceTag(token.raw), style }];
    case 'image':
      return toRuns(token.tokens ?? [], style);
    case 'link':
      return linkToRuns(token.raw, token.href, toRuns(token.tokens ?? [], style));
    case 'strong':
      return emphasisToRuns(token, style, BOLD, before, after);
    case 'em':
      return emphasisToRuns(token, style, ITALIC, before, after);
    case 'del':
      return emphasisToRuns(token, style, STRIKE, before, after);
    default:
      return [{ text: decodeEntities(token.raw), style }];
  }
}

/**
 * WhatsApp formats whole words only. Inside a word `**` was meant as bold and is dropped (`foo**bar**baz` becomes `foobarbaz`), while
 * a single `*`, `_` or `~`, or any delimiter between digits, is literal and stays (`5*3*2`, `2**3**4`, `panjang*lebar*tinggi`).
 */
function emphasisToRuns(
  token: Token & { tokens?: Token[] },
  style: number,
  own: number,
  before: string,
  after: string,
) {
  const { raw, tokens = [] } = token;
  const delimiter = own === BOLD ? raw.slice(0, 2) : (/^~+/.exec(raw)?.[0] ?? raw.charAt(0));
  const inner = raw.slice(delimiter.length, -delimiter.length);
  const isInWord = isWordBefore(before, before.length) || isWordAfter(after, 0);
  const isInNumber = (/\d$/.test(before) && /^\d/.test(inner)) || (/\d$/.test(inner) && /^\d/.test(after));
  if (!isInWord || (delimiter.length === 2 && !isInNumber)) return toRuns(tokens, style | own);
  return [{ text: delimiter, style }, ...toRuns(tokens, style), { text: delimiter, style }];
}

function linkToRuns(raw: string, href: string, label: TextRun[]): TextRun[] {
  const text = plainText(label);
  const address = stripNonWebScheme(decodeEntities(href).trim());
  const isBareAddress = raw === text || raw === `<${text}>`;
  if (isBareAddress) return [{ text: stripNonWebScheme(text), style: LINK }];
  if (!address || address.startsWith('#')) return label;
  if (!text.trim() || isSameAddress(text, address)) return [{ text: address, style: LINK }];
  return [...label, { text: ' (', style: 0 }, { text: address, style: LINK }, { text: ')', style: 0 }];
}
