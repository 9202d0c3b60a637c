import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { senderOf } from '../../../src/conversation-key.ts';
import { texts } from '../../../src/texts.ts';
import { LINKED, OTHER_LINKED, sentTo, startFakeUpstreams, UNLINKED } from '../../support/fake-upstreams.ts';
import { scratchFolder } from '../../support/folders.ts';
import { get, post } from '../../support/http.ts';
import { PASSING_PROBLEMS } from '../../support/passing-problems.ts';
import { type Service, startService } from '../../support/service.ts';
import { ACCEPTED, answered, DUPLICATE } from '../../support/webhook-responses.ts';

const upstreams = await startFakeUpstreams(t);
const { fonnte, gemini, supabase } = upstreams;
t.beforeEach(() => Promise.all([fonnte.reset(), gemini.reset(), supabase.reset()]));

const INBOX_UNAVAILABLE = {
  status: 503,
  body: { error: 'Layanan sedang tidak dapat menerima pesan.', code: 'INBOX_UNAVAILABLE' },
};
const HELD = { COALESCE_WINDOW_MS: 10_000 };
const supabaseCalls = ({ occurrences }: Service) =>
  occurrences.filter((event) => event.type === 'upstream.called' && event.upstream === 'supabase');

t.test('Supabase hangs: after 2 s the message is accepted, and identified in its turn', async (t) => {
  const service = await startService(t, upstreams);
  gemini.scriptResponses(() => ({ text: 'Jawaban.' }));
  await supabase.setFault({ kind: 'hang' });
  const startedAt = performance.now();
  t.same(answered(await service.call(fonnte.buildPayload({ sender: LINKED }))), ACCEPTED);
  t.ok(performance.now() - startedAt >= 1_900, 'it was waited for');
  t.same(supabaseCalls(service), [], 'but not to its end');
  t.match(await service.waitForEvent('message.accepted'), { waitedForIdentity: true });
  await supabase.clearFaults();
  await service.idle();
  t.same(sentTo(upstreams, LINKED), ['Jawaban.']);
});

t.test('however Supabase fails, the message is accepted, and whose it is is seen in its turn', async (t) => {
  const faults = [
    { kind: 'status', status: 503 },
    ...Object.values(PASSING_PROBLEMS).flat(),
    { kind: 'invalid-json' },
    { kind: 'truncated' },
    { kind: 'refuse' },
  ] as const;
  for (const fault of faults) {
    await Promise.all([fonnte.reset(), supabase.reset()]);
    const service = await startService(t, upstreams);
    gemini.scriptResponses(() => ({ text: 'Jawaban.' }));
    await supabase.setFault(fault);
    for (const sender of [LINKED, UNLINKED]) {
      t.same(
        answered(await service.call(fonnte.buildPayload({ sender }))),
        ACCEPTED,
        `${JSON.stringify(fault)} ${sender}`,
      );
    }
    await supabase.clearFaults();
    await service.idle();
    t.same(sentTo(upstreams, LINKED), ['Jawaban.'], JSON.stringify(fault));
    t.same(sentTo(upstreams, UNLINKED), [texts.notLinked], JSON.stringify(fault));
    t.match((await get(`${service.url}/api/health`)).body, { checks: { supabase: 'ok' } }, JSON.stringify(fault));
    await service.close();
  }
});

t.test('a rejected key or a stale schema cache delays the turn and makes no dead letter', async (t) => {
  for (const [word, [fault]] of Object.entries(PASSING_PROBLEMS)) {
    await Promise.all([fonnte.reset(), supabase.reset()]);
    const service = await startService(t, upstreams);
    gemini.scriptResponses(() => ({ text: 'Jawaban.' }));
    await supabase.setFault(fault);
    t.same(answered(await service.call(fonnte.buildPayload({ sender: LINKED }))), ACCEPTED, word);
    await service.waitForEvent('turn.retrying', ({ upstream, reason }) => upstream === 'supabase' && reason === word);
    t.equal((await service.app.store.inbox.status()).pending, 1, 'the turn is still in the inbox');
    t.match((await get(`${service.url}/api/health`)).body, { status: 'degraded', checks: { supabase: word } });
    await supabase.clearFaults();
    await service.idle();
    t.same(sentTo(upstreams, LINKED), ['Jawaban.'], word);
    t.match(await service.app.store.inbox.status(), { pending: 0, deadLetters: 0 });
    await service.close();
  }
});

