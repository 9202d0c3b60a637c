import {
  ALERT_KINDS,
  IGNORED_REASONS,
  NOTICE_KINDS,
  REFUSAL_CODES,
  REQUEST_OUTCOMES,
  UPSTREAMS,
  type UpstreamName,
} from '../events.ts';

/** Values of the labels that one service owns. */
export interface ServiceLabels {
  /** Gemini's models, in the order of the chain. */
  models: readonly string[];
  tools: readonly string[];
  /** Intents of the answers without Gemini. */
  intents: readonly string[];
  /** Kinds of reasons with which FONNTE rejects a send. */
  sendRejections: readonly string[];
  /** Positions of the devices in FONNTE_TOKEN; empty: it is no list, and no metric has a label `device`. */
  devices: readonly number[];
}

/** Operations of each upstream, as in `upstream.called`. */
const OPERATIONS: Record<UpstreamName, readonly string[]> = {
  supabase: ['users', 'activities', 'reports', 'report'],
  gemini: ['generate'],
  fonnte: ['send', 'typing', 'device'],
};
/** The upstream of a turn's failure; `service` for an error of our own. */
const FAILED_UPSTREAMS = [...UPSTREAMS, 'service'];
const BOOLEANS = ['true', 'false'];

/**
 * Returns all combinations of label values that a metric can have, for each metric whose labels form a closed set, so that a
 * metric is 0 before its first event. Of `geminiCalls`, only the outcomes without a status or finish reason of Google are known.
 */
export function knownLabels({ models, tools, intents, sendRejections }: ServiceLabels) {
  const failures = REQUEST_OUTCOMES.filter((outcome) => outcome !== 'ok' && outcome !== 'rejected');
  return {
    webhookResponses: combine({ status: ['200', '400', '401', '403', '413', '415', '429', '500', '503'] }),
    turns: combine({ outcome: ['answered', 'apologized', ...NOTICE_KINDS] }),
    messages: combine({ outcome: ['accepted', 'duplicate', ...REFUSAL_CODES] }),
    ignoredCalls: combine({ reason: IGNORED_REASONS }),
    authFailures: combine({ code: ['UNAUTHORIZED', 'FORBIDDEN_ADDRESS'] }),
    deadLetters: combine({ upstream: FAILED_UPSTREAMS, has_reply: BOOLEANS }),
    turnRetries: combine({ upstream: FAILED_UPSTREAMS }),
    droppedTurns: combine({
      reason: ['owner-changed', 'not-linked', 'not-approved', 'token-budget-exceeded', 'reply-loop', 'quota-reserved'],
    }),
    geminiCalls: combine({ model: models, outcome: ['ok', ...failures] }),
    tokens: combine({ kind: ['in', 'cached', 'out', 'thought'] }),
    upstreamCalls: UPSTREAMS.flatMap((upstream) =>
      combine({ upstream: [upstream], operation: OPERATIONS[upstream], outcome: REQUEST_OUTCOMES }),
    ),
    upstreams: combine({ upstream: UPSTREAMS }),
    parts: combine({ outcome: ['sent', 'uncertain'] }),
    sends: [
      ...combine({ outcome: ['ok', ...failures], reason: ['none'] }),
      ...combine({ outcome: ['rejected'], reason: sendRejections }),
    ],
    figures: combine({ verdict: ['grounded', 'ungrounded'] }),
    ruleBasedAnswers: combine({ reason: ['no-model', 'token-budget-exceeded'], intent: intents }),
    toolCalls: combine({ tool: [...tools, 'unknown'], ok: BOOLEANS }),
    toolPrefetches: combine({ tool: tools, outcome: ['ok', 'failed', 'slow'] }),
    skippedRows: combine({
      table: [
        'activities',
        'activities.tanggal_pelaksanaan',
        'allocations',
        'processed_data',
        'processed_results',
        'processed_results.report_date',
      ],
    }),
    storeFailures: combine({ code: ['failed', 'locked', 'corrupt', 'full', 'not-released'] }),
    alerts: combine({ kind: ALERT_KINDS, state: ['firing', 'resolved'] }),
    alertFailures: combine({ channel: ['whatsapp', 'webhook'] }),
    suppressedNotices: combine({ notice: NOTICE_KINDS }),
  };
}

/** Returns every combination of one value for each label. */
function combine<Label extends string>(values: Record<Label, readonly string[]>): Record<Label, string>[] {
  let combinations: Record<string, string>[] = [{}];
  for (const [label, choices] of Object.entries<readonly string[]>(values))
    combinations = combinations.flatMap((labels) => choices.map((value) => ({ ...labels, [label]: value })));
  return combinations as Record<Label, string>[];
}
