import type { Test } from 'tap';
import { SAMPLE_USERS, sampleData } from '../../../../sandbox/sample-data.ts';
import { type FakeSupabase, startFakeSupabase } from '../../../../sandbox/supabase.ts';
import { createEvents } from '../../../../src/events.ts';
import { createRuleBasedAnswer } from '../../../../src/gemini/fallback/rule-based-answer.ts';
import { describeSources } from '../../../../src/gemini/grounding/evidence.ts';
import { extractFigures } from '../../../../src/gemini/grounding/text/extract-figures.ts';
import type { ToolEvidence } from '../../../../src/gemini/tools/results.ts';
import { createTools, type Tools } from '../../../../src/gemini/tools/tools.ts';
import { createSupabaseReader } from '../../../../src/supabase/client.ts';
import { texts } from '../../../../src/texts.ts';
import type { SessionNotes } from '../../../../src/types.ts';
import { createHttpClient } from '../../../../src/upstream/http-client.ts';
import { createUpstreamGuard } from '../../../../src/upstream/upstream.ts';

/** Tuesday, 10:00 in Jakarta. */
export const NOW = new Date('2026-11-24T03:00:00Z');
export const TODAY = '2026-11-24';

/** A tool call with its result; null if it failed. */
export interface ExecutedCall {
  name: string;
  args: Record<string, unknown>;
  result: unknown;
}

/** Starts the rules over a fake Supabase. */
export async function startRuleBasedAnswer(t: Test, tables: object = sampleData(NOW)) {
  const supabase: FakeSupabase = await startFakeSupabase({ tables });
  const upstream = createUpstreamGuard({ name: 'supabase', timeoutMs: 5000, events: createEvents() });
  const reader = createSupabaseReader({
    url: supabase.url,
    key: supabase.serviceRoleKey,
    http: createHttpClient({ connections: 8 }),
    upstream,
  });
  t.teardown(() => Promise.all([reader.close(), supabase.close()]));
  const real = createTools({
    reader,
    timezone: 'Asia/Jakarta',
    now: () => NOW.getTime(),
    portalName: 'SAPA',
  });
  const calls: ExecutedCall[] = [];
  const tools: Tools = {
    ...real,
    async run(call, context) {
      const outcome = await real.run(call, context);
      calls.push({ ...call, args: call.args as ExecutedCall['args'], result: outcome.ok ? outcome.result : null });
      return outcome;
    },
  };
  const answerByRules = createRuleBasedAnswer({ tools, texts, today: () => TODAY });
  const ask = async (text: string, lists: ToolEvidence[] = [], userId: string = SAMPLE_USERS.stocked) => {
    calls.length = 0;
    const evidence: ToolEvidence[] = [];
    const figures = new Set(extractFigures(text).map(({ value }) => value));
    const sources = describeSources({ calls: lists } as unknown as SessionNotes, texts);
    const found = await answerByRules({ text, lists, sources, context: { userId, figures, evidence } });
    return { found, evidence, calls: [...calls] };
  };
  return { supabase, ask };
}
