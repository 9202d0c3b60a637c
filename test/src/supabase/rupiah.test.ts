import fc from 'fast-check';
import t from 'tap';
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
