import fc from 'fast-check';
import t from 'tap';
import { repairAnswer } from '../../../../src/gemini/response/repair-answer.ts';

t.test('a repeated sentence, line or block is sent once, and what follows stays', async (t) => {
  const sentence = 'Sisa anggaran Anda adalah Rp5 juta. ';
  const warning = '⚠️ Angka ini tidak dapat dipastikan dari data SAPA: 5.';
  t.equal(repairAnswer(`Baik. ${sentence.repeat(40)}`), `Baik. ${sentence}`);
  t.equal(repairAnswer(`${sentence.repeat(40)}Sisa ang\n\n${warning}`), `${sentence.trim()}\n\n${warning}`);
  const block = 'Kegiatan A besok pagi\nKegiatan B lusa pagi\n\n';
  t.equal(repairAnswer(`Baik.\n${block.repeat(30)}`), `Baik.\n${block}`);
  const list = Array.from({ length: 18 }, (_, index) => `${index + 1}. Rapat ke-${index}, Rencana\n`).join('');
  t.equal(repairAnswer(list.repeat(5)), list, 'a whole list');
  t.equal(repairAnswer('ya\n'.repeat(3000)), 'ya\n', 'short lines');
  for (const twice of [`${sentence}${sentence}`.trim(), 'Ya. Ya. Ya.', 'Rapat\nRapat\nRapat']) {
    t.equal(repairAnswer(twice), twice, 'no loop');
  }
  const items = Array.from({ length: 5 }, () => '- Rapat koordinasi tingkat daerah').join('\n');
  t.equal(repairAnswer(items), items, 'equal items of a list');
});

t.test('a loop that counts its lines, and one of words without punctuation, is sent once', async (t) => {
  const lines = (count: number, prefix: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => `${prefix(index + 1)} Rapat koordinasi minggu depan.`).join('\n');
  const letter = (index: number) => String.fromCharCode(96 + (index % 26 || 26));
  for (const prefix of [
    (index: number) => `${index}.`,
    (index: number) => `${index})`,
    (index: number) => `(${index})`,
    (index: number) => `**${index}.**`,
    (index: number) => `${letter(index)}.`,
  ]) {
    t.equal(repairAnswer(`Baik.\n${lines(150, prefix)}`), `Baik.\n${lines(1, prefix)}`);
    t.equal(repairAnswer(lines(5, prefix)), lines(5, prefix), 'equal items of a list');
  }
  t.equal(repairAnswer(`Belanja ${'dan lain-lain, '.repeat(3000)}`), 'Belanja dan lain-lain, ');
  t.equal(repairAnswer('ha'.repeat(20_000)), 'ha');
  const months = Array.from({ length: 12 }, (_, index) => `Bulan ${index + 1}: Rp0, serapan 0%`).join('\n');
  t.equal(repairAnswer(months), months, 'equal values of counted months');
});

t.test('text without a loop is unchanged by the search for loops', async () => {
  const units = fc.array(fc.constantFrom('Sisa Rp1.000.', ' ', '\n', '\n\n', 'Rapat', '!', '?!', '- a', 'b. c'), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(units, (pieces) => {
      const text = pieces.map((piece, index) => `${piece}${index}`).join('');
      return repairAnswer(text) === text;
    }),
  );
});

t.test('an answer without a line break whose line breaks are written as \\n', async (t) => {
  t.equal(repairAnswer(String.raw`Halo\n\n- **satu**\n- dua\r\ndan tiga`), 'Halo\n\n- **satu**\n- dua\ndan tiga');
  t.equal(repairAnswer('Kunci `\\n` ialah baris baru.'), 'Kunci `\\n` ialah baris baru.', 'code');
  t.equal(repairAnswer(String.raw`a \neq b`), String.raw`a \neq b`, 'a LaTeX command');
  t.equal(repairAnswer('C:\\nota\nselesai'), 'C:\\nota\nselesai', 'an answer with line breaks');
});

t.test('separators of TeX in a number become those of a number', async (t) => {
  t.equal(
    repairAnswer(String.raw`\(45{,}3\%\), Rp1{.}500{.}000, 7\,\%, 1\,500\,000, {1}, a\,b`),
    `\\(45,3\\%\\), Rp1.500.000, 7\u202f\\%, 1\u202f500\u202f000, {1}, a\\,b`,
  );
});

t.test('citations are removed outside code; numbers in brackets that may be data stay', async (t) => {
  const cases: [string, string][] = [
    ['Sisa Rp5[12].', 'Sisa Rp5.'],
    ['Sisa Rp5 [1, 2][3].', 'Sisa Rp5.'],
    ['Sisa [cite: 12] Rp5 [cite: 3, 5].', 'Sisa Rp5.'],
    ['[cite_start]Halo. [cite_start]Dua [cite: 1].[cite_end]', 'Halo. Dua.'],
    ['Kode `a[12]` tetap [4]\nlain', 'Kode `a[12]` tetap\nlain'],
  ];
  for (const [written, expected] of cases) t.equal(repairAnswer(written), expected);
  for (const text of [
    '[12] Rapat',
    'Pilih: [1] pagu [2] sisa',
    '[12](https://a.id)',
    'x[12](https://a.id)',
    '[ ] a',
    '[1]: b',
  ]) {
    t.equal(repairAnswer(text), text);
  }
});
