import { AsyncLocalStorage } from 'node:async_hooks';
import { type ConversationKey, maskConversation } from './conversation-key.ts';
import type { PhoneNumber } from './phone.ts';

export const UPSTREAMS = ['supabase', 'gemini', 'fonnte'] as const;
export type UpstreamName = (typeof UPSTREAMS)[number];
export type BreakerState = 'closed' | 'open' | 'half-open';
/** `disabled`: Google answered 404. `open` and `half-open`: the model's circuit breaker. */
export type ModelStatus = 'ok' | 'half-open' | 'open' | 'disabled';
/** The state of our WhatsApp device, as reported by FONNTE. */
export type DeviceStatus = 'unknown' | 'connect' | 'disconnect';
/** The device that an event is about: its position in FONNTE_TOKEN, from 1; without `device`, the only device. */
export interface DeviceLabel {
  device?: number;
}
/** The conditions for which operators receive alerts. */
export const ALERT_KINDS = [
  'device-disconnected',
  'quota-low',
  'package-expiring',
  'token-rejected',
  'dead-letter',
  'supabase-down',
  'gemini-down',
  'fonnte-down',
  'inbox-late',
  'inactivity',
  'ambiguous-user',
  'store-failed',
  'store-quarantined',
  'clock',
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];
/** Replies with a fixed text. */
export const NOTICE_KINDS = [
  'not-linked',
  'not-approved',
  'too-long',
  'rate-limited',
  'token-budget-exceeded',
  'reply-loop',
] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];
/** Why a webhook call is not a message of a person. */
export const IGNORED_REASONS = [
  'empty',
  'device-status',
  'message-status',
  'group',
  'self',
  'not-a-phone-number',
  'stale',
  'unknown-event',
] as const;
export type IgnoredReason = (typeof IGNORED_REASONS)[number];
/** Why a message was not accepted: codes of error responses. */
export const REFUSAL_CODES = [
  'RATE_LIMITED',
  'MESSAGE_TOO_LONG',
  'NOT_LINKED',
  'NOT_APPROVED',
  'INBOX_UNAVAILABLE',
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];
/** Outcomes of a message in `GET /api/conversations/:phone`. Those in capitals say why a message was refused or not answered. */
export const OUTCOMES = [
  'accepted',
  'answered',
  'dead-lettered',
  ...NOTICE_KINDS,
  'owner-changed',
  'paused',
  'quota-reserved',
  'NOT_LINKED',
  'NOT_APPROVED',
  'RATE_LIMITED',
  'MESSAGE_TOO_LONG',
  'TOKEN_BUDGET_EXCEEDED',
  'REPLY_LOOP',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/**
 * Every event that the service emits. Events contain no personal data: conversations appear as masked numbers, texts and
 * names never. Durations are in ms.
 */
export type ServiceEvent =
  | { type: 'service.started'; version: string; pending: number }
  | { type: 'service.stopping'; reason: string }
  | { type: 'service.failed'; name: string; frames: string }
  | { type: 'service.stopped'; unfinished: number }
  | { type: 'request.completed'; method: string; route: string; status: number; durationMs: number }
  | { type: 'request.failed'; name: string; code: string; frames: string }
  | { type: 'message.accepted'; seq: number; waitedForIdentity: boolean }
  /** Messages of a paused conversation were added to the session; `waiting`: how many wait for its end. */
  | { type: 'message.held'; waiting: number }
  | { type: 'message.duplicate' }
  | { type: 'message.refused'; code: RefusalCode; notice: 'queued' | 'suppressed' | 'none' }
  | { type: 'notice.suppressed'; notice: NoticeKind }
  | { type: 'webhook.ignored'; reason: IgnoredReason }
  | { type: 'auth.failed'; code: string }
  | ({ type: 'device.status'; status: 'connect' | 'disconnect' } & DeviceLabel)
  | ({ type: 'device.checked'; status: DeviceStatus; quota: number | null; daysLeft: number | null } & DeviceLabel)
  | { type: 'delivery.status'; status: string }
  /** Whether our clock agrees with the timestamps of FONNTE's calls; `hours`: the difference. */
  | { type: 'clock.checked'; state: 'ok' | 'ahead' | 'behind'; hours: number }
  | {
      type: 'user.identified';
      linked: boolean;
      approved: boolean;
      matches: number;
      durationMs: number;
    }
  | { type: 'user.ambiguous'; matches: number }
  /** More accounts resemble a number than one look-up reads; `matches` of those that were read have this number. */
  | { type: 'user.lookup-incomplete'; matches: number }
  | ({
      type: 'upstream.called';
      upstream: UpstreamName;
      operation: string;
      outcome: RequestOutcome;
      /** The label of a rejection; `none` for any other outcome. */
      reason: string;
      durationMs: number;
    } & DeviceLabel)
  /** With `model`: the breaker of that model. Without: the upstream as a whole. */
  | ({ type: 'breaker.changed'; upstream: UpstreamName; model?: string; state: BreakerState } & DeviceLabel)
  | {
      type: 'model.called';
      model: string;
      outcome: string;
      durationMs: number;
      /** The model that answered, and its finish reason; empty without an answer. */
      responseModel: string;
      finishReason: string;
      /** Prompt tokens, without those from the prompt cache (`tokensCached`). */
      tokensIn: number;
      tokensCached: number;
      tokensOut: number;
      tokensThought: number;
    }
  | { type: 'model.disabled'; model: string; untilMs: number }
  | { type: 'tool.called'; tool: string; ok: boolean; durationMs: number }
  | { type: 'tool.prefetched'; tool: string; outcome: 'ok' | 'failed' | 'slow'; durationMs: number }
  | { type: 'media.fetched'; outcome: string; bytes: number; durationMs: number }
  | { type: 'answer.checked'; grounded: number; ungrounded: number; correctionRequested: boolean }
  | { type: 'answer.rule-based'; reason: string; intent: string }
  /** `total`: matches of the list; more than `rows` if the file does not contain all of them. */
  | { type: 'spreadsheet.created'; list: string; rows: number; total: number; bytes: number; durationMs: number }
  | { type: 'spreadsheet.failed'; reason: string; name: string; frames: string }
  | { type: 'turn.started'; kind: string; seqs: number[]; attempt: number; waitedMs: number }
  /** The user of a turn was looked up; `outcome`: `linked`, why there is no user, or `failed`. */
  | { type: 'turn.identified'; outcome: string; durationMs: number }
  /** Messages joined a running turn, whose answer is requested again; `seqs`: all its messages. */
  | { type: 'turn.joined'; seqs: number[] }
  | { type: 'turn.reply-stored'; characters: number; parts: number }
  | { type: 'turn.retrying'; delayMs: number; upstream: string; reason: string }
  | { type: 'turn.postponed'; reason: string }
  | { type: 'turn.finished'; outcome: string; durationMs: number }
  | { type: 'turn.dropped'; reason: string }
  | { type: 'turn.dead-lettered'; upstream: string; reason: string; hasReply: boolean }
  | { type: 'turn.failed'; name: string; frames: string }
  | ({ type: 'part.sent'; part: number; of: number; durationMs: number } & DeviceLabel)
  | { type: 'part.uncertain'; part: number; of: number }
  | { type: 'chart.rendered'; kind: string; bytes: number; durationMs: number }
  /** The chart is sent as text. */
  | { type: 'chart.failed'; kind: string; name: string; frames: string }
  /** FONNTE cannot send a file of a reply: its text was sent. */
  | { type: 'file.replaced'; mediaType: string; reason: 'package' | 'lost' | 'rejected' }
  | ({ type: 'send.manual'; outcome: string } & DeviceLabel)
  | { type: 'admin.acted'; name: string; action: string }
  | { type: 'alert.sent'; kind: AlertKind; state: 'firing' | 'resolved' }
  | { type: 'alert.check-failed'; name: string; frames: string }
  | { type: 'alert.failed'; kind: AlertKind; channel: 'whatsapp' | 'webhook'; reason: string }
  | { type: 'rows.skipped'; table: string; count: number }
  | { type: 'store.failed'; operation: string; code: string }
  | { type: 'store.recovered' }
  | { type: 'store.quarantined'; file: string }
  | { type: 'store.pruned'; rows: number };

/** Result of a request to an upstream. `rejected`: an error response; `breaker-open`: no request was sent. */
export const REQUEST_OUTCOMES = ['ok', 'rejected', 'timeout', 'network', 'aborted', 'breaker-open'] as const;
export type RequestOutcome = (typeof REQUEST_OUTCOMES)[number];

/** Fields that connect the events of one request or one turn. `conversation` is a masked number, or two with several devices. */
export interface EventContext {
  requestId?: string;
  turnId?: string;
  /** The trace of the turn; only while traces are recorded. */
  traceId?: string;
  conversation?: string;
}

export type EventRecord = ServiceEvent & EventContext & { at: number };
export type Listener = (event: EventRecord) => void;

export interface Events {
  /** Calls every listener with the event and the context of the enclosing `runWithContext`. */
  emit(event: ServiceEvent & EventContext): void;
  /** Registers a listener. @returns a function that removes it */
  on(listener: Listener): () => void;
  /** Runs `work` and adds `context` (instead of an outer one) to every event that it emits, across awaits. */
  runWithContext<T>(context: EventContext, work: () => T): T;
}

/** Creates the event emitter of a service. A listener must not throw, because `emit` would throw too. */
export function createEvents(now: () => number = Date.now): Events {
  const listeners = new Set<Listener>();
  const contexts = new AsyncLocalStorage<EventContext>();
  return {
    emit(event) {
      const record = { ...event, ...contexts.getStore(), at: now() };
      for (const listener of listeners) listener(record);
    },
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    runWithContext: (context, work) => contexts.run(context, work),
  };
}

/** Returns the name of an error for events. Its message is left out, because it may quote a user. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}

/** Returns at most eight stack frames of an error, without its message (which may quote a user). */
export function stackFrames(error: unknown): string {
  if (!(error instanceof Error) || !error.stack) return '';
  const frames = error.stack.split('\n').filter((line) => /^\s+at /.test(line));
  return frames
    .slice(0, 8)
    .map((line) => line.trim())
    .join(' | ');
}

/** Returns a context with the masked numbers of a conversation. */
export function maskedContext(conversation: ConversationKey | PhoneNumber, context: EventContext = {}): EventContext {
  return { ...context, conversation: maskConversation(conversation) };
}
