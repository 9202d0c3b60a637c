import { median } from '../figures.ts';
import { type Bench, sound } from '../part.ts';
import { compared, type Row } from '../results.ts';
import { startSubject } from '../subject.ts';
import { timed } from '../timed.ts';

/** Every few milliseconds a webhook comes in, so that whatever holds up the process holds up one of them. */
const PER_SECOND = 400;
/** Turns begin so long after a sender's last message, ms. */
const WINDOW_MS = 2_000;
const PEOPLE = 200;
const REPORTS = 3;
/** The list of reports, the report, the activities. */
const READS = 3;
const PARSES = 15;
const ENV = { COALESCE_WINDOW_MS: WINDOW_MS };

/** How long acknowledgements are held up while reports are read for the first time, against one JSON.parse. */
export async function stallRows(bench: Bench, text: string): Promise<{ rows: Row[]; notes: string[] }> {
  const { outside, rounds, say } = bench;
  await outside.do('delays', {});
  const ours = await startSubject(outside, 'ours', { env: ENV });
  const held: number[] = [];
  const before: number[] = [];
  const parses: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const [writing, readers] = [bench.people(PEOPLE), bench.people(REPORTS)];
    await outside.do('takeCalls');
    const given = { url: ours.url, writing, readers, perSecond: PER_SECOND, windowMs: WINDOW_MS };
    const { load, quiet, busy } = await outside.do('whileReading', given);
    sound('acknowledgements', load);
    const { read } = await outside.do('takeCalls');
    if (read !== REPORTS * READS) throw new Error(`${read} reads of Supabase for ${REPORTS} reports`);
    const { wallMs } = await timed(PARSES, () => JSON.parse(text));
    if (round < 0) continue;
    before.push(Math.max(...quiet) - median(quiet));
    held.push(Math.max(...busy) - median(quiet));
    parses.push(wallMs);
    say(`round ${round + 1}: held up ${held.at(-1)?.toFixed(1)} ms, a parse takes ${wallMs.toFixed(1)} ms`);
  }
  await ours.stop();
  return {
    rows: [
      compared('acknowledgement held up while a report is read, against JSON.parse', held, parses, {
        unit: 'ms',
        goal: { at: 'most', value: 1 },
      }),
      compared('the same while none is read, for comparison', before, parses, { unit: 'ms' }),
    ],
    notes: [
      `Held up: the longest acknowledgement at ${PER_SECOND} a second while ${REPORTS} people each ask for a report that is not cached (from Supabase over HTTP, through the budget tool, to the reply), less the median before that.`,
    ],
  };
}
