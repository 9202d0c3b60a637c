import t from 'tap';
import { LINKED, startFakeUpstreams } from '../support/fake-upstreams.ts';
import { startService } from '../support/service.ts';

t.test('a response larger than 4 MiB is not read to its end; the next model answers', async (t) => {
  const upstreams = await startFakeUpstreams(t, { tls: true });
  const { fonnte, gemini } = upstreams;
  const service = await startService(t, upstreams, { GEMINI_FALLBACK_MODELS: 'gemini-3.5-flash' });
  const asked: string[] = [];
  gemini.scriptResponses((_request, model) => {
    asked.push(model);
    return { text: asked.length === 1 ? 'x'.repeat(5 * 1024 * 1024) : 'Baik.' };
  });
  await service.call(fonnte.buildPayload({ sender: LINKED, message: 'Halo' }));
  t.equal((await fonnte.waitForSent(({ target }) => target === LINKED)).message, 'Baik.');
  t.equal(new Set(asked).size, 2);
});
