import t from 'tap';
import { SAMPLE_USERS, sampleData } from '../../../sandbox/sample-data.ts';
import type { Row, Tables } from '../../../sandbox/sapa-schema.ts';
import { startFakeSupabase } from '../../../sandbox/supabase.ts';
import { createEvents } from '../../../src/events.ts';
import { createSupabaseReader, RESPONSE_TOO_LARGE } from '../../../src/supabase/client.ts';
import { UpstreamRejectedError } from '../../../src/upstream/errors.ts';
import { createHttpClient } from '../../../src/upstream/http-client.ts';
import { createUpstreamGuard } from '../../../src/upstream/upstream.ts';
import { PASSING_PROBLEMS } from '../../support/passing-problems.ts';
import { activityRow, budgetRow, kode, ME, NOW, newId, OTHER, reportRow } from './sapa-rows.ts';
import { startTools } from './tools-over-http.ts';

t.test('every tool returns the sample data through the real client', async (t) => {
  const tables = sampleData(new Date(NOW));
  const { supabase, tools, run, newTurn } = await startTools(t, tables, SAMPLE_USERS.stocked);
  const mine = tables.activities.filter((row) => row.user_id === SAMPLE_USERS.stocked);
  t.match(await run('activity_statistics'), { ok: true, result: { total: mine.length } });
  t.match(await run('search_activities', { period: 'this_year', limit: 50 }), { ok: true });
  const newest = tables.processed_results.find(
    (row) => row.user_id === SAMPLE_USERS.stocked && row.report_date === '2026-11-24',
  );
  const rows = newest?.processed_data as number[][];
  const sum = (column: number) => rows.reduce((total, row) => total + Number(row[column]), 0);
  t.match(await run('budget_summary'), {
    ok: true,
    result: { pagu: sum(2), realisasi: sum(6), rows: rows.length, report: { type: 'Akrual' } },
  });
  t.match(await run('budget_by_account'), { ok: true, result: { totals: { pagu: sum(2) } } });
  t.match(await run('search_budget', { sort: 'serapan', order: 'asc', limit: 5 }), { ok: true, result: { shown: 5 } });
  const trend = await run('budget_trend');
  t.equal(trend.ok && Reflect.get(trend.result, 'months').length, 11, 'January to November');
  t.match(await tools.activityContext(newTurn()), /Jumlah kegiatan \d+/);
  t.ok(
    supabase.requests.every(({ status }) => status === 200),
    'PostgREST accepted every request',
  );
  t.ok(supabase.requests.every(({ query }) => query.get('user_id') === `eq.${SAMPLE_USERS.stocked}`));
});

t.test('5,000 activities with their allocations come in five pages', async (t) => {
  const allocations: Row[] = [];
  const activities = Array.from({ length: 5000 }, (_, i) => {
    const { allocations: _none, ...row } = activityRow({ status: i % 2 ? 'Komitmen' : 'Rencana' });
    allocations.push({
      id: newId(),
      activity_id: row.id,
      kode: 'WA.1.2.3.4.5.524111.000001',
      uraian: 'Tiket',
      jumlah: i,
    });
    return row;
  });
  const { supabase, run } = await startTools(t, { activities, allocations }, ME);
  t.match(await run('search_activities', { status: 'Komitmen' }), {
    ok: true,
    result: { count: 2500, total_allocation: 6_250_000 },
  });
  t.equal(supabase.requestCount, 5);
});

t.test('PostgREST syntax in keywords, statuses, codes and types changes no request', async (t) => {
  const tables: Partial<Tables> = {
    activities: [activityRow({ nama: 'Milik saya' }), activityRow({ nama: 'RAHASIA', user_id: OTHER })].map(
      ({ allocations: _, ...row }) => row,
    ),
  };
  const { supabase, run } = await startTools(t, tables, ME);
  const requests = async (name: string, args: object) => {
    supabase.requests.length = 0;
    const outcome = await run(name, args);
    t.notMatch(JSON.stringify(outcome.ok ? outcome.result : {}), 'RAHASIA');
    return supabase.requests.map(({ path, query }) => `${path}?${query}`).sort();
  };
  const plain = await requests('search_activities', {});
  const budget = await requests('search_budget', {});
  for (const attempt of [
    `*,user_id.eq.${OTHER}`,
    `x),or(user_id.eq.${OTHER}`,
    `&user_id=eq.${OTHER}`,
    'RAHASIA%',
    `in.(${OTHER})`,
  ]) {
    t.same(await requests('search_activities', { keyword: attempt, status: attempt }), plain);
    t.same(await requests('search_budget', { keyword: attempt, code: attempt, report_type: attempt }), budget);
  }
});

