import type { EventRecord, Listener } from '../events.ts';
import { EVENT_LEVELS } from '../observability/event-logger.ts';
import { describeEvent, EVENT_KINDS, type EventKind } from './event-text.ts';

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
} {
  const entries = new Map<EventKind, FeedEntry[]>(EVENT_KINDS.map((kind) => [kind, []]));
  let lastId = 0;
  return {
    listener(event) {
      // An event of the level debug is a detail of another one.
      const described = EVENT_LEVELS[event.type] === 'debug' ? null : describeEvent(event);
      if (!described) return;
      const { type, at, conversation = null, turnId = null } = event;
      const ofKind = entries.get(described.kind);
      lastId += 1;
      ofKind?.push({ id: lastId, at, level: EVENT_LEVELS[type], type, conversation, turnId, ...described });
      if (ofKind && ofKind.length > MAX_EVENTS_PER_KIND) ofKind.shift();
    },
    after: (id) =>
      [...entries.values()]
        .flatMap((ofKind) => ofKind.filter((entry) => entry.id > id))
        .sort((one, other) => one.id - other.id),
  };
}
