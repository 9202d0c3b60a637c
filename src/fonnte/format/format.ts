import { stripInvisible } from '../../security/untrusted-text.ts';
import { renderBlocks } from './blocks.ts';
import { lexMarkdown } from './lexer.ts';
import { renderLine } from './line.ts';

/**
 * Gemini's Markdown as WhatsApp text. Pure; never throws; about linear in time. Nothing visible is lost but HTML tags, the addresses of
 * images and the scheme of links that don't go to `portalHost` (host, with port if it has one). Empty where nothing is visible.
 */
export function formatForWhatsApp(markdown: string, { portalHost }: { portalHost?: string | undefined }): string {
  const visible = stripInvisible(markdown.toWellFormed());
  try {
    const lines = renderBlocks(lexMarkdown(visible), { portalHost, listDepth: 0, quoted: false });
    return trimBlank(lines.map((line) => line.text).join('\n'));
  } catch {
    // Marked gives up on what it can't advance over. The words still arrive.
    return trimBlank(
      visible
        .split('\n')
        .map((line) => renderLine([{ text: line, style: 0 }], portalHost, true))
        .join('\n'),
    );
  }
}

function trimBlank(text: string): string {
  return text.replace(/^\n+/, '').trimEnd();
}
