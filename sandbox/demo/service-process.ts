import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fetchHealth } from './health.ts';

/** `frozen`: stopped by SIGSTOP, so that it neither works nor notices the time that passes. */
export type ServiceState = 'stopped' | 'starting' | 'running' | 'frozen';

/** One line of the service's JSON log. */
export type ServiceLine = Readonly<Record<string, unknown>>;

export interface ServiceOptions {
  /** Its name on the page. */
  name: string;
  /** The arguments of Node: flags and the entry file. */
  args: string[];
  cwd: string;
  /** The complete environment; the process inherits no other variable. */
  env: Record<string, string>;
  url: string;
}

/** Maximum duration of a start. */
const START_TIMEOUT_MS = 20_000;
/** Maximum duration of a graceful shutdown; then the process is killed. */
const STOP_TIMEOUT_MS = 3_000;
const HEALTH_INTERVAL_MS = 40;
/** Output outside the JSON log, for error messages; older output is dropped. */
const MAX_OUTPUT_TAIL_CHARACTERS = 4_000;

/** The service as a child process that can be killed and started again. */
export class ServiceProcess {
  readonly name: string;
  readonly url: string;
  readonly #options: ServiceOptions;
  readonly #lineListeners = new Set<(line: ServiceLine) => void>();
  readonly #stateListeners = new Set<(state: ServiceState) => void>();
  #child: ChildProcess | undefined;
  #state: ServiceState = 'stopped';
  #isClosed = false;
  #outputTail = '';

  constructor(options: ServiceOptions) {
    this.name = options.name;
    this.url = options.url;
    this.#options = options;
  }

  get state(): ServiceState {
    return this.#state;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The last output that was not a JSON line; usually the reason of a failed start. */
  get outputTail(): string {
    return this.#outputTail.trim();
  }

  /** Calls `listener` with each line of the log. @returns a function that unsubscribes */
  onLine(listener: (line: ServiceLine) => void): () => void {
    this.#lineListeners.add(listener);
    return () => this.#lineListeners.delete(listener);
  }

  onState(listener: (state: ServiceState) => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  /** Starts the service; resolves when it responds. @throws with its last output if it exits before */
  async start(): Promise<void> {
    if (this.#isClosed) throw new Error('Demo sudah diakhiri.');
    if (this.#child) return;
    const child = this.#spawn();
    const hasExited = () => this.#child !== child;
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (hasExited() || !(await this.#isHealthy())) {
      const reason = hasExited() ? 'berhenti saat dimulai' : Date.now() > deadline ? 'tidak kunjung siap' : '';
      if (reason) {
        await this.kill();
        throw new Error(`Layanan ${reason}.\n${this.outputTail}`);
      }
      await pause(HEALTH_INTERVAL_MS);
    }
    if (!hasExited()) this.#setState('running');
  }

  /** Kills the process with SIGKILL; resolves when it has exited. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Freezes a running service, as a suspended virtual machine. */
  freeze(): void {
    if (this.#state === 'running' && this.#child?.kill('SIGSTOP')) this.#setState('frozen');
  }

  /** Continues a frozen service. */
  thaw(): void {
    if (this.#state === 'frozen' && this.#child?.kill('SIGCONT')) this.#setState('running');
  }

  /** Stops the service for good; kills it after a timeout. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.thaw();
    const timer = setTimeout(() => void this.kill(), STOP_TIMEOUT_MS);
    await this.#end('SIGTERM');
    clearTimeout(timer);
  }

  #spawn(): ChildProcess {
    const { args, cwd, env } = this.#options;
    // Use a separate process group: Ctrl-C in the terminal reaches only the demo, which then stops the service.
    const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    this.#child = child;
    this.#outputTail = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#appendOutput(text));
    if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => this.#handleLine(line));
    const onExit = () => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#setState('stopped');
    };
    child.once('exit', onExit);
    child.once('error', (error) => {
      this.#appendOutput(error.message);
      onExit();
    });
    this.#setState('starting');
    return child;
  }

  async #isHealthy(): Promise<boolean> {
    return (await fetchHealth(this.url)) !== '';
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }

  #handleLine(line: string): void {
    const parsed = parseLine(line);
    if (!parsed) this.#appendOutput(`${line}\n`);
    else for (const listener of this.#lineListeners) listener(parsed);
  }

  #appendOutput(text: string): void {
    this.#outputTail = (this.#outputTail + text).slice(-MAX_OUTPUT_TAIL_CHARACTERS);
  }

  #setState(state: ServiceState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const listener of this.#stateListeners) listener(state);
  }
}

function parseLine(line: string): ServiceLine | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as ServiceLine) : undefined;
  } catch {
    return undefined;
  }
}
