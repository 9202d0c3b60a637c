import t, { type Test } from 'tap';
import { one } from '../../../src/store/types.ts';
import { type FakeUpstreams, LINKED, startFakeUpstreams, UNLINKED } from '../../support/fake-upstreams.ts';
import { scratchFolder } from '../../support/folders.ts';
import { type Service, startService } from '../../support/service.ts';

/** The number now belongs to another user, as after a reset and a new OTP in the portal. */
function moveNumber({ supabase }: FakeUpstreams, to: 'another' | 'nobody') {
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
  const world = await startFakeUpstreams(t);
  let skew = 0;
  const service = await startService(t, world, env, { now: () => Date.now() + skew });
  const expireIdentity = () => {
    skew += 61_000;
  };
  return { world, service, expireIdentity };
}

for (const to of ['another', 'nobody'] as const) {
  t.test(`the number moves to ${to} while the message waits: it is dropped, not shown`, async (t) => {
    const { world, service, expireIdentity } = await startWithClock(t, { COALESCE_WINDOW_MS: 1_000 });
    // The window counts from the message's arrival: its look-up must not use it up.
    await service.app.supabase.identify(LINKED);
    await service.call(world.fonnte.buildPayload({ sender: LINKED, message: 'rahasia lama' }));
    moveNumber(world, to);
    expireIdentity();
    await service.waitForEvent('turn.dropped');
    t.equal(world.gemini.requests.length, 0);
    t.notMatch(JSON.stringify(world.fonnte.sent), /rahasia/);
    t.equal(await one(service.app.store.sessions.get([LINKED])), null);
  });

  t.test(`the number moves to ${to} while the model answers: the answer is not sent`, async (t) => {
    const { world, service, expireIdentity } = await startWithClock(t);
    world.gemini.scriptResponses(() => {
      moveNumber(world, to);
      expireIdentity();
      return { text: 'data pemilik lama' };
    });
    await service.call(world.fonnte.buildPayload({ sender: LINKED, message: 'berapa?' }));
    await service.waitForEvent('turn.dropped');
    t.notMatch(JSON.stringify(world.fonnte.sent), /pemilik lama/);
    t.equal(await one(service.app.store.sessions.get([LINKED])), null);
  });

  t.test(`the number moves to ${to} while a send is retried: the reply is not sent`, async (t) => {
    const { world, service, expireIdentity } = await startWithClock(t);
    world.gemini.scriptResponses(() => ({ text: 'data pemilik lama' }));
    await world.fonnte.setFault(
      { kind: 'reject', body: { status: false, reason: 'server busy' } },
      { times: 1, match: ({ path }) => path === '/send' },
    );
    await service.call(world.fonnte.buildPayload({ sender: LINKED, message: 'berapa?' }));
    await service.waitForEvent('turn.retrying');
    moveNumber(world, to);
    expireIdentity();
    await service.waitForEvent('turn.dropped');
    t.notMatch(JSON.stringify(world.fonnte.sent), /pemilik lama/);
  });

  t.test(`the number moves to ${to} before a replay: the stored reply is not sent`, async (t) => {
    const world = await startFakeUpstreams(t);
    const service = await startService(t, world);
    world.gemini.scriptResponses(() => ({ text: 'data pemilik lama' }));
    await world.fonnte.setFault(
      { kind: 'reject', body: { status: false, reason: 'target invalid' } },
      { times: 1, match: ({ path }) => path === '/send' },
    );
    await service.call(world.fonnte.buildPayload({ sender: LINKED, message: 'berapa?' }));
    await service.waitForEvent('turn.dead-lettered');
    moveNumber(world, to);
    const [letter] = await service.app.store.deadLetters.list({ limit: 1, cursor: 0 });
    await service.app.store.deadLetters.replay(letter?.id ?? '');
    service.app.supabase.forget(LINKED);
    service.app.conversations.notify(LINKED, Date.now());
    await service.waitForEvent('turn.dropped');
    t.notMatch(JSON.stringify(world.fonnte.sent), /pemilik lama/);
  });
}

t.test('a session of the former owner is never shown to the new one', async (t) => {
  const { world, service, expireIdentity } = await startWithClock(t);
  world.gemini.scriptResponses(() => ({ text: 'jawaban' }));
  await service.call(world.fonnte.buildPayload({ sender: LINKED, message: 'anggaran rahasia' }));
  await service.waitForEvent('turn.finished');
  moveNumber(world, 'another');
  expireIdentity();
  await service.call(world.fonnte.buildPayload({ sender: LINKED, message: 'tadi saya tanya apa?' }));
  await world.fonnte.waitForSent(() => world.fonnte.sent.length === 2);
  t.notMatch(JSON.stringify(world.gemini.requests[1]?.body), /anggaran rahasia|Siti/);
});

