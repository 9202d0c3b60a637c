import type { Test } from 'tap';
import type { Tables } from '../../../sandbox/sapa-schema.ts';
import { type FakeSupabase, startFakeSupabase } from '../../../sandbox/supabase.ts';
import { createEvents } from '../../../src/events.ts';
import { createTools, type ToolContext, type ToolOutcome, type Tools } from '../../../src/gemini/tools/tools.ts';
import { createSupabaseReader, type SupabaseReader } from '../../../src/supabase/client.ts';
import { createHttpClient } from '../../../src/upstream/http-client.ts';
import { createUpstreamGuard, type UpstreamGuard } from '../../../src/upstream/upstream.ts';
import { NOW } from './sapa-rows.ts';

/** The tools of the service, with what they read from. */
export interface ToolsOverHttp {
  supabase: FakeSupabase;
  upstream: UpstreamGuard;
  reader: SupabaseReader;
  tools: Tools;
  newTurn(fields?: Partial<ToolContext>): ToolContext;
  /** Runs one call in a separate turn. */
  run(name: string, args?: object): Promise<ToolOutcome>;
}

/** Starts the tools over the real supabase-js and a fake Supabase that holds these tables; both end with the test. */
export async function startTools(
  t: Test,
  tables: Partial<Tables>,
  userId: string,
  options: { listsCapacityBytes?: number; compress?: boolean; failuresToOpen?: number } = {},
): Promise<ToolsOverHttp> {
  const { compress = false, failuresToOpen = 5, ...limits } = options;
  const supabase = await startFakeSupabase({ tables, compress });
  const upstream = createUpstreamGuard({ name: 'supabase', timeoutMs: 30_000, events: createEvents(), failuresToOpen });
  const reader = createSupabaseReader({
    url: supabase.url,
    key: supabase.serviceRoleKey,
    http: createHttpClient({ connections: 8 }),
    upstream,
  });
  t.teardown(async () => {
    await reader.close();
    await supabase.close();
  });
  const settings = { reader, timezone: 'Asia/Jakarta', now: () => NOW, portalName: 'SAPA', ...limits };
  const tools = createTools(settings);
  const newTurn = (fields: Partial<ToolContext> = {}): ToolContext => ({ userId, figures: new Set(), ...fields });
  return {
    supabase,
    upstream,
    reader,
    tools,
    newTurn,
    async run(name, args = {}) {
      const turn = newTurn();
      try {
        return await tools.run({ name, args }, turn);
      } finally {
        tools.release(turn);
      }
    },
  };
}
