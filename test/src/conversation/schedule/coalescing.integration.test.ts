import t, { type Test } from 'tap';
import { unfenced } from '../../../../sandbox/rule-based-model.ts';
import { senderOf } from '../../../../src/conversation-key.ts';
import { one } from '../../../../src/store/types.ts';
import { texts } from '../../../../src/texts.ts';
import { createManualClock } from '../../../support/clock.ts';
import { LINKED, startFakeUpstreams } from '../../../support/fake-upstreams.ts';
import { ADMIN_KEY, startService } from '../../../support/service.ts';

const WINDOW_MS = 10_000;

/** A conversation on a clock that only the test moves. The model answers a question with itself, after `gate`. */
async function startConversation(t: Test, given: Record<string, unknown> = {}) {
  const upstreams = await startFakeUpstreams(t);
  const { gemini, fonnte } = upstreams;
  const clock = createManualClock();
  const env = { COALESCE_WINDOW_MS: WINDOW_MS, RATE_LIMIT_PER_MINUTE: 1_000, ...given };
  const service = await startService(t, upstreams, env, { now: clock.now });
  const gate = Promise.withResolvers<void>();
  t.teardown(gate.resolve);
  gemini.scriptResponses(async ({ contents }) => {
    const question = unfenced(contents.at(-1)?.parts?.[0]?.text ?? '');
    await gate.promise;
    return { text: `tentang ${question.replaceAll('\n', '+')}` };
  });
  const say = async (message: string, more: object = {}) => {
    const timestamp = Math.floor(clock.now() / 1000);
    const { status } = await service.call(fonnte.buildPayload({ sender: LINKED, message, timestamp, ...more }));
    t.equal(status, 200, message);
  };
  return {
    ...upstreams,
    service,
    clock,
    say,
    /** The next requests are answered, and the window of every message so far has passed. */
    answer() {
      clock.advance(3 * WINDOW_MS + 1);
      gate.resolve();
    },
    /** Resolves when the model was asked `count` times. */
    asked: (count: number) => gemini.waitForRequest(({ number }) => number === count),
    questions: () =>
      gemini.requests.map(({ body }) => {
        const { contents } = body as { contents: { parts: { text: string }[] }[] };
        return unfenced(contents.at(-1)?.parts[0]?.text ?? '');
      }),
    sent: () => fonnte.sent.map(({ message }) => message),
  };
}

t.test(
  'a message within the window joins the running turn: one reply, and the first request is cancelled',
  async (t) => {
    const { say, asked, answer, clock, service, gemini, fonnte, questions, sent } = await startConversation(t);
    const cancelled = Promise.withResolvers<number | undefined>();
    gemini.onResponse(({ number, status }) => number === 1 && cancelled.resolve(status));
    await say('satu');
    await asked(1);
    clock.advance(WINDOW_MS);
    await say('dua');
    await asked(2);
    t.equal(await cancelled.promise, 0, 'no response was sent');
    t.match(await service.waitForEvent('turn.joined'), { seqs: { length: 2 } });
    answer();
    await service.waitForEvent('turn.finished');
    await service.idle();
    t.same(questions(), ['satu', 'satu\ndua']);
    t.same(sent(), ['tentang satu+dua']);
    const last = fonnte.requests.filter(({ path }) => path === '/send').at(-1);
    t.ok(Number((last?.body as { inboxid?: string } | undefined)?.inboxid) > 0, 'the last message is quoted');
    const session = await one(service.app.store.sessions.get([LINKED]));
    t.match(session?.entries, [{ content: 'satu\ndua' }, { content: 'tentang satu+dua' }]);
    const calls = service.occurrences.flatMap((event) => (event.type === 'model.called' ? [event.outcome] : []));
    t.same(calls, ['aborted', 'ok']);
    t.equal(service.app.gemini.breaker.state(), 'closed');
  },
);

t.test('messages join until three windows after the first; later ones form the next turn', async (t) => {
  const { say, asked, answer, clock, questions, sent, service } = await startConversation(t);
  for (const [index, text] of ['satu', 'dua', 'tiga', 'empat'].entries()) {
    if (index > 0) clock.advance(WINDOW_MS);
    await say(text);
    await asked(index + 1);
  }
  clock.advance(1);
  await say('lima');
  await say('enam');
  answer();
  await service.waitForEvent('turn.finished');
  await service.idle();
  t.same(sent(), ['tentang satu+dua+tiga+empat', 'tentang lima+enam']);
  t.equal(questions().length, 5);
});

t.test('a message after the window does not join, although the turn runs', async (t) => {
  const { say, asked, answer, clock, questions, sent, service } = await startConversation(t);
  await say('satu');
  await asked(1);
  clock.advance(WINDOW_MS + 1);
  await say('dua');
  answer();
  await service.waitForEvent('turn.finished');
  await service.idle();
  t.same(sent(), ['tentang satu', 'tentang dua']);
  t.same(questions(), ['satu', 'dua'], 'the first request was not cancelled');
});