/** Delivers a message that can't be identified, lets `change` happen to SAPA's accounts, and brings Supabase back. */
async function writeWhileSupabaseIsDown(
  world: FakeUpstreams,
  service: Service,
  { sender = LINKED, change }: { sender?: string; change(): void },
) {
  const timestamp = Math.floor(service.app.now() / 1000);
  await world.supabase.setFault({ kind: 'status', status: 503 });
  const message = 'rahasia pemilik lama';
  t.match(await service.call(world.fonnte.buildPayload({ sender, message, timestamp })), {
    body: { status: 'accepted' },
  });
  t.match(await service.waitForEvent('message.accepted', ({ waitedForIdentity }) => waitedForIdentity), {});
  change();
  await world.supabase.clearFaults();
}

t.test('a message accepted while Supabase is down belongs to the user who last had the number', async (t) => {
  const { world, service, expireIdentity } = await startWithClock(t);
  world.gemini.scriptResponses(() => ({ text: 'jawaban' }));
  await service.call(world.fonnte.buildPayload({ sender: LINKED, message: 'Halo' }));
  await service.idle();
  expireIdentity();
  await writeWhileSupabaseIsDown(world, service, { change: () => moveNumber(world, 'another') });
  t.match(await service.waitForEvent('turn.dropped'), { reason: 'owner-changed' });
  await service.idle();
  t.equal(world.gemini.requests.length, 1, 'Gemini gets nothing of it');
  t.equal(world.fonnte.sent.length, 1, 'and the new owner no reply');
  t.equal(await one(service.app.store.sessions.get([LINKED])), null);
  const timestamp = Math.floor(service.app.now() / 1000);
  await service.call(world.fonnte.buildPayload({ sender: LINKED, message: 'saya pemilik baru', timestamp }));
  await service.idle();
  t.equal(world.fonnte.sent.length, 2, 'what the new owner writes is answered');
  t.notMatch(JSON.stringify(world.gemini.requests[1]?.body), /rahasia/);
});

t.test('also after a restart, from what the store keeps of the sender', async (t) => {
  const world = await startFakeUpstreams(t);
  const DATA_DIR = scratchFolder(t);
  world.gemini.scriptResponses(() => ({ text: 'jawaban' }));
  const first = await startService(t, world, { DATA_DIR });
  await first.call(world.fonnte.buildPayload({ sender: LINKED, message: 'Halo' }));
  await first.idle();
  await first.close();
  const second = await startService(t, world, { DATA_DIR });
  await writeWhileSupabaseIsDown(world, second, { change: () => moveNumber(world, 'another') });
  t.match(await second.waitForEvent('turn.dropped'), { reason: 'owner-changed' });
  await second.idle();
  t.equal(world.fonnte.sent.length, 1);
});

t.test('and is answered where the number still is that user’s', async (t) => {
  const { world, service, expireIdentity } = await startWithClock(t);
  world.gemini.scriptResponses(() => ({ text: 'jawaban' }));
  await service.call(world.fonnte.buildPayload({ sender: LINKED, message: 'Halo' }));
  await service.idle();
  expireIdentity();
  await writeWhileSupabaseIsDown(world, service, { change: () => {} });
  await service.idle();
  t.equal(world.fonnte.sent.length, 2);
});

for (const [created, answers] of [
  ['after the message', 0],
  ['before it', 1],
] as const) {
  t.test(`nobody is known to have had the number: the account was created ${created}`, async (t) => {
    const world = await startFakeUpstreams(t);
    const service = await startService(t, world);
    world.gemini.scriptResponses(() => ({ text: 'jawaban' }));
    const change = () => {
      const [sample] = world.supabase.tables.users;
      if (!sample) throw new Error('there is no sample user');
      const id = 'aaaaaaaa-0000-4000-8000-000000000002';
      const createdAt = new Date(Date.now() + (answers === 0 ? 1 : -86_400_000)).toISOString();
      const account = { ...sample, id, is_approved: true, phone_number: UNLINKED, created_at: createdAt };
      world.supabase.tables.users.push(account);
    };
    await writeWhileSupabaseIsDown(world, service, { sender: UNLINKED, change });
    await service.idle();
    t.equal(world.gemini.requests.length, answers);
    t.equal(world.fonnte.sent.length, answers);
    const dropped = service.occurrences.filter(({ type }) => type === 'turn.dropped');
    t.match(dropped, answers === 0 ? [{ reason: 'owner-changed' }] : []);
  });
}
