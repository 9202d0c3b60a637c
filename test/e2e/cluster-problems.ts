import type { DeadLetter } from '../../src/store/records.ts';
import { findMessageIds } from '../support/message-ids.ts';
import type { ClusterRecord, Fault, SentPart } from './cluster-record.ts';

/** Longest time from FONNTE's acceptance of a part to its record in the store, ms; a database that is unavailable adds its time. */
const MAX_IN_FLIGHT_MS = 5_000;
/** Interrupted starts of a turn before it may become a dead letter. */
const CRASHES_BEFORE_DEAD_LETTER = 3;

/** What a run of the cluster showed. */
export interface ClusterResult {
  problems: string[];
  /** Parts that were in flight at a fault and were sent twice: allowed. */
  repeatedParts: number;
  /** Turns that faults interrupted three times without progress: they end with an apology. */
  givenUp: number;
}

/** Compares the accepted messages with what was sent. `pending`: the messages that the store still holds. */
export function findProblems(
  record: ClusterRecord,
  { pending, deadLetters }: { pending: number; deadLetters: readonly DeadLetter[] },
): ClusterResult {
  const problems: string[] = [];
  const givenUp = deadLetters.filter(
    ({ reason, attempts }) => reason === 'process-died' && attempts >= CRASHES_BEFORE_DEAD_LETTER,
  );
  const givenUpIds = new Set(givenUp.flatMap(({ messages }) => messages.flatMap(findMessageIds)));
  if (pending > 0) problems.push(`${pending} messages are still pending`);
  for (const { reason } of deadLetters.filter((letter) => !givenUp.includes(letter)))
    problems.push(`a dead letter: ${reason}`);
  let repeatedParts = 0;
  for (const [sender, ids] of record.accepted) {
    const parts = record.sentParts.filter((part) => part.sender === sender);
    const first = parts.filter((part, index) => parts.findIndex((other) => isSamePart(part, other)) === index);
    const answered = first.flatMap(({ part, reply }) => (part === 1 ? findMessageIds(reply) : []));
    const expected = ids.filter((id) => !givenUpIds.has(id));
    const lost = expected.filter((id) => !answered.includes(id));
    if (lost.length > 0) problems.push(`messages without a reply: ${lost.join()}`);
    if (new Set(answered).size < answered.length) problems.push(`a message in two replies: ${answered.join()}`);
    const order = answered.filter((id) => !givenUpIds.has(id));
    if (lost.length === 0 && order.join() !== expected.join())
      problems.push(`order: ${order.join()} for ${expected.join()}`);
    const repetitions = pairCopies(parts);
    repeatedParts += repetitions.length;
    problems.push(...findForbiddenRepetitions(record, repetitions), ...findOverlaps(record, sender, parts));
  }
  return { problems, repeatedParts, givenUp: givenUp.length };
}

function isSamePart(a: SentPart, b: SentPart): boolean {
  return a.reply === b.reply && a.part === b.part;
}

/** Pairs each part with its next copy. */
function pairCopies(parts: readonly SentPart[]): [SentPart, SentPart][] {
  return parts.flatMap((copy, index) => {
    const original = parts.slice(0, index).findLast((part) => isSamePart(part, copy));
    return original ? [[original, copy] as [SentPart, SentPart]] : [];
  });
}

/** A fault explains one repetition per conversation: the send that was in flight when the process was killed or frozen. */
function findForbiddenRepetitions(record: ClusterRecord, repetitions: readonly [SentPart, SentPart][]): string[] {
  const explained = new Set<Fault>();
  return repetitions.flatMap(([original, copy]) => {
    const fault = record.faults.find(
      (one) => !explained.has(one) && (wasInFlight(record, original, one) || completes(copy, one)),
    );
    if (fault) {
      explained.add(fault);
      return [];
    }
    return [
      `part ${copy.part} of ${copy.reply} was sent by ${original.slot}, and ${ms(copy, original)} later by ${copy.slot}; ` +
        `faults before the copy: ${describeFaults(record, copy.at)}`,
    ];
  });
}

/** Whether the fault hit the process that sent the part before it could record this. */
function wasInFlight(record: ClusterRecord, part: SentPart, { slot, from }: Fault): boolean {
  const away = record.faults.filter(({ kind, until }) => kind === 'restart' && until > part.at && until < from);
  const awayMs = away.reduce((sum, fault) => sum + fault.until - fault.from, 0);
  if (slot !== part.slot || from < part.at || from > part.at + MAX_IN_FLIGHT_MS + awayMs) return false;
  const isSentBefore = (other: SentPart) => other.sender === part.sender && other.at > part.at && other.at < from;
  return !record.sentParts.some((other) => other.slot === slot && isSentBefore(other));
}

/** Whether a frozen process sent this part right after it continued. */
function completes({ slot, at }: SentPart, { kind, slot: frozen, until }: Fault): boolean {
  return kind === 'freeze' && slot === frozen && at >= until && at < until + MAX_IN_FLIGHT_MS;
}

/** Finds model requests about a conversation that overlap with a model request or a send of another process. */
function findOverlaps(record: ClusterRecord, sender: string, parts: readonly SentPart[]): string[] {
  const requests = record.modelRequests.filter((request) => request.sender === sender);
  const explained = new Set<Fault>();
  return requests.flatMap((request) => {
    const until = request.until ?? Number.POSITIVE_INFINITY;
    const rivals = requests.filter(
      (rival) => rival.slot !== request.slot && rival.from > request.from && rival.from < until,
    );
    const sends = parts.filter(({ slot, at }) => slot !== request.slot && at > request.from && at < until);
    const forbidden = sends.filter((part) => {
      const fault = record.faults.find((one) => !explained.has(one) && completes(part, one));
      if (fault) explained.add(fault);
      return !fault;
    });
    return [
      ...rivals.map(({ slot }) => `processes ${request.slot} and ${slot} asked for answers to ${sender} at one time`),
      ...forbidden.map(({ slot, reply }) => `process ${slot} sent ${reply} while ${request.slot} asked for an answer`),
    ];
  });
}

function describeFaults({ faults }: ClusterRecord, at: number): string {
  const before = (time: number) => `${Math.round(at - time)} ms`;
  return faults
    .filter(({ from }) => from < at)
    .slice(-3)
    .map(({ kind, slot = '', from, until }) => `${kind} ${slot} ${before(from)} to ${before(until)} before`)
    .join(', ');
}

function ms(later: SentPart, earlier: SentPart): string {
  return `${Math.round(later.at - earlier.at)} ms`;
}
