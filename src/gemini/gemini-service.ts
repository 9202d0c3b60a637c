import { type Config, connectionsFor, parseList } from '../config/schema.ts';
import { type Events, errorName, stackFrames } from '../events.ts';
import { dayAt } from '../supabase/calendar.ts';
import type { SupabaseReader } from '../supabase/client.ts';
import type { Texts } from '../texts.ts';
import { createHttpClient } from '../upstream/http-client.ts';
import { createAnswer } from './answer.ts';
import { createGeminiClient } from './client.ts';
import { createExampleQuestions } from './example-questions.ts';
import { matchQuestions } from './fallback/question/match-intents.ts';
import { createRuleBasedAnswer } from './fallback/rule-based-answer.ts';
import { createModelBreakers, type ModelBreakers } from './model-breakers.ts';
import { buildModelChain, createModelFallback } from './model-fallback.ts';
import type { AnswerResult, Question } from './question.ts';
import { createWholeListReader, type WholeListReader } from './shown-list.ts';
import { createTokenBudget, type TokenUsageStore } from './token-budget.ts';
import { createTools, type Tools } from './tools/tools.ts';

/** Generates answers with Gemini from the user's own SAPA data. */
export interface GeminiService {
  answer(question: Question): Promise<AnswerResult>;
  exampleQuestions(userId: string, signal: AbortSignal): Promise<string[]>;
  /** Reads all rows of a list that an answer showed. */
  readWholeList: WholeListReader;
  /** Returns whether rules can answer a question without a model. */
  isCommonQuestion(text: string): boolean;
  tools: Tools;
  /** One circuit breaker per model; as a whole open only when no model can be used. */
  breaker: ModelBreakers;
  close(): Promise<void>;
}

/** Idle connections to Gemini are closed after this time, in ms: a request on one that died silently costs GEMINI_TIMEOUT_MS. */
const KEEP_ALIVE_MS = 1_000;
/** Maximum size of a response, decompressed, in bytes: many times the longest answer with its thought signatures. */
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;

/** Creates the service from the configuration. */
export function createGeminiService(options: {
  config: Config;
  texts: Texts;
  events: Events;
  reader: SupabaseReader;
  usageStore: TokenUsageStore;
  /** Opening of the system instruction; undefined: the default. */
  promptOpening: string | undefined;
  /** Formats Markdown as it is sent. */
  formatAnswer: (markdown: string) => string;
  now: () => number;
  monotonicNow: () => number;
}): GeminiService {
  const { config, texts, events, reader, formatAnswer, now } = options;
  const { APP_TIMEZONE: timezone, PORTAL_NAME: portalName } = config;
  const today = () => dayAt(now(), timezone);
  const tools = createTools({
    reader,
    timezone,
    now,
    portalName,
    onSkippedRows: (table, count) => events.emit({ type: 'rows.skipped', table, count }),
  });
  const { models, breaker, close } = createModels(options, tools);
  const answer = createAnswer({
    models,
    tools,
    answerByRules: createRuleBasedAnswer({ tools, texts, today }),
    tokenBudget: createTokenBudget({
      usageStore: options.usageStore,
      limit: config.DAILY_TOKENS_PER_USER,
      timezone,
      now,
      onError: (error) => events.emit({ type: 'turn.failed', name: errorName(error), frames: stackFrames(error) }),
    }),
    facts: {
      organization: config.ORGANIZATION_NAME,
      portal: portalName,
      portalUrl: config.PORTAL_URL,
      timezone,
      opening: options.promptOpening,
    },
    formatAnswer,
    texts,
    events,
    now,
  });
  return {
    answer,
    exampleQuestions: createExampleQuestions({ tools, texts }),
    readWholeList: createWholeListReader({ tools }),
    isCommonQuestion: (text) => matchQuestions(text, today()).length > 0,
    tools,
    breaker,
    close,
  };
}

/** Creates the models of the configuration, in their order, with one connection pool and a circuit breaker for each. */
function createModels(
  { config, events, monotonicNow }: { config: Config; events: Events; monotonicNow: () => number },
  { declarations }: Tools,
) {
  const timeoutMs = config.GEMINI_TIMEOUT_MS;
  const chain = buildModelChain([config.GEMINI_MODEL, ...parseList(config.GEMINI_FALLBACK_MODELS)]);
  const breaker = createModelBreakers({ models: chain, timeoutMs, events, monotonicNow });
  const gemini = createGeminiClient({
    apiKey: config.GEMINI_API_KEY,
    baseUrl: config.GEMINI_BASE_URL,
    declarations,
    http: createHttpClient({
      connections: connectionsFor(config),
      keepAliveMs: KEEP_ALIVE_MS,
      maxResponseBytes: MAX_RESPONSE_BYTES,
    }),
  });
  const models = createModelFallback({ chain, gemini, breakers: breaker, timeoutMs, events });
  return { models, breaker, close: gemini.close };
}
