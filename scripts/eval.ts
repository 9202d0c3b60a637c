import { SAMPLE_USERS, sampleData } from '../sandbox/sample-data.ts';
import { startFakeSupabase } from '../sandbox/supabase.ts';
import { parseConfig } from '../src/config/load.ts';
import { parseList } from '../src/config/schema.ts';
import { createEvents } from '../src/events.ts';
import { formatForWhatsApp } from '../src/fonnte/format/format.ts';
import { createAnswer } from '../src/gemini/answer.ts';
import { createGeminiClient } from '../src/gemini/client.ts';
import { extractFigures } from '../src/gemini/grounding/text/extract-figures.ts';
import { createModelBreakers } from '../src/gemini/model-breakers.ts';
import { buildModelChain, createModelFallback } from '../src/gemini/model-fallback.ts';
import { createTokenBudget } from '../src/gemini/token-budget.ts';
import { createTools, type Tools } from '../src/gemini/tools/tools.ts';
import { createSupabaseReader } from '../src/supabase/client.ts';
import { texts } from '../src/texts.ts';
import { createHttpClient } from '../src/upstream/http-client.ts';
import { createUpstreamGuard } from '../src/upstream/upstream.ts';
import { everydayQuestions, valueAt } from '../test/support/everyday-questions.ts';

/** Sends the everyday questions to the real Gemini over the sample data and prints how many answers are correct. */
const apiKey = process.env.GEMINI_API_KEY || process.env.VITE_GEMINI_API_KEY;
if (!apiKey) {
  process.stdout.write('GEMINI_API_KEY belum diisi: tidak ada yang ditanyakan kepada Gemini.\n');
  process.exit(0);
}
const { GEMINI_BASE_URL: baseUrl, GEMINI_MODEL } = process.env;
const config = parseConfig({
  FONNTE_TOKEN: 'tidak-dipakai',
  WEBHOOK_SECRET_KEY: 'tidak-dipakai',
  SUPABASE_URL: 'http://127.0.0.1',
  SUPABASE_SERVICE_ROLE_KEY: 'tidak-dipakai',
  GEMINI_API_KEY: apiKey,
  GEMINI_MODEL,
});
const events = createEvents();
const now = Date.now;
const supabase = await startFakeSupabase({ tables: sampleData(new Date()) });
const upstream = createUpstreamGuard({ name: 'supabase', timeoutMs: 5000, events });
const reader = createSupabaseReader({
  url: supabase.url,
  key: supabase.serviceRoleKey,
  http: createHttpClient({ connections: 8 }),
  upstream,
});
const { APP_TIMEZONE: timezone, PORTAL_NAME: portalName } = config;
const tools = createTools({ reader, timezone, now, portalName });
const executedCalls: { name: string; result: unknown }[] = [];
const recordingTools: Tools = {
  ...tools,
  async run(call, context) {
    const outcome = await tools.run(call, context);
    executedCalls.push({ name: call.name, result: outcome.ok ? outcome.result : null });
    return outcome;
  },
};
const timeoutMs = config.GEMINI_TIMEOUT_MS;
const gemini = createGeminiClient({
  apiKey,
  baseUrl,
  declarations: tools.declarations,
  http: createHttpClient({ connections: 8 }),
});
const chain = buildModelChain([config.GEMINI_MODEL, ...parseList(config.GEMINI_FALLBACK_MODELS)]);
const breakers = createModelBreakers({ models: chain, timeoutMs, events, monotonicNow: () => performance.now() });
const models = createModelFallback({ chain, gemini, breakers, timeoutMs, events });
const usageStore = { used: () => [Promise.resolve(0)], add: () => [] };
const answer = createAnswer({
  models,
  tools: recordingTools,
  answerByRules: async () => null,
  tokenBudget: createTokenBudget({ usageStore, limit: 0, timezone: config.APP_TIMEZONE, now, onError: console.error }),
  facts: {
    organization: config.ORGANIZATION_NAME,
    portal: config.PORTAL_NAME,
    portalUrl: undefined,
    timezone: config.APP_TIMEZONE,
    opening: undefined,
  },
  formatAnswer: (markdown) => formatForWhatsApp(markdown, {}),
  texts,
  events,
  now,
});

let correct = 0;
const questions = everydayQuestions.filter(({ after }) => after === undefined);
for (const { question, calls, figures = [] } of questions) {
  executedCalls.length = 0;
  const isCorrect = await ask(question).then(
    (text) =>
      calls.every(({ name }) => executedCalls.some((call) => call.name === name)) &&
      figures.every((figure) => statesFigure(text, figure)),
    (error: unknown) => {
      process.stdout.write(`  ${error instanceof Error ? error.message : String(error)}\n`);
      return false;
    },
  );
  if (isCorrect) correct += 1;
  process.stdout.write(`${isCorrect ? '✓' : '✗'} ${question}\n`);
}
process.stdout.write(`${correct} dari ${questions.length} benar (${config.GEMINI_MODEL})\n`);
await Promise.all([gemini.close(), reader.close(), supabase.close()]);

async function ask(text: string): Promise<string> {
  const signal = AbortSignal.timeout(120_000);
  const deadlineAt = performance.now() + 120_000;
  const answered = await answer({
    userId: SAMPLE_USERS.stocked,
    name: 'Siti',
    unit: null,
    text,
    session: [],
    notes: {},
    signal,
    deadlineAt,
    isFirstTry: true,
  });
  return answered.kind === 'answered' ? answered.text : '';
}

/** Returns whether the text contains the figure from the last call of its tool, at the precision shown. */
function statesFigure(text: string, figure: string): boolean {
  const [tool = '', path = ''] = figure.split(':');
  const expected = valueAt(executedCalls.findLast(({ name }) => name === tool)?.result, path);
  return (
    expected === 0 ||
    extractFigures(text).some(({ value, precision }) => Math.abs(value - expected) <= Math.max(precision, 0.051))
  );
}
