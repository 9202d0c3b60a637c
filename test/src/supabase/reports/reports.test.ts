import fc from 'fast-check';
import t from 'tap';
import {
  chooseReport,
  createReportCache,
  currentReport,
  type ReportInfo,
  readReportInfos,
} from '../../../../src/supabase/reports/reports.ts';
import { FakeReader, parser, type Row } from '../fake-reader.ts';
import { budgetRow, kode, ME, NOW, OTHER, reportRow } from '../sapa-rows.ts';

const TIMEZONE = 'Asia/Jakarta';

async function readInfos(rows: Row[]): Promise<ReportInfo[]> {
  return readReportInfos({ reader: new FakeReader({ processed_results: rows }), userId: ME, timezone: TIMEZONE });
}

t.test(
  'the current report is the newest by date; of two with one date the newer upload; without dates the newest upload',
  async (t) => {
    const old = reportRow({ report_date: '2026-10-31', created_at: '2026-11-22T00:00:00Z' });
    const first = reportRow({ report_date: '2026-11-20', created_at: '2026-11-20T08:00:00Z' });
    const second = reportRow({ report_date: '2026-11-20', created_at: '2026-11-20T16:00:00+07:00' });
    const undated = reportRow({ report_date: null, created_at: '2026-11-23T00:00:00Z' });
    const older = reportRow({ report_date: null, created_at: '2026-11-01T00:00:00Z' });
    t.equal(currentReport(await readInfos([old, first, undated]))?.id, first.id);
    t.equal(currentReport(await readInfos([second, first]))?.id, second.id);
    t.equal(currentReport(await readInfos([older, undated]))?.id, undated.id);
    t.equal(currentReport([]), undefined);
  },
);

t.test('the report of a month is the newest within it, and types are never mixed', async (t) => {
  const akrualOctober = reportRow({ report_date: '2026-10-15' });
  const akrualOctoberEnd = reportRow({ report_date: '2026-10-31' });
  const sp2dOctober = reportRow({ report_date: '2026-10-30', report_type: 'SP2D' });
  const akrual = reportRow({ report_date: '2026-11-10' });
  const sp2d = reportRow({ report_date: '2026-11-20', report_type: 'sp2d' });
  const infos = await readInfos([akrualOctober, akrualOctoberEnd, sp2dOctober, akrual, sp2d]);
  t.equal(chooseReport(infos, {})?.id, sp2d.id, 'the newest of all');
  t.equal(chooseReport(infos, {})?.type, 'SP2D', 'in its usual spelling');
  t.equal(chooseReport(infos, { month: '2026-10' })?.id, sp2dOctober.id, "the current report's type counts");
  t.equal(chooseReport(infos, { type: 'akrual' })?.id, akrual.id);
  t.equal(chooseReport(infos, { type: 'Akrual', month: '2026-10' })?.id, akrualOctoberEnd.id);
  t.equal(chooseReport(infos, { month: '2026-09' }), undefined);
  t.equal(chooseReport(infos, { type: 'Kas' }), undefined);
});

t.test('reports without a type are not mixed with typed reports', async (t) => {
  const plain = reportRow({ report_type: null, report_date: '2026-11-20' });
  const akrual = reportRow({ report_date: '2026-10-20' });
  const infos = await readInfos([plain, akrual]);
  t.equal(chooseReport(infos, {})?.id, plain.id);
  t.equal(chooseReport(infos, { month: '2026-10' }), undefined, 'not filled up with Akrual');
});

t.test('chooseReport follows the rule for any reports', async () => {
  const row = fc.record({
    report_date: fc.option(fc.constantFrom('2026-09-10', '2026-09-30', '2026-10-05', '2026-11-20')),
    report_type: fc.option(fc.constantFrom('Akrual', 'SP2D', 'AKRUAL')),
    created_at: fc.integer({ min: 0, max: 9 }).map((hour) => `2026-11-21T0${hour}:00:00Z`),
  });
  const selectors = fc.record({
    type: fc.option(fc.constantFrom('akrual', 'sp2d'), { nil: undefined }),
    month: fc.option(fc.constantFrom('2026-09', '2026-10'), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 8 }), selectors, async (rows, selector) => {
      const infos = await readInfos(rows.map((fields) => reportRow(fields)));
      const rank = (info: ReportInfo) => [info.date ?? '', info.createdAt] as const;
      const newest = (candidates: ReportInfo[]) =>
        candidates.reduce<ReportInfo | undefined>((best, info) => {
          if (!best) return info;
          const [date, created] = rank(info);
          const [bestDate, bestCreated] = rank(best);
          return date > bestDate || (date === bestDate && created > bestCreated) ? info : best;
        }, undefined);
      const type = selector.type ?? newest(infos)?.type?.toLowerCase();
      const candidates = infos.filter((info) => info.type?.toLowerCase() === type);
      const expected = newest(candidates.filter((info) => !selector.month || info.date?.startsWith(selector.month)));
      const chosen = chooseReport(infos, selector);
      return (
        chosen?.date === expected?.date && chosen?.type === expected?.type && chosen?.createdAt === expected?.createdAt
      );
    }),
  );
});

