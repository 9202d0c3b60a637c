import pino from 'pino';

/** Where a logger writes its lines. */
export interface LogLines {
  write(line: string): void;
}

/** Most bytes that wait where nothing can be written (a full disk); what comes beyond them is dropped. */
const MOST_WAITING = 1024 * 1024;
/** So many are written at once, however long the tick lasts. */
const WRITTEN_AT_ONCE = 64 * 1024;

/**
 * The process's log: the lines of one tick of the event loop are one write, made at its end and when the process exits.
 * Only SIGKILL can take them, those of its last tick. What can't be written is tried again with the next lines: a log
 * that fails must not end the service.
 */
export function createLogLines(fd = process.stdout.fd): LogLines {
  const destination = pino.destination({
    dest: fd,
    sync: true,
    minLength: WRITTEN_AT_ONCE,
    // All that waits goes out in one write.
    maxWrite: MOST_WAITING,
    maxLength: MOST_WAITING,
  });
  let isScheduled = false;
  const flush = () => {
    isScheduled = false;
    destination.flush();
  };
  destination.on('error', () => {});
  process.on('exit', flush);
  return {
    write(line) {
      destination.write(line);
      if (isScheduled) return;
      isScheduled = true;
      setImmediate(flush);
    },
  };
}
