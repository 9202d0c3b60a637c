import type { Listener, ServiceEvent } from './events.ts';

/** What of a pino logger is needed. */
export interface EventLogger {
  info(line: object): void;
  warn(line: object): void;
  error(line: object): void;
  debug(line: object): void;
  /** The least that it writes. */
  readonly level: string;
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
  'report.unparsed',
  'turn.dropped',
  'turn.postponed',
  'turn.retrying',
]);
const DETAILS = new Set<ServiceEvent['type']>(['http.answered', 'tool.called', 'upstream.called']);

/** The JSON log as a listener: one line an event, nothing that the event does not hold. */
export function logEvents(log: EventLogger): Listener {
  const written = new Set(LEVELS.slice(LEVELS.indexOf(log.level)));
  return (occurrence) => {
    const level = levelOf(occurrence.type);
    if (!written.has(level)) return;
    const { type, at: _, ...fields } = occurrence;
    log[level]({ event: type, ...fields });
  };
}

/** A logger's levels, the most talkative first. */
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

function levelOf(type: ServiceEvent['type']): 'error' | 'warn' | 'info' | 'debug' {
  if (DETAILS.has(type)) return 'debug';
  if (ERRORS.has(type)) return 'error';
  return WARNINGS.has(type) ? 'warn' : 'info';
}
