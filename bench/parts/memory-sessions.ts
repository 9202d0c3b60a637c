import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../figures.ts';
import { personNumber } from '../outside/messages.ts';
import { type Bench, sound } from '../part.ts';
import { absolute, type Row } from '../results.ts';
import { ENTRIES, fillSessions, TEXT_BYTES } from '../stored.ts';
import { startSubject } from '../subject.ts';

const COUNTS = [10_000, 100_000];
/** Raw text of one session, bytes. */
const RAW = ENTRIES * TEXT_BYTES;
/** What is allocated at the start is settled by then, ms. */
const SETTLED_MS = 1_500;

interface Idle {
  fileBytes: number;
  heapMb: number;
  residentMb: number;
}

/** What an idle session takes, on disk and in the process, against its raw text. */
export async function sessionRows(bench: Bench): Promise<{ rows: Row[]; notes: string[] }> {
  const empty = await idle(bench, 0);
  const rows: Row[] = [];
  for (const count of COUNTS) {
    const some = await idle(bench, count);
    const onDisk = (some.fileBytes - empty.fileBytes) / count / RAW;
    const inMemory = (Math.max(0, some.residentMb - empty.residentMb) * 1024 ** 2) / count / RAW;
    const inHeap = (Math.max(0, some.heapMb - empty.heapMb) * 1024 ** 2) / count / RAW;
    const goal = { at: 'most' as const, value: 1.5 };
    const name = `idle session, of ${count.toLocaleString('en-US')}, against its raw text`;
    rows.push(absolute(`${name}: bytes on disk`, [onDisk], '×', goal));
    rows.push(absolute(`${name}: resident bytes`, [inMemory], '×', goal));
    rows.push(absolute(`${name}: heap after collection`, [inHeap], '×', goal));
    bench.say(`${count}: ${onDisk.toFixed(2)} on disk, ${inMemory.toFixed(3)} resident, ${inHeap.toFixed(4)} of heap`);
  }
  const notes = [
    `A session holds ${ENTRIES} entries of ${TEXT_BYTES} characters, ${RAW.toLocaleString('en-US')} bytes of raw text. Sessions are kept in the store and not in memory (docs/design.md): the file grows with ` +
      'them, the process does not. Measured is the service after its start on such a store and one answered question of a person who has such a session, against the same on an empty store.',
  ];
  return { rows, notes };
}

/** The service on a store with so many idle sessions. */
async function idle({ outside, people }: Bench, count: number): Promise<Idle> {
  const asking = people(1);
  await outside.do('delays', {});
  let fileBytes = 0;
  const prepare = async (dataDir: string) => {
    const senders = Array.from({ length: count }, (_, index) => personNumber(50_000_000 + index));
    await fillSessions(dataDir, count > 0 ? [personNumber(asking.first), ...senders.slice(1)] : []);
    fileBytes = statSync(join(dataDir, 'sapa-wa.sqlite')).size;
  };
  const ours = await startSubject(outside, 'ours', { prepare, probe: true });
  const asked = { url: ours.url, people: asking, questions: 1, spreadMs: 0 };
  sound('question', await outside.do('converse', asked), 1);
  await sleep(SETTLED_MS);
  const heaps = [await ours.heap(), await ours.heap()];
  const residentMb = ours.memory().now;
  await ours.stop();
  return { fileBytes, heapMb: median(heaps.map(({ heapMb, externalMb }) => heapMb + externalMb)), residentMb };
}
