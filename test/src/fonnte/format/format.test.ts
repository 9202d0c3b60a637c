import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { formatForWhatsApp } from '../../../../src/fonnte/format/format.ts';
import { formatShown, parseShownText } from '../../../support/shown-on-phone.ts';

const portalHost = 'sapa.contoh.go.id';
const CORPUS = new URL('../../../corpus/format/', import.meta.url);

/** The cases of one corpus file, as README.txt there describes them. */
function readCases(file: string): { name: string; markdown: string; expected: string }[] {
  const cases = readFileSync(new URL(file, CORPUS), 'utf8').split(/^=== /m).slice(1);
  return cases.map((text) => {
    const [name = '', ...lines] = text.split('\n');
    const arrow = lines.indexOf('=>');
    return {
      name,
      markdown: lines.slice(0, arrow).join('\n'),
      expected: lines
        .slice(arrow + 1)
        .join('\n')
        .trimEnd(),
    };
  });
}

t.test('the corpus: what Gemini writes becomes what the phone must get', async (t) => {
  let count = 0;
  for (const file of readdirSync(CORPUS).filter((name) => name !== 'README.txt')) {
    for (const { name, markdown, expected } of readCases(file)) {
      t.equal(formatForWhatsApp(markdown, { portalHost }), expected, `${file}: ${name}`);
      count++;
    }
  }
  t.ok(count >= 80, `${count} cases`);
});

// Marks in data, other signs, non-ASCII letters and emoji.
const WORD = fc.string({ unit: fc.constantFrom(...'*_~`aB5é(),.:"-+;😀'), minLength: 1, maxLength: 6 });
const STYLES = {
  '': ['', ''],
  b: ['**', '**'],
  i: ['_', '_'],
  s: ['~~', '~~'],
  bi: ['**_', '_**'],
  bs: ['**~~', '~~**'],
} as const;
const PHRASE = fc.record({
  words: fc.array(WORD, { minLength: 1, maxLength: 3 }),
  between: fc.constantFrom(' ', ' ', '\n'),
  style: fc.constantFrom('', '', 'b', 'i', 's', 'bi', 'bs' as const),
});

function escaped(word: string): string {
  return word.replace(/[!-/:-@[-`{-~]/g, '\\$&');
}

t.test('formatting of the model is formatting on the phone, and marks in the data never format', async () => {
  fc.assert(
    fc.property(fc.array(PHRASE, { minLength: 1, maxLength: 6 }), (phrases) => {
      const markdown = phrases
        .map(({ words, between, style }) => STYLES[style][0] + words.map(escaped).join(between) + STYLES[style][1])
        .join(' ');
      const expected = phrases.flatMap(({ words, style }) =>
        [...words.join('')].map((character) => ({ character, formats: style })),
      );
      const got = formatShown(parseShownText(formatForWhatsApp(`Isi: ${markdown}`, { portalHost })));
      const want = formatShown([...'Isi:'].map((character) => ({ character, formats: '' })).concat(expected));
      if (got !== want) throw new Error(`${markdown}\n${got}\n${want}`);
    }),
    { numRuns: 500 },
  );
});

t.test('marks in the data never format, at any position and next to any text', async () => {
  fc.assert(
    fc.property(fc.array(WORD, { minLength: 1, maxLength: 12 }), (words) => {
      const text = words.join(' ');
      const got = formatShown(parseShownText(formatForWhatsApp(`Isi: ${escaped(text)}`, { portalHost })));
      const want = formatShown([...`Isi:${text.replaceAll(' ', '')}`].map((character) => ({ character, formats: '' })));
      if (got !== want) throw new Error(`${text}\n${got}\n${want}`);
    }),
    { numRuns: 500 },
  );
});

t.test('a plain sentence is unchanged', async () => {
  const word = fc.stringMatching(
    /^[A-Za-z]{1,8}$|^Rp\d{1,3}(\.\d{3}){0,3}$|^\d{1,2},\d%$|^\([a-z]{1,5}\)$|^[a-z]{2,4}_[a-z]{2,4}$|^~\d{2}$/,
  );
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 15 }), fc.constantFrom('.', '?', '!', ''), (words, end) => {
      const sentence = `Baik, ${words.join(' ')}${end}`;
      return formatForWhatsApp(sentence, { portalHost }) === sentence;
    }),
  );
});

const MARKDOWN = fc
  .array(
    fc.constantFrom(
      ...[
        '*',
        '**',
        '_',
        '__',
        '~~',
        '~',
        '`',
        '```',
        '\n',
        '\n\n',
        ' ',
        '    ',
        '- ',
        '1. ',
        '2) ',
        '> ',
        '# ',
        '[a](',
        ')',
        '![',
        ']',
      ],
      ...[
        '| a | b |\n|---|---|\n',
        '|',
        '---',
        '<div>',
        '<br>',
        '<b',
        '>',
        '&amp;',
        '&#42;',
        '\\',
        'kata',
        'Rp5.000',
        '👩🏽‍⚕️',
        '\uD800',
        '- [ ] ',
      ],
    ),
    { maxLength: 60 },
  )
  .map((pieces) => pieces.join(''));

const CHARACTER = fc.oneof(
  fc.integer({ min: 0, max: 0x7e }).map((code) => String.fromCharCode(code)),
  fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
  fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code)),
);

