import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import t from 'tap';
import { texts } from '../../../../src/texts.ts';
import { createManualClock } from '../../../support/clock.ts';
import { startFakeUpstreams, userNumber } from '../../../support/fake-upstreams.ts';
import { buildMessageId, findMessageIds, lastQuestion } from '../../../support/message-ids.ts';
import { startService } from '../../../support/service.ts';

const SENDERS = 3;
/** In real time a finished answer waits this long, so that messages join on a slow machine too. */
const WINDOW_MS = 200;
const COMMAND = '/sumber';
const arrival = fc.record({
  sender: fc.nat({ max: SENDERS - 1 }).map(userNumber),
  isCommand: fc.nat({ max: 7 }).map((number) => number === 0),
  /** Time until the next message, by the clock of the service and by that of the machine. */
  gapMs: fc.oneof(fc.constant(0), fc.nat({ max: 2 * WINDOW_MS })),
  pauseMs: fc.nat({ max: 30 }),
  modelMs: fc.nat({ max: 60 }),
});

t.test('whenever messages arrive, each is answered once, and replies are in their order', async (t) => {
  const upstreams = await startFakeUpstreams(t, { users: SENDERS });
  const { gemini, fonnte } = upstreams;
  const env = { COALESCE_WINDOW_MS: WINDOW_MS, RATE_LIMIT_PER_MINUTE: 1_000_000, DAILY_TOKENS_PER_USER: 0 };
  const clock = createManualClock();
  const service = await startService(t, upstreams, env, { now: clock.now });
  const modelMs = new Map<string, number>();
  gemini.scriptResponses(async (request) => {
    const ids = findMessageIds(lastQuestion(request));
    await pause(Math.max(...ids.map((id) => modelMs.get(id) ?? 0)));
    return { text: `Tentang ${ids.join(' ')}.` };
  });
  let written = 0;
  const property = fc.asyncProperty(fc.array(arrival, { minLength: 10, maxLength: 25 }), async (arrivals) => {
    const expected = new Map<string, string[]>();
    const sentBefore = fonnte.sent.length;
    for (const { sender, isCommand, gapMs, pauseMs, ...next } of arrivals) {
      const id = buildMessageId(++written);
      modelMs.set(id, next.modelMs);
      const message = isCommand ? COMMAND : `Tolong catat ${id}`;
      const { status } = await service.call(
        fonnte.buildPayload({ sender, message, timestamp: Math.floor(clock.now() / 1000) }),
      );
      if (status !== 200) throw new Error(`status ${status}`);
      expected.set(sender, [...(expected.get(sender) ?? []), isCommand ? COMMAND : id]);
      await pause(pauseMs);
      clock.advance(gapMs);
    }
    await service.idle();
    for (const [sender, items] of expected) {
      const replies = fonnte.sent.slice(sentBefore).filter(({ target }) => target === sender);
      const answered = replies.flatMap(({ message }) =>
        message === texts.noSource ? [COMMAND] : findMessageIds(message),
      );
      if (answered.join() !== items.join()) throw new Error(`answered ${answered}, but it should be ${items}`);
    }
    const { pending } = await service.app.store.inbox.status();
    if (pending > 0) throw new Error(`${pending} messages are left`);
  });
  await fc.assert(property, { numRuns: 6, endOnFailure: true });
  // How many depends on the speed of the machine.
  t.comment(`messages joined ${service.occurrences.filter(({ type }) => type === 'turn.joined').length} times`);
  t.ok(fonnte.sent.length < written, 'some messages share a reply');
});
