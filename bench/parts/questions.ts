import { openDemoEnvironment } from '../../sandbox/demo/environment.ts';
import type { GeminiRequest } from '../../sandbox/gemini.ts';
import { everydayQuestions } from '../../test/support/everyday-questions.ts';
import type { Part } from '../part.ts';
import { absoluteRow } from '../results.ts';

/** The two sample users with the most data. */
const SENDERS = ['6281200000001', '6281200000002'] as const;
const FIRST_PORT = 3_903;
const SETTINGS = {
  COALESCE_WINDOW_MS: '0',
  PART_INTERVAL_MS: '0',
  RATE_LIMIT_PER_MINUTE: '1000',
  DAILY_TOKENS_PER_USER: '0',
};
const REPLY_TIMEOUT_MS = 30_000;
/** The most frequent question. Its first request contains the figures of the user. */
const SAME_QUESTION = 'Berapa sisa anggaran saya?';

/** Model requests and tokens of each question of test/questions.jsonl, and the bytes that the requests of two users share. */
export const questions: Part = async ({ log }) => {
  const demo = await openDemoEnvironment({ servicePort: FIRST_PORT, settings: SETTINGS });
  try {
    await demo.service.start();
    const requests: number[] = [];
    const tokens: number[] = [];
    for (const { question, after } of everydayQuestions) {
      if (after) await ask(demo, SENDERS[0], after);
      const tokensBefore = await readTokens(demo);
      const asked = await ask(demo, SENDERS[0], question);
      requests.push(asked.length);
      tokens.push((await readTokens(demo)) - tokensBefore);
      await forget(demo, SENDERS[0]);
    }
    const [one, other] = [await ask(demo, SENDERS[0], SAME_QUESTION), await ask(demo, SENDERS[1], SAME_QUESTION)];
    const shared = sharedBytes(one[0]?.body, other[0]?.body);
    const more = requests.filter((count) => count > 1).length;
    log(`${requests.length} questions, ${more} with more than one request`);
    return {
      title: 'Model requests of a question',
      rows: [
        absoluteRow('requests to Gemini, mean', [mean(requests)], 'requests', { at: 'most', value: 1.3 }),
        absoluteRow('tokens, mean', [mean(tokens)], 'tokens'),
        absoluteRow(
          `bytes of the first request, from its start, that two users share: «${SAME_QUESTION}»`,
          [100 * shared],
          '%',
          {
            at: 'least',
            value: 85,
          },
        ),
      ],
      notes: [
        `${requests.length} questions of \`test/questions.jsonl\`, each in a new conversation, against the sandbox's fakes of all upstreams; ` +
          `${requests.filter((count) => count === 0).length} were commands, ${more} needed more than one request. ` +
          'The fake model plans its calls with its own rules and counts a token for four characters of JSON; no prompt cache.',
      ],
    };
  } finally {
    await demo.close();
  }
};

type Demo = Awaited<ReturnType<typeof openDemoEnvironment>>;

/** Sends a message and waits for the end of its turn. @returns the requests to Gemini. @throws unless it was answered */
async function ask({ fonnte, gemini, service, webhookUrl }: Demo, sender: string, message: string) {
  const requests: GeminiRequest[] = [];
  const stopListening = gemini.onRequest((request) => requests.push(request));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error('a question was not answered')), REPLY_TIMEOUT_MS);
  const unsubscribe = service.onLine(({ event, outcome }) => {
    if (event === 'turn.finished') outcome === 'answered' ? resolve() : reject(new Error(`turn ended: ${outcome}`));
  });
  try {
    const { statuses } = await fonnte.deliver(webhookUrl, fonnte.buildPayload({ sender, message }), { retries: 0 });
    if (statuses[0] !== 200) throw new Error(`the webhook responded ${statuses[0]}`);
    await promise;
    return requests;
  } finally {
    clearTimeout(timer);
    unsubscribe();
    stopListening();
  }
}

/** Deletes the conversation, so that the next question starts a new one. */
async function forget({ service, adminKey }: Demo, sender: string): Promise<void> {
  const init = { method: 'DELETE', headers: { 'x-api-key': adminKey } };
  const { status } = await fetch(`${service.url}/api/conversations/${sender}`, init);
  if (status !== 204) throw new Error(`forget responded ${status}`);
}

/** Reads the tokens of all requests so far from the metrics. */
async function readTokens({ service, adminKey }: Demo): Promise<number> {
  const response = await fetch(`${service.url}/api/metrics`, { headers: { 'x-api-key': adminKey } });
  const found = [...(await response.text()).matchAll(/^sapa_gemini_tokens_total\{kind="\w+"\} (\d+)$/gm)];
  if (found.length === 0) throw new Error('the metrics contain no tokens');
  return found.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Share of the bytes of `one`, from its start, that `other` has too. The SDK writes JSON as JSON.stringify does. */
function sharedBytes(one: unknown, other: unknown): number {
  const [left, right] = [Buffer.from(JSON.stringify(one)), Buffer.from(JSON.stringify(other))];
  const differing = left.findIndex((byte, index) => byte !== right[index]);
  return differing < 0 ? 1 : differing / left.length;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
