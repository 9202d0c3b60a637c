import t from 'tap';
import { startFakeFonnte } from '../../sandbox/fonnte.ts';
import type { GenerateRequest } from '../../sandbox/gemini.ts';
import { senderOf } from '../../src/conversation-key.ts';
import { createEvents } from '../../src/events.ts';
import { createFonnteClient } from '../../src/fonnte/client.ts';
import { createHttpClient } from '../../src/upstream/http-client.ts';
import { createUpstreamGuard } from '../../src/upstream/upstream.ts';
import { trustedCertificate } from '../support/certificate.ts';
import { LINKED, startFakeUpstreams } from '../support/fake-upstreams.ts';
import { startService } from '../support/service.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

t.jobs = 2;

t.test('a connection to fonnte that died silently fails one send, and the next uses a new connection', async (t) => {
  const fonnte = await startFakeFonnte({ certificate: await trustedCertificate() });
  const proxy = await startTcpProxy(fonnte.port);
  t.teardown(() => proxy.close());
  const upstream = createUpstreamGuard({ name: 'fonnte', timeoutMs: 30_000, events: createEvents() });
  const client = createFonnteClient({
    apiUrl: `https://127.0.0.1:${proxy.port}/send`,
    token: fonnte.token,
    http: createHttpClient({ connections: 1 }),
    upstream,
    bestEffortUpstream: upstream,
    minQuota: 0,
  });
  t.teardown(async () => {
    await client.close();
    await fonnte.close();
  });
  const send = (message: string, signal?: AbortSignal) =>
    client.send({ target: senderOf(LINKED), message, ...(signal ? { signal } : {}) });
  await send('satu');
  proxy.stallOpenConnections();
  await t.rejects(send('dua', AbortSignal.timeout(500)));
  await send('tiga');
  t.same(
    fonnte.sent.map(({ message }) => message),
    ['satu', 'tiga'],
  );
  t.equal(proxy.accepted(), 2);
});

for (const [upstream, variable] of [
  ['supabase', 'SUPABASE_URL'],
  ['gemini', 'GEMINI_BASE_URL'],
] as const) {
  const promise = `a connection to ${upstream} that died silently delays one request by its timeout; the reply still comes`;
  t.test(promise, { buffered: true }, async (t) => {
    const upstreams = await startFakeUpstreams(t, { tls: true });
    const { fonnte, gemini } = upstreams;
    const proxy = await startTcpProxy(upstreams[upstream].port);
    t.teardown(() => proxy.close());
    const url = `https://127.0.0.1:${proxy.port}`;
    const service = await startService(t, upstreams, { [variable]: url, GEMINI_TIMEOUT_MS: 2_000 });
    gemini.scriptResponses((request) =>
      hasToolResult(request) ? { text: 'Baik.' } : { functionCalls: [{ name: 'budget_summary' }] },
    );
    /** Asks a question that needs identity, data and two model requests. @returns the number of timeouts so far */
    const ask = async () => {
      const sent = fonnte.sent.length;
      service.app.supabase.forget(senderOf(LINKED));
      await service.call(fonnte.buildPayload({ sender: LINKED, message: 'Tolong lihat data saya' }));
      await fonnte.waitForSent(() => fonnte.sent.length > sent, 60_000);
      await service.idle();
      t.equal(fonnte.sent.at(-1)?.message, 'Baik.');
      return service.occurrences.filter(
        (event) => event.type === 'upstream.called' && event.upstream === upstream && event.outcome === 'timeout',
      ).length;
    };

    t.equal(await ask(), 0);
    const before = proxy.accepted();
    proxy.stallOpenConnections();
    const timeouts = await ask();
    // 0 if the connection was closed as idle before, on a slow machine.
    t.ok(timeouts <= 1, `${timeouts} timed out`);
    t.ok(proxy.accepted() > before, 'the other requests used new connections');
    t.equal(await ask(), timeouts, 'the dead connection is not used again');
  });
}

function hasToolResult({ contents }: GenerateRequest): boolean {
  return JSON.stringify(contents.at(-1)).includes('functionResponse');
}
