import { stripInvisible } from '../../security/untrusted-text.ts';
import { renderBlocks } from './blocks.ts';
import { lexMarkdown } from './lexer.ts';
import { renderLine } from './line.ts';
import { convertMath } from './math.ts';

/** Longer texts are read as Markdown up to here only, because marked can need quadratic time. An answer of 4,096 tokens is shorter. */
const MAX_MARKDOWN_LENGTH = 20_000;
// Ends at the last line break, if there is one.
const MARKDOWN_HEAD = new RegExp(
  String.raw`^[\s\S]{0,${MAX_MARKDOWN_LENGTH}}(?:\n|$)|^[\s\S]{0,${MAX_MARKDOWN_LENGTH}}`,
  'u',
);

/**
 * Converts the model's Markdown to WhatsApp text. Never throws. No visible text is lost except HTML tags, the addresses of images and
 * the scheme of links that do not lead to `portalHost` (host, with its port if any). Returns '' where nothing is visible.
 */
export function formatForWhatsApp(markdown: string, { portalHost }: { portalHost?: string | undefined }): string {
  const visible = convertMath(stripInvisible(markdown.toWellFormed()));
  const head = MARKDOWN_HEAD.exec(visible)?.[0] ?? '';
  const text = `${renderMarkdown(head, portalHost)}\n${renderPlain(visible.slice(head.length), portalHost)}`;
  return text.replace(/^\n+/, '').trimEnd();
}

/**
 * Creates `formatForWhatsApp` for one `portalHost`. It remembers its last result, because the figures of an answer are checked in
 * the formatted text, which is then sent.
 */
export function createFormatter(portalHost: string): (markdown: string) => string {
  let last = { markdown: '', text: '' };
  return (markdown) => {
    if (markdown !== last.markdown) last = { markdown, text: formatForWhatsApp(markdown, { portalHost }) };
    return last.text;
  };
}

function renderMarkdown(markdown: string, portalHost: string | undefined): string {
  try {
    const lines = renderBlocks(lexMarkdown(markdown), { portalHost, listDepth: 0, isQuoted: false });
    return lines.map(({ text }) => text).join('\n');
  } catch {
    // Marked stops where it cannot advance or the stack overflows.
    return renderPlain(markdown, portalHost);
  }
}

function renderPlain(text: string, portalHost: string | undefined): string {
  const lines = text.split('\n').map((line) => renderLine([{ text: line, style: 0 }], portalHost, true));
  return lines.join('\n');
}
