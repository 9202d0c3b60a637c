import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, type Client, createClient } from './client.ts';
import { webhookRequest } from './messages.ts';
import type { Question, Questions } from './questions.ts';

/** The simulated users: `count` users from index `first`, each with a separate number. */
export interface People {
  first: number;
  count: number;
}

/** The result of a load; times in ms. */
export interface LoadResult {
  /** Number of requests with the response 200 accepted. */
  accepted: number;
  /** Number of other responses, by status. */
  refused: Record<string, number>;
  wallMs: number;
  /** Start time on the clock of the outside process. */
  startedAt: number;
  /** From the scheduled time of a request to its response; for a constant load in the order of sending. */
  responseTimes: number[];
  /** From a question to its reply, and the delay of the fake upstreams; only for loads that wait for replies. */
  replies: { ms: number; upstreamMs: number }[];
  /** Number of accepted questions without a reply. */
  lost: number;
  /** Maximum delay of a request after its scheduled time. */
  latestMs: number;
}

/** Replies count as lost after this time from the last request, ms. */
const DRAIN_MS = 90_000;
const DRAIN_LOOK_MS = 5;

/** Creates loads on one server. Every message has a unique inboxid and text, so that there are no duplicates. */
export function createLoads(questions: Questions) {
  let inboxid = Date.now();
  const clients = new Map<string, Client>();

  const clientOf = (url: string): Client => {
    const client = clients.get(url) ?? createClient(url);
    clients.set(url, client);
    return client;
  };

  const post = (client: Client, question: { sender: string; text: string }): Promise<Answer> => {
    inboxid += 1;
    return client.send(webhookRequest(client.host, question.sender, question.text, inboxid));
  };

  const recordResponse = (result: LoadResult, { status, body }: Answer): boolean => {
    // The response of the naive server has only `success`.
    const accepted = status === 200 && (body.includes('"accepted"') || body === '{"success":true}');
    if (accepted) result.accepted += 1;
    else result.refused[`${status} ${body.slice(0, 80)}`] = (result.refused[`${status} ${body.slice(0, 80)}`] ?? 0) + 1;
    return accepted;
  };

  const drain = async (result: LoadResult) => {
    const until = performance.now() + DRAIN_MS;
    while (questions.waiting() > 0 && performance.now() < until) await sleep(DRAIN_LOOK_MS);
    result.lost = questions.waiting();
    questions.forget();
  };

  return {
    /**
     * `perSecond` calls a second at even distances whether earlier ones are answered or not; a response time counts
     * from the scheduled time of its call. Then waits for all replies. Spins, because a timer is a millisecond late.
     */
    async steady(given: { url: string; people: People; perSecond: number; seconds: number }): Promise<LoadResult> {
      const client = clientOf(given.url);
      const result = emptyResult();
      const total = Math.round(given.perSecond * given.seconds);
      const distance = 1000 / given.perSecond;
      const startAt = performance.now() + 10;
      const answers: Promise<void>[] = [];
      const send = (index: number) => {
        const intended = startAt + index * distance;
        result.latestMs = Math.max(result.latestMs, performance.now() - intended);
        const question = questions.ask(given.people.first + (index % given.people.count));
        void question.replied.promise.then((at) => result.replies.push(timesOf(question, at)));
        const answered = post(client, question).then((answer) => {
          result.responseTimes[index] = performance.now() - intended;
          if (!recordResponse(result, answer)) questions.drop(question.mark);
        });
        answered.catch(() => undefined);
        answers.push(answered);
      };
      for (let index = 0; index < total; ) {
        while (index < total && performance.now() >= startAt + index * distance) send(index++);
        await new Promise(setImmediate);
      }
      await Promise.all(answers);
      await drain(result);
      result.wallMs = performance.now() - startAt;
      result.startedAt = startAt;
      return result;
    },

    /**
     * Each user asks `questions` questions, the next after the reply; users start within `rampUpMs`. The calls go to several
     * URLs in turn.
     */
    async converse(given: {
      url: string | readonly string[];
      people: People;
      questions: number;
      rampUpMs: number;
    }): Promise<LoadResult> {
      // Removes the questions of a failed load.
      questions.forget();
      const urls = [given.url].flat();
      let calls = 0;
      const nextClient = () => clientOf(urls[calls++ % urls.length] ?? '');
      const result = emptyResult();
      const startedAt = performance.now();
      const askInTurn = async (_: unknown, index: number) => {
        if (given.rampUpMs > 0) await sleep((given.rampUpMs * index) / given.people.count);
        const answers: Promise<unknown>[] = [];
        for (let asked = 0; asked < given.questions; asked++) {
          const question = questions.ask(given.people.first + index);
          const answer = post(nextClient(), question).then((it) => {
            result.responseTimes.push(performance.now() - question.sentAt);
            if (!recordResponse(result, it)) throw new Error(`a question was answered ${it.status} ${it.body}`);
          });
          answers.push(answer);
          const repliedAt = await Promise.race([question.replied.promise, answer.then(() => question.replied.promise)]);
          result.replies.push(timesOf(question, repliedAt));
        }
        await Promise.all(answers);
      };
      await Promise.all(Array.from({ length: given.people.count }, askInTurn));
      result.wallMs = performance.now() - startedAt;
      result.lost = questions.waiting();
      questions.forget();
      return result;
    },

    close() {
      for (const client of clients.values()) client.close();
    },
  };
}

export type Loads = ReturnType<typeof createLoads>;

function emptyResult(): LoadResult {
  return {
    accepted: 0,
    refused: {},
    wallMs: 0,
    startedAt: performance.now(),
    responseTimes: [],
    replies: [],
    lost: 0,
    latestMs: 0,
  };
}

function timesOf({ sentAt, upstreamMs }: Question, repliedAt: number): { ms: number; upstreamMs: number } {
  return { ms: repliedAt - sentAt, upstreamMs };
}
