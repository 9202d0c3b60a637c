import { texts } from '../../src/texts.ts';
import { type OpenFakeUpstreams, openFakeUpstreams, userNumber } from '../support/fake-upstreams.ts';
import { makeScratchFolder } from '../support/folders.ts';
import { createLauncher, type Running } from '../support/launcher.ts';
import { buildAnswer, buildMessageId, findMessageIds, lastQuestion } from '../support/message-ids.ts';
import { freePort } from '../support/ports.ts';
import { environmentOf, SECRET } from '../support/service.ts';
import type { FaultCase } from './fault-cases.ts';
import type { FaultRow } from './fault-row.ts';

/** The result of a turn that kills the process at each model request. */
export const KILLED_CASE: FaultCase = {
  upstream: 'gemini',
  name: 'process killed by its own turn',
  fault: { kind: 'hang' },
  until: 'lasts',
  promise: 'apology',
};

/** The user whose turn kills the process, users with concurrent turns, and a user who writes afterwards. */
const POISONED = 1;
const BESIDE = [2, 3, 4];
const LATER = 5;
/** Number of crashes after which the turn must not start again. */
const DEATHS = 3;
/** A slower reply counts as lost. */
const PATIENCE_MS = 90_000;

/** Restarts the service after each crash, as PM2 does. @throws if the turn kills it more than three times */
export async function killedRow(): Promise<FaultRow> {
  const world = await openFakeUpstreams({ users: LATER + 1 });
  const port = await freePort();
  const folder = makeScratchFolder();
  const given = { DATA_DIR: folder.path, WHATSAPP_SERVER_PORT: port, LOG_LEVEL: 'info', GEMINI_TIMEOUT_MS: 60_000 };
  const launcher = createLauncher(environmentOf(world, given));
  try {
    return await measure(world, launcher.start, `http://127.0.0.1:${port}/webhook/whatsapp?secret=${SECRET}`);
  } finally {
    await launcher.close();
    await world.close();
    folder.remove();
  }
}

async function measure(
  { fonnte, gemini }: OpenFakeUpstreams,
  start: () => Running,
  webhook: string,
): Promise<FaultRow> {
  const triedAt: number[] = [];
  const asked = new Set<string>();
  const allBesideAsked = Promise.withResolvers<void>();
  let service = start();
  let deadLetters = 0;
  let slowestAckMs = 0;
  gemini.scriptResponses(async (request) => {
    const marks = findMessageIds(lastQuestion(request));
    if (marks.includes(buildMessageId(POISONED))) {
      if (triedAt.length === 0) await allBesideAsked.promise;
      triedAt.push(performance.now());
      void service.stop('SIGKILL');
    } else {
      // These turns run during the first two crashes and are answered after them.
      if (triedAt.length >= DEATHS - 1) return buildAnswer(request);
      for (const mark of marks) asked.add(mark);
      if (asked.size === BESIDE.length) allBesideAsked.resolve();
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
  const served = (user: number) =>
    fonnte.waitForSent(({ target, message }) => target === userNumber(user) && message !== texts.wait, PATIENCE_MS);

  await service.started;
  await Promise.all([POISONED, ...BESIDE].map(write));
  for (let death = 1; death <= DEATHS; death++) {
    await service.exited;
    service = start();
    service.onLog(({ event }) => {
      if (event === 'turn.dead-lettered') deadLetters += 1;
    });
    await service.started;
  }
  const restartedAt = performance.now();
  await Promise.all([POISONED, ...BESIDE].map(served));
  await write(LATER);
  await served(LATER);
  const recoveryMs = performance.now() - restartedAt;
  const { code } = await service.stop('SIGTERM');
  if (code !== 0 || triedAt.length > DEATHS) throw new Error(`the turn killed the process ${triedAt.length} times`);

  const replies = fonnte.sent.filter(({ message }) => message !== texts.wait);
  const isAnswered = (user: number) =>
    replies.some(({ target, message }) => target === userNumber(user) && message.includes(buildMessageId(user)));
  const users = [POISONED, ...BESIDE, LATER];
  const answered = users.filter(isAnswered).length;
  const apologised = replies.filter(({ message }) => message === texts.apology).length;
  return {
    messages: users.length,
    answered,
    apologised,
    deadLetters,
    twice: replies.length - new Set(replies.map(({ target, message }) => `${target} ${message}`)).size,
    uncertain: 0,
    lost: users.length - answered - apologised,
    recoveryMs,
    triedAt: triedAt.map((at) => at - (triedAt[0] ?? 0)),
    slowestAckMs,
    negotiated: [],
    others: { wrote: BESIDE.length, answered: BESIDE.filter(isAnswered).length },
  };
}
