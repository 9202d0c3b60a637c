import t from 'tap';
import { LINKED, startService, startWorld, type World } from '../../helper.ts';

/** The number now belongs to another user, as after a reset and a new OTP in the portal. */
function moveNumber({ supabase }: World, to: 'another' | 'nobody') {
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

for (const to of ['another', 'nobody'] as const) {
  t.test(`the number moves to ${to} while the message waits: it is dropped, not shown`, async (t) => {
    const world = await startWorld(t);
    let skew = 0;
    const service = await startService(t, world, { COALESCE_WINDOW_MS: 1_000 }, { now: () => Date.now() + skew });
    // The window counts from the message's arrival: its look-up must not use it up.
    await service.app.users.identify(LINKED);
    await service.call(world.fonnte.payload({ sender: LINKED, message: 'rahasia lama' }));
    moveNumber(world, to);
    skew += 61_000;
    await service.happened('turn.dropped');
    t.equal(world.gemini.calls.length, 0);
    t.notMatch(JSON.stringify(world.fonnte.sent), /rahasia/);
    t.equal(await service.app.sessions.get(LINKED), null);
  });

  t.test(`the number moves to ${to} while the model answers: the answer is not sent`, async (t) => {
    const world = await startWorld(t);
    let skew = 0;
    const service = await startService(t, world, {}, { now: () => Date.now() + skew });
    world.gemini.answer(() => {
      moveNumber(world, to);
      skew += 61_000;
      return { text: 'data pemilik lama' };
    });
    await service.call(world.fonnte.payload({ sender: LINKED, message: 'berapa?' }));
    await service.happened('turn.dropped');
    t.notMatch(JSON.stringify(world.fonnte.sent), /pemilik lama/);
    t.equal(await service.app.sessions.get(LINKED), null);
  });

  t.test(`the number moves to ${to} while a send is retried: the reply is not sent`, async (t) => {
    const world = await startWorld(t);
    let skew = 0;
    const service = await startService(t, world, {}, { now: () => Date.now() + skew });
    world.gemini.answer(() => ({ text: 'data pemilik lama' }));
    await world.fonnte.fault(
      { kind: 'reject', body: { status: false, reason: 'server busy' } },
      { times: 1, match: ({ path }) => path === '/send' },
    );
    await service.call(world.fonnte.payload({ sender: LINKED, message: 'berapa?' }));
    await service.happened('turn.retrying');
    moveNumber(world, to);
    skew += 61_000;
    await service.happened('turn.dropped');
    t.notMatch(JSON.stringify(world.fonnte.sent), /pemilik lama/);
  });

  t.test(`the number moves to ${to} before a replay: the stored reply is not sent`, async (t) => {
    const world = await startWorld(t);
    const service = await startService(t, world);
    world.gemini.answer(() => ({ text: 'data pemilik lama' }));
    await world.fonnte.fault(
      { kind: 'reject', body: { status: false, reason: 'target invalid' } },
      { times: 1, match: ({ path }) => path === '/send' },
    );
    await service.call(world.fonnte.payload({ sender: LINKED, message: 'berapa?' }));
    await service.happened('turn.dead');
    moveNumber(world, to);
    const [letter] = await service.app.inbox.deadLetters({ limit: 1, cursor: 0 });
    await service.app.inbox.replay(letter?.id ?? '');
    service.app.users.forget(LINKED);
    service.app.conversations.notify(LINKED, Date.now());
    await service.happened('turn.dropped');
    t.notMatch(JSON.stringify(world.fonnte.sent), /pemilik lama/);
  });
}

t.test('a session of the former owner is never shown to the new one', async (t) => {
  const world = await startWorld(t);
  let skew = 0;
  const service = await startService(t, world, {}, { now: () => Date.now() + skew });
  world.gemini.answer(() => ({ text: 'jawaban' }));
  await service.call(world.fonnte.payload({ sender: LINKED, message: 'anggaran rahasia' }));
  await service.happened('turn.finished');
  moveNumber(world, 'another');
  skew += 61_000;
  await service.call(world.fonnte.payload({ sender: LINKED, message: 'tadi saya tanya apa?' }));
  await world.fonnte.waitForSent(() => world.fonnte.sent.length === 2);
  t.notMatch(JSON.stringify(world.gemini.calls[1]?.body), /anggaran rahasia|Siti/);
});
