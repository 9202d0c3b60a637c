import fc from 'fast-check';
import t from 'tap';
import type { NoReport, ToolResults } from '../../../../src/gemini/tools/results.ts';
import { createTools, type ToolContext } from '../../../../src/gemini/tools/tools.ts';
import { FakeReader, type Row } from '../../supabase/fake-reader.ts';
import { activityRow, budgetRow, kode, ME, NOW, reportRow } from '../../supabase/sapa-rows.ts';

type BudgetTool = 'budget_summary' | 'search_budget' | 'budget_by_account' | 'budget_trend';

async function runBudgetTool<Name extends BudgetTool>(
  tables: { reports: Row[]; activities?: Row[] },
  name: Name,
  args: object = {},
): Promise<Exclude<ToolResults[Name], NoReport>> {
  const result = await runTool(tables, name, args);
  if ((result as { report: unknown }).report === null) throw new Error(JSON.stringify(result));
  return result as Exclude<ToolResults[Name], NoReport>;
}

async function runTool(
  tables: { reports: Row[]; activities?: Row[] },
  name: string,
  args: object = {},
): Promise<object> {
  const reader = new FakeReader({ processed_results: tables.reports, activities: tables.activities ?? [] });
  const tools = createTools({ reader, timezone: 'Asia/Jakarta', now: () => NOW, portalName: 'SAPA' });
  const context: ToolContext = { userId: ME, figures: new Set() };
  const outcome = await tools.run({ name, args }, context);
  if (!outcome.ok) throw new Error(outcome.error);
  return outcome.result;
}

// Few distinct values, so that rows share accounts, codes and descriptions.
const budgetCode = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('EBA.963.126.0B', 'EBA.962.126.0A', 'QDC.963.051.A'),
      fc.constantFrom('521211', '521811', '524111', '532111'),
      fc.constantFrom('000001', '000002', '521211'),
    )
    .map(([output, account, item]) => kode(account, item, output)),
  fc.constantFrom('WA.6336.521211', 'WA.6336.EBA', '524111', 'wa.6336.eba.963.126.0b.524111.000009'),
);
const amount = fc.oneof(fc.constantFrom(0, 1000), fc.integer({ min: -1000, max: 1_000_000 }));
const row = fc.record({
  kode: budgetCode,
  uraian: fc.constantFrom('Konsumsi Rapat', 'Tiket pesawat', 'konsumsi', 'Hotel  bintang\n4', ''),
  amounts: fc.tuple(amount, amount, amount, amount, amount),
});
const activity = fc.record({
  status: fc.constantFrom('Outstanding', 'komitmen', 'Rencana', 'Terbayar', null),
  allocations: fc.array(
    fc.record({
      kode: budgetCode,
      uraian: fc.constantFrom('Konsumsi Rapat', 'Tiket pesawat', 'lain'),
      jumlah: fc.integer({ min: 0, max: 9999 }),
    }),
    { maxLength: 4 },
  ),
});
const NAMES = {
  '521211': 'Belanja Bahan',
  '524111': 'Belanja Perjalanan Dinas',
  '52': 'Belanja Barang',
  '000001': 'Kertas',
};

type Of<Generator> = Generator extends fc.Arbitrary<infer Value> ? Value : never;
type NaiveRow = Of<typeof row>;
type NaiveActivity = Of<typeof activity>;

const toTables = (rows: NaiveRow[], activities: NaiveActivity[]) => ({
  reports: [reportRow({ processed_data: rows.map((r) => [r.kode, r.uraian, ...r.amounts]), account_name_map: NAMES })],
  activities: activities.map((fields) => activityRow(fields)),
});

// A second implementation of the budget rules, row by row, without indices.
function naiveAccount(code: string): string {
  const segments = code.split('.');
  const six = (segment: string | undefined) => /^\d{6}$/.test(segment ?? '');
  if (six(segments[6])) return segments[6]!;
  return segments.slice(0, -1).filter(six).at(-1) ?? segments.at(-1)!;
}

const COLUMNS = ['pagu', 'lock_pagu', 'realisasi_periode_lalu', 'realisasi_periode_ini', 'realisasi'] as const;
type Expected = Record<string, number | null>;

