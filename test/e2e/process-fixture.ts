import type { Test } from 'tap';
import type { Store } from '../../src/store/types.ts';
import { type FakeUpstreams, LINKED, startFakeUpstreams } from '../support/fake-upstreams.ts';
import { scratchFolder } from '../support/folders.ts';
import { buildAnswer, buildMessageId, parsePart } from '../support/message-ids.ts';
import { freePort } from '../support/ports.ts';
import { type SpawnedProcess, spawnProcess } from '../support/process.ts';
import { isProgressNotice } from '../support/progress-notices.ts';
import { environmentOf, SECRET } from '../support/service.ts';
import { openSqliteStore } from '../support/store-contract/embedded.ts';
import { waitUntil } from '../support/wait.ts';

/** Fake upstreams, a store folder and a URL that are shared by all processes of a test. */
export interface ProcessFixture {
  upstreams: FakeUpstreams;
  folder: string;
  webhook: string;
  /** Starts the real process, by default without npm; resolves when it accepts requests. */
  start(given?: Record<string, unknown>, command?: [string, ...string[]]): Promise<SpawnedProcess>;
  /** Delivers a message as FONNTE does and repeats it until the response is 200. */
  deliver(message: string, sender?: string): Promise<{ statuses: number[]; bodies: unknown[] }>;
  /** @returns the parts that FONNTE accepted for a number, such as `1/3`, in their order */
  sent(sender?: string): string[];
  /** Opens the store; only while no process runs. */
  store<T>(read: (store: Store) => Promise<T>): Promise<T>;
}

/** Messages whose scripted answers have one part and three parts. */
export const SHORT = `Tolong catat ${buildMessageId(1)} ya`;
export const LONG = `Tolong catat ${buildMessageId(0)} ya`;

export async function createProcessFixture(t: Test): Promise<ProcessFixture> {
  const upstreams = await startFakeUpstreams(t);
  const folder = scratchFolder(t);
  const port = await freePort();
  const webhook = `http://127.0.0.1:${port}/webhook/whatsapp?secret=${SECRET}`;
  upstreams.gemini.scriptResponses(buildAnswer);
  return {
    upstreams,
    folder,
    webhook,
    async start(given = {}, command = [process.execPath, '-r', './node-version.cjs', 'src/server.ts']) {
      const defaults = { DATA_DIR: folder, WHATSAPP_SERVER_PORT: port, LOG_LEVEL: 'info', GEMINI_TIMEOUT_MS: 60_000 };
      const environment = environmentOf(upstreams, { ...defaults, ...given });
      const service = spawnProcess(t, command, environment);
      await service.waitForLog(({ event }) => event === 'service.started');
      return service;
    },
    deliver: (message, sender = LINKED) =>
      upstreams.fonnte.deliver(webhook, upstreams.fonnte.buildPayload({ message, sender }), {
        retries: 1_000,
        retryEveryMs: 100,
      }),
    sent: (sender = LINKED) =>
      upstreams.fonnte.sent
        .filter(({ target, message }) => target === sender && !isProgressNotice(message))
        .map(({ message }) => parsePart(message))
        .map(({ part, of }) => `${part}/${of}`),
    async store(read) {
      const store = openSqliteStore(folder);
      try {
        return await read(store);
      } finally {
        await store.close();
      }
    },
  };
}

/** Sends SIGKILL and resolves when the process has exited. */
export async function killService(service: SpawnedProcess): Promise<void> {
  service.child.kill('SIGKILL');
  await service.exit;
}

/** Longer than any turn of these tests takes on a slow machine. */
const MAX_TURNS_MS = 120_000;

/** Resolves when the log has reported `turns` finished turns. */
export async function waitForFinishedTurns(service: SpawnedProcess, turns: number): Promise<void> {
  const ends = () =>
    service
      .stdout()
      .split('\n')
      .filter((line) => line.includes('"event":"turn.finished"')).length;
  await waitUntil(`${turns} turns end`, () => ends() >= turns, { timeoutMs: MAX_TURNS_MS, intervalMs: 20 });
}
