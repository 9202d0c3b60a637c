import { median } from '../figures.ts';
import { startOutside } from '../outside/remote.ts';
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
/** Loads with reports in a round, each with people of its own: one maximum alone says little. */
const LOADS = 3;

/** How long acknowledgements are held up while reports are read for the first time, against one JSON.parse. */
export async function stallRows(bench: Bench, text: string): Promise<{ rows: Row[]; notes: string[] }> {
  const { outside, rounds, say } = bench;
  await outside.do('delays', {});
  // Supabase is a process of its own here: while it sends a report, the people go on writing.
  const supabase = await startOutside();
  const env = { COALESCE_WINDOW_MS: WINDOW_MS, SUPABASE_URL: (await supabase.do('urls')).supabase };
  const ours = await startSubject(outside, 'ours', { env });

  /** The longest acknowledgement while reports are read and of as many before, above the median before; ms. */
  async function longest(): Promise<{ busy: number; quiet: number }> {
    const [writing, readers] = [bench.people(PEOPLE), bench.people(REPORTS)];
    await supabase.do('takeCalls');
    const given = { url: ours.url, writing, readers, perSecond: PER_SECOND, windowMs: WINDOW_MS };
    const { load, quiet, busy } = await outside.do('whileReading', given);
    sound('acknowledgements', load);
    const { read } = await supabase.do('takeCalls');
    if (read !== REPORTS * READS) throw new Error(`${read} reads of Supabase for ${REPORTS} reports`);
    const usual = median(quiet);
    return { busy: Math.max(...busy) - usual, quiet: Math.max(...quiet.slice(-busy.length)) - usual };
  }

  const kept: Record<'busy' | 'quiet' | 'more' | 'parse', number[]> = { busy: [], quiet: [], more: [], parse: [] };
  for (let round = -1; round < rounds; round++) {
    const loads: { busy: number; quiet: number }[] = [];
    for (let load = 0; load < LOADS; load++) loads.push(await longest());
    const { wallMs } = await timed(PARSES, () => JSON.parse(text));
    if (round < 0) continue;
    kept.busy.push(median(loads.map(({ busy }) => busy)));
    kept.quiet.push(median(loads.map(({ quiet }) => quiet)));
    kept.more.push(median(loads.map(({ busy, quiet }) => busy - quiet)));
    kept.parse.push(wallMs);
    say(`round ${round + 1}: ${kept.busy.at(-1)?.toFixed(1)} ms, ${kept.quiet.at(-1)?.toFixed(1)} ms without reports`);
  }
  await ours.stop();
  supabase.close();
  return {
    rows: [
      compared('acknowledgement held up by the reading of a report, against JSON.parse', kept.more, kept.parse, {
        unit: 'ms',
        goal: { at: 'most', value: 1 },
      }),
      compared('longest while reports are read', kept.busy, kept.parse, { unit: 'ms' }),
      compared('longest of as many while none is read', kept.quiet, kept.parse, { unit: 'ms' }),
    ],
    notes: [
      `Held up: ${PER_SECOND} acknowledgements a second while ${REPORTS} people each ask for a report that is not cached (from Supabase over HTTP, through the budget tool, to the reply). The longest of them, and the longest of as many just before, each less the median before; held up by the reading is the first less the second. Medians of ${LOADS} such loads a round. An acknowledgement counts from when its call was sent; the stand-in of Supabase is a process of its own.`,
    ],
  };
}
