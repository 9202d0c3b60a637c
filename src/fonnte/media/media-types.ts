import type { Attachment, MediaFile, MediaRefusal } from '../../types.ts';

type MediaType = Pick<MediaFile, 'kind' | 'mimeType'>;

const PNG: MediaType = { kind: 'image', mimeType: 'image/png' };
const JPEG: MediaType = { kind: 'image', mimeType: 'image/jpeg' };
const WEBP: MediaType = { kind: 'image', mimeType: 'image/webp' };
const PDF: MediaType = { kind: 'document', mimeType: 'application/pdf' };
const MP3: MediaType = { kind: 'audio', mimeType: 'audio/mp3' };
const OGG: MediaType = { kind: 'audio', mimeType: 'audio/ogg' };

/** What Gemini reads of what FONNTE passes on, by extension. @see https://ai.google.dev/gemini-api/docs/file-input-methods */
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
const MOVING = new Set(['mp4', '3gp', 'mov', 'avi', 'mkv', 'webm', 'gif']);

/** Why a file is not worth fetching, going by what FONNTE says of it; null where it is. Pure. */
export function precheckAttachment({ url, type, ...named }: Attachment): MediaRefusal | null {
  if (url === '') return 'no-url';
  const extension = extensionOf({ url, ...named });
  if (type === 'video' || type === 'sticker' || MOVING.has(extension)) return 'video-or-sticker';
  return extension === '' || BY_EXTENSION.has(extension) ? null : 'unsupported-type';
}

/** The type of a file by its first bytes; null where they are of no type that is read, or of another than its extension. Pure. */
export function detectType(bytes: Buffer, attachment: Attachment): MediaType | null {
  const found = sniff(bytes);
  const extension = extensionOf(attachment);
  return extension === '' || BY_EXTENSION.get(extension) === found ? found : null;
}

/** As FONNTE names it, else from the file's name, else from the address; empty where there is none. */
function extensionOf({ extension, filename, url }: Pick<Attachment, 'extension' | 'filename' | 'url'>): string {
  if (extension) return extension.replace(/^\./, '').toLowerCase();
  const path = URL.parse(url)?.pathname ?? '';
  const [, found = ''] = /\.([a-z0-9]{1,5})$/i.exec(filename) ?? /\.([a-z0-9]{1,5})$/i.exec(path) ?? [];
  return found.toLowerCase();
}

function sniff(bytes: Buffer): MediaType | null {
  const at = (offset: number, length: number) => bytes.toString('latin1', offset, offset + length);
  if (at(0, 8) === '\x89PNG\r\n\x1a\n') return PNG;
  if (at(0, 3) === '\xff\xd8\xff') return JPEG;
  if (at(0, 4) === 'RIFF' && at(8, 4) === 'WEBP') return WEBP;
  if (at(0, 5) === '%PDF-') return PDF;
  // An Ogg page's first packet says what is inside; pictures may be, too.
  if (at(0, 4) === 'OggS') return at(28, 8) === 'OpusHead' || at(28, 7) === '\x01vorbis' ? OGG : null;
  return at(0, 3) === 'ID3' || isMp3Frame(bytes) ? MP3 : null;
}

/** The header of an MPEG audio frame, layer III: eleven bits set, a version, a layer, a bit rate and a sampling rate. */
function isMp3Frame(bytes: Buffer): boolean {
  const [first = 0, second = 0, third = 0] = bytes;
  if (first !== 0xff || (second & 0xe6) !== 0xe2 || (second & 0x18) === 0x08) return false;
  return (third & 0xf0) !== 0xf0 && (third & 0xf0) !== 0 && (third & 0x0c) !== 0x0c;
}