t.test('no string makes it throw, and nothing invisible is left', async () => {
  const anything = fc.oneof(
    MARKDOWN,
    fc.array(CHARACTER, { maxLength: 200 }).map((characters) => characters.join('')),
  );
  fc.assert(
    fc.property(anything, (markdown) => {
      const text = formatForWhatsApp(markdown, {});
      return text === text.trimEnd() && text.isWellFormed() && !/[\u200B\u200C\u2060\uFEFF]/.test(text);
    }),
    { numRuns: 1000 },
  );
});

t.test('no letter is lost next to any marks and blocks', async () => {
  const pieces = fc.array(fc.constantFrom(...'abcéXY*_#>-+ \n\\.()!=', '**', '  ', '~~a~~', '1. ', '- [x] a', '`c`'), {
    maxLength: 80,
  });
  fc.assert(
    fc.property(pieces, (written) => {
      const markdown = written.join('').replaceAll('[x]', '[ ]');
      const letters = (text: string) => text.replace(/[^\p{L}]/gu, '');
      return letters(formatForWhatsApp(markdown, {})) === letters(markdown);
    }),
    { numRuns: 1000 },
  );
});

t.test('no address but the portal’s keeps a scheme, however it is put together', async () => {
  const pieces = fc.array(
    fc.constantFrom(
      'https',
      'http',
      ':',
      '//',
      '/',
      '\\/',
      '&#58;',
      '&#47;',
      '\u200B',
      '<b></b>',
      '**',
      '`',
      'jahat.com',
      portalHost,
      '@',
      '.',
      ' ',
      '[a](',
      ')',
      '<',
      '>',
    ),
    { maxLength: 25 },
  );
  fc.assert(
    fc.property(pieces, (written) => {
      const addresses = formatForWhatsApp(written.join(''), { portalHost }).match(/[a-z]:\/\/\S*/gi) ?? [];
      return addresses.every((address) => /^p?s?:\/\/sapa\.contoh\.go\.id(?![a-z0-9@-])/i.test(address.slice(0)));
    }),
    { numRuns: 3000 },
  );
});

t.test('invisible characters are removed, also as entities', async (t) => {
  t.equal(formatForWhatsApp('Si\u200Bsa &#8203;Rp\u20605 &#xFE0F;juta\uFEFF 👨‍👩‍👧', {}), 'Sisa Rp5 juta 👨‍👩‍👧');
});

t.test('without a portal no address keeps its scheme', async (t) => {
  t.equal(formatForWhatsApp('https://sapa.contoh.go.id/x', {}), 'sapa.contoh.go.id/x');
});

