import type { ConversationKey } from './conversation-key.ts';

/** A file or location in a message, with or without a text. */
export interface Attachment {
  /** FONNTE's type: image, audio, video, document, location, sticker …; `unknown` if missing. */
  type: string;
  /** Available for 30 minutes; empty unless the FONNTE package includes files. */
  url: string;
  filename: string;
  extension: string;
  /** `lat,long`; empty if the attachment is not a location. */
  location: string;
}

/** A file that the model can read; held in memory only. */
export interface MediaFile {
  kind: 'image' | 'document' | 'audio';
  mimeType: string;
  /** Size of the file. */
  bytes: number;
  data: Buffer;
}

/**
 * Why a file is not read. `no-url`: FONNTE gave no URL; `unsupported-type`: Word, Excel and similar; `type-mismatch`: the
 * content is not of the type in its name; `expired`: the 30 minutes are over; `forbidden`: the host is not in MEDIA_HOSTS.
 */
export type MediaRefusal =
  | 'no-url'
  | 'video-or-sticker'
  | 'unsupported-type'
  | 'type-mismatch'
  | 'too-large'
  | 'expired'
  | 'unreachable'
  | 'forbidden';

/** One accepted message. Times are ms since the epoch. */
export interface Message {
  /** Sequence number in order of arrival; increases across restarts. */
  seq: number;
  /** The key of its conversation. */
  sender: ConversationKey;
  /** The user of the number on arrival; the last known user if Supabase was unavailable; null if unknown. */
  userId: string | null;
  device: string;
  /** FONNTE's inboxid; 0 while its inbox is off. */
  inboxid: number;
  text: string;
  attachment: Attachment | null;
  receivedAt: number;
}

/** Identifies a webhook call, so that FONNTE's repeat of it is recognized as a duplicate. */
export interface Fingerprint {
  key: string;
  /** In ms since the epoch. If set, a call with the same key and a later timestamp is a new message. */
  timestamp?: number;
  /** `until-acknowledged`: the call has neither id nor timestamp, so the fingerprint is valid until a 200 was sent. */
  ttl: 'day' | 'until-acknowledged';
}

/** One entry of a session; `timestamp` in ms since the epoch. */
export interface SessionEntry {
  role: 'user' | 'assistant';
  content: string;
  timestamp: number;
}

/** The content of a file, in memory that belongs to one thread. */
export type FileBytes = Uint8Array<ArrayBuffer>;

/** A file that follows the text of a reply, and the text that replaces it where it cannot be sent. */
export interface ReplyAttachment {
  /** Markdown, shown with the file. */
  caption: string;
  /** Markdown of one message, sent instead of the file. */
  fallback: string;
  /** Null: only `fallback` is sent. */
  file: { name: string; mediaType: string; data: FileBytes } | null;
}

/** One WhatsApp message of a reply: a text, or a file. */
export type ReplyPart = string | FilePart;

/** A file in a reply. The store holds its bytes apart from the parts. Texts are formatted for WhatsApp. */
export interface FilePart {
  /** File name with extension, ASCII. */
  name: string;
  mediaType: string;
  caption: string;
  /** Sent instead of a file that FONNTE does not accept. */
  fallback: string;
}

/** The bytes of the part with this index. */
export interface PartFile {
  part: number;
  data: FileBytes;
}

/** Notes of a session: evidence, the last list, grounded figures. Opaque to the store. */
export type SessionNotes = Record<string, unknown>;
