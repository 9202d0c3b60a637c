import { extname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { ReportColumns } from './columns.ts';
import type { ParsedText, ReportText } from './worker.ts';

/** Maximum size of a report, in characters of JSON: five times the largest that SAPA has. More may not fit the thread's heap. */
export const MAX_REPORT_CHARACTERS = 8 * 1024 * 1024;
/** Maximum heap of the thread, in MB. `--max-old-space-size`, if given, applies instead. */
const HEAP_MB = 112;
/** A parse may take so long, ms: one that hangs must not keep all reports from everybody. */
const PARSE_MS = 30_000;
/** How long the thread is kept for the next report, ms; its memory is given back then. */
const IDLE_MS = 60_000;
/** How long a thread that is ended is waited for, ms. */
const END_MS = 5_000;

/** A report has more characters than are parsed. */
export class ReportTooLargeError extends Error {
  readonly code = 'REPORT_TOO_LARGE';
  constructor(characters: number) {
    super(`the report has ${characters} characters`);
  }
}

/** Parses reports in a thread of its own, one at a time. */
export interface ReportParser {
  /**
   * The report in columns; null where the answer holds none of this user.
   * @throws where it can't be parsed: no list of rows, too large, too long, no thread, closed
   */
  parse(report: ReportText): Promise<ReportColumns | null>;
  close(): Promise<void>;
}

/**
 * A parse holds up its thread, and leaves it more garbage than the report is large: not the thread that answers calls.
 * The thread is started with the first report; one that runs out of memory or time ends, and the next report gets another.
 */
export function createReportParser(options: { heapMb?: number; parseMs?: number } = {}): ReportParser {
  let thread: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let isClosed = false;

  const start = () => {
    // Compiled, it is a .js beside us.
    const started = new Worker(new URL(`./worker${extname(import.meta.url)}`, import.meta.url), {
      execArgv: preloaded(process.execArgv),
      resourceLimits: { maxOldGenerationSizeMb: options.heapMb ?? HEAP_MB },
    });
    // Whoever waits for a report hears of it too; without one there is nobody to tell, and the next report gets another.
    return started
      .on('error', () => undefined)
      .on('exit', () => {
        if (thread === started) thread = undefined;
      });
  };

  const end = async () => {
    clearTimeout(idle);
    const ended = thread?.terminate();
    thread = undefined;
    // In the middle of a JSON.parse it ends only after it.
    if (ended) await Promise.race([ended, pause(END_MS, undefined, { ref: false })]);
  };

  async function parseOne(report: ReportText): Promise<ReportColumns | null> {
    if (isClosed) throw new Error('no report is parsed any more');
    if (report.text.length > MAX_REPORT_CHARACTERS) throw new ReportTooLargeError(report.text.length);
    clearTimeout(idle);
    let parsed: ParsedText;
    try {
      thread ??= start();
      parsed = await answerOf(thread, report, options.parseMs ?? PARSE_MS);
    } catch (error) {
      await end();
      throw error;
    }
    idle = setTimeout(() => void end(), IDLE_MS).unref();
    if ('failure' in parsed) throw new Error(parsed.failure);
    return parsed.columns;
  }

  return {
    parse(report) {
      const parsed = turn.then(() => parseOne(report));
      turn = parsed.catch(() => undefined);
      return parsed;
    },
    async close() {
      isClosed = true;
      await end();
    },
  };
}

/** @throws what ended the thread, or that it took longer than `ms`; it must be ended then */
async function answerOf(thread: Worker, report: ReportText, ms: number): Promise<ParsedText> {
  const answered = Promise.withResolvers<ParsedText>();
  const onExit = () => answered.reject(new Error('the thread ended'));
  const timer = setTimeout(() => answered.reject(new Error(`not parsed within ${ms} ms`)), ms);
  thread.on('message', answered.resolve).on('error', answered.reject).on('exit', onExit).ref();
  try {
    thread.postMessage(report);
    return await answered.promise;
  } finally {
    clearTimeout(timer);
    thread.off('message', answered.resolve).off('error', answered.reject).off('exit', onExit).unref();
  }
}

/** Of Node's flags a thread needs what keeps compiled code (node-version.cjs); what else was loaded into the process is not for it. */
function preloaded(flags: readonly string[]): string[] {
  const at = flags.indexOf('-r');
  return at < 0 ? [] : flags.slice(at, at + 2);
}