t.test('a list of plain items reads like one that also holds other items', async () => {
  const words = fc.constantFrom(
    'kata',
    'Rapat *unit* ini',
    '**Sisa:** Rp5',
    '**tebal**',
    'a_b',
    'x ',
    'b -',
    'c  d',
    'é',
    '5',
  );
  const signs = fc.constantFrom<(item: number) => string>(
    () => '- ',
    () => '* ',
    (item) => `${item}. `,
  );
  fc.assert(
    fc.property(fc.array(words, { minLength: 1, maxLength: 6 }), signs, (items, sign) => {
      const list = items.map((item, index) => `${sign(index + 1)}${item}`).join('\n');
      const other = `${sign(items.length + 1)}(lain)`;
      const shownOther = other.replace('*', '-');
      return (
        formatForWhatsApp(`${list}\n${other}`, {}) === `${formatForWhatsApp(list, {})}\n${shownOther}` &&
        formatForWhatsApp(`${list}\n\nKata`, {}) === `${formatForWhatsApp(list, {})}\n\nKata`
      );
    }),
  );
});

t.test('a text without visible characters is empty', async (t) => {
  for (const markdown of ['', ' \n\t', '<!-- x -->', '\u200B', '```\n```']) {
    t.equal(formatForWhatsApp(markdown, {}), '', JSON.stringify(markdown));
  }
});

t.test('a long answer is whole: lists, fences, tables, headings', async (t) => {
  const numbers = Array.from({ length: 480 }, (_, index) => index + 1);
  const list = numbers.map((number) => `${number}. Kegiatan **${number}** untuk unit`);
  t.same(
    formatForWhatsApp(list.join('\n'), {}).split('\n'),
    list.map((line) => line.replaceAll('**', '*')),
    'list',
  );
  const nested = numbers.map((number) => `- Kegiatan ${number}\n    - rincian ${number}`).join('\n');
  t.equal(formatForWhatsApp(nested, {}), nested, 'nested list');
  const fence = ['```', ...numbers.map((number) => `baris   ${number} *apa adanya*`), '```'];
  const fenced = formatForWhatsApp(fence.join('\n'), {}).split('\n');
  t.same(
    fenced.filter((line) => line !== '```' && line !== ''),
    fence.slice(1, -1),
    'fence',
  );
  const table = [
    '| Akun | Sisa |',
    '|---|---|',
    ...numbers.map((number) => `| 52${1000 + number} | Rp${number}.000 |`),
  ];
  const rows = formatForWhatsApp(table.join('\n'), {}).split('\n');
  t.same(
    rows.slice(1),
    numbers.map((number) => `*52${1000 + number}*: Rp${number}.000`),
    'table',
  );
  const headings = numbers.map((number) => `## Judul ${number}\n\n- a\n  - b\n`);
  const sections = formatForWhatsApp(headings.join('\n'), {});
  t.equal(sections, numbers.map((number) => `*Judul ${number}*\n- a\n    - b`).join('\n\n'), 'headings');
});

