import fc from 'fast-check';
import t from 'tap';
import { formatForWhatsApp } from '../../../../src/fonnte/format/format.ts';
import { splitIntoParts } from '../../../../src/fonnte/split/split.ts';
import { formatShown, parseShownText } from '../../../support/shown-on-phone.ts';

/** Splits into as many parts as needed. */
function split(text: string, maxLength = 3500, maxParts = 999): string[] {
  return splitIntoParts(text, { cutNotice: '', maxLength, maxParts });
}

const LIMIT = fc.integer({ min: 64, max: 400 });
const NUMBER_LINE = /^\((\d+)\/(\d+)\)\n/;

/** @returns the visible text of all parts, without their numbers */
function shownOfParts(parts: readonly string[]): string {
  return formatShown(parts.flatMap((part) => parseShownText(part.replace(parts.length > 2 ? NUMBER_LINE : '', ''))));
}

/** `count` invented words. */
function words(count: number, word = 'kata'): string {
  return Array.from({ length: count }, (_, index) => `${word}${index}`).join(' ');
}

const PIECES = fc.constantFrom(
  ...[
    'kata ',
    'Rapat Koordinasi ',
    'Rp 1.234.567 ',
    'Selasa, 24 November 2026 ',
    '👩🏽‍⚕️ ',
    'e\u0301',
    'https://a.b/c_d ',
    'panjangsekali',
    '_',
    '*',
    '~',
    '`',
  ],
  ...[
    '**tebal sekali** ',
    '_miring dan **tebal** juga_ ',
    '~~batal~~ ',
    '`kode 5` ',
    '\n',
    '\n\n',
    '\n- ',
    '\n  - ',
    '\n1. ',
    '\n> ',
    '\n## Judul\n',
    '\n```\nx = 1\n\ny  = 2\n```\n',
  ],
  ...[
    '**',
    '\n| a | b |\n|---|---|\n| c | d |\n\n',
    '\n- [ ] tugas',
    `**${words(20)}** `,
    `\n\`\`\`\n${words(30, 'x')}\n${words(30, 'y')}\n\`\`\`\n`,
    `\n> **${words(25)} _${words(20)}_**\n`,
    'a_b'.repeat(60),
    `**_${'panjang'.repeat(25)}_** `,
    `\n\`\`\`\n${'x'.repeat(150)}\n\`\`\`\n`,
  ],
);
const ANSWER = fc.array(PIECES, { maxLength: 60 }).map((pieces) => formatForWhatsApp(pieces.join(''), {}));

t.test(
  'the parts of any answer show on the phone what the whole would: no visible character lost, every mark balanced',
  async () => {
    fc.assert(
      fc.property(ANSWER, LIMIT, (text, limit) => {
        const got = shownOfParts(split(text, limit));
        if (got !== formatShown(parseShownText(text))) throw new Error(JSON.stringify(split(text, limit), null, 1));
      }),
      { numRuns: 500 },
    );
  },
);

t.test('no part of any text is over the limit or blank, and non-blank text has at least one', async () => {
  const raw = fc.array(
    fc.constantFrom(...'a1*_~` \n>-', '```', '👩🏽‍⚕️', '\uD800', '\u0301', 'Rp 1.000', '- x\n', ' '.repeat(70)),
    { maxLength: 300 },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        ANSWER,
        raw.map((pieces) => pieces.join('')),
      ),
      LIMIT,
      (text, limit) => {
        const parts = split(text, limit);
        return (
          parts.every((part) => part.length <= limit && /\S/.test(part.replace(NUMBER_LINE, ''))) &&
          parts.length > 0 === /\S/.test(text)
        );
      },
    ),
    { numRuns: 500 },
  );
});

