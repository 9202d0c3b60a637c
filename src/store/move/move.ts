import { createHash } from 'node:crypto';
import { RECORD_KINDS } from '../record-kinds.ts';
import { type Endpoint, MoveError } from './endpoint.ts';
import { listTables, RETENTION_VALUES, type Table } from './tables.ts';

/** Bytes of a checksum: the databases and JavaScript store 48 bits as an exact number. */
const CHECKSUM_BYTES = 6;
const CHECKSUM_RANGE = 2 ** (8 * CHECKSUM_BYTES);
/** Value of `maintenance` with the checksum of the records that were moved here. */
const ARRIVED = 'moved-here';

/**
 * `moved`: all records were moved. `finished`: a previous run had copied them and was interrupted before it deleted them at
 * the source. `nothing`: the source is empty.
 */
export type MoveResult = 'moved' | 'finished' | 'nothing';

/** The number of records of a kind in both databases; after a move the source is empty, so `source` is the number before. */
export interface MovedKind {
  title: string;
  source: number;
  target: number;
}

/**
 * Moves every record from one database to the other. Commits the target before it empties the source: an interruption loses
 * no message, and no message is answered from both databases. An interrupted run can be repeated.
 * @throws MoveError when the target already has records, or when a record is not the same after it was copied
 */
export async function moveRecords(
  source: Endpoint,
  target: Endpoint,
): Promise<{ result: MoveResult; kinds: MovedKind[] }> {
  const tables = listTables();
  const before = await summarize(source, tables);
  const present = await summarize(target, tables);
  if (before.rows === 0) return { result: 'nothing', kinds: toKinds(before.kinds, present.kinds) };

  const isCopied = present.rows > 0 && (await target.readValue(ARRIVED)) === before.checksum;
  if (present.rows > 0 && !isCopied) throw notEmpty(target, present.rows);
  if (!isCopied) await copyRecords(source, target, tables);
  const after = isCopied ? present : await summarize(target, tables);
  if (!isCopied) {
    verifySame(before, after);
    await target.writeValue(ARRIVED, before.checksum);
    await target.commit();
  }
  await source.clear(tables);
  await source.writeValue(ARRIVED, null);
  await source.commit();
  return { result: isCopied ? 'finished' : 'moved', kinds: toKinds(before.kinds, after.kinds) };
}

async function copyRecords(source: Endpoint, target: Endpoint, tables: readonly Table[]): Promise<void> {
  for (const table of tables) for await (const rows of source.read(table)) await target.write(table, rows);
  for (const name of RETENTION_VALUES) await target.writeValue(name, await source.readValue(name));
}

interface Summary {
  rows: number;
  /** The sum of the checksums of all rows, so that their order is irrelevant. */
  checksum: number;
  kinds: number[];
}

async function summarize(endpoint: Endpoint, tables: readonly Table[]): Promise<Summary> {
  let rows = 0;
  let checksum = 0;
  for (const table of tables) {
    for await (const batch of endpoint.read(table)) {
      rows += batch.length;
      for (const row of batch) {
        const values = [table.name, ...table.columns.map((column) => row[column])];
        const hash = createHash('sha256').update(JSON.stringify(values)).digest();
        checksum = (checksum + hash.readUIntBE(0, CHECKSUM_BYTES)) % CHECKSUM_RANGE;
      }
    }
  }
  return { rows, checksum, kinds: await endpoint.countKinds() };
}

function verifySame(before: Summary, after: Summary): void {
  if (before.rows === after.rows && before.checksum === after.checksum) return;
  throw new MoveError(
    `Salinannya tidak sama: ${before.rows} catatan menjadi ${after.rows}. Tidak ada yang diubah.`,
    'Jangan beralih; kirim keluaran ini kepada pengembang.',
  );
}

function notEmpty(target: Endpoint, rows: number): MoveError {
  return new MoveError(
    `Tujuan (${target.name}) sudah berisi ${rows} catatan yang bukan dari pemindahan ini. Tidak ada yang diubah.`,
    'Periksa apakah tujuannya benar; lihat docs/runbook/move-store.md.',
  );
}

function toKinds(source: readonly number[], target: readonly number[]): MovedKind[] {
  return RECORD_KINDS.map(({ title }, index) => ({
    title,
    source: source[index] ?? 0,
    target: target[index] ?? 0,
  }));
}
