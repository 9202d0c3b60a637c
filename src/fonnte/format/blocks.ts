import type { Token, Tokens } from 'marked';
import { inlineRuns } from './inline.ts';
import { BOLD, CODE, type Run, renderLine, splitLines } from './line.ts';
import { applyLinkPolicy } from './links.ts';
import { tableBlocks } from './table.ts';

/** One line of WhatsApp text. A verbatim line belongs to a monospace block: it is never indented or quoted. */
export type Line = { text: string; verbatim: boolean };

/** Where the blocks stand: how deep in lists, whether in a quote, and the host that links may go to. */
export type Place = { portalHost: string | undefined; listDepth: number; quoted: boolean };

const INDENT = '    ';
const DEEPEST_INDENT = 4;
const RULE = '──────────';
const BLANK: Line = { text: '', verbatim: false };

/** The lines of block tokens. Blank lines stand where the Markdown has them, before headings and around rows of tables; never after a heading. */
export function renderBlocks(tokens: readonly Token[], place: Place): Line[] {
  const lines: Line[] = [];
  let last: Token | undefined;
  let gap = false;
  for (const token of tokens) {
    gap ||= token.type === 'space';
    const block = renderBlock(token, place);
    if (block.length === 0) continue;
    const apart =
      token.type === 'heading' ||
      block.includes(BLANK) ||
      (last?.type !== 'heading' && (gap || last?.type === 'table'));
    if (last && apart) lines.push(BLANK);
    for (const line of block) lines.push(line);
    last = token;
    gap = false;
  }
  return lines;
}

function renderBlock(token: Token, place: Place): Line[] {
  switch (token.type) {
    case 'space':
    case 'def':
    case 'html':
    case 'checkbox':
      return [];
    case 'heading':
      return proseLines(inlineRuns(token.tokens ?? [], BOLD), place);
    case 'hr':
      return prose([RULE]);
    case 'code':
      return codeLines(token.text, place);
    case 'blockquote':
      return quoteLines(renderBlocks(token.tokens ?? [], { ...place, quoted: true }));
    case 'list':
      return listLines(token as Tokens.List, place);
    case 'table':
      return tableLines(token as Tokens.Table, place);
    default:
      return proseLines('tokens' in token ? inlineRuns(token.tokens ?? []) : [{ text: token.raw, style: 0 }], place);
  }
}

function prose(texts: readonly string[]): Line[] {
  return texts.map((text) => ({ text, verbatim: false }));
}

function proseLines(runs: readonly Run[], { portalHost, listDepth, quoted }: Place): Line[] {
  const atStart = listDepth === 0 && !quoted;
  return prose(
    splitLines(runs)
      .map((line) => renderLine(line, portalHost, atStart))
      .filter((line) => line !== ''),
  );
}

// Three backticks inside would end the block. In a quote, where a block can't stand, each line is inline code.
function codeLines(code: string, place: Place): Line[] {
  const content = code.replace(/^(?:[ \t]*\n)+/, '').trimEnd();
  if (content === '') return [];
  if (place.quoted) return proseLines([{ text: content, style: CODE }], place);
  return verbatimLines(content.split('\n'), place);
}

function verbatimLines(texts: readonly string[], { portalHost }: Place): Line[] {
  const safe = texts.map((line) => {
    const text = line.replaceAll('```', "'''");
    return applyLinkPolicy({ text, styles: new Uint8Array(text.length) }, CODE, portalHost).text;
  });
  return ['```', ...safe, '```'].map((text) => ({ text, verbatim: true }));
}

// WhatsApp has one level of quotes, line by line.
function quoteLines(lines: readonly Line[]): Line[] {
  return prose(
    lines.filter((line) => line.text !== '').map(({ text }) => (text.startsWith('> ') ? text : `> ${text}`)),
  );
}

function tableLines(table: Tokens.Table, place: Place): Line[] {
  return tableBlocks(table, place.portalHost).flatMap(({ lines, verbatim }, index) => {
    const block = !verbatim
      ? prose(lines)
      : place.quoted
        ? proseLines([{ text: lines.join('\n'), style: CODE }], place)
        : verbatimLines(lines, place);
    return index === 0 ? block : [BLANK, ...block];
  });
}

function listLines(list: Tokens.List, place: Place): Line[] {
  const inside = { ...place, listDepth: place.listDepth + 1 };
  const indent = place.listDepth < DEEPEST_INDENT ? INDENT : '';
  const numbers = list.ordered ? itemNumbers(list) : [];
  const lines: Line[] = [];
  for (const [index, item] of list.items.entries()) {
    const box = item.task ? (item.checked ? '☑ ' : '☐ ') : '';
    // WhatsApp knows no `+` bullet, and as a dash it would turn `+ 5%` into `- 5%`.
    const bullet = item.raw.trimStart().startsWith('+') ? '+ ' : '- ';
    const marker = list.ordered ? `${numbers[index]}. ${box}` : box || bullet;
    const [first, ...rest] = renderBlocks(item.tokens, inside);
    if (list.loose && index > 0) lines.push(BLANK);
    if (first && !first.verbatim) lines.push({ text: marker + first.text, verbatim: false });
    else lines.push({ text: marker.trimEnd(), verbatim: false });
    if (first?.verbatim) lines.push(first);
    for (const line of rest) {
      lines.push(line.verbatim || line === BLANK ? line : { text: indent + line.text, verbatim: false });
    }
  }
  return lines;
}

// The numbers as they are written, since a reader refers to them; where all are the same (`1. 1. 1.`), they are counted.
function itemNumbers(list: Tokens.List): number[] {
  const start = Number(list.start) || 0;
  const written = list.items.map((item, index) => Number(/^\s*(\d{1,9})/.exec(item.raw)?.[1] ?? start + index));
  const counted = written.length > 1 && written.every((number) => number === written[0]);
  return counted ? written.map((number, index) => number + index) : written;
}
