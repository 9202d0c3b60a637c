import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { BAR, readCoverage } from './coverage.ts';
import covered from './covered.ts';
import { createTapReader } from './tap-reader.ts';

// `npm test`: every test with coverage; `npm test -- ARGUMENTS` hands tap its arguments (files, -g PATTERN …).

const CHROMIUM = '/usr/bin/chromium';
const root = resolve(import.meta.dirname, '..');
const given = process.argv.slice(2);
const say = (...lines: string[]) => process.stdout.write(lines.map((line) => `${line}\n`).join(''));

if (!existsSync(CHROMIUM))
  say(`No Chromium at ${CHROMIUM}: the page tests are skipped (Debian: apt-get install chromium).`);
const { tally, exitCode } = await runTap();
const { passed, failed, skipped } = tally;
for (const test of skipped) say(`Skipped: ${test}`);
const troubles = [...coverageTroubles()];
if (passed + failed === 0) troubles.push('No test ran.');
if (exitCode !== 0 && failed === 0) troubles.push(`tap ended with exit code ${exitCode} although no test failed.`);
say(...troubles, `${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`);
process.exitCode = exitCode !== 0 || failed > 0 || troubles.length > 0 ? 1 : 0;

async function runTap() {
  rmSync(join(root, '.tap', 'report'), { recursive: true, force: true });
  const options = ['--reporter=tap', '--coverage-report=json-summary', '--coverage-map=scripts/covered.ts'];
  // Whether there is enough coverage is judged here: tap knows nothing of files that no test loads.
  const args = [join('node_modules', '.bin', 'tap'), ...options, '--allow-empty-coverage', ...given];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number>((done) => child.once('close', (code) => done(code ?? 1)));
  const { tally, read } = createTapReader();
  for await (const line of createInterface({ input: child.stdout })) say(...read(line));
  return { tally, exitCode: await ended };
}

/** Says how much is covered; what is wrong with that, where all tests ran. */
function* coverageTroubles(): Generator<string> {
  const summary = join(root, '.tap', 'report', 'coverage-summary.json');
  if (!existsSync(summary)) {
    if (given.length === 0) yield 'No coverage was measured.';
    return;
  }
  const { lines, branches, enough, gaps } = readCoverage(summary, root, covered());
  say(`Coverage of src/, plugins/, routes/: ${lines.toFixed(1)} % of lines, ${branches.toFixed(1)} % of branches.`);
  if (given.length > 0) return say('It is not judged, since arguments were given and not every test may have run.');
  if (enough) return;
  say('Least covered (npx tap report text shows the lines):', ...gaps.map((gap) => `  ${gap}`));
  yield `Coverage is under the bar: ${BAR.lines} % of lines, ${BAR.branches} % of branches.`;
}
