import type { Token } from 'marked';
import { wordAfter, wordBefore } from './delimiters.ts';
import { decodeEntities } from './entities.ts';
import { hiddenUntil, textOfTag } from './html.ts';
import { BOLD, CODE, ITALIC, LINK, plainText, type Run, STRIKE } from './line.ts';
import { isSameAddress, stripNonWebScheme } from './links.ts';

/** The styled text of inline tokens, in `style` on top of their own. No visible character is lost but HTML tags. */
export function inlineRuns(tokens: readonly Token[], style = 0): Run[] {
  const runs: Run[] = [];
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index];
    if (!token) continue;
    const end = token.type === 'html' ? hiddenEnd(tokens, index) : undefined;
    if (end !== undefined) index = end;
    else runs.push(...tokenRuns(token, style, tokens[index - 1]?.raw ?? '', tokens[index + 1]?.raw ?? ''));
  }
  return runs;
}

// Where a script or style sheet that begins here ends; unclosed, it is only a tag. Looked for no further than a real one is long.
function hiddenEnd(tokens: readonly Token[], start: number): number | undefined {
  const closing = hiddenUntil(tokens[start]?.raw ?? '');
  if (!closing) return undefined;
  const ahead = tokens.slice(start + 1, start + 1 + LONGEST_HIDDEN);
  const found = ahead.findIndex((token) => token.raw.toLowerCase() === closing);
  return found < 0 ? undefined : start + 1 + found;
}

const LONGEST_HIDDEN = 100;

function tokenRuns(token: Token, style: number, before: string, after: string): Run[] {
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
      return [{ text: textOfTag(token.raw) ?? decodeEntities(token.raw), style }];
    case 'image':
      return inlineRuns(token.tokens ?? [], style);
    case 'link':
      return linkRuns(token.raw, token.href, inlineRuns(token.tokens ?? [], style));
    case 'strong':
      return emphasis(token, style, BOLD, before, after);
    case 'em':
      return emphasis(token, style, ITALIC, before, after);
    case 'del':
      return emphasis(token, style, STRIKE, before, after);
    default:
      return [{ text: decodeEntities(token.raw), style }];
  }
}

/**
 * WhatsApp formats whole words only. Inside one, `**` was meant as bold and is dropped (`foo**bar**baz` is `foobarbaz`), while a single
 * `*`, `_` or `~`, or anything between digits, is taken for what it says (`5*3*2`, `2**3**4`, `panjang*lebar*tinggi`) and stays.
 */
function emphasis(
  token: Token & { tokens?: Token[] },
  style: number,
  own: number,
  before: string,
  after: string,
): Run[] {
  const { raw, tokens = [] } = token;
  const delimiter = own === BOLD ? raw.slice(0, 2) : own === STRIKE ? (/^~+/.exec(raw)?.[0] ?? '~') : raw.charAt(0);
  const inner = raw.slice(delimiter.length, -delimiter.length);
  const insideWord = wordBefore(before, before.length) || wordAfter(after, 0);
  const inFigure = (/\d$/.test(before) && /^\d/.test(inner)) || (/\d$/.test(inner) && /^\d/.test(after));
  if (!insideWord || (delimiter.length === 2 && !inFigure)) return inlineRuns(tokens, style | own);
  return [{ text: delimiter, style }, ...inlineRuns(tokens, style), { text: delimiter, style }];
}

function linkRuns(raw: string, href: string, label: Run[]): Run[] {
  const written = plainText(label);
  const address = stripNonWebScheme(decodeEntities(href).trim());
  const bareAddress = raw === written || raw === `<${written}>`;
  if (bareAddress) return [{ text: stripNonWebScheme(written), style: LINK }];
  if (!address || address.startsWith('#')) return label;
  if (!written.trim()) return [{ text: address, style: LINK }];
  if (isSameAddress(written, address)) return [{ text: address, style: LINK }];
  return [...label, { text: ' (', style: 0 }, { text: address, style: LINK }, { text: ')', style: 0 }];
}
