import t from 'tap';
import type { ToolEvidence } from '../../../../src/gemini/tools/results.ts';
import { collectFigures, createTools, type ToolContext, type Tools } from '../../../../src/gemini/tools/tools.ts';
import { FakeReader, type Row } from '../../supabase/fake-reader.ts';
import { activityRow, budgetRow, kode, ME, NOW, OTHER, reportRow } from '../../supabase/sapa-rows.ts';

function buildTools(tables: { activities?: Row[]; processed_results?: Row[] } = {}): {
  tools: Tools;
  reader: FakeReader;
} {
  const reader = new FakeReader({ activities: [], processed_results: [], ...tables });
  return {
    reader,
    tools: createTools({ reader, timezone: 'Asia/Jakarta', now: () => NOW, portalName: 'SAPA' }),
  };
}

const newContext = (fields: Partial<ToolContext> = {}): ToolContext => ({ userId: ME, figures: new Set(), ...fields });

const novemberReport = (rows = 1): Row =>
  reportRow({
    processed_data: Array.from({ length: rows }, (_, i) =>
      budgetRow(kode('521211', String(i)), `Bahan ${i}`, 1000, 750),
    ),
  });

t.test('five turns about a 10,000-row report read it once', async (t) => {
  const { tools, reader } = buildTools({ processed_results: [novemberReport(10_000)] });
  const calls = [
    { name: 'budget_summary', args: {} },
    { name: 'search_budget', args: { keyword: 'bahan 77' } },
    { name: 'budget_by_account', args: { account: '52' } },
    { name: 'budget_trend', args: {} },
    { name: 'search_budget', args: { code: '521211', sort: 'sisa' } },
  ];
  for (const call of calls) t.ok((await tools.run(call, newContext())).ok, call.name);
  t.equal(reader.count('report'), 1);
});

t.test('calls of one turn read each list once, and sum commitments from the activities that were read', async (t) => {
  const { tools, reader } = buildTools({ processed_results: [novemberReport()], activities: [activityRow()] });
  const context = newContext();
  for (const name of [
    'search_activities',
    'budget_summary',
    'activity_statistics',
    'budget_by_account',
    'search_budget',
  ]) {
    await tools.run({ name, args: {} }, context);
  }
  await tools.activityContext(context);
  t.same(reader.requests.map(({ operation }) => operation).sort(), ['activities', 'report', 'reports']);
  await tools.run({ name: 'activity_statistics', args: {} }, newContext());
  t.equal(reader.count('activities'), 2, 'the next turn reads again');
});

t.test('a turn opens its report last, so that it does not hold one while it waits for its activities', async (t) => {
  const { tools, reader } = buildTools({ processed_results: [novemberReport()], activities: [activityRow()] });
  const requested = Promise.withResolvers<void>();
  const response = Promise.withResolvers<void>();
  reader.before = ({ operation }) => {
    if (operation !== 'activities') return undefined;
    requested.resolve();
    return response.promise;
  };
  const outcome = tools.run({ name: 'budget_summary', args: {} }, newContext());
  await requested.promise;
  await new Promise(setImmediate);
  t.equal(reader.count('report'), 0);
  response.resolve();
  t.match(await outcome, { ok: true, result: { pagu: 1000 } });
});

t.test('a context that is reused for another user returns no data of the first user', async (t) => {
  const { tools } = buildTools({
    activities: [activityRow(), activityRow({ user_id: OTHER }), activityRow({ user_id: OTHER })],
  });
  const context = newContext();
  t.match(await tools.run({ name: 'activity_statistics', args: {} }, context), { result: { total: 1 } });
  context.userId = OTHER;
  t.match(await tools.run({ name: 'activity_statistics', args: {} }, context), { result: { total: 2 } });
});

t.test('an invalid call returns an error for the model and reads no data', async (t) => {
  const { tools, reader } = buildTools();
  const bad: [string, unknown, RegExp][] = [
    ['delete_activity', {}, /Alat itu tidak ada.*search_activities/],
    ['constructor', {}, /Alat itu tidak ada/],
    ['__proto__', {}, /Alat itu tidak ada/],
    ['', {}, /Alat itu tidak ada/],
    ['search_activities', { from: '2026-12-01', to: '2026-11-01' }, /from tidak boleh sesudah to/],
    ['search_budget', { code: ' .. ' }, /code harus berisi/],
    ['budget_by_account', { account: 'barang' }, /account harus 1 sampai 6 angka/],
    ['calculate', {}, /operation dan operands harus diisi/],
    ['calculate', { operation: 'sum', operands: [12345] }, /Angka 12345 tidak ada/],
  ];
  for (const [name, args, error] of bad) {
    const outcome = await tools.run({ name, args }, newContext());
    t.match(outcome, { ok: false, error }, name);
    t.notOk('unavailable' in outcome, 'Supabase is available');
  }
  t.equal(reader.requests.length, 0);
});

