import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { commit, machine } from './machine.ts';
import { type Outside, startOutside } from './outside/remote.ts';
import type { Bench, Part } from './part.ts';
import { GROUPS, ON_REQUEST, PARTS } from './parts/index.ts';
import { asMarkdown, asText, type PartResult, type Results } from './results.ts';
import { SERVICE } from './subject.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    results: { type: 'string', default: import.meta.dirname },
    help: { type: 'boolean' },
  },
});
/** `--results` names another folder for the results. */
const FILES = { results: join(values.results, 'results.json'), page: join(values.results, 'results.md') };
const names =
  positionals.length > 0
    ? positionals.flatMap((name) => GROUPS[name] ?? [name])
    : Object.keys(PARTS).filter((name) => !ON_REQUEST.includes(name));
const unknown = names.filter((name) => !(name in PARTS));
if (values.help || unknown.length > 0) {
  process.stderr.write(
    `npm run bench -- [${Object.keys({ ...PARTS, ...GROUPS }).join('|')} …] [--rounds 5] [--results FOLDER]\nBENCH_SERVICE=<checkout> measures another checkout of the service.\n${unknown.map((name) => `There is no part ${name}.\n`).join('')}`,
  );
  process.exit(unknown.length > 0 ? 2 : 0);
}

const nextPerson = { at: 10_000 };
const outside = await startOutside();
// The outside process exits with this process and kills the servers under test.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
let failed = false;
for (const name of names) {
  try {
    saveResult(name, await run(name, outside));
  } catch (error) {
    failed = true;
    process.stderr.write(`${name} FAILED: ${error instanceof Error ? error.stack : error}\n`);
  }
}
outside.close();
// A failed part may leave servers running: the outside process kills them.
process.exit(failed ? 1 : 0);

async function run(name: string, outside: Outside): Promise<PartResult> {
  const startedAt = performance.now();
  const log = (text: string) => void process.stderr.write(`  ${name}: ${text}\n`);
  const part = PARTS[name] as Part;
  const bench: Bench = { outside, rounds: Number(values.rounds), people, log };
  await outside.run('delays', {});
  const { title, rows, notes } = await part(bench);
  log(`took ${Math.round((performance.now() - startedAt) / 1000)} s`);
  return {
    title,
    at: `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    commit: commit(SERVICE),
    command: ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' '),
    machine: machine(),
    rounds: bench.rounds,
    rows,
    notes,
  };
}

/** Adds a part's result to results.json and prints it. */
function saveResult(name: string, result: PartResult): void {
  const known: Results = existsSync(FILES.results) ? JSON.parse(readFileSync(FILES.results, 'utf8')) : {};
  const results = { ...known, [name]: result };
  mkdirSync(values.results, { recursive: true });
  writeFileSync(FILES.results, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(FILES.page, asMarkdown(results, Object.keys(PARTS)));
  process.stdout.write(`${asText(result)}\n`);
}

/** @returns the next `count` users; the first numbers have another use */
function people(count: number): { first: number; count: number } {
  const first = nextPerson.at;
  nextPerson.at += count;
  return { first, count };
}
