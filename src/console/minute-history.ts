import type { EventRecord, Listener } from '../events.ts';
import { MINUTE_MS } from '../time/units.ts';
import { Durations } from './durations.ts';

/** Minutes in the history: one day. */
const MAX_MINUTES = 1440;
/** Minutes of one point of the day. */
const DAY_STEP_MINUTES = 15;

/** What happened in one span of time. Null: nothing to measure. */
export interface SpeedPoint {
  messages: number;
  answers: number;
  failed: number;
  /** Median, and the duration that 95 percent of the calls do not exceed, ms. */
  webhookMs: { median: number; p95: number } | null;
  /** From a message to the end of its turn, ms. */
  replyMs: { median: number; p95: number } | null;
  requestsPerAnswer: number | null;
  tokensPerAnswer: number | null;
  /** Verified figures, as a share of all figures in answers (0 to 1). */
  verifiedShare: number | null;
}

/** Points of equal length; the last one contains the present. */
export interface SpeedSeries {
  /** Start of the first point, ms since the epoch. */
  startAt: number;
  stepMs: number;
  points: SpeedPoint[];
  /** The whole span. */
  total: SpeedPoint;
}

interface Counts {
  messages: number;
  answers: number;
  failed: number;
  requests: number;
  tokens: number;
  grounded: number;
  ungrounded: number;
  webhook: Durations;
  reply: Durations;
}

/** Counts the events of each minute of the last day, in memory: it is empty after a start. */
export function createMinuteHistory(now: () => number): {
  /** Must receive every event. */
  listener: Listener;
  /** Returns the last hour in minutes and the last day in quarters of an hour. */
  read(): { hour: SpeedSeries; day: SpeedSeries };
} {
  /** Ring buffer, indexed by minute (since the epoch) modulo one day. A slot of an earlier day is overwritten. */
  const ring: ({ minute: number; counts: Counts } | undefined)[] = Array.from({ length: MAX_MINUTES });

  function countsOf(minute: number): Counts {
    const place = minute % MAX_MINUTES;
    const stored = ring[place];
    if (stored?.minute === minute) return stored.counts;
    const counts = emptyCounts();
    ring[place] = { minute, counts };
    return counts;
  }

  /** Merges the minutes from `first` to before `end`. */
  function merge(first: number, end: number): Counts {
    const merged = emptyCounts();
    for (let minute = first; minute < end; minute++) {
      const stored = ring[minute % MAX_MINUTES];
      if (stored?.minute === minute) addCounts(merged, stored.counts);
    }
    return merged;
  }

  function readSeries(end: number, length: number, stepMinutes: number): SpeedSeries {
    const first = end - length * stepMinutes;
    const points = Array.from({ length }, (_, index) => {
      const start = first + index * stepMinutes;
      return toPoint(merge(start, start + stepMinutes));
    });
    return {
      startAt: first * MINUTE_MS,
      stepMs: stepMinutes * MINUTE_MS,
      points,
      total: toPoint(merge(first, end)),
    };
  }

  return {
    listener: (event) => count(countsOf(Math.floor(event.at / MINUTE_MS)), event),
    read() {
      const current = Math.floor(now() / MINUTE_MS);
      const endOfQuarter = (Math.floor(current / DAY_STEP_MINUTES) + 1) * DAY_STEP_MINUTES;
      return {
        hour: readSeries(current + 1, 60, 1),
        day: readSeries(endOfQuarter, MAX_MINUTES / DAY_STEP_MINUTES, DAY_STEP_MINUTES),
      };
    },
  };
}

function count(counts: Counts, event: EventRecord): void {
  switch (event.type) {
    case 'request.completed':
      if (event.method === 'POST' && event.route === '/webhook/whatsapp') counts.webhook.add(event.durationMs);
      break;
    case 'message.accepted':
      counts.messages += 1;
      break;
    case 'model.called':
      counts.requests += 1;
      counts.tokens += event.tokensIn + event.tokensCached + event.tokensOut + event.tokensThought;
      break;
    case 'answer.checked':
      counts.grounded += event.grounded;
      counts.ungrounded += event.ungrounded;
      break;
    case 'turn.dead-lettered':
      counts.failed += 1;
      break;
    case 'turn.finished':
      if (event.outcome !== 'answered') break;
      counts.answers += 1;
      counts.reply.add(event.durationMs);
  }
}

function emptyCounts(): Counts {
  return {
    messages: 0,
    answers: 0,
    failed: 0,
    requests: 0,
    tokens: 0,
    grounded: 0,
    ungrounded: 0,
    webhook: new Durations(),
    reply: new Durations(),
  };
}

function addCounts(sum: Counts, { webhook, reply, ...numbers }: Counts): void {
  for (const name of Object.keys(numbers) as (keyof typeof numbers)[]) sum[name] += numbers[name];
  sum.webhook.merge(webhook);
  sum.reply.merge(reply);
}

function toPoint({
  messages,
  answers,
  failed,
  requests,
  tokens,
  grounded,
  ungrounded,
  webhook,
  reply,
}: Counts): SpeedPoint {
  const ratio = (part: number, whole: number) => (whole === 0 ? null : Math.round((part / whole) * 1000) / 1000);
  return {
    messages,
    answers,
    failed,
    webhookMs: toQuantiles(webhook),
    replyMs: toQuantiles(reply),
    requestsPerAnswer: ratio(requests, answers),
    tokensPerAnswer: ratio(tokens, answers),
    verifiedShare: ratio(grounded, grounded + ungrounded),
  };
}

function toQuantiles(durations: Durations): SpeedPoint['webhookMs'] {
  const median = durations.quantile(0.5);
  const p95 = durations.quantile(0.95);
  return median === null || p95 === null ? null : { median, p95 };
}
