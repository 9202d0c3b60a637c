import type { EventRecord, Listener } from '../events.ts';
import { EVENT_LEVELS } from '../observability/event-logger.ts';
import { describeEvent, EVENT_KINDS, type EventKind, eventKind } from './event-text.ts';

/** Events of each kind that are remembered. */
const MAX_EVENTS_PER_KIND = 100;

/** One event as the console shows it; without personal data, as the event itself. */
export interface FeedEntry {
  /** Ascending. */
  id: number;
  /** ms since the epoch */
  at: number;
  kind: EventKind;
  level: 'info' | 'warn' | 'error' | 'debug';
  type: EventRecord['type'];
  text: string;
  /** A masked number. */
  conversation: string | null;
  turnId: string | null;
}

/** Remembers the last events of each kind, so that frequent events do not displace rare ones. */
export function createEventFeed(): {
  /** Must receive every event. */
  listener: Listener;
  /** Returns the remembered events after `id`, oldest first. */
  after(id: number): FeedEntry[];
  /** The id of the last event; 0 before the first. */
  lastId(): number;
} {
  const remembered = new Map<EventKind, { id: number; event: EventRecord }[]>(EVENT_KINDS.map((kind) => [kind, []]));
  let lastId = 0;
  return {
    listener(event) {
      // An event of the level debug is a detail of another one.
      const kind = EVENT_LEVELS[event.type] === 'debug' ? null : eventKind(event.type);
      const ofKind = kind && remembered.get(kind);
      if (!ofKind) return;
      lastId += 1;
      ofKind.push({ id: lastId, event });
      if (ofKind.length > MAX_EVENTS_PER_KIND) ofKind.shift();
    },
    // Sentences are written only here: most events are never shown.
    after: (id) =>
      [...remembered]
        .flatMap(([kind, ofKind]) => ofKind.filter((each) => each.id > id).map((each) => toEntry(kind, each)))
        .sort((one, other) => one.id - other.id),
    lastId: () => lastId,
  };
}

function toEntry(kind: EventKind, { id, event }: { id: number; event: EventRecord }): FeedEntry {
  const { type, at, conversation = null, turnId = null } = event;
  return { id, at, kind, level: EVENT_LEVELS[type], type, text: describeEvent(event), conversation, turnId };
}
