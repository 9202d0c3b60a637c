import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t, { type Test } from 'tap';
import type { ConversationKey } from '../../../src/conversation-key.ts';
import type { Endpoint } from '../../../src/store/move/endpoint.ts';
import { moveRecords } from '../../../src/store/move/move.ts';
import { openPostgresEndpoint } from '../../../src/store/move/postgres-endpoint.ts';
import { openSqliteEndpoint } from '../../../src/store/move/sqlite-endpoint.ts';
import { listTables } from '../../../src/store/move/tables.ts';
import { RECORD_KINDS } from '../../../src/store/record-kinds.ts';
import { one } from '../../../src/store/types.ts';
import { LINKED, startFakeUpstreams, userNumber } from '../../support/fake-upstreams.ts';
import { scratchFolder } from '../../support/folders.ts';
import { buildAnswer, buildMessageId } from '../../support/message-ids.ts';
import { spawnProcess } from '../../support/process.ts';
import { type Service, startService } from '../../support/service.ts';
import { FILE, openSqliteStore } from '../../support/store-contract/embedded.ts';
import { addition, entry, fingerprint, newMessage, notice } from '../../support/store-contract/samples.ts';
import { databaseUrl, NO_POSTGRES, openPostgresStore, runSql } from '../../support/store-contract/shared.ts';
import { copyStoreFixture } from '../../support/store-fixture.ts';
import { waitUntil } from '../../support/wait.ts';

const USERS = [0, 1].map(userNumber);
/** Texts that PostgreSQL stores in another form. */
const UNUSUAL = 'nol \0, penanda \u{E000}1 \u{E000}, 😀 "kutip" \\u0000';

t.test('the kinds that are counted contain every table of records', async (t) => {
  const tables = listTables().map(({ name }) => name);
  t.same([...new Set(RECORD_KINDS.map(({ table }) => table))].sort(), tables.sort());
});

