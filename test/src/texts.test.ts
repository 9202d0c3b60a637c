import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { fill, loadTexts, texts } from '../../src/texts.ts';

const writeTexts = (t: Test, content: string): string => {
  const path = join(t.testdir(), 'texts.json');
  writeFileSync(path, content);
  return path;
};

t.test('the texts that the owner gave are used word for word', async (t) => {
  t.equal(
    texts.notLinked,
    'Nomor WhatsApp Anda belum terhubung dengan akun SAPA. Silakan login ke portal SAPA dan verifikasi nomor Anda terlebih dahulu.',
  );
  t.equal(texts.notApproved, 'Nomor Anda sudah terhubung, tetapi akun SAPA Anda belum disetujui admin.');
  t.equal(texts.apology, 'Maaf, terjadi gangguan. Silakan coba beberapa saat lagi.');
});

t.test('placeholders are replaced; one without a value stays unchanged', async (t) => {
  t.equal(fill('paling banyak {max} karakter', { max: 1000 }), 'paling banyak 1000 karakter');
  t.equal(fill('{a} dan {b}', { a: '{b}' }), '{b} dan {b}', 'a value is not searched for placeholders');
  t.equal(fill('{constructor}', {}), '{constructor}', 'inherited properties are not values');
  t.equal(fill('{x}', { x: '$&' }), '$&', 'no replacement patterns');
});

t.test('TEXTS_FILE replaces only the texts that it contains', async (t) => {
  const loaded = loadTexts(
    writeTexts(t, JSON.stringify({ apology: 'Mohon maaf.', tooLong: 'Terlalu panjang: {max}.' })),
  );
  t.same(loaded, { ...texts, apology: 'Mohon maaf.', tooLong: 'Terlalu panjang: {max}.' });
});

t.test('without TEXTS_FILE the built-in texts are used', async (t) => {
  t.same(loadTexts(undefined), texts);
});

t.test('an invalid TEXTS_FILE is rejected with one message that names the file and every problem', async (t) => {
  const path = writeTexts(
    t,
    JSON.stringify({ halo: 'x', apology: ' ', tooLong: 'tanpa tanda', noAnswer: 5, toString: 'x' }),
  );
  const message = t.throws(() => loadTexts(path)) as Error;
  for (const named of [path, 'halo', 'apology', 'tooLong', '{max}', 'noAnswer', 'toString']) {
    t.ok(message.message.includes(named), named);
  }
});

t.test('a TEXTS_FILE that is missing, not JSON or not an object is rejected by name', async (t) => {
  const missing = join(t.testdir(), 'tidak-ada.json');
  t.throws(() => loadTexts(missing), { message: new RegExp(missing) });
  for (const content of ['', '{', '[]', 'null', '"teks"']) {
    t.throws(() => loadTexts(writeTexts(t, content)), { message: /TEXTS_FILE .*texts\.json/ }, content);
  }
});