function naiveAmounts(rows: NaiveRow[], outstanding: number, komitmen: number): Expected {
  const sums: Expected = {};
  for (const [column, name] of COLUMNS.entries()) sums[name] = rows.reduce((sum, r) => sum + r.amounts[column]!, 0);
  const sisa = sums.pagu! - sums.realisasi!;
  return {
    ...sums,
    sisa,
    serapan_persen: sums.pagu === 0 ? null : (sums.realisasi! / sums.pagu!) * 100,
    outstanding,
    komitmen,
    sisa_setelah_komitmen: sisa - outstanding - komitmen,
  };
}

function sumAllocations(
  activities: NaiveActivity[],
  status: string,
  fits: (allocation: { kode: string; uraian: string }) => boolean,
): number {
  return activities
    .filter((a) => a.status?.toLowerCase() === status)
    .flatMap((a) => a.allocations)
    .filter(fits)
    .reduce((sum, { jumlah }) => sum + jumlah, 0);
}

function equalsExpected(actual: object, expected: Expected): boolean {
  return Object.entries(expected).every(([name, value]) => {
    const given: unknown = Reflect.get(actual, name);
    if (value === null || typeof given !== 'number') return given === value;
    return Math.abs(given - value) <= Math.max(1e-4, Math.abs(value) * 1e-9);
  });
}

t.test('budget_summary sums every row and every outstanding or committed allocation', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row), fc.array(activity), async (rows, activities) => {
      const result = await runBudgetTool(toTables(rows, activities), 'budget_summary');
      const all = () => true;
      return (
        result.rows === rows.length &&
        equalsExpected(
          result,
          naiveAmounts(
            rows,
            sumAllocations(activities, 'outstanding', all),
            sumAllocations(activities, 'komitmen', all),
          ),
        )
      );
    }),
    { numRuns: 200 },
  );
});

const ranking = {
  min_sisa: fc.integer({ min: -2000, max: 500_000 }),
  max_sisa: fc.integer({ min: -2000, max: 500_000 }),
  min_serapan: fc.integer({ min: -50, max: 150 }),
  max_serapan: fc.integer({ min: -50, max: 150 }),
  sort: fc.constantFrom('pagu', 'realisasi', 'sisa', 'serapan'),
  order: fc.constantFrom('asc', 'desc'),
  limit: fc.integer({ min: 1, max: 50 }),
  offset: fc.oneof(fc.integer({ min: 0, max: 8 }), fc.constant(600)),
};
type Ranking = { [Name in keyof typeof ranking]?: Of<(typeof ranking)[Name]> };

function isWithinBounds(bounds: Ranking, { sisa, serapan_persen: serapan }: Expected): boolean {
  const within = (value: number | null | undefined, min: number | undefined, max: number | undefined) =>
    (min === undefined && max === undefined) ||
    (value !== null && value !== undefined && value >= (min ?? -Infinity) && value <= (max ?? Infinity));
  return within(sisa, bounds.min_sisa, bounds.max_sisa) && within(serapan, bounds.min_serapan, bounds.max_serapan);
}

/** Returns the values on the requested page in order. A ranking by serapan excludes rows without pagu. */
function naivePage(
  values: Expected[],
  { sort, order, offset = 0, limit = 20 }: Ranking,
): (number | null)[] | undefined {
  if (!sort) return undefined;
  const key = sort === 'serapan' ? 'serapan_persen' : sort;
  const sorted = values
    .map((value) => value[key]!)
    .filter((value) => value !== null)
    .sort((a, b) => (order === 'asc' ? a - b : b - a));
  return sorted.slice(offset, offset + limit);
}

function isExpectedPage(shown: object[], expected: (number | null)[] | undefined, sort: string | undefined): boolean {
  if (!expected) return true;
  const key = sort === 'serapan' ? 'serapan_persen' : String(sort);
  return (
    shown.length === expected.length &&
    shown.every((item, at) => Math.abs(Number(Reflect.get(item, key)) - Number(expected[at])) < 1e-4)
  );
}

