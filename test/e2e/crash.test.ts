import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t, { type Test } from 'tap';
import { one } from '../../src/store/types.ts';
import { LINKED, OTHER_LINKED } from '../support/fake-upstreams.ts';
import { buildMessageId } from '../support/message-ids.ts';
import { killService, LONG, SHORT, type Stage, setStage, waitForFinishedTurns } from './process-fixture.ts';

// A start takes seconds where the machine has other things to do.
t.setTimeout(600_000);

t.test('killed while a call waits for a look-up: FONNTE repeats it, and it is answered once', async (t) => {
  const stage = await setStage(t);
  const { world } = stage;
  const first = await stage.start();
  await world.supabase.setFault({ kind: 'hang' });
  const delivery = stage.deliver(SHORT);
  await world.supabase.waitForRequest(({ table }) => table === 'users');
  await killService(first);
  await world.supabase.clearFaults();
  const second = await stage.start();
  t.match((await delivery).bodies.at(-1), { status: 'accepted' });
  await waitForFinishedTurns(second, 1);
  await holds(t, stage, second, { sent: ['1/1'], asked: 1, session: [SHORT] });
});

t.test('killed before a message is committed: nothing of it was kept, and its repeat is accepted', async (t) => {
  const stage = await setStage(t);
  const first = await stage.start();
  const unlock = lock(stage);
  const looked = stage.world.supabase.waitForRequest(({ table }) => table === 'users');
  const delivery = stage.deliver(SHORT);
  await looked;
  await killService(first);
  unlock();
  const second = await stage.start();
  t.match((await delivery).bodies.at(-1), { status: 'accepted' });
  await waitForFinishedTurns(second, 1);
  await holds(t, stage, second, { sent: ['1/1'], asked: 1, session: [SHORT] });
});

t.test('killed before the 200 reached FONNTE: the repeat is a duplicate, and there is one reply', async (t) => {
  const stage = await setStage(t);
  const first = await stage.start({ COALESCE_WINDOW_MS: 10_000 });
  const payload = stage.world.fonnte.buildPayload({ sender: LINKED, message: SHORT });
  await stage.world.fonnte.deliver(stage.webhook, payload);
  await killService(first);
  const second = await stage.start();
  const repeat = await stage.world.fonnte.deliver(stage.webhook, payload);
  t.match(repeat.bodies, [{ success: true, status: 'duplicate' }]);
  await waitForFinishedTurns(second, 1);
  await holds(t, stage, second, { sent: ['1/1'], asked: 1, session: [SHORT] });
});

t.test('killed while Gemini answers: it is asked again, and there is one reply', async (t) => {
  const stage = await setStage(t);
  const { gemini } = stage.world;
  const first = await stage.start();
  await gemini.setFault({ kind: 'hang' });
  await stage.deliver(SHORT);
  await gemini.waitForRequest(({ method }) => method === 'POST');
  await killService(first);
  await gemini.clearFaults();
  const second = await stage.start();
  await waitForFinishedTurns(second, 1);
  await holds(t, stage, second, { sent: ['1/1'], asked: 2, session: [SHORT] });
});

t.test('killed while a stored reply waits for its retry: it is sent, and Gemini is not asked again', async (t) => {
  const stage = await setStage(t);
  const { fonnte } = stage.world;
  const first = await stage.start();
  await fonnte.setFault({ kind: 'status', status: 502 });
  await stage.deliver(SHORT);
  await first.logged(({ event, upstream }) => event === 'turn.retrying' && upstream === 'fonnte');
  await killService(first);
  await fonnte.clearFaults();
  const second = await stage.start();
  await waitForFinishedTurns(second, 1);
  await holds(t, stage, second, { sent: ['1/1'], asked: 1, session: [SHORT] });
});