t.test(
  'no response, an error or an invalid response from Supabase makes SAPA unavailable and does not crash',
  async (t) => {
    const { supabase, run } = await startTools(t, { activities: [] }, ME, { failuresToOpen: 100 });
    const unavailable = { ok: false, unavailable: true };
    await supabase.setFault({ kind: 'status', status: 503 });
    t.match(await run('activity_statistics'), unavailable);
    await supabase.setFault({ kind: 'status', status: 400 });
    t.match(await run('budget_summary'), unavailable);
    for (const kind of ['invalid-json', 'truncated', 'refuse'] as const) {
      await supabase.setFault({ kind });
      t.match(await run('activity_statistics'), unavailable, kind);
    }
    await supabase.clearFaults();
    t.match(await run('activity_statistics'), { ok: true });
  },
);

t.test('a failed read of a tool is repeated once', async (t) => {
  const report = reportRow({ processed_data: [budgetRow(kode('521211', '1'), 'Bahan', 1_000, 100)] });
  const tables = { activities: [], processed_results: [report] };
  const { supabase, run } = await startTools(t, tables, ME, { failuresToOpen: 100 });
  const passing = [{ kind: 'status', status: 503 } as const, ...Object.values(PASSING_PROBLEMS).flat()];
  const proxyPage = { kind: 'status', status: 404, body: '<h1>Not Found</h1>' } as const;
  for (const fault of [...passing, proxyPage, { kind: 'invalid-json' } as const, { kind: 'truncated' } as const]) {
    const name = JSON.stringify(fault);
    supabase.requests.length = 0;
    await supabase.setFault(fault, { times: 1 });
    t.match(await run('activity_statistics'), { ok: true, result: { total: 0 } }, name);
    t.equal(supabase.requests.length, 2, name);
    await supabase.setFault(fault, { times: 2 });
    t.match(await run('activity_statistics'), { ok: false, unavailable: true }, name);
    t.equal(supabase.requests.length, 4, name);
  }
  const isReport = ({ query }: { query: URLSearchParams }) => query.get('select')?.includes('processed_data') ?? false;
  await supabase.setFault({ kind: 'status', status: 503 }, { times: 1, match: isReport });
  t.match(await run('budget_summary'), { ok: true, result: { pagu: 1_000 } }, 'the report itself');
});

t.test('a response above the size limit is a permanent error and leaves the breaker closed', async (t) => {
  const supabase = await startFakeSupabase({ tables: { activities: [activityRow({ nama: 'x'.repeat(20_000) })] } });
  const upstream = createUpstreamGuard({
    name: 'supabase',
    timeoutMs: 5000,
    events: createEvents(),
    failuresToOpen: 1,
  });
  const http = createHttpClient({ connections: 1, maxResponseBytes: 10_000 });
  const reader = createSupabaseReader({ url: supabase.url, key: supabase.serviceRoleKey, http, upstream });
  t.teardown(async () => {
    await reader.close();
    await supabase.close();
  });
  const read = () => reader.read('activities', (client) => client.from('activities').select('nama'));
  const readReport = () => reader.readReport('report', (client) => client.from('activities').select('nama'));
  for (const request of [read, readReport]) {
    const error = await request().catch((error: unknown) => error);
    t.ok(error instanceof UpstreamRejectedError);
    t.match(error, { upstream: 'supabase', label: RESPONSE_TOO_LARGE, permanent: true });
  }
  t.equal(upstream.state(), 'closed');
  t.same(await reader.read('activities', (client) => client.from('activities').select('id').limit(0)), {
    rows: [],
    count: null,
  });
});

t.test('reports are received one at a time, and pages of lists do not wait for them', async (t) => {
  const { supabase, reader } = await startTools(t, { processed_results: [reportRow(), reportRow()] }, ME);
  const readReport = () => reader.readReport('report', (client) => client.from('processed_results').select('id'));
  const readPage = () => reader.readPage('activities', (client) => client.from('activities').select('id'));
  const isReport = ({ path }: { path: string }) => path.endsWith('processed_results');
  await supabase.setFault({ kind: 'hang' }, { match: isReport, times: 1 });
  const first = readReport();
  const second = readReport();
  await supabase.waitForRequest(isReport);
  t.same((await readPage()).rows, []);
  t.equal(supabase.requests.filter(isReport).length, 1);
  await supabase.clearFaults();
  await t.rejects(first);
  t.equal((await second).rows.length, 2);
});