t.test('search_budget counts and sums all matches, and returns the requested page', async () => {
  const args = fc.record(
    {
      code: fc.constantFrom(
        'WA',
        'wa.6336',
        'WA.63',
        'EBA.963',
        '963',
        '96',
        '521211',
        '524111.000001',
        '000002',
        '0B',
        'WA.6336.EBA.963.126.0B.524111.00',
        '%',
        'EBA.963.126.0B.521211.521211',
      ),
      keyword: fc.constantFrom('konsumsi', 'RAPAT', 'perjalanan dinas', 'bintang 4', 'tiket', '*', 'kertas'),
      ...ranking,
    },
    { requiredKeys: [] },
  );
  const names: Record<string, string> = NAMES;
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 40 }), fc.array(activity), args, async (rows, activities, args) => {
      const result = await runBudgetTool(toTables(rows, activities), 'search_budget', args);
      const single = rows.map((r) => naiveAmounts([r], 0, 0));
      const matches = rows.filter((r, at) => {
        const dotted = `.${r.kode}.`.toLowerCase();
        const code = args.code?.toLowerCase();
        const texts = [r.uraian, names[naiveAccount(r.kode)] ?? ''].map((text) =>
          text.toLowerCase().replace(/\s+/g, ' '),
        );
        return (
          (!code || dotted.startsWith(`.${code}`) || dotted.includes(`.${code}.`)) &&
          (!args.keyword || texts.some((text) => text.includes(String(args.keyword).toLowerCase()))) &&
          isWithinBounds(args, single[at]!)
        );
      });
      const belongs = (a: { kode: string; uraian: string }) =>
        matches.some((r) => r.kode === a.kode && r.uraian === a.uraian);
      const totals = naiveAmounts(
        matches,
        sumAllocations(activities, 'outstanding', belongs),
        sumAllocations(activities, 'komitmen', belongs),
      );
      const expected = naivePage(
        matches.map((r) => naiveAmounts([r], 0, 0)),
        args,
      );
      const ranked = args.sort === 'serapan' ? matches.filter((r) => r.amounts[0] !== 0).length : matches.length;
      return (
        result.count === matches.length &&
        equalsExpected(result.totals, totals) &&
        result.shown === result.rows.length &&
        result.rows.length === Math.max(0, Math.min(args.limit ?? 20, ranked - (args.offset ?? 0))) &&
        result.more === (args.offset ?? 0) + result.rows.length < ranked &&
        (result.without_pagu ?? 0) === matches.length - ranked &&
        isExpectedPage(result.rows, expected, args.sort) &&
        result.rows.every((shown) => {
          const own = (a: { kode: string; uraian: string }) => a.kode === shown.kode && a.uraian === shown.uraian;
          return (
            shown.account === naiveAccount(shown.kode) &&
            shown.outstanding === sumAllocations(activities, 'outstanding', own) &&
            shown.komitmen === sumAllocations(activities, 'komitmen', own)
          );
        })
      );
    }),
    { numRuns: 1000 },
  );
});

t.test('budget_by_account sums by account or group, and returns the requested page', async () => {
  const args = fc.record(
    { account: fc.constantFrom('52', '53', '524', '524111', '9'), digits: fc.constantFrom(2, 3, 4, 6), ...ranking },
    { requiredKeys: [] },
  );
  const names: Record<string, string> = NAMES;
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 40 }), fc.array(activity), args, async (rows, activities, args) => {
      const result = await runBudgetTool(toTables(rows, activities), 'budget_by_account', args);
      const digits = args.digits ?? 6;
      const group = (account: string) => (digits === 6 ? account : account.slice(0, digits));
      const known = new Set(rows.map((r) => naiveAccount(r.kode)));
      const accounts = [...known].filter((account) => account.startsWith(args.account ?? ''));
      const groups = [...new Set(accounts.map(group))].map((key) => {
        const members = accounts.filter((account) => group(account) === key);
        const fits = ({ kode: code }: { kode: string }) => members.includes(naiveAccount(code));
        return {
          key,
          members,
          amounts: naiveAmounts(
            rows.filter(fits),
            sumAllocations(activities, 'outstanding', fits),
            sumAllocations(activities, 'komitmen', fits),
          ),
        };
      });
      const matches = groups.filter(({ amounts }) => isWithinBounds(args, amounts));
      const members = matches.flatMap((match) => match.members);
      const fits = ({ kode: code }: { kode: string }) => members.includes(naiveAccount(code));
      const totals = naiveAmounts(
        rows.filter(fits),
        sumAllocations(activities, 'outstanding', fits),
        sumAllocations(activities, 'komitmen', fits),
      );
      return (
        result.count === matches.length &&
        equalsExpected(result.totals, totals) &&
        isExpectedPage(
          result.accounts ?? [],
          naivePage(
            matches.map(({ amounts }) => amounts),
            args,
          ),
          args.sort,
        ) &&
        (result.accounts ?? []).every((shown) => {
          const match = matches.find(({ key }) => key === shown.account);
          return (
            match !== undefined && equalsExpected(shown, match.amounts) && shown.name === (names[shown.account] ?? null)
          );
        })
      );
    }),
    { numRuns: 500 },
  );
});

