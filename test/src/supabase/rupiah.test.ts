import fc from 'fast-check';
import t from 'tap';
import { parseAmountOrZero } from '../../../src/supabase/fields.ts';
import { formatNumber, formatRupiah, parseAmount, toPercent, toSen } from '../../../src/supabase/rupiah.ts';

t.test('parseAmount accepts the notations of SAKTI, SAPA and the models', async (t) => {
  const understood: [unknown, number][] = [
    [1234567, 1234567],
    [-0.5, -0.5],
    ['1.234.567,89', 1234567.89],
    ['1.234.567', 1234567],
    ['1.234', 1234],
    ['1234567', 1234567],
    ['1234567.89', 1234567.89],
    ['1234.567', 1234.567],
    ['1,234,567.89', 1234567.89],
    ['1,234,567', 1234567],
    ['45,3', 45.3],
    ['45,3%', 45.3],
    ['0,125', 0.125],
    ['0.125', 0.125],
    ['.5', 0.5],
    ['Rp1.234.567', 1234567],
    ['Rp 1.234.567,00', 1234567],
    ['rp. 500', 500],
    ['IDR 2.000', 2000],
    ['-1.500', -1500],
    ['-Rp1.500', -1500],
    ['Rp-1.500', -1500],
    ['\u22121.500', -1500],
    ['(1.500,25)', -1500.25],
    ['1e9', 1e9],
    [' 12 ', 12],
    ['1\u00a0000', 1000],
    ['0', 0],
    ['-0', 0],
    ['1.500.000,-', 1_500_000],
    ['Rp 1.500.000,--', 1_500_000],
    ['Rp1.500.000,=', 1_500_000],
    ['1.500.000.-', 1_500_000],
    ['-1.500,-', -1500],
    ['0,-', 0],
    ['1.500,00-', -1500],
    ['Rp 1.500 -', -1500],
    ['1.500–', -1500],
    ['–1.500', -1500],
    ['1,234.00-', -1234],
    ['(Rp1.500)', -1500],
    ['Rp(1.500)', -1500],
    ['Rp. (1.500,25)', -1500.25],
    ['IDR (1.500,-)', -1500],
    ['(0)', 0],
    ['1,5E+06', 1_500_000],
    ['1,234E+06', 1_234_000],
    ['1.5e+06', 1_500_000],
    ['2,5E-01', 0.25],
    ['-1,5E+06', -1_500_000],
    ['\u202d1.500\u202c', 1500],
  ];
  for (const [given, amount] of understood) t.equal(parseAmount(given), amount, JSON.stringify(given));
});

t.test('parseAmount rejects invalid and ambiguous amounts', async (t) => {
  const refused = [
    '',
    '-',
    'abc',
    'Rp',
    '1.23.456',
    '12.34,56',
    '1,234',
    '123,456',
    '1.2.3',
    '--5',
    '-Rp-5',
    '1 juta',
    '0.125.000',
    'Rp -',
    '–',
    'nihil',
    '-5-',
    '+5-',
    '5--',
    '(1.500',
    'Rp()',
    'Rp(Rp1.500)',
    '-(1.500)',
    '1,234-',
    'Rp(1,234)',
    ',-',
    '1.500-2.000',
    '1,5E',
    '1,5E+999',
  ];
  for (const given of [...refused, null, undefined, true, [], {}, Number.NaN, Infinity, '1e999', '9'.repeat(61)]) {
    t.equal(parseAmount(given), undefined, JSON.stringify(given));
  }
});

t.test('parseAmount returns the amount that formatRupiah formatted', async () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e15, max: 1e15 }), (sen) => {
      const amount = sen / 100;
      return parseAmount(formatRupiah(amount)) === amount;
    }),
  );
});

t.test('a cell that a spreadsheet shows for zero is zero, and other texts are not', async (t) => {
  const zeros = [
    '',
    ' ',
    '-',
    ' - ',
    '--',
    '–',
    '—',
    '\u2212',
    'Rp -',
    'Rp. –',
    'Rp-',
    'IDR -',
    'Rp -,00',
    '-,-',
    'nihil',
    ' NIHIL ',
    'Nil',
    'nol',
  ];
  for (const cell of [...zeros, null, undefined, 0, '0', 'Rp0', '0,00', '(0)'])
    t.equal(parseAmountOrZero(cell), 0, JSON.stringify(cell));
  for (const cell of ['Rp', 'nihil 5', '- 5 -', 'tidak ada', '#REF!', '#N/A', true, {}, []])
    t.equal(parseAmountOrZero(cell), undefined, JSON.stringify(cell));
});

t.test('every notation of a spreadsheet keeps the amount', async () => {
  const grouped = (sen: number) => {
    const [rupiah = '', rest = ''] = (sen / 100).toFixed(2).split('.');
    return { rupiah: rupiah.replace(/\B(?=(\d{3})+$)/g, '.'), rest };
  };
  const minus = fc.constantFrom('-', '–', '—', '\u2212');
  const currency = fc.constantFrom('', 'Rp', 'Rp ', 'Rp. ', 'rp', 'IDR ');
  const space = fc.constantFrom('', ' ', '\u00a0', '\u200e');
  const amount = fc.integer({ min: 1, max: 1e14 });
  fc.assert(
    fc.property(amount, currency, minus, space, (sen, unit, dash, gap) => {
      const { rupiah, rest } = grouped(sen);
      const exact = `${rupiah},${rest}`;
      const whole = sen - (sen % 100);
      const positive = [`${unit}${exact}`, `${gap}${unit}${exact}${gap}`];
      const negative = [
        `${dash}${unit}${exact}`,
        `${unit}${dash}${exact}`,
        `${unit}${exact}${gap}${dash}`,
        `(${unit}${exact})`,
        `${unit}(${gap}${exact}${gap})`,
      ];
      return (
        positive.every((cell) => parseAmountOrZero(cell) === sen / 100) &&
        negative.every((cell) => parseAmountOrZero(cell) === -sen / 100) &&
        (whole === 0 || parseAmountOrZero(`${unit}${rupiah},${dash}`) === whole / 100) &&
        (whole === 0 || parseAmountOrZero(`(${unit}${rupiah},${dash})`) === -whole / 100)
      );
    }),
    { numRuns: 1_000 },
  );
});

t.test('an amount in scientific notation with a decimal comma is the same as with a point', async () => {
  fc.assert(
    fc.property(fc.double({ min: 1e3, max: 1e15, noNaN: true }), fc.integer({ min: 1, max: 12 }), (value, digits) => {
      const text = value.toExponential(digits).toUpperCase();
      return parseAmount(text.replace('.', ',')) === Number(text);
    }),
  );
});

t.test('rupiah and numbers are formatted in Indonesian notation', async (t) => {
  t.equal(formatRupiah(1234567), 'Rp1.234.567');
  t.equal(formatRupiah(0), 'Rp0');
  t.equal(formatRupiah(-500), '-Rp500');
  t.equal(formatRupiah(1234.5), 'Rp1.234,5');
  t.equal(formatRupiah(-0.001), 'Rp0');
  t.equal(formatNumber(45.2689, 1), '45,3');
  t.equal(formatNumber(-0.001), '0');
});

t.test('toSen and toPercent remove binary rounding errors', async (t) => {
  t.equal(toSen(0.1 + 0.2), 0.3);
  t.equal(toSen(-1e-9), 0);
  t.equal(toSen(1e17 + 1), 1e17 + 1, 'too large to have sen');
  t.equal(toPercent(45.249), 45.249, 'not 45.25, which would then be rounded up to 45.3');
});
