import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { fences, inline, pairs, parse } from '../../sandbox/page/whatsapp.js';
import { findFences, findFormattedSpans } from '../../src/fonnte/format/delimiters.ts';

const text = (...lines: unknown[]) => ({ type: 'text', items: lines.map((nodes) => ({ marker: '', nodes })) });

t.test('marks at word boundaries format, and nest', async (t) => {
  t.same(inline('*tebal* _miring_ ~coret~ `kode`'), [
    { type: 'bold', nodes: ['tebal'] },
    ' ',
    { type: 'italic', nodes: ['miring'] },
    ' ',
    { type: 'strike', nodes: ['coret'] },
    ' ',
    { type: 'code', nodes: ['kode'] },
  ]);
  t.same(inline('*tebal _dan miring_*'), [
    { type: 'bold', nodes: ['tebal ', { type: 'italic', nodes: ['dan miring'] }] },
  ]);
  t.same(inline('`*apa adanya*`'), [{ type: 'code', nodes: ['*apa adanya*'] }]);
});

t.test('marks inside words, next to spaces or without a closing mark are characters', async (t) => {
  for (const line of ['snake_case_name', '5 * 3 * 2', '* tebal *', '*buka', 'a*b*c', '~', '``']) {
    t.same(inline(line), [line], line);
  }
});

t.test('lists, quotes and monospace blocks begin at the start of a line', async (t) => {
  t.same(parse('Halo\n- satu\n* dua\n\n3. tiga\n10. sepuluh\n> kutipan'), [
    text(['Halo']),
    {
      type: 'bullets',
      items: [
        { marker: '', nodes: ['satu'] },
        { marker: '', nodes: ['dua'] },
      ],
    },
    text([]),
    {
      type: 'numbers',
      items: [
        { marker: '3', nodes: ['tiga'] },
        { marker: '10', nodes: ['sepuluh'] },
      ],
    },
    { type: 'quote', items: [{ marker: '', nodes: ['kutipan'] }] },
  ]);
  t.same(parse('a - b 1. c > d'), [text(['a - b 1. c > d'])]);
  t.same(parse('-satu'), [text(['-satu'])]);
});

t.test('a monospace block keeps its lines, spaces and marks', async (t) => {
  t.same(parse('Tabel:\n```\nAkun   *Sisa*\n5211    Rp10\n```\nSelesai'), [
    text(['Tabel:']),
    { type: 'mono', text: 'Akun   *Sisa*\n5211    Rp10' },
    text(['Selesai']),
  ]);
});

t.test('a URL becomes a link without the punctuation around it', async (t) => {
  t.same(inline('Lihat https://sapa.contoh.id/a_b?c=1, ya.'), [
    'Lihat ',
    { type: 'link', nodes: ['https://sapa.contoh.id/a_b?c=1'] },
    ', ya.',
  ]);
  t.same(inline('*(https://contoh.id)*'), [
    { type: 'bold', nodes: ['(', { type: 'link', nodes: ['https://contoh.id'] }, ')'] },
  ]);
  t.same(inline('javascript:alert(1)'), ['javascript:alert(1)']);
});

const scribble = fc
  .array(
    fc.constantFrom('*', '_', '~', '`', '```', 'a', 'B7', ' ', '.', '(', 'é', '👍', '\n', '- ', '> ', 'https://a.id'),
  )
  .map((pieces) => pieces.join(''));

t.test('the page and the service recognize the same formatting', async (t) => {
  fc.assert(
    fc.property(scribble, (written) => {
      const line = written.replaceAll('\n', ' ');
      const spans = findFormattedSpans(line).map(({ delimiter: mark, ...span }) => ({ mark, ...span }));
      return (
        isDeepStrictEqual(sorted(pairs(line)), sorted(spans)) && isDeepStrictEqual(fences(written), findFences(written))
      );
    }),
    { numRuns: 2_000 },
  );
  t.pass('for 2,000 texts');
});

t.test('all characters except marks are preserved', async (t) => {
  const visible = (content: string) => content.replace(/[*_~`\s>-]/g, '');
  fc.assert(
    fc.property(scribble, (written) => visible(plain(parse(written))) === visible(written)),
    { numRuns: 2_000 },
  );
  t.pass('for 2,000 texts');
});

function sorted(found: readonly { open: number }[]) {
  return [...found].sort((one, other) => one.open - other.open);
}

function plain(node: unknown): string {
  if (typeof node === 'string') return node;
  if (Array.isArray(node)) return node.map(plain).join(' ');
  const { nodes, items, text: mono, marker = '' } = node as Record<string, string | unknown[]>;
  return `${marker && `${marker}.`}${plain(nodes ?? items ?? mono)}`;
}
