import type { Texts } from '../texts.ts';
import type { Attachment, MediaRefusal, Message } from '../types.ts';

const NAMES: Record<string, string> = {
  image: 'gambar',
  document: 'dokumen',
  audio: 'pesan suara',
  video: 'video',
  sticker: 'stiker',
};

/** The one sentence for each cause: what is wrong, and what can be sent instead. */
const SENTENCES: Record<MediaRefusal, keyof Texts> = {
  'no-url': 'attachmentNotRead',
  'video-or-sticker': 'attachmentMoving',
  'unsupported-type': 'attachmentOtherType',
  'type-mismatch': 'attachmentDamaged',
  'too-large': 'attachmentTooLarge',
  expired: 'attachmentGone',
  unreachable: 'attachmentUnreachable',
  forbidden: 'attachmentForbidden',
};

/** The files that messages brought; a place is none. Pure. */
export function attachedFiles(messages: readonly Message[]): Attachment[] {
  return messages.flatMap(({ attachment }) => (attachment && attachment.location === '' ? [attachment] : []));
}

/** Whether there is something to answer apart from files. Pure. */
export function hasTextOrLocation(messages: readonly Message[]): boolean {
  return messages.some(({ text, attachment }) => text !== '' || Boolean(attachment?.location));
}

/** An attachment in words, for the model and for the session. Pure. */
export function describeAttachment({ type, filename, location }: Attachment): string {
  if (location) return `(Lokasi yang dikirim pengguna: ${location})`;
  return `(mengirim ${[NAMES[type] ?? 'berkas', filename].filter(Boolean).join(' ')})`;
}

/** What to say about the files that could not be read, each cause once. Pure. */
export function refusalTexts(refusals: readonly MediaRefusal[], texts: Texts): string[] {
  return [...new Set(refusals)].map((refusal) => texts[SENTENCES[refusal]]);
}
