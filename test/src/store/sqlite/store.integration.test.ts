import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { senderOf } from '../../../../src/conversation-key.ts';
import { createEvents } from '../../../../src/events.ts';
import { openStoreDatabase } from '../../../../src/store/sqlite/database.ts';
import { one, type SessionUpdate } from '../../../../src/store/types.ts';
import { keyOf } from '../../../support/conversation.ts';
import { storeContract } from '../../../support/store-contract/contract.ts';
import {
  embedded,
  FILE,
  foundIn,
  memoryFolder,
  openEmbedded,
  readLog,
  sizeOf,
} from '../../../support/store-contract/embedded.ts';
import {
  addition,
  DAY,
  deadTurn,
  entry,
  fingerprint,
  HOUR,
  IDLE_MS,
  nextOf,
  notice,
  openStoreFixture,
  PER_MINUTE,
  refusal,
  SENDER,
  type StoreFixture,
  storedReply,
  USER,
} from '../../../support/store-contract/samples.ts';

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

await t.test('the contract', (t) => storeContract(t, embedded(memoryFolder(t))));

await t.test('the calls of one tick are one commit, those of the next another', async (t) => {
  const fixture = await openEmbedded(t);
  await fixture.store.prune();
  const before = readLog(fixture.file).commits;
  const acceptAll = (count: number) =>
    Promise.all(range(count).map(() => fixture.accept(fixture.message(), fingerprint(), 10_000)));
  await acceptAll(300);
  t.equal(readLog(fixture.file).commits - before, 1);
  await acceptAll(10);
  t.equal(readLog(fixture.file).commits - before, 2);
});

await t.test('resolved writes are in the files', async (t) => {
  const fixture = await openEmbedded(t);
  await fixture.accept(fixture.message({ text: 'PESAN-YANG-DITERIMA' }), fingerprint(), PER_MINUTE);
  t.same(foundIn(fixture.folder, ['PESAN-YANG-DITERIMA']), ['PESAN-YANG-DITERIMA']);
});

await t.test('a commit waits for the disk', async (t) => {
  const engine = openStoreDatabase(memoryFolder(t), createEvents());
  t.teardown(() => engine.close());
  t.match(
    engine.read('test', (sql) => sql('PRAGMA synchronous').get()),
    { synchronous: 2 },
    'FULL: SQLite syncs its log in every commit',
  );
});

await t.test('a failed write affects no other write of the same tick, and its fingerprint is not stored', async (t) => {
  const fixture = await openEmbedded(t);
  const [taken] = await fixture.acceptTexts('dulu');
  const call = fingerprint();
  const answers = await Promise.allSettled([
    fixture.accept(fixture.message({ text: 'sebelah kiri' }), fingerprint(), PER_MINUTE),
    fixture.accept(fixture.message({ text: 'rusak', seq: taken?.seq ?? 0 }), call, PER_MINUTE),
    fixture.accept(fixture.message({ text: 'sebelah kanan' }), fingerprint(), PER_MINUTE),
    one(fixture.inbox.refuse([refusal(fixture)])),
  ]);
  t.same(
    answers.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  );
  const texts = async () => (await nextOf(fixture)).waiting.map(({ text }) => text);
  t.same(await texts(), ['dulu', 'sebelah kiri', 'sebelah kanan']);
  t.equal(await one(fixture.inbox.hasFingerprint([call])), false, 'message and fingerprint together, or neither');
  t.equal((await fixture.inbox.status()).pending, 3);
  t.equal(fixture.store.status(), 'ok', 'the store is not to blame');
  await fixture.reopen();
  t.equal((await fixture.inbox.status()).pending, 3, 'as the rows say');
});

await t.test('a failed write does not change counts', async (t) => {
  const fixture = await openStoreFixture(t, embedded(memoryFolder(t)), 3);
  const [taken] = await fixture.acceptTexts('dulu');
  const bad = () => fixture.accept(fixture.message({ seq: taken?.seq ?? 0 }), fingerprint(), PER_MINUTE);
  await Promise.allSettled([fixture.acceptTexts('satu'), bad(), bad(), bad()]);
  t.equal((await fixture.inbox.status()).pending, 2);
  t.equal(await fixture.accept(fixture.message(), fingerprint(), PER_MINUTE), 'accepted');
  t.equal(await fixture.accept(fixture.message(), fingerprint(), PER_MINUTE), 'full');
});

await t.test('the session of a turn that can not end is not changed', async (t) => {
  const fixture = await openEmbedded(t);
  const { id } = await fixture.begin('halo');
  const bad = addition({ append: [entry('tidak boleh ada')], userId: null as unknown as string });
  await t.rejects(one(fixture.turns.complete([{ id, outcome: 'answered', session: bad }])));
  t.equal(await one(fixture.store.sessions.get([SENDER])), null);
  t.equal((await nextOf(fixture)).open?.id, id, 'and the turn is still open');
  t.equal((await fixture.inbox.status()).pending, 1);
});

