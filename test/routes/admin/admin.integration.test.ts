import t, { type Test } from 'tap';
import { senderOf } from '../../../src/conversation-key.ts';
import { createEvents, type EventRecord } from '../../../src/events.ts';
import { one } from '../../../src/store/types.ts';
import { build, injectAdmin } from '../../support/app.ts';
import { startWithDeadLetter } from '../../support/dead-letter.ts';
import { LINKED, PASTED_FORMS, startFakeUpstreams, UNLINKED } from '../../support/fake-upstreams.ts';
import { ADMIN_KEY, startService } from '../../support/service.ts';

/** A service with one dead letter whose reply FONNTE rejected. */
async function withDeadLetter(t: Test) {
  const { upstreams, service } = await startWithDeadLetter(t);
  const { body } = await injectAdmin(service.app, 'GET', '/api/dead-letters');
  const [letter] = body.deadLetters as { id: string }[];
  return { upstreams, service, letter: letter as { id: string } & Record<string, unknown> };
}

const ROUTES: ['GET' | 'POST' | 'DELETE', string][] = [
  ['GET', '/api/dead-letters'],
  ['POST', '/api/dead-letters/x/replay'],
  ['DELETE', '/api/dead-letters/x'],
  ['GET', '/api/conversations'],
  ['GET', `/api/conversations/${LINKED}`],
  ['DELETE', `/api/conversations/${LINKED}`],
  ['GET', '/api/console/stream'],
  ['GET', '/docs/json'],
];

t.test('admin routes reject a missing or wrong key, and every key when none is configured', async (t) => {
  const events = createEvents();
  const acted: EventRecord[] = [];
  events.on((event) => {
    if (event.type === 'admin.acted') acted.push(event);
  });
  const app = await build(t, { ADMIN_API_KEY: `rina:${ADMIN_KEY},budi:kunci-lain-sepanjang-ini` }, { events });
  const closed = await build(t, { ADMIN_API_KEY: '' });
  for (const [method, path] of ROUTES) {
    t.match(
      await injectAdmin(app, method, path, { headers: {} }),
      { status: 401, body: { code: 'UNAUTHORIZED' } },
      `${method} ${path}`,
    );
    t.match(
      await injectAdmin(closed, method, path),
      { status: 503, body: { code: 'ADMIN_DISABLED' } },
      `${method} ${path}`,
    );
  }
  t.equal(
    (await injectAdmin(app, 'GET', '/api/dead-letters', { headers: { authorization: 'Bearer salah' } })).status,
    401,
  );
  t.equal((await injectAdmin(app, 'GET', '/api/dead-letters', { headers: { authorization: ADMIN_KEY } })).status, 401);
  t.equal((await injectAdmin(app, 'GET', '/api/dead-letters', { headers: { 'x-api-key': ADMIN_KEY } })).status, 200);
  t.equal(
    (
      await injectAdmin(app, 'GET', `/api/conversations/${LINKED}`, {
        headers: { 'x-api-key': 'kunci-lain-sepanjang-ini' },
      })
    ).status,
    200,
  );
  t.match(
    acted,
    [
      { name: 'rina', action: 'list-dead-letters' },
      { name: 'budi', action: 'show', conversation: '62812****0001' },
    ],
    'each action carries the name of the key, and about whom it was, masked',
  );
  t.equal(acted.length, 2);
});

t.test('a dead letter shows the question, the reason and the attempts', async (t) => {
  const { letter } = await withDeadLetter(t);
  t.match(letter, {
    sender: LINKED,
    reason: 'target invalid',
    upstream: 'fonnte',
    attempts: 1,
    messages: ['Berapa sisa?'],
    hasReply: true,
    history: [{ upstream: 'fonnte', reason: 'target invalid' }],
  });
  t.ok(Date.parse(String(letter.createdAt)) <= Date.parse(String(letter.diedAt)));
});

t.test('a replay returns 202 and sends the stored reply, 404 when unknown, 409 while it runs', async (t) => {
  const { upstreams, service, letter } = await withDeadLetter(t);
  t.equal((await injectAdmin(service.app, 'POST', '/api/dead-letters/tidak-ada/replay')).status, 404);
  await upstreams.fonnte.setFault({ kind: 'hang' }, { match: ({ path }) => path === '/send' });
  t.match(await injectAdmin(service.app, 'POST', `/api/dead-letters/${letter.id}/replay`), {
    status: 202,
    body: { success: true },
  });
  t.match(await injectAdmin(service.app, 'POST', `/api/dead-letters/${letter.id}/replay`), {
    status: 409,
    body: { code: 'ALREADY_RUNNING' },
  });
  await upstreams.fonnte.clearFaults();
  await upstreams.fonnte.waitForSent(({ message }) => message === 'jawaban tersimpan', 20_000);
  await service.waitForEvent('turn.finished');
  t.equal(upstreams.gemini.requests.length, 1);
  t.same((await injectAdmin(service.app, 'GET', '/api/dead-letters')).body.deadLetters, []);
  t.equal(
    (await injectAdmin(service.app, 'POST', `/api/dead-letters/${letter.id}/replay`)).status,
    404,
    'done is unknown',
  );
});

t.test('a discarded dead letter is deleted', async (t) => {
  const { service, letter } = await withDeadLetter(t);
  t.equal((await injectAdmin(service.app, 'DELETE', `/api/dead-letters/${letter.id}`)).status, 204);
  t.equal((await injectAdmin(service.app, 'DELETE', `/api/dead-letters/${letter.id}`)).status, 404);
  t.same((await injectAdmin(service.app, 'GET', '/api/dead-letters')).body.deadLetters, []);
});

