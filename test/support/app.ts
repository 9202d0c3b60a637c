import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';
import type { ConfigOptions } from '../../plugins/config.ts';
import { buildApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config/load.ts';
import { scratchFolder } from './folders.ts';
import { environmentOf, type UpstreamAccess } from './service.ts';

/** Nothing listens there: a route that calls an upstream gets an error. */
const url = 'http://127.0.0.1:9';
const UNREACHABLE: UpstreamAccess = {
  fonnte: { url, token: 'token-uji-coba' },
  gemini: { url, apiKey: 'kunci-gemini-uji-coba' },
  supabase: { url, serviceRoleKey: 'kunci-supabase-uji-coba' },
};

/** Builds the app for `inject`: it opens no port, its upstreams are unreachable, and it closes with the test. */
export async function build(
  t: Test,
  given: Record<string, unknown> = {},
  options: Partial<ConfigOptions> = {},
): Promise<FastifyInstance> {
  const DATA_DIR = scratchFolder(t, { inMemory: true });
  const app = await buildApp({ config: parseConfig({ ...environmentOf(UNREACHABLE, given), DATA_DIR }), ...options });
  t.teardown(() => app.close());
  return app;
}
