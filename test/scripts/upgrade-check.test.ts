import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t, { type Test } from 'tap';
import { keyOf } from '../support/conversation.ts';
import { scratchFolder } from '../support/folders.ts';
import { spawnProcess } from '../support/process.ts';
import { openSqliteStore } from '../support/store-contract/embedded.ts';
import { copyStoreFixture } from '../support/store-fixture.ts';

const NAME = 'sapa-wa.sqlite';

/** Runs the check as a process, and fails the test when it leaves a file behind. */
async function checkUpgrade(
  t: Test,
  ...args: string[]
): Promise<{ code: number | string; stdout: string; stderr: string }> {
  const TMPDIR = scratchFolder(t);
  const command: [string, ...string[]] = [
    process.execPath,
    '-r',
    './node-version.cjs',
    'scripts/upgrade-check/main.ts',
    ...args,
  ];
  const run = spawnProcess(t, command, { TMPDIR });
  const code = await run.exit;
  t.same(readdirSync(TMPDIR), [], 'the copy is deleted');
  return { code, stdout: run.stdout(), stderr: run.stderr() };
}

/**
 * The checksums of the files that are data; `-shm` coordinates the processes that read. Another process reads them: closing
 * a file would release the locks of a store that this process has open.
 */
function describeFolder(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => !name.endsWith('-shm'));
  return execFileSync('sha256sum', names, { cwd: folder, encoding: 'utf8' }).trim().split('\n');
}

/** A folder with the store of 0a59946 as if it had been written now. */
function oldFolder(t: Test): string {
  const folder = scratchFolder(t);
  copyStoreFixture(folder, Date.now());
  return folder;
}

const change = (folder: string, sql: string) => {
  const database = new DatabaseSync(join(folder, NAME));
  database.exec(sql);
  database.close();
};

t.test('a store of 0a59946: everything is kept, and the original is not touched', async (t) => {
  const folder = oldFolder(t);
  const before = describeFolder(folder);
  const { code, stdout, stderr } = await checkUpgrade(t, folder);
  t.equal(stderr, '');
  t.equal(code, 0, stdout);
  for (const line of [
    /✓ baik +Salinan +Disalin; layanan lama tidak berjalan\./,
    /✓ baik +Versi berkas +Versi 1 menjadi 5\./,
    /✓ baik +Pesan yang menunggu +9 dipertahankan\./,
    /✓ baik +Pesan gagal +2 dipertahankan\./,
    /✓ baik +Sesi percakapan +1 dipertahankan\./,
    /Folder lama tidak diubah\.\n$/,
  ])
    t.match(stdout, line);
  t.notMatch(stdout, /62812\d+|Rp|Halo/);
  t.same(describeFolder(folder), before);
});

t.test('data whose retention has ended is counted apart', async (t) => {
  const folder = scratchFolder(t);
  copyStoreFixture(folder, Date.now() - 3_600_000);
  const { code, stdout } = await checkUpgrade(t, folder);
  t.equal(code, 0);
  t.match(stdout, /Sesi percakapan +0 dipertahankan; 1 dihapus karena masa/);
  t.match(stdout, /Pesan yang menunggu +9 dipertahankan\./);
});

t.test('while the service runs: a consistent copy, its log included, and no write to the original', async (t) => {
  const folder = oldFolder(t);
  const store = openSqliteStore(folder);
  t.teardown(() => store.close());
  let accepted = 0;
  const accept = async () => {
    accepted += 1;
    const [result] = store.inbox.accept([
      {
        message: {
          seq: store.inbox.nextSequence(),
          sender: keyOf(`62812${String(accepted).padStart(8, '0')}`),
          userId: null,
          device: '6281200000090',
          inboxid: accepted,
          text: 'Halo',
          attachment: null,
          receivedAt: Date.now(),
        },
        fingerprint: { key: `uji:${accepted}`, ttlMs: 60_000 },
        perSender: { max: 10, withinMs: 60_000 },
        maxPending: 1_000_000,
      },
    ]);
    t.equal(await result, 'accepted');
  };
  for (let count = 0; count < 20; count++) await accept();
  const before = describeFolder(folder);
  const idle = await checkUpgrade(t, folder);
  t.equal(idle.code, 0, idle.stdout);
  t.match(idle.stdout, /Disalin selagi layanan lama berjalan/);
  t.match(idle.stdout, /Pesan yang menunggu +29 dipertahankan\./);
  t.same(describeFolder(folder), before);

  let isChecked = false;
  const least = accepted;
  const checking = checkUpgrade(t, folder).finally(() => {
    isChecked = true;
  });
  while (!isChecked) await accept();
  const { code, stdout } = await checking;
  t.equal(code, 0, stdout);
  const pending = Number(/Pesan yang menunggu +(\d+)/.exec(stdout)?.[1]);
  t.ok(pending >= 9 + least && pending <= 9 + accepted, `${pending} of ${least} to ${accepted}`);
});

