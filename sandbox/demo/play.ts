import type { SentMessage } from '../fonnte.ts';
import type { FonntePayload } from '../fonnte-payload.ts';
import type { GeminiRequest } from '../gemini.ts';
import type { GenerateRequest } from '../gemini-types.ts';
import { readConversation } from '../rule-based-model.ts';
import { peopleIn } from './people.ts';
import { readAnswer } from './telephone.ts';
import type { Transcript } from './transcript.ts';
import type { World } from './world.ts';

/** One scene of the play: what is done, and what must have come of it. */
export interface Scene {
  title: string;
  play(stage: Stage): Promise<void>;
}

/** What a scene is played with. Everything that is checked is what the stand-ins recorded. */
export interface Stage {
  readonly world: World;
  /** Somebody with a phone. @throws where the sample data has no such number */
  person(phone: string): Actor;
  /** Says something beside the conversation. */
  note(text: string): void;
  /** Puts a promise to the test; `found` says what was there instead. */
  promise(text: string, kept: boolean, found?: string): void;
  /** The requests in which the model was asked this question, answered or not. */
  questions(text: string): GeminiRequest[];
  /** Ends the service as `kill -9` does. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** What nobody has read yet, of everything that FONNTE has taken. */
  unread(): SentMessage[];
}

/** A person with a phone; FONNTE carries what they write to the webhook. */
export interface Actor {
  readonly name: string;
  /** Writes; resolves when FONNTE got a 200, or gave up. */
  writes(text: string): Promise<Written>;
  /** FONNTE makes the same call once more. */
  repeats(written: Written): Promise<Written>;
  /** The next message that reached this phone; null where none comes in time. */
  reads(): Promise<SentMessage | null>;
}

/** What was written, and what the webhook answered, call after call: `200 accepted`. */
export interface Written {
  payload: FonntePayload;
  answers: string[];
}

export interface PlayOptions {
  world: World;
  scenes: readonly Scene[];
  transcript: Transcript;
  /** How long a reply may take, ms. */
  patienceMs: number;
  /** How long all of it may take, ms: past it nothing is waited for any more. */
  budgetMs: number;
  /** Aborted: no further scene begins. */
  signal?: AbortSignal | undefined;
}

/** How the play went. */
export interface Outcome {
  kept: number;
  broken: string[];
  ms: number;
}

/** FONNTE's minute between two calls, here; it gives up sooner too. */
const REPEAT = { retryEveryMs: 200, retries: 2 };

/** Plays scenes one after the other; what goes wrong in one is a broken promise and does not stop the next. */
export async function play(options: PlayOptions): Promise<Outcome> {
  const { world, transcript } = options;
  const startedAt = Date.now();
  const outcome: Outcome = { kept: 0, broken: [], ms: 0 };
  const left = () => Math.max(1, Math.min(options.patienceMs, startedAt + options.budgetMs - Date.now()));
  const promise = (text: string, kept: boolean, found = '') => {
    if (kept) outcome.kept += 1;
    else outcome.broken.push(text);
    transcript.promise(text, kept, found);
  };
  const stage = createStage(world, transcript, promise, left);
  for (const scene of options.scenes) {
    if (options.signal?.aborted) break;
    transcript.scene(scene.title);
    try {
      await scene.play(stage);
    } catch (error) {
      promise('adegan ini dapat dimainkan', false, error instanceof Error ? error.message : String(error));
    } finally {
      await Promise.all([world.fonnte.clearFaults(), world.gemini.clearFaults(), world.supabase.clearFaults()]);
    }
  }
  outcome.ms = Date.now() - startedAt;
  return outcome;
}

function createStage(world: World, transcript: Transcript, promise: Stage['promise'], left: () => number): Stage {
  const { fonnte, gemini, service, supabase } = world;
  const read = new Set<SentMessage>();
  const people = peopleIn(supabase.tables);

  async function call(payload: FonntePayload): Promise<Written> {
    const startedAt = Date.now();
    const options = { ...REPEAT, timeoutMs: left() };
    const { statuses, bodies } = await fonnte.deliver(world.webhookUrl, payload, options);
    const answers = statuses.map((status, index) => inBrief(status, bodies[index]));
    transcript.note(`webhook menjawab ${answers.join(', lalu ')} dalam ${Date.now() - startedAt} ms`);
    return { payload, answers };
  }

  function person(phone: string): Actor {
    const known = people.find((one) => one.phone === phone);
    if (!known) throw new Error(`tidak ada orang dengan nomor ${phone} di data contoh`);
    const { name } = known;
    return {
      name,
      writes(text) {
        transcript.says(name, text, Date.now());
        return call(fonnte.buildPayload({ sender: phone, name, message: text }));
      },
      repeats({ payload }) {
        transcript.note(`FONNTE mengulang panggilan «${payload.message}»`);
        return call(payload);
      },
      async reads() {
        const isNext = (sent: SentMessage) => sent.target === phone && !read.has(sent);
        const sent = await fonnte.waitForSent(isNext, left()).catch(() => null);
        if (!sent) return null;
        read.add(sent);
        transcript.says('SAPA', sent.message, sent.at);
        return sent;
      },
    };
  }

  return {
    world,
    person,
    promise,
    note: transcript.note,
    questions: (text) =>
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
    unread: () => fonnte.sent.filter((sent) => !read.has(sent)),
  };
}

function inBrief(status: number, body: unknown): string {
  if (status === 0) return 'tidak apa-apa';
  return `${status} ${readAnswer(status, body).word}`.trim();
}

/** Everything that the model was given to read in one request, as one text. */
export function givenTo(call: GeminiRequest | undefined): string {
  return call ? JSON.stringify(call.body) : '';
}
