import type { Token, Tokens } from 'marked';
import { FENCE } from './delimiters.ts';
import { toRuns } from './inline.ts';
import { renderLine } from './line.ts';
import { applyLinkPolicy } from './links.ts';
import { BOLD, CODE, splitLines, type TextRun, toUnits } from './styled-text.ts';
import { renderTable } from './table.ts';

/** One line of WhatsApp text. Lines of a monospace block are neither indented nor quoted. */
export type OutputLine = { text: string; isMonospace: boolean };

/** Surroundings of a block: depth in lists, whether in a quote, and the host that links may lead to. */
export type BlockContext = { portalHost: string | undefined; listDepth: number; isQuoted: boolean };

const INDENT = '    ';
const MAX_INDENT_DEPTH = 4;
const RULE = '──────────';
const BLANK: OutputLine = { text: '', isMonospace: false };

/** Renders block tokens. Blank lines are where the Markdown has them, before headings and around rows of tables; never after a heading. */
export function renderBlocks(tokens: readonly Token[], context: BlockContext): OutputLine[] {
  const lines: OutputLine[] = [];
  let previous: Token | undefined;
  let hasGap = false;
  for (const token of tokens) {
    hasGap ||= token.type === 'space';
    const block = renderBlock(token, context);
    if (block.length === 0) continue;
    const needsBlank =
      token.type === 'heading' ||
      block.includes(BLANK) ||
      (previous?.type !== 'heading' && (hasGap || previous?.type === 'table'));
    if (previous && needsBlank) lines.push(BLANK);
    lines.push(...block);
    previous = token;
    hasGap = false;
  }
  return lines;
}

function renderBlock(token: Token, context: BlockContext): OutputLine[] {
  switch (token.type) {
    case 'space':
    case 'def':
    case 'html':
    case 'checkbox':
      return [];
    case 'heading':
      return renderProse(toRuns(token.tokens ?? [], BOLD), context);
    case 'hr':
      return toLines([RULE]);
    case 'code':
      return renderCode(token.text.replace(/^(?:[ \t]*\n)+/, '').trimEnd(), context);
    case 'blockquote':
      return renderQuote(renderBlocks(token.tokens ?? [], { ...context, isQuoted: true }));
    case 'list':
      return renderList(token as Tokens.List, context);
    case 'table':
      return renderTable(token as Tokens.Table, context.portalHost).flatMap(({ lines, isMonospace }, index) => {
        const block = isMonospace ? renderCode(lines.join('\n'), context) : toLines(lines);
        return index === 0 ? block : [BLANK, ...block];
      });
    default:
      return renderProse('tokens' in token ? toRuns(token.tokens ?? []) : [{ text: token.raw, style: 0 }], context);
  }
}

function toLines(texts: readonly string[]): OutputLine[] {
  return texts.map((text) => ({ text, isMonospace: false }));
}

function renderProse(runs: readonly TextRun[], { portalHost, listDepth, isQuoted }: BlockContext): OutputLine[] {
  const atStart = listDepth === 0 && !isQuoted;
  const texts = splitLines(runs).map((line) => renderLine(line, portalHost, atStart));
  return toLines(texts.filter((text) => text !== ''));
}

// Three backticks inside a block would end it. A quote cannot contain a block: each line becomes inline code.
function renderCode(code: string, context: BlockContext): OutputLine[] {
  if (code === '') return [];
  if (context.isQuoted) return renderProse([{ text: code, style: CODE }], context);
  const units = applyLinkPolicy(toUnits([{ text: code.replaceAll(FENCE, "'''"), style: CODE }]), context.portalHost);
  const lines = units
    .map(({ unit }) => unit)
    .join('')
    .split('\n');
  return [FENCE, ...lines, FENCE].map((text) => ({ text, isMonospace: true }));
}

// WhatsApp has one level of quotes, marked on each line.
function renderQuote(lines: readonly OutputLine[]): OutputLine[] {
  const texts = lines.map(({ text }) => text).filter((text) => text !== '');
  return toLines(texts.map((text) => (text.startsWith('> ') ? text : `> ${text}`)));
}

function renderList(list: Tokens.List, context: BlockContext): OutputLine[] {
  const inside = { ...context, listDepth: context.listDepth + 1 };
  const indent = context.listDepth < MAX_INDENT_DEPTH ? INDENT : '';
  const numbers = list.ordered ? itemNumbers(list) : [];
  const lines: OutputLine[] = [];
  for (const [index, item] of list.items.entries()) {
    const box = item.task ? (item.checked ? '☑ ' : '☐ ') : '';
    // WhatsApp has no `+` bullet, and a dash would turn `+ 5%` into `- 5%`.
    const bullet = item.raw.trimStart().startsWith('+') ? '+ ' : '- ';
    const marker = list.ordered ? `${numbers[index]}. ${box}` : box || bullet;
    const [first = BLANK, ...rest] = renderBlocks(item.tokens, inside);
    if (list.loose && index > 0) lines.push(BLANK);
    if (first.isMonospace) lines.push(...toLines([marker.trimEnd()]), first);
    else lines.push(...toLines([(marker + first.text).trimEnd()]));
    lines.push(
      ...rest.map((line) => (line.isMonospace || line === BLANK ? line : { ...line, text: indent + line.text })),
    );
  }
  return lines;
}

// Keeps the written numbers, because a reader refers to them; counts where all are equal (`1. 1. 1.`).
function itemNumbers(list: Tokens.List): number[] {
  const start = Number(list.start) || 0;
  const written = list.items.map((item, index) => Number(/^\s*(\d{1,9})/.exec(item.raw)?.[1] ?? start + index));
  const areEqual = written.length > 1 && written.every((number) => number === written[0]);
  return areEqual ? written.map((number, index) => number + index) : written;
}
