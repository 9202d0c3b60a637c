import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { SAMPLE_USERS, sampleData } from '../../sandbox/sample-data.ts';
import { COLUMNS, FOREIGN_KEYS, type Row, type TableName } from '../../sandbox/sapa-schema.ts';

type ReportRow = [kode: string, uraian: string, ...amounts: (number | string)[]];

const NOW = new Date('2026-11-22T12:00:00Z');
const data = sampleData(NOW);
const of = (rows: Row[], user: string) => rows.filter((row) => row.user_id === user);
const rowsOf = (report: Row | undefined) => (report?.processed_data ?? []) as ReportRow[];
const amount = (value: number | string | undefined) =>
  typeof value === 'string' ? Number(value.replaceAll('.', '').replace(',', '.')) : (value ?? Number.NaN);
const sum = (report: Row | undefined, column: number) =>
  rowsOf(report).reduce((total, row) => total + amount(row[column]), 0);
const days = fc.date({ min: new Date('2024-01-01'), max: new Date('2032-12-31'), noInvalidDate: true });

t.test('the data is the same for any time of a day', async (t) => {
  t.same(sampleData(new Date('2026-11-22T16:59:59Z')), data);
  t.notSame(sampleData(new Date('2026-11-22T17:00:00Z')), data, 'in Jakarta the next day has begun');
  t.same(sampleData(new Date('2026-11-22T17:00:00Z'), 'UTC').activities, data.activities);
});

t.test('there are six users with the documented properties', async (t) => {
  t.same(
    data.users.map(({ id, phone_number, is_approved, role }) => [id, phone_number, is_approved, role]),
    [
      [SAMPLE_USERS.stocked, '6281200000001', true, 'user'],
      [SAMPLE_USERS.second, '6281200000002', true, 'user'],
      [SAMPLE_USERS.notApproved, '6281200000003', false, 'user'],
      [SAMPLE_USERS.twoReports, '+62 812-0000-0004', true, 'viewer'],
      [SAMPLE_USERS.empty, '081200000005', true, 'user'],
      [SAMPLE_USERS.admin, '6281200000006', true, 'admin'],
    ],
  );
  t.same([of(data.activities, SAMPLE_USERS.empty), of(data.processed_results, SAMPLE_USERS.empty)], [[], []]);
});

t.test('rows have exactly their columns, unique ids and valid foreign keys', async (t) => {
  for (const table of Object.keys(COLUMNS) as TableName[]) {
    for (const row of data[table]) t.same(Object.keys(row).sort(), Object.keys(COLUMNS[table]).sort());
    t.equal(new Set(data[table].map(({ id }) => id)).size, data[table].length);
  }
  for (const { table, column, to } of FOREIGN_KEYS) {
    const ids = new Set(data[to].map(({ id }) => id));
    t.ok(
      data[table].every((row) => ids.has(row[column])),
      `${table}.${column}`,
    );
  }
});

t.test('on any day two users have activities of every kind, and there are overdue ones', async () => {
  fc.assert(
    fc.property(days, (now) => {
      const { activities } = sampleData(now, 'UTC');
      const today = now.toISOString().slice(0, 10);
      for (const user of [SAMPLE_USERS.stocked, SAMPLE_USERS.second]) {
        const own = of(activities, user);
        const statuses = new Set(own.map(({ status }) => status));
        const dates = own.map(({ tanggal_pelaksanaan }) => tanggal_pelaksanaan as string | null);
        assert.ok(own.length >= 25 && own.length <= 40);
        for (const status of ['Rencana', 'Komitmen', 'Outstanding', 'Terbayar', 'Selesai', null])
          assert.ok(statuses.has(status));
        assert.ok(dates.includes(null) && dates.includes(today));
        assert.ok(own.some(({ pending_issue }) => pending_issue !== null));
        const isOpen = ({ status }: Row) => !['Terbayar', 'terbayar', 'Selesai'].includes(String(status));
        assert.ok(own.some((row) => isOpen(row) && String(row.tanggal_pelaksanaan ?? '9999') < today));
        assert.ok(dates.some((date) => date !== null && date > today));
      }
    }),
    { numRuns: 40 },
  );
});

