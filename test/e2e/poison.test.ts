import { join } from 'node:path';
import t, { type Test } from 'tap';
import { texts } from '../../src/texts.ts';
import { LINKED, sentTo } from '../support/fake-upstreams.ts';
import { get } from '../support/http.ts';
import { buildAnswer, buildMessageId, findMessageIds, lastQuestion } from '../support/message-ids.ts';
import type { SpawnedProcess } from '../support/process.ts';
import { isProgressNotice } from '../support/progress-notices.ts';
import { ADMIN_KEY } from '../support/service.ts';
import { createProcessFixture, type ProcessFixture } from './process-fixture.ts';

// A start takes seconds on a busy machine.
t.setTimeout(600_000);
t.jobs = 2;

const POISON = 'Tolong buka racun ini';
const ALERTED = '6281200000050';
const OTHERS = Array.from({ length: 6 }, (_, index) => `628120000020${index}`);

t.test('a turn that kills the process is not started a fourth time, and concurrent turns are answered', async (t) => {
  const fixture = await createProcessFixture(t);
  const { upstreams } = fixture;
  addUsers(fixture);
  let crashes = 0;
  let service = await fixture.start({ ALERT_TARGETS: ALERTED }, ['npm', 'start']);
  const allAsked = Promise.withResolvers<void>();
  const asking = new Set<string>();
  upstreams.gemini.scriptResponses(async (request) => {
    const question = lastQuestion(request);
    for (const mark of findMessageIds(question)) asking.add(mark);
    if (asking.size === OTHERS.length) allAsked.resolve();
    if (!question.includes(POISON)) {
      // These turns run during the first two crashes; after that they may be answered.
      if (crashes < 2) await new Promise(() => {});
      return buildAnswer(request);
    }
    if (crashes === 0) await allAsked.promise;
    crashes += 1;
    process.kill(-Number(service.child.pid), 'SIGKILL');
    return await new Promise<never>(() => {});
  });
  const messages = OTHERS.map((sender, index) => ({ sender, text: `Tolong catat ${buildMessageId(index)} ya` }));
  const deliveries = Promise.all([
    fixture.deliver(POISON),
    ...messages.map(({ sender, text }) => fixture.deliver(text, sender)),
  ]);
  for (let died = 1; died <= 3; died++) {
    t.equal(await service.exit, 'SIGKILL', `death ${died}`);
    service = await fixture.start({ ALERT_TARGETS: ALERTED }, ['npm', 'start']);
  }
  await deliveries;
  t.match(await service.waitForLog(({ event }) => event === 'turn.dead-lettered'), {
    upstream: 'service',
    reason: 'process-died',
  });
  t.match(await upstreams.fonnte.waitForSent(({ target }) => target === ALERTED, 60_000), { message: /dead-letter/ });
  for (const sender of OTHERS) await upstreams.fonnte.waitForSent(({ target }) => target === sender, 60_000);
  t.equal(crashes, 3);
  t.same(repliesTo(fixture, LINKED), [texts.apology]);
  for (const [index, sender] of OTHERS.entries()) {
    const parts = repliesTo(fixture, sender);
    t.ok(parts.length > 0 && parts.every((part) => part.includes(buildMessageId(index))), `${sender} is answered`);
    t.equal(new Set(parts).size, parts.length, 'once');
  }
  const letters = await get(`${new URL(fixture.webhook).origin}/api/dead-letters`, { 'x-api-key': ADMIN_KEY });
  t.match(letters.body, {
    deadLetters: [{ sender: LINKED, upstream: 'service', reason: 'process-died', messages: [POISON], hasReply: false }],
  });
  t.equal((letters.body.deadLetters as unknown[]).length, 1);
  await stop(t, service);
});

t.test('a turn that exhausts the heap is not started a fourth time', async (t) => {
  const fixture = await createProcessFixture(t);
  const { gemini } = fixture.upstreams;
  await gemini.setFault({ kind: 'status', status: 508 });
  const preload = join(import.meta.dirname, 'exhaust-heap.cjs');
  const start = () =>
    fixture.start({ NODE_OPTIONS: `--max-old-space-size=256 --require "${preload}"` }, ['npm', 'start']);
  let service = await start();
  const delivery = fixture.deliver(POISON);
  for (let died = 1; died <= 3; died++) {
    t.equal(await service.exit, 'SIGABRT', `death ${died}`);
    t.match(service.stderr(), /heap out of memory/);
    service = await start();
  }
  await delivery;
  await service.waitForLog(({ event }) => event === 'turn.finished');
  t.equal(gemini.requestCount, 3);
  t.same(repliesTo(fixture, LINKED), [texts.apology]);
  await stop(t, service);
});

function addUsers({ upstreams }: ProcessFixture): void {
  const [shared] = upstreams.supabase.tables.users.filter(({ phone_number }) => phone_number === LINKED);
  if (!shared) throw new Error('the sample user is gone');
  for (const phone_number of OTHERS)
    upstreams.supabase.tables.users.push({ ...shared, id: crypto.randomUUID(), phone_number });
}

function repliesTo({ upstreams }: ProcessFixture, sender: string): string[] {
  return sentTo(upstreams, sender).filter((message) => !isProgressNotice(message));
}

async function stop(t: Test, service: SpawnedProcess): Promise<void> {
  service.child.kill('SIGTERM');
  t.equal(await service.exit, 0);
}
