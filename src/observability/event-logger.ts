import type { Listener, ServiceEvent } from '../events.ts';

/** The part of a pino logger that is used. */
export interface EventLogger {
  info(line: object): void;
  warn(line: object): void;
  error(line: object): void;
  debug(line: object): void;
  /** The lowest level that is written. */
  readonly level: string;
}

type Level = 'debug' | 'info' | 'warn' | 'error';

/** The log level of each event. */
export const EVENT_LEVELS: Readonly<Record<ServiceEvent['type'], Level>> = {
  'service.started': 'info',
  'service.stopping': 'info',
  'service.failed': 'error',
  'service.stopped': 'info',
  'request.completed': 'debug',
  'request.failed': 'error',
  'message.accepted': 'info',
  'message.held': 'info',
  'message.duplicate': 'info',
  'message.refused': 'info',
  'notice.suppressed': 'warn',
  'webhook.ignored': 'info',
  'auth.failed': 'warn',
  'device.status': 'info',
  'device.checked': 'info',
  'delivery.status': 'info',
  'clock.checked': 'warn',
  'user.identified': 'info',
  'user.ambiguous': 'error',
  'user.lookup-incomplete': 'error',
  'upstream.called': 'debug',
  'breaker.changed': 'warn',
  'model.called': 'info',
  'model.disabled': 'warn',
  'tool.called': 'debug',
  'tool.prefetched': 'debug',
  'media.fetched': 'info',
  'answer.checked': 'info',
  'answer.rule-based': 'info',
  'spreadsheet.created': 'info',
  'spreadsheet.failed': 'error',
  'turn.started': 'info',
  'turn.identified': 'debug',
  'turn.joined': 'info',
  'turn.reply-stored': 'info',
  'turn.retrying': 'warn',
  'turn.postponed': 'warn',
  'turn.finished': 'info',
  'turn.dropped': 'warn',
  'turn.dead-lettered': 'error',
  'turn.failed': 'error',
  'part.sent': 'info',
  'part.uncertain': 'warn',
  'chart.rendered': 'info',
  'chart.failed': 'error',
  'file.replaced': 'warn',
  'send.manual': 'info',
  'admin.acted': 'info',
  'alert.sent': 'warn',
  'alert.check-failed': 'error',
  'alert.failed': 'error',
  'rows.skipped': 'info',
  'store.failed': 'error',
  'store.recovered': 'info',
  'store.quarantined': 'error',
  'store.pruned': 'info',
};

/** Creates a listener that logs each event as one JSON line with the fields of the event only. */
export function logEvents(log: EventLogger): Listener {
  const enabled = new Set(LEVELS.slice(LEVELS.indexOf(log.level)));
  return (event) => {
    const level = EVENT_LEVELS[event.type];
    if (!enabled.has(level)) return;
    const { type, at: _, ...fields } = event;
    log[level]({ event: type, ...fields });
  };
}

/** pino's levels, most verbose first. */
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
