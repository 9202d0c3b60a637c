import { play, type Scene } from './play.ts';
import { anyPort } from './ports.ts';
import { script } from './script.ts';
import { createTranscript } from './transcript.ts';
import { openWorld } from './world.ts';

/** How long a reply may take, and the whole play, ms. */
const PATIENCE_MS = 10_000;
const BUDGET_MS = 26_000;

export interface OnceOptions {
  write?: (line: string) => void;
  colours?: boolean;
  scenes?: readonly Scene[];
  /** What is started as the service (default: the real one). */
  entry?: string;
  settings?: Record<string, string>;
  patienceMs?: number;
  /** Ends it early, with everything that it started. */
  signal?: AbortSignal;
}

/** Plays the script against the service and prints it; resolves to whether everything went as promised. */
export async function playOnce(options: OnceOptions = {}): Promise<boolean> {
  const { write = (line) => void process.stdout.write(`${line}\n`), scenes = script, signal } = options;
  const transcript = createTranscript(write, { colours: options.colours ?? false, timezone: 'Asia/Jakarta' });
  // Its checks are about exact answers, so the stand-in model answers, whatever key there is.
  const settings = { COALESCE_WINDOW_MS: '100', PART_INTERVAL_MS: '100', ...options.settings };
  const { entry } = options;
  const world = await openWorld({ servicePort: anyPort(), settings, ...(entry ? { entry } : {}) });
  const onAbort = () => void world.close();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    transcript.plain('Percakapan uji: layanan asli; FONNTE, Gemini, dan Supabase tiruan di mesin ini; tanpa jaringan.');
    transcript.plain(
      'Yang menjawab adalah model tiruan berbasis aturan. Tanda ✓ dicek pada apa yang dicatat para tiruan.',
    );
    await world.service.start();
    const patienceMs = options.patienceMs ?? PATIENCE_MS;
    const { kept, broken, ms } = await play({ world, scenes, transcript, patienceMs, budgetMs: BUDGET_MS, signal });
    const seconds = (ms / 1000).toFixed(1).replace('.', ',');
    transcript.plain('');
    transcript.plain(`${kept} dari ${kept + broken.length} janji ditepati dalam ${seconds} detik.`);
    for (const promise of broken) transcript.plain(`Tidak ditepati: ${promise}`);
    return broken.length === 0 && !signal?.aborted;
  } catch (error) {
    transcript.plain(`Percakapan tidak dapat dimainkan: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await world.close();
  }
}
