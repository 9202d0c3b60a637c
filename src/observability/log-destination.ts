import pino, { type DestinationStream } from 'pino';

/** Bytes of log lines that wait while the output cannot be written (full disk, slow reader); later lines are dropped. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;
/** Attempts, 100 ms apart, to write the last lines to a full pipe when the process exits. */
const MAX_EXIT_RETRIES = 10;

/**
 * Where log lines go: asynchronous writes to the file descriptor `fd` (standard output), so that a slow reader never
 * blocks the event loop. The buffer is flushed when the process exits; SIGKILL loses the lines of the last write.
 * @see https://github.com/pinojs/pino/blob/main/docs/asynchronous.md
 */
export function createLogDestination(fd = 1): DestinationStream {
  let exitRetries: number | null = null;
  // Registered before pino's own exit handler, which flushes.
  process.once('exit', () => {
    exitRetries = 0;
  });
  const destination = pino.destination({
    dest: fd,
    sync: false,
    maxLength: MAX_BUFFERED_BYTES,
    retryEAGAIN: () => exitRetries === null || exitRetries++ < MAX_EXIT_RETRIES,
  });
  let isFailing = false;
  // A failed write (full disk) is retried with the next line; there is no other place to report it.
  destination.on('error', () => {
    isFailing = true;
  });
  destination.on('write', () => {
    isFailing = false;
  });
  const flushSync = destination.flushSync.bind(destination);
  destination.flushSync = () => {
    // SonicBoom's own flushSync never returns while the disk is full: the process could not exit.
    if (isFailing) return;
    try {
      flushSync();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  };
  return destination;
}
