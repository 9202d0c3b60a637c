import type { Test } from 'tap';
import type { Tables } from '../../../sandbox/sapa-schema.ts';
import { type SupabaseStandIn, startSupabase } from '../../../sandbox/supabase.ts';
import { createEvents } from '../../../src/events.ts';
import { createReportParser } from '../../../src/supabase/reports/parser.ts';
import { createSapaReader } from '../../../src/supabase/client.ts';
import { createSapaTools, type SapaTools, type ToolOutcome, type ToolTurn } from '../../../src/gemini/tools/tools.ts';
import { createHttpClient } from '../../../src/upstream/http-client.ts';
import { createUpstream, type Upstream } from '../../../src/upstream/upstream.ts';
import { NOW } from './sapa-rows.ts';

/** The tools of the service, with what they read from. */
export interface ToolsOverHttp {
  supabase: SupabaseStandIn;
  upstream: Upstream;
  tools: SapaTools;
  newTurn(fields?: Partial<ToolTurn>): ToolTurn;
  /** Runs one call in a turn of its own. */
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
  const supabase = await startSupabase({ tables, compress });
  const upstream = createUpstream({ name: 'supabase', timeoutMs: 30_000, events: createEvents(), failuresToOpen });
  const reader = createSapaReader({
    url: supabase.url,
    key: supabase.serviceRoleKey,
    http: createHttpClient({ connections: 8 }),
    upstream,
  });
  const parser = createReportParser();
  t.teardown(async () => {
    await Promise.all([reader.close(), parser.close()]);
    await supabase.close();
  });
  const settings = { reader, parser, timezone: 'Asia/Jakarta', now: () => NOW, portalName: 'SAPA', ...limits };
  const tools = createSapaTools(settings);
  const newTurn = (fields: Partial<ToolTurn> = {}): ToolTurn => ({ userId, figures: new Set(), ...fields });
  return {
    supabase,
    upstream,
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
