import t from 'tap';
import { findPostgres, openPostgresServer } from '../../sandbox/postgres-server.ts';
import { LINKED, OTHER_LINKED, startFakeUpstreams } from '../support/fake-upstreams.ts';
import { scratchFolder } from '../support/folders.ts';
import { get } from '../support/http.ts';
import { buildAnswer, buildMessageId, findMessageIds } from '../support/message-ids.ts';
import { type Service, startService } from '../support/service.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { waitUntil } from '../support/wait.ts';

// A real PostgreSQL that stops responding, or ends.

const binaries = findPostgres();
const skip = binaries ? false : 'PostgreSQL is not installed';

/** Maximum time of a response of the webhook while the database is unavailable, and of the recovery afterwards; ms. */
const MAX_RESPONSE_MS = 2_000;
const MAX_RECOVERY_MS = 5_000;

t.test(
  'while PostgreSQL is silent or restarts, nothing is accepted, and no reply is sent before it is stored',
  { skip },
  async (t) => {
    const server = await openPostgresServer({ binaries: binaries ?? '', folder: scratchFolder(t) });
    t.teardown(server.close);
    const upstreams = await startFakeUpstreams(t);
    const { fonnte, gemini } = upstreams;
    const service = await startService(t, upstreams, { DATABASE_URL: server.url });
    const sentTo = (target: string) => fonnte.sent.filter((sent) => sent.target === target).length;
    const payload = (message: string, sender: string) => fonnte.buildPayload({ sender, message });

    /** Asks a question whose answer the model returns when `release` is called. */
    async function ask(message: string) {
      const asked = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      gemini.scriptResponses(async () => {
        asked.resolve();
        await released.promise;
        return { text: `Jawaban atas ${message}.` };
      });
      t.equal((await service.call(payload(message, LINKED))).status, 200);
      await asked.promise;
      return released.resolve;
    }

    async function expectRefusal(body: unknown): Promise<void> {
      const startedAt = performance.now();
      t.match(await service.call(body), { status: 503, body: { code: 'INBOX_UNAVAILABLE' } });
      t.ok(performance.now() - startedAt < MAX_RESPONSE_MS, `${Math.round(performance.now() - startedAt)} ms`);
      t.match(await get(`${service.url}/api/health`), {
        status: 503,
        body: { status: 'unavailable', checks: { store: 'failed' } },
      });
    }

    async function expectRecovery(body: unknown): Promise<void> {
      const backAt = performance.now();
      await waitUntil('messages are accepted again', async () => (await service.call(body)).status === 200);
      t.ok(performance.now() - backAt < MAX_RECOVERY_MS, `${Math.round(performance.now() - backAt)} ms`);
    }

    const releaseFirst = await ask('satu');
    server.freeze();
    const repeated = payload('dua', OTHER_LINKED);
    await expectRefusal(repeated);
    releaseFirst();
    await untilAnswerWaits(service, 1);
    server.thaw();
    await expectRecovery(repeated);
    await waitUntil('both are answered', () => sentTo(LINKED) === 1 && sentTo(OTHER_LINKED) === 1);
    const types = service.occurrences.map(({ type }) => type);
    t.ok(types.indexOf('part.sent') > types.indexOf('store.recovered'), 'an answer that is not stored is not sent');
    await service.idle();

    const releaseSecond = await ask('tiga');
    const failed = service.waitForEvent(
      'store.failed',
      ({ at }) => at > (service.occurrences.findLast(({ type }) => type === 'store.recovered')?.at ?? 0),
    );
    await server.restartImmediately(async () => {
      await failed;
      releaseSecond();
    });
    await expectRecovery(payload('empat', OTHER_LINKED));
    await waitUntil('both are answered', () => sentTo(LINKED) === 2 && sentTo(OTHER_LINKED) === 2);
    await service.idle();
    t.equal(fonnte.sent.length, 4, 'each is answered once');
  },
);

t.test(
  'while the disk of PostgreSQL is full, nothing is accepted, and nothing accepted is lost',
  { skip },
  async (t) => {
    const disk = mountSmallDisk(t, 128);
    if (!disk) return void t.comment('skipped: only root can mount a small disk');
    const server = await openPostgresServer({ binaries: binaries ?? '', folder: disk.folder });
    t.teardown(server.close);
    const upstreams = await startFakeUpstreams(t);
    const { fonnte, gemini } = upstreams;
    const released = Promise.withResolvers<void>();
    gemini.scriptResponses(async (request) => {
      await released.promise;
      return buildAnswer(request);
    });
    const settings = { DATABASE_URL: server.url, COALESCE_WINDOW_MS: 0, RATE_LIMIT_PER_MINUTE: 100_000 };
    const service = await startService(t, upstreams, settings);
    const accepted: string[] = [];
    /** Sends the next message. @returns the status */
    async function write(): Promise<number> {
      const id = buildMessageId(3 * accepted.length + 1);
      const message = `Tolong catat ${id} ya. ${'Terima kasih. '.repeat(40)}`;
      const payload = fonnte.buildPayload({ sender: LINKED, message });
      const { status, body } = await service.call(payload);
      if (status === 200) accepted.push(id);
      else t.match({ status, body }, { status: 503, body: { code: 'INBOX_UNAVAILABLE' } });
      return status;
    }
    t.equal(await write(), 200);
    disk.fill();
    // Pages that are not full still take some messages.
    while ((await write()) === 200);
    t.match(
      service.occurrences.find(({ type }) => type === 'store.failed'),
      { code: 'full' },
    );
    released.resolve();
    disk.clear();
    const clearedAt = performance.now();
    await waitUntil('messages are accepted again', async () => (await write()) === 200);
    t.ok(performance.now() - clearedAt < MAX_RECOVERY_MS, `${Math.round(performance.now() - clearedAt)} ms`);
    const answered = () => fonnte.sent.flatMap(({ message }) => findMessageIds(message));
    await waitUntil('all are answered', () => answered().length >= accepted.length);
    await service.idle();
    t.same(answered(), accepted, 'once, in order');
  },
);

/** Resolves when the model has answered this often. */
async function untilAnswerWaits({ occurrences }: Service, count: number): Promise<void> {
  await waitUntil(
    'the model has answered',
    () => occurrences.filter(({ type }) => type === 'answer.checked').length >= count,
  );
}
