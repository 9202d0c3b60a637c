import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { buildRetention } from '../../src/conversation/retention.ts';
import { type ConversationKey, readConversationKey } from '../../src/conversation-key.ts';
import { createEvents } from '../../src/events.ts';
import { RECORD_KINDS } from '../../src/store/record-kinds.ts';
import { classifySqliteError } from '../../src/store/sqlite/errors.ts';
import { DATABASE_NAME } from '../../src/store/sqlite/file.ts';
import { SCHEMA_VERSION } from '../../src/store/sqlite/schema.ts';
import { createSqliteStore } from '../../src/store/sqlite/store.ts';
import { one, type Store } from '../../src/store/types.ts';
import type { TableRow } from '../terminal-table.ts';
import { countRows } from './count-rows.ts';
import { UpgradeProblem } from './problem.ts';

const DAMAGED_FIX =
  'Pakai cadangan terakhir (docs/runbook/backup.md). Layanan baru akan memisahkan berkas ini dan mulai tanpa isi.';
/** The migration may join two rows of this table. */
const JOINED_TABLE = 'expiring_keys';
/** Waiting messages or dead letters that are read at once. */
const PAGE = 200;

type Row = Omit<TableRow, 'group'>;

/** Migrates the copy in `directory` and returns the rows of the report. `sessionMs`: idle time of a session, ms. @throws UpgradeProblem */
export async function checkStore(directory: string, sessionMs: number): Promise<Row[]> {
  const file = join(directory, DATABASE_NAME);
  const { version, counts: before } = inspectFile(file);
  const store = createSqliteStore({ directory, retention: buildRetention(sessionMs), events: createEvents() });
  try {
    const migrated = readCounts(file);
    await readEverything(store, file);
    while ((await store.prune()) > 0);
    const retained = readCounts(file);
    const text =
      version === SCHEMA_VERSION
        ? `Versi ${version}, tidak perlu diubah.`
        : `Versi ${version} menjadi ${SCHEMA_VERSION}.`;
    return [
      { status: 'ok', title: 'Keutuhan berkas', text: 'Tidak ada kerusakan.', fix: null },
      { status: 'ok', title: 'Versi berkas', text, fix: null },
      ...RECORD_KINDS.map((_, index) => describeKind(index, { before, migrated, retained })),
    ];
  } finally {
    await store.close();
  }
}

/** @returns the version and the counts of the copy before its migration @throws UpgradeProblem */
function inspectFile(file: string): { version: number; counts: number[] } {
  try {
    const database = new DatabaseSync(file);
    try {
      const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
      const damage = database.prepare('PRAGMA integrity_check(1)').get()?.integrity_check;
      if (damage !== 'ok') throw new UpgradeProblem('Berkasnya rusak.', DAMAGED_FIX);
      if (version > SCHEMA_VERSION) {
        const text = `Berkasnya dibuat versi layanan yang lebih baru (${version}; versi ini mengenal sampai ${SCHEMA_VERSION}).`;
        throw new UpgradeProblem(text, 'Pasang versi layanan yang sama atau lebih baru.');
      }
      const counts = version > 0 ? countRows(database) : null;
      if (counts === null)
        throw new UpgradeProblem('Berkasnya bukan penyimpanan layanan ini.', 'Tulis DATA_DIR layanan lama.');
      return { version, counts };
    } finally {
      database.close();
    }
  } catch (error) {
    if (classifySqliteError(error) === 'corrupt') throw new UpgradeProblem('Berkasnya rusak.', DAMAGED_FIX);
    throw error;
  }
}

function readCounts(file: string): number[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return countRows(database) ?? RECORD_KINDS.map(() => 0);
  } finally {
    database.close();
  }
}

/** Reads every record as the service will. @throws UpgradeProblem when the content of one is damaged */
async function readEverything(store: Store, file: string): Promise<void> {
  try {
    for (const { sender } of await store.turns.pending()) await one(store.turns.loadNext([{ sender, limit: PAGE }]));
    for (let cursor = 0; ; cursor += PAGE) {
      const page = await store.deadLetters.list({ limit: PAGE, cursor });
      if (page.length < PAGE) break;
    }
    await Promise.all(store.sessions.get(listSessions(file)));
  } catch (error) {
    if (error instanceof SyntaxError) throw new UpgradeProblem('Isi sebuah catatan rusak.', DAMAGED_FIX);
    throw error;
  }
}

function listSessions(file: string): ConversationKey[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database
      .prepare('SELECT sender FROM sessions')
      .all()
      .map(({ sender }) => readConversationKey(sender));
  } finally {
    database.close();
  }
}

function describeKind(index: number, counts: { before: number[]; migrated: number[]; retained: number[] }): Row {
  const { title = '', table = '' } = RECORD_KINDS[index] ?? {};
  const before = counts.before[index] ?? 0;
  const migrated = counts.migrated[index] ?? 0;
  const retained = counts.retained[index] ?? 0;
  if (migrated < before && table !== JOINED_TABLE) {
    return {
      status: 'error',
      title,
      text: `${before - migrated} dari ${before} hilang dalam pengubahan.`,
      fix: 'Jangan naik versi; kirim keluaran ini kepada pengembang.',
    };
  }
  const expired = before - retained;
  const text =
    expired > 0
      ? `${retained} dipertahankan; ${expired} dihapus karena masa simpannya habis.`
      : `${retained} dipertahankan.`;
  return { status: 'ok', title, text, fix: null };
}