t.test('after a crash: messages that are only in the log are kept', async (t) => {
  const living = oldFolder(t);
  const store = openSqliteStore(living);
  t.teardown(() => store.close());
  await Promise.all(store.sessions.delete([keyOf('6281200000001')]));
  // As SIGKILL leaves them, on another machine: database and log.
  const folder = scratchFolder(t);
  for (const name of [NAME, `${NAME}-wal`]) copyFileSync(join(living, name), join(folder, name));
  const before = describeFolder(folder);
  const { code, stdout } = await checkUpgrade(t, folder);
  t.equal(code, 0);
  t.match(stdout, /Versi 5, tidak perlu diubah/);
  t.match(stdout, /Sesi percakapan +0 dipertahankan\./);
  t.same(describeFolder(folder), before);
  t.same(readdirSync(folder).sort(), [NAME, `${NAME}-wal`], 'no file is added');
});

t.test('damage, in the file and in a record', async (t) => {
  const damages: [name: string, damage: (folder: string) => void, text: RegExp][] = [
    ['a page is overwritten', (folder) => overwrite(join(folder, NAME)), /Berkasnya rusak/],
    ['the file is cut', (folder) => truncateSync(join(folder, NAME), 30_000), /Berkasnya rusak/],
    [
      'it is no database',
      (folder) => writeFileSync(join(folder, NAME), 'bukan basis data'.repeat(500)),
      /Berkasnya rusak/,
    ],
    [
      'a record',
      (folder) => change(folder, "UPDATE turns SET parts = '[\"' WHERE parts IS NOT NULL"),
      /Isi sebuah catatan rusak/,
    ],
    ['a session', (folder) => change(folder, "UPDATE sessions SET entries = '['"), /Isi sebuah catatan rusak/],
  ];
  for (const [name, damage, text] of damages) {
    const folder = oldFolder(t);
    damage(folder);
    const before = describeFolder(folder);
    const { code, stdout, stderr } = await checkUpgrade(t, folder);
    t.equal(code, 1, name);
    t.match(stdout, text, name);
    t.match(stdout, 'tidak dapat dipakai seluruhnya', name);
    t.equal(stderr, '', name);
    t.same(describeFolder(folder), before, name);
  }
});

t.test('a migration that loses rows is noticed', async (t) => {
  const folder = oldFolder(t);
  change(folder, 'CREATE TRIGGER lose AFTER UPDATE ON turns BEGIN DELETE FROM sessions; END');
  const { code, stdout } = await checkUpgrade(t, folder);
  t.equal(code, 1);
  t.match(stdout, /✗ salah +Sesi percakapan +1 dari 1 hilang dalam pengubahan\./);
});

t.test('a newer version, another database, and damaged files that were set aside', async (t) => {
  const newer = oldFolder(t);
  change(newer, 'PRAGMA user_version = 99');
  t.match(await checkUpgrade(t, newer), { code: 1, stdout: /versi layanan yang\s+lebih\s+baru \(99; / });
  const other = scratchFolder(t);
  change(other, 'PRAGMA user_version = 1; CREATE TABLE pegawai (id INTEGER)');
  t.match(await checkUpgrade(t, other), { code: 1, stdout: /bukan penyimpanan layanan ini/ });
  const damaged = oldFolder(t);
  writeFileSync(join(damaged, `${NAME}.rusak-2026-11-01`), '');
  t.match(await checkUpgrade(t, damaged), { code: 0, stdout: /! perhatian +Berkas rusak +1 berkas/ });
});

t.test('a wrong folder is explained', async (t) => {
  const installation = scratchFolder(t);
  mkdirSync(join(installation, 'data'));
  const file = copyStoreFixture(join(installation, 'data'));
  const joined = (text: string) => text.replace(/\s+/g, '');
  const parent = await checkUpgrade(t, installation);
  t.equal(parent.code, 1);
  t.match(joined(parent.stdout), joined(`Mungkin maksudnya ${join(installation, 'data')}.`));
  const given = await checkUpgrade(t, file);
  t.equal(given.code, 1);
  t.match(joined(given.stdout), joined(`Tulis foldernya: ${join(installation, 'data')}.`));
  t.match(await checkUpgrade(t, join(installation, 'tidak-ada')), { code: 1, stdout: /tidak ada\./ });
  const empty = scratchFolder(t);
  t.match(await checkUpgrade(t, empty), { code: 1, stdout: /biasanya\s+folder data/ });
  writeFileSync(join(empty, NAME), '');
  t.match(await checkUpgrade(t, empty), { code: 1, stdout: /kosong\./ });
});

t.test('a wrong command line is explained', async (t) => {
  for (const args of [[], ['a', 'b'], ['--json', 'a']]) {
    const { code, stdout, stderr } = await checkUpgrade(t, ...args);
    t.equal(code, 2);
    t.equal(stdout, '');
    t.match(stderr, 'Pemakaian: npm run upgrade-check');
  }
});

/** Overwrites the middle of a file, page headers included. */
function overwrite(path: string): void {
  const bytes = readFileSync(path);
  bytes.fill(0xa5, 8_192, 40_960);
  writeFileSync(path, bytes);
}
