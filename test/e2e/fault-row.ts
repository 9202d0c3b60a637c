import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordedRequest } from '../../sandbox/fake-server.ts';
import type { GenerateRequest } from '../../sandbox/gemini.ts';
import { texts } from '../../src/texts.ts';
import { userNumber } from '../support/fake-upstreams.ts';
import { buildAnswer, buildMessageId, findMessageIds, lastQuestion } from '../support/message-ids.ts';
import { isProgressNotice } from '../support/progress-notices.ts';
import type { FaultCase } from './fault-cases.ts';
import { type InProcessService, startInProcess } from './in-process.ts';

export interface FaultResult {
  messages: number;
  answered: number;
  apologized: number;
  /** Dead letters during the fault; replayed ones count as answered. */
  deadLetters: number;
  sentTwice: number;
  /** Sends with a lost response: FONNTE may have accepted them, so they may be sent twice. */
  uncertain: number;
  lost: number;
  /** From the end of the fault to the last reply, ms. */
  recoveryMs: number;
  /** Times of the requests of one conversation to this upstream, ms after the first. */
  triedAt: number[];
  /** The slowest webhook response during the fault, ms. */
  slowestAckMs: number;
  /** Number of other users that got an answer while the fault affected a single conversation. */
  others: { writers: number; answered: number } | null;
  /** The protocols that the service negotiated with the three upstreams; empty without TLS. */
  negotiated: string[];
}

/** Number of users that write during the fault. */
const AFFECTED_USERS = 4;
const OTHER_USERS = 3;
/** The user whose conversation has the fault in the second half. */
const FAULTY_USER = AFFECTED_USERS + 1;
/** Longer than any step takes on a slow machine. */
const STEP_TIMEOUT_MS = 90_000;

/** Applies a fault twice: to all conversations for `holdMs` (or until all turns have ended), then to one conversation. */
export async function runFaultCase(faultCase: FaultCase, faultMs: number, tls: boolean): Promise<FaultResult> {
  const { until, promise } = faultCase;
  const given = {
    GEMINI_TIMEOUT_MS: 1_000,
    // Short enough to await, long enough for the turns of other users on a slow machine.
    TURN_DEADLINE_SECONDS: promise === 'apology' ? 15 : 120,
    RATE_LIMIT_PER_MINUTE: 1_000,
    DAILY_TOKENS_PER_USER: 0,
  };
  const service = await startInProcess(FAULTY_USER + OTHER_USERS + 1, given, { tls });
  try {
    const messenger = createMessenger(service);
    const calls = recordRequestTimes(service, faultCase, messenger);
    await messenger.write(0).then(() => messenger.waitForReplies(0));

    const users = Array.from({ length: AFFECTED_USERS }, (_, index) => index + 1);
    await service[faultCase.upstream].setFault(faultCase.fault);
    await Promise.all(users.map((user) => messenger.write(user)));
    if (until === 'passes') await sleep(faultMs);
    else await Promise.all(users.map((user) => messenger.waitForEnds(user)));
    await service[faultCase.upstream].clearFaults();
    const recoveryMs = await measureRecovery(service, faultCase, messenger, users);
    const others = faultCase.limited === false ? null : await runForOneUser(service, faultCase, messenger);
    const counts = await messenger.count();
    const { gemini, fonnte, supabase } = service;
    const negotiated = [
      ...new Set([gemini, fonnte, supabase].flatMap((upstream) => [...upstream.negotiatedProtocols])),
    ];
    return { ...counts, recoveryMs, triedAt: calls(userNumber(1)), others, negotiated };
  } finally {
    await service.close();
  }
}

/** Replays dead letters and waits until all messages and one more are answered. @returns the duration, ms */
async function measureRecovery(
  service: InProcessService,
  { upstream }: FaultCase,
  messenger: Messenger,
  users: readonly number[],
): Promise<number> {
  const clearedAt = performance.now();
  await replay(service);
  await Promise.all(users.map((user) => messenger.waitForReplies(user)));
  // The circuit may be open longer than these short deadlines: until it closes, an apology is the expected reply.
  while (service.app[upstream].breaker.openForMs() > 0) await sleep(100);
  await messenger.write(0);
  await messenger.waitForReplies(0);
  return performance.now() - clearedAt;
}

async function replay({ app }: InProcessService): Promise<void> {
  for (const { id, sender, hasReply } of await app.store.deadLetters.list({ limit: 100, cursor: 0 })) {
    if (!hasReply) continue;
    await app.store.deadLetters.replay(id);
    app.conversations.notify(sender);
  }
}

/** Applies the fault to one conversation. @returns the number of other users that get an answer during the fault */
async function runForOneUser(service: InProcessService, { upstream, fault, promise }: FaultCase, messenger: Messenger) {
  const number = userNumber(FAULTY_USER);
  const match = (call: RecordedRequest) => isFor(call, number, messenger);
  if (upstream === 'fonnte')
    await service.fonnte.setFault(fault, { match: (call) => call.path === '/send' && match(call) });
  else await service[upstream].setFault(fault, { match });
  await messenger.write(FAULTY_USER);
  const numbers = Array.from({ length: OTHER_USERS }, (_, index) => FAULTY_USER + 1 + index);
  const answers = numbers.map(async (other) => {
    await messenger.write(other);
    await messenger.waitForReplies(other);
  });
  await Promise.all(answers);
  const answered = numbers.filter((other) => messenger.answered(other)).length;
  if (promise === 'dead letter') await messenger.waitForEnds(FAULTY_USER);
  await service[upstream].clearFaults();
  await replay(service);
  await messenger.waitForReplies(FAULTY_USER);
  return { writers: OTHER_USERS, answered };
}

