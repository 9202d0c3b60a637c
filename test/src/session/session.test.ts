import t from 'tap';
import { createSessionService } from '../../../src/session/session.ts';
import type { Session } from '../../../src/store/records.ts';
import type { SessionStore } from '../../../src/store/types.ts';
import { keyOf } from '../../support/conversation.ts';

const SENDER = keyOf('6281200000001');
const IDLE_MS = 500;

function serviceWith(session: Session | null, now: number) {
  const sessions = { get: () => [Promise.resolve(session)] } as Partial<SessionStore> as SessionStore;
  return createSessionService({ sessions, maxEntries: 20, idleMs: IDLE_MS, now: () => now });
}

t.test('a session is visible to its own user while it is active', async (t) => {
  const session = { sender: SENDER, userId: 'u1', entries: [], notes: { a: 1 }, updatedAt: 1000 };
  t.same((await serviceWith(session, 1500).get(SENDER, 'u1')).notes, { a: 1 });
  t.same((await serviceWith(session, 1501).get(SENDER, 'u1')).notes, {}, 'expired');
  t.same((await serviceWith(session, 1000).get(SENDER, 'u2')).notes, {}, 'of another user');
  t.same((await serviceWith(session, 999).get(SENDER, 'u1')).notes, {}, 'written by a clock that was set back since');
  t.same(await serviceWith(null, 1000).get(SENDER, 'u1'), { entries: [], notes: {} });
  t.equal(await serviceWith(session, 1501).find(SENDER), null);
});
