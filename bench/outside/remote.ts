import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { cpuMs } from '../process-figures.ts';
import type { Actions } from './main.ts';

type Given<Name extends keyof Actions> = Parameters<Actions[Name]>;
type Outcome<Name extends keyof Actions> = Promise<Awaited<ReturnType<Actions[Name]>>>;

/** The process with the simulated users and the fake upstreams. */
export interface Outside {
  run<Name extends keyof Actions>(action: Name, ...given: Given<Name>): Outcome<Name>;
  /** @returns the CPU time of the process, ms */
  cpuMs(): number;
  close(): void;
}

/** Starts the outside process. It exits with this process and then kills the servers under test. */
export async function startOutside(): Promise<Outside> {
  const child = fork(join(import.meta.dirname, 'main.ts'), { stdio: 'inherit', execArgv: [] });
  const pending = new Map<number, PromiseWithResolvers<never>>();
  let last = 0;
  const rejectPending = (error: Error) => {
    for (const { reject } of pending.values()) reject(error);
  };
  await once(child, 'message');
  child.on('message', ({ id, result, failure }: { id: number; result: never; failure?: string }) => {
    const waiting = pending.get(id);
    pending.delete(id);
    if (failure === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(failure));
  });
  child.on('exit', (code) => rejectPending(new Error(`the process of the fake upstreams exited (${code})`)));
  return {
    run(action, ...[given]) {
      last += 1;
      const waiting = Promise.withResolvers<never>();
      pending.set(last, waiting);
      child.send({ id: last, action, given });
      return waiting.promise;
    },
    cpuMs: () => cpuMs(child.pid ?? Number.NaN),
    close: () => child.disconnect(),
  };
}
