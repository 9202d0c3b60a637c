import { MAX_UPLOAD_BYTES } from '../../fonnte/client.ts';
import { splitIntoParts } from '../../fonnte/split/split.ts';
import type { Texts } from '../../texts.ts';
import type { FilePart, PartFile, ReplyAttachment, ReplyPart } from '../../types.ts';

/** A reply (Markdown). `text` may be empty only if the reply has attachments. */
export interface ReplyContent {
  text: string;
  /** Files that follow the text. */
  attachments?: readonly ReplyAttachment[];
}

/** Creates the conversion of a reply into WhatsApp messages; `format` converts Markdown to WhatsApp text. */
export function createReplyParts({
  texts,
  format,
}: {
  texts: Pick<Texts, 'noAnswer' | 'cut'>;
  format: (markdown: string) => string;
}) {
  const split = (markdown: string, maxParts?: number) =>
    splitIntoParts(format(markdown), {
      cutNotice: texts.cut,
      ...(maxParts ? { maxParts } : {}),
    });

  /** A text that formats to nothing (a lone picture, a comment) becomes a fixed sentence. */
  const toTexts = (markdown: string) => {
    const parts = split(markdown);
    return parts.length > 0 ? parts : split(texts.noAnswer);
  };
  const toText = (markdown: string) => split(markdown, 1).join('\n');

  function toPart({ caption, fallback, file }: ReplyAttachment): ReplyPart {
    if (!file || file.data.length > MAX_UPLOAD_BYTES) return toText(fallback);
    const { name, mediaType } = file;
    return { name, mediaType, caption: toText(caption), fallback: toText(fallback) } satisfies FilePart;
  }

  return function toReplyParts({ text, attachments = [] }: ReplyContent): { parts: ReplyPart[]; files: PartFile[] } {
    const parts: ReplyPart[] = text === '' && attachments.length > 0 ? [] : toTexts(text);
    const files: PartFile[] = [];
    for (const attachment of attachments) {
      const part = toPart(attachment);
      if (typeof part !== 'string' && attachment.file) files.push({ part: parts.length, data: attachment.file.data });
      parts.push(part);
    }
    return { parts, files };
  };
}
