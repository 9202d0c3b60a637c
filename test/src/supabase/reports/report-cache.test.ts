import t from 'tap';
import { createReportCache } from '../../../../src/supabase/reports/report-cache.ts';
import { readReportInfos } from '../../../../src/supabase/reports/reports.ts';
import { FakeReader, type Row } from '../fake-reader.ts';
import { budgetRow, kode, ME, NOW, OTHER, reportRow } from '../sapa-rows.ts';

const TIMEZONE = 'Asia/Jakarta';

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
  const cache = createReportCache({ reader, now: () => NOW });
  const [info] = await readReportInfos({ reader, userId: ME, timezone: TIMEZONE });
  const reports = await Promise.all(Array.from({ length: 5 }, () => cache.open(ME, info!)));
  t.equal(new Set(reports).size, 1);
  t.equal(await cache.open(ME, info!), reports[0]);
  t.equal(reader.count('report'), 1);
});

t.test('two users never share a cached report, even with the same id', async (t) => {
  const row = bigReport(3);
  const reader = new FakeReader({ processed_results: [row] });
  const cache = createReportCache({ reader, now: () => NOW });
  const [info] = await readReportInfos({ reader, userId: ME, timezone: TIMEZONE });
  await cache.open(ME, info!);
  await t.rejects(cache.open(OTHER, info!), { code: 'SAPA_UNAVAILABLE' }, 'a report of another user is unavailable');
  reader.leaky = true;
  await t.rejects(cache.open(OTHER, info!), { code: 'SAPA_UNAVAILABLE' }, 'also if the server does not filter');
});

t.test('the cache never exceeds its bytes and removes the least recently used report first', async (t) => {
  const rows = Array.from({ length: 8 }, (_, i) => bigReport(200, { report_date: `2026-01-0${i + 1}` }));
  const reader = new FakeReader({ processed_results: rows });
  const infos = await readReportInfos({ reader, userId: ME, timezone: TIMEZONE });
  const one = (await createReportCache({ reader, now: () => NOW }).open(ME, infos[0]!)).bytes;
  const bytes = Math.floor(one * 3.5);
  const cache = createReportCache({ reader, now: () => NOW, bytes });
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
  const cache = createReportCache({ reader, now: () => NOW, bytes: 10_000 });
  const [info] = await readReportInfos({ reader, userId: ME, timezone: TIMEZONE });
  t.equal((await cache.open(ME, info!)).rows.length, 500);
  t.equal(cache.bytes, 0);
  await cache.open(ME, info!);
  t.equal(reader.count('report'), 2);
});

t.test('a cached report is read again after half an hour', async (t) => {
  const row = bigReport(2);
  const reader = new FakeReader({ processed_results: [row] });
  let now = NOW;
  const cache = createReportCache({ reader, now: () => now });
  const [info] = await readReportInfos({ reader, userId: ME, timezone: TIMEZONE });
  await cache.open(ME, info!);
  now += 29 * 60_000;
  await cache.open(ME, info!);
  t.equal(reader.count('report'), 1);
  row.processed_data = [];
  now += 2 * 60_000;
  t.equal((await cache.open(ME, info!)).rows.length, 0, 'the corrected report');
  t.ok(cache.bytes < 10_000, 'the old one is no longer counted');
});

t.test('a failed read is not cached and does not block the next', async (t) => {
  const reader = new FakeReader({ processed_results: [bigReport(2)] });
  const cache = createReportCache({ reader, now: () => NOW });
  const [info] = await readReportInfos({ reader, userId: ME, timezone: TIMEZONE });
  reader.failure = new Error('down');
  await t.rejects(cache.open(ME, info!), { code: 'SAPA_UNAVAILABLE' });
  reader.failure = undefined;
  t.equal((await cache.open(ME, info!)).rows.length, 2);
});

t.test('an aborted caller does not cancel the read of other callers', async (t) => {
  const reader = new FakeReader({ processed_results: [bigReport(2)] });
  const cache = createReportCache({ reader, now: () => NOW });
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
  t.equal((await second).rows.length, 2);
  t.equal(reader.count('report'), 1);
  await t.rejects(cache.open(ME, info!, impatient.signal), { message: 'deadline' });
});
