import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { createAttempt } from '../src/conversation/attempt.ts';
import { createDurably } from '../src/conversation/durably.ts';
import { createNotices, type Notices } from '../src/conversation/notices.ts';
import { createRunner, type Runner } from '../src/conversation/runner.ts';
import { createTakeTurn } from '../src/conversation/turn.ts';
import { createShowTyping } from '../src/conversation/typing.ts';
import { createWording } from '../src/conversation/wording.ts';
import { stackFrames } from '../src/events.ts';
import { formatForWhatsApp } from '../src/whatsapp/format.ts';
import { splitIntoParts } from '../src/whatsapp/split.ts';

declare module 'fastify' {
  interface FastifyInstance {
    conversations: Runner;
    notices: Notices;
  }
}

/** Running turns have so long to finish at shutdown, and may begin a send in the first half of it, ms. */
const DRAIN_MS = 20_000;

/** Hands the turn its parts, and runs turns from start to shutdown. */
const plugin: FastifyPluginAsync = async (app) => {
  const { config, events, inbox, sessions, users, texts, now, whatsapp, assistant } = app;
  const upstreams: Record<string, { restingMs(): number }> = {
    fonnte: app.fonnte,
    gemini: app.gemini,
    supabase: app.supabase,
  };
  const fonnteRestingMs = () => app.fonnte.restingMs();
  const notices = createNotices(texts, { maxLength: config.MAX_MESSAGE_LENGTH, timezone: config.APP_TIMEZONE });
  const idleMs = config.SESSION_TIMEOUT_MINUTES * 60_000;
  const portalHost = config.PORTAL_URL ? new URL(config.PORTAL_URL).host : '';
  const stop = new AbortController();
  const durably = createDurably(stop.signal, pause);
  const takeTurn = createTakeTurn({
    users,
    word: createWording({ answer: assistant.answer, sessions, texts, portal: config.PORTAL_NAME, idleMs, now }),
    reply: whatsapp.reply,
    showTyping: createShowTyping({
      fonnte: whatsapp,
      fonnteRestingMs,
      fonnteIsWell: () => app.fonnte.state() === 'closed',
    }),
    format: (markdown) => splitIntoParts(formatForWhatsApp(markdown, { portalHost })),
    notices,
    inbox,
    events,
    sessionLimits: { keep: config.SESSION_MAX_MESSAGES, idleMs },
    durably,
    now,
  });
  const attempt = createAttempt({
    takeTurn,
    inbox,
    events,
    apology: () => [texts.apology],
    deadlineMs: config.TURN_DEADLINE_SECONDS * 1000,
    durably,
    restingMs: (upstream) => upstreams[upstream]?.restingMs() ?? 0,
    disconnected: () => whatsapp.device() === 'disconnect',
    now,
    random: Math.random,
  });
  const runner = createRunner({
    inbox,
    attempt,
    maxConcurrent: config.MAX_CONCURRENT_TURNS,
    coalesceMs: config.COALESCE_WINDOW_MS,
    holdMs: fonnteRestingMs,
    now,
    onError: (error) =>
      events.emit({
        type: 'turn.failed',
        name: error instanceof Error ? error.name : 'unknown',
        frames: stackFrames(error),
      }),
  });
  app.decorate('notices', notices);
  app.decorate('conversations', runner);
  app.addHook('onReady', () => runner.start());
  app.addHook('preClose', async () => {
    setTimeout(() => stop.abort(), DRAIN_MS).unref();
    await runner.drain(DRAIN_MS, DRAIN_MS / 2);
    stop.abort();
  });
};

export default fp(plugin, { name: 'conversation', dependencies: ['config', 'store', 'supabase', 'gemini', 'fonnte'] });
