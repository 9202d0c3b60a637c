import type { ConversationOverview, RecentOutcome } from '../records.ts';
import type { ConversationOverviews } from '../types.ts';
import type { Database } from './database.ts';

/** Creates the overviews of conversations for support, with the outcomes of the last messages. */
export function createConversations(database: Database): ConversationOverviews {
  return {
    active: (page) => database.runAlone<ConversationOverview[]>('list_conversations', page),
    of: (sender, options) =>
      database.runAlone<ConversationOverview & { recent: RecentOutcome[] }>('load_conversation', {
        sender,
        ...options,
      }),
  };
}
