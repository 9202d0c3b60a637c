/** The component that caused an event. */
export type Source = 'fonnte' | 'service' | 'gemini' | 'supabase' | 'demo';

/** Success, waiting, failure or neutral. */
export type Tone = 'good' | 'wait' | 'bad' | 'plain';

/** An event in the page's side panel, with Indonesian texts. */
export interface TimelineEvent {
  id: number;
  /** Milliseconds since the epoch. */
  at: number;
  source: Source;
  /** The name of the instance that caused it; null if there is only one. */
  instance: string | null;
  tone: Tone;
  title: string;
  /** Additional information; may be empty. */
  detail: string;
  /** The phone number of the conversation; null if the event concerns all. */
  phone: string | null;
  /** True for the first delivery of a message; the times of later events are relative to it. */
  startsMessage: boolean;
  /** True if shown only with the filter «rinci». */
  isDetail: boolean;
}

/** A new event; missing fields default to neutral and to no conversation. */
export type TimelineEventInput = Pick<TimelineEvent, 'source' | 'title'> & Partial<Omit<TimelineEvent, 'id'>>;

/** Formats milliseconds: `85 ms`, `1,4 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(1).replace('.', ',')} s`;
}
