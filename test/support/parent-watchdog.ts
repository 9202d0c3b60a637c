import { spawn } from 'node:child_process';
import { once } from 'node:events';

// Reads what to kill (a process, or with a minus a group), and kills the last one when its input ends: that is when
// the process that writes to it is gone.
const WATCH = 'last=; while read -r pid; do last=$pid; done; [ -z "$last" ] || kill -9 "$last"';

export interface Watchdog {
  /** From now on this process, or group (negative), ends with us; the one named before does not. */
  watch(pid: number): void;
  rest(): void;
  close(): Promise<void>;
}

/** Ends a process that we started when we are gone, however we went: no teardown runs after a kill -9. */
export function createParentWatchdog(): Watchdog {
  const shell = spawn('sh', ['-c', WATCH], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  const ended = once(shell, 'exit');
  return {
    watch: (pid) => void shell.stdin.write(`${pid}\n`),
    rest: () => void shell.stdin.write('\n'),
    async close() {
      shell.stdin.end('\n');
      await ended;
    },
  };
}
