import { DatabaseSync } from 'node:sqlite';
import t, { type Test } from 'tap';
import { SAMPLE_USERS } from '../../../sandbox/sample-data.ts';
import { UNLINKED_NOTICE_LIMIT } from '../../../src/conversation/accept/notices.ts';
import type { ConversationKey } from '../../../src/conversation-key.ts';
import type { Notice, Refusal, Turn } from '../../../src/store/records.ts';
import { MIGRATIONS, SCHEMA_VERSION } from '../../../src/store/sqlite/schema.ts';
import { type Inbox, one, type Store } from '../../../src/store/types.ts';
import { keyOf } from '../../support/conversation.ts';
import { LINKED, OTHER_LINKED, sentTo, startFakeUpstreams } from '../../support/fake-upstreams.ts';
import { scratchFolder } from '../../support/folders.ts';
import { startService } from '../../support/service.ts';
import { openSqliteStore } from '../../support/store-contract/embedded.ts';
import { copyStoreFixture, FIXTURE_TIME } from '../../support/store-fixture.ts';

const FOUR = keyOf('6281200000004');
const FIVE = keyOf('6281200000005');
const SIX = keyOf('6281200000006');
const NOT_IDENTIFIED = keyOf('6281200000007');
const UNLINKED = keyOf('6281200000008');
const MINUTE = 60_000;
const START = FIXTURE_TIME - 29 * MINUTE;

/** A copy of the fixture opened by the current code at the fixture's own time. */
function openFixture(t: Test): Store {
  const directory = scratchFolder(t);
  copyStoreFixture(directory);
  const store = openSqliteStore(directory, { now: () => FIXTURE_TIME });
  t.teardown(() => store.close());
  return store;
}

/** A notice like the one that the fixture holds for UNLINKED. */
const NOTICE: Notice = {
  kind: 'not-linked',
  sender: UNLINKED,
  userId: null,
  text: 'Nomor Anda belum terhubung dengan akun SAPA.',
  minIntervalMs: 6 * 60 * MINUTE,
  linkedUsersOnly: false,
  limit: UNLINKED_NOTICE_LIMIT,
};

const toRefusal = (inbox: Inbox, notice: Notice): Refusal => ({
  seq: inbox.nextSequence(),
  sender: notice.sender,
  code: 'NOT_LINKED',
  fingerprint: null,
  notice,
  at: FIXTURE_TIME,
  maxStored: 20,
});

async function openTurn(store: Store, sender: ConversationKey): Promise<Turn | null> {
  return (await one(store.turns.loadNext([{ sender, limit: 50 }]))).open;
}

