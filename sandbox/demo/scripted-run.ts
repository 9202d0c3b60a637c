import { openDemoEnvironment } from './environment.ts';
import { randomPort } from './ports.ts';
import { runScenarios, type Scenario } from './scenario.ts';
import { scenarios as allScenarios } from './scenarios.ts';
import { createTranscript } from './transcript.ts';

/** Limits of one reply and of the whole run: `--once` must end within half a minute. */
const REPLY_TIMEOUT_MS = 10_000;
const RUN_TIMEOUT_MS = 26_000;

export interface ScriptedRunOptions {
  write?: (line: string) => void;
  colors?: boolean;
  scenarios?: readonly Scenario[];
  /** The entry file of the service (default: the real service). */
  entry?: string;
  settings?: Record<string, string>;
  replyTimeoutMs?: number;
  /** Aborts the run and stops every process that it started. */
  signal?: AbortSignal;
}

/** Runs the scenarios against the service and prints a transcript. @returns whether all checks passed */
export async function runScripted(options: ScriptedRunOptions = {}): Promise<boolean> {
  const { write = (line) => void process.stdout.write(`${line}\n`), scenarios = allScenarios, signal } = options;
  const transcript = createTranscript(write, { colors: options.colors ?? false, timezone: 'Asia/Jakarta' });
  // Always use the rule-based model, even if a Gemini key is set: the checks expect exact answers.
  const settings = { COALESCE_WINDOW_MS: '100', PART_INTERVAL_MS: '100', ...options.settings };
  const { entry } = options;
  const environment = await openDemoEnvironment({ servicePort: randomPort(), settings, ...(entry ? { entry } : {}) });
  const onAbort = () => void environment.close();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    transcript.line('Percakapan uji: layanan asli; FONNTE, Gemini, dan Supabase tiruan di mesin ini; tanpa jaringan.');
    transcript.line(
      'Yang menjawab adalah model tiruan berbasis aturan. Tanda ✓ dicek pada apa yang dicatat para tiruan.',
    );
    await environment.service.start();
    const replyTimeoutMs = options.replyTimeoutMs ?? REPLY_TIMEOUT_MS;
    const { passed, failed, durationMs } = await runScenarios({
      environment,
      scenarios,
      transcript,
      replyTimeoutMs,
      runTimeoutMs: RUN_TIMEOUT_MS,
      signal,
    });
    const seconds = (durationMs / 1000).toFixed(1).replace('.', ',');
    transcript.line('');
    transcript.line(`${passed} dari ${passed + failed.length} janji ditepati dalam ${seconds} detik.`);
    for (const check of failed) transcript.line(`Tidak ditepati: ${check}`);
    return failed.length === 0 && !signal?.aborted;
  } catch (error) {
    transcript.line(`Percakapan tidak dapat dimainkan: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await environment.close();
  }
}