await t.test('killed at any instant, what belongs together is there together', async (t) => {
  const fixture = await openEmbedded(t);
  await fixture.store.prune();
  const call = fingerprint();
  const refused = refusal(fixture);
  const message = fixture.message();
  await Promise.all([fixture.accept(message, call, PER_MINUTE), one(fixture.inbox.refuse([refused]))]);
  const seqs = [message.seq];
  const turn = await one(fixture.turns.start([{ sender: SENDER, userId: USER, kind: 'answer', seqs }]));
  await one(fixture.turns.saveReply([{ id: turn?.id ?? '', ...storedReply(fixture, { parts: ['a', 'b'] }) }]));
  await one(fixture.turns.recordPartSent([{ id: turn?.id ?? '', partsSent: 1 }]));
  await one(fixture.turns.complete([{ id: turn?.id ?? '', outcome: 'answered', session: addition() }]));

  const { ends } = readLog(fixture.file);
  const cuts = [0, 32, ...ends.flatMap((end) => [end - 1_000, end])];
  const reached = new Set<string>();
  for (const cut of cuts) {
    const folder = memoryFolder(t);
    mkdirSync(join(folder, 'copy'));
    copyFileSync(fixture.file, join(folder, 'copy', FILE));
    writeFileSync(join(folder, 'copy', `${FILE}-wal`), readFileSync(`${fixture.file}-wal`).subarray(0, cut));
    const killed = await openStoreFixture(t, embedded(folder), 10, 'copy');
    const accepted = await one(killed.inbox.hasFingerprint([call]));
    const { open, waiting } = await nextOf(killed);
    const notices = await one(killed.inbox.refuse([refusal(killed)]));
    const session = await one(killed.store.sessions.get([SENDER]));
    const pending = (await killed.inbox.status()).pending;
    const answering = open?.kind === 'answer' ? open : null;
    const step = session
      ? 'ended'
      : answering
        ? `sent ${answering.partsSent} of ${answering.parts?.length ?? 0}`
        : 'waiting';
    reached.add(accepted ? step : 'nothing');
    const whole = accepted
      ? pending === (session ? 0 : 1) && waiting.length === (step === 'waiting' ? 1 : 0) && notices === 'suppressed'
      : pending === 0 && waiting.length === 0 && !session && notices === 'queued';
    if (!whole) t.fail('half of what belongs together', { cut, step, accepted, pending, notices });
    await killed.store.close();
  }
  t.same([...reached], ['nothing', 'waiting', 'sent 0 of 0', 'sent 0 of 2', 'sent 1 of 2', 'ended']);
});

await t.test('only the owner can access the folder and its files', async (t) => {
  const umask = process.umask(0);
  t.teardown(() => process.umask(umask));
  const parent = memoryFolder(t);
  const fixture = await openEmbedded(t, { parent, place: 'data' });
  await fixture.acceptTexts('halo');
  const modes = () =>
    Object.fromEntries(
      readdirSync(fixture.folder).map((name) => [name, statSync(join(fixture.folder, name)).mode & 0o777]),
    );
  const wanted = { 'lock.sqlite': 0o600, [FILE]: 0o600, [`${FILE}-wal`]: 0o600, [`${FILE}-shm`]: 0o600 };
  t.same(modes(), wanted);
  t.equal(statSync(fixture.folder).mode & 0o777, 0o700);
  await fixture.store.close();
  chmodSync(fixture.folder, 0o755);
  for (const name of readdirSync(fixture.folder)) chmodSync(join(fixture.folder, name), 0o644);
  await fixture.reopen();
  await fixture.acceptTexts('halo');
  t.same(modes(), wanted, 'also where a backup was put back carelessly');
  t.equal(statSync(fixture.folder).mode & 0o777, 0o700);
});

