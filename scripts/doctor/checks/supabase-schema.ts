import { ACTIVITY_COLUMNS } from '../../../src/supabase/activities/activities.ts';
import { ALLOCATION_COLUMNS } from '../../../src/supabase/activities/allocations.ts';
import { RESPONSE_TOO_LARGE, type SupabaseReader } from '../../../src/supabase/client.ts';
import { REPORT_COLUMNS } from '../../../src/supabase/reports/report-cache.ts';
import { REPORT_LIST_COLUMNS } from '../../../src/supabase/reports/reports.ts';
import { USER_COLUMNS } from '../../../src/supabase/user-rows.ts';
import { UpstreamRejectedError } from '../../../src/upstream/errors.ts';
import { defineCheck, type Finding } from '../check.ts';
import { createReader, SUPABASE_VARIABLES } from '../supabase-reader.ts';

/** The tables and columns that the service selects. */
const SELECTIONS: Readonly<Record<string, string>> = {
  users: USER_COLUMNS,
  activities: ACTIVITY_COLUMNS,
  allocations: `activity_id,${ALLOCATION_COLUMNS}`,
  processed_results: [...new Set(`${REPORT_LIST_COLUMNS},${REPORT_COLUMNS}`.split(','))].join(),
};
/** PostgreSQL's message for an unknown column; an embedded table has a suffix (`allocations_1.kode`). */
const UNKNOWN_COLUMN = /column (?:\w+\.)?(\w+) does not exist/;
/** Rows of one page: Supabase's default of «Max Rows». */
const DEFAULT_MAX_ROWS = 1_000;
/** A read through an index takes less, whatever the size of the table; above it the network or the table is slow, ms. */
const SLOW_READ_MS = 1_000;

/** Whether the key can read every column that the service selects. */
export const supabaseColumns = defineCheck({
  id: 'supabase-columns',
  group: 'Supabase',
  title: 'Tabel dan kolom',
  needs: SUPABASE_VARIABLES,
  async run(context) {
    const reader = createReader(context);
    const problems = await Promise.all(
      Object.entries(SELECTIONS).map(([table, columns]) => findTableProblem(reader, table, columns, context.signal)),
    );
    const findings = problems.filter((problem) => problem !== null);
    if (findings.length > 0) return findings;
    return [{ status: 'ok', text: `${Object.keys(SELECTIONS).join(', ')}: semua kolom terbaca.` }];
  },
});

/** Asks again without each unknown column, because PostgREST names only the first. */
async function findTableProblem(
  reader: SupabaseReader,
  table: string,
  columns: string,
  signal: AbortSignal,
): Promise<Finding | null> {
  const missing: string[] = [];
  for (let rest = columns; ; ) {
    try {
      const select = rest;
      await reader.read(table, (client) => client.from(table).select(select).limit(0), signal);
      return missing.length === 0 ? null : toFinding(table, missing);
    } catch (error) {
      if (!(error instanceof UpstreamRejectedError) || error.label === RESPONSE_TOO_LARGE) throw error;
      const column = UNKNOWN_COLUMN.exec(error.reason)?.[1];
      const shorter =
        column === undefined ? rest : rest.replace(new RegExp(`\\b${column}\\b,?`), '').replace(/,(?=$|\))/, '');
      if (column === undefined || shorter === rest || shorter === '') return toRejected(table, missing, error);
      missing.push(column);
      rest = shorter;
    }
  }
}

function toFinding(table: string, missing: readonly string[]): Finding {
  return {
    status: 'error',
    text: `${table}: tidak ada kolom ${missing.join(', ')}.`,
    fix: 'Samakan tabel dengan aplikasi SAPA, atau berikan hak baca (deploy/supabase/readonly-role.sql).',
  };
}

function toRejected(table: string, missing: readonly string[], { reason }: UpstreamRejectedError): Finding {
  const others = missing.length > 0 ? ` Tidak ada kolom ${missing.join(', ')}.` : '';
  return {
    status: 'error',
    text: `${table}: ${reason.trim()}.${others}`,
    fix: "Periksa hak baca kunci. Sesudah tabel diubah: notify pgrst, 'reload schema'; di SQL Editor.",
  };
}