t.test('budget_by_account groups by the first segments of the codes', async () => {
  const levels = ['program', 'activity', 'kro', 'ro', 'component', 'subcomponent'];
  const args = fc.record(
    {
      group_by: fc.constantFrom(...levels),
      account: fc.constantFrom('52', '521211', '9'),
      ...ranking,
    },
    { requiredKeys: ['group_by'] },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(row), fc.array(activity), args, async (rows, activities, args) => {
      const result = await runBudgetTool(toTables(rows, activities), 'budget_by_account', args);
      const group = (code: string) => code.split('.', levels.indexOf(args.group_by) + 1).join('.');
      const ofAccount = ({ kode: code }: { kode: string }) => naiveAccount(code).startsWith(args.account ?? '');
      const amountsOf = (codes: string[]) => {
        const fits = (one: { kode: string }) => ofAccount(one) && codes.includes(group(one.kode));
        return naiveAmounts(
          rows.filter(fits),
          sumAllocations(activities, 'outstanding', fits),
          sumAllocations(activities, 'komitmen', fits),
        );
      };
      const known = new Set(rows.filter(ofAccount).map((r) => group(r.kode)));
      const matches = [...known]
        .map((code) => ({ code, amounts: amountsOf([code]) }))
        .filter(({ amounts }) => isWithinBounds(args, amounts));
      const page = naivePage(
        matches.map(({ amounts }) => amounts),
        args,
      );
      return (
        result.accounts === undefined &&
        result.count === matches.length &&
        equalsExpected(result.totals, amountsOf(matches.map(({ code }) => code))) &&
        isExpectedPage(result.groups ?? [], page, args.sort) &&
        (result.groups ?? []).every((shown) => {
          const match = matches.find(({ code }) => code === shown.code);
          return match !== undefined && equalsExpected(shown, match.amounts);
        })
      );
    }),
    { numRuns: 300 },
  );
});

t.test('a group has the name of its last segment, unless that segment has several meanings', async (t) => {
  const codes = ['EBA.962.051.0A', 'EBA.962.052.0A', 'EBB.962.051.0A', 'EBB.051.053.0B'];
  const reports = [
    reportRow({
      processed_data: codes.map((output) => budgetRow(kode('521211', '000001', output), 'Bahan', 1000, 400)),
      account_name_map: {
        WA: 'Program Dukungan Manajemen',
        EBA: 'Layanan Internal',
        '962': 'Layanan Umum',
        '052': 'Pengadaan',
        '051': 'Koordinasi',
        '053': ' ',
      },
    }),
  ];
  const namesBy = async (group_by: string) => {
    const { groups = [] } = await runBudgetTool({ reports }, 'budget_by_account', { group_by });
    return groups.map(({ code, name }) => [code, name]);
  };
  t.same(await namesBy('program'), [['WA', 'Program Dukungan Manajemen']]);
  t.same(await namesBy('kro'), [
    ['WA.6336.EBA', 'Layanan Internal'],
    ['WA.6336.EBB', null],
  ]);
  t.same(
    (await namesBy('ro')).map(([, name]) => name),
    [null, null, null],
    'RO 962 exists under two KRO; 051 is also a component',
  );
  t.same(
    (await namesBy('component')).map(([, name]) => name),
    [null, 'Pengadaan', null, null],
  );
});

