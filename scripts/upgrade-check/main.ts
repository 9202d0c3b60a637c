import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { inspectConfig, readVariables } from '../../src/config/load.ts';
import { countQuarantined } from '../../src/store/sqlite/damage.ts';
import { DATABASE_NAME } from '../../src/store/sqlite/file.ts';
import { createRedactor } from '../doctor/redact.ts';
import { formatTable, type TableRow } from '../terminal-table.ts';
import { checkStore } from './check-store.ts';
import { copyStore } from './copy-store.ts';
import { UpgradeProblem } from './problem.ts';

// Migrates a copy of a store and reports which records the new version would have. Exit codes: 0, 1 if the store cannot be taken over, 2 for a
// wrong command line.

const USAGE = 'Pemakaian: npm run upgrade-check -- DATA_DIR_LAMA';
const MINUTE_MS = 60_000;
const DEFAULT_SESSION_MINUTES = 30;
/** Exit codes of a process that a signal ended: 128 and the number of the signal. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

const directory = parseDirectory();
if (directory === null) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}
process.umask(0o077);
// The copy contains personal data: it is deleted however the check ends.
const scratch = mkdtempSync(join(tmpdir(), 'sapa-upgrade-check-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
for (const [signal, code] of Object.entries(SIGNALS)) process.on(signal, () => process.exit(code));

const rows = await check(directory);
const redact = createRedactor({});
const isUsable = !rows.some(({ status }) => status === 'error');
const end = isUsable
  ? 'Data itu dapat dipakai versi ini. Folder lama tidak diubah.'
  : 'Data itu tidak dapat dipakai seluruhnya. Folder lama tidak diubah.';
const clean = rows.map((row) => ({ ...row, text: redact(row.text), fix: row.fix && redact(row.fix) }));
process.stdout.write(`${formatTable(clean, process.stdout)}\n${end}\n`);
process.exitCode = isUsable ? 0 : 1;

/** @returns null when the command line is wrong */
function parseDirectory(): string | null {
  try {
    const { positionals } = parseArgs({ options: {}, allowPositionals: true });
    const [given] = positionals;
    return given === undefined || positionals.length > 1 ? null : resolve(given);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

async function check(directory: string): Promise<TableRow[]> {
  const group = directory;
  try {
    const { isRunning } = await copyStore(directory, scratch);
    const text = isRunning ? 'Disalin selagi layanan lama berjalan.' : 'Disalin; layanan lama tidak berjalan.';
    const copied: TableRow = { group, status: 'ok', title: 'Salinan', text, fix: null };
    const { SESSION_TIMEOUT_MINUTES: minutes = DEFAULT_SESSION_MINUTES } = inspectConfig(readVariables()).config;
    const found = await checkStore(scratch, minutes * MINUTE_MS);
    return [copied, ...found.map((row) => ({ group, ...row })), ...describeQuarantined(directory)];
  } catch (error) {
    if (error instanceof UpgradeProblem)
      return [{ group, status: 'error', title: 'Penyimpanan', text: error.message, fix: error.fix }];
    const text = `Pemeriksaan gagal: ${error instanceof Error ? error.message : String(error)}`;
    return [
      {
        group,
        status: 'error',
        title: 'Penyimpanan',
        text,
        fix: 'Jalankan sebagai pengguna Linux milik layanan; periksa ruang disk.',
      },
    ];
  }
}

function describeQuarantined(directory: string): TableRow[] {
  const count = countQuarantined(join(directory, DATABASE_NAME)) ?? 0;
  if (count === 0) return [];
  return [
    {
      group: directory,
      status: 'warning',
      title: 'Berkas rusak',
      text: `${count} berkas rusak telah dipisahkan dahulu; isinya tidak ikut dan memuat data pribadi.`,
      fix: 'Lihat docs/runbook/corrupt-store.md.',
    },
  ];
}