t.test('invalid report dates and rows of other users are counted; the latter are left out', async (t) => {
  const reader = new FakeReader({
    processed_results: [
      reportRow({ report_date: '31-02-2026' }),
      reportRow({ report_date: '30/09/2026' }),
      reportRow({ user_id: OTHER }),
    ],
  });
  reader.leaky = true;
  const skipped: [string, number][] = [];
  const infos = await readReportInfos({
    reader,
    userId: ME,
    timezone: TIMEZONE,
    onSkippedRows: (table, count) => skipped.push([table, count]),
  });
  t.same(
    infos.map(({ date }) => date),
    ['2026-09-30', null],
  );
  t.same(skipped, [
    ['processed_results', 1],
    ['processed_results.report_date', 1],
  ]);
});

function bigReport(rows: number, fields: Row = {}): Row {
  return reportRow({
    processed_data: Array.from({ length: rows }, (_, i) =>
      budgetRow(kode('521211', String(i)), `Bahan ${i}`, 1000, 10),
    ),
    ...fields,
  });
}

t.test('a report is read once for concurrent callers', async (t) => {
  const row = bigReport(10_000);
  const reader = new FakeReader({ processed_results: [row] });
  const cache = createReportCache({ reader, parser, now: () => NOW });
  const [info] = await readReportInfos({ reader, userId: ME, timezone: TIMEZONE });
  const reports = await Promise.all(Array.from({ length: 5 }, () => cache.open(ME, info!)));
  t.equal(new Set(reports).size, 1);
  t.equal(await cache.open(ME, info!), reports[0]);
  t.equal(reader.count('report'), 1);
});

t.test('two users never share a cached report, even with the same id', async (t) => {
  const row = bigReport(3);
  const reader = new FakeReader({ processed_results: [row] });
  const cache = createReportCache({ reader, parser, now: () => NOW });
  const [info] = await readReportInfos({ reader, userId: ME, timezone: TIMEZONE });
  await cache.open(ME, info!);
  await t.rejects(cache.open(OTHER, info!), { code: 'SAPA_UNREACHABLE' }, 'a report of another user is unavailable');
  reader.leaky = true;
  await t.rejects(cache.open(OTHER, info!), { code: 'SAPA_UNREACHABLE' }, 'also if the server does not filter');
});

t.test('reports are fetched and parsed one at a time', async (t) => {
  const reader = new FakeReader({ processed_results: Array.from({ length: 6 }, () => bigReport(10)) });
  const cache = createReportCache({ reader, parser, now: () => NOW });
  const infos = await readReportInfos({ reader, userId: ME, timezone: TIMEZONE });
  let running = 0;
  let most = 0;
  reader.before = async () => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running--;
  };
  await Promise.all(infos.map((info) => cache.open(ME, info)));
  t.equal(reader.count('report'), 6);
  t.equal(most, 1);
});

t.test('the cache never exceeds its bytes and removes the least recently used report first', async (t) => {
  const rows = Array.from({ length: 8 }, (_, i) => bigReport(200, { report_date: `2026-01-0${i + 1}` }));
  const reader = new FakeReader({ processed_results: rows });
  const infos = await readReportInfos({ reader, userId: ME, timezone: TIMEZONE });
  const one = (await createReportCache({ reader, parser, now: () => NOW }).open(ME, infos[0]!)).bytes;
  const bytes = Math.floor(one * 3.5);
  const cache = createReportCache({ reader, parser, now: () => NOW, bytes });
  const open = async (index: number) => {
    await cache.open(ME, infos[index]!);
    t.ok(cache.bytes <= bytes, `${cache.bytes} of ${bytes}`);
  };
  for (const index of [0, 1, 2]) await open(index);
  await open(0);
  await open(3);
  const before = reader.count('report');
  await open(0);
  t.equal(reader.count('report'), before, 'used again, so still there');
  await open(1);
  t.equal(reader.count('report'), before + 1, 'longest unused, so gone');
  const order = Array.from({ length: 60 }, (_, i) => (i * 7 + (i % 3)) % 8);
  for (const index of order) await open(index);
});

