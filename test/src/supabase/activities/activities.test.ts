import fc from 'fast-check';
import t from 'tap';
import { type ActivityList, readActivities } from '../../../../src/supabase/activities/activities.ts';
import { FakeReader, type Row } from '../fake-reader.ts';
import { activityRow, kode, ME, newId, OTHER } from '../sapa-rows.ts';

async function read(
  rows: Row[],
  leaky = false,
): Promise<ActivityList & { reader: FakeReader; skipped: [string, number][] }> {
  const reader = new FakeReader({ activities: rows });
  reader.leaky = leaky;
  const skipped: [string, number][] = [];
  const list = await readActivities({
    reader,
    userId: ME,
    timezone: 'Asia/Jakarta',
    onSkippedRows: (table, count) => skipped.push([table, count]),
  });
  return { ...list, reader, skipped };
}

t.test('each field is parsed separately, and invalid values do not crash', async (t) => {
  const { activities } = await read([
    activityRow({ nama: '  Rapat ', status: 'rencana', tanggal_pelaksanaan: '2026-11-24T00:00:00+00:00' }),
    activityRow({ nama: null, status: null, tanggal_pelaksanaan: null, allocations: null }),
    activityRow({
      nama: 7,
      status: 'Dibatalkan',
      penanggung_jawab: '   ',
      tujuan_kegiatan: { a: 1 },
      allocations: 'x',
    }),
  ]);
  t.match(activities, [
    { nama: 'Rapat', status: 'Rencana', tanggal: '2026-11-24', total_alokasi: 0, allocations: [] },
    { nama: '(tanpa nama)', status: 'Draft', tanggal: null, allocations: [] },
    { nama: '7', status: 'Dibatalkan', penanggung_jawab: null, tujuan: null, allocations: [] },
  ]);
});

t.test('a row without id or user, an unreadable date and an unreadable allocation are counted', async (t) => {
  const code = kode('524111', '000001');
  const list = await read(
    [
      activityRow({ tanggal_pelaksanaan: '31-02-2026' }),
      activityRow({
        allocations: [
          { id: newId(), kode: code, uraian: 'Tiket', jumlah: '1.234.567,89' },
          { id: newId(), kode: code, uraian: null, jumlah: null },
          { id: newId(), kode: code, uraian: 'Hotel', jumlah: 'banyak' },
          { id: newId(), kode: null, uraian: 'Hotel', jumlah: 5 },
          null,
        ],
      }),
      activityRow({ id: null }),
      { id: newId() },
    ],
    true,
  );
  t.equal(list.activities.length, 2);
  t.match(list, { skippedRows: 2, skippedDates: 1, skippedAllocations: 3 });
  t.equal(list.activities.find(({ allocations }) => allocations.length === 2)?.total_alokasi, 1234567.89);
  t.same(list.skipped, [
    ['activities', 2],
    ['activities.tanggal_pelaksanaan', 1],
    ['allocations', 3],
  ]);
});

t.test('all activities are read, in pages of 1,000, each once', async (t) => {
  for (const count of [0, 1, 999, 1000, 1001, 5000]) {
    const rows = Array.from({ length: count }, () => activityRow());
    const { activities, reader } = await read(rows);
    t.equal(new Set(activities.map(({ id }) => id)).size, count, `${count} activities`);
    t.equal(reader.requests.length, Math.max(1, Math.ceil(count / 1000)));
    t.ok(reader.requests.every(({ order, limit }) => order[0] === 'id' && limit === 1000));
  }
});

t.test('without a count of the server, a list ends with an empty page', async (t) => {
  const rows = Array.from({ length: 7 }, () => activityRow());
  const limits: unknown[] = [];
  const reader = {
    async readPage() {
      const page = { rows: rows.slice(limits.length * 3, limits.length * 3 + 3), count: null };
      limits.push(page.rows.length);
      return page;
    },
  };
  const { activities } = await readActivities({ reader, userId: ME, timezone: 'Asia/Jakarta' });
  t.equal(activities.length, 7);
  t.same(limits, [3, 3, 1, 0]);
});

t.test('rows without ids that are not all rows are an error, never a smaller list', async (t) => {
  const reader = { readPage: async () => ({ rows: [activityRow({ id: null })], count: 2 }) };
  await t.rejects(readActivities({ reader, userId: ME, timezone: 'Asia/Jakarta' }), { code: 'SAPA_UNAVAILABLE' });
});

t.test('more rows than the limit are an error, because part of them would give a wrong total', async (t) => {
  let id = 0;
  const endless = {
    readPage: async () => ({ rows: Array.from({ length: 1000 }, () => activityRow({ id: `e${id++}` })), count: null }),
  };
  await t.rejects(readActivities({ reader: endless, userId: ME, timezone: 'Asia/Jakarta' }), {
    code: 'SAPA_TOO_LARGE',
  });
});

t.test(
  'the query filters by user, and rows of other users are dropped even if the server does not filter',
  async (t) => {
    const rows = [
      activityRow(),
      activityRow({ user_id: OTHER }),
      activityRow({ user_id: null }),
      activityRow({ user_id: [ME] }),
    ];
    const { activities, reader, skippedRows } = await read(rows, true);
    t.equal(activities.length, 1);
    t.equal(skippedRows, 3);
    t.same(reader.requests[0]?.filters, [['eq', 'user_id', ME]]);
  },
);

t.test('no row of any shape causes a crash', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          fc.anything(),
          fc.dictionary(
            fc.constantFrom('id', 'user_id', 'nama', 'status', 'tanggal_pelaksanaan', 'allocations'),
            fc.anything(),
          ),
          fc
            .anything()
            .map((value) => activityRow({ allocations: [value], tanggal_pelaksanaan: value, status: value })),
        ),
        { maxLength: 20 },
      ),
      async (rows) => {
        const reader = { readPage: async () => ({ rows, count: rows.length }) };
        const list = await readActivities({ reader, userId: ME, timezone: 'Asia/Jakarta' });
        return list.activities.length + list.skippedRows <= rows.length;
      },
    ),
  );
});
