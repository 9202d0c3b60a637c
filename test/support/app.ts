import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';
import type { ConfigOptions } from '../../plugins/config.ts';
import { buildApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config/load.ts';
import { scratchFolder } from './folders.ts';
import { ADMIN_KEY, environmentOf, type UpstreamAccess } from './service.ts';

/** A port without listener: a route that calls an upstream gets an error. */
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

/** Calls an admin route with `inject`, with the admin key unless other `headers` are given; a body is sent as JSON. */
export async function injectAdmin(
  app: FastifyInstance,
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  {
    headers = { authorization: `Bearer ${ADMIN_KEY}` },
    body,
  }: { headers?: Record<string, string>; body?: unknown } = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await app.inject({
    method,
    url,
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    ...(payload === undefined ? {} : { payload }),
  });
  return { status: response.statusCode, body: response.body ? response.json() : {} };
}