t.test('no character but white space and marks is lost from any text', async () => {
  const raw = fc.array(fc.constantFrom(...'ab*_~` \n>', '```', '👍🏽', '- x\n', 'x'.repeat(90), '*'.repeat(90)), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(raw, LIMIT, (pieces, limit) => {
      const text = pieces.join('');
      const parts = split(text, limit);
      const joined = parts.map((part) => part.replace(parts.length > 2 ? NUMBER_LINE : '', '')).join('');
      const bare = (written: string) => written.replace(/[\s*_~`>]/g, '');
      return bare(joined) === bare(text);
    }),
    { numRuns: 500 },
  );
});

t.test('parts are numbered only when there are more than two, all with their count', async () => {
  fc.assert(
    fc.property(ANSWER, LIMIT, (text, limit) => {
      const parts = split(text, limit);
      if (parts.length <= 2) return parts.every((part) => !NUMBER_LINE.test(part));
      return parts.every((part, index) => part.startsWith(`(${index + 1}/${parts.length})\n`));
    }),
  );
});

t.test('a text within the limit is one unchanged part', async (t) => {
  const text = `*Judul*\n${'a'.repeat(3492)}`;
  t.same(split(text), [text], 'exactly 3,500 characters');
  t.equal(split(`${text}a`).length, 2, 'one more');
});

t.test(
  'a text longer than 8 parts is cut at the eighth, which says so and keeps the warnings of the end',
  async (t) => {
    const cutNotice = '(Jawaban terpotong.)';
    const warning = '⚠️ Angka ini tidak dapat dipastikan dari data SAPA: 12.';
    for (const paragraph of [words(60), `- ${words(60)}`, `*${words(600)}*`, `\`\`\`\n${words(60)}\n\`\`\``]) {
      for (const length of [28_000, 90_000]) {
        const answer = `${paragraph}\n\n`.repeat(Math.ceil(length / paragraph.length));
        const parts = splitIntoParts(`${answer}${warning}`, { cutNotice });
        t.equal(parts.length, 8);
        t.ok(parts.every((part, index) => part.length <= 3500 && part.startsWith(`(${index + 1}/8)\n`)));
        t.ok(parts[7]?.endsWith(`\n\n${cutNotice}\n\n${warning}`));
        const shown = shownOfParts([parts[7]!.slice(0, -`\n\n${cutNotice}\n\n${warning}`.length)]);
        t.notMatch(shown, /:[*`]/, 'formatting is closed before the notice');
        t.ok(
          answer.includes(parts[0]!.slice(6, 300)) && parts[7]!.length > 2000,
          'the beginning, and the eighth is used',
        );
      }
    }
    const fits = splitIntoParts(`${words(60)}\n\n`.repeat(60), { cutNotice });
    t.notOk(fits.some((part) => part.includes(cutNotice)));
  },
);

t.test('ten parts and more are numbered within the limit', async (t) => {
  const parts = split(words(2000), 100);
  t.ok(parts.length > 100, `${parts.length} parts`);
  t.ok(parts.every((part) => part.length <= 100));
  t.match(parts.at(-1), new RegExp(`^\\(${parts.length}/${parts.length}\\)\n`));
});

t.test('blank text has no part', async (t) => {
  t.same(split(''), []);
  t.same(split(' \n\t '), []);
  t.same(split(' '.repeat(9000)), []);
  t.same(split(`a\n${' '.repeat(100)}`, 100), ['a'], 'nor has blank text at the end');
});

t.test('a limit too small to hold formatting is refused', async (t) => {
  t.throws(() => split('a', 63), RangeError);
  t.same(split('a', 64), ['a']);
});

t.test('cut at a paragraph rather than a later line, at a line rather than a later word', async (t) => {
  const line = 'Kalimat ini dua puluh tujuh.';
  const two = split(`${line}\n${line}\n\n${line}\n${line}`, 100);
  t.same(two, [`${line}\n${line}`, `${line}\n${line}`], 'paragraph');
  const lines = split([line, line, line, line].join('\n'), 100);
  t.same(lines, [`${line}\n${line}\n${line}`, line], 'line');
  const long = words(20);
  t.same(split(long, 100).join(' '), long, 'word');
});

t.test('a short first paragraph is not a separate part', async (t) => {
  const [first] = split(`Baik.\n\n${words(40)}`, 200);
  t.match(first, /^Baik\.\n\nkata0 /);
});

t.test('a heading, or a line that ends in a colon, is not left behind at the end of a part', async (t) => {
  for (const lead of ['*Kegiatan Minggu Ini*', 'Kegiatan minggu ini:', '*Kegiatan minggu ini:*']) {
    const before = `${words(6)}\n\n${words(6)}`;
    for (const gap of ['\n', '\n\n']) {
      const parts = split(`${before}\n\n${lead}${gap}- ${words(12)}`, before.length + lead.length + 8);
      t.equal(parts[0], before, lead);
      t.ok(parts[1]?.startsWith(lead), lead);
    }
  }
});

t.test('a monospace block that fits stays whole; a longer one is closed and opened again', async (t) => {
  const block = `\`\`\`\n${words(10)}\n\n${words(10)}\n\`\`\``;
  const parts = split(`${words(20)}\n${block}\n${words(20)}`, 200);
  t.ok(
    parts.some((part) => part.includes(block)),
    'whole',
  );
  const rows = Array.from({ length: 30 }, (_, row) => `  baris ${row}`).join('\n');
  const cut = split(`\`\`\`\n${rows}\n\`\`\``, 100, 8).map((part) => part.replace(NUMBER_LINE, ''));
  t.ok(cut.length > 2);
  t.ok(
    cut.every((part) => /^```\n {2}baris \d+\n[\s\S]*\d\n```$/.test(part)),
    'each part a block, its indentation kept',
  );
  t.equal(cut.map((part) => part.slice(4, -4)).join('\n'), rows);
  for (let limit = 100; limit < 200; limit++) {
    const parts = split(`\`\`\`\n${rows}\n\n\n\n\n\n\n\`\`\`\nSelesai.`, limit);
    t.notOk(
      parts.some((part) => /```\s*```/.test(part)),
      `no block without a line at ${limit}`,
    );
  }
});

t.test('formatting longer than a part is closed and opened again, inside a quote too', async (t) => {
  const parts = split(`> *${words(30)} _${words(30)}_*`, 150).map((part) => part.replace(NUMBER_LINE, ''));
  t.ok(parts.length > 2);
  for (const part of parts) t.match(part, /^> \*(?:_?kata\d+)(?: _?kata\d+)*_?\*$/);
  t.match(parts.at(-1), /^> \*_.*_\*$/);
  for (let length = 70; length < 110; length++) {
    const text = `*${words(12)} _${'x'.repeat(length - 20)} ${'y'.repeat(17)}_ ${words(12)}*`;
    const parts = split(text, 100);
    t.equal(shownOfParts(parts), formatShown(parseShownText(text)), `italic of ${length} inside`);
    t.ok(
      parts.some((part) => part.includes('y'.repeat(17))),
      'cut at a word',
    );
  }
});

t.test('a list item that fits is never cut, with what is indented under it', async () => {
  const item = fc
    .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 3 }))
    .map(([count, below]) =>
      [words(count, 'butir'), ...Array.from({ length: below }, () => `    - ${words(3, 'sub')}`)].join('\n'),
    );
  fc.assert(
    fc.property(fc.array(item, { minLength: 1, maxLength: 25 }), fc.boolean(), (items, numbered) => {
      const written = items.map((text, index) => (numbered ? `${index + 1}. ${text}` : `- ${text}`));
      const parts = split(`Daftar:\n${written.join('\n')}`, 220);
      return written.every((text) => parts.some((part) => `${part}\n`.includes(`${text}\n`)));
    }),
  );
});

t.test('amounts, dates, addresses and formatted stretches that fit are never cut', async () => {
  const whole = [
    ...['Rp 1.234.567', 'Rp1,2 miliar', 'Rp 350,5 juta', '25 rb', '45,3 persen', '3,5 triliun', 'Rp 1.234.567,00'],
    ...['Selasa, 24 November 2026', '24 Nov 2026', '23–27 November 2026', 'November 2026', 'Jumat, 5 Desember 2025'],
    ...[
      'https://sapa.contoh.go.id/kegiatan?bulan=11&hal=2',
      '*Rapat Koordinasi Daerah*',
      '_sudah dibayar semua_',
      '`521211 . 002523`',
      '~Rp 5 juta~',
      '*_penting sekali ini_*',
    ],
  ];
  const text = fc.array(fc.oneof(fc.constantFrom(...whole), fc.constantFrom('dan', 'x', 'sebesar', 'pada')), {
    minLength: 20,
    maxLength: 80,
  });
  fc.assert(
    fc.property(text, LIMIT, (pieces, limit) => {
      const parts = split(pieces.join(' '), limit).map((part) => part.replace(NUMBER_LINE, ''));
      // Every part is a run of whole pieces.
      let next = 0;
      return parts.every((part) => {
        let run = '';
        while (run.length < part.length && next < pieces.length) run += `${run ? ' ' : ''}${pieces[next++]}`;
        return run === part;
      });
    }),
    { numRuns: 300 },
  );
});

t.test('neither surrogate pairs nor combined emoji nor accents are cut, in a word longer than a part', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('👩🏽‍⚕️', '👨‍👩‍👧‍👦', '🇮🇩', 'e\u0301', '𝐀', '1️⃣', 'a'), { minLength: 60, maxLength: 300 }),
      LIMIT,
      (units, limit) => {
        const text = units.join('');
        const segments = (written: string) =>
          [...new Intl.Segmenter('id').segment(written)].map(({ segment }) => segment);
        const parts = split(text, limit).map((part) => part.replace(NUMBER_LINE, ''));
        return parts.flatMap(segments).join('|') === segments(text).join('|');
      },
    ),
  );
});

