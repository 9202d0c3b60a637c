import fc from 'fast-check';
import t from 'tap';
import type { ToolResults } from '../../../../src/gemini/tools/results.ts';
import { createTools } from '../../../../src/gemini/tools/tools.ts';
import { PERIODS } from '../../../../src/supabase/calendar.ts';
import { FakeReader, type Row } from '../../supabase/fake-reader.ts';
import { activityRow, kode, ME, NOW, newId } from '../../supabase/sapa-rows.ts';

async function search(rows: Row[], args: object, now = NOW): Promise<ToolResults['search_activities']> {
  return (await call(rows, 'search_activities', args, now)) as ToolResults['search_activities'];
}

async function call(rows: Row[], name: string, args: object, now: number): Promise<object> {
  const reader = new FakeReader({ activities: rows });
  const tools = createTools({ reader, timezone: 'Asia/Jakarta', now: () => now, portalName: 'SAPA' });
  const outcome = await tools.run({ name, args }, { userId: ME, figures: new Set() });
  if (!outcome.ok) throw new Error(outcome.error);
  return outcome.result;
}

const namesOf = (result: ToolResults['search_activities']) => result.activities.map(({ nama }) => nama);

t.test('weeks, months and years end at midnight in Jakarta', async (t) => {
  const dated = (day: string) => activityRow({ nama: day, tanggal_pelaksanaan: day });
  const rows = ['2026-11-23', '2026-11-29', '2026-11-30', '2026-12-06', '2026-12-31', '2027-01-01'].map(dated);
  const at = async (instant: string, period: string) => namesOf(await search(rows, { period }, Date.parse(instant)));
  // 17:00 UTC is midnight in Jakarta.
  t.same(await at('2026-11-29T16:59:59.999Z', 'this_week'), ['2026-11-23', '2026-11-29']);
  t.same(await at('2026-11-29T17:00:00.000Z', 'this_week'), ['2026-11-30', '2026-12-06']);
  t.same(await at('2026-11-29T16:59:59.999Z', 'tomorrow'), ['2026-11-30']);
  t.same(await at('2026-11-29T17:00:00.000Z', 'today'), ['2026-11-30']);
  t.same(await at('2026-11-30T16:59:59.999Z', 'this_month'), ['2026-11-23', '2026-11-29', '2026-11-30']);
  t.same(await at('2026-11-30T17:00:00.000Z', 'this_month'), ['2026-12-06', '2026-12-31']);
  t.same(
    await at('2026-12-31T16:59:59.999Z', 'this_year'),
    rows.slice(0, 5).map(({ nama }) => nama),
  );
  t.same(await at('2026-12-31T17:00:00.000Z', 'this_year'), ['2027-01-01']);
  t.same(await at('2026-12-31T17:00:00.000Z', 'yesterday'), ['2026-12-31']);
  const overdueAt = async (instant: string) => (await search(rows, { overdue: true }, Date.parse(instant))).count;
  t.equal(await overdueAt('2026-11-23T16:59:59.999Z'), 0, 'an activity of today is not overdue');
  t.equal(await overdueAt('2026-11-23T17:00:00.000Z'), 1, 'yesterday is');
});

const text = fc.option(fc.constantFrom('Rapat Koordinasi', 'evaluasi  UMKM', 'Siti', 'Bagas', '-', 'Belum ada ruang'));
const generated = fc.record({
  nama: fc.constantFrom('Rapat Koordinasi', 'Bimtek koperasi', 'Evaluasi UMKM'),
  status: fc.option(
    fc.constantFrom('Rencana', 'rencana', 'KOMITMEN', 'Outstanding', 'Terbayar', 'selesai', 'Dibatalkan'),
  ),
  tanggal_pelaksanaan: fc.option(
    fc
      .integer({ min: -40, max: 400 })
      .map((days) => new Date(NOW + (days - 30) * 86_400_000).toISOString().slice(0, 10)),
  ),
  tujuan_kegiatan: text,
  kl_unit_terkait: text,
  penanggung_jawab: text,
  capaian: text,
  pending_issue: text,
  rencana_tindak_lanjut: text,
  allocations: fc.array(
    fc.record({
      id: fc.constant('x'),
      kode: fc.constant(kode('524111', '000001')),
      uraian: text,
      jumlah: fc.integer({ min: 0, max: 1e9 }),
    }),
    { maxLength: 3 },
  ),
});
type Generated = typeof generated extends fc.Arbitrary<infer Value> ? Value : never;