t.test('a report larger than the cache is returned but not cached', async (t) => {
  const reader = new FakeReader({ processed_results: [bigReport(500)] });
  const cache = createReportCache({ reader, parser, now: () => NOW, bytes: 10_000 });
  const [info] = await readReportInfos({ reader, userId: ME, timezone: TIMEZONE });
  t.equal((await cache.open(ME, info!)).rows, 500);
  t.equal(cache.bytes, 0);
  await cache.open(ME, info!);
  t.equal(reader.count('report'), 2);
});

t.test('a cached report is read again after half an hour', async (t) => {
  const row = bigReport(2);
  const reader = new FakeReader({ processed_results: [row] });
  let now = NOW;
  const cache = createReportCache({ reader, parser, now: () => now });
  const [info] = await readReportInfos({ reader, userId: ME, timezone: TIMEZONE });
  await cache.open(ME, info!);
  now += 29 * 60_000;
  await cache.open(ME, info!);
  t.equal(reader.count('report'), 1);
  row.processed_data = [];
  now += 2 * 60_000;
  t.equal((await cache.open(ME, info!)).rows, 0, 'the corrected report');
  t.ok(cache.bytes < 10_000, 'the old one is no longer counted');
});

t.test('a failed read is not cached and does not block the next', async (t) => {
  const reader = new FakeReader({ processed_results: [bigReport(2)] });
  const cache = createReportCache({ reader, parser, now: () => NOW });
  const [info] = await readReportInfos({ reader, userId: ME, timezone: TIMEZONE });
  reader.failure = new Error('down');
  await t.rejects(cache.open(ME, info!), { code: 'SAPA_UNREACHABLE' });
  reader.failure = undefined;
  t.equal((await cache.open(ME, info!)).rows, 2);
});

t.test('a report that cannot be parsed is reported, unavailable, and read again by the next call', async (t) => {
  const reader = new FakeReader({ processed_results: [bigReport(2)] });
  const failures: unknown[] = [];
  let failure: Error | undefined = new Error('out of memory');
  const failing = {
    async parse(report: Parameters<typeof parser.parse>[0]) {
      if (failure) throw failure;
      return parser.parse(report);
    },
  };
  const onUnparsed = (error: unknown) => failures.push(error);
  const cache = createReportCache({ reader, parser: failing, now: () => NOW, onUnparsed });
  const [info] = await readReportInfos({ reader, userId: ME, timezone: TIMEZONE });
  await t.rejects(cache.open(ME, info!), { code: 'SAPA_UNREACHABLE' });
  t.same(failures, [failure]);
  failure = undefined;
  t.equal((await cache.open(ME, info!)).rows, 2);
  t.equal(failures.length, 1);
  await t.rejects(cache.open(OTHER, info!), { code: 'SAPA_UNREACHABLE' }, 'gone');
  t.equal(failures.length, 1, 'a missing report is not reported as unparsable');
});

t.test('an aborted caller does not cancel the read of other callers', async (t) => {
  const reader = new FakeReader({ processed_results: [bigReport(2)] });
  const cache = createReportCache({ reader, parser, now: () => NOW });
  const [info] = await readReportInfos({ reader, userId: ME, timezone: TIMEZONE });
  const answer = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  reader.before = () => {
    asked.resolve();
    return answer.promise;
  };
  const impatient = new AbortController();
  const first = cache.open(ME, info!, impatient.signal);
  const second = cache.open(ME, info!, new AbortController().signal);
  await asked.promise;
  impatient.abort(new Error('deadline'));
  await t.rejects(first, { message: 'deadline' });
  answer.resolve();
  t.equal((await second).rows, 2);
  t.equal(reader.count('report'), 1);
  await t.rejects(cache.open(ME, info!, impatient.signal), { message: 'deadline' });
});

t.test('the list of reports is read without their rows', async (t) => {
  const reader = new FakeReader({ processed_results: [bigReport(2)] });
  await readReportInfos({ reader, userId: ME, timezone: TIMEZONE });
  t.notMatch(reader.requests[0]?.select, /processed_data|totals|account_name_map|\*/);
});
