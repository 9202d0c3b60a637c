import type { Fault } from '../../sandbox/faults.ts';
import type { UpstreamName } from '../../src/events.ts';

/** A fault of one upstream and the expected result. */
export interface FaultCase {
  upstream: UpstreamName;
  name: string;
  fault: Fault;
  /** `passes`: the fault ends while the turns still wait; `lasts`: it ends after every turn. */
  until: 'passes' | 'lasts';
  promise: 'answer' | 'apology' | 'dead letter';
  /** True if FONNTE accepts a send and its response is lost: the part may be sent twice. */
  mayBeSentTwice?: boolean;
  /** False if the fault affects all conversations: the device or the whole socket. */
  limited?: boolean;
}

const status = (code: number, retryAfter?: number): Fault =>
  retryAfter === undefined ? { kind: 'status', status: code } : { kind: 'status', status: code, retryAfter };
const reject = (body: unknown): Fault => ({ kind: 'reject', body });
const named = (code: number, retryAfter?: number, name = 'Retry-After') =>
  retryAfter === undefined ? `${code}` : `${code}, ${name} ${retryAfter} s`;

/** The faults that any upstream can have; `hint` is the name of its retry delay. */
function serverFaults(hint: string): { name: string; fault: Fault }[] {
  return [
    { name: 'refuses connections', fault: { kind: 'refuse' } },
    { name: 'hangs', fault: { kind: 'hang' } },
    { name: 'answers after 3 s', fault: { kind: 'slow', ms: 3_000 } },
    { name: 'answers garbage', fault: { kind: 'invalid-json' } },
    { name: 'half a body', fault: { kind: 'truncated' } },
    { name: 'performs, then breaks off', fault: { kind: 'response-lost' } },
    ...[500, 502, 503, 429].map((code) => ({ name: named(code), fault: status(code) })),
    ...[503, 429].map((code) => ({ name: named(code, 2, hint), fault: status(code, 2) })),
  ];
}

const gemini = serverFaults('retryDelay').map(
  ({ name, fault }): FaultCase => ({ upstream: 'gemini', name, fault, until: 'passes', promise: 'answer' }),
);
const geminiPermanent: FaultCase[] = [
  { name: 'hangs for good', fault: { kind: 'hang' } },
  { name: '503 for good', fault: status(503) },
  { name: '429 for good, retryDelay 60 s', fault: status(429, 60) },
  { name: '400', fault: status(400) },
  { name: '403', fault: status(403) },
].map(
  ({ name, fault }) =>
    ({ upstream: 'gemini', name, fault: fault as Fault, until: 'lasts', promise: 'apology' }) as const,
);

const supabase = serverFaults('Retry-After').map(
  ({ name, fault }): FaultCase => ({ upstream: 'supabase', name, fault, until: 'passes', promise: 'answer' }),
);

const fonnte = serverFaults('Retry-After').map(
  ({ name, fault }): FaultCase => ({
    upstream: 'fonnte',
    name,
    fault,
    until: 'passes',
    promise: 'answer',
    mayBeSentTwice: fault.kind === 'response-lost',
  }),
);
const transient: FaultCase[] = [
  { name: 'status false, an unknown reason', body: { status: false, reason: 'server busy', requestid: 1 } },
  { name: 'Status "false", detail', body: { Status: 'false', detail: 'please wait' } },
  { name: 'status false, no reason', body: { status: false } },
  { name: 'status missing', body: { detail: 'server busy' } },
  { name: 'device disconnected', body: { status: false, reason: 'request invalid on disconnected device' } },
].map(({ name, body }) => ({ upstream: 'fonnte', name, fault: reject(body), until: 'passes', promise: 'answer' }));
const permanent: FaultCase[] = [
  { name: 'token invalid', body: { status: false, reason: 'token invalid' } },
  { name: 'Reason "Invalid Token."', body: { Status: 'False', Reason: 'Invalid Token.' } },
  { name: 'target invalid', body: { status: false, reason: 'target invalid', requestid: 2 } },
  { name: 'insufficient quota', body: { status: false, reason: 'insufficient quota' } },
  { name: 'input invalid', body: { status: false, detail: 'input invalid' } },
].map(({ name, body }) => ({ upstream: 'fonnte', name, fault: reject(body), until: 'lasts', promise: 'dead letter' }));

/** All faults of all upstreams. */
export const FAULT_CASES: readonly FaultCase[] = [
  ...gemini,
  ...geminiPermanent,
  ...supabase,
  ...fonnte,
  ...transient,
  ...permanent,
];
