import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Block, blocksOf, isTextAsShown, withoutVarying } from './document-blocks.ts';
import { type SceneParts, scenes } from './runbook-scenes.ts';
import { Shell } from './runbook-shell.ts';
import { makeClone, openStage, type Stage } from './runbook-stage.ts';

// Carries out the operators' documents: every block of commands as it is written, but for the ports, in order, in a folder
// of its own against the stand-ins, and compares what is printed with what the document shows. A block that can't be run
// here says why in its info string: ```bash tidak-dijalankan: perlu root

/** Which installation a document speaks of, and the port that it listens on. */
const DOCUMENTS = [
  { path: 'docs/runbook.md', installation: 'satu', port: 3003 },
  { path: 'docs/sop-support.md', installation: 'satu', port: 3003 },
  // On another machine, where the first steps of the runbook were taken.
  { path: 'docs/upgrade.md', installation: 'dua', port: 3103, builtAs: 'satu' },
] as const;

const counts = { run: 0, notRun: 0, failed: 0 };
const say = (line: string) => process.stdout.write(`${line}\n`);
const root = resolve(import.meta.dirname, '..');

const stage = await openStage();
try {
  for (const document of DOCUMENTS) if (counts.failed === 0) await carryOut(stage, document);
} finally {
  await stage.close();
}
say(`${counts.run} blocks run, ${counts.notRun} can't be run here, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 && counts.run > 0 ? 0 : 1;

async function carryOut(stage: Stage, document: (typeof DOCUMENTS)[number]): Promise<void> {
  const { path, installation, port } = document;
  const folderOf = (name: string) => join(stage.scratch, name, 'sapa-whatsapp');
  const folder = folderOf(installation);
  if (mkdirSync(folder, { recursive: true }) !== undefined) makeClone(stage, folder);
  if ('builtAs' in document) {
    cpSync(join(folderOf(document.builtAs), 'dist'), join(folder, 'dist'), { recursive: true });
    await stage.pm2('delete', 'all');
  }
  const shell = new Shell({ cwd: folder, env: stage.env, scratch: stage.scratch });
  const blocks = blocksOf(readFileSync(join(root, path), 'utf8'));
  const outputs = new Set(blocks.map(({ output }) => output));
  try {
    for (const block of blocks.filter((block) => !outputs.has(block))) {
      const name = `${path}:${block.line} ${block.text.split('\n')[0]}`;
      const why = block.marks['tidak-dijalankan'];
      if (why) {
        counts.notRun += 1;
        say(`not run - ${name} (${why})`);
        continue;
      }
      const since = Date.now();
      const problem = await problemOf(block, shell, { stage, folder, port: stage.ports[port] });
      counts[problem === null ? 'run' : 'failed'] += 1;
      say(`${problem === null ? 'ok' : 'not ok'} - ${name} (${((Date.now() - since) / 1000).toFixed(1)} s)`);
      // What follows builds on it.
      if (problem === null) continue;
      say(problem.replace(/^/gm, '  '));
      return;
    }
  } finally {
    shell.end();
    await shell.ended();
  }
}

/** What is wrong with a block, in words; null: nothing. */
async function problemOf(block: Block, shell: Shell, parts: SceneParts): Promise<string | null> {
  if (block.language !== 'bash')
    return `a block of ${block.language || 'no language'} is neither run, nor an output, nor says «tidak-dijalankan: why»`;
  const unknown = Object.keys(block.marks).filter((name) => !['keadaan', 'berakhir'].includes(name));
  if (unknown.length > 0) return `unknown marks: ${unknown.join(', ')}`;
  const { keadaan, berakhir = '0' } = block.marks;
  if (keadaan !== undefined) {
    const scene = scenes[keadaan];
    if (!scene) return `unknown scene: ${keadaan}`;
    await scene(parts);
  }
  const { code, printed: said } = await shell.run(withPorts(block.text, parts.stage.ports));
  const printed = withoutPorts(said, parts.stage.ports);
  if (`${code}` !== berakhir) return `it ended with ${code}, not ${berakhir}, and printed:\n${printed}`;
  if (block.output && !isAsShown(printed, block.output)) return `it printed:\n${printed}`;
  return null;
}

function isAsShown(printed: string, { language, text }: Block): boolean {
  if (language === 'text') return isTextAsShown(printed, text);
  const shown: unknown = JSON.parse(text);
  try {
    return isDeepStrictEqual(withoutVarying(JSON.parse(printed), shown), shown);
  } catch {
    return false;
  }
}

/** The ports that the documents name may be taken here. */
function withPorts(text: string, ports: Stage['ports']): string {
  return text.replace(/\b3[01]03\b/g, (port) => `${ports[Number(port) as 3003 | 3103] ?? port}`);
}

function withoutPorts(text: string, ports: Stage['ports']): string {
  return Object.entries(ports).reduce((all, [shown, port]) => all.replaceAll(`${port}`, shown), text);
}
