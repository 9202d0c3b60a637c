import t from 'tap';
import { texts } from '../../../src/texts.ts';
import { LINKED, startFakeUpstreams } from '../../support/fake-upstreams.ts';
import { startService } from '../../support/service.ts';

t.test('a reply has at most 8 parts, and the last one says that it was cut', async (t) => {
  const world = await startFakeUpstreams(t);
  const service = await startService(t, world);
  const paragraphs = Array.from(
    { length: 200 },
    (_, index) => `Kegiatan nomor${index} ${'berlangsung di Jakarta '.repeat(9)}`,
  );
  world.gemini.answer([{ text: paragraphs.join('\n\n') }]);
  await service.call(world.fonnte.payload({ sender: LINKED, message: 'Sebutkan semuanya' }));
  await service.waitForEvent('turn.finished');
  const messages = world.fonnte.sent.map(({ message }) => message);
  t.equal(messages.length, 8);
  t.ok(messages.every((message, index) => message.startsWith(`(${index + 1}/8)\n`) && message.length <= 3500));
  t.ok(messages[7]?.endsWith(texts.cut));
});

t.test('a loop of the model is sent once, with the line breaks and formulas that it meant', async (t) => {
  const world = await startFakeUpstreams(t);
  const service = await startService(t, world);
  world.gemini.answer([
    { text: String.raw`Serapan: $\frac{a}{b}$\n${'Silakan ajukan pertanyaan lain tentang SAPA. '.repeat(50)}` },
  ]);
  await service.call(world.fonnte.payload({ sender: LINKED, message: 'Bagaimana menghitungnya?' }));
  const { message } = await world.fonnte.waitForSent((sent) => sent.target === LINKED);
  t.equal(message, 'Serapan: a / b\nSilakan ajukan pertanyaan lain tentang SAPA.');
});