t.test('a move', { skip: NO_POSTGRES }, async (t) => {
  const url = await databaseUrl(t);
  let count = 0;
  /** An empty schema, dropped with the test. */
  const newSchema = () => {
    const schema = `test_move_${process.pid}_${++count}`;
    if (process.env.TEST_DATABASE_URL) t.teardown(() => runSql(url, `DROP SCHEMA IF EXISTS "${schema}" CASCADE`));
    return schema;
  };
  const toPostgres = (folder: string, schema: string) =>
    move(openSqliteEndpoint(folder, 'source'), () => openPostgresEndpoint(url, schema, 'target'));
  const toSqlite = async (schema: string, folder: string) =>
    move(await openPostgresEndpoint(url, schema, 'source'), async () => openSqliteEndpoint(folder, 'target'));
  const countIn = async (schema: string, table: string) =>
    Number((await runSql(url, `SELECT count(*) FROM "${schema}".${table}`))[0]?.count);

  t.test('a round trip preserves every record and empties the source', async (t) => {
    const folder = await populatedFolder(t);
    const schema = newSchema();
    const before = readRows(folder);
    for (const [table, rows] of Object.entries(before)) t.not(rows.length, 0, `${table} is populated`);

    const there = await toPostgres(folder, schema);
    t.equal(there.result, 'moved');
    for (const { title, source, target } of there.kinds) t.equal(target, source, title);
    t.same(Object.values(readRows(folder)).flat(), [], 'the source is empty');
    t.notOk(readFileSync(join(folder, FILE)).includes('62812000'), 'and overwritten');

    const back = await toSqlite(schema, folder);
    t.equal(back.result, 'moved');
    t.same(readRows(folder), before);
    for (const { name } of listTables()) t.equal(await countIn(schema, name), 0, name);
    t.equal(await countIn(schema, 'conversations'), 0);
  });

  t.test('pending work is answered after it, and a repeated call is a duplicate, in both directions', async (t) => {
    const upstreams = await startFakeUpstreams(t, { users: USERS.length });
    const { gemini, fonnte } = upstreams;
    gemini.scriptResponses(buildAnswer);
    const folder = scratchFolder(t);
    const schema = newSchema();
    const stores = { sqlite: { DATA_DIR: folder }, postgresql: { DATABASE_URL: url, DATABASE_SCHEMA: schema } };

    /** Stops a service that has accepted a message which it could not answer. */
    const leaveUnanswered = async (service: Service, payload: object) => {
      await gemini.setFault({ kind: 'status', status: 503 });
      t.match(await service.call(payload), { status: 200, body: { status: 'accepted' } });
      await service.waitForEvent('turn.retrying');
      await service.close();
      await gemini.clearFaults();
    };
    const verifyAnswered = async (service: Service, payload: object, sender: ConversationKey, id: string) => {
      t.match(await service.call(payload), { status: 200, body: { status: 'duplicate' } });
      await waitUntil(`${id} is answered`, () =>
        fonnte.sent.some(({ target, message }) => target === sender && message.includes(id)),
      );
      await service.idle();
    };

    const [first, second] = USERS.map((sender, index) => {
      const id = buildMessageId(index + 1);
      return { sender, id, payload: fonnte.buildPayload({ sender, message: `Tolong catat ${id} ya` }) };
    }) as [Sent, Sent];
    await leaveUnanswered(await startService(t, upstreams, stores.sqlite), first.payload);
    t.match(await runMove(t, 'postgresql', { ...stores.sqlite, ...stores.postgresql }), { code: 0, stderr: '' });

    const onPostgres = await startService(t, upstreams, stores.postgresql);
    await verifyAnswered(onPostgres, first.payload, first.sender, first.id);
    await leaveUnanswered(onPostgres, second.payload);
    const { code, stdout } = await runMove(t, 'sqlite', { ...stores.sqlite, ...stores.postgresql });
    t.equal(code, 0);
    t.match(stdout, /Pesan yang menunggu +1 +1\n/);
    t.match(stdout, /Pesan yang selesai +1 +1\n/);
    t.match(stdout, /sama di kedua sisi[\s\S]*hapus baris DATABASE_URL/);
    t.notMatch(stdout, /62812|Tolong/, 'nothing personal is printed');

    const onSqlite = await startService(t, upstreams, stores.sqlite);
    await verifyAnswered(onSqlite, second.payload, second.sender, second.id);
    t.same(
      fonnte.sent.filter(({ target }) => USERS.some((user) => user === target)).length,
      2,
      'each is answered once',
    );
  });

  t.test('an interrupted run changes nothing and can be repeated', async (t) => {
    const folder = await populatedFolder(t);
    const schema = newSchema();
    const before = readRows(folder);
    await (await openPostgresStore(url, schema)).close();
    await runSql(url, `ALTER TABLE "${schema}".idempotency_keys ADD CONSTRAINT broken CHECK (false)`);
    await t.rejects(toPostgres(folder, schema), { code: '23514' });
    t.same(readRows(folder), before);
    t.equal(await countIn(schema, 'messages'), 0);

    await runSql(url, `ALTER TABLE "${schema}".idempotency_keys DROP CONSTRAINT broken`);
    const source = openSqliteEndpoint(folder, 'source');
    // The process dies after the target is committed.
    source.clear = () => Promise.reject(new Error('killed'));
    await t.rejects(
      move(source, () => openPostgresEndpoint(url, schema, 'target')),
      { message: 'killed' },
    );
    t.same(readRows(folder), before);
    // The service may have worked since.
    await runSql(url, `DELETE FROM "${schema}".refusals`);
    const again = await toPostgres(folder, schema);
    t.equal(again.result, 'finished');
    t.equal(await countIn(schema, 'refusals'), 0, 'nothing is copied again');
    t.same(Object.values(readRows(folder)).flat(), []);
    t.equal((await toPostgres(folder, schema)).result, 'nothing');
    t.not(await countIn(schema, 'messages'), 0, 'a further run is harmless');
  });

  t.test(
    'a target with other records is rejected, and so is a source that was changed after it was copied',
    async (t) => {
      const folder = await populatedFolder(t);
      const schema = newSchema();
      const store = await openPostgresStore(url, schema);
      await store.tokenUsage.add([{ userId: 'user-x', day: '2026-11-24', tokens: 1 }])[0];
      await store.close();
      const before = readRows(folder);
      await t.rejects(toPostgres(folder, schema), { message: /sudah berisi 1 catatan/ });
      t.same(readRows(folder), before);

      const other = newSchema();
      const source = openSqliteEndpoint(folder, 'source');
      source.clear = () => Promise.reject(new Error('killed'));
      await t.rejects(move(source, () => openPostgresEndpoint(url, other, 'target')));
      change(folder, 'UPDATE token_usage SET used = used + 1');
      const used = readRows(folder);
      await t.rejects(toPostgres(folder, other), { message: /sudah berisi/ });
      t.same(readRows(folder), used);
    },
  );

  t.test('equal numbers of two instances become different ones, in the same order', async (t) => {
    const schema = newSchema();
    await (await openPostgresStore(url, schema)).close();
    const insert = (sender: number, seq: number) =>
      runSql(
        url,
        `INSERT INTO "${schema}".messages (seq, sender, device, inboxid, text, received_at)
         VALUES (${seq}, '628120000000${sender}', '', 0, '${sender}-${seq}', ${Date.now()})`,
      );
    for (const seq of [10, 11, 13]) for (const sender of [1, 2]) await insert(sender, seq);
    // After message 2-11 and before 2-13.
    await runSql(
      url,
      `INSERT INTO "${schema}".pauses (sender, seq, ends_at) VALUES ('6281200000002', 12, ${Date.now()})`,
    );
    const folder = scratchFolder(t);
    await toSqlite(schema, folder);
    const texts = readRows(folder).messages?.map((row) => JSON.parse(row) as { seq: number; text: string });
    t.same(
      texts?.sort((a, b) => a.seq - b.seq).map(({ seq, text }) => `${seq} ${text}`),
      ['10 1-10', '11 2-10', '12 1-11', '13 2-11', '15 1-13', '16 2-13'],
    );
    t.match(readRows(folder).pauses, [/"seq":14,/]);
  });

  t.test('a running service, a damaged file and a wrong command line are rejected', async (t) => {
    const folder = scratchFolder(t);
    const schema = newSchema();
    const environment = { DATA_DIR: folder, DATABASE_URL: url, DATABASE_SCHEMA: schema };
    t.match(await runMove(t, 'postgresql', environment), { code: 1, stderr: /tidak ada sapa-wa\.sqlite/ });
    const sqlite = openSqliteStore(folder);
    t.throws(() => openSqliteEndpoint(folder, 'source'), { message: /sedang dipakai proses lain/ });
    const postgres = await openPostgresStore(url, schema);
    await t.rejects(openPostgresEndpoint(url, schema, 'source'), {
      message: `1 layanan sedang memakai skema ${schema}.`,
    });
    t.equal(postgres.status(), 'ok');
    await sqlite.close();
    await postgres.close();
    change(folder, "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 1 WHERE name = 'turns'");
    t.throws(() => openSqliteEndpoint(folder, 'source'), { message: /rusak/ });
    t.match(await runMove(t, 'mysql', environment), { code: 2, stderr: /^Pemakaian: npm run move-store/ });
    t.match(await runMove(t, 'sqlite', { DATA_DIR: folder }), { code: 1, stderr: /DATABASE_URL belum diisi/ });
  });
});

