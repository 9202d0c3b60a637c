import { type ConversationKey, maskConversation } from '../conversation-key.ts';
import type { HealthReport } from '../observability/health.ts';
import type { ConversationOverview, DeadLetter, InboxStatus, SentAlert } from '../store/records.ts';
import type { SpeedSeries } from './minute-history.ts';

/** Dead letters and conversations that the console lists; a longer list has `more`. */
const MAX_LISTED = 50;

/** What the topics are read from. */
export interface TopicSources {
  process: {
    /** Host and process id. */
    instance: string;
    version: string;
    /** ms since the epoch */
    startedAt: number;
    /** Whether other instances may use the same store. */
    isShared: boolean;
    timezone: string;
    portal: string;
  };
  health: { read(): Promise<HealthReport>; since(): Record<string, number> };
  device(): { status: string; quota: number | null };
  runningTurns(): number;
  inbox(): Promise<InboxStatus>;
  deadLetters(page: { limit: number; cursor: number }): Promise<DeadLetter[]>;
  alerts(): Promise<SentAlert[]>;
  conversations(page: { limit: number; cursor: number }): Promise<ConversationOverview[]>;
  speed(): { hour: SpeedSeries; day: SpeedSeries };
  /** Returns the text by which the admin routes find a number that the page shows masked. */
  seal(phone: string): string;
  now(): number;
}

/**
 * The topics of the console: values that the page shows in one place and replaces as a whole. They contain masked numbers and
 * no texts of messages. Times are ms since the epoch.
 */
export function createTopics(sources: TopicSources) {
  const identify = (conversation: ConversationKey) => ({
    reference: sources.seal(conversation),
    masked: maskConversation(conversation),
  });

  const readers = {
    async health() {
      const { status, checks, models, devices = [] } = await sources.health.read();
      const since = sources.health.since();
      const components = Object.entries(checks).map(([name, value]) => ({ name, value, since: since[name] ?? null }));
      return { ...sources.process, status, components, models, devices, device: sources.device() };
    },

    async queue() {
      const { pending, oldestAt } = await sources.inbox();
      return { pending, oldestAt, running: sources.runningTurns() };
    },

    async failures() {
      const [{ deadLetters: total }, letters, alerts] = await Promise.all([
        sources.inbox(),
        sources.deadLetters({ limit: MAX_LISTED, cursor: 0 }),
        sources.alerts(),
      ]);
      return {
        total,
        deadLetters: letters.map(({ sender, messages, ...letter }) => ({
          ...letter,
          ...identify(sender),
          messages: messages.length,
        })),
        alerts: alerts.sort((one, other) => other.at - one.at),
      };
    },

    speed: async () => ({ startedAt: sources.process.startedAt, ...sources.speed() }),

    async conversations() {
      const found = await sources.conversations({ limit: MAX_LISTED + 1, cursor: 0 });
      return {
        more: found.length > MAX_LISTED,
        conversations: found
          .slice(0, MAX_LISTED)
          .map(({ conversation, ...overview }) => ({ ...overview, ...identify(conversation) })),
      };
    },
  };
  type Name = keyof typeof readers;
  return {
    names: Object.keys(readers) as Name[],
    read: (name: Name): Promise<unknown> => readers[name](),
  };
}
