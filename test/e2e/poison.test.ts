import { join } from 'node:path';
import t, { type Test } from 'tap';
import { texts } from '../../src/texts.ts';
import { LINKED } from '../support/fake-upstreams.ts';
import { get } from '../support/http.ts';
import { buildAnswer, buildMessageId, findMessageIds, lastQuestion } from '../support/message-ids.ts';
import type { SpawnedProcess } from '../support/process.ts';
import { ADMIN_KEY } from '../support/service.ts';
import { type Stage, setStage } from './process-fixture.ts';

// A start takes seconds on a busy machine.
t.setTimeout(600_000);

const POISON = 'Tolong buka racun ini';
const ALERTED = '6281200000050';
const OTHERS = Array.from({ length: 6 }, (_, index) => `628120000020${index}`);

t.test('a turn that kills the process is not started a fourth time, and concurrent turns are answered', async (t) => {
  const stage = await setStage(t);
  const { world } = stage;
  addUsers(stage);
  let kills = 0;
  let service = await stage.start({ ALERT_TARGETS: ALERTED }, ['npm', 'start']);
  const everybodyAsked = Promise.withResolvers<void>();
  const asking = new Set<string>();
  world.gemini.scriptResponses(async (request) => {
    const question = lastQuestion(request);
    for (const mark of findMessageIds(question)) asking.add(mark);
    if (asking.size === OTHERS.length) everybodyAsked.resolve();
    if (!question.includes(POISON)) {
      // These turns run during the first two crashes; after that they may be answered.
      if (kills < 2) await new Promise(() => {});
      return buildAnswer(request);
    }
    if (kills === 0) await everybodyAsked.promise;
    kills += 1;
    process.kill(-Number(service.child.pid), 'SIGKILL');
    return await new Promise<never>(() => {});
  });
  const messages = OTHERS.map((sender, index) => ({ sender, text: `Tolong catat ${buildMessageId(index)} ya` }));
  const deliveries = Promise.all([
    stage.deliver(POISON),
    ...messages.map(({ sender, text }) => stage.deliver(text, sender)),
  ]);
  for (let died = 1; died <= 3; died++) {
    t.equal(await service.exit, 'SIGKILL', `death ${died}`);
    service = await stage.start({ ALERT_TARGETS: ALERTED }, ['npm', 'start']);
  }
  await deliveries;
  t.match(await service.logged(({ event }) => event === 'turn.dead-lettered'), {
    upstream: 'service',
    reason: 'process-died',
  });
  t.match(await world.fonnte.waitForSent(({ target }) => target === ALERTED, 60_000), { message: /dead-letter/ });
  for (const sender of OTHERS) await world.fonnte.waitForSent(({ target }) => target === sender, 60_000);
  t.equal(kills, 3);
  t.same(sentTo(stage, LINKED), [texts.apology]);
  for (const [index, sender] of OTHERS.entries()) {
    const parts = sentTo(stage, sender);
    t.ok(parts.length > 0 && parts.every((part) => part.includes(buildMessageId(index))), `${sender} is answered`);
    t.equal(new Set(parts).size, parts.length, 'once');
  }
  const letters = await get(`${new URL(stage.webhook).origin}/api/dead-letters`, { 'x-api-key': ADMIN_KEY });
  t.match(letters.body, {
    deadLetters: [{ sender: LINKED, upstream: 'service', reason: 'process-died', messages: [POISON], hasReply: false }],
  });
  t.equal((letters.body.deadLetters as unknown[]).length, 1);
  await stop(t, service);
});

t.test('a turn that exhausts the heap is not started a fourth time', async (t) => {
  const stage = await setStage(t);
  const { gemini } = stage.world;
  await gemini.setFault({ kind: 'status', status: 508 });
  const preload = join(import.meta.dirname, 'exhaust-heap.cjs');
  const start = () => stage.start({ NODE_OPTIONS: `--require "${preload}"` }, ['npm', 'start']);
  let service = await start();
  const delivery = stage.deliver(POISON);
  for (let died = 1; died <= 3; died++) {
    t.equal(await service.exit, 'SIGABRT', `death ${died}`);
    t.match(service.stderr(), /heap out of memory/);
    service = await start();
  }
  await delivery;
  await service.logged(({ event }) => event === 'turn.finished');
  t.equal(gemini.requestCount, 3);
  t.same(sentTo(stage, LINKED), [texts.apology]);
  await stop(t, service);
});

function addUsers({ world }: Stage): void {
  const [shared] = world.supabase.tables.users.filter(({ phone_number }) => phone_number === LINKED);
  if (!shared) throw new Error('the sample user is gone');
  for (const phone_number of OTHERS)
    world.supabase.tables.users.push({ ...shared, id: crypto.randomUUID(), phone_number });
}

function sentTo({ world }: Stage, sender: string): string[] {
  const messages = world.fonnte.sent.filter(({ target }) => target === sender).map(({ message }) => message);
  return messages.filter((message) => message !== texts.wait);
}

async function stop(t: Test, service: SpawnedProcess): Promise<void> {
  service.child.kill('SIGTERM');
  t.equal(await service.exit, 0);
}