interface Sent {
  sender: ConversationKey;
  id: string;
  payload: object;
}

async function move(source: Endpoint, openTarget: () => Promise<Endpoint>) {
  try {
    const target = await openTarget();
    try {
      return await moveRecords(source, target);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function runMove(t: Test, target: string, environment: Record<string, string>) {
  const run = spawnProcess(
    t,
    [process.execPath, '-r', './node-version.cjs', 'src/store/move/main.ts', target],
    environment,
  );
  return { code: await run.exit, stdout: run.stdout(), stderr: run.stderr() };
}

/** A folder with records of every kind. */
async function populatedFolder(t: Test): Promise<string> {
  const folder = scratchFolder(t);
  copyStoreFixture(folder, Date.now());
  const store = openSqliteStore(folder);
  const [sender = LINKED] = USERS;
  const message = {
    seq: store.inbox.nextSequence(),
    sender,
    userId: 'user-a',
    device: '6281200000099',
    inboxid: 7,
    text: UNUSUAL,
    attachment: null,
    receivedAt: Date.now(),
  };
  await one(store.inbox.accept([newMessage(message, fingerprint())]));
  await one(store.sessions.update([{ sender, update: addition({ append: [entry(UNUSUAL)] }) }]));
  await one(store.tokenUsage.add([{ userId: 'user-a', day: '2026-11-24', tokens: 1_234 }]));
  const turn = await one(store.turns.start([{ sender, userId: 'user-a', kind: 'answer', seqs: [message.seq] }]));
  const reply = {
    parts: [{ name: 'grafik.png', mediaType: 'image/png', caption: UNUSUAL, fallback: '' }],
    files: [{ part: 0, data: Uint8Array.from({ length: 70_000 }, (_, index) => index % 256) }],
  };
  const stored = { userId: 'user-a', entries: [], notes: null, apologyFor: null, at: Date.now() };
  await one(store.turns.saveReply([{ id: turn?.id ?? '', ...reply, ...stored }]));
  await store.turns.releaseAll();
  await store.pauses.start({ sender, seq: message.seq, endsAt: Date.now() + 60_000 });
  await store.sentAlerts.save({ kind: 'store-failed', at: Date.now(), open: true });
  await store.idempotencyKeys.claim('kunci-1', 'permintaan');
  await store.idempotencyKeys.complete('kunci-1', { status: 200, body: { text: UNUSUAL } });
  for (const code of ['NOT_LINKED', 'RATE_LIMITED', 'NOT_LINKED'] as const)
    await one(
      store.inbox.refuse([
        {
          seq: store.inbox.nextSequence(),
          sender,
          code,
          fingerprint: fingerprint(),
          notice: notice({ sender }),
          at: Date.now(),
          maxStored: 20,
        },
      ]),
    );
  await store.close();
  return folder;
}

/** Returns the rows of every table of records as JSON, in their order. */
function readRows(folder: string): Record<string, string[]> {
  const database = new DatabaseSync(join(folder, FILE), { readOnly: true });
  try {
    return Object.fromEntries(
      listTables().map(({ name, columns }) => [
        name,
        database
          .prepare(`SELECT ${columns} FROM ${name} ${name === 'refusals' ? 'ORDER BY rowid' : 'ORDER BY 1, 2'}`)
          .all()
          .map((row) => JSON.stringify(row, (_key, value) => (ArrayBuffer.isView(value) ? String(value) : value))),
      ]),
    );
  } finally {
    database.close();
  }
}

function change(folder: string, sql: string): void {
  const database = new DatabaseSync(join(folder, FILE));
  database.enableDefensive(false);
  database.exec(sql);
  database.close();
}
