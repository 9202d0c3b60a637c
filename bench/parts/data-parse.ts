import { searchable } from '../../src/sapa/parsed-report.ts';
import { reportIn } from '../../src/sapa/report-worker.ts';
import type { Bench } from '../part.ts';
import { compared, type Row } from '../results.ts';
import { type Timed, timed } from '../timed.ts';
import { reportRows, USER } from './data-reader.ts';

const TIMES = 15;

/** The first parse: from the text to columns, against JSON.parse alone; and with both search indices, built when first needed. */
export async function parseRows({ rounds }: Bench, text: string): Promise<Row[]> {
  const answer = reportRows(text);
  const read = () => {
    const report = reportIn({ text: answer, userId: USER });
    if (report?.skipped !== 0) throw new Error('rows were skipped');
    return report;
  };
  const indexed = () => {
    const report = searchable(read());
    report.codeIndex();
    report.uraianIndex();
  };
  const kept = { json: [] as Timed[], read: [] as Timed[], indexed: [] as Timed[] };
  for (let round = -1; round < rounds; round++) {
    const json = await timed(TIMES, () => JSON.parse(text));
    const whole = await timed(TIMES, read);
    const withIndices = await timed(TIMES, indexed);
    if (round < 0) continue;
    kept.json.push(json);
    kept.read.push(whole);
    kept.indexed.push(withIndices);
  }
  const wall = (times: Timed[]) => times.map(({ wallMs }) => wallMs);
  const cpu = (times: Timed[]) => times.map(({ cpuMs }) => cpuMs);
  return [
    compared('first parse (JSON.parse and columns), against JSON.parse', wall(kept.read), wall(kept.json), {
      unit: 'ms',
      goal: { at: 'most', value: 2 },
    }),
    compared('CPU of it', cpu(kept.read), cpu(kept.json), { unit: 'ms' }),
    compared('the same and both search indices', wall(kept.indexed), wall(kept.json), { unit: 'ms' }),
  ];
}
