import pino from 'pino';

/** Where a logger writes its lines. */
export interface LogLines {
  write(line: string): void;
}

/** So many lines are written at once, however long the tick lasts. */
const MOST_LINES = 200;
/** Most bytes that wait where nothing can be written (a full disk); what comes beyond them is dropped. */
const MOST_WAITING = 1024 * 1024;

/**
 * The process's log: the lines of one tick of the event loop are one write, made at its end and when the process exits.
 * Only SIGKILL can take them, those of its last tick. What can't be written is tried again with the next lines: a log
 * that fails must not end the service.
 */
export function createLogLines(fd: number = process.stdout.fd): LogLines {
  const destination = pino.destination({ dest: fd, sync: true, maxLength: MOST_WAITING });
  let lines: string[] = [];
  const flush = () => {
    if (lines.length === 0) return;
    const text = lines.join('');
    lines = [];
    destination.write(text);
  };
  destination.on('error', () => {});
  process.on('exit', flush);
  return {
    write(line) {
      lines.push(line);
      if (lines.length === MOST_LINES) flush();
      else if (lines.length === 1) setImmediate(flush);
    },
  };
}
