import t from 'tap';
import { post } from '../support/http.ts';
import { LONG, SHORT, setStage, waitForFinishedTurns } from './process-fixture.ts';

// Two of these tests take as long as a stop may take.
t.setTimeout(600_000);

/** Maximum duration of a stop. */
const EXIT_WITHIN_MS = 25_000;

t.test(
  'a stop while Gemini hangs takes at most 25 s with exit code 0; requests get 503, and the answer follows after the start',
  async (t) => {
    const stage = await setStage(t);
    const { gemini, fonnte } = stage.world;
    const first = await stage.start();
    await gemini.setFault({ kind: 'hang' });
    await stage.deliver(SHORT);
    await gemini.waitForRequest(({ method }) => method === 'POST');
    const stoppedAt = performance.now();
    first.child.kill('SIGTERM');
    await first.logged(({ event }) => event === 'service.stopping');
    const refused = await post(stage.webhook, fonnte.buildPayload({ message: 'Masih ada?' }));
    t.match(refused, { status: 503, body: { code: 'INBOX_UNAVAILABLE' } });
    t.ok(Number(refused.headers.get('retry-after')) > 0);
    t.equal(await first.exit, 0);
    t.ok(performance.now() - stoppedAt < EXIT_WITHIN_MS, `after ${Math.round(performance.now() - stoppedAt)} ms`);
    t.same(stage.sent(), []);
    await gemini.clearFaults();
    const second = await stage.start();
    await waitForFinishedTurns(second, 1);
    t.same(stage.sent(), ['1/1']);
  },
);

t.test('a stop waits for a part on the wire, and no part is sent twice', async (t) => {
  const stage = await setStage(t);
  const { fonnte } = stage.world;
  const first = await stage.start();
  await fonnte.setFault({ kind: 'slow', ms: 3_000 }, { match: ({ path }) => path === '/send' });
  await stage.deliver(SHORT);
  await fonnte.waitForSent(() => true);
  first.child.kill('SIGTERM');
  t.equal(await first.exit, 0);
  await fonnte.clearFaults();
  await stage.store(async ({ inbox }) => t.match(await inbox.status(), { pending: 0 }));
  t.same(stage.sent(), ['1/1']);
});

t.test('a stop starts no send in its last 10 s; the remaining parts are sent once after the start', async (t) => {
  const stage = await setStage(t);
  // The second part is due within the first 10 s of the stop, the third after them.
  const first = await stage.start({ PART_INTERVAL_MS: 9_000 });
  await stage.deliver(LONG);
  await first.logged(({ event }) => event === 'part.sent');
  first.child.kill('SIGTERM');
  t.equal(await first.exit, 0);
  t.same(stage.sent(), ['1/3', '2/3']);
  const second = await stage.start();
  await waitForFinishedTurns(second, 1);
  t.same(stage.sent(), ['1/3', '2/3', '3/3']);
});