t.test('group_by account is the default, and digits apply to accounts only', async (t) => {
  const reports = [reportRow({ processed_data: [budgetRow(kode('521211', '000001'), 'Bahan', 1000, 400)] })];
  t.same(
    await runBudgetTool({ reports }, 'budget_by_account', { group_by: 'account' }),
    await runBudgetTool({ reports }, 'budget_by_account'),
  );
  await t.rejects(runBudgetTool({ reports }, 'budget_by_account', { group_by: 'ro', digits: 2 }), /digits hanya/);
});

t.test(
  'budget_trend returns the newest report of each month without summing, and changes within one year only',
  async () => {
    const report = fc.record({
      date: fc.constantFrom(
        '2025-11-30',
        '2025-12-31',
        '2026-01-15',
        '2026-01-31',
        '2026-03-10',
        '2026-10-31',
        '2026-11-20',
      ),
      type: fc.constantFrom('Akrual', 'SP2D'),
      hour: fc.integer({ min: 0, max: 9 }),
      rows: fc.array(row, { maxLength: 10 }),
    });
    const args = fc.record(
      {
        from: fc.constantFrom('2025-11', '2026-01', '2026-03'),
        to: fc.constantFrom('2026-03', '2026-11'),
        account: fc.constantFrom('52', '524111'),
        code: fc.constantFrom('WA', 'EBA.963', '0B'),
        report_type: fc.constantFrom('akrual', 'SP2D'),
      },
      { requiredKeys: ['from', 'to'] },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(report, { maxLength: 8, selector: ({ date, type, hour }) => `${date} ${type} ${hour}` }),
        args,
        async (reports, args) => {
          const tables = {
            reports: reports.map(({ date, type, hour, rows }) =>
              reportRow({
                report_date: date,
                report_type: type,
                created_at: `2026-11-22T0${hour}:00:00Z`,
                processed_data: rows.map((r) => [r.kode, r.uraian, ...r.amounts]),
              }),
            ),
          };
          const newestFirst = reports.toSorted((a, b) =>
            a.date === b.date ? b.hour - a.hour : a.date < b.date ? 1 : -1,
          );
          // Two types with the same upload time and date: the rule does not decide between them.
          if (
            new Set(
              newestFirst
                .filter((r) => r.date === newestFirst[0]?.date && r.hour === newestFirst[0]?.hour)
                .map((r) => r.type),
            ).size > 1
          )
            return true;
          const type = (args.report_type ?? newestFirst[0]?.type)?.toLowerCase();
          const byMonth = new Map<string, (typeof reports)[number]>();
          for (const r of newestFirst.filter((candidate) => candidate.type.toLowerCase() === type)) {
            const month = r.date.slice(0, 7);
            if (!byMonth.has(month)) byMonth.set(month, r);
          }
          const months = [...byMonth.keys()].sort();
          const asked = months.filter((month) => month >= args.from && month <= args.to);
          const result = await runTool(tables, 'budget_trend', args);
          if (asked.length === 0) return Reflect.get(result, 'report') === null;
          const rowsOf = (month: string) =>
            byMonth.get(month)!.rows.filter((r) => {
              const dotted = `.${r.kode}.`.toUpperCase();
              return (
                naiveAccount(r.kode).startsWith(args.account ?? '') &&
                (!args.code || dotted.startsWith(`.${args.code}`) || dotted.includes(`.${args.code}.`))
              );
            });
          const sumsOf = (month: string) => naiveAmounts(rowsOf(month), 0, 0);
          const shown = (result as Exclude<ToolResults['budget_trend'], NoReport>).months;
          if ((args.account || args.code) && asked.every((month) => rowsOf(month).length === 0))
            return shown.length === 0;
          return (
            shown.map(({ month }) => month).join() === asked.join() &&
            shown.every(({ month, report_date, change, ...amounts }) => {
              const { pagu, realisasi, sisa, serapan_persen } = sumsOf(month);
              const before = months[months.indexOf(month) - 1];
              const old = before?.slice(0, 4) === month.slice(0, 4) ? sumsOf(before) : undefined;
              const difference = old && {
                pagu: pagu! - old.pagu!,
                realisasi: realisasi! - old.realisasi!,
                sisa: sisa! - old.sisa!,
                serapan_persen:
                  serapan_persen === null || old.serapan_persen === null ? null : serapan_persen! - old.serapan_persen!,
              };
              return (
                report_date === byMonth.get(month)?.date &&
                equalsExpected(amounts, {
                  pagu: pagu!,
                  realisasi: realisasi!,
                  sisa: sisa!,
                  serapan_persen: serapan_persen!,
                }) &&
                (difference
                  ? change !== null && change.since === before && equalsExpected(change, difference)
                  : change === null)
              );
            })
          );
        },
      ),
      { numRuns: 300 },
    );
  },
);

