import pino from 'pino';

/** Where a logger writes its lines. */
export interface LogLines {
  write(line: string): void;
}

/** So many lines are written at once, however long the tick lasts. */
const MOST_LINES = 200;
/** Most bytes that wait where nothing can be written (a full disk); what comes beyond them is dropped. */
const MOST_WAITING = 1024 * 1024;

/** How often what could not be written is tried again, and how long a process that ends waits for a full pipe, ms. */
const RETRY_MS = 100;
const LAST_WAIT_MS = 1_000;
const LAST_STEP_MS = 20;

/**
 * The process's log: the lines of one tick of the event loop are one write, made at its end and when the process exits; a
 * process that is killed or aborts loses those of its last tick. What can't be written now (a full disk, a pipe whose
 * reader is slow) is kept and tried again: a log holds nobody up and ends nothing.
 */
export function createLogLines(fd: number = process.stdout.fd): LogLines {
  const destination = pino.destination({
    dest: fd,
    sync: true,
    maxLength: MOST_WAITING,
    // It would sleep on the event loop until the reader of a full pipe goes on.
    retryEAGAIN: () => false,
  });
  let lines: string[] = [];
  let isWaiting = false;
  let isPipeFull = false;
  const write = (text: string) => {
    isPipeFull = false;
    destination.write(text);
  };
  const flush = () => {
    if (lines.length === 0) return;
    const text = lines.join('');
    lines = [];
    write(text);
  };
  destination.on('error', (error: NodeJS.ErrnoException) => {
    isPipeFull = error.code === 'EAGAIN';
    if (isWaiting) return;
    isWaiting = true;
    setTimeout(() => {
      isWaiting = false;
      write('');
    }, RETRY_MS).unref();
  });
  process.on('exit', () => {
    flush();
    for (let waited = 0; isPipeFull && waited < LAST_WAIT_MS; waited += LAST_STEP_MS) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LAST_STEP_MS);
      write('');
    }
  });
  return {
    write(line) {
      lines.push(line);
      if (lines.length === MOST_LINES) flush();
      else if (lines.length === 1) setImmediate(flush);
    },
  };
}
