import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { createConversationService } from '../src/conversation/conversation-service.ts';
import { createNotices, type Notices } from '../src/conversation/notices.ts';

declare module 'fastify' {
  interface FastifyInstance {
    conversations: ReturnType<typeof createConversationService>;
    notices: Notices;
  }
}

/** Runs turns from start to shutdown. */
const plugin: FastifyPluginAsync = async (app) => {
  const { config, events, inbox, sessions, users, media, texts, now, whatsapp, assistant, fonnte, gemini, supabase } =
    app;
  const notices = createNotices(texts, {
    maxLength: config.MAX_MESSAGE_LENGTH,
    isQuotaReserved: whatsapp.isQuotaReserved,
    events,
  });
  const conversations = createConversationService({
    config,
    events,
    texts,
    notices,
    inbox,
    sessions,
    users,
    media,
    answer: assistant.answer,
    examplesFor: assistant.examplesFor,
    whatsapp,
    upstreams: { fonnte, gemini, supabase },
    now,
  });
  app.decorate('notices', notices);
  app.decorate('conversations', conversations);
  app.addHook('onReady', () => conversations.start());
  app.addHook('preClose', () => conversations.drain());
};

export default fp(plugin, {
  name: 'conversation',
  dependencies: ['config', 'store', 'supabase', 'gemini', 'fonnte', 'media'],
});