const filters = fc.record(
  {
    period: fc.constantFrom(...PERIODS),
    from: fc.constantFrom('2026-11-01', '2026-11-24'),
    to: fc.constantFrom('2026-11-24', '2026-12-31'),
    status: fc.constantFrom('Rencana', 'komitmen', 'Draft', 'Terbayar', 'Selesai', 'dibatalkan', 'tidak ada'),
    keyword: fc.constantFrom('rapat', 'KOPERASI', 'evaluasi umkm', 'siti', 'ruang', '%', 'zzz'),
    overdue: fc.boolean(),
    undated: fc.boolean(),
    has_issue: fc.boolean(),
    sort: fc.constantFrom('date', 'allocation'),
    order: fc.constantFrom('asc', 'desc'),
    limit: fc.integer({ min: 1, max: 50 }),
    offset: fc.integer({ min: 0, max: 10 }),
  },
  { requiredKeys: [] },
);

/** A second implementation of the search with JavaScript dates. */
function naiveMatches(rows: Generated[], args: Record<string, unknown>): Generated[] {
  const utc = (day: string) => Date.parse(`${day}T00:00:00Z`);
  const today = utc('2026-11-24');
  const day = 86_400_000;
  const ranges: Record<string, [number, number]> = {
    yesterday: [today - day, today - day],
    today: [today, today],
    tomorrow: [today + day, today + day],
    last_week: [today - 8 * day, today - 2 * day],
    this_week: [today - day, today + 5 * day],
    next_week: [today + 6 * day, today + 12 * day],
    last_month: [utc('2026-10-01'), utc('2026-10-31')],
    this_month: [utc('2026-11-01'), utc('2026-11-30')],
    next_month: [utc('2026-12-01'), utc('2026-12-31')],
    this_year: [utc('2026-01-01'), utc('2026-12-31')],
  };
  const squeezed = (value: string) => value.toLowerCase().split(/\s+/).join(' ');
  return rows.filter((row) => {
    const date = row.tanggal_pelaksanaan === null ? undefined : utc(row.tanggal_pelaksanaan);
    const status = (row.status ?? 'draft').toLowerCase();
    const late = date !== undefined && date < today && status !== 'terbayar' && status !== 'selesai';
    const fields = [
      row.nama,
      row.tujuan_kegiatan,
      row.kl_unit_terkait,
      row.penanggung_jawab,
      row.capaian,
      row.pending_issue,
      row.rencana_tindak_lanjut,
    ];
    const bounds = [
      ...(typeof args.period === 'string' ? [ranges[args.period]!] : []),
      ...(typeof args.from === 'string' ? [[utc(args.from), Infinity] as const] : []),
      ...(typeof args.to === 'string' ? [[-Infinity, utc(args.to)] as const] : []),
    ];
    return (
      bounds.every(([from, to]) => date !== undefined && date >= from && date <= to) &&
      (typeof args.status !== 'string' || status === args.status.toLowerCase()) &&
      (args.overdue === undefined || args.overdue === late) &&
      (args.undated === undefined || args.undated === (date === undefined)) &&
      (args.has_issue === undefined || args.has_issue === (row.pending_issue !== null && row.pending_issue !== '-')) &&
      (typeof args.keyword !== 'string' ||
        fields.some((field) => field && squeezed(field).includes(squeezed(String(args.keyword)))))
    );
  });
}

const totalAllocationOf = (row: Generated) => row.allocations.reduce((sum, { jumlah }) => sum + jumlah, 0);

t.test('a search returns, counts and sums the activities that match its filters, in the requested order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(generated, { maxLength: 30 }), filters, async (given, args) => {
      if (args.from && args.to && args.from > args.to) return true;
      const rows = given.map((fields) => ({ ...activityRow(fields), id: newId() }));
      const result = await search(rows, args);
      const matches = naiveMatches(given, args);
      const key = (row: Generated) =>
        args.sort === 'allocation'
          ? totalAllocationOf(row)
          : row.tanggal_pelaksanaan === null
            ? null
            : Date.parse(row.tanggal_pelaksanaan);
      const descending = (args.order ?? (args.sort === 'allocation' ? 'desc' : 'asc')) === 'desc';
      const keys = matches.map(key);
      const known = keys.filter((value) => value !== null).sort((a, b) => (descending ? b - a : a - b));
      const expected = [...known, ...keys.filter((value) => value === null)].slice(
        args.offset ?? 0,
        (args.offset ?? 0) + (args.limit ?? 20),
      );
      const shown = result.activities.map((row) =>
        args.sort === 'allocation' ? row.total_alokasi : row.tanggal === null ? null : Date.parse(row.tanggal),
      );
      return (
        result.count === matches.length &&
        result.shown === shown.length &&
        result.more === (args.offset ?? 0) + shown.length < matches.length &&
        result.total_allocation === matches.reduce((sum, row) => sum + totalAllocationOf(row), 0) &&
        JSON.stringify(shown) === JSON.stringify(expected)
      );
    }),
    { numRuns: 500 },
  );
});

