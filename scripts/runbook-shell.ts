import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** Time limit for one block, ms. */
const MAX_BLOCK_MS = 120_000;

/** The output of a block and the exit code of its first failed command, or 0. */
export interface BlockResult {
  printed: string;
  code: number;
}

/** One bash that runs block after block, as when copied into a terminal: variables and the working directory persist. */
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
    // Record the first failure: a later command of the same block must not hide it.
    this.#bash.stdin.write(`trap 'failed=\${failed:-$?}' ERR\n`);
  }

  /** Runs one block. @throws when it exceeds the time limit or ends the shell */
  async run(block: string): Promise<BlockResult> {
    this.#blocks += 1;
    const script = join(this.#folder, `blok-${this.#blocks}.sh`);
    const output = join(this.#folder, `blok-${this.#blocks}.txt`);
    writeFileSync(script, block);
    this.#bash.stdin.write(`failed=; . '${script}' >'${output}' 2>&1 </dev/null; echo "code \${failed:-0}"\n`);
    const timer = setTimeout(() => this.end(), MAX_BLOCK_MS);
    const { value, done } = await this.#lines.next();
    clearTimeout(timer);
    const printed = readFileSync(output, 'utf8');
    if (done)
      throw new Error(`the shell ended, or the block took more than ${MAX_BLOCK_MS / 1000} s; printed:\n${printed}`);
    return { printed, code: Number(String(value).replace('code ', '')) };
  }

  end(): void {
    if (this.#bash.exitCode === null && this.#bash.pid !== undefined) process.kill(-this.#bash.pid, 'SIGKILL');
  }

  async ended(): Promise<void> {
    if (this.#bash.exitCode === null && this.#bash.signalCode === null) await once(this.#bash, 'exit');
  }
}
