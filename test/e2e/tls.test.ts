import t from 'tap';
import { Agent, request } from 'undici';
import { startFakeFonnte } from '../../sandbox/fonnte.ts';
import { startFakeGemini } from '../../sandbox/gemini.ts';
import { startFakeSupabase } from '../../sandbox/supabase.ts';
import { version } from '../../src/version.ts';
import { trustedCertificate } from '../support/certificate.ts';
import { LINKED, startFakeUpstreams } from '../support/fake-upstreams.ts';
import { SAMPLES, startFileServer } from '../support/file-server.ts';
import { startOperator } from '../support/operator.ts';
import { startService } from '../support/service.ts';

t.test(
  'every outbound request uses HTTP/1.1 over TLS although HTTP/2 is offered, and carries our User-Agent',
  async (t) => {
    const certificate = await trustedCertificate();
    const fakes = await startFakeUpstreams(t, { tls: true });
    const files = await startFileServer(t, certificate);
    const operator = await startOperator(t, certificate);
    const { fonnte, gemini, supabase } = fakes;
    const service = await startService(t, fakes, { MEDIA_HOSTS: files.host, ALERT_WEBHOOK_URL: operator.url });
    gemini.scriptResponses([{ functionCalls: [{ name: 'budget_summary' }] }, { text: 'Foto Anda sudah saya lihat.' }]);
    const photo = { type: 'image', filename: 'foto.jpg', extension: 'jpg', url: files.serve('foto.jpg', SAMPLES.jpg) };
    await service.call(fonnte.buildPayload({ sender: LINKED, message: 'Apa isi foto ini?', ...photo }));
    await fonnte.waitForSent(({ target }) => target === LINKED);
    await service.idle();
    await service.call({ device: fonnte.device, status: 'disconnect' });
    await service.app.alerts.check();
    t.match(operator.received, [{ kind: 'device-disconnected' }]);
    t.same(
      fonnte.requests.map(({ path }) => path).filter((path) => path !== '/device'),
      ['/typing', '/send'],
    );
    t.ok(supabase.requests.length > 1 && gemini.requests.length > 1 && files.requestedPaths.length > 0);
    for (const [name, { negotiatedProtocols, userAgents }] of Object.entries({
      fonnte,
      gemini,
      supabase,
      files,
      operator,
    })) {
      t.same([...negotiatedProtocols], ['http/1.1'], name);
      t.same([...userAgents], [`sapa-whatsapp/${version}`], name);
    }
  },
);

t.test('the fake servers offer HTTP/2: a client that accepts it uses it', async (t) => {
  const certificate = await trustedCertificate();
  const upstreams = [startFakeFonnte, startFakeGemini, startFakeSupabase].map((start) => start({ certificate }));
  const fakes = await Promise.all([...upstreams, startFileServer(t, certificate), startOperator(t, certificate)]);
  const dispatcher = new Agent({ allowH2: true });
  t.teardown(async () => {
    await dispatcher.destroy();
    for (const upstream of upstreams) await (await upstream).close();
  });
  for (const { url, negotiatedProtocols } of fakes) {
    const { body } = await request(url, { method: 'POST', body: '{}', dispatcher });
    await body.dump();
    t.same([...negotiatedProtocols], ['h2']);
  }
});
