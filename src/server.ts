import closeWithGrace from 'close-with-grace';
import { buildApp } from './app.ts';
import { MAX_SHUTDOWN_MS } from './app-options.ts';
import { ConfigError, loadConfig, readVariables } from './config/load.ts';
import { createEvents, stackFrames } from './events.ts';
import { createLogDestination } from './observability/log-destination.ts';
import { startTracing } from './observability/tracing.ts';
import { loadTexts } from './texts.ts';
import { version } from './version.ts';

/** Under npm, one Ctrl-C arrives twice: from the terminal and from npm. */
const SIGNALS_PER_STOP = 2;

try {
  await start();
} catch (error) {
  // Plain text on stderr: it is read before any log.
  const isExpected = error instanceof ConfigError || (error instanceof Error && error.name === 'Error');
  process.stderr.write(`${isExpected ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exit(1);
}

/** Loads the configuration, listens, and shuts down on signals. @throws if the service cannot start */
async function start(): Promise<void> {
  process.umask(0o077);
  const config = loadConfig();
  const texts = loadTexts(config.TEXTS_FILE);
  const tracing = await startTracing(readVariables());
  const events = tracing?.trace(createEvents()) ?? createEvents();
  const logger = { level: config.LOG_LEVEL, base: null, stream: createLogDestination() };
  const app = await buildApp({ config, texts, events }, { logger });
  let reason = 'error';
  const grace = closeWithGrace(
    { delay: MAX_SHUTDOWN_MS, logger: false, skip: ['SIGTERM', 'SIGINT'] },
    async ({ err, signal }) => {
      if (err) events.emit({ type: 'service.failed', name: err.name, frames: stackFrames(err) });
      events.emit({ type: 'service.stopping', reason: signal ?? reason });
      await app.close();
      events.emit({ type: 'service.stopped', unfinished: app.conversations.unfinished() });
      await tracing?.shutdown();
    },
  );
  onStopSignal((signal) => {
    reason = signal;
    grace.close();
  });
  await app.listen({ port: config.WHATSAPP_SERVER_PORT, host: config.HOST });
  const { pending } = await app.store.inbox.status();
  events.emit({ type: 'service.started', version, pending });
}

/** Calls `stop` at the first SIGTERM or SIGINT. Signals beyond those of one Ctrl-C end the process at once. */
function onStopSignal(stop: (signal: string) => void): void {
  let signals = 0;
  const onSignal = (signal: string) => {
    signals += 1;
    if (signals === 1) stop(signal);
    else if (signals > SIGNALS_PER_STOP) process.exit(1);
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
}
