import { type Part, sound } from '../part.ts';
import { absolute } from '../results.ts';
import { startSubject } from '../subject.ts';

const PER_SECOND = 100;
const PEOPLE = 1_200;
const DELAYS = { gemini: 500, fonnte: 50 };
const ENV = { RATE_LIMIT_PER_MINUTE: 1_000, DAILY_TOKENS_PER_USER: 0, MAX_CONCURRENT_TURNS: 1_000 };
/** The load is given a minute at a time. */
const STRETCH_S = 60;

/** Goal 4, the soak: whether the heap grows under a load that goes on and on. */
export const soak: Part = async ({ outside, people, soakMinutes, say }) => {
  await outside.do('delays', DELAYS);
  const ours = await startSubject(outside, 'ours', { env: ENV, probe: true });
  const same = people(PEOPLE);
  const heaps: number[] = [];
  const resident: number[] = [];
  let messages = 0;
  for (let minute = 1; minute <= soakMinutes; minute++) {
    const given = { url: ours.url, people: same, perSecond: PER_SECOND, seconds: STRETCH_S };
    const load = await outside.do('steady', given);
    messages += sound('soak', load, PER_SECOND * STRETCH_S).accepted;
    const { heapMb, externalMb } = await ours.heap();
    heaps.push(heapMb);
    resident.push(ours.memory().now);
    say(
      `minute ${minute}: heap ${heapMb.toFixed(1)} MB, external ${externalMb.toFixed(1)} MB, RSS ${resident.at(-1)?.toFixed(0)} MB`,
    );
  }
  const peak = ours.memory().peak;
  await ours.stop();
  const [first = Number.NaN] = heaps;
  const growth = (heaps.at(-1) ?? Number.NaN) / first;
  return {
    title: '4b. Soak',
    rows: [
      absolute(`heap after ${soakMinutes} minutes against that after the first`, [growth], '×', {
        at: 'most',
        value: 1.05,
      }),
      absolute('heap after a forced collection, by the minute', heaps, 'MB'),
      absolute('RSS after it, by the minute', resident, 'MB'),
      absolute('peak RSS', [peak], 'MB'),
    ],
    notes: [
      `${PER_SECOND} messages a second of ${PEOPLE.toLocaleString('en-US')} senders for ${soakMinutes} minutes, ${messages.toLocaleString('en-US')} in all, every one accepted and answered; after each minute the load stops, all replies are waited for, and garbage is collected. Gemini ${DELAYS.gemini} ms, FONNTE ${DELAYS.fonnte} ms. \`--soak 60\` takes an hour.`,
    ],
  };
};