await t.test('deleted data is in no file', async (t) => {
  /** A text that can be found in no other place. */
  const secret = (name: string) => `RAHASIA-${name}-`.repeat(40);
  const marked = (...names: string[]) => names.map((name) => `RAHASIA-${name}-`);
  const all = (fixture: { folder: string }, names: string[]) => foundIn(fixture.folder, marked(...names));

  /** Stores one record of each kind for a sender. */
  async function fill(fixture: StoreFixture) {
    const dead = await fixture.begin(secret('surat-mati'));
    await one(fixture.turns.saveReply([{ id: dead.id, ...storedReply(fixture, { parts: [secret('balasan-mati')] }) }]));
    await one(
      fixture.turns.moveToDeadLetters([
        { id: dead.id, ...deadTurn(fixture, { upstream: 'fonnte', reason: secret('alasan') }) },
      ]),
    );
    const answered = await fixture.begin(secret('pertanyaan'));
    const reply = storedReply(fixture, { parts: [secret('jawaban')], notes: { list: secret('catatan') } });
    await one(fixture.turns.saveReply([{ id: answered.id, ...reply }]));
    const session = addition({ append: [entry(secret('sesi'))], notes: { list: secret('catatan') } });
    await one(fixture.turns.complete([{ id: answered.id, outcome: 'answered', session }]));
    await fixture.begin(secret('terbuka'));
    await fixture.acceptTexts(secret('menunggu'));
    await one(fixture.inbox.refuse([refusal(fixture, { notice: notice({ text: secret('pemberitahuan') }) })]));
    return dead.id;
  }
  const everything = ['surat-mati', 'balasan-mati', 'alasan', 'pertanyaan', 'jawaban', 'catatan', 'sesi', 'terbuka'];
  everything.push('menunggu', 'pemberitahuan');

  await t.test('after forgetting a sender, number included', async (t) => {
    const fixture = await openEmbedded(t);
    await fill(fixture);
    t.same(all(fixture, everything), marked(...everything), 'the search finds what is there');
    t.same(foundIn(fixture.folder, [SENDER]), [SENDER]);
    await fixture.store.forget(senderOf(SENDER));
    t.same(all(fixture, everything), []);
    t.same(foundIn(fixture.folder, [SENDER]), []);
  });

  await t.test('after discarding a dead letter', async (t) => {
    const fixture = await openEmbedded(t);
    const id = await fill(fixture);
    await fixture.deadLetters.discard(id);
    t.same(all(fixture, ['surat-mati', 'balasan-mati', 'alasan']), []);
    t.same(all(fixture, ['sesi']), marked('sesi'), 'the rest stays');
  });

  await t.test('after its time, by the pruning', async (t) => {
    const fixture = await openEmbedded(t);
    await fill(fixture);
    fixture.clock.at += IDLE_MS + 1;
    await fixture.store.prune();
    t.same(all(fixture, ['sesi']), []);
    fixture.clock.at += DAY;
    await fixture.store.prune();
    t.same(all(fixture, ['pertanyaan', 'jawaban', 'catatan']), []);
    t.same(all(fixture, ['surat-mati', 'menunggu']), marked('surat-mati', 'menunggu'));
    fixture.clock.at += 30 * DAY;
    await fixture.store.prune();
    t.same(all(fixture, ['surat-mati', 'balasan-mati', 'alasan']), []);
  });

  await t.test('after it was replaced: session entries, a dropped reply, an apology', async (t) => {
    const fixture = await openEmbedded(t);
    const end = async (name: string, userId: string) => {
      const { id } = await fixture.begin('halo');
      const added = entry(secret(name));
      const session: SessionUpdate = (before) => ({
        userId,
        entries: [...(before?.userId === userId ? before.entries : []), added].slice(-2),
        notes: {},
      });
      await one(fixture.turns.complete([{ id, outcome: 'answered', session }]));
    };
    for (const name of ['satu', 'dua', 'tiga']) await end(name, USER);
    const dropped = await fixture.begin('halo');
    await one(fixture.turns.saveReply([{ id: dropped.id, ...storedReply(fixture, { parts: [secret('dilepas')] }) }]));
    await one(fixture.turns.drop([{ id: dropped.id, outcome: 'owner-changed', deletesSession: false }]));
    await fixture.store.prune();
    t.same(all(fixture, ['satu', 'dilepas']), []);
    t.same(all(fixture, ['dua', 'tiga']), marked('dua', 'tiga'));
    await end('empat', 'user-b');
    await fixture.store.prune();
    t.same(all(fixture, ['dua', 'tiga']), []);
    await one(fixture.store.sessions.delete([SENDER]));
    await fixture.store.prune();
    t.same(all(fixture, ['empat']), []);
  });

  await t.test('the text of a manual send is not stored', async (t) => {
    const fixture = await openEmbedded(t);
    await fixture.store.idempotencyKeys.claim('key', secret('kiriman'));
    t.same(all(fixture, ['kiriman']), []);
  });

  await t.test('as soon as no backup is reading the log any more', async (t) => {
    const fixture = await openEmbedded(t);
    await fill(fixture);
    const backup = new DatabaseSync(fixture.file, { readOnly: true });
    backup.exec('BEGIN; SELECT * FROM messages');
    await fixture.store.forget(senderOf(SENDER));
    t.equal(fixture.store.status(), 'ok');
    t.not(all(fixture, everything).length, 0, 'the backup still needs it');
    backup.close();
    await fixture.store.prune();
    t.same(all(fixture, everything), []);
  });
});

