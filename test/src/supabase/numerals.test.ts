import t from 'tap';
import { parseNumeral } from '../../../src/supabase/numerals.ts';

t.test('digits are parsed with Indonesian and English separators, with the number of their decimals', async (t) => {
  const cases: [string, number, number][] = [
    ['1234567', 1234567, 0],
    ['1.234.567', 1234567, 0],
    ['1.234.567,89', 1234567.89, 2],
    ['1,234,567.8', 1234567.8, 1],
    ['45,30', 45.3, 2],
    ['45.3', 45.3, 1],
    ['1234.567', 1234.567, 3],
    ['0.125', 0.125, 3],
    ['0,125', 0.125, 3],
    ['1.234', 1234, 0],
    ['1,234', 1.234, 3],
  ];
  for (const [text, value, decimals] of cases) t.strictSame(parseNumeral(text), { value, decimals }, text);
});

t.test('the caller decides what a separator before exactly three digits does', async (t) => {
  t.equal(parseNumeral('1,234', { dot: 'groups', comma: 'groups' })?.value, 1234);
  t.equal(parseNumeral('45.283', { dot: 'decimals', comma: 'decimals' })?.value, 45.283);
  t.equal(parseNumeral('1.234.567', { dot: 'decimals', comma: 'decimals' })?.value, 1234567);
});

t.test('invalid separators, signs and units are no numeral', async (t) => {
  for (const text of [
    '',
    '1.23.456',
    '12.34,56',
    '0.125.000',
    '1,234.567,8',
    '1..2',
    '-5',
    'Rp5',
    '5%',
    '1e5',
    '.5',
    '5.',
  ]) {
    t.equal(parseNumeral(text), undefined, text);
  }
});
