import { texts } from '../../src/texts.ts';
import { type OpenFakeUpstreams, openFakeUpstreams, userNumber } from '../support/fake-upstreams.ts';
import { makeScratchFolder } from '../support/folders.ts';
import { createLauncher, type Running } from '../support/launcher.ts';
import { buildAnswer, buildMessageId, findMessageIds, lastQuestion } from '../support/message-ids.ts';
import { freePort } from '../support/ports.ts';
import { isProgressNotice } from '../support/progress-notices.ts';
import { environmentOf, SECRET } from '../support/service.ts';
import type { FaultCase } from './fault-cases.ts';
import type { FaultResult } from './fault-row.ts';

/** The result of a turn that kills the process at each model request. */
export const KILLED_CASE: FaultCase = {
  upstream: 'gemini',
  name: 'process killed by its own turn',
  fault: { kind: 'hang' },
  until: 'lasts',
  promise: 'apology',
};

/** The user whose turn kills the process, users with concurrent turns, and a user who writes afterwards. */
const CRASHING_USER = 1;
const CONCURRENT_USERS = [2, 3, 4];
const LATER_USER = 5;
/** Number of crashes after which the turn must not start again. */
const MAX_CRASHES = 3;
/** A slower reply counts as lost. */
const REPLY_TIMEOUT_MS = 90_000;

/** Restarts the service after each crash, as PM2 does. @throws if the turn kills it more than three times */
export async function runKilledCase(): Promise<FaultResult> {
  const upstreams = await openFakeUpstreams({ users: LATER_USER + 1 });
  const port = await freePort();
  const folder = makeScratchFolder();
  const given = { DATA_DIR: folder.path, WHATSAPP_SERVER_PORT: port, LOG_LEVEL: 'info', GEMINI_TIMEOUT_MS: 60_000 };
  const launcher = createLauncher(environmentOf(upstreams, given));
  try {
    return await measure(upstreams, launcher.start, `http://127.0.0.1:${port}/webhook/whatsapp?secret=${SECRET}`);
  } finally {
    await launcher.close();
    await upstreams.close();
    folder.remove();
  }
}

async function measure(
  { fonnte, gemini }: OpenFakeUpstreams,
  start: () => Running,
  webhook: string,
): Promise<FaultResult> {
  const triedAt: number[] = [];
  const asked = new Set<string>();
  const allConcurrentAsked = Promise.withResolvers<void>();
  let service = start();
  let deadLetters = 0;
  let slowestAckMs = 0;
  gemini.scriptResponses(async (request) => {
    const ids = findMessageIds(lastQuestion(request));
    if (ids.includes(buildMessageId(CRASHING_USER))) {
      if (triedAt.length === 0) await allConcurrentAsked.promise;
      triedAt.push(performance.now());
      void service.stop('SIGKILL');
    } else {
      // These turns run during the first two crashes and are answered after them.
      if (triedAt.length >= MAX_CRASHES - 1) return buildAnswer(request);
      for (const id of ids) asked.add(id);
      if (asked.size === CONCURRENT_USERS.length) allConcurrentAsked.resolve();
    }
    return await new Promise<never>(() => {});
  });
  const write = async (user: number) => {
    const startedAt = performance.now();
    const payload = fonnte.buildPayload({
      sender: userNumber(user),
      message: `Tolong catat ${buildMessageId(user)} ya`,
    });
    await fonnte.deliver(webhook, payload, { retries: 1_000, retryEveryMs: 100 });
    slowestAckMs = Math.max(slowestAckMs, performance.now() - startedAt);
  };
  const waitForReply = (user: number) =>
    fonnte.waitForSent(
      ({ target, message }) => target === userNumber(user) && !isProgressNotice(message),
      REPLY_TIMEOUT_MS,
    );

  await service.started;
  await Promise.all([CRASHING_USER, ...CONCURRENT_USERS].map(write));
  for (let crash = 1; crash <= MAX_CRASHES; crash++) {
    await service.exited;
    service = start();
    service.onLog(({ event }) => {
      if (event === 'turn.dead-lettered') deadLetters += 1;
    });
    await service.started;
  }
  const restartedAt = performance.now();
  await Promise.all([CRASHING_USER, ...CONCURRENT_USERS].map(waitForReply));
  await write(LATER_USER);
  await waitForReply(LATER_USER);
  const recoveryMs = performance.now() - restartedAt;
  const { code } = await service.stop('SIGTERM');
  if (code !== 0 || triedAt.length > MAX_CRASHES)
    throw new Error(`the turn killed the process ${triedAt.length} times`);

  const replies = fonnte.sent.filter(({ message }) => !isProgressNotice(message));
  const isAnswered = (user: number) =>
    replies.some(({ target, message }) => target === userNumber(user) && message.includes(buildMessageId(user)));
  const users = [CRASHING_USER, ...CONCURRENT_USERS, LATER_USER];
  const answered = users.filter(isAnswered).length;
  const apologized = replies.filter(({ message }) => message === texts.apology).length;
  return {
    messages: users.length,
    answered,
    apologized,
    deadLetters,
    sentTwice: replies.length - new Set(replies.map(({ target, message }) => `${target} ${message}`)).size,
    uncertain: 0,
    lost: users.length - answered - apologized,
    recoveryMs,
    triedAt: triedAt.map((at) => at - (triedAt[0] ?? 0)),
    slowestAckMs,
    negotiated: [],
    others: { writers: CONCURRENT_USERS.length, answered: CONCURRENT_USERS.filter(isAnswered).length },
  };
}