t.test('statistics count every activity and sum its allocations', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(generated, { maxLength: 30 }), async (given) => {
      const rows = given.map((fields) => ({ ...activityRow(fields), id: newId() }));
      const result = (await call(rows, 'activity_statistics', {}, NOW)) as ToolResults['activity_statistics'];
      const count = (args: Record<string, unknown>) => naiveMatches(given, args).length;
      const ofStatus = (status: string) =>
        given.filter((row) => (row.status ?? 'Draft').toLowerCase() === status.toLowerCase());
      const statuses = new Set(given.map((row) => (row.status ?? 'Draft').toLowerCase()));
      return (
        result.total === given.length &&
        result.this_week === count({ period: 'this_week' }) &&
        result.next_week === count({ period: 'next_week' }) &&
        result.overdue === count({ overdue: true }) &&
        result.undated === count({ undated: true }) &&
        Object.keys(result.by_status).length === statuses.size &&
        Object.entries(result.by_status).every(([status, number]) => number === ofStatus(status).length) &&
        Object.entries(result.allocation_by_status).every(
          ([status, sum]) => sum === ofStatus(status).reduce((total, row) => total + totalAllocationOf(row), 0),
        )
      );
    }),
  );
});

t.test('statuses have one spelling, and an unknown status is no property of the prototype', async (t) => {
  const rows = ['TERBAYAR', 'terbayar', null, '__proto__', 'Dibatalkan', 'dibatalkan'].map((status) =>
    activityRow({ status }),
  );
  const { by_status } = (await call(rows, 'activity_statistics', {}, NOW)) as ToolResults['activity_statistics'];
  t.same(Object.entries(by_status).sort(), [
    ['Dibatalkan', 2],
    ['Draft', 1],
    ['Terbayar', 2],
    ['__proto__', 1],
  ]);
});

t.test('an activity is found by its id', async (t) => {
  const rows = [activityRow(), activityRow({ nama: 'Yang dimaksud' })];
  t.same(namesOf(await search(rows, { keyword: rows[1]?.id })), ['Yang dimaksud']);
});

t.test('a result without activities or without matches contains a note', async (t) => {
  t.match(await search([], {}), { count: 0, total_allocation: 0, notes: [/Belum ada kegiatan/] });
  t.match(await call([], 'activity_statistics', {}, NOW), { total: 0, notes: [/Belum ada kegiatan/] });
  t.match(await search([activityRow()], { keyword: 'rapat pimpinan' }), {
    count: 0,
    notes: [/Tidak ada/, /satu kata/],
  });
  t.match(await search([activityRow()], { status: 'Batal' }), {
    count: 0,
    notes: [/Tidak ada/, /Status yang ada: Rencana/],
  });
});

t.test('the result counts the undated activities that a period excludes', async (t) => {
  const rows = [
    activityRow(),
    activityRow({ tanggal_pelaksanaan: null }),
    activityRow({ tanggal_pelaksanaan: 'segera' }),
  ];
  t.match(await search(rows, { period: 'this_week' }), { count: 1, undated_left_out: 2, notes: [/tidak terbaca/] });
  t.match(await search(rows, { undated: true }), { count: 2, undated_left_out: undefined });
  t.match(
    await search(rows, { period: 'today', undated: true }),
    { count: 0, undated_left_out: 2 },
    'no day lies in both',
  );
  t.match(
    await search(rows, { period: 'today', undated: false }),
    { undated_left_out: undefined },
    'excluded by the filter',
  );
  t.match(await search(rows, {}), { count: 3, undated_left_out: undefined });
});

t.test('totals of 5,000 activities cover all of them, the page only its rows', async (t) => {
  const rows = Array.from({ length: 5000 }, (_, i) =>
    activityRow({
      status: i % 2 ? 'Komitmen' : 'Rencana',
      allocations: [{ id: 'x', kode: kode('524111', '1'), uraian: 'a', jumlah: i }],
    }),
  );
  const result = await search(rows, { status: 'komitmen', limit: 50, sort: 'allocation' });
  t.match(result, { count: 2500, shown: 50, more: true, total_allocation: 2500 * 2500 });
  t.equal(result.activities[0]?.total_alokasi, 4999);
});

t.test('long texts are shortened in long lists only', async (t) => {
  const rows = Array.from({ length: 4 }, () => activityRow({ tujuan_kegiatan: '\u{1f4c4}'.repeat(400) }));
  const listed = (await search(rows, {})).activities[0]?.tujuan ?? '';
  t.ok(listed.length <= 300 && listed.endsWith('…') && listed.isWellFormed(), 'no surrogate pair is split');
  t.equal((await search(rows, { limit: 3 })).activities[0]?.tujuan?.length, 800);
});
