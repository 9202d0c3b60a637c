import { setTimeout as sleep } from 'node:timers/promises';
import { buildApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config/load.ts';
import { senderOf } from '../../src/conversation-key.ts';
import { createEvents, type UpstreamName } from '../../src/events.ts';
import { openFakeUpstreams, userNumber } from '../support/fake-upstreams.ts';
import { makeScratchFolder } from '../support/folders.ts';
import { post } from '../support/http.ts';
import { environmentOf, SECRET } from '../support/service.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

/** The effect on messages when all open connections to some upstreams stop without a close. */
export interface SilentFailure {
  upstreams: readonly UpstreamName[];
  /** From the failure of the connections to the next message, ms. */
  idleMs: number;
  /** Requests of that message that ran into their timeout. */
  timeouts: number;
  /** From that message to its reply, ms; and the same for the next message. */
  replyMs: number;
  nextReplyMs: number;
}

const UPSTREAMS = ['supabase', 'gemini', 'fonnte'] as const;
const IDLE_MS = [0, 5_000];
/** A slower reply counts as lost. */
const REPLY_TIMEOUT_MS = 120_000;
const REPLY = 'Sudah saya lihat.';

/** Tests each upstream and all together, 0 and 5 s after the failure, with the default timeouts, over TLS. */
export function runSilentFailures(): Promise<SilentFailure[]> {
  const cases = [...UPSTREAMS.map((upstream) => [upstream]), UPSTREAMS];
  return Promise.all(cases.flatMap((upstreams) => IDLE_MS.map((idleMs) => runSilentFailure(upstreams, idleMs))));
}

async function runSilentFailure(upstreams: readonly UpstreamName[], idleMs: number): Promise<SilentFailure> {
  const fakes = await openFakeUpstreams({ users: 1, historyLimit: 1_000, tls: true });
  const { fonnte, gemini } = fakes;
  const proxies = await Promise.all(UPSTREAMS.map((upstream) => startTcpProxy(fakes[upstream].port)));
  const [supabaseUrl, geminiUrl, fonnteUrl] = proxies.map(({ port }) => `https://127.0.0.1:${port}`);
  const folder = makeScratchFolder();
  const given = { SUPABASE_URL: supabaseUrl, GEMINI_BASE_URL: geminiUrl, FONNTE_API_URL: `${fonnteUrl}/send` };
  const events = createEvents();
  const app = await buildApp({
    config: parseConfig({ DATA_DIR: folder.path, ...environmentOf(fakes, given) }),
    events,
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  let timeouts = 0;
  events.on((event) => {
    if (event.type === 'upstream.called' && event.outcome === 'timeout') timeouts += 1;
  });
  gemini.scriptResponses((request) =>
    JSON.stringify(request.contents.at(-1)).includes('functionResponse')
      ? { text: REPLY }
      : { functionCalls: [{ name: 'budget_summary' }] },
  );
  const sender = userNumber(0);
  const ask = async (): Promise<number> => {
    const before = fonnte.sent.length;
    app.supabase.forget(senderOf(sender));
    const startedAt = performance.now();
    await post(
      `${url}/webhook/whatsapp?secret=${SECRET}`,
      fonnte.buildPayload({ sender, message: 'Tolong lihat data saya' }),
    );
    const isReply = () => fonnte.sent.slice(before).some(({ message }) => message.includes(REPLY));
    await fonnte.waitForSent(isReply, REPLY_TIMEOUT_MS);
    const replyMs = performance.now() - startedAt;
    while (app.conversations.unfinished() > 0) await sleep(10);
    return replyMs;
  };
  try {
    await ask();
    for (const [index, upstream] of UPSTREAMS.entries())
      if (upstreams.includes(upstream)) proxies[index]?.stallOpenConnections();
    await sleep(idleMs);
    timeouts = 0;
    const replyMs = await ask();
    return { upstreams, idleMs, timeouts, replyMs, nextReplyMs: await ask() };
  } finally {
    for (const proxy of proxies) proxy.close();
    await app.close();
    await fakes.close();
    folder.remove();
  }
}
