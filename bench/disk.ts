import { closeSync, fdatasync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { median } from './figures.ts';

const SYNCS = 50;
/** What one message writes to the log, bytes. */
const WRITTEN = 5 * 4096;
const PAUSE_MS = 3;

/** How long the disk under test takes to keep what was appended to a file (`fdatasync`, off the event loop), ms: the median. */
export async function syncMs(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'sapa-bench-disk-'));
  const fd = openSync(join(folder, 'log'), 'w');
  const times: number[] = [];
  for (let sync = 0; sync < SYNCS; sync++) {
    writeSync(fd, Buffer.alloc(WRITTEN));
    const from = performance.now();
    await promisify(fdatasync)(fd);
    times.push(performance.now() - from);
    await sleep(PAUSE_MS);
  }
  closeSync(fd);
  rmSync(folder, { recursive: true });
  return median(times);
}
