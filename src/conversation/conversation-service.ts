import type { ChartRenderer } from '../charts/renderer.ts';
import type { Config } from '../config/schema.ts';
import { type ConversationKey, senderOf, toConversationKey } from '../conversation-key.ts';
import { ignoreStoreUnavailable } from '../errors.ts';
import { type Events, errorName, stackFrames } from '../events.ts';
import type { FonnteDevice } from '../fonnte/device.ts';
import type { DeviceRegistry } from '../fonnte/device-registry.ts';
import type { Media } from '../fonnte/media/media.ts';
import type { GeminiService } from '../gemini/gemini-service.ts';
import type { PhoneNumber } from '../phone.ts';
import type { SessionService } from '../session/session.ts';
import type { Spreadsheets } from '../spreadsheets/spreadsheets.ts';
import type { Turn } from '../store/records.ts';
import type { IdempotencyKeys, Inbox, Pauses, Turns } from '../store/types.ts';
import type { Users } from '../supabase/users.ts';
import type { Texts } from '../texts.ts';
import type { Fingerprint } from '../types.ts';
import type { Breaker } from '../upstream/upstream.ts';
import { type AcceptResult, createAcceptMessage, type ReceivedMessage } from './accept/accept-message.ts';
import { createManualSend, type SendManually } from './accept/manual-send.ts';
import { createNotices } from './accept/notices.ts';
import { createLoopDetector } from './accept/reply-loop.ts';
import { createTakeover } from './pauses.ts';
import { createChartReplies } from './reply/chart-reply.ts';
import { createReplyComposer } from './reply/compose-reply.ts';
import { createListDownload } from './reply/list-download.ts';
import { createCoalescing } from './schedule/coalescing.ts';
import { createScheduler } from './schedule/scheduler.ts';
import { joinQuestion, selectMessages } from './schedule/select-messages.ts';
import { createStoreRetry } from './store-retry.ts';
import { createMoveToDeadLetters } from './turn/move-to-dead-letters.ts';
import { createTurnPhases } from './turn/process-turn.ts';
import { createProgressNotice } from './turn/progress-notice.ts';
import { createRunTurn } from './turn/run-turn.ts';
import { createTypingIndicator } from './turn/typing-indicator.ts';
import { createUnavailableNotice } from './turn/unavailable-notice.ts';
import { createWaitNotice } from './turn/wait-notice.ts';

/** The services that conversations use, under the names of their decorators. */
export interface ConversationDependencies {
  config: Config;
  events: Events;
  texts: Texts;
  now: () => number;
  inbox: Inbox;
  turns: Turns;
  pauses: Pauses;
  idempotencyKeys: IdempotencyKeys;
  session: SessionService;
  supabase: Users & { breaker: Breaker };
  gemini: Omit<GeminiService, 'tools' | 'close'>;
  charts: ChartRenderer;
  fonnte: Pick<DeviceRegistry, 'devices' | 'deviceOf' | 'reply'> & { format(markdown: string): string; media: Media };
  spreadsheets: Spreadsheets;
}

export interface ConversationService {
  /** Decides whether a message is accepted; it is durable before `accepted` is returned. @throws StoreUnavailable */
  accept(message: ReceivedMessage, fingerprint: Fingerprint): Promise<AcceptResult>;
  /** Schedules the turns that an earlier process left. */
  start(): Promise<void>;
  /** Schedules a conversation whose pending work was changed by an operator. */
  notify(conversation: ConversationKey): void;
  /** Schedules the conversations of a phone number with all devices. */
  notifyNumber(phone: PhoneNumber): void;
  /** Pauses a conversation for some minutes: the running turn is completed, then the assistant is silent. @throws StoreUnavailable */
  pause(conversation: ConversationKey, minutes: number): Promise<void>;
  /** Ends a pause; messages that were received while paused are answered only with `answer`. @throws StoreUnavailable */
  resume(conversation: ConversationKey, options: { answer: boolean }): Promise<void>;
  /** Sends a message of an operator. */
  sendManually: SendManually;
  /** Running turns. */
  running(): number;
  /** Conversations with work that is not done. */
  unfinished(): number;
  /** Starts no new turn; resolves when the running turns have ended or were stopped. */
  drain(): Promise<void>;
}

/** Time for running turns at shutdown, ms; a send may start in the first half only. */
const DRAIN_MS = 20_000;

