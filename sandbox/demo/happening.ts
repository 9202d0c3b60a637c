/** Whose doing it was. */
export type Source = 'fonnte' | 'service' | 'gemini' | 'supabase' | 'demo';

/** How it is to be taken: as planned, something to wait for, something amiss, or just so. */
export type Tone = 'good' | 'wait' | 'bad' | 'plain';

/** One thing that happened, as the page's side panel tells it (Indonesian). */
export interface Happening {
  id: number;
  /** Milliseconds since the epoch. */
  at: number;
  source: Source;
  tone: Tone;
  title: string;
  /** More about it, in a few words; empty where there is nothing more. */
  detail: string;
  /** The conversation that it belongs to; null where it concerns all. */
  phone: string | null;
  /** The webhook call that began a message; those after it count their time from here. */
  opens: boolean;
  /** Shown only to whoever asks for every detail. */
  minor: boolean;
}

/** A happening before it is told: what is left out is plain and belongs to no conversation. */
export type Told = Pick<Happening, 'source' | 'title'> & Partial<Omit<Happening, 'id'>>;

/** Milliseconds as a person reads them: `85 ms`, `1,4 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(1).replace('.', ',')} s`;
}