type Messenger = ReturnType<typeof createMessenger>;

/** Users who write, and their replies. */
function createMessenger(service: InProcessService) {
  const { fonnte, gemini, app } = service;
  const owners = new Map<string, string>();
  /** The newest message of each user, by its id. */
  const latest = new Map<number, string>();
  const apologies = new Set<string>();
  const answers = new Set<string>();
  /** Number of times that FONNTE accepted each text for each number. */
  const copies = new Map<string, number>();
  const changed = new Set<() => void>();
  let written = 0;
  let uncertain = 0;
  let messages = 0;
  let deadLetters = 0;
  let slowestAckMs = 0;
  gemini.scriptResponses(buildAnswer);
  const notifyWaiters = () => {
    for (const check of changed) check();
  };
  fonnte.onSent(({ target, message }) => {
    if (!isProgressNotice(message)) copies.set(`${target} ${message}`, (copies.get(`${target} ${message}`) ?? 0) + 1);
    if (message === texts.apology) apologies.add(target);
    // A long answer has three parts and is complete with the last one.
    if (!/^\([12]\/3\)/.test(message)) for (const mark of findMessageIds(message)) answers.add(mark);
    notifyWaiters();
  });
  service.onEvent(({ type }) => {
    if (type === 'part.uncertain') uncertain += 1;
    if (type === 'turn.dead-lettered') deadLetters += 1;
    if (type === 'turn.dead-lettered') notifyWaiters();
  });
  const when = async (matches: () => boolean | Promise<boolean>, what: string) => {
    const deadline = performance.now() + STEP_TIMEOUT_MS;
    while (!(await matches())) {
      if (performance.now() > deadline) throw new Error(`${what}: not within ${STEP_TIMEOUT_MS} ms`);
      const { promise, resolve } = Promise.withResolvers<void>();
      changed.add(resolve);
      await Promise.race([promise, sleep(200)]);
      changed.delete(resolve);
    }
  };
  const answered = (user: number) => answers.has(latest.get(user) ?? '');
  const apologized = (user: number) => apologies.has(userNumber(user));
  const dead = async (user: number) =>
    (await app.store.deadLetters.list({ limit: 100, cursor: 0 })).some(({ sender }) => sender === userNumber(user));
  return {
    ownerOf: (mark: string) => owners.get(mark),
    answered,
    /** Sends a message; resolves when the response is 200. */
    async write(user: number) {
      written += 1;
      messages += 1;
      const mark = buildMessageId(written);
      owners.set(mark, userNumber(user));
      latest.set(user, mark);
      const startedAt = performance.now();
      const payload = fonnte.buildPayload({ sender: userNumber(user), message: `Tolong catat ${mark} ya` });
      await fonnte.deliver(service.webhook, payload, { retryEveryMs: 100, timeoutMs: STEP_TIMEOUT_MS });
      slowestAckMs = Math.max(slowestAckMs, performance.now() - startedAt);
    },
    /** The newest message has an answer or an apology. */
    waitForReplies: (user: number) => when(() => answered(user) || apologized(user), `user ${user} is served`),
    /** The turn of the newest message has ended, with any result. */
    waitForEnds: (user: number) =>
      when(async () => answered(user) || (await dead(user)), `the turn of user ${user} ends`),
    async count() {
      await when(async () => (await app.store.inbox.status()).pending === 0, 'nothing is pending');
      const unansweredUsers = [...owners].filter(([mark, owner]) => !answers.has(mark) && !apologies.has(owner));
      return {
        messages,
        answered: answers.size,
        apologized: apologies.size,
        deadLetters,
        sentTwice: [...copies.values()].reduce((sum, count) => sum + count - 1, 0),
        uncertain,
        lost: unansweredUsers.length,
        slowestAckMs,
      };
    },
  };
}

/** @returns the times, ms after the first, of the requests for one number while all conversations had the fault */
function recordRequestTimes(
  service: InProcessService,
  { upstream }: FaultCase,
  messenger: Messenger,
): (number: string) => number[] {
  const seen: { at: number; call: RecordedRequest }[] = [];
  const note = (call: RecordedRequest) => void seen.push({ at: performance.now(), call });
  service[upstream].onRequest(note);
  return (number) => {
    const own = seen.filter(({ call }) => call.path !== '/typing' && isFor(call, number, messenger));
    return own.map(({ at }) => at - (own[0]?.at ?? 0));
  };
}

/** @returns whether a request to any upstream is for this number */
function isFor(call: RecordedRequest, number: string, messenger: Messenger): boolean {
  const { path, body } = call;
  // A request without a user.
  if (path === '/device') return false;
  if (path === '/send' || path === '/typing') return (body as { target?: string }).target === number;
  // The query contains the number in several forms, or its digits with wildcards between them.
  if ('table' in call)
    return [...call.query.values()].some((value) => value.replaceAll('*', '').includes(number.slice(2)));
  return findMessageIds(lastQuestion(body as GenerateRequest)).some((mark) => messenger.ownerOf(mark) === number);
}
