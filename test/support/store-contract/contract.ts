import type { Test } from 'tap';
import { admissionContract } from './contract-admission.ts';
import { conversationContract } from './contract-conversations.ts';
import { deadLetterContract } from './contract-dead-letters.ts';
import { fileContract } from './contract-files.ts';
import { joinContract } from './contract-joins.ts';
import { pauseContract } from './contract-pauses.ts';
import { pendingContract } from './contract-pending.ts';
import { retentionContract } from './contract-retention.ts';
import { sessionContract } from './contract-sessions.ts';
import { turnContract } from './contract-turns.ts';
import type { Open } from './samples.ts';

export type { Open, OpenOptions } from './samples.ts';

const GROUPS = {
  admission: admissionContract,
  turns: turnContract,
  'messages that join a turn': joinContract,
  'files of a reply': fileContract,
  'dead letters': deadLetterContract,
  sessions: sessionContract,
  'conversations for operators': conversationContract,
  pauses: pauseContract,
  retention: retentionContract,
  'the number of pending messages': pendingContract,
};

/** Groups of the contract that can run in a separate file, because a server is slower than an embedded database. */
export const CONTRACT_PARTS = {
  messages: ['admission', 'messages that join a turn'],
  turns: ['turns', 'files of a reply', 'dead letters', 'sessions', 'conversations for operators'],
  retention: ['pauses', 'retention'],
  pending: ['the number of pending messages'],
} as const satisfies Record<string, (keyof typeof GROUPS)[]>;

/** The contract of every store implementation, or a part of it; `open` opens a store (see OpenOptions). */
export async function storeContract(
  t: Test,
  open: Open,
  names: readonly (keyof typeof GROUPS)[] = Object.keys(GROUPS) as (keyof typeof GROUPS)[],
): Promise<void> {
  for (const name of names) await t.test(name, (t) => GROUPS[name](t, open));
}
