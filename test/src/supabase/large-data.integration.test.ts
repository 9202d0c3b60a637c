import t, { type Test } from 'tap';
import type { Row } from '../../../sandbox/sapa-schema.ts';
import type { ToolOutcome } from '../../../src/gemini/tools/tools.ts';
import { activityRow, budgetRow, kode, ME, newId, reportRow } from './sapa-rows.ts';
import { startTools } from './tools-over-http.ts';

// Limits over real HTTP: data above a limit is reported and not retried, and no total is silently too low.

const MEGABYTE = 1_000_000;
/** A row of the table, without the `allocations` that the fake Supabase embeds itself. */
function activity(fields: Row = {}): Row {
  const { allocations: _embedded, ...row } = activityRow(fields);
  return row;
}
const monthly = (count: number, fields: (index: number) => Row): Row[] =>
  Array.from({ length: count }, (_, index) =>
    activity({ tanggal_pelaksanaan: `2026-${String(1 + (index % 12)).padStart(2, '0')}-15`, ...fields(index) }),
  );
const users = (count: number) =>
  Array.from({ length: count }, (_, index) => `40000000-0000-4000-8000-${String(index).padStart(12, '0')}`);
const tooLarge = { ok: false, tooLarge: true, error: /terlalu besar.*(period|portal).*jangan menebak/s };

await t.test('40 activities with texts of 1 MB, compressed', async (t) => {
  const text = 'Rapat koordinasi. '.repeat(MEGABYTE / 18);
  const activities = monthly(40, (index) => ({ capaian: text, status: index % 2 ? 'Komitmen' : 'Rencana' }));
  const allocations = activities.map(({ id }) => allocation(id, 1_000));
  const report = reportRow({ processed_data: [budgetRow(kode('521211', '1'), 'Bahan', 90_000, 10_000)] });
  const tables = { activities, allocations, processed_results: [report] };
  const { supabase, upstream, tools, newTurn } = await startTools(t, tables, ME, {
    compress: true,
    failuresToOpen: 1,
  });

  const turn = newTurn();
  const call = (name: string, args: object = {}) => tools.run({ name, args }, turn);

  await t.test('are too large: the model gets an error with the alternatives, once per turn', async (t) => {
    t.match(await call('activity_statistics'), tooLarge);
    t.equal(upstream.state(), 'closed', 'this is no outage');
    const requests = supabase.requests.map(({ query }) => String(query));
    const tooLargePages = requests.filter((request) => /limit=(1000|250|63|16)$/.test(request));
    t.equal(tooLargePages.length, 4, 'larger pages are tried first');
    t.equal(new Set(tooLargePages).size, 4, 'a page that was too large is not requested again');
    t.match(await call('search_activities'), tooLarge);
    t.match(await tools.activityContext(turn), /DATA KEGIATAN.*terlalu besar.*period.*jangan menebak/s);
    t.equal(supabase.requests.length, requests.length, 'the same turn does not read them again');
  });

  await t.test('can be searched by period and status: the result says that only these were read', async (t) => {
    const notes = [/terlalu besar.*hanya kegiatan/s];
    const march = await call('search_activities', { from: '2026-03-01', to: '2026-03-31' });
    t.match(march, { ok: true, result: { count: 4, shown: 4, total_allocation: 4_000, notes } });
    t.notOk('undated_left_out' in resultOf(march), 'those without a date were not read, so they are not counted');
    const may = await call('search_activities', { from: '2026-05-15', to: '2026-05-15', status: 'rencana' });
    t.match(may, { ok: true, result: { count: 3, notes } });
    t.match(await call('search_activities', { from: '2026-04-16', to: '2026-05-14' }), {
      ok: true,
      result: { count: 0 },
    });
  });

  await t.test('do not prevent budget results, which need no texts', async (t) => {
    t.match(await call('budget_summary'), { ok: true, result: { pagu: 90_000, komitmen: 20_000, outstanding: 0 } });
  });
});

t.test('long texts that fit together are read in smaller pages, to the last row', async (t) => {
  const activities = monthly(300, (index) => ({ tujuan_kegiatan: `${index} ${'x'.repeat(30_000)}` }));
  const { run, supabase } = await startTools(t, { activities }, ME, { compress: true });
  t.match(await run('activity_statistics'), { ok: true, result: { total: 300 } });
  t.ok(supabase.requestCount > 4, `${supabase.requestCount} pages`);
});

t.test('a report above its limit does not open the breaker', async (t) => {
  const rows = Array.from({ length: 40_000 }, (_, index) =>
    budgetRow(kode('521211', String(index)), 'x'.repeat(200), 1, 1),
  );
  const { run, upstream } = await startTools(t, { processed_results: [reportRow({ processed_data: rows })] }, ME, {
    failuresToOpen: 1,
  });
  t.match(await run('budget_summary'), { ok: false, tooLarge: true, error: /terlalu besar.*portal/s });
  t.equal(upstream.state(), 'closed');
});

