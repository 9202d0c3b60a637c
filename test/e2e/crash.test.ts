import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t, { type Test } from 'tap';
import { one } from '../../src/store/types.ts';
import { LINKED, OTHER_LINKED } from '../support/fake-upstreams.ts';
import { buildMessageId } from '../support/message-ids.ts';
import {
  createProcessFixture,
  killService,
  LONG,
  type ProcessFixture,
  SHORT,
  waitForFinishedTurns,
} from './process-fixture.ts';

// A start takes seconds on a busy machine.
t.setTimeout(600_000);
t.jobs = 2;

t.test('after a kill during the user lookup, the repeated delivery is answered once', async (t) => {
  const fixture = await createProcessFixture(t);
  const { upstreams } = fixture;
  const first = await fixture.start();
  await upstreams.supabase.setFault({ kind: 'hang' });
  const delivery = fixture.deliver(SHORT);
  await upstreams.supabase.waitForRequest(({ table }) => table === 'users');
  await killService(first);
  await upstreams.supabase.clearFaults();
  const second = await fixture.start();
  t.match((await delivery).bodies.at(-1), { status: 'accepted' });
  await waitForFinishedTurns(second, 1);
  await holds(t, fixture, second, { sent: ['1/1'], asked: 1, session: [SHORT] });
});

t.test('after a kill before the commit, nothing is stored and the repeated delivery is accepted', async (t) => {
  const fixture = await createProcessFixture(t);
  const first = await fixture.start();
  const unlock = lockDatabase(fixture);
  const lookedUp = fixture.upstreams.supabase.waitForRequest(({ table }) => table === 'users');
  const delivery = fixture.deliver(SHORT);
  await lookedUp;
  await killService(first);
  unlock();
  const second = await fixture.start();
  t.match((await delivery).bodies.at(-1), { status: 'accepted' });
  await waitForFinishedTurns(second, 1);
  await holds(t, fixture, second, { sent: ['1/1'], asked: 1, session: [SHORT] });
});

t.test('after a kill between commit and response, the repeated delivery is a duplicate with one reply', async (t) => {
  const fixture = await createProcessFixture(t);
  const first = await fixture.start({ COALESCE_WINDOW_MS: 10_000 });
  const payload = fixture.upstreams.fonnte.buildPayload({ sender: LINKED, message: SHORT });
  await fixture.upstreams.fonnte.deliver(fixture.webhook, payload);
  await killService(first);
  const second = await fixture.start();
  const repeat = await fixture.upstreams.fonnte.deliver(fixture.webhook, payload);
  t.match(repeat.bodies, [{ success: true, status: 'duplicate' }]);
  await waitForFinishedTurns(second, 1);
  await holds(t, fixture, second, { sent: ['1/1'], asked: 1, session: [SHORT] });
});

t.test('after a kill during the model request, Gemini is called again and one reply is sent', async (t) => {
  const fixture = await createProcessFixture(t);
  const { gemini } = fixture.upstreams;
  const first = await fixture.start();
  await gemini.setFault({ kind: 'hang' });
  await fixture.deliver(SHORT);
  await gemini.waitForRequest(({ method }) => method === 'POST');
  await killService(first);
  await gemini.clearFaults();
  const second = await fixture.start();
  await waitForFinishedTurns(second, 1);
  await holds(t, fixture, second, { sent: ['1/1'], asked: 2, session: [SHORT] });
});

t.test('after a kill during the model request for two messages, both are answered together', async (t) => {
  const fixture = await createProcessFixture(t);
  const { gemini } = fixture.upstreams;
  // Long enough for two deliveries on a slow machine.
  const window = { COALESCE_WINDOW_MS: 10_000 };
  const first = await fixture.start(window);
  await gemini.setFault({ kind: 'hang' });
  const texts = [1, 2].map((number) => `Tolong catat ${buildMessageId(number)} ya`);
  for (const [index, text] of texts.entries()) {
    await fixture.deliver(text);
    await gemini.waitForRequest(({ number }) => number > index);
  }
  await killService(first);
  await gemini.clearFaults();
  // Without a window no message can join: the stored set of messages decides.
  const second = await fixture.start();
  await waitForFinishedTurns(second, 1);
  await holds(t, fixture, second, { sent: ['1/1'], asked: 3, session: [texts.join('\n')] });
});

t.test('after a kill before a message joined, it joins the turn that starts again', async (t) => {
  const fixture = await createProcessFixture(t);
  const { gemini } = fixture.upstreams;
  await gemini.setFault({ kind: 'hang' });
  const texts = [1, 2].map((number) => `Tolong catat ${buildMessageId(number)} ya`);
  // Without a window the second message waits for the next turn.
  const first = await fixture.start();
  for (const text of texts) await fixture.deliver(text);
  await gemini.waitForRequest(({ method }) => method === 'POST');
  await killService(first);
  await fixture.store(async ({ turns }) => {
    const next = await one(turns.loadNext([{ sender: LINKED, limit: 9 }]));
    t.match(next, { open: { messages: { length: 1 } }, waiting: { length: 1 } });
  });
  await gemini.clearFaults();
  const last = await fixture.start({ COALESCE_WINDOW_MS: 10_000 });
  await waitForFinishedTurns(last, 1);
  await holds(t, fixture, last, { sent: ['1/1'], session: [texts.join('\n')] });
});

