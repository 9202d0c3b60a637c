import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from '../part.ts';
import { type CpuProfile, profileInWords, summariseProfile } from '../profile.ts';
import { ROOT, startSubject } from '../subject.ts';
import { ENV, groups } from './turns-load.ts';

const GROUPS = 5;
const SAMPLE_US = 250;

/** The same turns under `--cpu-prof`, start and warm-up left out. */
export async function profiledTurns(bench: Bench): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sapa-bench-profile-'));
  const flags = ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-interval=${SAMPLE_US}`];
  const ours = await startSubject(bench.outside, 'ours', { env: ENV, flags });
  await groups(bench, ours, GROUPS);
  const from = monotonicUs();
  const load = await groups(bench, ours, GROUPS);
  const to = monotonicUs();
  // Ends of itself, or nothing is written.
  await ours.stop('SIGTERM');
  const [file] = readdirSync(folder);
  if (!file) throw new Error('no profile was written');
  const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile;
  rmSync(folder, { recursive: true });
  return [profileInWords(summariseProfile(profile, ROOT, from, to), load.replies.length)];
}

function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
