import type { Test } from 'tap';
import { startFakeFonnte } from '../../../sandbox/fonnte.ts';
import { type GenerateRequest, startFakeGemini } from '../../../sandbox/gemini.ts';
import { readConversation } from '../../../sandbox/planner/conversation.ts';
import { SAMPLE_USERS, sampleData } from '../../../sandbox/sample-data.ts';
import type { Tables } from '../../../sandbox/sapa-schema.ts';
import { startFakeSupabase } from '../../../sandbox/supabase.ts';
import { LINKED } from '../../support/fake-upstreams.ts';
import { ADMIN_KEY, startService } from '../../support/service.ts';
import { createOracle } from './sapa-oracle.ts';

// A Tuesday, ten in the morning in Jakarta.
const NOW = new Date('2026-11-24T03:00:00Z');
const TODAY = '2026-11-24';

export interface Reply {
  /** The WhatsApp text, all parts. */
  text: string;
  /** The completed calls with their results. */
  calls: { name: string; args: Record<string, unknown>; output: unknown }[];
  /** Number of requests to the model. */
  requests: number;
}

/** Starts the service with fake upstreams on a fixed day. Questions go through the webhook; the test fails if the service rejects an answer of the model. */
export async function startConversations(t: Test, tables: Tables = sampleData(NOW)) {
  const [fonnte, gemini, supabase] = await Promise.all([
    startFakeFonnte(),
    startFakeGemini(),
    startFakeSupabase({ tables }),
  ]);
  t.teardown(() => Promise.all([fonnte.close(), gemini.close(), supabase.close()]));
  const settings = { RATE_LIMIT_PER_MINUTE: 1_000_000, DAILY_TOKENS_PER_USER: 0 };
  const service = await startService(t, { fonnte, gemini, supabase }, settings, { now: () => NOW.getTime() });

  async function ask(message: string, sender: string): Promise<Reply> {
    const [sent, seen, asked] = [fonnte.sent.length, service.occurrences.length, gemini.requests.length];
    const timestamp = Math.floor(NOW.getTime() / 1000);
    await service.call(fonnte.buildPayload({ sender, message, timestamp }));
    await service.waitForEvent('turn.finished', (event) => service.occurrences.indexOf(event) >= seen);
    const faults = service.occurrences.slice(seen).flatMap((event) => {
      if (event.type === 'answer.checked' && event.correctionRequested) return ['the figure check rejected the answer'];
      if (event.type === 'tool.called' && !event.ok) return [`${event.tool} refused its arguments`];
      return event.type === 'answer.rule-based' ? ['the model was not used'] : [];
    });
    t.same(faults, [], message);
    for (const { status } of gemini.requests.slice(asked)) t.equal(status, 200, message);
    const { completed } = readConversation(gemini.requests.at(-1)?.body as GenerateRequest);
    const text = fonnte.sent.slice(sent).map((one) => one.message);
    return {
      text: text.join('\n'),
      requests: gemini.requests.length - asked,
      calls: completed.map(({ name, args, response }) => ({ name, args, output: response.output })),
    };
  }

  /** Asks the questions in a new conversation. @returns the reply to the last question */
  async function converse(questions: string[], sender: string = LINKED): Promise<Reply> {
    const headers = { authorization: `Bearer ${ADMIN_KEY}` };
    const forgotten = await fetch(`${service.url}/api/conversations/${sender}`, { method: 'DELETE', headers });
    await forgotten.body?.cancel();
    let reply: Reply = { text: '', calls: [], requests: 0 };
    for (const question of questions) reply = await ask(question, sender);
    return reply;
  }

  return { converse, oracle: createOracle(tables, SAMPLE_USERS.stocked, TODAY) };
}
