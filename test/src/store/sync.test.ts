import { fstatSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTick } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { createEvents, type Occurrence } from '../../../src/events.ts';
import { openEngine } from '../../../src/store/engine.ts';
import { createSqliteStore } from '../../../src/store/sqlite.ts';
import { FILE, scratchFolder } from './embedded.ts';
import { fingerprint, SENDER } from './samples.ts';

/** An engine whose syncs wait until the test lets them through. */
function setUp(t: Test) {
  const folder = scratchFolder(t);
  const events = createEvents();
  const told: Occurrence[] = [];
  events.on((occurrence) => told.push(occurrence));
  const syncs: { fd: number; done(error: Error | null): void }[] = [];
  const held = { isHeld: true };
  const engine = openEngine(folder, events, (fd, done) => {
    if (held.isHeld) syncs.push({ fd, done });
    else done(null);
  });
  t.teardown(async () => {
    held.isHeld = false;
    for (const { done } of syncs) done(null);
    await engine.close();
  });
  const resolved: string[] = [];
  const put = (key: string, survives?: 'kill') => {
    const write = engine.write(
      'put',
      ({ sql }) => sql('INSERT INTO remembered (key, expires_at) VALUES (?, 1)').run(key),
      survives,
    );
    return write.then(() => void resolved.push(key));
  };
  return { engine, folder, syncs, told, put, resolved };
}

/** A store whose syncs wait for the test while they are held. */
function setUpStore(t: Test, isHeld: boolean) {
  const syncs: ((error: Error | null) => void)[] = [];
  const held = { isHeld };
  const store = createSqliteStore({
    directory: scratchFolder(t),
    maxInbox: 10,
    events: createEvents(),
    datasync: (_, done) => void (held.isHeld ? syncs.push(done) : done(null)),
  });
  return { store, syncs, held };
}

/** All that was asked for is committed, and what could resolve has. */
async function ticks(): Promise<void> {
  for (let tick = 0; tick < 3; tick += 1) await nextTick();
}

t.test('a write counts when the log is on disk, and not before', async (t) => {
  const { syncs, put, resolved, folder, engine } = setUp(t);
  const write = put('a');
  await ticks();
  t.equal(syncs.length, 1);
  t.equal(fstatSync(syncs[0]?.fd ?? 0).ino, statSync(join(folder, `${FILE}-wal`)).ino, 'it is the log that is synced');
  t.ok(engine.read('get', (sql) => sql("SELECT 1 FROM remembered WHERE key = 'a'").get()));
  t.same(resolved, []);
  syncs[0]?.done(null);
  await write;
  t.same(resolved, ['a']);
});

t.test('what is written during a sync is committed after it, together, and shares the next one', async (t) => {
  const { syncs, put, resolved, engine } = setUp(t);
  const committed = () => engine.read('count', (sql) => sql('SELECT count(*) AS count FROM remembered').get()?.count);
  const writes = [put('a')];
  await ticks();
  for (const key of ['b', 'c', 'd']) {
    writes.push(put(key));
    await ticks();
  }
  t.equal(syncs.length, 1);
  t.equal(committed(), 1, 'nobody could have been told earlier of the others');
  syncs[0]?.done(null);
  await ticks();
  t.same(resolved, ['a']);
  t.equal(committed(), 4);
  t.equal(syncs.length, 2);
  syncs[1]?.done(null);
  await Promise.all(writes);
  t.same(resolved, ['a', 'b', 'c', 'd']);
});

t.test('a write that need not survive a power cut counts when it is committed', async (t) => {
  const { syncs, put, resolved } = setUp(t);
  await put('a', 'kill');
  t.same([resolved, syncs.length], [['a'], 0]);
  const durable = put('b');
  await ticks();
  await put('c', 'kill');
  t.same(resolved, ['a', 'c'], 'nor does it wait for a sync that runs');
  syncs[0]?.done(null);
  await durable;
});

t.test('what can be read may not be on disk yet; whoever needs to know waits', async (t) => {
  const { syncs, put, engine } = setUp(t);
  const write = put('a');
  await ticks();
  let known = false;
  const synced = engine.synced().then(() => {
    known = true;
  });
  syncs[0]?.done(null);
  await ticks();
  t.equal(known, false, 'a sync that began before it was asked for says nothing');
  syncs[1]?.done(null);
  await Promise.all([write, synced]);
});

