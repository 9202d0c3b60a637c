import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { createEvents } from '../../../../src/events.ts';
import { openStoreDatabase } from '../../../../src/store/sqlite/database.ts';
import type { SessionUpdate } from '../../../../src/store/types.ts';
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
  entry,
  fingerprint,
  HOUR,
  IDLE_MS,
  nextOf,
  notice,
  openShop,
  PER_MINUTE,
  refusal,
  SENDER,
  type Shop,
  storedReply,
  USER,
} from '../../../support/store-contract/samples.ts';

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

await t.test('the contract', (t) => storeContract(t, embedded(memoryFolder(t))));

await t.test('the calls of one tick are one commit, those of the next another', async (t) => {
  const shop = await openEmbedded(t);
  await shop.store.prune(IDLE_MS);
  const before = readLog(shop.file).commits;
  const acceptAll = (count: number) =>
    Promise.all(range(count).map(() => shop.inbox.accept(shop.message(), fingerprint(), 10_000)));
  await acceptAll(300);
  t.equal(readLog(shop.file).commits - before, 1);
  await acceptAll(10);
  t.equal(readLog(shop.file).commits - before, 2);
});

await t.test('what is resolved is in the files', async (t) => {
  const shop = await openEmbedded(t);
  await shop.inbox.accept(shop.message({ text: 'PESAN-YANG-DITERIMA' }), fingerprint(), PER_MINUTE);
  t.same(foundIn(shop.folder, ['PESAN-YANG-DITERIMA']), ['PESAN-YANG-DITERIMA']);
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

await t.test(
  'one bad write fails alone: its neighbours of the same tick are kept, its fingerprint is not',
  async (t) => {
    const shop = await openEmbedded(t);
    const [taken] = await shop.takeIn('dulu');
    const call = fingerprint();
    const answers = await Promise.allSettled([
      shop.inbox.accept(shop.message({ text: 'sebelah kiri' }), fingerprint(), PER_MINUTE),
      shop.inbox.accept(shop.message({ text: 'rusak', seq: taken?.seq ?? 0 }), call, PER_MINUTE),
      shop.inbox.accept(shop.message({ text: 'sebelah kanan' }), fingerprint(), PER_MINUTE),
      shop.inbox.refuse(refusal(shop)),
    ]);
    t.same(
      answers.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    );
    const texts = async () => (await nextOf(shop)).waiting.map(({ text }) => text);
    t.same(await texts(), ['dulu', 'sebelah kiri', 'sebelah kanan']);
    t.equal(await shop.inbox.hasFingerprint(call), false, 'message and fingerprint together, or neither');
    t.equal((await shop.inbox.status()).pending, 3);
    t.equal(shop.store.status(), 'ok', 'the store is not to blame');
    await shop.reopen();
    t.equal((await shop.inbox.status()).pending, 3, 'as the rows say');
  },
);

await t.test('what a bad write counted before it failed is not counted', async (t) => {
  const shop = await openShop(t, embedded(memoryFolder(t)), 3);
  const [taken] = await shop.takeIn('dulu');
  const bad = () => shop.inbox.accept(shop.message({ seq: taken?.seq ?? 0 }), fingerprint(), PER_MINUTE);
  await Promise.allSettled([shop.takeIn('satu'), bad(), bad(), bad()]);
  t.equal((await shop.inbox.status()).pending, 2);
  t.equal(await shop.inbox.accept(shop.message(), fingerprint(), PER_MINUTE), 'accepted');
  t.equal(await shop.inbox.accept(shop.message(), fingerprint(), PER_MINUTE), 'full');
});

await t.test('the session of a turn that can not end is not changed', async (t) => {
  const shop = await openEmbedded(t);
  const { id } = await shop.begin('halo');
  const bad = addition({ append: [entry('tidak boleh ada')], userId: null as unknown as string });
  await t.rejects(shop.inbox.completeTurn(id, { outcome: 'answered', session: bad }));
  t.equal(await shop.store.sessions.get(SENDER), null);
  t.equal((await nextOf(shop)).open?.id, id, 'and the turn is still open');
  t.equal((await shop.inbox.status()).pending, 1);
});

await t.test('killed at any instant, what belongs together is there together', async (t) => {
  const shop = await openEmbedded(t);
  await shop.store.prune(IDLE_MS);
  const call = fingerprint();
  const told = refusal(shop);
  const message = shop.message();
  await Promise.all([shop.inbox.accept(message, call, PER_MINUTE), shop.inbox.refuse(told)]);
  const seqs = [message.seq];
  const turn = await shop.inbox.startTurn({ sender: SENDER, userId: USER, kind: 'answer', seqs });
  await shop.inbox.saveReply(turn?.id ?? '', USER, storedReply(shop, { parts: ['a', 'b'] }));
  await shop.inbox.recordPartSent(turn?.id ?? '', 1);
  await shop.inbox.completeTurn(turn?.id ?? '', { outcome: 'answered', session: addition() });

  const { ends } = readLog(shop.file);
  const cuts = [0, 32, ...ends.flatMap((end) => [end - 1_000, end])];
  const reached = new Set<string>();
  for (const cut of cuts) {
    const folder = memoryFolder(t);
    mkdirSync(join(folder, 'copy'));
    copyFileSync(shop.file, join(folder, 'copy', FILE));
    writeFileSync(join(folder, 'copy', `${FILE}-wal`), readFileSync(`${shop.file}-wal`).subarray(0, cut));
    const killed = await openShop(t, embedded(folder), 10, 'copy');
    const accepted = await killed.inbox.hasFingerprint(call);
    const { open, waiting } = await nextOf(killed);
    const notices = await killed.inbox.refuse(refusal(killed));
    const session = await killed.store.sessions.get(SENDER);
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

await t.test('the folder is for us alone, and so is every file in it', async (t) => {
  const umask = process.umask(0);
  t.teardown(() => process.umask(umask));
  const parent = memoryFolder(t);
  const shop = await openEmbedded(t, { parent, place: 'data' });
  await shop.takeIn('halo');
  const modes = () =>
    Object.fromEntries(readdirSync(shop.folder).map((name) => [name, statSync(join(shop.folder, name)).mode & 0o777]));
  const wanted = { 'lock.sqlite': 0o600, [FILE]: 0o600, [`${FILE}-wal`]: 0o600, [`${FILE}-shm`]: 0o600 };
  t.same(modes(), wanted);
  t.equal(statSync(shop.folder).mode & 0o777, 0o700);
  await shop.store.close();
  chmodSync(shop.folder, 0o755);
  for (const name of readdirSync(shop.folder)) chmodSync(join(shop.folder, name), 0o644);
  await shop.reopen();
  await shop.takeIn('halo');
  t.same(modes(), wanted, 'also where a backup was put back carelessly');
  t.equal(statSync(shop.folder).mode & 0o777, 0o700);
});

await t.test('what was deleted is in no file any more', async (t) => {
  /** A text that can be found in no other place. */
  const secret = (name: string) => `RAHASIA-${name}-`.repeat(40);
  const marked = (...names: string[]) => names.map((name) => `RAHASIA-${name}-`);
  const all = (shop: { folder: string }, names: string[]) => foundIn(shop.folder, marked(...names));

  /** One of everything that is kept of a sender. */
  async function fill(shop: Shop) {
    const dead = await shop.begin(secret('surat-mati'));
    await shop.inbox.saveReply(dead.id, USER, storedReply(shop, { parts: [secret('balasan-mati')] }));
    await shop.inbox.moveToDeadLetters(dead.id, { upstream: 'fonnte', reason: secret('alasan') });
    const answered = await shop.begin(secret('pertanyaan'));
    const reply = storedReply(shop, { parts: [secret('jawaban')], notes: { list: secret('catatan') } });
    await shop.inbox.saveReply(answered.id, USER, reply);
    const session = addition({ append: [entry(secret('sesi'))], notes: { list: secret('catatan') } });
    await shop.inbox.completeTurn(answered.id, { outcome: 'answered', session });
    await shop.begin(secret('terbuka'));
    await shop.takeIn(secret('menunggu'));
    await shop.inbox.refuse(refusal(shop, { notice: notice({ text: secret('pemberitahuan') }) }));
    return dead.id;
  }
  const everything = ['surat-mati', 'balasan-mati', 'alasan', 'pertanyaan', 'jawaban', 'catatan', 'sesi', 'terbuka'];
  everything.push('menunggu', 'pemberitahuan');

  await t.test('after forgetting a sender, number included', async (t) => {
    const shop = await openEmbedded(t);
    await fill(shop);
    t.same(all(shop, everything), marked(...everything), 'the search finds what is there');
    t.same(foundIn(shop.folder, [SENDER]), [SENDER]);
    await shop.store.forget(SENDER);
    t.same(all(shop, everything), []);
    t.same(foundIn(shop.folder, [SENDER]), []);
  });

  await t.test('after discarding a dead letter', async (t) => {
    const shop = await openEmbedded(t);
    const id = await fill(shop);
    await shop.inbox.discard(id);
    t.same(all(shop, ['surat-mati', 'balasan-mati', 'alasan']), []);
    t.same(all(shop, ['sesi']), marked('sesi'), 'the rest stays');
  });

  await t.test('after its time, by the pruning', async (t) => {
    const shop = await openEmbedded(t);
    await fill(shop);
    shop.clock.at += IDLE_MS + 1;
    await shop.store.prune(IDLE_MS);
    t.same(all(shop, ['sesi']), []);
    shop.clock.at += DAY;
    await shop.store.prune(IDLE_MS);
    t.same(all(shop, ['pertanyaan', 'jawaban', 'catatan']), []);
    t.same(all(shop, ['surat-mati', 'menunggu']), marked('surat-mati', 'menunggu'));
    shop.clock.at += 30 * DAY;
    await shop.store.prune(IDLE_MS);
    t.same(all(shop, ['surat-mati', 'balasan-mati', 'alasan']), []);
  });

  await t.test('after it was replaced: session entries, a dropped reply, an apology', async (t) => {
    const shop = await openEmbedded(t);
    const end = async (name: string, userId: string) => {
      const { id } = await shop.begin('halo');
      const added = entry(secret(name));
      const session: SessionUpdate = (before) => ({
        userId,
        entries: [...(before?.userId === userId ? before.entries : []), added].slice(-2),
        notes: {},
      });
      await shop.inbox.completeTurn(id, { outcome: 'answered', session });
    };
    for (const name of ['satu', 'dua', 'tiga']) await end(name, USER);
    const dropped = await shop.begin('halo');
    await shop.inbox.saveReply(dropped.id, USER, storedReply(shop, { parts: [secret('dilepas')] }));
    await shop.inbox.dropTurn(dropped.id, 'owner-changed', false);
    await shop.store.prune(IDLE_MS);
    t.same(all(shop, ['satu', 'dilepas']), []);
    t.same(all(shop, ['dua', 'tiga']), marked('dua', 'tiga'));
    await end('empat', 'user-b');
    await shop.store.prune(IDLE_MS);
    t.same(all(shop, ['dua', 'tiga']), []);
    await shop.store.sessions.forget(SENDER);
    await shop.store.prune(IDLE_MS);
    t.same(all(shop, ['empat']), []);
  });

  await t.test('what a manual send said is never there', async (t) => {
    const shop = await openEmbedded(t);
    await shop.store.idempotencyKeys.claim('key', secret('kiriman'));
    t.same(all(shop, ['kiriman']), []);
  });

  await t.test('as soon as no backup is reading the log any more', async (t) => {
    const shop = await openEmbedded(t);
    await fill(shop);
    const backup = new DatabaseSync(shop.file, { readOnly: true });
    backup.exec('BEGIN; SELECT * FROM messages');
    await shop.store.forget(SENDER);
    t.equal(shop.store.status(), 'ok');
    t.not(all(shop, everything).length, 0, 'the backup still needs it');
    backup.close();
    await shop.store.prune(IDLE_MS);
    t.same(all(shop, everything), []);
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
    await engine.write('test', ({ sql }) => {
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

await t.test('the pruning writes the file anew once a day, and no oftener', async (t) => {
  const shop = await openEmbedded(t);
  /** A number in the header that changes when everything is written anew. */
  const rewritings = () => readFileSync(shop.file).readUInt32BE(40);
  await shop.store.prune(IDLE_MS);
  const first = rewritings();
  shop.clock.at += DAY - 1;
  await shop.takeIn('halo');
  await shop.store.prune(IDLE_MS);
  t.equal(rewritings(), first);
  await shop.reopen();
  shop.clock.at += 1;
  await shop.store.prune(IDLE_MS);
  t.equal(rewritings(), first + 1);
});

await t.test('the file does not grow under a steady load', async (t) => {
  const shop = await openEmbedded(t);
  const work = async (index: number) => {
    const sender = `62812000001${String(index).padStart(2, '0')}`;
    const message = shop.message({ sender, text: 'x'.repeat(800) });
    await shop.inbox.accept(message, fingerprint(), 1_000);
    const turn = await shop.inbox.startTurn({ sender, userId: USER, kind: 'answer', seqs: [message.seq] });
    const append = [entry('x'.repeat(800)), entry('y'.repeat(2_000), 'assistant')];
    await shop.inbox.saveReply(
      turn?.id ?? '',
      USER,
      storedReply(shop, { parts: ['y'.repeat(2_000)], entries: append }),
    );
    await shop.inbox.completeTurn(turn?.id ?? '', { outcome: 'answered', session: addition({ append }) });
  };
  const day = async () => {
    for (const _ of range(24)) {
      await Promise.all(range(20).map(work));
      shop.clock.at += HOUR;
      await shop.store.prune(IDLE_MS);
    }
    return sizeOf(shop.file);
  };
  await day();
  const second = await day();
  await day();
  const fourth = await day();
  t.ok(fourth <= second * 1.1, `${second} bytes after two days, ${fourth} after four`);
  t.ok(second < 6_000_000, 'about what a day of text takes');
  for (const _ of range(20)) await Promise.all(range(50).map(work));
  const afterBurst = sizeOf(shop.file);
  shop.clock.at += 2 * DAY;
  await shop.store.prune(IDLE_MS);
  t.ok(sizeOf(shop.file) < afterBurst / 10, 'and gives back what a burst took');

  const { id } = await shop.begin('halo');
  await shop.inbox.completeTurn(id, {
    outcome: 'answered',
    session: addition({ append: [entry('z'.repeat(3_000_000))] }),
  });
  t.ok(sizeOf(shop.file) > 3_000_000);
  shop.clock.at += HOUR;
  await shop.store.prune(IDLE_MS);
  t.ok(sizeOf(shop.file) < 1_000_000, 'within the hour');
});

await t.test('a file of a later version is refused, and left as it is', async (t) => {
  const folder = memoryFolder(t);
  const open = embedded(folder);
  const options = { place: 'a', now: Date.now, monotonic: () => performance.now(), maxInbox: 10 };
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
