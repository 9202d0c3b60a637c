import t from 'tap';
import type { Row } from '../../../sandbox/sapa-schema.ts';
import { activityRow, budgetRow, kode, ME, newId, reportRow } from './sapa-rows.ts';
import { startTools } from './tools-over-http.ts';

// A Supabase project can lower «Max Rows». PostgREST truncates lists and embedded lists at it without any sign.

/** Activities with the given numbers of allocations of 1 rupiah each. */
function activitiesWith(counts: readonly number[], fields: Row = {}): { activities: Row[]; allocations: Row[] } {
  const allocations: Row[] = [];
  const activities = counts.map((count) => {
    const { allocations: _embedded, ...activity } = activityRow(fields);
    for (let index = 0; index < count; index++) {
      allocations.push({
        id: newId(),
        activity_id: activity.id,
        kode: kode('524111', '1'),
        uraian: 'Tiket',
        jumlah: 1,
      });
    }
    return activity;
  });
  return { activities, allocations };
}
const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

t.test('all activities, allocations and reports count for any «Max Rows»', async (t) => {
  const counts = Array.from({ length: 43 }, (_, index) => (index === 7 || index === 42 ? 25 : index % 3));
  const { activities, allocations } = activitiesWith(counts, { status: 'Komitmen' });
  const reports = Array.from({ length: 11 }, (_, index) =>
    reportRow({
      report_date: `2026-${String(index + 1).padStart(2, '0')}-20`,
      processed_data: [budgetRow(kode('521211', '1'), 'Bahan', 1_000, index + 1)],
    }),
  );
  const { supabase, run } = await startTools(t, { activities, allocations, processed_results: reports }, ME);
  for (const maxRows of [1, 2, 3, 20, 24, 25, 26, 42, 43, 44, 1_000]) {
    supabase.maxRows = maxRows;
    const name = `Max Rows ${maxRows}`;
    t.match(await run('activity_statistics'), { ok: true, result: { total: 43, total_allocation: sum(counts) } }, name);
    t.match(
      await run('budget_summary'),
      { ok: true, result: { realisasi: 11, komitmen: sum(counts), report: { date: '2026-11-20' } } },
      name,
    );
  }
});

t.test('a user with one activity: its truncated allocations are read to the end', async (t) => {
  const { supabase, run } = await startTools(t, activitiesWith([95]), ME);
  for (const maxRows of [1, 20, 94, 95, 96]) {
    supabase.maxRows = maxRows;
    t.match(await run('search_activities'), { ok: true, result: { count: 1, total_allocation: 95 } }, `${maxRows}`);
  }
});

t.test('more activities with truncated allocations than one request may name', async (t) => {
  const { supabase, run } = await startTools(t, activitiesWith(Array.from({ length: 130 }, () => 2)), ME);
  supabase.maxRows = 2;
  t.match(await run('activity_statistics'), { ok: true, result: { total: 130, total_allocation: 260 } });
  const named = supabase.requests.map(({ query }) => query.get('activity_id')?.split(',').length ?? 0);
  t.equal(Math.max(...named), 100);
});

t.test('a user whose activities outnumber the allocations of each is read with one request', async (t) => {
  const { supabase, run } = await startTools(t, activitiesWith([3, 0, 1, 2]), ME);
  t.match(await run('activity_statistics'), { ok: true, result: { total: 4, total_allocation: 6 } });
  t.equal(supabase.requests.length, 1);
  // A report list that is longer proves the same.
  supabase.tables.processed_results = Array.from({ length: 4 }, () => reportRow()) as never;
  supabase.tables.activities.splice(1);
  supabase.requests.length = 0;
  t.match(await run('budget_summary'), { ok: true });
  t.same(supabase.requests.map(({ table }) => table).sort(), ['activities', 'processed_results', 'processed_results']);
});

t.test('an activity that is deleted or added between two pages hides no other', async (t) => {
  for (const change of ['delete', 'add'] as const) {
    const { activities } = activitiesWith(Array.from({ length: 50 }, () => 0));
    const names = activities.map((row, index) => Object.assign(row, { nama: `Kegiatan ${index}` }).nama);
    const { supabase, run } = await startTools(t, { activities }, ME);
    supabase.maxRows = 20;
    supabase.onRequest(({ query }) => {
      if (!query.get('id')?.startsWith('gt.') || supabase.requests.length > 2) return;
      if (change === 'delete') supabase.tables.activities.shift();
      else supabase.tables.activities.push(activityRow({ id: '00000000-0000-4000-8000-000000000000' }) as never);
    });
    const outcome = await run('search_activities', { limit: 50 });
    const found = outcome.ok ? (Reflect.get(outcome.result, 'activities') as Row[]) : [];
    t.same(found.map(({ nama }) => nama).sort(), names.sort(), change);
  }
});