t.test('lists are paged, and invalid paging parameters are rejected', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  upstreams.gemini.scriptResponses(() => ({ text: 'ya' }));
  for (const sender of [LINKED, '6281200000002', '6281200000004']) {
    await service.call(upstreams.fonnte.buildPayload({ sender, message: 'Halo' }));
    await upstreams.fonnte.waitForSent(({ target }) => target === sender);
  }
  const first = await injectAdmin(service.app, 'GET', '/api/conversations?limit=2');
  const phones = (response: Awaited<ReturnType<typeof injectAdmin>>) =>
    (response.body.conversations as { phone: string }[]).map(({ phone }) => phone);
  t.equal(phones(first).length, 2);
  const second = await injectAdmin(service.app, 'GET', `/api/conversations?limit=2&cursor=${first.body.nextCursor}`);
  t.same(new Set([...phones(first), ...phones(second)]).size, 3);
  t.equal(second.body.nextCursor, null);
  for (const query of ['limit=0', 'limit=201', 'limit=x', 'cursor=-1', 'limit=1e9']) {
    t.match(
      await injectAdmin(service.app, 'GET', `/api/conversations?${query}`),
      { status: 400, body: { code: 'INVALID_REQUEST' } },
      query,
    );
  }
});

t.test('a path accepts a number in every form in which people paste it', async (t) => {
  const app = await build(t);
  for (const form of PASTED_FORMS) {
    const shown = await injectAdmin(app, 'GET', `/api/conversations/${encodeURIComponent(form)}`);
    t.match(shown, { status: 200, body: { phone: LINKED } }, form);
  }
  t.match(await injectAdmin(app, 'GET', '/api/conversations/85261234567'), { body: { phone: '6285261234567' } });
});

t.test('one request explains why a person gets no answer, for a linked or unlinked number in any form', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  upstreams.gemini.scriptResponses(() => ({ text: 'jawaban' }));
  await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: 'tanya' }));
  await service.waitForEvent('turn.finished');
  await service.call(upstreams.fonnte.buildPayload({ sender: UNLINKED, message: 'tanya' }));
  const shown = await injectAdmin(service.app, 'GET', `/api/conversations/${encodeURIComponent('0812-0000 0001')}`);
  t.match(shown, {
    status: 200,
    body: {
      phone: LINKED,
      sessionEntries: 2,
      pending: 0,
      identity: { linked: true, approved: true, matches: 1, name: 'Siti Rahmawati' },
      session: [
        { role: 'user', content: 'tanya' },
        { role: 'assistant', content: 'jawaban' },
      ],
      recent: [{ outcome: 'answered' }, { outcome: 'accepted' }],
    },
  });
  const unlinked = await injectAdmin(service.app, 'GET', `/api/conversations/${UNLINKED}`);
  t.match(unlinked.body, { sessionEntries: 0, identity: { linked: false, approved: false, matches: 0, name: null } });
  t.ok((unlinked.body.recent as { outcome: string }[]).some(({ outcome }) => outcome === 'NOT_LINKED'));
  t.equal((await injectAdmin(service.app, 'GET', '/api/conversations/bukan-nomor')).status, 400);
  await upstreams.supabase.setFault({ kind: 'refuse' });
  t.match(await injectAdmin(service.app, 'GET', `/api/conversations/${LINKED}`), {
    status: 200,
    body: { identity: null },
  });
});

t.test('deleting a conversation deletes its session, stored texts, pending messages and dead letters', async (t) => {
  const { upstreams, service } = await withDeadLetter(t);
  await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: 'lagi' }));
  await upstreams.fonnte.waitForSent(() => true);
  await service.waitForEvent('turn.finished');
  t.equal((await injectAdmin(service.app, 'DELETE', `/api/conversations/${LINKED}`)).status, 204);
  t.match((await injectAdmin(service.app, 'GET', `/api/conversations/${LINKED}`)).body, {
    sessionEntries: 0,
    session: [],
    recent: [],
    pending: 0,
  });
  t.same((await injectAdmin(service.app, 'GET', '/api/dead-letters')).body.deadLetters, []);
});

t.test('deleting a conversation deletes the cached identity', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  await service.app.supabase.identify(senderOf(LINKED));
  await service.app.supabase.identify(senderOf(LINKED));
  t.equal(upstreams.supabase.requests.length, 1, 'an identity is kept for a minute');
  await injectAdmin(service.app, 'DELETE', `/api/conversations/${LINKED}`);
  await service.app.supabase.identify(senderOf(LINKED));
  t.equal(upstreams.supabase.requests.length, 2);
});

t.test('a turn that runs while its conversation is deleted stores and sends nothing', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  const gate = Promise.withResolvers<void>();
  upstreams.gemini.scriptResponses(async () => {
    await gate.promise;
    return { text: 'terlambat' };
  });
  await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: 'tanya' }));
  await upstreams.gemini.waitForRequest(() => true);
  await injectAdmin(service.app, 'DELETE', `/api/conversations/${LINKED}`);
  gate.resolve();
  while (service.app.conversations.unfinished() > 0) await new Promise(setImmediate);
  t.equal(await one(service.app.store.sessions.get([LINKED])), null);
  t.equal(upstreams.fonnte.sent.length, 0);
});

t.test('a manual send to a person with a session becomes part of it', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  upstreams.gemini.scriptResponses(() => ({ text: 'jawaban' }));
  await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: 'tanya' }));
  await service.waitForEvent('turn.finished');
  const sent = await injectAdmin(service.app, 'POST', '/api/whatsapp/send', {
    body: { target: '0812-0000-0001', message: 'Rapat pukul 10.' },
  });
  t.match(sent, { status: 200, body: { success: true, target: LINKED } });
  const session = await one(service.app.store.sessions.get([LINKED]));
  t.match(session?.entries.at(-1), { role: 'assistant', content: 'Rapat pukul 10.' });
});
