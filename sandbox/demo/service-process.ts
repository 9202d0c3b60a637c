import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { healthOf } from './health.ts';

export type ServiceState = 'stopped' | 'starting' | 'running';

/** One line of the service's JSON log. */
export type ServiceLine = Readonly<Record<string, unknown>>;

export interface ServiceOptions {
  /** What Node is started with: flags and the entry. */
  args: string[];
  cwd: string;
  /** The whole environment: nothing else is handed on. */
  env: Record<string, string>;
  url: string;
}

/** How long a start may take, ms. */
const START_MS = 20_000;
/** How long the service may take to end by itself, ms; then it is killed. */
const STOP_MS = 3_000;
const HEALTH_EVERY_MS = 40;
/** How much of what it said outside its log is kept, characters. */
const LAST_WORDS = 4_000;

/** The service as a process of its own, that can be killed and started again. */
export class ServiceProcess {
  readonly url: string;
  readonly #options: ServiceOptions;
  readonly #lineListeners = new Set<(line: ServiceLine) => void>();
  readonly #stateListeners = new Set<(state: ServiceState) => void>();
  #child: ChildProcess | undefined;
  #state: ServiceState = 'stopped';
  #isOver = false;
  #lastWords = '';

  constructor(options: ServiceOptions) {
    this.url = options.url;
    this.#options = options;
  }

  get state(): ServiceState {
    return this.#state;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The end of what the process said that was no JSON line: why it did not start, as a rule. */
  get lastWords(): string {
    return this.#lastWords.trim();
  }

  /** Tells of each line of its log; returns what ends that. */
  onLine(listener: (line: ServiceLine) => void): () => void {
    this.#lineListeners.add(listener);
    return () => this.#lineListeners.delete(listener);
  }

  onState(listener: (state: ServiceState) => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  /** Starts it; resolves when it answers calls. @throws with its last words where it ends before */
  async start(): Promise<void> {
    if (this.#isOver) throw new Error('Demo sudah diakhiri.');
    if (this.#child) return;
    const child = this.#spawn();
    const isGone = () => this.#child !== child;
    const giveUpAt = Date.now() + START_MS;
    while (isGone() || !(await this.#answers())) {
      const why = isGone() ? 'berhenti saat dimulai' : Date.now() > giveUpAt ? 'tidak kunjung siap' : '';
      if (why) {
        await this.kill();
        throw new Error(`Layanan ${why}.\n${this.lastWords}`);
      }
      await pause(HEALTH_EVERY_MS);
    }
    if (!isGone()) this.#become('running');
  }

  /** Ends it as `kill -9` does; resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Asks it to end, for good, and kills it where that takes too long. */
  async close(): Promise<void> {
    this.#isOver = true;
    const timer = setTimeout(() => void this.kill(), STOP_MS);
    await this.#end('SIGTERM');
    clearTimeout(timer);
  }

  #spawn(): ChildProcess {
    const { args, cwd, env } = this.#options;
    // A group of its own: Ctrl-C in the terminal reaches the demo, and the demo says how the service ends.
    const child = spawn(process.execPath, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    this.#child = child;
    this.#lastWords = '';
    child.stdin?.on('error', () => undefined);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#keepWords(text));
    if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => this.#read(line));
    const gone = () => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#become('stopped');
    };
    child.once('exit', gone);
    child.once('error', (error) => {
      this.#keepWords(error.message);
      gone();
    });
    this.#become('starting');
    return child;
  }

  async #answers(): Promise<boolean> {
    return (await healthOf(this.url)) !== '';
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }

  #read(line: string): void {
    const parsed = parseLine(line);
    if (!parsed) this.#keepWords(`${line}\n`);
    else for (const listener of this.#lineListeners) listener(parsed);
  }

  #keepWords(text: string): void {
    this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS);
  }

  #become(state: ServiceState): void {
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
