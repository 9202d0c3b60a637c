import t from 'tap';
import { texts } from '../../../src/texts.ts';
import { createManualClock } from '../../support/clock.ts';
import { keyOf } from '../../support/conversation.ts';
import { LINKED, OTHER_LINKED, startFakeUpstreams } from '../../support/fake-upstreams.ts';
import { type Service, startService } from '../../support/service.ts';
import { ACCEPTED, answered, DUPLICATE, waitForSequenceNumbers } from '../../support/webhook-responses.ts';

const upstreams = await startFakeUpstreams(t);
const { fonnte, gemini, supabase } = upstreams;
t.beforeEach(() => Promise.all([fonnte.reset(), gemini.reset(), supabase.reset()]));

const RATE_LIMITED = {
  status: 429,
  body: { error: 'Terlalu banyak pesan. Silakan tunggu sebentar.', code: 'RATE_LIMITED' },
};
/** No answer is stored within the test, so no reply and no notice is sent. */
const HELD = { COALESCE_WINDOW_MS: 10_000 };

const message = (sender = LINKED) => fonnte.buildPayload({ sender });
/** @returns the statuses of `count` new messages, sent one after the other */
async function statusesOf(service: Service, count: number, sender = LINKED): Promise<number[]> {
  const statuses: number[] = [];
  for (let index = 0; index < count; index += 1) statuses.push((await service.call(message(sender))).status);
  return statuses;
}
const times = (count: number, status: number) => Array.from({ length: count }, () => status);

t.test('the eleventh message of a minute is refused, with the time after which to come again', async (t) => {
  const service = await startService(t, upstreams, HELD, { now: createManualClock().now });
  t.same(await statusesOf(service, 10), times(10, 200));
  const answer = await service.call(message());
  t.same(answered(answer), RATE_LIMITED);
  t.match(answer.headers.get('retry-after'), /^[1-9]\d*$/);
  t.same(await statusesOf(service, 1, OTHER_LINKED), [200], 'another sender has a minute of their own');
});

t.test('the minute slides', async (t) => {
  const clock = createManualClock();
  const service = await startService(t, upstreams, HELD, { now: clock.now });
  t.same(await statusesOf(service, 4), times(4, 200), 'at second 0');
  clock.advance(30_000);
  t.same(await statusesOf(service, 7), [...times(6, 200), 429], 'at second 30');
  clock.advance(29_999);
  t.same(await statusesOf(service, 1), [429], 'just before second 60');
  clock.advance(1);
  t.same(await statusesOf(service, 5), [...times(4, 200), 429], 'at second 60 the first four are past');
  clock.advance(30_000);
  t.same(await statusesOf(service, 7), [...times(6, 200), 429], 'at second 90 the next six');
});

t.test('only accepted messages count: neither refused ones, nor duplicates, nor what is ignored', async (t) => {
  const clock = createManualClock();
  const service = await startService(t, upstreams, HELD, { now: clock.now });
  const first = message();
  await service.call(first);
  for (let count = 0; count < 12; count += 1) {
    await service.call(first);
    await service.call(fonnte.buildPayload({ sender: LINKED, message: 'a'.repeat(1001) }));
    await service.call(fonnte.buildPayload({ sender: LINKED, isgroup: true }));
    await service.call({ sender: LINKED });
  }
  t.same(await statusesOf(service, 10), [...times(9, 200), 429]);
  clock.advance(59_000);
  t.same(await statusesOf(service, 20), times(20, 429));
  clock.advance(1_000);
  t.same(await statusesOf(service, 11), [...times(10, 200), 429], 'refusals have not moved the minute');
});

t.test('exactly ten of thirty concurrent messages are accepted', async (t) => {
  const service = await startService(t, upstreams, HELD, { now: createManualClock().now });
  // All of them wait for one look-up, and go on together.
  await supabase.setFault({ kind: 'hang' });
  const allUnderWay = waitForSequenceNumbers(service, 30);
  const calls = Array.from({ length: 30 }, () => service.call(message()));
  await allUnderWay;
  await supabase.clearFaults();
  const statuses = (await Promise.all(calls)).map(({ status }) => status).sort();
  t.same(statuses, [...times(10, 200), ...times(20, 429)]);
  t.equal((await service.app.store.inbox.status()).pending, 10);
});

