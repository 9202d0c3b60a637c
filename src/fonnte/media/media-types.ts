import type { Attachment, MediaFile, MediaRefusal } from '../../types.ts';

type MediaType = Pick<MediaFile, 'kind' | 'mimeType'>;

const PNG: MediaType = { kind: 'image', mimeType: 'image/png' };
const JPEG: MediaType = { kind: 'image', mimeType: 'image/jpeg' };
const WEBP: MediaType = { kind: 'image', mimeType: 'image/webp' };
const PDF: MediaType = { kind: 'document', mimeType: 'application/pdf' };
const MP3: MediaType = { kind: 'audio', mimeType: 'audio/mp3' };
const OGG: MediaType = { kind: 'audio', mimeType: 'audio/ogg' };

/** File types that Gemini reads, by extension. @see https://ai.google.dev/gemini-api/docs/file-input-methods */
const BY_EXTENSION = new Map([
  ['png', PNG],
  ['jpg', JPEG],
  ['jpeg', JPEG],
  ['webp', WEBP],
  ['pdf', PDF],
  ['mp3', MP3],
  ['ogg', OGG],
  ['oga', OGG],
  ['opus', OGG],
]);
const VIDEO_EXTENSIONS = new Set(['mp4', '3gp', 'mov', 'avi', 'mkv', 'webm', 'gif']);

/** Checks an attachment before it is fetched. @returns the reason not to fetch it, or null */
export function precheckAttachment({ url, type, ...names }: Attachment): MediaRefusal | null {
  if (url === '') return 'no-url';
  const extension = parseExtension({ url, ...names });
  if (type === 'video' || type === 'sticker' || VIDEO_EXTENSIONS.has(extension)) return 'video-or-sticker';
  return extension === '' || BY_EXTENSION.has(extension) ? null : 'unsupported-type';
}

/** Detects a file's type by its signature. @returns null if the type is unsupported or differs from the extension */
export function detectType(bytes: Buffer, attachment: Attachment): MediaType | null {
  const detected = detectSignature(bytes);
  const extension = parseExtension(attachment);
  return extension === '' || BY_EXTENSION.get(extension) === detected ? detected : null;
}

/** Returns the extension given by FONNTE, else that of the file name, else that of the URL; empty if all are missing. */
function parseExtension({ extension, filename, url }: Pick<Attachment, 'extension' | 'filename' | 'url'>): string {
  if (extension) return extension.replace(/^\./, '').toLowerCase();
  const path = URL.parse(url)?.pathname ?? '';
  const [, found = ''] = /\.([a-z0-9]{1,5})$/i.exec(filename) ?? /\.([a-z0-9]{1,5})$/i.exec(path) ?? [];
  return found.toLowerCase();
}

function detectSignature(bytes: Buffer): MediaType | null {
  const at = (offset: number, length: number) => bytes.toString('latin1', offset, offset + length);
  if (at(0, 8) === '\x89PNG\r\n\x1a\n') return PNG;
  if (at(0, 3) === '\xff\xd8\xff') return JPEG;
  if (at(0, 4) === 'RIFF' && at(8, 4) === 'WEBP') return WEBP;
  if (at(0, 5) === '%PDF-') return PDF;
  // The first packet of an Ogg page names the codec, which may be one for video.
  if (at(0, 4) === 'OggS') return at(28, 8) === 'OpusHead' || at(28, 7) === '\x01vorbis' ? OGG : null;
  return at(0, 3) === 'ID3' || isMp3Frame(bytes) ? MP3 : null;
}

/** Whether the bytes start with the header of an MPEG audio frame, layer III: sync bits, version, layer, bit rate and sampling rate. */
function isMp3Frame(bytes: Buffer): boolean {
  const [first = 0, second = 0, third = 0] = bytes;
  if (first !== 0xff || (second & 0xe6) !== 0xe2 || (second & 0x18) === 0x08) return false;
  return (third & 0xf0) !== 0xf0 && (third & 0xf0) !== 0 && (third & 0x0c) !== 0x0c;
}
