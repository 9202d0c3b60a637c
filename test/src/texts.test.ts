import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { fill, loadTexts, texts } from '../../src/texts.ts';

const fileWith = (t: Test, content: string): string => {
  const path = join(t.testdir(), 'texts.json');
  writeFileSync(path, content);
  return path;
};

t.test("the plan's sentences are kept word for word", async (t) => {
  t.equal(
    texts.notLinked,
    'Nomor WhatsApp Anda belum terhubung dengan akun SAPA. Silakan login ke portal SAPA dan verifikasi nomor Anda terlebih dahulu.',
  );
  t.equal(texts.notApproved, 'Nomor Anda sudah terhubung, tetapi akun SAPA Anda belum disetujui admin.');
  t.equal(texts.apology, 'Maaf, terjadi gangguan. Silakan coba beberapa saat lagi.');
});

t.test('marks are filled in; one without a value stays as it is', async (t) => {
  t.equal(fill('paling banyak {max} karakter', { max: 1000 }), 'paling banyak 1000 karakter');
  t.equal(fill('{a} dan {b}', { a: '{b}' }), '{b} dan {b}', 'what was filled in is not filled again');
  t.equal(fill('{constructor}', {}), '{constructor}', 'what every object inherits is no value');
  t.equal(fill('{x}', { x: '$&' }), '$&', 'no replacement patterns');
});

t.test("an operator's file replaces the sentences that it names, and no others", async (t) => {
  const loaded = loadTexts(fileWith(t, JSON.stringify({ apology: 'Mohon maaf.', tooLong: 'Terlalu panjang: {max}.' })));
  t.same(loaded, { ...texts, apology: 'Mohon maaf.', tooLong: 'Terlalu panjang: {max}.' });
});

t.test('without a file the sentences are ours', async (t) => {
  t.same(loadTexts(undefined), texts);
});

t.test('a file with mistakes is refused with one message that names the file and each of them', async (t) => {
  const path = fileWith(
    t,
    JSON.stringify({ halo: 'x', apology: ' ', tooLong: 'tanpa tanda', noAnswer: 5, toString: 'x' }),
  );
  const message = t.throws(() => loadTexts(path)) as Error;
  for (const named of [path, 'halo', 'apology', 'tooLong', '{max}', 'noAnswer', 'toString']) {
    t.ok(message.message.includes(named), named);
  }
});

t.test('a file that is missing, no JSON or no object is refused, and named', async (t) => {
  const missing = join(t.testdir(), 'tidak-ada.json');
  t.throws(() => loadTexts(missing), { message: new RegExp(missing) });
  for (const content of ['', '{', '[]', 'null', '"teks"']) {
    t.throws(() => loadTexts(fileWith(t, content)), { message: /TEXTS_FILE .*texts\.json/ }, content);
  }
});