t.test('messages are accepted without a lookup if the circuit of Supabase is open', async (t) => {
  const service = await startService(t, upstreams, HELD);
  await supabase.setFault({ kind: 'status', status: 503 });
  for (let count = 1; count <= 5; count += 1) {
    t.same(answered(await service.call(fonnte.buildPayload({ sender: `628120000010${count}` }))), ACCEPTED);
  }
  await service.waitForEvent('breaker.changed', ({ state }) => state === 'open');
  const received = supabase.requestCount;
  t.same(answered(await service.call(fonnte.buildPayload({ sender: LINKED }))), ACCEPTED);
  t.equal(supabase.requestCount, received);
});

t.test('a too long text during an outage of Supabase causes a notice if the sender is linked', async (t) => {
  const service = await startService(t, upstreams);
  await supabase.setFault({ kind: 'status', status: 503 });
  for (const sender of [LINKED, UNLINKED]) {
    const answer = await service.call(fonnte.buildPayload({ sender, message: 'a'.repeat(1001) }));
    t.match(answer, { status: 400, body: { code: 'MESSAGE_TOO_LONG' } });
  }
  await supabase.clearFaults();
  await service.idle();
  t.same(sentTo(upstreams, LINKED), [texts.tooLong.replace('{max}', '1000')]);
  t.same(sentTo(upstreams, UNLINKED), []);
});

t.test('with MAX_INBOX pending a message is refused for now, and its repeat accepted when there is room', async (t) => {
  const service = await startService(t, upstreams, { ...HELD, MAX_INBOX: 2 });
  for (const sender of [LINKED, OTHER_LINKED]) await service.call(fonnte.buildPayload({ sender }));
  const third = fonnte.buildPayload({ sender: OTHER_LINKED });
  const plain = fonnte.buildPayload({ sender: OTHER_LINKED, inboxid: 0, timestamp: 0 });
  for (const body of [third, third, plain]) {
    const answer = await service.call(body);
    t.same(answered(answer), INBOX_UNAVAILABLE);
    t.match(answer.headers.get('retry-after'), /^[1-9]\d*$/);
  }
  t.equal((await service.app.store.inbox.status()).pending, 2);
  await service.app.store.forget(senderOf(LINKED));
  t.same(answered(await service.call(third)), ACCEPTED, 'it was not marked as seen');
  t.same(answered(await service.call(third)), DUPLICATE);
});

t.test('a store that cannot write rejects messages temporarily, stores no part of them, and recovers', async (t) => {
  const DATA_DIR = scratchFolder(t);
  const service = await startService(t, upstreams, { ...HELD, DATA_DIR });
  const blocker = new DatabaseSync(join(DATA_DIR, 'sapa-wa.sqlite'));
  t.teardown(() => blocker.isOpen && blocker.close());
  blocker.exec('BEGIN IMMEDIATE');
  const accepted = fonnte.buildPayload({ sender: LINKED });
  const refused = fonnte.buildPayload({ sender: UNLINKED });
  const tooLong = fonnte.buildPayload({ sender: LINKED, message: 'a'.repeat(1001) });
  for (const answer of await Promise.all([accepted, refused, tooLong].map((body) => service.call(body)))) {
    t.same(answered(answer), INBOX_UNAVAILABLE);
    t.match(answer.headers.get('retry-after'), /^[1-9]\d*$/);
  }
  t.match(await get(`${service.url}/api/health`), {
    status: 503,
    body: { status: 'unavailable', checks: { store: 'locked' } },
  });
  blocker.exec('ROLLBACK');
  blocker.close();
  t.same(answered(await service.call(accepted)), ACCEPTED, 'nothing was marked as seen');
  t.match(await service.call(refused), { status: 403 });
  t.match(await service.call(tooLong), { status: 400 });
  t.match(await get(`${service.url}/api/health`), {
    status: 200,
    body: { status: 'healthy', checks: { store: 'ok' } },
  });
});

t.test('without a store, requests are rejected and health reports it, without a 500', async (t) => {
  const service = await startService(t, upstreams);
  await service.app.store.close();
  t.same(answered(await service.call(fonnte.buildPayload({ sender: LINKED }))), INBOX_UNAVAILABLE);
  t.match(await get(`${service.url}/api/health`), { status: 503, body: { status: 'unavailable', activeSessions: 0 } });
  t.match(await service.call({}), { status: 200 }, 'what needs no store is answered');
  t.match(await post(`${service.url}/webhook/whatsapp`, {}), { status: 401 });
  t.notOk(service.occurrences.some(({ type }) => type === 'request.failed'));
});
