import { closeSync, fstatSync, ftruncateSync, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { ConversationKey } from '../../../src/conversation-key.ts';
import { one } from '../../../src/store/types.ts';
import { keyOf } from '../../support/conversation.ts';
import { LINKED, OTHER_LINKED, startFakeUpstreams } from '../../support/fake-upstreams.ts';
import { scratchFolder } from '../../support/folders.ts';
import { get } from '../../support/http.ts';
import { ADMIN_KEY, SECRET, type Service, startService } from '../../support/service.ts';
import { fingerprint, newMessage } from '../../support/store-contract/samples.ts';

const FILE = 'sapa-wa.sqlite';
const PAGE = 4_096;
const FOUR = keyOf('6281200000004');

/** Writes to a file in place, as another program or a failing disk would: its inode stays. */
function change(path: string, act: (fd: number, size: number) => void): void {
  const fd = openSync(path, 'r+');
  try {
    act(fd, fstatSync(fd).size);
  } finally {
    closeSync(fd);
  }
}

const overwrite = (path: string, from: number, to?: number) =>
  change(path, (fd, size) => writeSync(fd, Buffer.alloc((to ?? size) - from, 0xa5), 0, (to ?? size) - from, from));

const truncate = (path: string, size: number) => change(path, (fd) => ftruncateSync(fd, size));

const DAMAGES: [what: string, damage: (file: string) => void][] = [
  ['the header overwritten', (file) => overwrite(file, 0, PAGE)],
  ['every page but the first overwritten', (file) => overwrite(file, PAGE)],
  [
    'the pages of one answered message overwritten',
    (file) => {
      const bytes = readFileSync(file);
      for (let page = 0; page < bytes.length; page += PAGE)
        if (bytes.subarray(page, page + PAGE).includes('Pesan yang sudah dijawab')) overwrite(file, page, page + PAGE);
    },
  ],
  ['the whole file overwritten', (file) => overwrite(file, 0)],
  ['half of the file gone', (file) => truncate(file, Math.floor(statSync(file).size / PAGE / 2) * PAGE)],
  ['all of the file gone', (file) => truncate(file, 0)],
  ['the log overwritten', (file) => overwrite(`${file}-wal`, 0)],
  [
    'file and log overwritten',
    (file) => {
      overwrite(file, 0);
      overwrite(`${file}-wal`, 0);
    },
  ],
];

/** A service with an answered message, a dead letter and a turn that waits for Gemini. */
async function startBusyService(t: Test) {
  const upstreams = await startFakeUpstreams(t);
  const { fonnte, gemini } = upstreams;
  const service = await startService(t, upstreams, { DATA_DIR: scratchFolder(t) });
  const file = join(service.app.config.DATA_DIR, FILE);
  const send = (sender: string, message: string) =>
    fonnte.deliver(`${service.url}/webhook/whatsapp?secret=${SECRET}`, fonnte.buildPayload({ sender, message }), {
      retries: 100,
      retryEveryMs: 50,
    });
  const repliesTo = (sender: string) => fonnte.sent.filter(({ target }) => target === sender).length;

  gemini.scriptResponses(() => ({ text: 'Baik.' }));
  await send(LINKED, 'Pesan yang sudah dijawab');
  await service.waitForEvent('turn.finished');
  await service.idle();
  const dead = await one(
    service.app.store.turns.start([
      {
        sender: OTHER_LINKED,
        userId: null,
        kind: 'answer',
        seqs: [await acceptDirectly(service, OTHER_LINKED)],
      },
    ]),
  );
  await one(
    service.app.store.turns.moveToDeadLetters([
      { id: dead?.id ?? '', deadLetterReason: { upstream: 'gemini', reason: 'x' }, history: [], keepsReply: false },
    ]),
  );
  await service.app.store.prune();

  const asked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  t.teardown(() => released.resolve());
  gemini.scriptResponses(async () => {
    asked.resolve();
    await released.promise;
    return { text: 'Baik.' };
  });
  await send(LINKED, 'Pesan yang sedang dijawab');
  await asked.promise;
  const release = async () => {
    gemini.scriptResponses(() => ({ text: 'Baik.' }));
    released.resolve();
    await service.idle();
  };
  return { service, file, send, repliesTo, release };
}

async function acceptDirectly({ app }: Service, sender: ConversationKey): Promise<number> {
  const seq = app.store.inbox.nextSequence();
  const message = { seq, sender, userId: null, device: '', inboxid: 0, text: 'Pesan gagal', attachment: null };
  await one(app.store.inbox.accept([newMessage({ ...message, receivedAt: Date.now() }, fingerprint())]));
  return seq;
}

for (const [what, damage] of DAMAGES) {
  t.test(`${what} under a running service`, async (t) => {
    const { service, file, send, repliesTo, release } = await startBusyService(t);
    damage(file);
    const damaged = readFileSync(file);
    // The service does this every minute.
    await service.app.store.prune().catch(() => undefined);
    await service.waitForEvent('store.quarantined');
    await service.waitForEvent('store.recovered');

    const { statuses } = await send(FOUR, 'Pesan sesudah kerusakan');
    t.equal(statuses.at(-1), 200);
    t.same(
      [...new Set(statuses.slice(0, -1))].filter((status) => status !== 503),
      [],
      'at most 503 before that',
    );
    await release();
    t.equal(repliesTo(FOUR), 1);
    t.equal(repliesTo(LINKED), 2, 'the turn that was running is answered once');

    const aside = readdirSync(service.app.config.DATA_DIR).filter((name) => /corrupt-[^.]*Z$/.test(name));
    t.equal(aside.length, 1);
    const kept = join(service.app.config.DATA_DIR, aside[0] ?? '');
    t.ok(readFileSync(kept).equals(damaged), 'the damaged file is kept as it was');
    for (const name of readdirSync(service.app.config.DATA_DIR))
      t.equal(statSync(join(service.app.config.DATA_DIR, name)).mode & 0o777, 0o600, name);

    const health = await get(`${service.url}/api/health`);
    t.match(health, { status: 200, body: { checks: { store: 'ok' }, activeSessions: 2 } });
    const { body } = await get(`${service.url}/api/dead-letters`, { 'x-api-key': ADMIN_KEY });
    t.match(body, { deadLetters: [{ sender: OTHER_LINKED, messages: ['Pesan gagal'] }] });
    const types = service.occurrences.map(({ type }) => type);
    t.same(
      types.filter((type) => type === 'request.failed' || type === 'turn.failed'),
      [],
    );

    await service.close();
    const again = await startService(t, await startFakeUpstreams(t), { DATA_DIR: service.app.config.DATA_DIR });
    t.equal(again.app.store.quarantinedFiles(), 1, 'the new database is sound');
    t.match(await again.app.store.inbox.status(), { pending: 0, deadLetters: 1 });
  });
}

t.test('a database that is damaged again within a minute is reported by health and refuses messages', async (t) => {
  const { service, file, send, release } = await startBusyService(t);
  await release();
  overwrite(file, 0);
  await service.app.store.prune().catch(() => undefined);
  await service.waitForEvent('store.recovered');
  t.equal((await send(FOUR, 'Halo')).statuses.at(-1), 200);
  await service.idle();
  truncate(file, 0);
  const refused = await service.call({ sender: FOUR, message: 'Halo lagi', inboxid: 4711 });
  t.match(refused, { status: 503, body: { code: 'INBOX_UNAVAILABLE' } });
  t.match(await get(`${service.url}/api/health`), {
    status: 503,
    body: { status: 'unavailable', checks: { store: 'corrupt' } },
  });
  t.equal(service.app.store.quarantinedFiles(), 1, 'a bad disk is not filled with copies');
});
