import type { Fault } from '../../sandbox/faults.ts';
import type { UpstreamName } from '../../src/events.ts';

/** One thing that goes wrong with one upstream, and what is promised for it. */
export interface FaultCase {
  upstream: UpstreamName;
  name: string;
  fault: Fault;
  /** `passes`: it ends while the turns still wait; `lasts`: until every turn has ended. */
  until: 'passes' | 'lasts';
  promise: 'answer' | 'apology' | 'dead letter';
  /** True where FONNTE takes a send and its answer is lost: that send may double. */
  mayDouble?: boolean;
  /** False where the fault can't be limited to one conversation: the device, or the socket as a whole. */
  limited?: boolean;
}

const status = (code: number, retryAfter?: number): Fault =>
  retryAfter === undefined ? { kind: 'status', status: code } : { kind: 'status', status: code, retryAfter };
const reject = (body: unknown): Fault => ({ kind: 'reject', body });
const named = (code: number, retryAfter?: number, name = 'Retry-After') =>
  retryAfter === undefined ? `${code}` : `${code}, ${name} ${retryAfter} s`;

/** How an upstream can fail as a server, whichever it is; `hint` is what it calls the time to wait. */
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
const geminiForGood: FaultCase[] = [
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
    mayDouble: fault.kind === 'response-lost',
  }),
);
const transient: FaultCase[] = [
  { name: 'status false, an unknown reason', body: { status: false, reason: 'server busy', requestid: 1 } },
  { name: 'Status "false", detail', body: { Status: 'false', detail: 'please wait' } },
  { name: 'status false, no reason', body: { status: false } },
  { name: 'status missing', body: { detail: 'success! message in queue' } },
  { name: 'device disconnected', body: { status: false, reason: 'request invalid on disconnected device' } },
].map(({ name, body }) => ({ upstream: 'fonnte', name, fault: reject(body), until: 'passes', promise: 'answer' }));
const permanent: FaultCase[] = [
  { name: 'token invalid', body: { status: false, reason: 'token invalid' } },
  { name: 'Reason "Invalid Token."', body: { Status: 'False', Reason: 'Invalid Token.' } },
  { name: 'target invalid', body: { status: false, reason: 'target invalid', requestid: 2 } },
  { name: 'insufficient quota', body: { status: false, reason: 'insufficient quota' } },
  { name: 'input invalid', body: { status: false, detail: 'input invalid' } },
].map(({ name, body }) => ({ upstream: 'fonnte', name, fault: reject(body), until: 'lasts', promise: 'dead letter' }));

/** Every upstream under every fault. */
export const FAULT_CASES: readonly FaultCase[] = [
  ...gemini,
  ...geminiForGood,
  ...supabase,
  ...fonnte,
  ...transient,
  ...permanent,
];
