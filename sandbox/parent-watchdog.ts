import { spawn } from 'node:child_process';
import { once } from 'node:events';

// The input ends when the parent process exits. The script then kills the last process (or, with a minus, process group)
// that it has read, and deletes the folder in $1; a second attempt follows if the killed process was still writing.
const SCRIPT = `
last=; while read -r pid; do last=$pid; done
[ -z "$last" ] || kill -9 "$last"
[ -z "$1" ] || rm -rf "$1" || { sleep 1; rm -rf "$1"; }
`;

export interface ParentWatchdog {
  /** Watches this process, or process group if negative, instead of the previous one. */
  watch(pid: number): void;
  /** Stops watching the process. */
  unwatch(): void;
  close(): Promise<void>;
}

/**
 * Starts a shell that kills the watched process when this process exits, even after `kill -9`, when no teardown runs.
 * It also deletes `folder`, then and on close.
 */
export function createParentWatchdog({ folder = '' } = {}): ParentWatchdog {
  const args = ['-c', SCRIPT, 'parent-watchdog', folder];
  const shell = spawn('sh', args, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  const exited = once(shell, 'exit');
  return {
    watch: (pid) => void shell.stdin.write(`${pid}\n`),
    unwatch: () => void shell.stdin.write('\n'),
    async close() {
      shell.stdin.end('\n');
      await exited;
    },
  };
}
