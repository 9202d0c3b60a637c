import fc from 'fast-check';
import t from 'tap';
import { createSpreadsheets } from '../../../src/spreadsheets/spreadsheets.ts';
import { type Table, toCellText, toFileName, toSheetName } from '../../../src/spreadsheets/table.ts';
import { readWorkbook } from '../../support/workbook.ts';

const never = new AbortController().signal;
const MAX_BYTES = 4_000_000;

function buildTable(rows: Table['rows'], given: Partial<Table> = {}): Table {
  return {
    title: 'Laporan Akrual 2026-10-31',
    columns: [
      { header: 'Uraian', kind: 'text', width: 40 },
      { header: 'Pagu', kind: 'rupiah', width: 20 },
      { header: 'Serapan', kind: 'percent', width: 12 },
      { header: 'Tanggal', kind: 'day', width: 20 },
    ],
    rows,
    total: rows.length,
    details: [['Laporan', 'Akrual']],
    ...given,
  };
}

t.test('a workbook has a header, a filter, a frozen first row, and numbers that are numbers', async (t) => {
  const table = buildTable([
    ['Belanja <b>&"\u0007 rapat', 1_234_567.5, 45.1234, '2026-10-31'],
    ['-', -500, null, null],
    ['=HYPERLINK("https://contoh.invalid")', 0, 0, '1999-12-31'],
  ]);
  const { data, rows } = await createSpreadsheets({ maxBytes: MAX_BYTES }).build(table, never);
  t.equal(rows, 3);
  const [list, details] = readWorkbook(data);
  t.equal(list?.name, 'Laporan Akrual 2026-10-31');
  t.equal(list?.frozenRows, 1);
  t.equal(list?.filter, 'A1:D4');
  t.strictSame(
    list?.rows[0]?.map(({ text }) => text),
    ['Uraian', 'Pagu', 'Serapan', 'Tanggal'],
  );
  t.match(list?.rows[1], [
    { text: 'Belanja <b>&" rapat' },
    { number: 1_234_567.5, format: '[$Rp-421]#,##0;-[$Rp-421]#,##0' },
    { number: 0.451234, format: '0.00%' },
    // 31 October 2026 as Excel counts days.
    { number: 46326, format: '[$-421]d mmmm yyyy' },
  ]);
  t.match(list?.rows[2], [{ text: '-' }, { number: -500 }]);
  t.equal(list?.rows[2]?.length, 2, 'an empty cell is empty, not zero');
  t.match(list?.rows[3]?.[0], { text: '\'=HYPERLINK("https://contoh.invalid")' });
  t.match(
    details?.rows.map((row) => row.map(({ text }) => text)),
    [
      ['Laporan', 'Akrual'],
      ['Jumlah baris', '3'],
    ],
  );
});

t.test(
  '5,000 rows are built off the event loop; a workbook that is too large gets fewer rows and says so',
  async (t) => {
    const rows = Array.from({ length: 5_000 }, (_, index) => [`Rincian ${index}`, index, index / 50, '2026-10-31']);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 10);
    const spreadsheets = createSpreadsheets({ maxBytes: MAX_BYTES });
    const whole = await spreadsheets.build(buildTable(rows, { total: 7_000 }), never);
    clearInterval(timer);
    t.ok(ticks > 5, 'timers run while the workbook is built');
    const [list, details] = readWorkbook(whole.data);
    t.equal(list?.rows.length, 5_001);
    t.match(list?.rows[5_000], [{ text: 'Rincian 4999' }, { number: 4999 }]);
    t.equal(details?.rows.at(-1)?.[1]?.text, '5.000 baris pertama dari 7.000; sisanya tidak dimuat');

    const limited = await createSpreadsheets({ maxBytes: whole.data.length / 2 }).build(buildTable(rows), never);
    t.ok(limited.data.length <= whole.data.length / 2);
    t.ok(limited.rows > 1_000 && limited.rows < 5_000);
    const [part, partDetails] = readWorkbook(limited.data);
    t.equal(part?.rows.length, limited.rows + 1);
    t.match(partDetails?.rows.at(-1)?.[1]?.text, /baris pertama dari 5\.000/);
  },
);

t.test('a build ends with the turn that wants it, and with the failure of its worker', async (t) => {
  const spreadsheets = createSpreadsheets({ maxBytes: MAX_BYTES });
  const reason = new Error('the turn ended');
  await t.rejects(spreadsheets.build(buildTable([]), AbortSignal.abort(reason)), reason);
  const controller = new AbortController();
  const aborted = spreadsheets.build(buildTable([['a', 1, 1, null]]), controller.signal);
  const next = spreadsheets.build(buildTable([['b', 1, 1, null]]), never);
  controller.abort(reason);
  await t.rejects(aborted, reason);
  t.equal((await next).rows, 1, 'the next build gets its turn');
  const invalid = buildTable([], { details: [['Laporan', null as unknown as string]] });
  await t.rejects(spreadsheets.build(invalid, never), { name: 'TypeError' });
});

t.test('a text cannot become a formula, also after it was saved as CSV', async (t) => {
  const cases: [string, string][] = [
    ['=1+1', "'=1+1"],
    ['+62 812', "'+62 812"],
    ['-2+3', "'-2+3"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'=1"],
    ['\r\n=1', "'=1"],
    [' \u200b=1', "'=1"],
    ['＝1', "'＝1"],
    ['- belum ada', "'- belum ada"],
    ['-', '-'],
    ['Rapat = penting', 'Rapat = penting'],
  ];
  for (const [text, expected] of cases) t.equal(toCellText(text), expected, JSON.stringify(text));
  t.equal(toCellText('a'.repeat(40_000)).length, 32_767);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const cell = toCellText(text);
      return cell === '' || cell.length === 1 || !/^[\s=+\-@＝＋－＠]/u.test(cell);
    }),
  );
});

t.test('names of sheets and files are valid', async (t) => {
  t.equal(toSheetName('Laporan SP2D/Akrual: [uji]? *\\'), 'Laporan SP2D Akrual uji');
  t.equal(toSheetName("'kutip'"), 'kutip');
  t.equal(toSheetName('History'), 'Daftar');
  t.equal(toSheetName('  '), 'Daftar');
  t.equal(toFileName('Laporan Akrual 2026-10-31'), 'laporan-akrual-2026-10-31.xlsx');
  t.equal(toFileName('«»'), 'daftar.xlsx');
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (title) => {
      const name = toSheetName(title);
      return name.length > 0 && name.length <= 31 && name.isWellFormed() && !/[[\]/\\:*?]|^'|'$/.test(name);
    }),
  );
  const { data } = await createSpreadsheets({ maxBytes: MAX_BYTES }).build(
    buildTable([], { title: 'Keterangan', columns: [{ header: 'Nama', kind: 'text', width: 9 }] }),
    never,
  );
  t.strictSame(
    readWorkbook(data).map(({ name }) => name),
    ['Keterangan', 'Keterangan 2'],
    'two sheets never share a name',
  );
});
