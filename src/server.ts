import closeWithGrace from 'close-with-grace';
import { buildApp } from './app.ts';
import { MAX_SHUTDOWN_MS } from './app-options.ts';
import { ConfigError, loadConfig } from './config/load.ts';
import { createEvents, stackFrames } from './events.ts';
import { createLogDestination } from './observability/log-destination.ts';
import { loadTexts } from './texts.ts';
import { version } from './version.ts';

/** Ctrl-C under npm counts twice: the terminal gives it to us, and npm hands it on. */
const SIGNALS_OF_ONE_STOP = 2;

try {
  await start();
} catch (error) {
  // Said plainly: whoever starts the service reads this before they read any log.
  const known = error instanceof ConfigError || (error instanceof Error && error.name === 'Error');
  process.stderr.write(`${known ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exit(1);
}

/** The process: reads its environment, listens, and closes on signals. @throws where it can't start */
async function start(): Promise<void> {
  process.umask(0o077);
  const config = loadConfig();
  const texts = loadTexts(config.TEXTS_FILE);
  const events = createEvents();
  const logger = { level: config.LOG_LEVEL, base: null, stream: createLogDestination() };
  const app = await buildApp({ config, texts, events }, { logger });
  let reason = 'error';
  const grace = closeWithGrace({ delay: MAX_SHUTDOWN_MS, logger: false, skip: ['SIGTERM', 'SIGINT'] }, async (why) => {
    if (why.err) events.emit({ type: 'service.failed', name: why.err.name, frames: stackFrames(why.err) });
    events.emit({ type: 'service.stopping', reason: why.signal ?? reason });
    await app.close();
    events.emit({ type: 'service.stopped', unfinished: app.conversations.unfinished() });
  });
  onStopSignal((signal) => {
    reason = signal;
    grace.close();
  });
  await app.listen({ port: config.WHATSAPP_SERVER_PORT, host: config.HOST });
  const { pending } = await app.store.inbox.status();
  events.emit({ type: 'service.started', version, pending });
}

/** Calls `stop` at the first SIGTERM or SIGINT; whoever insists beyond what one Ctrl-C gives ends the process at once. */
function onStopSignal(stop: (signal: string) => void): void {
  let signals = 0;
  const onSignal = (signal: string) => {
    signals += 1;
    if (signals === 1) stop(signal);
    else if (signals > SIGNALS_OF_ONE_STOP) process.exit(1);
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
}
