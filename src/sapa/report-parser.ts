import { extname } from 'node:path';
import type { Tinypool } from 'tinypool';
import type { ReportColumns } from './report-columns.ts';
import type { ReportText } from './report-worker.ts';

/** How long the thread is kept for the next report, ms; its memory is given back then. */
const IDLE_MS = 60_000;
/** Heap of the thread at most, MB; `--max-old-space-size`, where it is given, is the limit instead. */
const HEAP_MB = 112;
/** A parse may take so long, ms: a thread that hangs must not keep all reports from everybody. */
const PARSE_MS = 30_000;

/** Parses reports in a thread of its own. */
export interface ReportParser {
  /** The report in columns; null where the answer holds none of this user. @throws where it can't be parsed, for want of memory or time too */
  parse(report: ReportText): Promise<ReportColumns | null>;
  close(): Promise<void>;
}

/**
 * A parse holds up its thread, and leaves it more garbage than the report is large: not the thread that answers calls.
 * The thread is started with the first report; one that a report was too large for, or hangs, ends, and the next report gets another.
 */
export function createReportParser(options: { heapMb?: number; parseMs?: number } = {}): ReportParser {
  let pool: Promise<Tinypool> | undefined;
  const started = () => {
    // One that could not be loaded is tried again by the next report.
    pool ??= start().catch((error: unknown) => {
      pool = undefined;
      throw error;
    });
    return pool;
  };
  const start = async () => {
    const { Tinypool } = await import('tinypool');
    const threads = new Tinypool({
      // Compiled, it is a .js beside us.
      filename: new URL(`./report-worker${extname(import.meta.url)}`, import.meta.url).href,
      execArgv: preloaded(process.execArgv),
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: IDLE_MS,
      // A thread between two reports is idle as Node knows it, and can be ended.
      useAtomics: false,
      resourceLimits: { maxOldGenerationSizeMb: options.heapMb ?? HEAP_MB },
    });
    // A thread that ends while it has nothing to parse: nobody waits for it. With a report, `run` rejects.
    return threads.on('error', () => undefined);
  };
  return {
    async parse(report) {
      const threads = await started();
      const signal = AbortSignal.timeout(options.parseMs ?? PARSE_MS);
      return threads.run(report, { signal }) as Promise<ReportColumns | null>;
    },
    async close() {
      await (await pool)?.destroy();
    },
  };
}

/** Of Node's flags a thread needs what keeps compiled code (node-version.cjs); what else was loaded into the process is not for it. */
function preloaded(flags: readonly string[]): string[] {
  const at = flags.indexOf('-r');
  return at < 0 ? [] : flags.slice(at, at + 2);
}
