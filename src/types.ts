/** A file, place or choice that came with a message instead of, or beside, its text. */
export interface Attachment {
  /** FONNTE's type: image, audio, video, document, location, sticker …; `unknown` where it named none. */
  type: string;
  /** Where the file can be fetched for 30 minutes; empty without FONNTE's larger packages. */
  url: string;
  filename: string;
  extension: string;
  /** `lat,long`, empty otherwise. */
  location: string;
}

/** A file that the model can read; held in memory only. */
export interface MediaFile {
  kind: 'image' | 'document' | 'audio';
  mimeType: string;
  /** Its size. */
  bytes: number;
  data: Buffer;
}

/**
 * Why a file is not read. `not-passed-on`: FONNTE gave no address; `moving`: a sticker or video; `other-type`: Word, Excel and
 * the like; `not-as-named`: its bytes say otherwise; `gone`: its 30 minutes are over; `forbidden`: its address is not FONNTE's.
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

/** One accepted message. Times are milliseconds since the epoch. */
export interface Message {
  /** Arrival number: later calls have larger ones, across restarts. */
  seq: number;
  sender: string;
  /** The user it belongs to: who had the number when it arrived, or before that while Supabase was unavailable; null: not known. */
  userId: string | null;
  device: string;
  /** FONNTE's inboxid, 0 while its inbox is off. */
  inboxid: number;
  text: string;
  attachment: Attachment | null;
  receivedAt: number;
}

/** Identifies a webhook call, so that FONNTE's repeat of it is not answered twice. */
export interface Fingerprint {
  key: string;
  /** ms since the epoch. Where set, a call with the same key and a later timestamp is a new message. */
  timestamp?: number;
  /** `once`: FONNTE gave neither id nor time, so the fingerprint lasts until a 200 was sent. */
  ttl: 'day' | 'until-acknowledged';
}

/** What was said in a conversation, by whom. */
export interface SessionEntry {
  role: 'user' | 'assistant';
  content: string;
  timestamp: number;
}

/** What a session keeps beside its entries: evidence, the last list, grounded figures. Opaque to the store. */
export type SessionNotes = Record<string, unknown>;