t.test('a refused message is not marked as seen: its repeat gets through later', async (t) => {
  const clock = createManualClock();
  const service = await startService(t, upstreams, HELD, { now: clock.now });
  await statusesOf(service, 10);
  const plain = fonnte.buildPayload({ sender: LINKED, inboxid: 0, timestamp: 0, message: 'ya' });
  for (const eleventh of [message(), fonnte.buildPayload({ sender: LINKED, inboxid: 0 }), plain]) {
    t.same(answered(await service.call(eleventh)), RATE_LIMITED);
    t.same(answered(await service.call(eleventh)), RATE_LIMITED, 'a repeat within the minute');
  }
  clock.advance(60_000);
  t.same(answered(await service.call(plain)), ACCEPTED);
  t.same(answered(await service.call(plain)), ACCEPTED, 'and again, as it has no id and no time');
  const dated = message();
  t.same(answered(await service.call(dated)), ACCEPTED);
  t.same(answered(await service.call(dated)), DUPLICATE);
});

t.test('a linked sender gets at most one wait notice a minute', async (t) => {
  const clock = createManualClock();
  const service = await startService(t, upstreams, { RATE_LIMIT_PER_MINUTE: 2 }, { now: clock.now });
  gemini.scriptResponses(() => ({ text: 'Jawaban.' }));
  const countNotices = () =>
    fonnte.sent.filter((sent) => sent.message === texts.rateLimited && sent.target === LINKED).length;
  t.same(await statusesOf(service, 6), [...times(2, 200), ...times(4, 429)]);
  await service.idle();
  t.equal(countNotices(), 1);
  clock.advance(59_999);
  t.same(await statusesOf(service, 1), [429]);
  await service.idle();
  t.equal(countNotices(), 1, 'not again within the minute');
  clock.advance(1);
  t.same(await statusesOf(service, 3), [...times(2, 200), 429]);
  await service.idle();
  t.equal(countNotices(), 2, 'again in the next one');
});

t.test('the notice comes before the answers that wait', async (t) => {
  const service = await startService(t, upstreams, { RATE_LIMIT_PER_MINUTE: 1, MAX_CONCURRENT_TURNS: 1 });
  gemini.scriptResponses(() => ({ text: 'Jawaban.' }));
  await gemini.setFault({ kind: 'hang' }, { match: () => true });
  await service.call(message(OTHER_LINKED));
  await gemini.waitForRequest(() => true);
  t.same(await statusesOf(service, 2), [200, 429], 'while every slot is taken');
  await gemini.clearFaults();
  await service.idle();
  const heard = fonnte.sent.filter(({ target }) => target === LINKED).map((sent) => sent.message);
  t.same(heard, [texts.rateLimited, 'Jawaban.']);
});

t.test('a sender that is identified as unlinked gets no wait notice', async (t) => {
  const service = await startService(t, upstreams, { RATE_LIMIT_PER_MINUTE: 1 });
  const stranger = keyOf('6281200000098');
  await supabase.setFault({ kind: 'status', status: 503 });
  t.same(await statusesOf(service, 2, stranger), [200, 429], 'the sender is not identified while Supabase is down');
  const notices = service.occurrences.filter(({ type }) => type === 'message.refused');
  t.match(notices, [{ code: 'RATE_LIMITED', notice: 'queued' }]);
  await supabase.clearFaults();
  await fonnte.waitForSent(({ target }) => target === stranger);
  await service.idle();
  t.same(
    fonnte.sent.filter(({ target }) => target === stranger).map((sent) => sent.message),
    [texts.notLinked],
    'but gets the notice of unlinked senders',
  );
});
