import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import t from 'tap';
import { texts } from '../../../src/texts.ts';
import { startFakeUpstreams, userNumber } from '../../support/fake-upstreams.ts';
import { buildMessageId, findMessageIds, lastQuestion } from '../../support/message-ids.ts';
import { startService } from '../../support/service.ts';

const SENDERS = 3;
const WINDOW_MS = 30;
const COMMAND = '/sumber';
const arrival = fc.record({
  sender: fc.nat({ max: SENDERS - 1 }).map(userNumber),
  isCommand: fc.nat({ max: 7 }).map((number) => number === 0),
  pauseMs: fc.oneof(fc.constant(0), fc.nat({ max: 2 * WINDOW_MS })),
  modelMs: fc.nat({ max: 3 * WINDOW_MS }),
});

t.test('whenever messages arrive, each is answered once, and replies are in their order', async (t) => {
  const upstreams = await startFakeUpstreams(t, { users: SENDERS });
  const { gemini, fonnte } = upstreams;
  const env = { COALESCE_WINDOW_MS: WINDOW_MS, RATE_LIMIT_PER_MINUTE: 1_000_000, DAILY_TOKENS_PER_USER: 0 };
  const service = await startService(t, upstreams, env);
  const modelMs = new Map<string, number>();
  gemini.scriptResponses(async (request) => {
    const ids = findMessageIds(lastQuestion(request));
    await pause(Math.max(...ids.map((id) => modelMs.get(id) ?? 0)));
    return { text: `Tentang ${ids.join(' ')}.` };
  });
  let written = 0;
  const property = fc.asyncProperty(fc.array(arrival, { minLength: 10, maxLength: 30 }), async (arrivals) => {
    const expected = new Map<string, string[]>();
    const sentBefore = fonnte.sent.length;
    for (const { sender, isCommand, pauseMs, ...next } of arrivals) {
      const id = buildMessageId(++written);
      modelMs.set(id, next.modelMs);
      const message = isCommand ? COMMAND : `Tolong catat ${id}`;
      const { status } = await service.call(fonnte.buildPayload({ sender, message }));
      if (status !== 200) throw new Error(`status ${status}`);
      expected.set(sender, [...(expected.get(sender) ?? []), isCommand ? COMMAND : id]);
      await pause(pauseMs);
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
  await fc.assert(property, { numRuns: 6 });
  t.ok(
    service.occurrences.some(({ type }) => type === 'turn.joined'),
    'some messages joined',
  );
  t.ok(fonnte.sent.length < written, 'some messages share a reply');
});
