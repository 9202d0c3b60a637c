import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs, styleText } from 'node:util';
import { BREAKS, withBrokenCopy } from './breaks.ts';
import { CHECKS, type CheckName, type CheckResult } from './checks.ts';
import { readPromises } from './promises.ts';

// Runs the checks behind the promises of README.md and prints each result next to its sentence. With `--break GUARANTEE`,
// disables a guarantee in a copy and shows that its check fails there. Exit codes: 0; 1 if a promise is broken, or if a
// broken copy passes; 2 for a wrong command line.

const USAGE = `npm run prove -- [${Object.keys(CHECKS).join('|')} …]
npm run prove -- --break ${Object.keys(BREAKS).join('|')}
`;
/** Maximum concurrent checks; most checks are I/O-bound. */
const CONCURRENT_CHECKS = 2;
const root = resolve(import.meta.dirname, '../..');
const print = (line: string) => process.stdout.write(`${line}\n`);
const style = (format: Parameters<typeof styleText>[0], text: string) =>
  styleText(format, text, { stream: process.stdout });

const options = parseOptions();
if (options === null) {
  process.stderr.write(USAGE);
  process.exit(2);
}
const startedAt = performance.now();
const promises = readPromises(readFileSync(resolve(root, 'README.md'), 'utf8'), Object.keys(CHECKS));
const passed = options.broken === undefined ? await proveAll(options.names) : await proveBreak(options.broken);
print(`\n${passed} (${seconds(startedAt)})`);

function parseOptions(): { names: CheckName[]; broken: string | undefined } | null {
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { break: { type: 'string' } } });
    const isCheck = (name: string): name is CheckName => Object.hasOwn(CHECKS, name);
    const broken = values.break;
    if (
      !positionals.every(isCheck) ||
      (broken !== undefined && (!Object.hasOwn(BREAKS, broken) || positionals.length > 0))
    )
      return null;
    return {
      names: positionals.length > 0 ? positionals.filter(isCheck) : (Object.keys(CHECKS) as CheckName[]),
      broken,
    };
  } catch {
    return null;
  }
}

async function proveAll(names: readonly CheckName[]): Promise<string> {
  let broken = 0;
  const waiting = names.filter((name) => name !== 'feel');
  const runNext = async (name: CheckName | undefined): Promise<void> => {
    if (!name) return;
    const since = performance.now();
    const result = await CHECKS[name](root).catch(toFailedResult);
    report(name, result, since);
    if (result.problems.length > 0) broken += 1;
    await runNext(waiting.shift());
  };
  await Promise.all(Array.from({ length: CONCURRENT_CHECKS }, () => runNext(waiting.shift())));
  await runNext(names.find((name) => name === 'feel'));
  process.exitCode = broken > 0 ? 1 : 0;
  return broken > 0
    ? style(['red', 'bold'], `${broken} of ${names.length} promises are broken`)
    : style('green', 'Every promise holds');
}

async function proveBreak(guarantee: string): Promise<string> {
  const disabled = BREAKS[guarantee];
  if (!disabled) throw new Error(guarantee);
  print(`In a copy, ${disabled.effect}:\n`);
  const since = performance.now();
  const result = await withBrokenCopy(root, disabled, disabled.check);
  report(disabled.name, result, since);
  const isDetected = result.problems.length > 0;
  process.exitCode = isDetected ? 0 : 1;
  return isDetected ? style('green', 'The check detects it') : style(['red', 'bold'], 'THE CHECK DOES NOT DETECT IT');
}

/** Converts the error of a check that cannot run to a failed result: its promise is not proven. */
function toFailedResult(error: unknown): CheckResult {
  return { lines: [], problems: [`the check cannot run: ${error instanceof Error ? error.message : error}`] };
}

function report(name: CheckName, { lines, problems }: CheckResult, since: number): void {
  const isBroken = problems.length > 0;
  print(
    `${isBroken ? style(['red', 'bold'], `✗ ${name}`) : style('green', `✓ ${name}`)}  ${style('gray', seconds(since))}`,
  );
  print(`  «${promises.get(name)}»`);
  for (const line of lines) print(`  ${line}`);
  for (const problem of problems) print(style('red', `  broken: ${problem}`));
}

function seconds(since: number): string {
  return `${Math.round((performance.now() - since) / 1000)} s`;
}
