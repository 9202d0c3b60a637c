import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { toColumns } from '../../../src/supabase/reports/columns.ts';
import { type ParsedReport, toSearchableReport } from '../../../src/supabase/reports/parsed-report.ts';
import { kode } from './sapa-rows.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Bytes of heap and array buffers in use after garbage collection. */
async function used(): Promise<number> {
  await setImmediate();
  collectGarbage();
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Measured and estimated memory of several copies of a report, in bytes. */
async function measure(source: string): Promise<{ taken: number; said: number }> {
  const before = await used();
  const kept: ParsedReport[] = [];
  // Several copies, so that other allocations of the engine are comparatively small.
  for (let copy = 0; copy < 6; copy++) {
    const report = toSearchableReport(structuredClone(toColumns(JSON.parse(source), {})));
    report.codeIndex();
    report.uraianIndex();
    kept.push(report);
  }
  const taken = (await used()) - before;
  return { taken, said: kept.reduce((sum, report) => sum + report.bytes, 0) };
}

/** Builds a report as JSON text, so that its strings are not shared, as in a real report. */
function textOf(rows: number, uraian: (row: number) => string, outputs = 1): string {
  const row = (i: number) => [
    kode(String(521000 + (i % 200)), String(i).padStart(6, '0'), `EBA.963.126.${i % outputs}`),
    uraian(i),
    i * 1e6 + 0.5,
    i,
    i,
    i,
    i,
  ];
  return JSON.stringify(Array.from({ length: rows }, (_, i) => row(i)));
}

t.test('the estimated memory of a report is never below the real one, with indices', async (t) => {
  const kinds: [string, string][] = [
    ['plain text', textOf(10_000, (i) => `Belanja bahan rapat koordinasi nomor ${i}`)],
    ['text beyond Latin-1', textOf(10_000, (i) => `Belanja «bahan» – rapat koordinasi nomor ${i} \u{1f4c4}`)],
    ['codes that share nothing', textOf(10_000, (i) => `Bahan ${i}`, 10_000)],
    ['short texts', textOf(3000, (i) => `${i}`)],
  ];
  await measure(kinds[0]?.[1] ?? '');
  for (const [kind, source] of kinds) {
    const { taken, said } = await measure(source);
    t.ok(taken <= said, `${kind}: ${Math.round(taken / 1024)} KiB taken, ${Math.round(said / 1024)} KiB said`);
    t.ok(said <= 4 * taken, `${kind}: and not far more than it takes`);
  }
});
