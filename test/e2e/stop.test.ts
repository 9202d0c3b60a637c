import t from 'tap';
import { post } from '../support/http.ts';
import { createProcessFixture, LONG, SHORT, waitForFinishedTurns } from './process-fixture.ts';

// Two of these tests take as long as a stop may take.
t.setTimeout(600_000);
// They mostly wait.
t.jobs = 3;

/** Maximum duration of a stop. */
const MAX_EXIT_MS = 25_000;

t.test(
  'a stop while Gemini hangs takes at most 25 s with exit code 0; requests get 503, and the answer follows after the start',
  async (t) => {
    const fixture = await createProcessFixture(t);
    const { gemini, fonnte } = fixture.upstreams;
    const first = await fixture.start();
    await gemini.setFault({ kind: 'hang' });
    await fixture.deliver(SHORT);
    await gemini.waitForRequest(({ method }) => method === 'POST');
    const stoppedAt = performance.now();
    first.child.kill('SIGTERM');
    await first.waitForLog(({ event }) => event === 'service.stopping');
    const refused = await post(fixture.webhook, fonnte.buildPayload({ message: 'Masih ada?' }));
    t.match(refused, { status: 503, body: { code: 'INBOX_UNAVAILABLE' } });
    t.ok(Number(refused.headers.get('retry-after')) > 0);
    t.equal(await first.exit, 0);
    t.ok(performance.now() - stoppedAt < MAX_EXIT_MS, `after ${Math.round(performance.now() - stoppedAt)} ms`);
    t.same(fixture.sent(), []);
    await gemini.clearFaults();
    const second = await fixture.start();
    await waitForFinishedTurns(second, 1);
    t.same(fixture.sent(), ['1/1']);
  },
);

t.test('a stop waits for a part on the wire, and no part is sent twice', async (t) => {
  const fixture = await createProcessFixture(t);
  const { fonnte } = fixture.upstreams;
  const first = await fixture.start();
  await fonnte.setFault({ kind: 'slow', ms: 3_000 }, { match: ({ path }) => path === '/send' });
  await fixture.deliver(SHORT);
  await fonnte.waitForSent(() => true);
  first.child.kill('SIGTERM');
  t.equal(await first.exit, 0);
  await fonnte.clearFaults();
  await fixture.store(async ({ inbox }) => t.match(await inbox.status(), { pending: 0 }));
  t.same(fixture.sent(), ['1/1']);
});

t.test('a stop starts no send in its last 10 s; the remaining parts are sent once after the start', async (t) => {
  const fixture = await createProcessFixture(t);
  // The second part is due within the first 10 s of the stop, the third after them.
  const first = await fixture.start({ PART_INTERVAL_MS: 9_000 });
  await fixture.deliver(LONG);
  await first.waitForLog(({ event }) => event === 'part.sent');
  first.child.kill('SIGTERM');
  t.equal(await first.exit, 0);
  t.same(fixture.sent(), ['1/3', '2/3']);
  const second = await fixture.start();
  await waitForFinishedTurns(second, 1);
  t.same(fixture.sent(), ['1/3', '2/3', '3/3']);
});
