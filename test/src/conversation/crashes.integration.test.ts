import t, { type Test } from 'tap';
import { SAMPLE_USERS } from '../../../sandbox/sample-data.ts';
import type { ConversationKey } from '../../../src/conversation-key.ts';
import type { StoredReply, Turn } from '../../../src/store/records.ts';
import { one, type Store } from '../../../src/store/types.ts';
import { texts } from '../../../src/texts.ts';
import { keyOf } from '../../support/conversation.ts';
import { LINKED, OTHER_LINKED, sentTo, startFakeUpstreams } from '../../support/fake-upstreams.ts';
import { scratchFolder } from '../../support/folders.ts';
import { type Service, startService } from '../../support/service.ts';
import { openSqliteStore } from '../../support/store-contract/embedded.ts';
import { fingerprint, newMessage } from '../../support/store-contract/samples.ts';

const ALERTED = '6281200000050';

/** Runs `work` on the store of a process that dies afterwards: it closes without releasing its turns. */
async function inDyingProcess<T>(directory: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = openSqliteStore(directory);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** A turn of this message that as many processes died of. */
async function crashedTurn(
  directory: string,
  { sender, text, crashes, reply }: { sender: ConversationKey; text: string; crashes: number; reply?: StoredReply },
): Promise<Turn> {
  const turn = await inDyingProcess(directory, async ({ inbox, turns }) => {
    const seq = inbox.nextSequence();
    const message = {
      seq,
      sender,
      userId: null,
      device: '',
      inboxid: 0,
      text,
      attachment: null,
      receivedAt: Date.now(),
    };
    await one(inbox.accept([newMessage(message, fingerprint())]));
    const started = await one(turns.start([{ sender, userId: null, kind: 'answer', seqs: [seq] }]));
    if (!started) throw new Error('the turn was not started');
    if (reply) await one(turns.saveReply([{ id: started.id, ...reply, userId: SAMPLE_USERS.stocked }]));
    return started;
  });
  for (let died = 1; died < crashes; died++)
    await inDyingProcess(directory, ({ turns }) => one(turns.resume([turn.id])));
  return turn;
}

const storedReply = (over: Partial<StoredReply> = {}): StoredReply => ({
  userId: SAMPLE_USERS.stocked,
  parts: ['jawaban lama'],
  entries: [],
  notes: null,
  apologyFor: null,
  at: Date.now(),
  ...over,
});

t.test('a turn that three processes died of is not started again: one apology, a dead letter, an alert', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const DATA_DIR = scratchFolder(t);
  const { id } = await crashedTurn(DATA_DIR, { sender: LINKED, text: 'racun', crashes: 3 });
  const service = await startService(t, upstreams, { DATA_DIR, ALERT_TARGETS: ALERTED });
  t.match(await service.waitForEvent('turn.dead-lettered'), {
    upstream: 'service',
    reason: 'process-died',
    hasReply: false,
  });
  t.same(sentTo(upstreams, LINKED), [texts.apology]);
  t.equal(upstreams.gemini.requests.length, 0, 'it is not run');
  t.match(await service.app.store.deadLetters.list({ limit: 9, cursor: 0 }), [
    { id, sender: LINKED, upstream: 'service', reason: 'process-died', messages: ['racun'], hasReply: false },
  ]);
  t.match(await service.waitForEvent('alert.sent'), { kind: 'dead-letter', state: 'firing' });
  upstreams.gemini.scriptResponses(() => ({ text: 'kali ini berhasil' }));
  await service.app.store.deadLetters.replay(id);
  service.app.conversations.notify(LINKED);
  await upstreams.fonnte.waitForSent(({ message }) => message === 'kali ini berhasil');
});