t.test('a result has a limited size even if any field of a row is long', async (t) => {
  const long = (name: string) => `${name} ${'x'.repeat(100_000)}`;
  const activities = Array.from({ length: 5 }, (_, index) =>
    activity({ nama: long('n'), status: long(`Status ${index % 2}`), penanggung_jawab: long('p') }),
  );
  const allocations = activities.map(({ id }) => ({ ...allocation(id, 1_000), kode: long('WA.1'), uraian: long('u') }));
  const rows = Array.from({ length: 20 }, (_, index) => budgetRow(long(`WA.${index}`), long('uraian'), 1_000, 500));
  const report = reportRow({ processed_data: rows, file_name: long('f'), account_name_map: { '521211': long('a') } });
  const { tools, newTurn } = await startTools(t, { activities, allocations, processed_results: [report] }, ME);
  const turn = newTurn({ evidence: [] });
  const calls = [
    'search_activities',
    'activity_statistics',
    'search_budget',
    'budget_by_account',
    'budget_trend',
    'budget_summary',
  ];
  for (const name of calls) {
    const outcome = await tools.run({ name, args: {} }, turn);
    t.ok(outcome.ok && JSON.stringify(outcome.result).length <= 600_000, name);
  }
  t.ok((await tools.activityContext(turn)).length < 10_000);
  t.ok(JSON.stringify(turn.evidence).length < 1_200_000, 'and so has what the session may keep of it');
  const statistics = await tools.run({ name: 'activity_statistics', args: {} }, turn);
  t.same(Object.values(Reflect.get(resultOf(statistics), 'by_status')), [3, 2], 'shortened statuses are still apart');
  tools.release(turn);
});

await t.test('the lists of all running turns', async (t) => {
  const ids = users(12);
  const activitiesOf = new Map(
    ids.map((user_id) => [`eq.${user_id}`, monthly(5_000, () => ({ user_id, tujuan_kegiatan: 'x'.repeat(150) }))]),
  );
  const start = async (t: Test, megabytes: number) => {
    const started = await startTools(t, {}, ME, { listsCapacityBytes: megabytes * 1024 * 1024 });
    const { supabase } = started;
    // The fake Supabase gets the rows of one user at a time: it would search all.
    supabase.onRequest(({ query }) => {
      supabase.tables.activities = activitiesOf.get(query.get('user_id') ?? '') ?? [];
    });
    return started;
  };
  const statistics = { name: 'activity_statistics', args: {} };
  const all = { ok: true, result: { total: 5_000 } };

  await t.test('12 concurrent users with 5,000 activities each all get an answer', async (t) => {
    const { tools, newTurn } = await start(t, 12);
    const outcomes = await Promise.all(
      ids.map(async (userId) => {
        const turn = newTurn({ userId });
        const outcome = await tools.run(statistics, turn);
        tools.release(turn);
        return outcome;
      }),
    );
    for (const outcome of outcomes) t.match(outcome, all);
  });

  await t.test('stay within the capacity: the next turn reads when an earlier one has ended', async (t) => {
    const { tools, newTurn, supabase } = await start(t, 4);
    const [first = '', second = ''] = ids;
    const isRead = (userId: string) => supabase.requests.some(({ query }) => query.get('user_id') === `eq.${userId}`);
    const holder = newTurn({ userId: first });
    t.match(await tools.run(statistics, holder), all);
    const next = tools.run(statistics, newTurn({ userId: second }));
    // A request of the next turn would arrive before this one is answered.
    await fetch(`${supabase.url}/rest/v1/users`, { headers: { apikey: supabase.serviceRoleKey } });
    t.notOk(isRead(second), 'it waits while the first turn holds its list');
    t.match(await tools.run(statistics, holder), all, 'the turn that holds its list continues');
    tools.release(holder);
    t.match(await next, all);
  });

  await t.test('a turn that ends while it waits leaves the queue', async (t) => {
    const { tools, newTurn } = await start(t, 4);
    const [first = '', second = '', third = ''] = ids;
    const holder = newTurn({ userId: first });
    await tools.run(statistics, holder);
    const deadline = new AbortController();
    const waiting = tools.run(statistics, newTurn({ userId: second, signal: deadline.signal }));
    const next = tools.run(statistics, newTurn({ userId: third }));
    const reason = new Error('deadline');
    deadline.abort(reason);
    await t.rejects(waiting, reason);
    tools.release(holder);
    t.match(await next, all);
  });
});

t.test(
  'a turn that needs another list drops the one it holds, so that two turns cannot block each other',
  async (t) => {
    const ids = users(2);
    const activities = ids.flatMap((user_id) =>
      monthly(3_000, (index) => ({ user_id, status: index % 2 ? 'Komitmen' : 'Rencana' })),
    );
    const reports = ids.map((user_id) =>
      reportRow({ user_id, processed_data: [budgetRow(kode('521211', '1'), 'Bahan', 9, 1)] }),
    );
    const { tools, newTurn } = await startTools(t, { activities, processed_results: reports }, ME, {
      listsCapacityBytes: 4 * 1024 * 1024,
    });
    const answers = await Promise.all(
      ids.map(async (userId) => {
        const turn = newTurn({ userId });
        const budget = await tools.run({ name: 'budget_summary', args: {} }, turn);
        const statistics = await tools.run({ name: 'activity_statistics', args: {} }, turn);
        const again = await tools.run({ name: 'budget_summary', args: {} }, turn);
        tools.release(turn);
        return [budget, statistics, again];
      }),
    );
    for (const outcomes of answers) for (const outcome of outcomes) t.match(outcome, { ok: true });
  },
);

function allocation(activity_id: unknown, jumlah: number): Row {
  return { id: newId(), activity_id, kode: kode('521211', '1'), uraian: 'Bahan', jumlah };
}

function resultOf(outcome: ToolOutcome): object {
  return outcome.ok ? outcome.result : {};
}