t.test('a finished answer waits for the rest of the window, and a message joins until then', async (t) => {
  const { say, asked, clock, gemini, sent, service } = await startConversation(t);
  gemini.scriptResponses([{ text: 'terlalu dini' }]);
  await say('satu');
  await service.waitForEvent('model.called');
  gemini.scriptResponses(async () => {
    clock.advance(WINDOW_MS + 1);
    return { text: 'lengkap' };
  });
  await say('dua');
  await asked(2);
  await service.waitForEvent('turn.finished');
  await service.idle();
  t.same(sent(), ['lengkap']);
});

t.test('no reply is stored before the window has passed', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams, { COALESCE_WINDOW_MS: 500 });
  upstreams.gemini.scriptResponses(() => ({ text: 'ya' }));
  const calledAt = Date.now();
  await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: 'Halo' }));
  const { at } = await service.waitForEvent('turn.reply-stored');
  // A timer may fire a millisecond early.
  t.ok(at - calledAt >= 499, `stored after ${at - calledAt} ms`);
});

t.test('a message that is stored while the reply is being stored joins: the store decides', async (t) => {
  const { say, answer, service, questions, sent, clock } = await startConversation(t);
  const { turns } = service.app.store;
  const { saveReply } = turns;
  turns.saveReply = (replies) => {
    turns.saveReply = saveReply;
    clock.advance(-3 * WINDOW_MS);
    // The message is in the store when the reply arrives there.
    const saved = say('dua').then(() => one(saveReply(replies)));
    return [saved.finally(() => clock.advance(3 * WINDOW_MS))];
  };
  await say('satu');
  answer();
  await service.waitForEvent('turn.finished');
  await service.idle();
  t.same(sent(), ['tentang satu+dua']);
  t.same(questions(), ['satu', 'satu\ndua']);
});

t.test('a message after the stored reply forms the next turn', async (t) => {
  const { say, asked, answer, clock, fonnte, service, sent } = await startConversation(t);
  await fonnte.setFault({ kind: 'slow', ms: 300 }, { match: ({ path }) => path === '/send', times: 1 });
  await say('satu');
  await asked(1);
  clock.advance(WINDOW_MS);
  const stored = service.waitForEvent('turn.reply-stored');
  answer();
  await stored;
  clock.advance(-3 * WINDOW_MS);
  await say('dua');
  clock.advance(3 * WINDOW_MS);
  await service.waitForEvent('turn.finished');
  await service.idle();
  t.same(sent(), ['tentang satu', 'tentang dua']);
});

t.test('a message that is stored late, because of its look-up, joins the turn of a later one', async (t) => {
  const { say, asked, answer, questions, supabase, sent, service } = await startConversation(t);
  await supabase.setFault({ kind: 'hang' }, { times: 1 });
  const first = say('pertama');
  await supabase.waitForRequest(() => true);
  service.app.supabase.forget(senderOf(LINKED));
  await say('kedua');
  await asked(1);
  await supabase.clearFaults();
  await first;
  await asked(2);
  answer();
  await service.waitForEvent('turn.finished');
  await service.idle();
  t.same(sent(), ['tentang pertama+kedua']);
  t.same(questions(), ['kedua', 'pertama\nkedua']);
});

t.test('a command ends the turn before it, and neither it nor what follows joins', async (t) => {
  const { say, asked, answer, questions, sent, service } = await startConversation(t);
  await say('satu');
  await asked(1);
  await say('/reset');
  await say('dua');
  answer();
  await service.waitForEvent('turn.finished');
  await service.idle();
  t.same(sent(), ['tentang satu', texts.reset, 'tentang dua']);
  t.same(questions(), ['satu', 'dua']);
});

t.test('a message behind a notice does not join: replies stay in order', async (t) => {
  const { say, asked, answer, fonnte, service, sent } = await startConversation(t);
  await say('satu');
  await asked(1);
  const payload = fonnte.buildPayload({ sender: LINKED, message: 'x'.repeat(1001) });
  t.equal((await service.call(payload)).status, 400);
  await say('dua');
  answer();
  await service.waitForEvent('turn.finished');
  await service.idle();
  t.match(sent(), ['tentang satu', /1\.000|1000/, 'tentang dua']);
});

t.test('a place joins like a text, while a tool runs', async (t) => {
  const { say, answer, gemini, supabase, service, sent } = await startConversation(t);
  gemini.scriptResponses([{ functionCalls: [{ name: 'budget_summary' }] }]);
  await supabase.setFault({ kind: 'hang' }, { match: ({ table }) => table !== 'users' });
  await say('tolong periksa');
  await supabase.waitForRequest(({ table }) => table !== 'users');
  await say('non-text message', { type: '', location: '-6.2607,106.8134', url: null });
  await gemini.waitForRequest(({ body }) => JSON.stringify(body).includes('-6.2607'));
  answer();
  await supabase.clearFaults();
  await service.waitForEvent('turn.finished');
  await service.idle();
  t.equal(sent().length, 1);
  t.match(sent()[0], /^tentang tolong periksa\+.*-6\.2607/);
});

