import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** The longest that one block may take, ms. */
const BLOCK_MS = 120_000;

/** How a block ended: what it printed, and the code of the first command of it that failed (0: none did). */
export interface BlockEnd {
  printed: string;
  code: number;
}

/** One bash that runs block after block, as somebody does who copies them into a terminal: variables and folders stay. */
export class Shell {
  readonly #bash: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #folder: string;
  #lines: AsyncIterator<string>;
  #blocks = 0;

  constructor(options: { cwd: string; env: NodeJS.ProcessEnv; scratch: string }) {
    const { cwd, env, scratch } = options;
    this.#folder = scratch;
    this.#bash = spawn('bash', ['--noprofile', '--norc'], { cwd, env, stdio: 'pipe', detached: true });
    this.#bash.stdin.on('error', () => undefined);
    this.#bash.stderr.resume();
    this.#lines = createInterface({ input: this.#bash.stdout })[Symbol.asyncIterator]();
    // A command that fails in the middle of a block is not to be hidden by one that follows.
    this.#bash.stdin.write(`trap 'failed=\${failed:-$?}' ERR\n`);
  }

  /** Runs one block. @throws where it takes too long, or ends the shell itself */
  async run(block: string): Promise<BlockEnd> {
    this.#blocks += 1;
    const script = join(this.#folder, `blok-${this.#blocks}.sh`);
    const output = join(this.#folder, `blok-${this.#blocks}.txt`);
    writeFileSync(script, block);
    this.#bash.stdin.write(`failed=; . '${script}' >'${output}' 2>&1 </dev/null; echo "code \${failed:-0}"\n`);
    const timer = setTimeout(() => this.end(), BLOCK_MS);
    const { value, done } = await this.#lines.next();
    clearTimeout(timer);
    const printed = readFileSync(output, 'utf8');
    if (done) throw new Error(`the shell ended, or the block took over ${BLOCK_MS / 1000} s; it printed:\n${printed}`);
    return { printed, code: Number(String(value).replace('code ', '')) };
  }

  end(): void {
    if (this.#bash.exitCode === null && this.#bash.pid !== undefined) process.kill(-this.#bash.pid, 'SIGKILL');
  }

  async ended(): Promise<void> {
    if (this.#bash.exitCode === null && this.#bash.signalCode === null) await once(this.#bash, 'exit');
  }
}
