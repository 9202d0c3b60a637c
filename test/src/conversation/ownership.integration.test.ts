import t, { type Test } from 'tap';
import { senderOf } from '../../../src/conversation-key.ts';
import { one } from '../../../src/store/types.ts';
import { startWithDeadLetter } from '../../support/dead-letter.ts';
import {
  type FakeUpstreams,
  LINKED,
  OTHER_LINKED,
  startFakeUpstreams,
  UNLINKED,
} from '../../support/fake-upstreams.ts';
import { scratchFolder } from '../../support/folders.ts';
import { type Service, startService } from '../../support/service.ts';

/** The number now belongs to another user, as after a reset and a new OTP in the portal. */
function moveNumber({ supabase }: FakeUpstreams, to: 'another' | 'no user') {
  const owner = supabase.tables.users.find(({ phone_number }) => phone_number === LINKED);
  if (!owner) throw new Error('the sample user is gone');
  owner.phone_number = null;
  if (to === 'another')
    supabase.tables.users.push({
      ...owner,
      id: 'aaaaaaaa-0000-4000-8000-000000000001',
      name: 'Pemilik Baru',
      phone_number: LINKED,
    });
}

/** Starts the service with a clock that `expireIdentity` moves past the lifetime of a cached identity. */
async function startWithClock(t: Test, env: Record<string, string | number> = {}) {
  const upstreams = await startFakeUpstreams(t);
  let skew = 0;
  const service = await startService(t, upstreams, env, { now: () => Date.now() + skew });
  const expireIdentity = () => {
    skew += 61_000;
  };
  return { upstreams, service, expireIdentity };
}

for (const to of ['another', 'no user'] as const) {
  t.test(`the number moves to ${to} while the message waits: it is dropped, not shown`, async (t) => {
    const { upstreams, service, expireIdentity } = await startWithClock(t, { MAX_CONCURRENT_TURNS: 1 });
    const other = Promise.withResolvers<{ text: string }>();
    upstreams.gemini.scriptResponses(() => other.promise);
    await service.call(upstreams.fonnte.buildPayload({ sender: OTHER_LINKED, message: 'Halo' }));
    await upstreams.gemini.waitForRequest(() => true);
    await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: 'rahasia lama' }));
    moveNumber(upstreams, to);
    expireIdentity();
    other.resolve({ text: 'Halo' });
    await service.waitForEvent('turn.dropped');
    t.equal(upstreams.gemini.requests.length, 1, 'the model was asked by the other conversation only');
    t.notMatch(JSON.stringify(upstreams.fonnte.sent), /rahasia/);
    t.equal(await one(service.app.store.sessions.get([LINKED])), null);
  });

  t.test(`the number moves to ${to} while the model answers: the answer is not sent`, async (t) => {
    const { upstreams, service, expireIdentity } = await startWithClock(t);
    upstreams.gemini.scriptResponses(() => {
      moveNumber(upstreams, to);
      expireIdentity();
      return { text: 'data pemilik lama' };
    });
    await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: 'berapa?' }));
    await service.waitForEvent('turn.dropped');
    t.notMatch(JSON.stringify(upstreams.fonnte.sent), /pemilik lama/);
    t.equal(await one(service.app.store.sessions.get([LINKED])), null);
  });

  t.test(`the number moves to ${to} while a send is retried: the reply is not sent`, async (t) => {
    const { upstreams, service, expireIdentity } = await startWithClock(t);
    upstreams.gemini.scriptResponses(() => ({ text: 'data pemilik lama' }));
    await upstreams.fonnte.setFault(
      { kind: 'reject', body: { status: false, reason: 'server busy' } },
      { times: 1, match: ({ path }) => path === '/send' },
    );
    await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: 'berapa?' }));
    await service.waitForEvent('turn.retrying');
    moveNumber(upstreams, to);
    expireIdentity();
    await service.waitForEvent('turn.dropped');
    t.notMatch(JSON.stringify(upstreams.fonnte.sent), /pemilik lama/);
  });

  t.test(`the number moves to ${to} before a replay: the stored reply is not sent`, async (t) => {
    const { upstreams, service } = await startWithDeadLetter(t, { reply: 'data pemilik lama' });
    moveNumber(upstreams, to);
    const [letter] = await service.app.store.deadLetters.list({ limit: 1, cursor: 0 });
    await service.app.store.deadLetters.replay(letter?.id ?? '');
    service.app.supabase.forget(senderOf(LINKED));
    service.app.conversations.notify(LINKED);
    await service.waitForEvent('turn.dropped');
    t.notMatch(JSON.stringify(upstreams.fonnte.sent), /pemilik lama/);
  });
}

