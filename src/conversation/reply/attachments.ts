import type { Texts } from '../../texts.ts';
import type { Attachment, MediaRefusal, Message } from '../../types.ts';

const NAMES: Record<string, string> = {
  image: 'gambar',
  document: 'dokumen',
  audio: 'pesan suara',
  video: 'video',
  sticker: 'stiker',
};

/** The text for each reason: what is wrong, and what the user can send instead. */
const SENTENCES: Record<MediaRefusal, keyof Texts> = {
  'no-url': 'attachmentNotRead',
  'video-or-sticker': 'attachmentVideoOrSticker',
  'unsupported-type': 'attachmentUnsupportedType',
  'type-mismatch': 'attachmentTypeMismatch',
  'too-large': 'attachmentTooLarge',
  expired: 'attachmentExpired',
  unreachable: 'attachmentUnreachable',
  forbidden: 'attachmentForbidden',
};

/** The files attached to the messages; a location is not a file. */
export function attachedFiles(messages: readonly Message[]): Attachment[] {
  return messages.flatMap(({ attachment }) => (attachment && attachment.location === '' ? [attachment] : []));
}

/** Whether the messages contain anything to answer apart from files. */
export function hasTextOrLocation(messages: readonly Message[]): boolean {
  return messages.some(({ text, attachment }) => text !== '' || Boolean(attachment?.location));
}

/** Describes an attachment in Indonesian, for the model and the session. */
export function describeAttachment({ type, filename, location }: Attachment): string {
  if (location) return `(Lokasi yang dikirim pengguna: ${location})`;
  return `(mengirim ${[NAMES[type] ?? 'berkas', filename].filter(Boolean).join(' ')})`;
}

/** The texts about files that could not be read, each reason once. */
export function refusalTexts(refusals: readonly MediaRefusal[], texts: Texts): string[] {
  return [...new Set(refusals)].map((refusal) => texts[SENTENCES[refusal]]);
}
