import { cpSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { unfenced } from '../../../sandbox/rule-based-model.ts';
import { texts } from '../../../src/texts.ts';
import { injectAdmin } from '../../support/app.ts';
import { createManualClock } from '../../support/clock.ts';
import {
  type FakeUpstreams,
  LINKED,
  OTHER_LINKED,
  startFakeUpstreams,
  UNLINKED,
} from '../../support/fake-upstreams.ts';
import { scratchFolder } from '../../support/folders.ts';
import { startService } from '../../support/service.ts';

const MINUTE = 60_000;

/** A service on a clock that only the test moves. The model answers a question with itself. */
async function startConversation(
  t: Test,
  {
    env = {},
    clock = createManualClock(),
    upstreams,
  }: { env?: Record<string, unknown>; clock?: ReturnType<typeof createManualClock>; upstreams?: FakeUpstreams } = {},
) {
  const { fonnte, gemini, supabase } = upstreams ?? (await startFakeUpstreams(t));
  const service = await startService(t, { fonnte, gemini, supabase }, env, { now: clock.now });
  gemini.scriptResponses(({ contents }) => ({
    text: `tentang ${unfenced(contents.at(-1)?.parts?.[0]?.text ?? '').replaceAll('\n', '+')}`,
  }));
  const path = `/api/conversations/${LINKED}`;
  let held = 0;
  return {
    upstreams: { fonnte, gemini, supabase },
    service,
    clock,
    async say(message: string, sender = LINKED) {
      // Two messages never have the same time.
      clock.advance(1);
      const timestamp = Math.floor(clock.now() / 1000);
      return await service.call(fonnte.buildPayload({ sender, message, timestamp }));
    },
    pause: (minutes: unknown, body: unknown = { minutes }) =>
      injectAdmin(service.app, 'POST', `${path}/pause`, { body }),
    resume: (answer?: boolean) =>
      injectAdmin(service.app, 'POST', `${path}/resume`, { body: answer === undefined ? {} : { answer } }),
    /** Resolves when one more message was added to the session because of the pause. */
    async untilHeld() {
      held += 1;
      const count = held;
      await service.waitForEvent(
        'message.held',
        () => service.occurrences.filter(({ type }) => type === 'message.held').length >= count,
      );
    },
    show: async () => (await injectAdmin(service.app, 'GET', path)).body,
    sent: () => fonnte.sent.map(({ message }) => message),
    untilSent: (message: string) => fonnte.waitForSent((sent) => sent.message === message),
  };
}

const contents = ({ session }: Record<string, unknown>) =>
  (session as { content: string }[]).map(({ content }) => content);

t.test('while paused the assistant is silent; the messages are in the session and shown as paused', async (t) => {
  const { say, pause, clock, untilHeld, show, sent, service, resume } = await startConversation(t);
  const endsAt = new Date(clock.now() + 30 * MINUTE).toISOString();
  t.match(await pause(30), { status: 200, body: { phone: LINKED, paused: true, pausedUntil: endsAt, pending: 0 } });
  for (const message of ['satu', 'dua']) {
    t.match(await say(message), { status: 200, body: { status: 'accepted' } });
    await untilHeld();
  }
  t.equal((await say('x'.repeat(1_001))).status, 400);
  clock.advance(6 * MINUTE);
  const shown = await show();
  t.match(shown, { paused: true, pausedUntil: endsAt, pending: 2, sessionEntries: 2 });
  t.same(contents(shown), ['satu', 'dua']);
  const list = await injectAdmin(service.app, 'GET', '/api/conversations');
  t.match(list.body, { conversations: [{ phone: LINKED, paused: true, pausedUntil: endsAt, pending: 2 }] });
  const health = await injectAdmin(service.app, 'GET', '/api/health');
  t.match(health.body, { status: 'healthy', pausedConversations: 1, checks: { inbox: 'ok' } });
  const metrics = await service.app.inject({ url: '/api/metrics', headers: { 'x-api-key': 'kunci-admin-uji-coba' } });
  t.match(metrics.body, /^sapa_conversations_paused 1$/m);
  t.same(sent(), [], 'neither an answer nor a notice');
  t.equal((await say('halo', OTHER_LINKED)).status, 200);
  await service.waitForEvent('turn.finished');
  t.same(sent(), ['tentang halo'], 'other conversations are answered');
  t.match((await resume()).body, { paused: false, pausedUntil: null, pending: 0 });
  await service.idle();
  t.same(sent(), ['tentang halo'], 'the notice is not sent later');
  const acts = service.occurrences.flatMap((event) => (event.type === 'admin.acted' ? [event] : []));
  t.match(
    acts.filter(({ action }) => action === 'pause' || action === 'resume'),
    [
      { name: 'admin', action: 'pause', conversation: '62812****0001' },
      { name: 'admin', action: 'resume', conversation: '62812****0001' },
    ],
  );
});

t.test(
  'resume without answer: the messages stay in the session, are not answered, and give the next answer its context',
  async (t) => {
    const { say, pause, resume, untilHeld, show, sent, untilSent, upstreams, service, clock } =
      await startConversation(t);
    await pause(30);
    await say('satu');
    await untilHeld();
    clock.advance(MINUTE);
    t.match(await resume(false), { status: 200, body: { paused: false, pending: 0, sessionEntries: 1 } });
    t.match(await show(), { pending: 0, recent: [{ outcome: 'paused' }, { outcome: 'accepted' }] });
    await say('dua');
    await untilSent('tentang dua');
    t.same(sent(), ['tentang dua']);
    const [request] = upstreams.gemini.requests;
    t.match(JSON.stringify(request?.body), /satu/, 'the model sees what the person wrote');
    await service.idle();
    t.same(contents(await show()), ['satu', 'dua', 'tentang dua']);
  },
);

t.test(
  'resume with answer: the messages are answered in order, commands separately, and each is in the session once',
  async (t) => {
    const { say, pause, resume, untilHeld, show, sent, service, upstreams } = await startConversation(t);
    await pause(30);
    for (const message of ['satu', 'dua']) {
      await say(message);
      await untilHeld();
    }
    await say('/bantuan');
    await say('tiga');
    await untilHeld();
    t.same(contents(await show()), ['satu', 'dua', 'tiga'], 'a command is not part of the conversation');
    t.same(sent(), [], 'a command is not answered either');
    t.match(await resume(true), { status: 200, body: { paused: false, pending: 4 } });
    await service.idle();
    const [first] = upstreams.gemini.requests;
    t.equal(
      JSON.stringify((first?.body as { contents: unknown } | undefined)?.contents).split('satu').length - 1,
      1,
      'the model gets each message once',
    );
    t.equal(sent().length, 3);
    t.equal(sent()[0], 'tentang satu+dua');
    t.match(sent()[1], /\/reset/);
    t.equal(sent()[2], 'tentang tiga');
    t.same(contents(await show()), ['satu\ndua', 'tentang satu+dua', 'tiga', 'tentang tiga']);
    t.match(await show(), { pending: 0 });
    const finished = service.occurrences.flatMap((event) => (event.type === 'turn.finished' ? [event.durationMs] : []));
    t.ok(
      finished.every((ms) => ms < MINUTE),
      'the pause is not part of the reply time',
    );
  },
);

t.test(
  'a running turn is completed; messages that arrive during the pause do not join it and are answered after the pause',
  async (t) => {
    const { say, pause, upstreams, clock, show, sent, untilSent, untilHeld, service } = await startConversation(t, {
      env: { COALESCE_WINDOW_MS: 200 },
    });
    const { gemini } = upstreams;
    const gate = Promise.withResolvers<void>();
    t.teardown(gate.resolve);
    gemini.scriptResponses(async ({ contents }) => {
      const question = unfenced(contents.at(-1)?.parts?.[0]?.text ?? '');
      if (question === 'satu') await gate.promise;
      return { text: `tentang ${question.replaceAll('\n', '+')}` };
    });
    await say('satu');
    await gemini.waitForRequest(({ number }) => number === 1);
    t.equal((await pause(10)).status, 200);
    await say('dua');
    gate.resolve();
    await untilSent('tentang satu');
    await untilHeld();
    t.same(contents(await show()), ['satu', 'tentang satu', 'dua']);
    t.same(sent(), ['tentang satu']);
    clock.advance(10 * MINUTE);
    await say('tiga');
    await service.idle();
    t.same(sent(), ['tentang satu', 'tentang dua+tiga'], 'when the pause has ended, in order');
    t.match(await show(), { paused: false, pausedUntil: null });
  },
);

t.test('a pause survives a kill, and a later pause only moves its end', async (t) => {
  const DATA_DIR = scratchFolder(t);
  const first = await startConversation(t, { env: { DATA_DIR } });
  await first.pause(60);
  await first.say('satu');
  await first.untilHeld();
  first.clock.advance(MINUTE);
  const endsAt = new Date(first.clock.now() + 5 * MINUTE).toISOString();
  t.match((await first.pause(5)).body, { paused: true, pausedUntil: endsAt, pending: 1 });
  // The files as a kill at this moment leaves them.
  const killed = join(scratchFolder(t), 'data');
  cpSync(DATA_DIR, killed, { recursive: true });
  await first.service.close();
  const second = await startConversation(t, { env: { DATA_DIR: killed }, ...first });
  t.match(await second.show(), { paused: true, pausedUntil: endsAt, pending: 1, sessionEntries: 1 });
  await second.say('dua');
  await second.untilHeld();
  t.same(second.sent(), []);
  await second.resume(false);
  t.same(
    contents(await second.show()),
    ['satu', 'dua'],
    'also the message before the second pause was received while paused',
  );
  await second.say('tiga');
  await second.untilSent('tentang tiga');
  t.same(second.sent(), ['tentang tiga']);
});

t.test('a turn that waits for its next attempt is held, and its deadline does not run', async (t) => {
  const { say, pause, resume, upstreams, clock, service, untilSent, sent } = await startConversation(t, {
    env: { TURN_DEADLINE_SECONDS: 5 },
  });
  await upstreams.gemini.setFault({ kind: 'status', status: 503 });
  await say('ceritakan sesuatu yang lucu');
  await service.waitForEvent('turn.retrying');
  await pause(60);
  await upstreams.gemini.clearFaults();
  const asked = upstreams.gemini.requests.length;
  clock.advance(50 * MINUTE);
  await say('lagi');
  await service.waitForEvent('message.held');
  t.equal(upstreams.gemini.requests.length, asked, 'no attempt while paused');
  await resume(false);
  await untilSent('tentang ceritakan sesuatu yang lucu');
  t.notMatch(sent(), [texts.apology]);
  t.match(await injectAdmin(service.app, 'GET', '/api/dead-letters'), { body: { deadLetters: [] } });
});

t.test(
  'any valid number can be paused; invalid requests are rejected; a resume without a pause changes nothing',
  async (t) => {
    const { pause, resume, service, say, upstreams, show, sent } = await startConversation(t);
    for (const body of [{}, { minutes: 0 }, { minutes: 1.5 }, { minutes: 10_081 }, { minutes: 'x' }, undefined])
      t.match(await pause(0, body), { status: 400, body: { code: 'INVALID_REQUEST' } }, JSON.stringify(body));
    const invalid = await injectAdmin(service.app, 'POST', '/api/conversations/abc/pause', { body: { minutes: 5 } });
    t.match(invalid, { status: 400, body: { code: 'INVALID_REQUEST' } });
    const unknown = await injectAdmin(service.app, 'POST', `/api/conversations/0${UNLINKED.slice(2)}/pause`, {
      body: { minutes: 5 },
    });
    t.match(unknown, { status: 200, body: { phone: UNLINKED, paused: true, lastMessageAt: null, pending: 0 } });
    t.equal((await say('halo', UNLINKED)).status, 403);
    t.same(sent(), [], 'no notice while paused');
    const forget = await injectAdmin(service.app, 'DELETE', `/api/conversations/${UNLINKED}`);
    t.equal(forget.status, 204);
    t.match(await injectAdmin(service.app, 'GET', `/api/conversations/${UNLINKED}`), { body: { paused: false } });

    await upstreams.gemini.setFault({ kind: 'hang' });
    await say('satu');
    await service.waitForEvent('turn.started');
    t.match(await resume(false), { status: 200, body: { paused: false, pending: 1 } });
    await upstreams.gemini.clearFaults();
    await service.idle();
    t.match(await show(), { pending: 0 });
  },
);