t.test('an invalid range of months returns an error', async (t) => {
  const { tools } = buildTools({ processed_results: [novemberReport()] });
  const trend = (args: object) => tools.run({ name: 'budget_trend', args }, newContext());
  t.match(await trend({ from: '2026-05', to: '2026-01' }), { ok: false, error: /tidak boleh sesudah/ });
  t.match(await trend({ from: '2020-01', to: '2026-01' }), { ok: false, error: /paling panjang 24 bulan/ });
  t.match(await trend({ from: '2027-05' }), { ok: true, result: { report: null } });
});

t.test('an unavailable Supabase is an outcome, also during a call; the next call reads again', async (t) => {
  const { tools, reader } = buildTools({ processed_results: [novemberReport()], activities: [activityRow()] });
  const context = newContext();
  const unavailable = { ok: false, unavailable: true, error: /tidak dapat dijangkau.*jangan menebak/ };
  reader.failure = new Error('ECONNREFUSED');
  t.match(await tools.run({ name: 'budget_summary', args: {} }, context), unavailable);
  t.match(await tools.run({ name: 'activity_statistics', args: {} }, context), unavailable);
  t.match(
    await tools.activityContext(context),
    /DATA KEGIATAN TERKINI.*tidak dapat dibaca saat ini.*AKHIR DATA KEGIATAN/s,
  );
  reader.failure = undefined;
  reader.before = ({ operation }) => {
    reader.failure = operation === 'report' ? new Error('reset') : undefined;
  };
  t.match(
    await tools.run({ name: 'budget_summary', args: {} }, context),
    unavailable,
    'the list was read, the report was not',
  );
  t.equal(context.figures.size, 0, 'a failed call adds no figures');
  reader.before = () => undefined;
  reader.failure = undefined;
  t.match(await tools.run({ name: 'budget_summary', args: {} }, context), { ok: true, result: { pagu: 1000 } });
});

t.test('an aborted turn throws its abort reason', async (t) => {
  const { tools, reader } = buildTools({ activities: [activityRow()] });
  const controller = new AbortController();
  reader.before = () => {
    controller.abort(new Error('deadline'));
    reader.failure = new Error('aborted');
  };
  await t.rejects(tools.run({ name: 'search_activities', args: {} }, newContext({ signal: controller.signal })), {
    message: 'deadline',
  });
  await t.rejects(tools.activityContext(newContext({ signal: controller.signal })), { message: 'deadline' });
});

t.test('calculate accepts figures of earlier results, but not arguments', async (t) => {
  const { tools } = buildTools({ processed_results: [novemberReport()] });
  const context = newContext();
  const calculate = (operation: string, operands: number[]) =>
    tools.run({ name: 'calculate', args: { operation, operands } }, context);
  t.match(await calculate('ratio_percent', [750, 1000]), { ok: false });
  await tools.run({ name: 'search_budget', args: { min_sisa: 12_345 } }, context);
  t.match(await calculate('sum', [12_345]), { ok: false }, 'an argument is no figure');
  await tools.run({ name: 'budget_summary', args: {} }, context);
  t.match(
    await calculate('project_linear', [750, 11, 12]),
    { ok: true, result: { result: 818.18 } },
    'the report is from November',
  );
  t.match(await calculate('ratio_percent', [818.18, 1000]), { ok: true, result: { result: 81.818 } });
  t.match(await calculate('sum', [81.818]), { ok: true }, 'a result is a figure');
  t.match(
    await tools.run(
      { name: 'calculate', args: { operation: 'divide', operands: [750, 2] } },
      newContext({ figures: new Set([750]) }),
    ),
    { ok: false },
    'another turn has no figures',
  );
});