t.test('a session of the former owner is never shown to the new one', async (t) => {
  const { upstreams, service, expireIdentity } = await startWithClock(t);
  upstreams.gemini.scriptResponses(() => ({ text: 'jawaban' }));
  await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: 'anggaran rahasia' }));
  await service.waitForEvent('turn.finished');
  moveNumber(upstreams, 'another');
  expireIdentity();
  await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: 'tadi saya tanya apa?' }));
  await upstreams.fonnte.waitForSent(() => upstreams.fonnte.sent.length === 2);
  t.notMatch(JSON.stringify(upstreams.gemini.requests[1]?.body), /anggaran rahasia|Siti/);
});

/** Delivers a message that can't be identified, lets `change` happen to SAPA's accounts, and brings Supabase back. */
async function writeWhileSupabaseIsDown(
  upstreams: FakeUpstreams,
  service: Service,
  { sender = LINKED, change }: { sender?: string; change(): void },
) {
  const timestamp = Math.floor(service.app.now() / 1000);
  await upstreams.supabase.setFault({ kind: 'status', status: 503 });
  const message = 'rahasia pemilik lama';
  t.match(await service.call(upstreams.fonnte.buildPayload({ sender, message, timestamp })), {
    body: { status: 'accepted' },
  });
  t.match(await service.waitForEvent('message.accepted', ({ waitedForIdentity }) => waitedForIdentity), {});
  change();
  await upstreams.supabase.clearFaults();
}

t.test('a message accepted while Supabase is down belongs to the user who last had the number', async (t) => {
  const { upstreams, service, expireIdentity } = await startWithClock(t);
  upstreams.gemini.scriptResponses(() => ({ text: 'jawaban' }));
  await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: 'Halo' }));
  await service.idle();
  expireIdentity();
  await writeWhileSupabaseIsDown(upstreams, service, { change: () => moveNumber(upstreams, 'another') });
  t.match(await service.waitForEvent('turn.dropped'), { reason: 'owner-changed' });
  await service.idle();
  t.equal(upstreams.gemini.requests.length, 1, 'Gemini gets nothing of it');
  t.equal(upstreams.fonnte.sent.length, 1, 'and the new owner no reply');
  t.equal(await one(service.app.store.sessions.get([LINKED])), null);
  const timestamp = Math.floor(service.app.now() / 1000);
  await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: 'saya pemilik baru', timestamp }));
  await service.idle();
  t.equal(upstreams.fonnte.sent.length, 2, 'what the new owner writes is answered');
  t.notMatch(JSON.stringify(upstreams.gemini.requests[1]?.body), /rahasia/);
});

t.test('the same after a restart, from the records of the sender', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const DATA_DIR = scratchFolder(t);
  upstreams.gemini.scriptResponses(() => ({ text: 'jawaban' }));
  const first = await startService(t, upstreams, { DATA_DIR });
  await first.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: 'Halo' }));
  await first.idle();
  await first.close();
  const second = await startService(t, upstreams, { DATA_DIR });
  await writeWhileSupabaseIsDown(upstreams, second, { change: () => moveNumber(upstreams, 'another') });
  t.match(await second.waitForEvent('turn.dropped'), { reason: 'owner-changed' });
  await second.idle();
  t.equal(upstreams.fonnte.sent.length, 1);
});

t.test('a message accepted while Supabase is down is answered if the number still belongs to that user', async (t) => {
  const { upstreams, service, expireIdentity } = await startWithClock(t);
  upstreams.gemini.scriptResponses(() => ({ text: 'jawaban' }));
  await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: 'Halo' }));
  await service.idle();
  expireIdentity();
  await writeWhileSupabaseIsDown(upstreams, service, { change: () => {} });
  await service.idle();
  t.equal(upstreams.fonnte.sent.length, 2);
});

for (const [created, answers] of [
  ['after the message', 0],
  ['before it', 1],
] as const) {
  t.test(`no earlier owner of the number is known: the account was created ${created}`, async (t) => {
    const upstreams = await startFakeUpstreams(t);
    const service = await startService(t, upstreams);
    upstreams.gemini.scriptResponses(() => ({ text: 'jawaban' }));
    const change = () => {
      const [sample] = upstreams.supabase.tables.users;
      if (!sample) throw new Error('there is no sample user');
      const id = 'aaaaaaaa-0000-4000-8000-000000000002';
      const createdAt = new Date(Date.now() + (answers === 0 ? 1 : -86_400_000)).toISOString();
      const account = { ...sample, id, is_approved: true, phone_number: UNLINKED, created_at: createdAt };
      upstreams.supabase.tables.users.push(account);
    };
    await writeWhileSupabaseIsDown(upstreams, service, { sender: UNLINKED, change });
    await service.idle();
    t.equal(upstreams.gemini.requests.length, answers);
    t.equal(upstreams.fonnte.sent.length, answers);
    const dropped = service.occurrences.filter(({ type }) => type === 'turn.dropped');
    t.match(dropped, answers === 0 ? [{ reason: 'owner-changed' }] : []);
  });
}
