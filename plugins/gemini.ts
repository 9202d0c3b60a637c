import { readFileSync } from 'node:fs';
import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { connectionsFor, parseList } from '../src/config/schema.ts';
import { errorName, stackFrames } from '../src/events.ts';
import { createAnswer } from '../src/gemini/answer.ts';
import { createGeminiClient } from '../src/gemini/client.ts';
import { createExampleQuestions } from '../src/gemini/example-questions.ts';
import { matchQuestions } from '../src/gemini/fallback/match-intents.ts';
import { createRuleBasedAnswer } from '../src/gemini/fallback/rule-based-answer.ts';
import type { GeminiService } from '../src/gemini/gemini-service.ts';
import { createWholeListReader } from '../src/gemini/last-list.ts';
import { createModelBreakers } from '../src/gemini/model-breakers.ts';
import { buildModelChain, createModelFallback } from '../src/gemini/model-fallback.ts';
import { createTokenBudget } from '../src/gemini/token-budget.ts';
import { createTools } from '../src/gemini/tools/tools.ts';
import { dayAt } from '../src/supabase/calendar.ts';
import { createHttpClient } from '../src/upstream/http-client.ts';

declare module 'fastify' {
  interface FastifyInstance {
    gemini: GeminiService;
  }
}

/** Idle connections to Gemini are closed after this time, in ms: a request on one that died silently costs GEMINI_TIMEOUT_MS. */
const KEEP_ALIVE_MS = 1_000;
/** Maximum size of a response, decompressed, in bytes: many times the longest answer with its thought signatures. */
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;

const plugin: FastifyPluginAsync = async (app) => {
  const { config, events, now, monotonicNow, texts, store, supabase, fonnte } = app;
  const { APP_TIMEZONE: timezone, PORTAL_NAME: portalName, GEMINI_TIMEOUT_MS: timeoutMs } = config;
  const today = () => dayAt(now(), timezone);
  const tools = createTools({
    reader: supabase.reader,
    timezone,
    now,
    portalName,
    onSkippedRows: (table, count) => events.emit({ type: 'rows.skipped', table, count }),
  });
  const chain = buildModelChain([config.GEMINI_MODEL, ...parseList(config.GEMINI_FALLBACK_MODELS)]);
  const breakers = createModelBreakers({ models: chain, timeoutMs, events, monotonicNow });
  const gemini = createGeminiClient({
    apiKey: config.GEMINI_API_KEY,
    baseUrl: config.GEMINI_BASE_URL,
    declarations: tools.declarations,
    http: createHttpClient({
      connections: connectionsFor(config),
      keepAliveMs: KEEP_ALIVE_MS,
      maxResponseBytes: MAX_RESPONSE_BYTES,
    }),
  });
  const promptFile = config.ASSISTANT_PROMPT_FILE;
  const answer = createAnswer({
    models: createModelFallback({ chain, gemini, breakers, timeoutMs, events }),
    tools,
    answerByRules: createRuleBasedAnswer({ tools, texts, today }),
    tokenBudget: createTokenBudget({
      usageStore: store.tokenUsage,
      limit: config.DAILY_TOKENS_PER_USER,
      timezone,
      now,
      onError: (error) =>
        events.emit({
          type: 'turn.failed',
          name: errorName(error),
          frames: stackFrames(error),
        }),
    }),
    facts: {
      organization: config.ORGANIZATION_NAME,
      portal: portalName,
      portalUrl: config.PORTAL_URL,
      timezone,
      opening: promptFile ? readFileSync(promptFile, 'utf8').trim() : undefined,
    },
    formatAnswer: fonnte.format,
    texts,
    events,
    now,
  });
  app.decorate('gemini', {
    answer,
    exampleQuestions: createExampleQuestions({ tools, texts }),
    readWholeList: createWholeListReader({ tools }),
    isCommonQuestion: (text) => matchQuestions(text, today()).length > 0,
    tools,
    breaker: breakers,
  });
  app.addHook('onClose', () => gemini.close());
};

export default fp(plugin, { name: 'gemini', dependencies: ['config', 'lifecycle', 'store', 'supabase', 'fonnte'] });
