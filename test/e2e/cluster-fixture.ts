import type { Test } from 'tap';
import type { Store } from '../../src/store/types.ts';
import { type FakeUpstreams, startFakeUpstreams } from '../support/fake-upstreams.ts';
import { createLauncher, type Running } from '../support/launcher.ts';
import { buildAnswer, buildMessageId, findMessageIds, lastQuestion } from '../support/message-ids.ts';
import { freePort } from '../support/ports.ts';
import { environmentOf, SECRET } from '../support/service.ts';
import { databaseUrl, openPostgresStore, runSql } from '../support/store-contract/shared.ts';

/** A real process of the service on the shared database. */
export interface Instance {
  webhook: string;
  running: Running;
  /** The events of its log, such as `turn.started`. */
  events: string[];
}

/** Instances of the service that share fake upstreams and one PostgreSQL. */
export interface Cluster {
  upstreams: FakeUpstreams;
  url: string;
  schema: string;
  /** Starts one more instance; resolves when it accepts requests. */
  start(): Promise<Instance>;
  /** Delivers a message and repeats it until it is accepted. @returns the last status */
  deliver(instance: Instance, message: string, sender: string): Promise<number>;
  /** @returns the texts that FONNTE accepted for a number, in their order */
  sent(sender: string): string[];
  /** Resolves when FONNTE has accepted this many messages for the number. */
  untilSent(sender: string, count: number): Promise<void>;
  sql(statement: string): Promise<Record<string, unknown>[]>;
  /** Opens the store while the instances run. */
  store<T>(read: (store: Store) => Promise<T>): Promise<T>;
}

export async function startCluster(t: Test): Promise<Cluster> {
  const upstreams = await startFakeUpstreams(t, { users: 2 });
  const url = await databaseUrl(t);
  const schema = `test_cluster_${process.pid}_${Date.now()}`;
  upstreams.gemini.scriptResponses(buildAnswer);
  if (process.env.TEST_DATABASE_URL) t.teardown(() => runSql(url, `DROP SCHEMA IF EXISTS "${schema}" CASCADE`));
  const sent = (sender: string) =>
    upstreams.fonnte.sent.filter(({ target }) => target === sender).map(({ message }) => message);
  return {
    upstreams,
    url,
    schema,
    async start() {
      const port = await freePort();
      const launcher = createLauncher(
        environmentOf(upstreams, {
          DATABASE_URL: url,
          DATABASE_SCHEMA: schema,
          WHATSAPP_SERVER_PORT: port,
          LOG_LEVEL: 'info',
          COALESCE_WINDOW_MS: 0,
          PART_INTERVAL_MS: 0,
          RATE_LIMIT_PER_MINUTE: 1_000_000,
        }),
      );
      t.teardown(() => launcher.close());
      const running = launcher.start();
      const events: string[] = [];
      running.onLog(({ event }) => events.push(String(event)));
      await running.started;
      return { webhook: `http://127.0.0.1:${port}/webhook/whatsapp?secret=${SECRET}`, running, events };
    },
    async deliver({ webhook }, message, sender) {
      const payload = upstreams.fonnte.buildPayload({ message, sender });
      const { statuses } = await upstreams.fonnte.deliver(webhook, payload, { retries: 200, retryEveryMs: 50 });
      return statuses.at(-1) ?? 0;
    },
    sent,
    untilSent(sender, count) {
      return new Promise((resolve) => {
        const check = () => {
          if (sent(sender).length < count) return;
          off();
          resolve();
        };
        const off = upstreams.fonnte.onSent(check);
        check();
      });
    },
    sql: (statement) => runSql(url, statement),
    async store(read) {
      const store = await openPostgresStore(url, schema);
      try {
        return await read(store);
      } finally {
        await store.close();
      }
    },
  };
}

/** A message; its scripted answer has one part unless the number is a multiple of 4. */
export const text = (number: number) => `Tolong catat ${buildMessageId(number)} ya`;

/** Answers with the ids of the question. The first request about each of these messages is held until `release` is called. */
export function holdAnswers({ upstreams: { gemini } }: Cluster, ...messages: readonly string[]) {
  const holds = new Map(
    messages.flatMap(findMessageIds).map((id) => [id, { asked: Promise.withResolvers<void>(), isAsked: false }]),
  );
  const released = Promise.withResolvers<void>();
  gemini.scriptResponses(async (request) => {
    const hold = holds.get(findMessageIds(lastQuestion(request))[0] ?? '');
    if (hold && !hold.isAsked) {
      hold.isAsked = true;
      hold.asked.resolve();
      await released.promise;
    }
    return buildAnswer(request);
  });
  return { asked: Promise.all([...holds.values()].map(({ asked }) => asked.promise)), release: released.resolve };
}
