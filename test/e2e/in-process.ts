import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config/load.ts';
import { createEvents, type EventRecord } from '../../src/events.ts';
import { type OpenFakeUpstreams, openFakeUpstreams } from '../support/fake-upstreams.ts';
import { makeScratchFolder } from '../support/folders.ts';
import { environmentOf, SECRET } from '../support/service.ts';

/** The service in this process, with separate fake upstreams and store. */
export interface InProcessService extends OpenFakeUpstreams {
  app: FastifyInstance;
  webhook: string;
  /** Calls `listener` with every event. @returns a function that unsubscribes */
  onEvent(listener: (occurrence: EventRecord) => void): () => void;
}

/** Starts the fake upstreams with `users` additional users, and the service; `close` stops all of them. */
export async function startInProcess(
  users: number,
  given: Record<string, unknown>,
  { historyLimit = 2_000, tls = false } = {},
): Promise<InProcessService> {
  const upstreams = await openFakeUpstreams({ users, historyLimit, tls });
  const folder = makeScratchFolder();
  const config = parseConfig({ DATA_DIR: folder.path, ...environmentOf(upstreams, given) });
  const events = createEvents();
  const app = await buildApp({ config, events });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    ...upstreams,
    app,
    webhook: `${url}/webhook/whatsapp?secret=${SECRET}`,
    onEvent: (listener) => events.on(listener),
    async close() {
      // A hanging request would delay the shutdown.
      await Promise.all([
        upstreams.gemini.clearFaults(),
        upstreams.fonnte.clearFaults(),
        upstreams.supabase.clearFaults(),
      ]);
      await app.close();
      await upstreams.close();
      folder.remove();
    },
  };
}
