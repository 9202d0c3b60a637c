import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Part } from '../part.ts';
import { comparedRow } from '../results.ts';
import { fillInbox } from '../stored.ts';
import { startSubject } from '../subject.ts';

const PENDING = 10_000;
const GEMINI_MS = 2_000;

/** Time from the start of the process to its first healthy response. */
export const start: Part = async ({ outside, rounds, log }) => {
  await outside.run('delays', { gemini: GEMINI_MS });
  const folder = mkdtempSync(join(tmpdir(), 'sapa-bench-inbox-'));
  const full = join(folder, 'data');
  await fillInbox(full, PENDING);
  const starts = {
    ours: () => startSubject(outside, 'ours'),
    naive: () => startSubject(outside, 'naive'),
    packages: () => startSubject(outside, 'packages'),
    pending: () => startSubject(outside, 'ours', { prepare: (dataDir) => cpSync(full, dataDir, { recursive: true }) }),
  };
  type Name = keyof typeof starts;
  const names = Object.keys(starts) as Name[];
  const wall: Record<Name, number[]> = { ours: [], naive: [], packages: [], pending: [] };
  const cpu: Record<Name, number[]> = { ours: [], naive: [], packages: [], pending: [] };
  const memory: Record<Name, number[]> = { ours: [], naive: [], packages: [], pending: [] };
  // Round 0 loads the files into the system's cache.
  for (let round = -1; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const subject = await starts[name]();
      const { now: residentMb } = subject.memory();
      // As a process manager does: Node writes its compile cache when the process exits.
      await subject.stop('SIGTERM');
      if (round < 0) continue;
      wall[name].push(subject.startMs);
      cpu[name].push(subject.startCpuMs);
      memory[name].push(residentMb);
      log(`round ${round + 1}: ${name} ${subject.startMs.toFixed(0)} ms, ${subject.startCpuMs.toFixed(0)} ms of CPU`);
    }
  }
  rmSync(folder, { recursive: true });
  const pending = `${PENDING.toLocaleString('en-US')} pending messages`;
  return {
    title: 'Start',
    rows: [
      comparedRow('start to the first healthy response, compared with naive', wall.ours, wall.naive, { unit: 'ms' }),
      comparedRow('CPU of it', cpu.ours, cpu.naive, { unit: 'ms' }),
      comparedRow('start, compared with its packages alone', wall.ours, wall.packages, { unit: 'ms' }),
      comparedRow('CPU of it', cpu.ours, cpu.packages, { unit: 'ms' }),
      comparedRow('RSS after it', memory.ours, memory.packages, { unit: 'MB' }),
      comparedRow(`start with ${pending}, compared with an empty store`, wall.pending, wall.ours, { unit: 'ms' }),
      comparedRow('CPU of it', cpu.pending, cpu.ours, { unit: 'ms' }),
    ],
    notes: [
      'From the spawn of the process (`node -r ./node-version.cjs src/server.ts`, what `npm start` runs; `node bench/naive/server.ts`) to the first 200 of `/api/health`, asked for every 2 ms; ' +
        "`bench/packages/server.ts` uses each package of the service once, without its code. Each process is stopped with SIGTERM, so the service's next start finds its compile cache; files are in the system's cache.",
    ],
  };
};
