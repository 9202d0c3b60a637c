import { join } from 'node:path';
import t from 'tap';
import { loadTexts, texts } from '../../../src/texts.ts';
import { LINKED, startFakeUpstreams, UNLINKED } from '../../support/fake-upstreams.ts';
import { startService } from '../../support/service.ts';

t.test('a reply has at most 8 parts, and the last one says that it was cut', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  const paragraphs = Array.from(
    { length: 200 },
    (_, index) => `Kegiatan nomor${index} ${'berlangsung di Jakarta '.repeat(9)}`,
  );
  upstreams.gemini.scriptResponses([{ text: paragraphs.join('\n\n') }]);
  await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: 'Sebutkan semuanya' }));
  await service.waitForEvent('turn.finished');
  const messages = upstreams.fonnte.sent.map(({ message }) => message);
  t.equal(messages.length, 8);
  t.ok(messages.every((message, index) => message.startsWith(`(${index + 1}/8)\n`) && message.length <= 3500));
  t.ok(messages[7]?.endsWith(texts.cut));
});

t.test('a loop of the model is sent once, with the line breaks and formulas that it meant', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  upstreams.gemini.scriptResponses([
    { text: String.raw`Serapan: $\frac{a}{b}$\n${'Silakan ajukan pertanyaan lain tentang SAPA. '.repeat(50)}` },
  ]);
  await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: 'Bagaimana menghitungnya?' }));
  const { message } = await upstreams.fonnte.waitForSent((sent) => sent.target === LINKED);
  t.equal(message, 'Serapan: a / b\nSilakan ajukan pertanyaan lain tentang SAPA.');
});

t.test("no part of a reply contains a variable of FONNTE's, and a notice neither", async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const templates = join(
    t.testdir({ 'texts.json': JSON.stringify({ notLinked: 'Halo {name}, daftar dahulu.' }) }),
    'texts.json',
  );
  const service = await startService(t, upstreams, {}, { texts: loadTexts(templates) });
  const paragraphs = Array.from(
    { length: 40 },
    (_, index) => `Isi {name} dan {var1} pada {kode_akun} nomor${index} ${'berlangsung di Jakarta '.repeat(9)}`,
  );
  upstreams.gemini.scriptResponses([{ text: paragraphs.join('\n\n') }]);
  await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: 'Bagaimana templatnya?' }));
  await service.waitForEvent('turn.finished');
  await service.call(upstreams.fonnte.buildPayload({ sender: UNLINKED, message: 'Halo' }));
  const notice = await upstreams.fonnte.waitForSent((sent) => sent.target === UNLINKED);
  t.equal(notice.message, 'Halo ｛name｝, daftar dahulu.');
  const parts = upstreams.fonnte.sent.filter(({ target }) => target === LINKED).map(({ message }) => message);
  t.ok(parts.length > 1);
  for (const part of parts) {
    t.match(part, '｛name｝ dan ｛var1｝ pada ｛kode_akun｝');
    t.notMatch(part, /\{\w+\}/);
  }
});
