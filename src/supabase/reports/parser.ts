import { extname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { ReportColumns } from './columns.ts';
import type { ParsedText, ReportText } from './worker.ts';

/** Maximum size of a report, in characters of JSON: five times SAPA's largest. A larger one may exceed the thread's heap. */
export const MAX_REPORT_CHARACTERS = 8 * 1024 * 1024;
/** Maximum heap of the thread, in MB. `--max-old-space-size`, if given, applies instead. */
const MAX_HEAP_MB = 112;
/** Timeout of one parse, ms: a parse that hangs must not block the reports of all users. */
const PARSE_TIMEOUT_MS = 30_000;
/** Ends the thread after this idle time, ms, to release its memory. */
const IDLE_TIMEOUT_MS = 60_000;
/** Maximum wait for a thread to terminate, ms. */
const TERMINATE_TIMEOUT_MS = 5_000;

/** The report has more than MAX_REPORT_CHARACTERS characters. */
export class ReportTooLargeError extends Error {
  readonly code = 'REPORT_TOO_LARGE';
  constructor(characters: number) {
    super(`the report has ${characters} characters`);
  }
}

/** Parses reports in a worker thread, one at a time. */
export interface ReportParser {
  /**
   * @returns null when the response has no report of this user
   * @throws when the text is not a list of rows, too large, or not parsed in time; when the thread fails or is closed
   */
  parse(report: ReportText): Promise<ReportColumns | null>;
  close(): Promise<void>;
}

/**
 * Creates the parser. Parsing blocks its thread and leaves more garbage than the size of the report, so it runs outside the
 * main thread. The first report starts the thread; after out-of-memory or a timeout the next report starts another one.
 */
export function createReportParser(options: { heapMb?: number; parseMs?: number } = {}): ReportParser {
  let thread: Worker | undefined;
  let idleTimer: NodeJS.Timeout | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  let isClosed = false;

  const startThread = () => {
    // The extension is .js if the service is compiled.
    const started = new Worker(new URL(`./worker${extname(import.meta.url)}`, import.meta.url), {
      execArgv: selectPreloadFlags(process.execArgv),
      resourceLimits: { maxOldGenerationSizeMb: options.heapMb ?? MAX_HEAP_MB },
    });
    // Prevents an uncaught exception while no report is parsed; a running parse has its own listener.
    return started
      .on('error', () => undefined)
      .on('exit', () => {
        if (thread === started) thread = undefined;
      });
  };

  const endThread = async () => {
    clearTimeout(idleTimer);
    const ended = thread?.terminate();
    thread = undefined;
    // A thread terminates only after a running JSON.parse.
    if (ended) await Promise.race([ended, pause(TERMINATE_TIMEOUT_MS, undefined, { ref: false })]);
  };

  async function parseOne(report: ReportText): Promise<ReportColumns | null> {
    if (isClosed) throw new Error('no report is parsed any more');
    if (report.text.length > MAX_REPORT_CHARACTERS) throw new ReportTooLargeError(report.text.length);
    clearTimeout(idleTimer);
    let parsed: ParsedText;
    try {
      thread ??= startThread();
      parsed = await parseInThread(thread, report, options.parseMs ?? PARSE_TIMEOUT_MS);
    } catch (error) {
      await endThread();
      throw error;
    }
    idleTimer = setTimeout(() => void endThread(), IDLE_TIMEOUT_MS).unref();
    if ('failure' in parsed) throw new Error(parsed.failure);
    return parsed.columns;
  }

  return {
    parse(report) {
      const parsed = queue.then(() => parseOne(report));
      queue = parsed.catch(() => undefined);
      return parsed;
    },
    async close() {
      isClosed = true;
      await endThread();
    },
  };
}

/** @throws when the thread ends or takes longer than `ms`; the caller must then end the thread */
async function parseInThread(thread: Worker, report: ReportText, ms: number): Promise<ParsedText> {
  const result = Promise.withResolvers<ParsedText>();
  const onExit = () => result.reject(new Error('the thread ended'));
  const timer = setTimeout(() => result.reject(new Error(`not parsed within ${ms} ms`)), ms);
  thread.on('message', result.resolve).on('error', result.reject).on('exit', onExit).ref();
  try {
    thread.postMessage(report);
    return await result.promise;
  } finally {
    clearTimeout(timer);
    thread.off('message', result.resolve).off('error', result.reject).off('exit', onExit).unref();
  }
}

/** Keeps only the flag `-r` (node-version.cjs, the compile cache): other preloaded modules are for the main thread. */
function selectPreloadFlags(flags: readonly string[]): string[] {
  const at = flags.indexOf('-r');
  return at < 0 ? [] : flags.slice(at, at + 2);
}
