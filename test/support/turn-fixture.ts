import type { Turn } from '../../src/store/records.ts';
import { LINKED } from './fake-upstreams.ts';

/** A turn at its start: nothing stored, nothing sent. `given` replaces fields. */
export function buildTurn(given: Partial<Turn> = {}): Turn {
  return {
    id: 'giliran',
    seq: 1,
    sender: LINKED,
    userId: null,
    kind: 'answer',
    notice: null,
    linkedUsersOnly: false,
    messages: [],
    attempts: 1,
    crashes: 0,
    elapsedMs: 0,
    retryAt: null,
    parts: null,
    partsSent: 0,
    replyAt: null,
    entries: [],
    notes: null,
    sendFailures: 0,
    failingSince: null,
    waitNoticeSent: false,
    apologyFor: null,
    history: [],
    ...given,
  };
}