const report = (fields: Row, pagu = 1000, realisasi = 400) =>
  reportRow({ processed_data: [budgetRow(kode('521211', '000001'), 'Bahan', pagu, realisasi)], ...fields });

t.test('without a matching report the result contains a note and no figures', async (t) => {
  for (const name of ['budget_summary', 'search_budget', 'budget_by_account', 'budget_trend']) {
    t.same(await runTool({ reports: [] }, name), {
      report: null,
      missing: 'no_report',
      available: [],
      notes: ['Belum ada laporan realisasi SAKTI yang diunggah pengguna ke SAPA, jadi angka anggaran belum ada.'],
    });
  }
  const reports = [report({}), report({ report_date: '2026-10-31' })];
  t.match(await runTool({ reports }, 'budget_summary', { report_month: '2026-09' }), {
    report: null,
    missing: 'no_report_of_month',
    available: [{ date: '2026-11-20' }, { date: '2026-10-31' }],
  });
  t.match(await runTool({ reports }, 'search_budget', { report_type: 'SP2D' }), {
    report: null,
    missing: 'no_report_of_type',
    available: [{ type: 'Akrual' }, { type: 'Akrual' }],
  });
  t.match(await runTool({ reports: [report({ report_date: null })] }, 'budget_trend'), {
    report: null,
    missing: 'no_report_of_month',
  });
  t.match(await runTool({ reports }, 'budget_trend', { from: '2025-01', to: '2025-12' }), { report: null });
});

t.test('empty and unreadable reports and reports with pagu 0 have a note', async (t) => {
  t.match(await runBudgetTool({ reports: [reportRow()] }, 'budget_summary'), {
    rows: 0,
    pagu: 0,
    serapan_persen: null,
    notes: [/kosong/],
  });
  t.match(await runBudgetTool({ reports: [reportRow({ processed_data: null })] }, 'budget_summary'), {
    rows: 0,
    notes: [/tidak dapat dibaca/],
  });
  t.match(await runBudgetTool({ reports: [report({}, 0, 0)] }, 'budget_summary'), {
    pagu: 0,
    serapan_persen: null,
    notes: [/nol/],
  });
  const half = reportRow({ processed_data: [budgetRow(kode('521211', '1'), 'Bahan', 10, 5), ['x'], null] });
  t.match(await runBudgetTool({ reports: [half] }, 'budget_by_account'), { skipped_rows: 2, notes: [/tidak terbaca/] });
  t.match(await runBudgetTool({ reports: [half] }, 'budget_trend'), {
    skipped_rows: 2,
    notes: [/Bulan/, /tidak terbaca/],
  });
});

t.test('the later upload of two reports with the same date is used, with a note', async (t) => {
  const reports = [
    report({ created_at: '2026-11-21T01:00:00Z' }, 1000, 100),
    report({ created_at: '2026-11-21T02:00:00Z', file_name: 'koreksi.xlsx' }, 1000, 200),
  ];
  t.match(await runBudgetTool({ reports }, 'budget_summary'), {
    realisasi: 200,
    report: { file_name: 'koreksi.xlsx' },
    notes: [/bertanggal sama/],
  });
});

t.test('one of Akrual and SP2D is used, and a note names it', async (t) => {
  const reports = [report({ report_date: '2026-11-19' }, 1000, 100), report({ report_type: 'SP2D' }, 1000, 200)];
  t.match(await runBudgetTool({ reports }, 'budget_summary'), {
    realisasi: 200,
    report: { type: 'SP2D' },
    notes: [/laporan SP2D; ada juga laporan Akrual/],
  });
  t.match(await runBudgetTool({ reports }, 'budget_summary', { report_type: 'akrual' }), {
    realisasi: 100,
    report: { type: 'Akrual' },
  });
});

