import { readFileSync } from 'node:fs';
import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { createGeminiService, type GeminiService } from '../src/gemini/gemini-service.ts';

declare module 'fastify' {
  interface FastifyInstance {
    gemini: GeminiService;
  }
}

/** Answers questions with Gemini, or by rules. */
const plugin: FastifyPluginAsync = async (app) => {
  const { config, texts, events, now, monotonicNow, store, supabase, fonnte } = app;
  const promptFile = config.ASSISTANT_PROMPT_FILE;
  const gemini = createGeminiService({
    config,
    texts,
    events,
    reader: supabase.reader,
    usageStore: store.tokenUsage,
    promptOpening: promptFile ? readFileSync(promptFile, 'utf8').trim() : undefined,
    formatAnswer: fonnte.format,
    now,
    monotonicNow,
  });
  app.decorate('gemini', gemini);
  app.addHook('onClose', () => gemini.close());
};

export default fp(plugin, { name: 'gemini', dependencies: ['config', 'lifecycle', 'store', 'supabase', 'fonnte'] });
