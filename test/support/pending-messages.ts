import type { ConversationKey } from '../../src/conversation-key.ts';
import { one, type Turns } from '../../src/store/types.ts';
import type { Message } from '../../src/types.ts';

/** Returns the messages of a sender without a stored reply, in their order: those of the running turn and those that wait. */
export async function loadPendingMessages(turns: Turns, sender: ConversationKey): Promise<Message[]> {
  const { open, waiting } = await one(turns.loadNext([{ sender, limit: 100 }]));
  return [...(open?.messages ?? []), ...waiting].sort((a, b) => a.seq - b.seq);
}
