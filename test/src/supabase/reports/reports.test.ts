import fc from 'fast-check';
import t from 'tap';
import {
  chooseReport,
  currentReport,
  type ReportInfo,
  readReportInfos,
} from '../../../../src/supabase/reports/reports.ts';
import { FakeReader, type Row } from '../fake-reader.ts';
import { budgetRow, kode, ME, OTHER, reportRow } from '../sapa-rows.ts';

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

t.test('the list of reports is read without their rows', async (t) => {
  const reader = new FakeReader({
    processed_results: [reportRow({ processed_data: [budgetRow(kode('521211', '0'), 'Bahan', 1000, 10)] })],
  });
  await readReportInfos({ reader, userId: ME, timezone: TIMEZONE });
  t.notMatch(reader.requests[0]?.select, /processed_data|totals|account_name_map|\*/);
});
