import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Block, maskVaryingValues, matchesShownText, parseBlocks } from './document-blocks.ts';
import { type SetupContext, setups } from './runbook-setups.ts';
import { Shell } from './runbook-shell.ts';
import { createClone, type Installation, openInstallation } from './runbook-stage.ts';

// Runs the commands of the operators' documents as they are written (except for the ports), in order, in a temporary
// installation with fake upstreams, and compares the output with the document. HTML comments above a block direct it:
//   <!-- runner: skip: needs root -->   do not run this block
//   <!-- runner: setup: env-filled -->  first run this entry of runbook-setups.ts
//   <!-- runner: exit: 1 -->            the block ends with this exit code

const root = resolve(import.meta.dirname, '..');

interface OperatorsDocument {
  path: string;
  installation: 'first' | 'second';
  /** The port on which the installation listens. */
  port: 3003 | 3103;
  /** Whether the reader has prepared the terminal with the blocks of `PREPARATION`. */
  prepared: boolean;
}

const PREPARATION = 'docs/runbook/README.md';
/** These pages create the installation. The other pages can be read in any order; each starts in a new terminal. */
const INSTALLATION_PAGES = ['installation.md', 'connection.md'];
const otherPages = readdirSync(join(root, 'docs/runbook')).filter(
  (name) => !['README.md', ...INSTALLATION_PAGES].includes(name),
);

const documents: OperatorsDocument[] = [
  ...[...INSTALLATION_PAGES, ...otherPages.sort()].map((name) => ({
    path: `docs/runbook/${name}`,
    installation: 'first' as const,
    port: 3003 as const,
    prepared: name !== 'installation.md',
  })),
  { path: 'docs/sop-support.md', installation: 'first', port: 3003, prepared: true },
  // A second installation; the build of the first one is copied.
  { path: 'docs/upgrade.md', installation: 'second', port: 3103, prepared: false },
];

const MARKS = ['skip', 'setup', 'exit'];
const counts = { ok: 0, skipped: 0, 'not ok': 0 };
const seen = new Set<string>();
const print = (line: string) => process.stdout.write(`${line}\n`);

const installation = await openInstallation();
try {
  for (const document of documents) if (counts['not ok'] === 0) await runDocument(installation, document);
} finally {
  await installation.close();
}
print(`${counts.ok} blocks run, ${counts.skipped} skipped, ${counts['not ok']} failed`);
process.exitCode = counts['not ok'] === 0 && counts.ok > 0 ? 0 : 1;

async function runDocument(sandbox: Installation, document: OperatorsDocument): Promise<void> {
  const { path, installation, port, prepared } = document;
  const folderOf = (name: string) => join(sandbox.scratch, name, 'sapa-whatsapp');
  const folder = folderOf(installation);
  const isNew = mkdirSync(folder, { recursive: true }) !== undefined;
  if (isNew) createClone(sandbox, folder);
  if (isNew && installation === 'second') {
    cpSync(join(folderOf('first'), 'dist'), join(folder, 'dist'), { recursive: true });
    await sandbox.pm2('delete', 'all');
  }
  const shell = new Shell({ cwd: folder, env: sandbox.env, scratch: sandbox.scratch });
  try {
    const context = { installation: sandbox, folder, port: sandbox.ports[port] };
    if (!prepared || (await runBlocks(PREPARATION, shell, context))) await runBlocks(path, shell, context);
  } finally {
    shell.end();
    await shell.ended();
  }
}

/** Runs the blocks of a document until one fails. @returns false when one failed */
async function runBlocks(path: string, shell: Shell, context: SetupContext): Promise<boolean> {
  const blocks = parseBlocks(readFileSync(join(root, path), 'utf8'));
  const outputs = new Set(blocks.map(({ output }) => output));
  for (const block of blocks.filter((block) => !outputs.has(block))) {
    const name = `${path}:${block.line} ${block.text.split('\n')[0]}`;
    if (block.marks.skip) {
      report('skipped', name, block.marks.skip);
      continue;
    }
    const startedAt = Date.now();
    const problem = await runBlock(block, shell, context);
    report(problem === null ? 'ok' : 'not ok', name, `${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
    if (problem === null) continue;
    print(problem.replace(/^/gm, '  '));
    return false;
  }
  return true;
}

/** Counts and prints a result. The preparation runs before every page: each of its blocks counts once. */
function report(result: 'ok' | 'not ok' | 'skipped', name: string, note: string): void {
  if (result !== 'not ok' && seen.has(name)) return;
  seen.add(name);
  counts[result] += 1;
  print(`${result} - ${name} (${note})`);
}

/** @returns null when the block did what the document describes, otherwise a description of the problem */
async function runBlock(block: Block, shell: Shell, context: SetupContext): Promise<string | null> {
  const { language, marks, output } = block;
  if (language !== 'bash') return `a block of ${language || 'no language'} is neither an output nor marked with «skip»`;
  const unknown = Object.keys(marks).filter((name) => !MARKS.includes(name));
  if (unknown.length > 0) return `unknown marks: ${unknown.join(', ')}`;
  const { setup, exit = '0' } = marks;
  if (setup !== undefined) {
    const prepare = setups[setup];
    if (!prepare) return `unknown setup: ${setup}`;
    await prepare(context);
  }
  const { ports } = context.installation;
  const result = await shell.run(replacePorts(block.text, ports));
  const printed = restorePorts(result.printed, ports);
  if (`${result.code}` !== exit) return `exit code ${result.code} instead of ${exit}; printed:\n${printed}`;
  if (output && !matchesShown(printed, output)) return `printed:\n${printed}`;
  return null;
}

function matchesShown(printed: string, { language, text }: Block): boolean {
  if (language === 'text') return matchesShownText(printed, text);
  const shown: unknown = JSON.parse(text);
  try {
    return isDeepStrictEqual(maskVaryingValues(JSON.parse(printed), shown), shown);
  } catch {
    return false;
  }
}

/** The ports that the documents name may be in use on this machine. */
function replacePorts(text: string, ports: Installation['ports']): string {
  return text.replace(/\b3[01]03\b/g, (port) => `${ports[Number(port) as 3003 | 3103] ?? port}`);
}

function restorePorts(text: string, ports: Installation['ports']): string {
  return Object.entries(ports).reduce((all, [shown, port]) => all.replaceAll(`${port}`, shown), text);
}
