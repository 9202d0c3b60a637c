import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import { StoreUnavailable } from '../errors.ts';
import { type Events, stackFrames } from '../events.ts';
import type { FonnteClient } from '../fonnte/client.ts';
import { formatForWhatsApp } from '../fonnte/format/format.ts';
import { repairAnswer } from '../fonnte/format/repair.ts';
import type { Media } from '../fonnte/media/media.ts';
import type { OutgoingReply } from '../fonnte/send-reply.ts';
import { splitIntoParts } from '../fonnte/split/split.ts';
import type { Answer, Question } from '../gemini/answer.ts';
import type { Inbox, SessionStore } from '../store/types.ts';
import type { Users } from '../supabase/users.ts';
import type { Texts } from '../texts.ts';
import type { UpstreamError } from '../upstream/errors.ts';
import type { UpstreamGuard } from '../upstream/upstream.ts';
import { createReplyComposer } from './compose-reply.ts';
import { createDurably } from './durably.ts';
import type { Notices } from './notices.ts';
import { createProcessTurn } from './process-turn.ts';
import { createLoopDetector } from './reply-loop.ts';
import { createRunTurn } from './run-turn.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';
import { createTypingIndicator } from './typing-indicator.ts';
import { createWaitNotice, WAIT_NOTICE_AFTER_MS } from './wait-notice.ts';

/** What conversations are held with. */
export interface ConversationDependencies {
  config: Config;
  events: Events;
  texts: Texts;
  notices: Notices;
  inbox: Inbox;
  sessions: SessionStore;
  users: Users;
  media: Media;
  answer(question: Question): Promise<Answer | 'token-budget-exceeded'>;
  examplesFor(userId: string, signal: AbortSignal): Promise<string[]>;
  whatsapp: FonnteClient & { reply(outgoing: OutgoingReply): Promise<boolean> };
  upstreams: Record<UpstreamError['upstream'], Pick<UpstreamGuard, 'openForMs' | 'state'>>;
  now: () => number;
}

/** Running turns have so long to finish at shutdown, and may begin a send in the first half of it, ms. */
const DRAIN_MS = 20_000;

/** Hands the turn its parts and the runner its turns. */
export function createConversationService(parts: ConversationDependencies): Pick<
  Scheduler,
  'start' | 'notify' | 'running' | 'unfinished'
> & {
  /** No new turn starts; resolves when the running ones have ended or were stopped. */
  drain(): Promise<void>;
} {
  const { config, inbox, texts, whatsapp, upstreams, now, events } = parts;
  const stop = new AbortController();
  const durably = createDurably(stop.signal, pause);
  const idleMs = config.SESSION_TIMEOUT_MINUTES * 60_000;
  const portalHost = config.PORTAL_URL ? new URL(config.PORTAL_URL).host : '';
  const fonnteRestingMs = () => upstreams.fonnte.openForMs();
  let isCrashing = false;
  const onError = (error: unknown) => {
    const name = error instanceof Error ? error.name : 'unknown';
    events.emit({ type: 'turn.failed', name, frames: stackFrames(error) });
  };
  const watch = createWaitNotice({ fonnte: whatsapp, inbox, text: texts.wait, patienceMs: WAIT_NOTICE_AFTER_MS });
  const fonnteIsWell = () => upstreams.fonnte.state() === 'closed';
  const takeTurn = createProcessTurn({
    ...parts,
    word: createReplyComposer({ ...parts, portal: config.PORTAL_NAME, idleMs }),
    reply: whatsapp.reply,
    showTyping: createTypingIndicator({ fonnte: whatsapp, fonnteRestingMs, fonnteIsWell }),
    patience: (turn, slot) => watch(turn, slot, onError),
    isReplyLoop: createLoopDetector({ inbox, perMinute: config.RATE_LIMIT_PER_MINUTE, now }),
    format: (markdown) =>
      splitIntoParts(formatForWhatsApp(repairAnswer(markdown), { portalHost }), { cutNotice: texts.cut }),
    sessionLimits: { keep: config.SESSION_MAX_MESSAGES, idleMs },
    durably,
  });
  const attempt = createRunTurn({
    takeTurn,
    inbox,
    events,
    apology: () => [texts.apology],
    deadlineMs: config.TURN_DEADLINE_SECONDS * 1000,
    durably,
    openForMs: (upstream) => (upstream in upstreams ? upstreams[upstream as keyof typeof upstreams].openForMs() : 0),
    disconnected: () => whatsapp.device() === 'disconnect',
    isCrashing: () => isCrashing,
    now,
    random: Math.random,
  });
  const stopListening = events.on(({ type }) => {
    // An error that no turn caught stops the service: a turn that is interrupted by it may be its cause.
    if (type === 'service.failed') isCrashing = true;
    // Writes that were rejected while the disk failed may be in the database all the same: load what is pending again.
    if (type === 'store.recovered') runner.start().catch(unlessUnavailable);
  });
  const unlessUnavailable = (error: unknown) => {
    if (!(error instanceof StoreUnavailable)) onError(error);
  };
  const { MAX_CONCURRENT_TURNS: maxConcurrent, COALESCE_WINDOW_MS: coalesceMs } = config;
  const runner = createScheduler({ inbox, attempt, maxConcurrent, coalesceMs, holdMs: fonnteRestingMs, now, onError });
  return {
    ...runner,
    async drain() {
      stopListening();
      const timer = setTimeout(() => stop.abort(), DRAIN_MS);
      await runner.drain(DRAIN_MS, DRAIN_MS / 2);
      if (!isCrashing) await inbox.releaseAll().catch(unlessUnavailable);
      clearTimeout(timer);
      stop.abort();
    },
  };
}
