import { AsyncLocalStorage } from 'node:async_hooks';
import { maskPhone } from './phone.ts';

export type UpstreamName = 'supabase' | 'gemini' | 'fonnte';
export type BreakerState = 'closed' | 'open' | 'half-open';
/** `disabled`: Google answered 404. `open` and `half-open`: the model's circuit breaker. */
export type ModelStatus = 'ok' | 'half-open' | 'open' | 'disabled';
/** Our WhatsApp device, as FONNTE tells of it. */
export type DeviceStatus = 'unknown' | 'connect' | 'disconnect';
/** The conditions that operators are alerted to. */
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
/** What can become of a message, as `GET /api/conversations/:phone` lists it. In capitals: the code of an error response. */
export const OUTCOMES = [
  'accepted',
  'answered',
  'dead',
  ...NOTICE_KINDS,
  'owner-changed',
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
 * Everything worth telling, as one union. Free of personal data at its source: a conversation appears as its masked
 * number, texts and names never. Durations are milliseconds.
 */
export type ServiceEvent =
  | { type: 'service.started'; version: string; pending: number }
  | { type: 'service.stopping'; reason: string }
  | { type: 'service.failed'; name: string; frames: string }
  | { type: 'service.stopped'; unfinished: number }
  | { type: 'request.completed'; method: string; route: string; status: number; durationMs: number }
  | { type: 'request.failed'; name: string; code: string; frames: string }
  | { type: 'message.accepted'; seq: number; waitedForIdentity: boolean }
  | { type: 'message.duplicate' }
  | { type: 'message.refused'; code: string; notice: 'queued' | 'suppressed' | 'none' }
  | { type: 'notice.suppressed'; notice: NoticeKind }
  | { type: 'webhook.ignored'; reason: string }
  | { type: 'auth.failed'; code: string }
  | { type: 'device.status'; status: 'connect' | 'disconnect' }
  | { type: 'device.checked'; status: DeviceStatus; quota: number | null; daysLeft: number | null }
  | { type: 'delivery.status'; status: string }
  /** Whether our clock agrees with the times in FONNTE's calls; `hours`: by how much it is ahead or behind. */
  | { type: 'clock.checked'; state: 'ok' | 'ahead' | 'behind'; hours: number }
  | {
      type: 'user.identified';
      linked: boolean;
      approved: boolean;
      matches: number;
      durationMs: number;
    }
  | { type: 'user.ambiguous'; matches: number }
  /** More accounts resemble a number than can be read; `matches` of those that were read are its own. */
  | { type: 'user.lookup-incomplete'; matches: number }
  | {
      type: 'upstream.called';
      upstream: UpstreamName;
      operation: string;
      outcome: RequestOutcome;
      /** The label of a rejection; `none` for every other outcome. */
      reason: string;
      durationMs: number;
    }
  /** With `model`: the breaker of that model; without: the upstream as a whole. */
  | { type: 'breaker.changed'; upstream: UpstreamName; model?: string; state: BreakerState }
  | {
      type: 'model.called';
      model: string;
      outcome: string;
      durationMs: number;
      tokensIn: number;
      tokensOut: number;
      tokensThought: number;
    }
  | { type: 'model.disabled'; model: string; untilMs: number }
  | { type: 'tool.called'; tool: string; ok: boolean; durationMs: number }
  | { type: 'media.fetched'; outcome: string; bytes: number; durationMs: number }
  | { type: 'answer.checked'; grounded: number; ungrounded: number; askedAgain: boolean }
  | { type: 'answer.rule-based'; why: string; intent: string }
  | { type: 'turn.started'; kind: string; seqs: number[]; attempt: number; waitedMs: number }
  | { type: 'turn.reply-stored'; characters: number; parts: number }
  | { type: 'turn.retrying'; delayMs: number; upstream: string; reason: string }
  | { type: 'turn.postponed'; reason: string }
  | { type: 'turn.finished'; outcome: string; durationMs: number }
  | { type: 'turn.dropped'; reason: string }
  | { type: 'turn.dead-lettered'; upstream: string; reason: string; hasReply: boolean }
  | { type: 'turn.failed'; name: string; frames: string }
  | { type: 'part.sent'; part: number; of: number; durationMs: number }
  | { type: 'part.uncertain'; part: number; of: number }
  | { type: 'send.manual'; outcome: string }
  | { type: 'admin.acted'; name: string; action: string }
  | { type: 'alert.sent'; kind: AlertKind; state: 'firing' | 'resolved' }
  | { type: 'alert.check-failed'; name: string; frames: string }
  | { type: 'alert.failed'; kind: AlertKind; channel: 'whatsapp' | 'webhook'; reason: string }
  | { type: 'rows.skipped'; table: string; count: number }
  | { type: 'report.parse-failed'; reason: string }
  | { type: 'store.failed'; operation: string; code: string }
  | { type: 'store.recovered' }
  | { type: 'store.quarantined'; file: string }
  | { type: 'store.pruned'; rows: number };

/** Result of a request to an upstream. `rejected`: an error response; `breaker-open`: no request was sent. */
export type RequestOutcome = 'ok' | 'rejected' | 'timeout' | 'network' | 'aborted' | 'breaker-open';

/** What ties events of one call or one turn together. `conversation` is a masked number. */
export interface EventContext {
  requestId?: string;
  turnId?: string;
  conversation?: string;
}

export type EventRecord = ServiceEvent & EventContext & { at: number };
export type Listener = (occurrence: EventRecord) => void;

export interface Events {
  /** Tells every listener; the context of the enclosing `within` is added. */
  emit(event: ServiceEvent & EventContext): void;
  /** Registers a listener; returns what takes it off again. */
  on(listener: Listener): () => void;
  /** Runs `work` with `context`, and no other, added to every event emitted in it, across awaits. */
  runWithContext<T>(context: EventContext, work: () => T): T;
}

/** The one channel of events of a service. A listener must not throw: it would break whoever emits. */
export function createEvents(now: () => number = Date.now): Events {
  const listeners = new Set<Listener>();
  const contexts = new AsyncLocalStorage<EventContext>();
  return {
    emit(event) {
      const occurrence = { ...event, ...contexts.getStore(), at: now() };
      for (const listener of listeners) listener(occurrence);
    },
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    runWithContext: (context, work) => contexts.run(context, work),
  };
}

/** Where an error was thrown, without its message (which may quote a user): at most eight stack frames. */
export function stackFrames(error: unknown): string {
  if (!(error instanceof Error) || !error.stack) return '';
  const frames = error.stack.split('\n').filter((line) => /^\s+at /.test(line));
  return frames
    .slice(0, 8)
    .map((line) => line.trim())
    .join(' | ');
}

/** A context that names a conversation by its masked number. */
export function maskedContext(sender: string, context: EventContext = {}): EventContext {
  return { ...context, conversation: maskPhone(sender) };
}