/** Supabase's «Max Rows», as far as a table has more rows than it. */
export const maxRows = defineCheck({
  id: 'supabase-max-rows',
  group: 'Supabase',
  title: 'Max Rows',
  needs: SUPABASE_VARIABLES,
  async run(context) {
    const reader = createReader(context);
    const pages = await Promise.all(
      Object.keys(SELECTIONS).map((table) =>
        reader.read(
          table,
          (client) => client.from(table).select('id', { count: 'exact' }).limit(DEFAULT_MAX_ROWS),
          context.signal,
        ),
      ),
    );
    const most = Math.max(...pages.map(({ rows }) => rows.length));
    const cut = pages.filter(
      ({ rows, count }) => rows.length < DEFAULT_MAX_ROWS && count !== null && rows.length < count,
    );
    if (cut.length > 0) {
      const limit = Math.max(...cut.map(({ rows }) => rows.length));
      return [
        {
          status: 'warning',
          text: `${limit} baris: tidak ada data yang hilang, tetapi setiap daftar memerlukan lebih banyak panggilan.`,
          fix: `Naikkan menjadi ${DEFAULT_MAX_ROWS} di Supabase, Settings > API.`,
        },
      ];
    }
    const known = most === DEFAULT_MAX_ROWS ? '' : ' (tabel terbesar belum lebih panjang)';
    return [{ status: 'ok', text: `Sedikitnya ${most} baris${known}.` }];
  },
});

const CREATE_INDEX = 'create index if not exists allocations_activity_id_idx on allocations (activity_id);';

/** The index on `allocations.activity_id`: from the query plan where the project shows plans, else only the time of a read. */
export const allocationIndex = defineCheck({
  id: 'supabase-index',
  group: 'Supabase',
  title: 'Indeks alokasi',
  needs: SUPABASE_VARIABLES,
  async run(context) {
    const reader = createReader(context);
    const sample = await reader.read(
      'allocations',
      (client) => client.from('allocations').select('activity_id').limit(1),
      context.signal,
    );
    const id: unknown = Reflect.get(Object(sample.rows[0]), 'activity_id');
    if (typeof id !== 'string' && typeof id !== 'number') return [{ status: 'skipped', text: 'Belum ada alokasi.' }];
    const startedAt = performance.now();
    await reader.read(
      'allocations',
      (client) => client.from('allocations').select(`activity_id,${ALLOCATION_COLUMNS}`).eq('activity_id', id),
      context.signal,
    );
    const tookMs = Math.round(performance.now() - startedAt);
    const plan = await readPlan(reader, id, context.signal);
    if (plan !== null) return [describePlan(plan)];
    if (tookMs > SLOW_READ_MS) {
      return [
        {
          status: 'warning',
          text: `Pembacaan satu kegiatan memerlukan ${tookMs} ms; mungkin tanpa indeks.`,
          fix: `SQL Editor: ${CREATE_INDEX}`,
        },
      ];
    }
    return [
      {
        status: 'manual',
        text: `Tidak terlihat lewat API; pembacaan satu kegiatan ${tookMs} ms.`,
        fix: `SQL Editor: select indexname from pg_indexes where tablename = 'allocations'; bila tidak ada: ${CREATE_INDEX}`,
      },
    ];
  },
});

/** Reads the plan of the query. @returns null when the project does not show plans, which is the default */
async function readPlan(
  reader: SupabaseReader,
  activityId: string | number,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const { rows } = await reader.read(
      'allocations',
      (client) =>
        client
          .from('allocations')
          .select('id')
          .eq('activity_id', activityId)
          .setHeader('Accept', 'application/vnd.pgrst.plan+json; for="application/json"; options='),
      signal,
    );
    return JSON.stringify(rows);
  } catch (error) {
    if (error instanceof UpstreamRejectedError) return null;
    throw error;
  }
}

/** PostgreSQL reads a small table without its index, so a plan without the index is not an error. */
function describePlan(plan: string): Finding {
  const name = /"Index Name":"([^"]+)"/.exec(plan)?.[1];
  if (name) return { status: 'ok', text: `Dipakai: ${name}.` };
  return {
    status: 'warning',
    text: 'Supabase membaca seluruh tabel allocations untuk satu kegiatan.',
    fix: `SQL Editor: ${CREATE_INDEX}`,
  };
}
