import { join } from 'node:path';
import type { Test } from 'tap';
import { scratchFolder } from './folders.ts';
import { freePort } from './ports.ts';
import { ROOT, spawnProcess } from './process.ts';
import type { UpstreamAccess } from './service.ts';
import { environmentOf } from './service.ts';

/** Strong keys; the other test keys are weak, which the doctor reports. */
export const STRONG_WEBHOOK_KEY = '5c1f0a9be27d4836b1e4d07f9a2c6e8350bd17f4c9a6e2d8';
export const STRONG_ADMIN_KEY = 'd7b03e61f58a4c29a6e1c84b0f72d95e3a18c6b4f07d2e9c';

/** A row of the doctor's JSON. */
export interface DoctorRow {
  id: string;
  group: string;
  status: string;
  title: string;
  text: string;
  fix: string | null;
}

export interface DoctorRun {
  code: number | NodeJS.Signals;
  stdout: string;
  stderr: string;
}

/** Preloaded by the process: makes the machine faulty according to `DOCTOR_FAULTS`. */
export const FAULTY_MACHINE = join(ROOT, 'test/support/faulty-machine.cjs');

/** Runs `npm run doctor` as a process, without npm, and resolves when it has ended. */
export async function runDoctor(
  t: Test,
  upstreams: UpstreamAccess,
  given: Record<string, unknown> = {},
  args: readonly string[] = [],
): Promise<DoctorRun> {
  const environment = environmentOf(upstreams, {
    WEBHOOK_SECRET_KEY: STRONG_WEBHOOK_KEY,
    ADMIN_API_KEY: STRONG_ADMIN_KEY,
    DATA_DIR: given.DATA_DIR ?? scratchFolder(t),
    WHATSAPP_SERVER_PORT: given.WHATSAPP_SERVER_PORT ?? (await freePort()),
    ...given,
  });
  const doctor = spawnProcess(
    t,
    [process.execPath, '-r', './node-version.cjs', 'scripts/doctor/main.ts', ...args],
    environment,
  );
  const code = await doctor.exit;
  return { code, stdout: doctor.stdout(), stderr: doctor.stderr() };
}

/** Runs the doctor with `--json` and gives its rows. @throws with its output when that is no JSON */
export async function diagnose(
  t: Test,
  upstreams: UpstreamAccess,
  given: Record<string, unknown> = {},
  args: readonly string[] = [],
): Promise<{ code: DoctorRun['code']; ok: boolean; rows: DoctorRow[]; row: RowFinder; stdout: string }> {
  const { code, stdout, stderr } = await runDoctor(t, upstreams, given, ['--json', ...args]);
  if (!stdout.startsWith('{')) throw new Error(`no JSON: ${stdout}${stderr}`);
  const { ok, checks: rows } = JSON.parse(stdout) as { ok: boolean; checks: DoctorRow[] };
  return { code, ok, rows, stdout, row: (id, title) => findRow(rows, id, title) };
}

type RowFinder = (id: string, title?: string) => DoctorRow;

/** The only row of a check, or the one with this title. */
function findRow(rows: readonly DoctorRow[], id: string, title: string | undefined): DoctorRow {
  const found = rows.filter((row) => row.id === id && (title === undefined || row.title === title));
  const [row] = found;
  if (!row || found.length > 1)
    throw new Error(`${found.length} rows of ${id} ${title ?? ''} in ${JSON.stringify(rows)}`);
  return row;
}