await t.test('no copies of deleted rows are left in the pages, thoroughly compacted', async (t) => {
  const folder = memoryFolder(t);
  const engine = openStoreDatabase(folder, createEvents());
  t.teardown(() => engine.close());
  const gone: string[] = [];
  let state = 1;
  const random = () => {
    state = (state * 48_271) % 0x7fffffff;
    return state / 0x7fffffff;
  };
  const live: string[] = [];
  for (const round of range(40)) {
    await engine.write('test', (sql) => {
      for (const index of range(100)) {
        const key = `<${round}.${index}>`;
        sql('INSERT INTO sessions (sender, user_id, entries, notes, updated_at) VALUES (?, ?, ?, ?, 0)').run(
          key,
          'u',
          'z'.repeat(Math.floor(random() * 900)),
          '{}',
        );
        live.push(key);
        if (random() > 0.6) continue;
        const [removed] = live.splice(Math.floor(random() * live.length), 1);
        sql('DELETE FROM sessions WHERE sender = ?').run(removed ?? '');
        gone.push(removed ?? '');
      }
    });
  }
  engine.maintain(false);
  t.not(foundIn(folder, gone).length, 0, 'secure_delete alone leaves some');
  engine.maintain(true);
  t.same(foundIn(folder, gone), []);
  t.equal(foundIn(folder, live).length, live.length);
});

await t.test('pruning rewrites the file at most once a day', async (t) => {
  const fixture = await openEmbedded(t);
  /** @returns a number in the header that changes when the file is rewritten */
  const rewritings = () => readFileSync(fixture.file).readUInt32BE(40);
  await fixture.store.prune();
  const first = rewritings();
  fixture.clock.at += DAY - 1;
  await fixture.acceptTexts('halo');
  await fixture.store.prune();
  t.equal(rewritings(), first);
  await fixture.reopen();
  fixture.clock.at += 1;
  await fixture.store.prune();
  t.equal(rewritings(), first + 1);
});

await t.test('the file does not grow under a steady load', async (t) => {
  const fixture = await openEmbedded(t);
  const work = async (index: number) => {
    const sender = keyOf(`62812000001${String(index).padStart(2, '0')}`);
    const message = fixture.message({ sender, text: 'x'.repeat(800) });
    await fixture.accept(message, fingerprint(), 1_000);
    const turn = await one(fixture.turns.start([{ sender, userId: USER, kind: 'answer', seqs: [message.seq] }]));
    const append = [entry('x'.repeat(800)), entry('y'.repeat(2_000), 'assistant')];
    await one(
      fixture.turns.saveReply([
        { id: turn?.id ?? '', ...storedReply(fixture, { parts: ['y'.repeat(2_000)], entries: append }) },
      ]),
    );
    await one(fixture.turns.complete([{ id: turn?.id ?? '', outcome: 'answered', session: addition({ append }) }]));
  };
  const day = async () => {
    for (const _ of range(24)) {
      await Promise.all(range(20).map(work));
      fixture.clock.at += HOUR;
      await fixture.store.prune();
    }
    return sizeOf(fixture.file);
  };
  await day();
  const second = await day();
  await day();
  const fourth = await day();
  t.ok(fourth <= second * 1.1, `${second} bytes after two days, ${fourth} after four`);
  t.ok(second < 6_000_000, 'about what a day of text takes');
  for (const _ of range(20)) await Promise.all(range(50).map(work));
  const afterBurst = sizeOf(fixture.file);
  fixture.clock.at += 2 * DAY;
  await fixture.store.prune();
  t.ok(sizeOf(fixture.file) < afterBurst / 10, 'and gives back what a burst took');

  const { id } = await fixture.begin('halo');
  await one(
    fixture.turns.complete([
      { id, outcome: 'answered', session: addition({ append: [entry('z'.repeat(3_000_000))] }) },
    ]),
  );
  t.ok(sizeOf(fixture.file) > 3_000_000);
  fixture.clock.at += HOUR;
  await fixture.store.prune();
  t.ok(sizeOf(fixture.file) < 1_000_000, 'within the hour');
});

await t.test('a file of a later version is rejected and unchanged', async (t) => {
  const folder = memoryFolder(t);
  const open = embedded(folder);
  const options = { place: 'a', now: Date.now, monotonicNow: () => performance.now() };
  const store = await open(options);
  await store.close();
  const file = join(folder, 'a', FILE);
  const database = new DatabaseSync(file);
  database.exec('PRAGMA user_version = 99');
  database.close();
  const before = readFileSync(file);
  await t.rejects(open(options), /versi layanan yang lebih baru/);
  t.ok(before.equals(readFileSync(file)));
});