t.test('after a kill during a retry delay, the stored reply is sent without another model request', async (t) => {
  const fixture = await createProcessFixture(t);
  const { fonnte } = fixture.upstreams;
  const first = await fixture.start();
  await fonnte.setFault({ kind: 'status', status: 502 });
  await fixture.deliver(SHORT);
  await first.waitForLog(({ event, upstream }) => event === 'turn.retrying' && upstream === 'fonnte');
  await killService(first);
  await fonnte.clearFaults();
  const second = await fixture.start();
  await waitForFinishedTurns(second, 1);
  await holds(t, fixture, second, { sent: ['1/1'], asked: 1, session: [SHORT] });
});

t.test('after a kill during a send, only this part is sent twice', async (t) => {
  const fixture = await createProcessFixture(t);
  const { fonnte } = fixture.upstreams;
  const first = await fixture.start();
  const second = fonnte.waitForSent(({ message }) => message.startsWith('(2/3)'), 60_000);
  await fonnte.setFault({ kind: 'slow', ms: 60_000 }, { match: ({ body }) => /"\(2\/3\)/.test(JSON.stringify(body)) });
  await fixture.deliver(LONG);
  await second;
  await killService(first);
  await fonnte.clearFaults();
  const next = await fixture.start();
  await waitForFinishedTurns(next, 1);
  await holds(t, fixture, next, { sent: ['1/3', '2/3', '2/3', '3/3'], asked: 1, session: [LONG] });
});

t.test('after a kill between two parts, each part is sent once and in order', async (t) => {
  const fixture = await createProcessFixture(t);
  const first = await fixture.start({ PART_INTERVAL_MS: 60_000 });
  await fixture.deliver(LONG);
  await first.waitForLog(({ event }) => event === 'part.sent');
  // Commits keep their order: after this one, the part is recorded.
  await fixture.deliver(SHORT, OTHER_LINKED);
  await killService(first);
  const second = await fixture.start();
  await waitForFinishedTurns(second, 1);
  while (fixture.sent(OTHER_LINKED).length < 1)
    await fixture.upstreams.fonnte.waitForSent(({ target }) => target === OTHER_LINKED);
  t.same(fixture.sent(), ['1/3', '2/3', '3/3']);
  await killService(second);
});

t.test(
  'after a kill before the final commit, the last part is sent twice and the session contains it once',
  async (t) => {
    const fixture = await createProcessFixture(t);
    const { fonnte } = fixture.upstreams;
    const first = await fixture.start();
    let unlock = () => {};
    // Kill before FONNTE responds, so that the end of the turn is not committed.
    const off = fonnte.onSent(({ message }) => {
      if (message.startsWith('(3/3)')) unlock = lockDatabase(fixture);
    });
    await fixture.deliver(LONG);
    await first.waitForLog(({ event, part }) => event === 'part.sent' && part === 3);
    await killService(first);
    off();
    unlock();
    const second = await fixture.start();
    await waitForFinishedTurns(second, 1);
    await holds(t, fixture, second, { sent: ['1/3', '2/3', '3/3', '3/3'], asked: 1, session: [LONG] });
  },
);

t.test('after two kills in one turn, each message is answered once and in order', async (t) => {
  const fixture = await createProcessFixture(t);
  const { gemini } = fixture.upstreams;
  await gemini.setFault({ kind: 'hang' });
  const texts = [1, 2].map((number) => `Tolong catat ${buildMessageId(number)} ya`);
  for (const text of texts) {
    const service = await fixture.start();
    const asked = gemini.requestCount;
    await fixture.deliver(text);
    while (gemini.requestCount === asked) await gemini.waitForRequest(({ number }) => number > asked);
    await killService(service);
  }
  await gemini.clearFaults();
  const last = await fixture.start();
  await waitForFinishedTurns(last, 2);
  await holds(t, fixture, last, { sent: ['1/1', '1/1'], session: [texts[0] ?? '', texts.slice(1).join('\n')] });
});

/** @returns the sent parts, the number of model requests and the user's messages in the session, after all turns */
async function holds(
  t: Test,
  fixture: ProcessFixture,
  service: { child: { kill(signal: 'SIGTERM'): boolean }; exit: Promise<number | string> },
  wanted: { sent: string[]; asked?: number; session: string[] },
): Promise<void> {
  service.child.kill('SIGTERM');
  t.equal(await service.exit, 0);
  t.same(fixture.sent(), wanted.sent);
  if (wanted.asked !== undefined) t.equal(fixture.upstreams.gemini.requestCount, wanted.asked);
  await fixture.store(async ({ inbox, sessions }) => {
    t.match(await inbox.status(), { pending: 0, deadLetters: 0 });
    const said = (await one(sessions.get([LINKED])))?.entries.filter(({ role }) => role === 'user') ?? [];
    t.same(
      said.map(({ content }) => content),
      wanted.session,
    );
  });
}

/** Locks the database until the returned function is called, so that the service cannot commit. */
function lockDatabase({ folder }: ProcessFixture): () => void {
  const database = new DatabaseSync(join(folder, 'sapa-wa.sqlite'), { timeout: 10_000 });
  database.exec('BEGIN IMMEDIATE');
  return () => database.close();
}
