import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config/load.ts';
import { createEvents, type EventRecord } from '../../src/events.ts';
import { type OpenFakeUpstreams, openFakeUpstreams } from '../support/fake-upstreams.ts';
import { environmentOf, SECRET } from '../support/service.ts';

/** The service in this process, with a world and a store of its own. */
export interface InProcessService extends OpenFakeUpstreams {
  app: FastifyInstance;
  webhook: string;
  /** Tells of everything that happens; returns what ends that. */
  onEvent(listener: (occurrence: EventRecord) => void): () => void;
}

/** Starts stand-ins and service for so many users; `close` ends all of it. */
export async function startInProcess(
  users: number,
  given: Record<string, unknown>,
  { keep = 2_000, tls = false } = {},
): Promise<InProcessService> {
  const world = await openFakeUpstreams({ users, keep, tls });
  const directory = mkdtempSync(join(tmpdir(), 'sapa-fault-'));
  const config = parseConfig({ DATA_DIR: directory, ...environmentOf(world, given) });
  const events = createEvents();
  const app = await buildApp({ config, events });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    ...world,
    app,
    webhook: `${url}/webhook/whatsapp?secret=${SECRET}`,
    onEvent: (listener) => events.on(listener),
    async close() {
      // What hangs would hold up the drain.
      await Promise.all([world.gemini.clearFaults(), world.fonnte.clearFaults(), world.supabase.clearFaults()]);
      await app.close();
      await world.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
