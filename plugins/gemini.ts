import { readFileSync } from 'node:fs';
import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { connectionsFor, parseList } from '../src/config/schema.ts';
import { stackFrames } from '../src/events.ts';
import { type Answer, createAnswer, type Question } from '../src/gemini/answer.ts';
import { createGeminiClient } from '../src/gemini/client.ts';
import { createExampleQuestions } from '../src/gemini/example-questions.ts';
import { createRuleBasedAnswer } from '../src/gemini/fallback/rule-based-answer.ts';
import { createModelBreakers, type ModelBreakers } from '../src/gemini/model-breakers.ts';
import { buildModelChain, createModelFallback } from '../src/gemini/model-fallback.ts';
import { createTokenBudget } from '../src/gemini/token-budget.ts';
import { createHttpClient } from '../src/upstream/http-client.ts';

declare module 'fastify' {
  interface FastifyInstance {
    assistant: {
      answer(question: Question): Promise<Answer | 'token-budget-exceeded'>;
      examplesFor(userId: string, signal: AbortSignal): Promise<string[]>;
    };
    /** The circuit breakers of the models; as a whole open only when no model can be used. */
    gemini: ModelBreakers;
  }
}

/** Idle connections to Gemini are closed after this time, in ms: a request on one that died silently costs GEMINI_TIMEOUT_MS. */
const KEEP_ALIVE_MS = 1_000;
/** Maximum size of a response, decompressed, in bytes: many times the longest answer with its thought signatures. */
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;

/** The assistant: Gemini's models in their order, and how they are asked. */
const plugin: FastifyPluginAsync = async (app) => {
  const { config, events, now, monotonicNow, texts } = app;
  const timeoutMs = config.GEMINI_TIMEOUT_MS;
  const chain = buildModelChain([config.GEMINI_MODEL, ...parseList(config.GEMINI_FALLBACK_MODELS)]);
  const breakers = createModelBreakers({ models: chain, timeoutMs, events, monotonicNow });
  const { GEMINI_API_KEY: apiKey, GEMINI_BASE_URL: baseUrl, ASSISTANT_PROMPT_FILE: promptFile } = config;
  const connections = connectionsFor(config);
  const http = createHttpClient({ connections, keepAliveMs: KEEP_ALIVE_MS, maxResponseBytes: MAX_RESPONSE_BYTES });
  const tools = app.sapa;
  const { declarations } = tools;
  const gemini = createGeminiClient({ apiKey, baseUrl, declarations, http });
  const models = createModelFallback({ chain, gemini, breakers, timeoutMs, events });
  const facts = {
    organization: config.ORGANIZATION_NAME,
    portal: config.PORTAL_NAME,
    portalUrl: config.PORTAL_URL,
    timezone: config.APP_TIMEZONE,
    opening: promptFile ? readFileSync(promptFile, 'utf8').trim() : undefined,
  };
  const usageStore = app.store.tokenUsage;
  const tokenBudget = createTokenBudget({
    usageStore,
    limit: config.DAILY_TOKENS_PER_USER,
    timezone: config.APP_TIMEZONE,
    now,
    onError: (error) =>
      events.emit({
        type: 'turn.failed',
        name: error instanceof Error ? error.name : 'unknown',
        frames: stackFrames(error),
      }),
  });
  const answerByRules = createRuleBasedAnswer({ tools, texts });
  app.decorate('gemini', breakers);
  app.decorate('assistant', {
    answer: createAnswer({ models, tools, answerByRules, tokenBudget, facts, texts, events, now }),
    examplesFor: createExampleQuestions({ tools, texts }),
  });
  app.addHook('onClose', () => gemini.close());
};

export default fp(plugin, { name: 'gemini', dependencies: ['config', 'store', 'supabase'] });