t.test('a disk that refuses makes the write refused, and says what is wrong', async (t) => {
  for (const [code, condition] of [
    ['EIO', 'failed'],
    ['ENOSPC', 'full'],
  ] as const) {
    const { syncs, put, engine, told } = setUp(t);
    const write = put('a');
    await ticks();
    syncs[0]?.done(Object.assign(new Error(code), { code, syscall: 'fdatasync' }));
    await t.rejects(write, { code: 'STORE_UNAVAILABLE' });
    t.equal(engine.condition(), condition);
    const again = put('b');
    await ticks();
    syncs[1]?.done(Object.assign(new Error(code), { code, syscall: 'fdatasync' }));
    await t.rejects(again, { code: 'STORE_UNAVAILABLE' });
    t.match(
      told,
      [{ type: 'store.failed', operation: 'put', code: condition }],
      'told once: it has not recovered between',
    );
    t.equal(told.length, 1);
  }
});

t.test('a store that closes waits for its last commits', async (t) => {
  const { syncs, put, engine, resolved } = setUp(t);
  const write = put('a');
  await ticks();
  const closed = engine.close();
  await ticks();
  t.equal(engine.condition(), 'ok');
  for (let sync = 0; sync < 2; sync += 1) {
    syncs[sync]?.done(null);
    await ticks();
  }
  await Promise.all([write, closed]);
  t.same(resolved, ['a']);
});

t.test('a repeated call is a duplicate only when the first is on disk', async (t) => {
  const { store, syncs } = setUpStore(t, true);
  const call = fingerprint();
  const message = {
    seq: 1,
    sender: SENDER,
    userId: null,
    device: '1',
    inboxid: 1,
    text: 'halo',
    attachment: null,
    receivedAt: 1,
  };
  const accepted = store.inbox.accept(message, call, 10);
  await ticks();
  let isDuplicate: boolean | undefined;
  const seen = store.inbox.seen(call).then((is) => {
    isDuplicate = is;
  });
  await ticks();
  t.equal(isDuplicate, undefined);
  for (let sync = 0; sync < 2; sync += 1) {
    syncs[sync]?.(null);
    await ticks();
  }
  t.equal(await accepted, 'accepted');
  await seen;
  t.equal(isDuplicate, true);
  const closed = store.close();
  await ticks();
  syncs[2]?.(null);
  await closed;
});

t.test('a call that is settled is seen no more at once, though the disk is still awaited', async (t) => {
  const { store, syncs, held } = setUpStore(t, false);
  const call = fingerprint('once');
  const message = {
    sender: SENDER,
    userId: null,
    device: '1',
    inboxid: 0,
    text: 'ya',
    attachment: null,
    receivedAt: 1,
  };
  t.equal(await store.inbox.accept({ ...message, seq: 1 }, call, 10), 'accepted');
  t.equal(await store.inbox.seen(call), true);
  held.isHeld = true;
  const settled = store.inbox.settle(call.key);
  t.equal(await store.inbox.seen(call), false);
  const next = store.inbox.accept({ ...message, seq: 2 }, call, 10);
  for (let tick = 0; tick < 4; tick += 1) {
    await ticks();
    syncs.shift()?.(null);
  }
  await settled;
  t.equal(await next, 'accepted', 'the same call again is a new message');
  held.isHeld = false;
  for (const done of syncs) done(null);
  await store.close();
});

t.test('a reply may be sent before it is on disk; the part after the first may not', async (t) => {
  const { store, syncs, held } = setUpStore(t, false);
  const { inbox } = store;
  const message = { seq: 1, sender: SENDER, userId: null, device: '1', inboxid: 1, text: 'halo', attachment: null };
  await inbox.accept({ ...message, receivedAt: 1 }, fingerprint(), 10);
  held.isHeld = true;
  const turn = await inbox.start({ sender: SENDER, userId: null, kind: 'answer', seqs: [1] });
  const reply = { parts: ['satu', 'dua'], entries: [], notes: null, doom: null, at: 1 };
  t.equal(await inbox.keepReply(turn?.id ?? '', null, reply), true);
  t.same((await inbox.next(SENDER, 1)).open?.parts, ['satu', 'dua'], 'whoever starts after a kill finds it');
  t.equal(syncs.length, 0);
  let isNoted = false;
  const noted = inbox.partSent(turn?.id ?? '', 1).then(() => {
    isNoted = true;
  });
  await ticks();
  t.same([syncs.length, isNoted], [1, false]);
  held.isHeld = false;
  syncs[0]?.(null);
  await noted;
  await store.close();
});

t.test('while the disk fails, a reply waits for it: nothing is sent that no disk holds', async (t) => {
  const { syncs, put, resolved } = setUp(t);
  const refused = put('a');
  await ticks();
  syncs[0]?.done(Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'fdatasync' }));
  await t.rejects(refused, { code: 'STORE_UNAVAILABLE' });
  const reply = put('b', 'kill');
  await ticks();
  t.same([syncs.length, resolved], [2, []]);
  syncs[1]?.done(null);
  await reply;
  await put('c', 'kill');
  t.same([syncs.length, resolved], [2, ['b', 'c']], 'it is well again');
});
