import { hash } from 'node:crypto';
import { createEvents } from '../../src/events.ts';
import { createSqliteStore } from '../../src/store/sqlite.ts';

const USER = '10000000-0000-4000-8000-000000000000';
const LIMITS = { keep: 20, idleMs: 30 * 60_000 };

/** What product.md wants stored of a message and its turn, in our own store and durably, and nothing else of ours. */
export function createSteps(directory: string) {
  const { inbox } = createSqliteStore({ directory, maxInbox: 1_000_000, events: createEvents() });

  return {
    async accept(sender: string, text: string, inboxid: number): Promise<void> {
      const message = { seq: inbox.takeNumber(), sender, userId: USER, device: '6281100000000', inboxid, text };
      const digest = hash('sha256', `${inboxid}`, 'base64url').slice(0, 32);
      const fingerprint = { key: `inbox:${inboxid.toString(36).padStart(11, '0')}:${digest}`, lasts: 'day' as const };
      const acceptance = await inbox.accept(
        { ...message, attachment: null, receivedAt: Date.now() },
        fingerprint,
        1_000_000,
      );
      if (acceptance !== 'accepted') throw new Error(acceptance);
    },

    /** Starts the turn of a sender's message, and says what stores its reply and its end. */
    async start(sender: string) {
      const { waiting } = await inbox.next(sender, 21);
      const seqs = waiting.map(({ seq }) => seq);
      const turn = await inbox.start({ sender, userId: USER, kind: 'answer', seqs });
      if (!turn) throw new Error('no turn');
      const entries = waiting.map(({ text, receivedAt }) => ({
        role: 'user' as const,
        content: text,
        timestamp: receivedAt,
      }));
      const session = { append: entries, notes: {}, userId: USER, ...LIMITS };
      return {
        keep: async (text: string) => {
          entries.push({ role: 'assistant' as 'user', content: text, timestamp: Date.now() });
          await inbox.keepReply(turn.id, USER, { parts: [text], entries, notes: {}, doom: null, at: Date.now() });
        },
        end: () => inbox.finish(turn.id, { outcome: 'answered', session }),
      };
    },
  };
}