t.test('a message joins while data is read before the first request', async (t) => {
  const { say, answer, gemini, supabase, service, sent } = await startConversation(t);
  await supabase.setFault({ kind: 'hang' }, { match: ({ table }) => table !== 'users' });
  await say('berapa pagu saya?');
  await supabase.waitForRequest(({ table }) => table !== 'users');
  await say('maksud saya, kode Q');
  await gemini.waitForRequest(({ body }) => JSON.stringify(body).includes('kode Q'));
  answer();
  await supabase.clearFaults();
  await service.waitForEvent('turn.finished');
  await service.idle();
  t.same(sent(), ['tentang berapa pagu saya?+maksud saya, kode Q']);
  t.equal(gemini.requests.length, 1);
});

t.test('a message joins a turn that waits for a retry', async (t) => {
  const { say, answer, gemini, service, sent } = await startConversation(t, { COALESCE_WINDOW_MS: 300 });
  await gemini.setFault({ kind: 'status', status: 503 }, { times: 2 });
  await say('satu');
  await service.waitForEvent('turn.retrying');
  await say('dua');
  answer();
  await service.waitForEvent('turn.finished');
  await service.idle();
  t.same(sent(), ['tentang satu+dua']);
});

t.test('a permanent rejection waits for the window too: one apology for all messages', async (t) => {
  const { say, clock, gemini, service, sent } = await startConversation(t);
  await gemini.setFault({ kind: 'status', status: 403 });
  await say('satu');
  await service.waitForEvent('model.called');
  gemini.onRequest(() => clock.advance(WINDOW_MS + 1));
  await say('dua');
  await service.waitForEvent('turn.dead-lettered');
  await service.idle();
  t.same(sent(), [texts.apology]);
  t.match(await service.app.store.deadLetters.list({ limit: 9, cursor: 0 }), [{ messages: ['satu', 'dua'] }]);
});

t.test('at the deadline a finished answer is sent, although the window is open', async (t) => {
  const { say, gemini, service, sent } = await startConversation(t, { TURN_DEADLINE_SECONDS: 5 });
  gemini.scriptResponses(() => ({ text: 'tepat waktu' }));
  await say('satu');
  await service.waitForEvent('turn.finished');
  t.same(sent(), ['tepat waktu']);
});

t.test('a shutdown ends the window', async (t) => {
  const { say, gemini, service, sent } = await startConversation(t);
  gemini.scriptResponses(() => ({ text: 'sebelum berhenti' }));
  const startedAt = performance.now();
  await say('satu');
  await service.waitForEvent('model.called');
  await service.close();
  t.same(sent(), ['sebelum berhenti']);
  t.ok(performance.now() - startedAt < WINDOW_MS);
});

t.test(
  'a conversation that is deleted while the model answers: the request is cancelled, nothing is sent',
  async (t) => {
    const { say, asked, gemini, service, sent } = await startConversation(t);
    const cancelled = Promise.withResolvers<number | undefined>();
    gemini.onResponse(({ status }) => cancelled.resolve(status));
    await say('satu');
    await asked(1);
    const headers = { 'x-api-key': ADMIN_KEY };
    const { status } = await fetch(`${service.url}/api/conversations/${LINKED}`, { method: 'DELETE', headers });
    t.equal(status, 204);
    t.equal(await cancelled.promise, 0);
    await service.idle();
    t.same(sent(), []);
    t.equal((await service.app.store.inbox.status()).pending, 0);
  },
);

t.test('without a window no message joins, and no answer waits', async (t) => {
  const { say, asked, answer, questions, sent, service } = await startConversation(t, { COALESCE_WINDOW_MS: 0 });
  await say('satu');
  await asked(1);
  await say('dua');
  answer();
  await service.waitForEvent('turn.finished');
  await service.idle();
  t.same(sent(), ['tentang satu', 'tentang dua']);
  t.same(questions(), ['satu', 'dua']);
});

t.test('a turn that used up the token budget is answered again with the message that joins it', async (t) => {
  const { say, clock, gemini, service, sent } = await startConversation(t, { DAILY_TOKENS_PER_USER: 100 });
  gemini.scriptResponses(({ contents }) => {
    const isJoined = JSON.stringify(contents).includes('dua');
    if (isJoined) clock.advance(3 * WINDOW_MS + 1);
    return { text: isJoined ? 'keduanya' : 'yang pertama', usage: { totalTokenCount: 100 } };
  });
  await say('satu');
  await service.waitForEvent('model.called');
  await say('dua');
  await service.idle();
  t.same(sent(), ['keduanya']);
});
