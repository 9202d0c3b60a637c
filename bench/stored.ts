import { createHash } from 'node:crypto';
import { FINGERPRINT_TTL_MS } from '../src/conversation/accept/accept-message.ts';
import { buildRetention } from '../src/conversation/retention.ts';
import { toConversationKey } from '../src/conversation-key.ts';
import { createEvents } from '../src/events.ts';
import { createSqliteStore } from '../src/store/sqlite/store.ts';
import { one } from '../src/store/types.ts';
import { personNumber } from './outside/messages.ts';

/** Creates a store in `dataDir` with `count` accepted messages that have not been answered. */
export async function fillInbox(dataDir: string, count: number): Promise<void> {
  const store = createSqliteStore({
    directory: dataDir,
    retention: buildRetention(30 * 60_000),
    events: createEvents(),
  });
  const receivedAt = Date.now();
  const accepted = Array.from({ length: count }, (_, index) => {
    const sender = toConversationKey(personNumber(60_000_000 + index), null);
    const userId = `10000000-0000-4000-8000-0000${sender.slice(-8)}`;
    const text = `Tolong jelaskan keadaan unit saya, pesan ke-${index}`;
    const content = { sender, device: '6281100000000', inboxid: index + 1, text, attachment: null };
    const seq = store.inbox.nextSequence();
    const key = `inbox:${createHash('sha256').update(`${index}`).digest('base64url').slice(0, 32)}`;
    const message = { ...content, seq, userId, receivedAt };
    const fingerprint = { key, ttlMs: FINGERPRINT_TTL_MS.day };
    const perSender = { max: 10, withinMs: 60_000 };
    return one(store.inbox.accept([{ message, fingerprint, perSender, maxPending: count }]));
  });
  const refused = (await Promise.all(accepted)).filter((acceptance) => acceptance !== 'accepted');
  if (refused.length > 0) throw new Error(`${refused.length} messages could not be stored`);
  await store.close();
}
