import closeWithGrace from 'close-with-grace';
import { buildApp } from './app.ts';
import { ConfigError, loadConfig } from './config.ts';
import { createEvents, stackFrames } from './events.ts';
import { loadTexts } from './texts.ts';
import { version } from './version.ts';

/** The longest a shutdown may take, ms: the drain, and a little for closing. */
const CLOSE_MS = 24_000;

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
  const app = await buildApp({ config, texts, events });
  closeWithGrace({ delay: CLOSE_MS, logger: false }, async ({ signal, err }) => {
    if (err) events.emit({ type: 'turn.failed', name: err.name, frames: stackFrames(err) });
    events.emit({ type: 'service.stopping', reason: signal ?? (err ? 'error' : 'manual') });
    await app.close();
    events.emit({ type: 'service.stopped', unfinished: app.conversations.unfinished() });
  });
  await app.listen({ port: config.WHATSAPP_SERVER_PORT, host: config.HOST });
  const { pending } = await app.inbox.state();
  events.emit({ type: 'service.started', version, pending });
}
