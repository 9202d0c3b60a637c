import type { ConversationKey } from '../../conversation-key.ts';
import type { ConversationOverview, RecentOutcome } from '../records.ts';
import type { ConversationOverviews } from '../types.ts';
import type { Database } from './database.ts';

/** An overview as the functions of the schema return it: their `phone` is the key of the conversation. */
type OverviewRow = Omit<ConversationOverview, 'conversation'> & { phone: ConversationKey };

/** Creates the overviews of conversations for support, with the outcomes of the last messages. */
export function createConversations(database: Database): ConversationOverviews {
  return {
    active: async (page) => (await database.runAlone<OverviewRow[]>('list_conversations', page)).map(toOverview),
    of: async (sender, options) =>
      toOverview(
        await database.runAlone<OverviewRow & { recent: RecentOutcome[] }>('load_conversation', { sender, ...options }),
      ),
  };
}

function toOverview<Row extends OverviewRow>({ phone, ...overview }: Row) {
  return { conversation: phone, ...overview };
}