t.test('an unknown code or account gets a note instead of zeros', async (t) => {
  const reports = [report({})];
  const nothing = [/Tidak ada baris anggaran yang cocok/];
  t.match(await runBudgetTool({ reports }, 'search_budget', { code: '999999' }), {
    count: 0,
    rows: [],
    notes: nothing,
  });
  t.match(await runBudgetTool({ reports }, 'budget_by_account', { account: '59' }), {
    count: 0,
    accounts: [],
    notes: nothing,
  });
  t.match(await runBudgetTool({ reports }, 'budget_trend', { account: '59' }), { months: [], notes: nothing });
  t.match(await runBudgetTool({ reports }, 'budget_trend', { code: 'WA.1' }), { months: [], notes: nothing });
});

t.test('a ranking by serapan excludes rows without pagu and counts them', async (t) => {
  const rows = [
    budgetRow(kode('521211', '1'), 'a', 100, 50),
    budgetRow(kode('521811', '1'), 'b', 0, 5),
    budgetRow(kode('524111', '1'), 'c', 100, 10),
  ];
  const reports = [reportRow({ processed_data: rows })];
  const byRow = await runBudgetTool({ reports }, 'search_budget', { sort: 'serapan', order: 'asc' });
  t.match(byRow, { count: 3, shown: 2, more: false, without_pagu: 1, rows: [{ uraian: 'c' }, { uraian: 'a' }] });
  t.equal(byRow.totals.realisasi, 65, 'totals include them');
  const byAccount = await runBudgetTool({ reports }, 'budget_by_account', { sort: 'serapan' });
  t.match(byAccount, { count: 3, without_pagu: 1, accounts: [{ account: '521211' }, { account: '524111' }] });
});

t.test('commitments on codes outside the report are separate fields', async (t) => {
  const activities = [
    activityRow({
      status: 'Komitmen',
      allocations: [{ kode: kode('521211', '000001'), uraian: 'Bahan', jumlah: 100 }],
    }),
    activityRow({
      status: 'Outstanding',
      allocations: [{ kode: kode('533111', '000001'), uraian: 'Gedung', jumlah: 70 }],
    }),
  ];
  const tables = { reports: [report({})], activities };
  t.match(await runBudgetTool(tables, 'budget_summary'), {
    komitmen: 100,
    outstanding: 70,
    sisa_setelah_komitmen: 430,
  });
  t.match(await runBudgetTool(tables, 'budget_by_account'), {
    totals: { komitmen: 100, outstanding: 0 },
    outside_report: { komitmen: 0, outstanding: 70 },
  });
  t.match(await runBudgetTool(tables, 'search_budget'), {
    totals: { komitmen: 100, outstanding: 0 },
    outside_report: { komitmen: 0, outstanding: 70 },
  });
  t.match(await runBudgetTool(tables, 'search_budget', { code: '521211', keyword: 'bahan' }), { count: 1 });
  t.equal((await runBudgetTool(tables, 'budget_by_account', { account: '52' })).outside_report, undefined);
});

t.test(
  'by default a trend begins in January of the newest report; a note mentions months without a report',
  async (t) => {
    const reports = [
      report({ report_date: '2025-12-31' }, 900, 880),
      report({ report_date: '2026-09-30' }, 1000, 500),
      report({ report_date: '2026-10-31' }, 1000, 600),
      report({ report_date: '2026-11-20' }, 1100, 800),
    ];
    const whole = await runBudgetTool({ reports }, 'budget_trend');
    t.match(whole.months, [
      { month: '2026-09', change: null },
      { month: '2026-10', change: { since: '2026-09', realisasi: 100, serapan_persen: 10 } },
      {
        month: '2026-11',
        change: { since: '2026-10', pagu: 100, realisasi: 200, sisa: -100, serapan_persen: 12.7273 },
      },
    ]);
    t.match(whole, { report: { date: '2026-11-20' }, notes: [/tidak memiliki laporan/] });
    const one = await runBudgetTool({ reports }, 'budget_trend', { from: '2026-11', to: '2026-11' });
    t.match(one.months, [{ month: '2026-11', change: { since: '2026-10', realisasi: 200 } }]);
    const last = await runBudgetTool({ reports }, 'budget_trend', { report_month: '2026-10' });
    t.same(
      last.months.map(({ month }) => month),
      ['2026-09', '2026-10'],
    );
  },
);