t.test('a store written by 0a59946 is opened without loss', async (t) => {
  const store = openFixture(t);
  const { inbox, turns, deadLetters } = store;
  t.same(await inbox.status(), { pending: 9, oldestAt: START + 5 * MINUTE, deadLetters: 2, pausedConversations: 0 });
  t.ok(inbox.nextSequence() > 1_795_399_801_000_000, 'later calls get larger numbers');

  await t.test('messages that no turn has taken', async (t) => {
    const { open, waiting, pending } = await one(turns.loadNext([{ sender: LINKED, limit: 50 }]));
    t.equal(open, null);
    t.match(waiting, [
      {
        text: 'Tolong baca berkas ini.',
        userId: SAMPLE_USERS.stocked,
        device: '6281200000090',
        inboxid: 111,
        attachment: { type: 'image', url: 'http://127.0.0.1:9/foto.jpg', filename: 'foto', extension: 'jpg' },
        receivedAt: START + 9 * MINUTE,
      },
      { text: 'Itu kuitansi perjalanan dinas.', attachment: null },
    ]);
    t.match(pending, { openAt: null });
    t.match((await one(turns.loadNext([{ sender: OTHER_LINKED, limit: 50 }]))).waiting, [
      { text: 'Sudah ada jawabannya?' },
    ]);
    t.match((await one(turns.loadNext([{ sender: NOT_IDENTIFIED, limit: 50 }]))).waiting, [
      { text: 'Selamat pagi', userId: null },
    ]);
    const senders = (await turns.pending()).map(({ sender }) => sender);
    t.same(senders.sort(), [LINKED, OTHER_LINKED, FOUR, FIVE, SIX, NOT_IDENTIFIED, UNLINKED]);
  });

  await t.test('open turns, each as far as it got', async (t) => {
    t.match(await openTurn(store, OTHER_LINKED), {
      userId: SAMPLE_USERS.second,
      kind: 'answer',
      messages: [{ text: 'Apa kegiatan saya minggu ini?' }, { text: 'Yang di Jakarta saja.' }],
      attempts: 2,
      parts: null,
      waitNoticeSent: true,
      apologyFor: null,
    });
    t.match(await openTurn(store, FOUR), {
      parts: ['(1/3) Akun 521111.', '(2/3) Akun 521211.', '(3/3) Akun 524111.'],
      partsSent: 1,
      replyAt: START + 6 * MINUTE,
      entries: [{ role: 'user', content: 'Rinci anggaran per akun.' }, { role: 'assistant' }],
      notes: { figures: [1_250_000] },
    });
    t.match(await openTurn(store, FIVE), {
      parts: ['Belum ada laporan.'],
      partsSent: 0,
      attempts: 2,
      elapsedMs: 3_500,
      retryAt: FIXTURE_TIME,
      sendFailures: 2,
      failingSince: START + 7 * MINUTE,
      history: [
        { at: START + 7 * MINUTE, upstream: 'gemini', reason: 'The model is overloaded.' },
        { at: START + 7 * MINUTE + 1_000, upstream: 'fonnte', reason: 'disconnected device' },
      ],
    });
    t.match(await openTurn(store, SIX), {
      parts: ['Maaf, terjadi gangguan. Silakan coba beberapa saat lagi.'],
      apologyFor: { upstream: 'gemini', reason: 'deadline exceeded' },
    });
    t.match(await openTurn(store, UNLINKED), {
      kind: 'notice',
      notice: 'not-linked',
      messages: [],
      parts: ['Nomor Anda belum terhubung dengan akun SAPA.'],
      attempts: 0,
      linkedUsersOnly: false,
    });
  });

  await t.test('dead letters, which can be replayed', async (t) => {
    const letters = await deadLetters.list({ limit: 9, cursor: 0 });
    t.match(letters, [
      {
        sender: OTHER_LINKED,
        upstream: 'fonnte',
        reason: 'target input invalid',
        messages: ['Daftar kegiatan bulan ini?'],
        hasReply: true,
        diedAt: START + 4 * MINUTE,
        history: [{ upstream: 'fonnte', reason: 'target input invalid' }],
      },
      {
        sender: LINKED,
        upstream: 'gemini',
        reason: 'API key not valid',
        messages: ['Rangkum semua laporan.'],
        hasReply: false,
        createdAt: START + 3 * MINUTE,
      },
    ]);
    t.equal(letters.length, 2);
  });

  await t.test('sessions and conversations', async (t) => {
    t.match(await one(store.sessions.get([LINKED])), {
      userId: SAMPLE_USERS.stocked,
      entries: [
        { role: 'user', content: 'Berapa sisa anggaran saya?' },
        { role: 'assistant', content: 'Sisa anggaran Rp1.250.000.' },
        { role: 'user', content: 'Bagaimana dengan bulan lalu?' },
        { role: 'assistant' },
      ],
      notes: { calls: [], list: null, figures: [1_250_000] },
      updatedAt: START + MINUTE,
    });
    t.equal(await store.sessions.countUsedSince(START + MINUTE - 30 * MINUTE), 1);
    const { recent } = await store.conversations.of(LINKED, { limit: 20, activeSince: 0 });
    t.same(recent.map(({ outcome }) => outcome).sort(), [
      'RATE_LIMITED',
      'accepted',
      'accepted',
      'accepted',
      'accepted',
      'accepted',
      'answered',
      'answered',
      'dead-lettered',
    ]);
    t.match((await store.conversations.of(SIX, { limit: 20, activeSince: 0 })).recent, [
      { outcome: 'accepted' },
      { outcome: 'accepted' },
      { outcome: 'owner-changed' },
    ]);
  });

  await t.test('a user over the token budget: the notice, the outcomes and the interval', async (t) => {
    t.same(
      (await store.conversations.of(FOUR, { limit: 20, activeSince: 0 })).recent.map(({ outcome }) => outcome).sort(),
      ['TOKEN_BUDGET_EXCEEDED', 'accepted', 'accepted', 'token-budget-exceeded'],
    );
    const notice = { ...NOTICE, kind: 'token-budget-exceeded' as const, sender: FOUR, userId: 'x' };
    t.equal(await one(inbox.refuse([toRefusal(inbox, notice)])), 'suppressed');
    const copy = openFixture(t);
    await one(
      copy.turns.drop([{ id: (await openTurn(copy, FOUR))?.id ?? '', outcome: 'answered', deletesSession: false }]),
    );
    t.match(await openTurn(copy, FOUR), { kind: 'notice', notice: 'token-budget-exceeded', linkedUsersOnly: true });
  });

  await t.test('fingerprints, the interval between notices and the hourly limit of notices', async (t) => {
    for (const key of ['inbox:101', 'inbox:113', 'inbox:refused'])
      t.equal(await one(inbox.hasFingerprint([{ key }])), true, key);
    t.equal(await one(inbox.hasFingerprint([{ key: 'once:selamat-pagi' }])), true, 'for 20 minutes');
    t.equal(await one(inbox.refuse([toRefusal(inbox, NOTICE)])), 'suppressed');
    const results: string[] = [];
    for (let index = 0; index < UNLINKED_NOTICE_LIMIT.max; index += 1) {
      const sender = keyOf(String(6_281_200_002_000 + index));
      results.push(await one(inbox.refuse([toRefusal(inbox, { ...NOTICE, sender })])));
    }
    t.same(results.slice(-2), ['queued', 'limited'], 'one was sent before');
  });

  await t.test('idempotency keys, alerts and token usage', async (t) => {
    const complete = { status: 200, body: { success: true, ids: ['7'] } };
    t.same(await store.idempotencyKeys.claim('key-complete', 'request-1'), complete);
    t.equal(await store.idempotencyKeys.claim('key-complete', 'request-2'), 'other-request');
    t.equal(await store.idempotencyKeys.claim('key-unfinished', 'request-2'), 'unfinished');
    const at = START + 10 * MINUTE + 1_000;
    t.same(await store.sentAlerts.all(), [
      { kind: 'gemini-down', at, open: false },
      { kind: 'inactivity', at, open: true },
      { kind: 'quota-low', at, open: true },
      { kind: 'store-quarantined', at, open: false },
    ]);
    t.equal(await one(store.tokenUsage.used([{ userId: SAMPLE_USERS.stocked, day: '2026-11-23' }])), 12_345);
    t.equal(await one(store.tokenUsage.used([{ userId: SAMPLE_USERS.second, day: '2026-11-23' }])), 7);
  });

  await t.test('the next prune deletes no data of the fixture', async (t) => {
    t.equal(await store.prune(), 0);
    t.same(await inbox.status(), { pending: 9, oldestAt: START + 5 * MINUTE, deadLetters: 2, pausedConversations: 0 });
  });
});