t.test('60,000 characters of any text neither block nor overflow the stack, and lose no letter', async (t) => {
  const times = (unit: string) => unit.repeat(Math.ceil(60_000 / unit.length));
  const deep = Array.from({ length: 240 }, (_, level) => `${' '.repeat(2 * level)}- x`).join('\n');
  const hostile: Record<string, string> = {
    stars: '*'.repeat(30_000),
    'openers before one closer': `${times('**a ')}b**`,
    'openers of three kinds': `${times('*a _b ~c ')}x~_*`,
    quotes: times('>'),
    'quotes and items': `${times('> - ')}a`,
    'items in one line': `${times('- ')}a`,
    'numbers in one line': `${times('1. ')}a`,
    'nested items': deep,
    'lines in one item': `- a\n${times('b\n')}`,
    'underlined headings': times('a\n-\n'),
    'links that never end': times('[a]('),
    'links that end late': `${times('[a](b')})`,
    'marks in marks': `${'*a _b '.repeat(4000)}x${'_ *'.repeat(4000)}`,
    brackets: times('['),
    tags: times('<a b="c" '),
    scripts: times('<script>'),
    'one word': times('a'),
    'one word of emoji': times('👩🏽‍⚕️'),
    backticks: times('`a ``b '),
    'table of pipes': `|a|b|\n|-|-|\n${times('|')}`,
    'a line of underscores and letters': times('_a'),
  };
  const letters = (text: string) => text.replace(/[^a-z]/g, '').length;
  for (const [name, markdown] of Object.entries(hostile)) {
    const text = formatForWhatsApp(markdown, {});
    // The table's two headings are shown; tags and the addresses in them are not.
    if (!/tags|scripts|links|table/.test(name)) t.equal(letters(text), letters(markdown), name);
    const answer = formatForWhatsApp(`${markdown.slice(0, 19_000)}\n\n**tebal**`, {});
    t.match(answer, /(?:^|\n)\*tebal\*$/, `${name}: the next paragraph is formatted`);
  }
});

t.test('text after the first 20,000 characters is whole, with its Markdown as written', async (t) => {
  const line = '- Kegiatan **rapat** di Jakarta';
  const lines = formatForWhatsApp(Array.from({ length: 1000 }, () => line).join('\n'), {}).split('\n');
  t.equal(lines.length, 1000);
  t.equal(lines[0], '- Kegiatan *rapat* di Jakarta');
  t.equal(lines.at(-1), '– Kegiatan ∗∗rapat∗∗ di Jakarta');
  t.ok(formatForWhatsApp('👩🏽‍⚕️'.repeat(9000), {}).isWellFormed(), 'a line without a space');
});

t.test('LaTeX and math markup become plain text, outside code', async (t) => {
  const cases: [string, string][] = [
    [String.raw`Serapan $33,3\%$ dari pagu.`, 'Serapan 33,3% dari pagu.'],
    [String.raw`$$\frac{\text{Realisasi}}{\text{Pagu}} \times 100\%$$`, 'Realisasi / Pagu × 100%'],
    [String.raw`\frac{a}{b}, lalu A \rightarrow B`, 'a / b, lalu A → B'],
    [String.raw`\[ \text{Sisa} = \frac{a+b}{c_{1}} \]`, 'Sisa = (a+b) / c_1'],
    [String.raw`\( x^{2} \le 5 \), $\sqrt{9}$, $5 \times 3 = 15$`, 'x² ≤ 5, √9, 5 × 3 = 15'],
    [String.raw`\[tiga\], \(empat\), \$5`, '[tiga], (empat), $5'],
    ['Harga $5 dan $6 per unit, US$100 - US$200', 'Harga $5 dan $6 per unit, US$100 - US$200'],
    [String.raw`C:\to\times dan $HOME/$USER`, String.raw`C:\to\times dan $HOME/$USER`],
    [String.raw`\emph{Sisa} \underline{akhir} \overline{x} \foobar{isi}`, 'Sisa akhir x isi'],
    [String.raw`\left(\frac{a}{b}\right) \quad x^{2} + x_{i}`, '(a / b)   x² + x_i'],
    [String.raw`\frac12 dan \tfrac34`, '1 / 2 dan 3 / 4'],
    [String.raw`\frac{\frac{\text{a}}{b}}{c}`, '(a / b) / c'],
    [String.raw`\begin{align} a &= b \\ c &= d \end{align}`, 'a  = b\nc  = d'],
    ['Hanya $d$, sel $A$1', 'Hanya d, sel $A$1'],
    ['Kode `\\frac{a}{b}` dan `$5$`', 'Kode `\\frac{a}{b}` dan `$5$`'],
  ];
  for (const [markdown, expected] of cases) t.equal(formatForWhatsApp(markdown, {}), expected);
});
