import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, type Part, verifyLoad } from '../part.ts';
import { comparedRow, type Row } from '../results.ts';
import { type Kind, startSubject } from '../subject.ts';

const PER_SECOND = 300;
const SECONDS = 12;
const PEOPLE = 1_200;
const DELAYS = { gemini: 2_000, fonnte: 150 };
const ENV = { MAX_CONCURRENT_TURNS: 1_000 };
const SETTLED_MS = 1_000;

/** Resident memory of one process, MB: at its peak after the start, and at its peak under load. */
interface Peak {
  started: number;
  loaded: number;
}

/** Peak RSS after the start and at 300 messages a second, compared with the naive server. */
export const memory: Part = async (bench) => {
  const peaks: Record<'ours' | 'naive', Peak[]> = { ours: [], naive: [] };
  for (let round = 0; round < bench.rounds; round++) {
    for (const kind of ['ours', 'naive'] as const) {
      peaks[kind].push(await peakOf(bench, kind));
      const { started, loaded } = peaks[kind].at(-1) ?? { started: 0, loaded: 0 };
      bench.log(`${kind}: ${started.toFixed(0)} MB after the start, ${loaded.toFixed(0)} MB at ${PER_SECOND}/s`);
    }
  }
  const row = (name: string, of: (peak: Peak) => number): Row =>
    comparedRow(name, peaks.ours.map(of), peaks.naive.map(of), { unit: 'MB' });
  const rows = [
    row('peak RSS after the start, compared with naive', ({ started }) => started),
    row(`peak RSS at ${PER_SECOND}/s, compared with naive`, ({ loaded }) => loaded),
  ];
  const notes = [
    `Peak RSS (VmHWM), each measured in a separate process: ${SETTLED_MS / 1000} s after it is healthy, and after ${SECONDS} s of ${PER_SECOND} messages a second of ${PEOPLE.toLocaleString('en-US')} senders and their ` +
      `replies, Gemini ${DELAYS.gemini} ms, FONNTE ${DELAYS.fonnte} ms, \`MAX_CONCURRENT_TURNS=1000\`; every message accepted and answered by both.`,
  ];
  return { title: 'Memory', rows, notes };
};

async function peakOf(bench: Bench, kind: Extract<Kind, 'ours' | 'naive'>): Promise<Peak> {
  const { outside } = bench;
  await outside.run('delays', DELAYS);
  const subject = await startSubject(outside, kind, kind === 'ours' ? { env: ENV } : {});
  await sleep(SETTLED_MS);
  const started = subject.memory().peak;
  const people = bench.people(PEOPLE);
  const load = await outside.run('steady', { url: subject.url, people, perSecond: PER_SECOND, seconds: SECONDS });
  verifyLoad(`${kind} at ${PER_SECOND}/s`, load, PER_SECOND * SECONDS);
  const loaded = subject.memory().peak;
  await subject.stop();
  return { started, loaded };
}
