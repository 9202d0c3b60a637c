import fc from 'fast-check';
import t from 'tap';
import { sumAmounts } from '../../../../src/supabase/budget/amounts.ts';
import { AMOUNTS, parseReport } from '../../../../src/supabase/reports/report.ts';
import { budgetRow, kode } from '../sapa-rows.ts';

t.test('amounts in other notations are parsed; rows with invalid cells are left out and counted', async (t) => {
  const code = kode('521211', '000001');
  const report = parseReport(
    [
      budgetRow(code, 'Bahan', 1000, 400),
      budgetRow(code, 'Bahan', '1.234.567,89', 'Rp 500.000'),
      budgetRow(code, 'Bahan', null, undefined),
      budgetRow(code, 'Bahan', '', ' - '),
      budgetRow(` ${code} `, null, '250', 0),
      budgetRow(code, 7, 1, 0),
      budgetRow(code, 'Bahan', 'banyak', 0),
      budgetRow(code, 'Bahan', 1000, '1,234'),
      budgetRow('', 'Jumlah', 1000, 400),
      budgetRow(null, 'Jumlah', 1000, 400),
      [code, 'Bahan', 1000],
      [],
      null,
      { kode: code },
      'WA',
    ],
    { '521211': ' Belanja Bahan ' },
  );
  t.equal(report.skipped, 9);
  t.match(sumAmounts(report.rows), { pagu: 1000 + 1234567.89 + 250 + 1, realisasi: 400 + 500_000 });
  t.same(
    report.rows.map(({ uraian }) => uraian),
    ['Bahan', 'Bahan', 'Bahan', 'Bahan', '', '7'],
  );
  for (const row of report.rows) t.match(row, { kode: code, account: '521211' });
  t.same([...report.names], [['521211', 'Belanja Bahan']]);
});

t.test('cells as a spreadsheet shows them keep their amounts, and the row is not left out', async (t) => {
  const cells = ['Rp -', '–', 'nihil', '1.500.000,-', '1.500,00-', 'Rp(1.500)', '(Rp1.500)', '1,5E+06', 'Rp 2.000,50'];
  const amounts = [0, 0, 0, 1_500_000, -1500, -1500, -1500, 1_500_000, 2000.5];
  const rows = cells.map((cell) => budgetRow(kode('521211', '000001'), 'Bahan', cell, cell, [cell, cell, cell]));
  const report = parseReport(rows, {});
  t.equal(report.skipped, 0);
  for (const name of AMOUNTS)
    t.same(
      report.rows.map((row) => row[name]),
      amounts,
      name,
    );
});

t.test('a value that is not a report becomes an empty, unreadable report', async (t) => {
  for (const stored of [null, undefined, {}, 7, 'kosong', true]) {
    const report = parseReport(stored, stored);
    t.match(report, { rows: [], skipped: 0, readable: false });
  }
  t.match(parseReport([], null), { rows: [], readable: true });
});

t.test('a report stored as JSON text is a report', async (t) => {
  const rows = JSON.stringify([budgetRow(kode('521211', '000001'), 'Bahan', 10, 5)]);
  const report = parseReport(rows, '{"521211":"Belanja Bahan"}');
  t.match(report, { rows: [{ pagu: 10, realisasi: 5 }], readable: true });
  t.equal(report.names.get('521211'), 'Belanja Bahan');
});

t.test("an account's name is its own entry, not an item's or an inherited property", async (t) => {
  const rows = [
    budgetRow(kode('521211', '000001'), 'Bahan', 1, 0),
    budgetRow('constructor', 'Aneh', 1, 0),
    budgetRow('__proto__', 'Aneh', 1, 0),
    budgetRow(kode('532111', '521211'), 'Modal', 1, 0),
  ];
  const { rows: parsed, names } = parseReport(
    rows,
    JSON.parse('{"000001":"Kertas","52":"Barang","532111":5,"__proto__":"x"}'),
  );
  t.same(
    parsed.map(({ account }) => [account, names.get(account) ?? null]),
    [
      ['521211', null],
      ['constructor', null],
      ['__proto__', 'x'],
      ['532111', null],
    ],
  );
});

const cell = fc.oneof(
  fc
    .integer({ min: -1e12, max: 1e12 })
    .map((value) => ({ cell: value as unknown, value: value as number | undefined })),
  fc.integer({ min: 0, max: 1e12 }).map((value) => ({ cell: value.toLocaleString('id-ID'), value })),
  fc.constantFrom(
    { cell: null, value: 0 },
    { cell: 'x', value: undefined },
    { cell: '1.234.567,89', value: 1234567.89 },
  ),
);

t.test('the totals contain every amount of every valid row and no other', async () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          account: fc.constantFrom('521211', '524111', '532111'),
          cells: fc.tuple(cell, cell, cell, cell, cell),
        }),
      ),
      (given) => {
        const rows = given.map(({ account, cells }, i) => [
          kode(account, String(i)),
          `u${i}`,
          ...cells.map((c) => c.cell),
        ]);
        const report = parseReport(rows, {});
        const whole = given.filter(({ cells }) => cells.every((c) => c.value !== undefined));
        return (
          report.rows.length === whole.length &&
          report.skipped === given.length - whole.length &&
          AMOUNTS.every((name, column) => {
            const near = (sum: number, rows: typeof whole) =>
              Math.abs(sum - rows.reduce((total, { cells }) => total + (cells[column]?.value ?? 0), 0)) < 0.01;
            return (
              near(sumAmounts(report.rows)[name], whole) &&
              [...Map.groupBy(report.rows, ({ account }) => account)].every(([account, rows]) =>
                near(
                  sumAmounts(rows)[name],
                  whole.filter((row) => row.account === account),
                ),
              )
            );
          })
        );
      },
    ),
  );
});