/** Wires the acceptance of messages, the scheduler and the processing of a turn. */
export function createConversationService(dependencies: ConversationDependencies): ConversationService {
  const { config, events, texts, now, inbox, turns, session, supabase, gemini, fonnte, spreadsheets } = dependencies;
  const stop = new AbortController();
  const withStoreRetry = createStoreRetry(stop.signal);
  const { deviceOf } = fonnte;
  let isCrashing = false;
  const reportError = (error: unknown) => {
    events.emit({ type: 'turn.failed', name: errorName(error), frames: stackFrames(error) });
  };

  const breakerOf = (upstream: string, turn: Turn): Breaker | null => {
    if (upstream === 'fonnte') return deviceOf(turn).breaker;
    return upstream === 'supabase' ? supabase.breaker : upstream === 'gemini' ? gemini.breaker : null;
  };
  /** Each device has its own probes of its circuit breaker. */
  const typingIndicators = new Map(fonnte.devices.map((device) => [device, createTypingIndicator({ fonnte: device })]));
  const typingIndicatorOf = (device: FonnteDevice) =>
    typingIndicators.get(device) ?? createTypingIndicator({ fonnte: device });

  const notices = createNotices(texts, {
    inbox,
    maxLength: config.MAX_MESSAGE_LENGTH,
    isQuotaReserved: (sender) => deviceOf({ sender }).isQuotaReserved(),
    events,
  });
  const moveToDeadLetters = createMoveToDeadLetters({ turns, events, withStoreRetry, now });
  const progressNotice = createProgressNotice({ deviceOf, turns });
  const phases = createTurnPhases({
    supabase,
    fonnte,
    session,
    inbox,
    turns,
    notices,
    events,
    texts,
    now,
    coalesce: createCoalescing({
      turns,
      windowMs: config.COALESCE_WINDOW_MS,
      withStoreRetry,
      events,
      reportError,
      now,
    }),
    composeReply: createReplyComposer({
      gemini,
      fonnte,
      session,
      downloadList: createListDownload({ gemini, deviceOf, spreadsheets, texts, events }),
      charts: createChartReplies({ charts: dependencies.charts, deviceOf, texts, events }),
      texts,
      withUnavailableNotice: createUnavailableNotice({ progressNotice, gemini, text: texts.unavailable, reportError }),
      portal: config.PORTAL_NAME,
      now,
    }),
    showTyping: (turn) => typingIndicatorOf(deviceOf(turn))(senderOf(turn.sender)),
    startWaitNotice: createWaitNotice({ progressNotice, text: texts.wait, reportError }),
    isReplyLoop: createLoopDetector({ turns, perMinute: config.RATE_LIMIT_PER_MINUTE, now }),
    format: fonnte.format,
    moveToDeadLetters,
    withStoreRetry,
  });
  const runTurn = createRunTurn({
    phases,
    moveToDeadLetters,
    turns,
    events,
    apology: texts.apology,
    deadlineMs: config.TURN_DEADLINE_SECONDS * 1000,
    withStoreRetry,
    // An error of this service itself has no circuit breaker.
    openForMs: (upstream, turn) => breakerOf(upstream, turn)?.openForMs() ?? 0,
    isDisconnected: (turn) => deviceOf(turn).device() === 'disconnect',
    isCrashing: () => isCrashing,
    now,
    random: Math.random,
  });
  const scheduler = createScheduler({
    turns,
    runTurn,
    maxConcurrent: config.MAX_CONCURRENT_TURNS,
    needsNoModel(waiting) {
      const next = selectMessages(waiting);
      return next !== null && (next.kind === 'command' || gemini.isCommonQuestion(joinQuestion(next.messages)));
    },
    recordHeld: (conversation) => takeover.recordHeld(conversation),
    sendBlockedForMs: (sender) => deviceOf({ sender }).breaker.openForMs(),
    now,
    reportError,
  });
  const takeover = createTakeover({
    pauses: dependencies.pauses,
    session,
    inbox,
    maxEntries: config.SESSION_MAX_MESSAGES,
    notify: scheduler.notify,
    events,
    now,
  });
  const stopListening = events.on(({ type }) => {
    // An error that no turn caught stops the service: a turn that it interrupts may be its cause.
    if (type === 'service.failed') isCrashing = true;
    // Writes rejected while the disk failed may still be in the database: reload the pending turns.
    if (type === 'store.recovered') scheduler.start().catch(ignoreStoreUnavailable).catch(reportError);
  });

  return {
    accept: createAcceptMessage({
      inbox,
      supabase,
      notices,
      events,
      limits: {
        perMinute: config.RATE_LIMIT_PER_MINUTE,
        maxLength: config.MAX_MESSAGE_LENGTH,
        maxPending: config.MAX_INBOX,
      },
      now,
      hasFreeSlot: scheduler.hasFreeSlot,
      notify: scheduler.notify,
    }),
    start: scheduler.start,
    notify: scheduler.notify,
    pause: takeover.pause,
    resume: takeover.resume,
    notifyNumber(phone) {
      // Records from the time of a single device have a key without a device.
      const devices = new Set([null, ...fonnte.devices.map((device) => device.number)]);
      for (const device of devices) scheduler.notify(toConversationKey(phone, device));
    },
    sendManually: createManualSend({ session, idempotencyKeys: dependencies.idempotencyKeys, events, now }),
    running: scheduler.running,
    unfinished: scheduler.unfinished,
    async drain() {
      stopListening();
      const timer = setTimeout(() => stop.abort(), DRAIN_MS);
      await scheduler.drain(DRAIN_MS, DRAIN_MS / 2);
      if (!isCrashing) await turns.releaseAll().catch(ignoreStoreUnavailable).catch(reportError);
      clearTimeout(timer);
      stop.abort();
    },
  };
}