t.test('a result contains its evidence', async (t) => {
  const activity = activityRow();
  const { tools } = buildTools({ processed_results: [novemberReport(2)], activities: [activity] });
  const evidence: ToolEvidence[] = [];
  const context = newContext({ evidence });
  const report = { date: '2026-11-20', type: 'Akrual', file_name: 'realisasi-november.xlsx' };
  const codes = [kode('521211', '0'), kode('521211', '1')];
  for (const [name, args] of [
    ['budget_summary', { report_month: '2026-11' }],
    ['search_budget', { keyword: 'bahan' }],
    ['budget_by_account', {}],
    ['budget_trend', { account: '52' }],
    ['search_activities', { period: 'today' }],
    ['search_activities', { limit: -1 }],
  ] as const) {
    await tools.run({ name, args }, context);
  }
  await tools.activityContext(context);
  t.same(evidence, [
    { tool: 'budget_summary', args: { report_month: '2026-11' }, report },
    { tool: 'search_budget', args: { keyword: 'bahan' }, report, codes, listed: { kind: 'budget_rows', ids: codes } },
    { tool: 'budget_by_account', args: {}, report, codes: ['521211'], listed: { kind: 'accounts', ids: ['521211'] } },
    {
      tool: 'budget_trend',
      args: { account: '52' },
      report,
      codes: ['52'],
      listed: { kind: 'months', ids: ['2026-11'] },
    },
    {
      tool: 'search_activities',
      args: { period: 'today' },
      activityIds: [activity.id],
      listed: { kind: 'activities', ids: [activity.id] },
    },
    { tool: 'activity_context', args: {}, activityIds: [activity.id] },
  ]);
});

t.test('exactly the numbers of a result are figures', async (t) => {
  t.same(collectFigures({ a: 1, b: [{ c: 2.5, d: '3' }, null, true, [4]], e: undefined }).sort(), [1, 2.5, 4]);
});

t.test('a whole list has all rows of its filter, also those that its order does not rank', async (t) => {
  const rows = [
    budgetRow(kode('521211', '1'), 'Bahan A', 1000, 900),
    budgetRow(kode('521211', '2'), 'Bahan B', 0, 0),
    ...Array.from({ length: 60 }, (_, index) => budgetRow(kode('524111', String(index)), 'Perjalanan', 1000, index)),
    budgetRow(kode('532111', '1'), 'Komputer', 1000, 100),
  ];
  const { tools } = buildTools({
    processed_results: [
      reportRow({ report_date: '2026-10-31', processed_data: rows }),
      reportRow({ report_date: '2026-11-20', processed_data: [budgetRow(kode('521211', '1'), 'Baru', 1, 1)] }),
    ],
    activities: [activityRow({ nama: 'a'.repeat(900) }), activityRow(), activityRow({ user_id: OTHER })],
  });
  const report = { date: '2026-10-31', type: 'Akrual', file_name: null };
  const read = (tool: string, args: object, maxRows = 100, given: object = { report }) =>
    tools.wholeList({ tool, args, ...given }, newContext(), maxRows);
  const bahan = await read('search_budget', { keyword: 'bahan', sort: 'serapan', order: 'asc', limit: 1, offset: 1 });
  t.match(bahan, { kind: 'budget_rows', count: 2, rows: [{ uraian: 'Bahan A' }, { uraian: 'Bahan B' }] });
  t.match(bahan, { report: { date: '2026-10-31' }, conditions: { keyword: 'bahan' } }, 'the report of the list');
  t.match(await read('search_budget', { account: '52' }), null, 'arguments that no tool accepts any more');
  const all = await read('search_budget', { code: '524111' });
  t.match(all, { count: 60, rows: { length: 60 } }, 'more than a page');
  t.match(await read('search_budget', { code: '524111' }, 7), { count: 60, rows: { length: 7 } });
  t.match(await read('budget_by_account', {}), { kind: 'accounts', rows: [{ account: '521211' }, {}, {}], count: 3 });
  t.match(await read('budget_by_account', { group_by: 'kro' }), { kind: 'groups', rows: [{ code: 'WA.6336.EBA' }] });
  t.match(await read('budget_trend', {}), { kind: 'months', rows: [{ month: '2026-10' }], count: 1 });
  t.match(await read('budget_trend', {}, 9, {}), { rows: [{ month: '2026-10' }, { month: '2026-11' }] });
  const gone = { report: { ...report, date: '2025-01-31' } };
  t.match(await read('search_budget', {}, 9, gone), { rows: [], count: 0, report: null }, 'a report that was deleted');
  const activities = await read('search_activities', { status: 'rencana' });
  t.match(activities, { kind: 'activities', count: 2, rows: [{ nama: 'a'.repeat(900) }, { user_id: undefined }] });
  t.equal(await read('calculate', {}), null);
  t.equal(await read('toString', {}), null);
});