t.test(
  'an allocation that matches two rows with one code and description is shown at both and counted once',
  async (t) => {
    const twice = budgetRow(kode('521211', '000001'), 'Bahan', 500, 100);
    const allocations = [{ kode: kode('521211', '000001'), uraian: 'Bahan', jumlah: 70 }];
    const tables = {
      reports: [reportRow({ processed_data: [twice, twice] })],
      activities: [activityRow({ status: 'Komitmen', allocations })],
    };
    t.match(await runBudgetTool(tables, 'search_budget', { code: '521211', keyword: 'bahan' }), {
      totals: { komitmen: 70, sisa_setelah_komitmen: 730 },
      rows: [{ komitmen: 70 }, { komitmen: 70 }],
    });
  },
);

t.test('a report saved before October 2025, with the item in the description, reads as a current one', async (t) => {
  const prefix = 'WA.6336.EBA.963.126.0B';
  const before = reportRow({
    report_date: '2025-09-30',
    file_name: 'realisasi-september.xlsx',
    processed_data: [
      budgetRow(`${prefix}.521211`, '002523. ATK', 1000, 300),
      budgetRow(`${prefix}.521211`, '002524 . Konsumsi 2.5 jam', 500, 100),
      budgetRow(`${prefix}.524111`, '000001.Tiket', 700, 70),
    ],
    account_name_map: { '521211': 'Belanja Bahan', '002523': 'ATK' },
  });
  const since = reportRow({
    report_date: '2025-10-31',
    file_name: 'realisasi-oktober.xlsx',
    processed_data: [
      budgetRow(`${prefix}.521211.002523`, 'ATK', 1000, 400),
      budgetRow(`${prefix}.521211.002524`, 'Konsumsi 2.5 jam', 500, 200),
      budgetRow(`${prefix}.524111.000001`, 'Tiket', 700, 170),
    ],
    account_name_map: { '521211': 'Belanja Bahan', '002523': 'ATK' },
  });
  // One allocation was saved in each form.
  const activities = [
    activityRow({
      status: 'Komitmen',
      allocations: [
        { kode: `${prefix}.521211`, uraian: '002523. ATK', jumlah: 10 },
        { kode: `${prefix}.521211.002523`, uraian: 'ATK', jumlah: 5 },
      ],
    }),
  ];
  const tables = { reports: [before, since], activities };
  const texts = (rows: { kode: string; uraian: string; account: string; account_name: string | null }[]) =>
    rows.map(({ kode, uraian, account, account_name }) => [kode, uraian, account, account_name]);

  const [old, current] = await Promise.all(
    ['2025-09', '2025-10'].map((report_month) => runBudgetTool(tables, 'search_budget', { report_month })),
  );
  t.same(texts(old?.rows ?? []), texts(current?.rows ?? []));
  t.equal(old?.rows.length, 3);
  for (const report_month of ['2025-09', '2025-10']) {
    for (const filter of [{ code: '521211.002523' }, { code: '002523' }, { keyword: 'atk' }])
      t.match(await runBudgetTool(tables, 'search_budget', { report_month, ...filter }), {
        count: 1,
        rows: [{ kode: `${prefix}.521211.002523`, uraian: 'ATK', komitmen: 15 }],
      });
    t.match(await runBudgetTool(tables, 'budget_by_account', { report_month }), {
      accounts: [
        { account: '521211', name: 'Belanja Bahan', pagu: 1500, komitmen: 15 },
        { account: '524111', pagu: 700 },
      ],
    });
  }
  const trend = await runBudgetTool(tables, 'budget_trend', { code: '521211.002523', from: '2025-09', to: '2025-10' });
  t.match(trend.months, [
    { month: '2025-09', realisasi: 300 },
    { month: '2025-10', realisasi: 400, change: { since: '2025-09', realisasi: 100 } },
  ]);
});