t.test('a stored reply that three processes died of sending is a dead letter with its reply', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const DATA_DIR = scratchFolder(t);
  const { id } = await crashedTurn(DATA_DIR, { sender: LINKED, text: 'racun', crashes: 3, reply: storedReply() });
  const service = await startService(t, upstreams, { DATA_DIR });
  t.match(await service.waitForEvent('turn.dead-lettered'), {
    upstream: 'service',
    reason: 'process-died',
    hasReply: true,
  });
  t.same(sentTo(upstreams, LINKED), []);
  await service.app.store.deadLetters.replay(id);
  service.app.conversations.notify(LINKED);
  await service.waitForEvent('turn.finished');
  t.same(sentTo(upstreams, LINKED), ['jawaban lama']);
});

t.test('an apology that three processes died of sending is given up', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const DATA_DIR = scratchFolder(t);
  const reply = storedReply({
    parts: [texts.apology],
    apologyFor: { upstream: 'service', reason: 'process-died' },
  });
  await crashedTurn(DATA_DIR, { sender: LINKED, text: 'racun', crashes: 3, reply });
  const service = await startService(t, upstreams, { DATA_DIR });
  t.match(await service.waitForEvent('turn.dead-lettered'), { reason: 'process-died', hasReply: false });
  await service.idle();
  t.same(sentTo(upstreams, LINKED), []);
  t.equal((await service.app.store.inbox.status()).deadLetters, 1);
});

t.test('turns with two crashes run alone, one after the other, before all others', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const DATA_DIR = scratchFolder(t);
  const [shared] = upstreams.supabase.tables.users.filter(({ phone_number }) => phone_number === LINKED);
  const senders = Array.from({ length: 8 }, (_, index) => keyOf(`628120000020${index}`));
  for (const phone_number of senders)
    upstreams.supabase.tables.users.push({ ...shared, id: crypto.randomUUID(), phone_number } as NonNullable<
      typeof shared
    >);
  for (const [index, sender] of senders.entries()) {
    // Those that crashed once only come first in the store.
    await crashedTurn(DATA_DIR, { sender, text: 'Halo', crashes: index < 4 ? 1 : 2 });
  }
  const started = Promise.withResolvers<Service>();
  const running: number[] = [];
  upstreams.gemini.scriptResponses(async () => {
    running.push((await started.promise).app.conversations.running());
    return { text: 'ya' };
  });
  const service = await startService(t, upstreams, { DATA_DIR });
  started.resolve(service);
  await service.idle();
  t.same(running.slice(0, 4), [1, 1, 1, 1]);
  t.same(
    upstreams.fonnte.sent
      .slice(0, 4)
      .map(({ target }) => target)
      .sort(),
    senders.slice(4),
    'the turns in danger are answered first',
  );
  t.ok(Math.max(...running) > 1, 'the others run beside each other');
  t.equal(upstreams.fonnte.sent.length, senders.length);
});

t.test('a stop that interrupts a turn is no crash, an error that stops the service is one', async (t) => {
  const stopWhileGeminiHangs = async (t: Test, sender: ConversationKey, failed: boolean) => {
    const upstreams = await startFakeUpstreams(t);
    const DATA_DIR = scratchFolder(t);
    const service = await startService(t, upstreams, { DATA_DIR, GEMINI_TIMEOUT_MS: 60_000 });
    await upstreams.gemini.setFault({ kind: 'hang' });
    await service.call(upstreams.fonnte.buildPayload({ sender, message: 'Halo' }));
    await upstreams.gemini.waitForRequest(({ method }) => method === 'POST');
    if (failed) service.events.emit({ type: 'service.failed', name: 'TypeError', frames: '' });
    await service.close();
    return await inDyingProcess(
      DATA_DIR,
      async ({ turns }) => (await one(turns.loadNext([{ sender, limit: 9 }]))).open,
    );
  };
  const [stopped, failed] = await Promise.all([
    stopWhileGeminiHangs(t, LINKED, false),
    stopWhileGeminiHangs(t, OTHER_LINKED, true),
  ]);
  t.match(stopped, { crashes: 0, parts: null });
  t.ok((stopped?.elapsedMs ?? 0) > 10_000, 'the time it ran counts towards its deadline');
  t.match(failed, { crashes: 1, parts: null });
});
