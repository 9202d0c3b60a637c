import fc from 'fast-check';
import t from 'tap';
import { parseBudgetCode } from '../../../../src/supabase/budget/budget-code.ts';

const OLD = 'WA.6336.EBA.963.126.0B.521211';

t.test('the item before the description becomes the eighth segment', async (t) => {
  for (const uraian of ['002523. ATK', ' 002523.ATK ', '002523 .  ATK', '002523.\nATK'])
    t.same(parseBudgetCode(` ${OLD} `, uraian), { kode: `${OLD}.002523`, account: '521211', uraian: 'ATK' }, uraian);
  t.same(parseBudgetCode(OLD, '002523.'), { kode: `${OLD}.002523`, account: '521211', uraian: '' });
});

t.test('every other row keeps its code and description', async (t) => {
  const rows: [string, unknown, string][] = [
    [OLD, 'Belanja Bahan', 'Belanja Bahan'],
    [OLD, '1. ATK', '1. ATK'],
    [OLD, '0025234. ATK', '0025234. ATK'],
    [OLD, '002523 ATK', '002523 ATK'],
    [OLD, null, ''],
    [OLD, 7, '7'],
    [`${OLD}.002523`, '002523. ATK', '002523. ATK'],
    ['WA.6336.EBA.963.126.0B', '002523. ATK', '002523. ATK'],
    ['WA.6336.EBA.963.126.521211.A', '002523. ATK', '002523. ATK'],
  ];
  for (const [kode, uraian, text] of rows) t.match(parseBudgetCode(kode, uraian), { kode, uraian: text });
});

t.test('both forms of any row are the same row', async () => {
  const digits = (length: number) =>
    fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: length, maxLength: length });
  const row = fc.record({ account: digits(6), item: digits(6), uraian: fc.string().map((text) => text.trim()) });
  fc.assert(
    fc.property(row, ({ account, item, uraian }) => {
      const code = `WA.6336.EBA.963.126.0B.${account}`;
      const old = parseBudgetCode(code, `${item}. ${uraian}`);
      const current = parseBudgetCode(`${code}.${item}`, uraian);
      return old.kode === current.kode && old.account === current.account && old.uraian === current.uraian;
    }),
  );
});