t.test('killed while a part is on the wire: that part is sent twice, no other', async (t) => {
  const stage = await setStage(t);
  const { fonnte } = stage.world;
  const first = await stage.start();
  const second = fonnte.waitForSent(({ message }) => message.startsWith('(2/3)'), 60_000);
  await fonnte.setFault({ kind: 'slow', ms: 60_000 }, { match: ({ body }) => /"\(2\/3\)/.test(JSON.stringify(body)) });
  await stage.deliver(LONG);
  await second;
  await killService(first);
  await fonnte.clearFaults();
  const next = await stage.start();
  await waitForFinishedTurns(next, 1);
  await holds(t, stage, next, { sent: ['1/3', '2/3', '2/3', '3/3'], asked: 1, session: [LONG] });
});

t.test('killed between two parts: each part is sent once, in order', async (t) => {
  const stage = await setStage(t);
  const first = await stage.start({ PART_INTERVAL_MS: 60_000 });
  await stage.deliver(LONG);
  await first.logged(({ event }) => event === 'part.sent');
  // Commits keep their order: when this one is out, the part is noted.
  await stage.deliver(SHORT, OTHER_LINKED);
  await killService(first);
  const second = await stage.start();
  await waitForFinishedTurns(second, 1);
  while (stage.sent(OTHER_LINKED).length < 1)
    await stage.world.fonnte.waitForSent(({ target }) => target === OTHER_LINKED);
  t.same(stage.sent(), ['1/3', '2/3', '3/3']);
  await killService(second);
});

t.test(
  'killed when all is sent and the end not committed: the last part is sent twice, the session holds it once',
  async (t) => {
    const stage = await setStage(t);
    const { fonnte } = stage.world;
    const first = await stage.start();
    let unlock = () => {};
    // While FONNTE's answer is not out yet, so that the end can't be committed before.
    const off = fonnte.onSent(({ message }) => {
      if (message.startsWith('(3/3)')) unlock = lock(stage);
    });
    await stage.deliver(LONG);
    await first.logged(({ event, part }) => event === 'part.sent' && part === 3);
    await killService(first);
    off();
    unlock();
    const second = await stage.start();
    await waitForFinishedTurns(second, 1);
    await holds(t, stage, second, { sent: ['1/3', '2/3', '3/3', '3/3'], asked: 1, session: [LONG] });
  },
);

t.test('killed twice in one turn: what was asked comes first, and once', async (t) => {
  const stage = await setStage(t);
  const { gemini } = stage.world;
  await gemini.setFault({ kind: 'hang' });
  const texts = [1, 2].map((number) => `Tolong catat ${buildMessageId(number)} ya`);
  for (const text of texts) {
    const service = await stage.start();
    const asked = gemini.requestCount;
    await stage.deliver(text);
    while (gemini.requestCount === asked) await gemini.waitForRequest(({ number }) => number > asked);
    await killService(service);
  }
  await gemini.clearFaults();
  const last = await stage.start();
  await waitForFinishedTurns(last, 2);
  await holds(t, stage, last, { sent: ['1/1', '1/1'], session: [texts[0] ?? '', texts.slice(1).join('\n')] });
});

/** What was sent, how often Gemini was asked, and what the session holds of the user's words, when all is over. */
async function holds(
  t: Test,
  stage: Stage,
  service: { child: { kill(signal: 'SIGTERM'): boolean }; exit: Promise<number | string> },
  wanted: { sent: string[]; asked?: number; session: string[] },
): Promise<void> {
  service.child.kill('SIGTERM');
  t.equal(await service.exit, 0);
  t.same(stage.sent(), wanted.sent);
  if (wanted.asked !== undefined) t.equal(stage.world.gemini.requestCount, wanted.asked);
  await stage.store(async ({ inbox, sessions }) => {
    t.match(await inbox.status(), { pending: 0, deadLetters: 0 });
    const said = (await one(sessions.get([LINKED])))?.entries.filter(({ role }) => role === 'user') ?? [];
    t.same(
      said.map(({ content }) => content),
      wanted.session,
    );
  });
}

/** Keeps the service from committing until the returned function is called. */
function lock({ folder }: Stage): () => void {
  const database = new DatabaseSync(join(folder, 'sapa-wa.sqlite'), { timeout: 10_000 });
  database.exec('BEGIN IMMEDIATE');
  return () => database.close();
}