t.test('allocations refer to lines of the current report', async (t) => {
  for (const [user, date] of [
    [SAMPLE_USERS.stocked, '2026-11-22'],
    [SAMPLE_USERS.second, '2026-11-22'],
  ] as const) {
    const own = new Set(of(data.activities, user).map(({ id }) => id));
    const allocations = data.allocations.filter(({ activity_id }) => own.has(activity_id));
    const current = data.processed_results.find((row) => row.user_id === user && row.report_date === date);
    const lines = new Set(rowsOf(current).map(([kode, uraian]) => `${kode} ${uraian}`));
    t.ok(allocations.length > 20);
    for (const { kode, uraian, jumlah } of allocations) {
      t.ok(lines.has(`${String(kode)} ${String(uraian)}`));
      t.ok(Number(jumlah) > 0 && Number.isInteger(jumlah));
    }
  }
});

t.test('on any day there are twelve months of Akrual reports, cumulative within each year', async () => {
  fc.assert(
    fc.property(days, (now) => {
      const today = now.toISOString().slice(0, 10);
      const reports = of(sampleData(now, 'UTC').processed_results, SAMPLE_USERS.stocked);
      const akrual = reports.filter(({ report_type }) => report_type === 'Akrual');
      assert.equal(new Set(akrual.map(({ report_date }) => String(report_date).slice(0, 7))).size, 12);
      assert.equal(akrual.at(-1)?.report_date, today);
      for (const [index, report] of akrual.entries()) {
        const before = akrual[index - 1];
        const isSameYear = before && String(before.report_date).slice(0, 4) === String(report.report_date).slice(0, 4);
        assert.equal(sum(report, 4), isSameYear ? sum(before, 6) : index === 0 ? sum(report, 4) : 0);
        assert.equal(sum(report, 6), sum(report, 4) + sum(report, 5));
        assert.ok(sum(report, 6) <= sum(report, 2));
      }
    }),
    { numRuns: 40 },
  );
});

t.test('reports have the format of SAKTI: codes of eight segments, names of the last segments, totals', async (t) => {
  const report = data.processed_results.find(({ report_date }) => report_date === '2026-11-22');
  const rows = rowsOf(report);
  t.ok(rows.length >= 60 && rows.length <= 200);
  const map = report?.account_name_map as Record<string, string>;
  for (const [kode, uraian] of rows) {
    const segments = kode.split('.');
    t.equal(segments.length, 8);
    t.equal(map[segments.at(-1) ?? ''], uraian);
    if (/^\d{6}$/.test(segments[6] ?? '')) t.match(map[segments[6] ?? ''], /^Belanja /);
  }
  t.equal(new Set(rows.map(([kode]) => kode)).size, rows.length);
  t.same(
    report?.totals,
    [2, 3, 4, 5, 6].map((column) => sum(report, column)),
  );
});

t.test('the data contains the irregularities of real uploads', async (t) => {
  const own = of(data.processed_results, SAMPLE_USERS.stocked);
  t.equal(own.filter(({ totals }) => totals === null).length, 1, 'a report without stored totals');
  const texts = own.flatMap(rowsOf).flatMap((row) => row.slice(2).filter((value) => typeof value === 'string'));
  t.match(texts, [/^\d{1,3}(\.\d{3})+,00$/], 'an amount as Indonesian text');
  const rows = rowsOf(own.at(-1));
  t.ok(
    rows.some((row) => row[2] === 0),
    'a line without budget',
  );
  t.ok(
    rows.some(([kode]) => !/^\d{6}$/.test(kode.split('.')[6] ?? '')),
    'a code whose segment 7 is not an account',
  );
  const [akrual, sp2d] = [own.at(-2), own.at(-1)];
  t.same([akrual?.report_type, sp2d?.report_type], ['Akrual', 'SP2D']);
  t.same(akrual?.report_date, sp2d?.report_date);
  t.ok(String(akrual?.created_at) > String(sp2d?.created_at), 'the Akrual report is the current one');
  const twice = of(data.processed_results, SAMPLE_USERS.twoReports);
  t.equal(new Set(twice.map(({ report_date }) => report_date)).size, 1);
  t.ok(String(twice[1]?.created_at) > String(twice[0]?.created_at) && sum(twice[0], 2) !== sum(twice[1], 2));
  t.match(of(data.processed_results, SAMPLE_USERS.admin), [{ report_type: null, report_date: null }]);
});
