import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { type ConversationService, createConversationService } from '../src/conversation/conversation-service.ts';

declare module 'fastify' {
  interface FastifyInstance {
    conversations: ConversationService;
  }
}

/** Accepts messages and runs their turns, from start to shutdown. */
const plugin: FastifyPluginAsync = async (app) => {
  const { config, events, texts, now, store, session, supabase, gemini, charts, fonnte, spreadsheets } = app;
  const { inbox, turns, pauses, idempotencyKeys } = store;
  const conversations = createConversationService({
    config,
    events,
    texts,
    now,
    inbox,
    turns,
    pauses,
    idempotencyKeys,
    session,
    supabase,
    gemini,
    charts,
    fonnte,
    spreadsheets,
  });
  app.decorate('conversations', conversations);
  store.onForget((number) => {
    supabase.forget(number);
    conversations.notifyNumber(number);
  });
  app.addHook('onReady', () => conversations.start());
  app.addHook('preClose', () => conversations.drain());
};

export default fp(plugin, {
  name: 'conversation',
  dependencies: ['config', 'store', 'session', 'supabase', 'gemini', 'charts', 'fonnte', 'spreadsheets'],
});