t.test('a store of version 2, in which former and present values are mixed, is opened without loss', async (t) => {
  const directory = scratchFolder(t);
  const file = copyStoreFixture(directory);
  const database = new DatabaseSync(file);
  database.exec(`${MIGRATIONS[1]}; PRAGMA user_version = 2;
    INSERT INTO remembered SELECT replace(key, ':silence:', ':inactivity:'), expires_at + 1 FROM remembered
      WHERE key LIKE 'alert:silence:%';
    INSERT INTO remembered SELECT replace(key, ':tokens-spent', ':token-budget-exceeded'), expires_at FROM remembered
      WHERE key LIKE 'notice:%:tokens-spent'`);
  database.close();
  for (const open of ['first', 'again']) {
    const store = openSqliteStore(directory, { now: () => FIXTURE_TIME });
    t.same(
      await store.inbox.status(),
      { pending: 9, oldestAt: START + 5 * MINUTE, deadLetters: 2, pausedConversations: 0 },
      open,
    );
    const kinds = (await store.sentAlerts.all()).map(({ kind }) => kind);
    t.same(kinds, ['gemini-down', 'inactivity', 'quota-low', 'store-quarantined'], open);
    t.match(await openTurn(store, OTHER_LINKED), { waitNoticeSent: true }, open);
    t.equal((await store.deadLetters.list({ limit: 9, cursor: 0 }))[1]?.reason, 'API key not valid', open);
    const replied = await openTurn(store, FOUR);
    t.ok(replied);
    t.equal(
      await one(store.turns.loadFile([{ id: replied?.id ?? '', part: 0 }])),
      null,
      `${open}: files can be stored`,
    );
    await store.close();
  }
  const migrated = new DatabaseSync(file);
  const names = migrated.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  t.notOk(names.some(({ name }) => ['remembered', 'tokens', 'sent_answers'].includes(String(name))));
  t.match(migrated.prepare('PRAGMA user_version').get(), { user_version: SCHEMA_VERSION });
  migrated.close();
});

t.test('the service continues where 0a59946 stopped, and sends nothing twice', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const directory = scratchFolder(t);
  copyStoreFixture(directory, Date.now());
  const service = await startService(t, upstreams, { DATA_DIR: directory });
  await service.idle();
  t.same(
    sentTo(upstreams, FOUR),
    ['(2/3) Akun 521211.', '(3/3) Akun 524111.', 'Batas penggunaan harian Anda tercapai.'],
    'the part that was sent is not sent again, and the open notice follows',
  );
  t.same(sentTo(upstreams, FIVE), ['Belum ada laporan.']);
  t.same(sentTo(upstreams, SIX), ['Maaf, terjadi gangguan. Silakan coba beberapa saat lagi.']);
  t.same(sentTo(upstreams, UNLINKED), ['Nomor Anda belum terhubung dengan akun SAPA.']);
  t.equal(sentTo(upstreams, OTHER_LINKED).length, 2, 'the open turn and the message behind it');
  t.equal(sentTo(upstreams, LINKED).length, 1, 'one reply to both pending messages');
  t.equal(sentTo(upstreams, NOT_IDENTIFIED).length, 1, 'a notice: the number is not linked');
  t.match(await service.app.store.inbox.status(), { pending: 0, deadLetters: 3 });
});
