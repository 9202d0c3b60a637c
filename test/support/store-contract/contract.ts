import type { Test } from 'tap';
import { admissionContract } from './contract-admission.ts';
import { conversationContract } from './contract-conversations.ts';
import { deadLetterContract } from './contract-dead-letters.ts';
import { joinContract } from './contract-joins.ts';
import { pendingContract } from './contract-pending.ts';
import { retentionContract } from './contract-retention.ts';
import { sessionContract } from './contract-sessions.ts';
import { turnContract } from './contract-turns.ts';
import type { Open } from './samples.ts';

export type { Open, OpenOptions } from './samples.ts';

/** The contract of every store implementation; `open` opens a store (see OpenOptions). */
export async function storeContract(t: Test, open: Open): Promise<void> {
  await t.test('admission', (t) => admissionContract(t, open));
  await t.test('turns', (t) => turnContract(t, open));
  await t.test('messages that join a turn', (t) => joinContract(t, open));
  await t.test('dead letters', (t) => deadLetterContract(t, open));
  await t.test('sessions', (t) => sessionContract(t, open));
  await t.test('conversations for operators', (t) => conversationContract(t, open));
  await t.test('retention', (t) => retentionContract(t, open));
  await t.test('the number of pending messages', (t) => pendingContract(t, open));
}
