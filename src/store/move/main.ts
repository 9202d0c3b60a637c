// A command in src/ and not in scripts/, because the image contains only src/ (docs/runbook/move-store.md).

import { parseArgs } from 'node:util';
import { inspectConfig, readVariables } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { classifyDatabaseError } from '../postgres/errors.ts';
import { classifySqliteError } from '../sqlite/errors.ts';
import { type Endpoint, MoveError, type Role } from './endpoint.ts';
import { type MovedKind, type MoveResult, moveRecords } from './move.ts';
import { openPostgresEndpoint } from './postgres-endpoint.ts';
import { openSqliteEndpoint } from './sqlite-endpoint.ts';

// Moves the store between SQLite and PostgreSQL, as `.env` names them. Exit codes: 0, 1 if nothing was moved because of a
// problem, 2 for a wrong command line.

const USAGE = `Pemakaian: npm run move-store -- postgresql   memindahkan isi DATA_DIR ke DATABASE_URL
           npm run move-store -- sqlite       memindahkan isi DATABASE_URL ke DATA_DIR`;
const NAMES = ['DATA_DIR', 'DATABASE_URL', 'DATABASE_SCHEMA'] as const;
type Names = Pick<Config, (typeof NAMES)[number]>;
type Target = 'postgresql' | 'sqlite';

/** The end of the report for the operator. */
const ENDS: Record<MoveResult, string> = {
  moved: 'Semua catatan dipindahkan dan sama di kedua sisi. Asal sudah dikosongkan.',
  finished: 'Semua catatan sudah disalin sebelumnya. Asal sekarang dikosongkan.',
  nothing: 'Asal kosong: tidak ada yang dipindahkan, tujuan tidak diubah.',
};
const SWITCHES: Record<Target, string> = {
  postgresql: 'Beralih: biarkan DATABASE_URL dalam .env setiap layanan, lalu mulai layanan.',
  sqlite: 'Beralih: hapus baris DATABASE_URL dari .env, lalu mulai satu layanan saja.',
};

const target = parseTarget();
if (target === null) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}
process.umask(0o077);
try {
  await move(target, readNames());
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 1;
}

/** @returns null when the command line is wrong */
function parseTarget(): Target | null {
  try {
    const { positionals } = parseArgs({ options: {}, allowPositionals: true });
    const [given] = positionals;
    return positionals.length === 1 && (given === 'postgresql' || given === 'sqlite') ? given : null;
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** Reads only the variables that name the stores. @throws MoveError when one is missing or invalid */
function readNames(): Names & { DATABASE_URL: string } {
  const { config, problems } = inspectConfig(readVariables());
  const invalid = NAMES.filter((name) => problems.has(name)).map((name) => `${name} ${problems.get(name)}`);
  if (invalid.length > 0) throw new MoveError(`${invalid.join('; ')}.`, 'Perbaiki .env.');
  const { DATA_DIR = '', DATABASE_URL, DATABASE_SCHEMA = '' } = config;
  if (!DATABASE_URL)
    throw new MoveError('DATABASE_URL belum diisi.', 'Isi dalam .env; lihat docs/runbook/postgresql.md.');
  return { DATA_DIR, DATABASE_URL, DATABASE_SCHEMA };
}

async function move(to: Target, { DATA_DIR, DATABASE_URL, DATABASE_SCHEMA }: ReturnType<typeof readNames>) {
  const open: Record<Target, (role: Role) => Endpoint | Promise<Endpoint>> = {
    sqlite: (role) => openSqliteEndpoint(DATA_DIR, role),
    postgresql: (role) => openPostgresEndpoint(DATABASE_URL, DATABASE_SCHEMA, role),
  };
  const source = await open[to === 'sqlite' ? 'postgresql' : 'sqlite']('source');
  try {
    const destination = await open[to]('target');
    try {
      process.stdout.write(`Asal:   ${source.name}\nTujuan: ${destination.name}\n\n`);
      const { result, kinds } = await moveRecords(source, destination);
      process.stdout.write(`${formatCounts(kinds)}\n${ENDS[result]}\n${SWITCHES[to]}\n`);
    } finally {
      await destination.close();
    }
  } finally {
    await source.close();
  }
}

function formatCounts(kinds: readonly MovedKind[]): string {
  const rows = [
    ['jenis', 'asal', 'tujuan'],
    ...kinds.map(({ title, source, target }) => [title, `${source}`, `${target}`]),
  ];
  return rows
    .map(([title = '', from = '', to = '']) => `${title.padEnd(24)}${from.padStart(10)}${to.padStart(10)}\n`)
    .join('');
}

/** Describes an error without the text of a database, which may quote stored data. */
function describeError(error: unknown): string {
  if (error instanceof MoveError) return `${error.message}\n→ ${error.fix}`;
  if (error instanceof Error && error.name === 'Error' && !('code' in error)) return error.message;
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
  const isFull = classifySqliteError(error) === 'full' || classifyDatabaseError(error) === 'full';
  const reason = isFull ? 'disk penuh' : 'basis data menolak atau tidak menjawab';
  return `Pemindahan terputus: ${reason}${code}.\n→ Perbaiki sebabnya, lalu ulangi; yang terputus dapat diulang tanpa kehilangan.`;
}
