import type { SentMessage } from '../fonnte.ts';
import type { FonntePayload } from '../fonnte-payload.ts';
import type { GeminiRequest } from '../gemini.ts';
import type { GenerateRequest } from '../gemini-types.ts';
import { readConversation } from '../rule-based-model.ts';
import type { DemoEnvironment } from './environment.ts';
import { listPeople } from './people.ts';
import { parseWebhookResponse } from './phone-simulator.ts';
import type { Transcript } from './transcript.ts';

/** A scenario: simulated actions and checks of their results. */
export interface Scenario {
  title: string;
  run(context: ScenarioContext): Promise<void>;
}

/** The tools of a scenario. All checks use the records of the fake servers. */
export interface ScenarioContext {
  readonly environment: DemoEnvironment;
  /** @throws if the sample data has no such number */
  user(phone: string): SimulatedUser;
  /** Adds a comment to the transcript. */
  note(text: string): void;
  /** Records the result of a check; `actual` describes the value found instead. */
  check(text: string, passed: boolean, actual?: string): void;
  /** @returns the model requests whose question contains `text`, with or without a response */
  requestsAbout(text: string): GeminiRequest[];
  /** Kills the service with SIGKILL. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** @returns the messages that FONNTE accepted and no `waitForReply` returned */
  unreadMessages(): SentMessage[];
}

/** A simulated WhatsApp user; FONNTE delivers their messages to the webhook. */
export interface SimulatedUser {
  readonly name: string;
  /** Sends a message; resolves when the webhook responded with 200 or FONNTE gave up. */
  send(text: string): Promise<DeliveredMessage>;
  /** Delivers the same payload again. */
  repeat(delivered: DeliveredMessage): Promise<DeliveredMessage>;
  /** @returns the next message to this phone, or null if it does not arrive in time */
  waitForReply(): Promise<SentMessage | null>;
}

/** A delivered message and the responses of the webhook, one per attempt: `200 accepted`. */
export interface DeliveredMessage {
  payload: FonntePayload;
  responses: string[];
}

export interface RunOptions {
  environment: DemoEnvironment;
  scenarios: readonly Scenario[];
  transcript: Transcript;
  /** Maximum time of a reply. */
  replyTimeoutMs: number;
  /** Maximum time of the whole run; after it `waitForReply` returns at once. */
  runTimeoutMs: number;
  /** Aborting prevents further scenarios. */
  signal?: AbortSignal | undefined;
}

/** The result of a run: number of passed checks and the texts of the failed checks. */
export interface RunResult {
  passed: number;
  failed: string[];
  durationMs: number;
}

/** Shorter than FONNTE's minute and 15 retries, so that the run stays short. */
const RETRIES = { retryEveryMs: 200, retries: 2 };

/** Runs scenarios one after the other. An error in a scenario is a failed check and does not stop the next scenario. */
export async function runScenarios(options: RunOptions): Promise<RunResult> {
  const { environment, transcript } = options;
  const startedAt = Date.now();
  const result: RunResult = { passed: 0, failed: [], durationMs: 0 };
  const remainingMs = () =>
    Math.max(1, Math.min(options.replyTimeoutMs, startedAt + options.runTimeoutMs - Date.now()));
  const check = (text: string, passed: boolean, actual = '') => {
    if (passed) result.passed += 1;
    else result.failed.push(text);
    transcript.check(text, passed, actual);
  };
  const context = createContext(environment, transcript, check, remainingMs);
  for (const scenario of options.scenarios) {
    if (options.signal?.aborted) break;
    transcript.scenario(scenario.title);
    try {
      await scenario.run(context);
    } catch (error) {
      check('adegan ini dapat dimainkan', false, error instanceof Error ? error.message : String(error));
    } finally {
      await Promise.all([
        environment.fonnte.clearFaults(),
        environment.gemini.clearFaults(),
        environment.supabase.clearFaults(),
      ]);
    }
  }
  result.durationMs = Date.now() - startedAt;
  return result;
}

function createContext(
  environment: DemoEnvironment,
  transcript: Transcript,
  check: ScenarioContext['check'],
  remainingMs: () => number,
): ScenarioContext {
  const { fonnte, gemini, service, supabase } = environment;
  const read = new Set<SentMessage>();
  const people = listPeople(supabase.tables);

  async function deliver(payload: FonntePayload): Promise<DeliveredMessage> {
    const startedAt = Date.now();
    const options = { ...RETRIES, timeoutMs: remainingMs() };
    const { statuses, bodies } = await fonnte.deliver(environment.webhookUrl, payload, options);
    const responses = statuses.map((status, index) => formatResponse(status, bodies[index]));
    transcript.note(`webhook menjawab ${responses.join(', lalu ')} dalam ${Date.now() - startedAt} ms`);
    return { payload, responses };
  }

  function user(phone: string): SimulatedUser {
    const person = people.find((one) => one.phone === phone);
    if (!person) throw new Error(`tidak ada orang dengan nomor ${phone} di data contoh`);
    const { name } = person;
    return {
      name,
      send(text) {
        transcript.message(name, text, Date.now());
        return deliver(fonnte.buildPayload({ sender: phone, name, message: text }));
      },
      repeat({ payload }) {
        transcript.note(`FONNTE mengulang panggilan «${payload.message}»`);
        return deliver(payload);
      },
      async waitForReply() {
        const isNext = (sent: SentMessage) => sent.target === phone && !read.has(sent);
        const sent = await fonnte.waitForSent(isNext, remainingMs()).catch(() => null);
        if (!sent) return null;
        read.add(sent);
        transcript.message('SAPA', sent.file ? `[${sent.file.name}] ${sent.message}` : sent.message, sent.at);
        return sent;
      },
    };
  }

  return {
    environment,
    user,
    check,
    note: transcript.note,
    requestsAbout: (text) =>
      gemini.requests.filter(({ body }) => readConversation(body as GenerateRequest).question.includes(text)),
    async kill() {
      const { pid } = service;
      await service.kill();
      transcript.note(`kill -9: proses layanan ${pid} mati`);
    },
    async start() {
      await service.start();
      transcript.note(`layanan dihidupkan lagi sebagai proses ${service.pid}`);
    },
    unreadMessages: () => fonnte.sent.filter((sent) => !read.has(sent)),
  };
}

function formatResponse(status: number, body: unknown): string {
  if (status === 0) return 'tidak apa-apa';
  return `${status} ${parseWebhookResponse(status, body).code}`.trim();
}

/** @returns the whole model request as one text */
export function readPrompt(deliver: GeminiRequest | undefined): string {
  return deliver ? JSON.stringify(deliver.body) : '';
}
