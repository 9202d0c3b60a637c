import { parseArgs } from 'node:util';
import { openDemoDatabase } from './demo/database.ts';
import { openDemoEnvironment } from './demo/environment.ts';
import { startInteractiveDemo } from './demo/interactive.ts';
import { runScripted } from './demo/scripted-run.ts';

const USAGE = `npm run demo            halaman percakapan terhadap layanan asli dan tiruan FONNTE, Gemini, Supabase
npm run demo -- --once  percakapan uji; kode keluar 0 hanya bila semua janji ditepati
npm run demo -- --instances 3  beberapa layanan (2 sampai 5) pada satu PostgreSQL; halamannya dapat mematikan dan membekukan tiap layanan
`;
const PAGE_PORT = 3004;
const SERVICE_PORT = 3003;
/** More services than this do not fit the page. */
const MAX_INSTANCES = 5;

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
// The reader has closed the pipe: `npm run demo | head`.
process.stdout.on('error', () => interrupted.abort());
process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const instances = parseInstances(args);
  if (instances) return runInteractive(instances);
  if (args.length === 1 && args[0] === '--once') {
    const passed = await runScripted({ colors: process.stdout.isTTY, signal: interrupted.signal });
    return interrupted.signal.aborted ? 130 : passed ? 0 : 1;
  }
  process.stderr.write(USAGE);
  return args.includes('--help') ? 0 : 2;
}

/** @returns the number of services of the chat page; null for another command line */
function parseInstances(args: string[]): number | null {
  try {
    const { values } = parseArgs({ args, options: { instances: { type: 'string', default: '1' } } });
    const instances = Number(values.instances);
    return Number.isInteger(instances) && instances >= 1 && instances <= MAX_INSTANCES ? instances : null;
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** Serves the chat page until Ctrl-C. @returns the exit code */
async function runInteractive(instances: number): Promise<number> {
  const { GEMINI_API_KEY, VITE_GEMINI_API_KEY, DATABASE_URL } = process.env;
  const open = new AsyncDisposableStack();
  try {
    const geminiKey = GEMINI_API_KEY || VITE_GEMINI_API_KEY || undefined;
    const database = instances > 1 ? open.adopt(await openDemoDatabase(DATABASE_URL), (one) => one.close()) : undefined;
    const cluster = database && { instances, database };
    const environment = open.adopt(
      await openDemoEnvironment({ servicePort: SERVICE_PORT, geminiKey, cluster }),
      (one) => one.close(),
    );
    const { services, url, fonnte, gemini, supabase, webhookSecret, adminKey, answeredBy } = environment;
    // Start the services first, so that the page does not take its port.
    await Promise.all(services.map((service) => service.start()));
    const demo = open.adopt(await startInteractiveDemo(environment, { port: PAGE_PORT }), (one) => one.close());
    const model =
      answeredBy === 'gemini'
        ? 'Gemini asli, dengan kunci dari GEMINI_API_KEY'
        : 'model tiruan berbasis aturan (Gemini asli: isi GEMINI_API_KEY)';
    process.stdout.write(`
Demo SAPA di WhatsApp: semuanya di mesin ini, tanpa akun.

  Halaman    ${demo.url}
  Layanan    ${url}${database ? ` membagi kepada ${instances} layanan, ${database.description}` : ''}
  Konsol     ${url}/console (kuncinya ADMIN_API_KEY)
  Kunci      WEBHOOK_SECRET_KEY=${webhookSecret} ADMIN_API_KEY=${adminKey}
  Tiruan     FONNTE ${fonnte.url}, Gemini ${gemini.url}, Supabase ${supabase.url}
  Penjawab   ${model}

Buka halamannya di peramban. Ctrl-C mengakhiri semuanya.

`);
    await waitForInterrupt();
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    await open.disposeAsync();
  }
}

function waitForInterrupt(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  interrupted.signal.addEventListener('abort', () => resolve(), { once: true });
  if (interrupted.signal.aborted) resolve();
  return promise;
}
