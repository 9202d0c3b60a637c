import type { ServerResponse } from 'node:http';
import { StoreUnavailable } from '../errors.ts';
import { type Events, errorName, type ServiceEvent, stackFrames } from '../events.ts';
import { singleFlight } from '../upstream/single-flight.ts';
import { createConnections, formatServerSentEvent } from './connections.ts';
import { createEventFeed } from './event-feed.ts';
import { createMinuteHistory } from './minute-history.ts';
import { createTopics, type TopicSources } from './topics.ts';

/** Interval of the updates, ms; each of them also shows the page that the connection is alive. */
const UPDATE_MS = 5_000;
/** Delay of the update after an event, ms: many events share one. */
const EVENT_DELAY_MS = 1_000;

export type ConsoleService = ReturnType<typeof createConsoleService>;

/**
 * Sends the state of this process to every open console as server-sent events: `tick` with the time, each topic when its
 * value changes, and `events` with the new events.
 */
export function createConsoleService({
  events,
  now,
  sources,
}: {
  events: Events;
  now: () => number;
  sources: Omit<TopicSources, 'now' | 'speed'>;
}) {
  const connections = createConnections();
  const feed = createEventFeed();
  const history = createMinuteHistory(now);
  const topics = createTopics({ ...sources, now, speed: history.read });
  /** The JSON of each topic as last sent. */
  const sent = new Map<string, string>();
  let lastEventId = 0;
  let soon: NodeJS.Timeout | undefined;

  const update = singleFlight(async () => {
    const changed = (await readTopics()).filter(([name, json]) => sent.get(name) !== json);
    for (const [name, json] of changed) sent.set(name, json);
    const previousId = lastEventId;
    lastEventId = feed.lastId();
    if (connections.count() === 0) return;
    const entries = feed.after(previousId);
    connections.send(
      [
        formatServerSentEvent('tick', { at: now() }),
        ...changed.map(([name, json]) => `event: ${name}\ndata: ${json}\n\n`),
        ...(entries.length > 0 ? [formatServerSentEvent('events', entries)] : []),
      ].join(''),
    );
  });

  /** Reads only the health while no console is open, so that the health records the time of each change. */
  async function readTopics(): Promise<[name: string, json: string][]> {
    const names = connections.count() > 0 ? topics.names : (['health'] as const);
    const read = await Promise.all(names.map(async (name) => [name, await readTopic(name)] as const));
    return read.flatMap(([name, json]) => (json === null ? [] : [[name, json]]));
  }

  /** Returns null while the store is unavailable: the page keeps the last value and its health shows why. */
  async function readTopic(name: (typeof topics.names)[number]): Promise<string | null> {
    try {
      return JSON.stringify(await topics.read(name));
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) reportError(error);
      return null;
    }
  }

  function reportError(error: unknown): void {
    events.emit({ type: 'request.failed', name: errorName(error), code: '', frames: stackFrames(error) });
  }

  function updateSoon(type: ServiceEvent['type']): void {
    if (connections.count() === 0 || type === 'request.completed' || soon) return;
    soon = setTimeout(() => {
      soon = undefined;
      void update();
    }, EVENT_DELAY_MS).unref();
  }

  /** Everything that a page shows when it opens; `admin`: the name of the key. */
  async function firstMessage(admin: string): Promise<string> {
    const values = await Promise.all(topics.names.map(async (name) => [name, await readTopic(name)] as const));
    return [
      formatServerSentEvent('hello', { at: now(), admin }),
      ...values.flatMap(([name, json]) => (json === null ? [] : [`event: ${name}\ndata: ${json}\n\n`])),
      formatServerSentEvent('events', feed.after(0)),
    ].join('');
  }

  const stopListening = events.on((event) => {
    feed.listener(event);
    history.listener(event);
    updateSoon(event.type);
  });
  const timer = setInterval(() => void update(), UPDATE_MS).unref();

  return {
    isFull: connections.isFull,
    firstMessage,
    /** Opens a stream with `firstMessage` on a response whose head was written. */
    open(response: ServerResponse, text: string): void {
      connections.add(response, text);
      // The next update sends every topic again: one may have changed since this text was written.
      sent.clear();
    },
    /** Ends all streams and stops all updates. */
    stop(): void {
      clearInterval(timer);
      clearTimeout(soon);
      stopListening();
      connections.close();
    },
  };
}
