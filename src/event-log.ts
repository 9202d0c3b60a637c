import type { Listener, ServiceEvent } from './events.ts';

/** What of a pino logger is needed. */
export interface EventLogger {
  info(line: object): void;
  warn(line: object): void;
  error(line: object): void;
  debug(line: object): void;
}

const ERRORS = new Set<ServiceEvent['type']>([
  'alert.broken',
  'alert.failed',
  'http.failed',
  'service.failed',
  'store.failed',
  'store.set-aside',
  'turn.dead',
  'turn.failed',
  'user.ambiguous',
]);
const WARNINGS = new Set<ServiceEvent['type']>([
  'alert.told',
  'breaker.changed',
  'call.unauthorized',
  'model.set-aside',
  'notice.withheld',
  'part.uncertain',
  'turn.dropped',
  'turn.postponed',
  'turn.retrying',
]);
const DETAILS = new Set<ServiceEvent['type']>(['http.answered', 'tool.called', 'upstream.called']);

/** The JSON log as a listener: one line an event, nothing that the event does not hold. */
export function logEvents(log: EventLogger): Listener {
  return ({ type, at: _, ...fields }) => {
    const line = { event: type, ...fields };
    if (ERRORS.has(type)) log.error(line);
    else if (WARNINGS.has(type)) log.warn(line);
    else if (DETAILS.has(type)) log.debug(line);
    else log.info(line);
  };
}