t.test('fitting paragraphs stay whole even if a word is longer than a part', async (t) => {
  const address = 'https://sapa.contoh.go.id/kegiatan';
  t.ok(split(`${'a'.repeat(80)}(${address})`, 100).some((part) => part.includes(address)));
});

t.test('one grapheme longer than a part is cut, but not inside a surrogate pair', async (t) => {
  const parts = split(`a${'\u{1E8D0}'.repeat(200)}`, 100);
  t.ok(parts.every((part) => part.length <= 100 && part.isWellFormed()));
});

t.test('60,000 characters of anything are split without hanging', async (t) => {
  const times = (unit: string) => unit.repeat(Math.ceil(60_000 / unit.length));
  const hostile = [
    '*',
    '*a ',
    '_a*b~ ',
    '`',
    '``` ',
    '```\nx\n',
    '1.',
    '1 ',
    '1.1,',
    '- ',
    '- a\n',
    ' - a\n',
    '\n',
    ' \n a',
    'a',
    '👩🏽‍⚕️',
    '\u0301',
    '> *a ',
    'Rp',
    'Rp 1 ',
    ':\n',
    '(1/3)\n',
    'http://',
  ];
  for (const unit of hostile) {
    const parts = splitIntoParts(`a${times(unit)}`, { cutNotice: '(dipotong)' });
    t.ok(parts.length <= 8 && parts.every((part) => part.length <= 3500), JSON.stringify(unit));
  }
  const stairs = Array.from({ length: 340 }, (_, level) => `${' '.repeat(level)}- x`).join('\n');
  t.ok(split(stairs).length > 1, 'stairs of items');
});
