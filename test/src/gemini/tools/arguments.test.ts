import fc from 'fast-check';
import t from 'tap';
import { checkArguments } from '../../../../src/gemini/tools/arguments.ts';
import { TOOLS, type ToolName, toolDeclarations } from '../../../../src/gemini/tools/schemas.ts';

const PARAMETERS: Record<ToolName, string> = {
  search_activities: 'period from to status keyword overdue undated has_issue sort order limit offset',
  activity_statistics: '',
  budget_summary: 'report_month report_type',
  search_budget:
    'code keyword min_sisa max_sisa min_serapan max_serapan sort order limit offset report_month report_type',
  budget_by_account:
    'account digits group_by min_sisa max_sisa min_serapan max_serapan sort order limit offset report_month report_type',
  budget_trend: 'account code from to report_month report_type',
  calculate: 'operation operands',
};

t.test('the seven tools are declared with their parameters, all optional', async (t) => {
  const declarations = toolDeclarations('Portal Contoh');
  t.same(
    declarations.map(({ name, parametersJsonSchema }) => [
      name,
      Object.keys(Object(parametersJsonSchema).properties).join(' '),
    ]),
    Object.entries(PARAMETERS),
  );
  for (const { name, description, parametersJsonSchema } of declarations) {
    t.ok(description && description.length < 700, `${name} says what it is for`);
    t.notMatch(parametersJsonSchema, { required: Array });
  }
  t.match(JSON.stringify(declarations), 'Portal Contoh');
});

t.test('declarations contain only JSON Schema keywords of the Gemini API', async (t) => {
  const known = new Set([
    'type',
    'properties',
    'description',
    'enum',
    'minimum',
    'maximum',
    'items',
    'minItems',
    'maxItems',
  ]);
  for (const { name, parametersJsonSchema } of toolDeclarations('SAPA')) {
    const { type, properties } = parametersJsonSchema as {
      type: string;
      properties: Record<string, Record<string, unknown>>;
    };
    t.equal(type, 'object');
    for (const [parameter, schema] of Object.entries(properties)) {
      t.ok(
        Object.keys(schema).every((keyword) => known.has(keyword)),
        `${name}.${parameter}`,
      );
      t.match(schema.type, /^(string|integer|number|boolean|array)$/);
      t.type(schema.description, 'string');
    }
  }
});

t.test('common variants of arguments are coerced', async (t) => {
  const coerced: [ToolName, object | null | undefined, object][] = [
    ['budget_summary', undefined, {}],
    ['budget_summary', null, {}],
    [
      'budget_summary',
      { report_month: '2026-9', report_type: ' SP2D ' },
      { report_month: '2026-09', report_type: 'SP2D' },
    ],
    ['budget_summary', { report_month: 'September 2026' }, { report_month: '2026-09' }],
    ['budget_summary', { report_month: '', report_type: null }, {}],
    [
      'search_activities',
      { period: 'This week', from: '2026-11-4', overdue: 'ya', undated: 'false' },
      { period: 'this_week', from: '2026-11-04', overdue: true, undated: false },
    ],
    ['search_activities', { limit: '20', offset: 40.0 }, { limit: 20, offset: 40 }],
    ['search_activities', { limit: 500 }, { limit: 50 }],
    [
      'search_budget',
      { min_sisa: 'Rp1.000.000', max_serapan: '45,5%', sort: 'SISA' },
      { min_sisa: 1_000_000, max_serapan: 45.5, sort: 'sisa' },
    ],
    ['budget_by_account', { account: 524111 }, { account: '524111' }],
    [
      'calculate',
      { operation: 'Ratio percent', operands: ['1.000.000', 5] },
      { operation: 'ratio_percent', operands: [1_000_000, 5] },
    ],
    ['calculate', { operation: 'sum', operands: 7 }, { operation: 'sum', operands: [7] }],
  ];
  for (const [name, given, args] of coerced)
    t.same(checkArguments(name, given), { ok: true, args }, JSON.stringify(given));
});

t.test('an error names the wrong parameter and the allowed values', async (t) => {
  const rejected: [ToolName, unknown, RegExp][] = [
    ['search_activities', { period: 'next_year' }, /period "next_year".*salah satu dari yesterday, today.*this_year/],
    ['search_activities', { from: '2026-02-30' }, /from "2026-02-30".*tanggal seperti/],
    ['search_activities', { limit: 0 }, /limit 0.*dari 1 sampai 50/],
    ['search_activities', { limit: 2.5 }, /limit 2.5.*bilangan bulat/],
    ['search_activities', { offset: -1 }, /offset -1/],
    ['search_activities', { overdue: 'mungkin' }, /overdue "mungkin".*true atau false/],
    ['search_activities', { keyword: 'x'.repeat(201) }, /keyword.*200 karakter/],
    ['search_activities', { keyword: { or: 1 } }, /keyword {"or":1}/],
    ['budget_summary', { report_month: '2026-13' }, /report_month.*bulan seperti 2026-09/],
    ['budget_summary', { report_month: ['2026-09'] }, /report_month/],
    ['search_budget', { min_sisa: 'banyak' }, /min_sisa "banyak".*bilangan/],
    ['search_budget', { min_serapan: '45.125' }, /min_serapan "45.125"/],
    ['search_budget', { min_serapan: '45.125-' }, /min_serapan "45.125-"/],
    ['search_budget', { min_sisa: '-' }, /min_sisa "-"/],
    ['search_budget', { min_sisa: 'Rp -' }, /min_sisa "Rp -"/],
    ['search_budget', { min_sisa: 'nihil' }, /min_sisa "nihil"/],
    ['search_budget', { max_sisa: Number.NaN }, /max_sisa/],
    ['budget_by_account', { digits: 7 }, /digits 7.*dari 2 sampai 6/],
    ['budget_by_account', { group_by: 'satker' }, /group_by "satker".*account, program, activity, kro, ro/],
    ['calculate', { operation: 'power' }, /operation "power".*sum, difference/],
    ['calculate', { operands: [] }, /operands \[\].*1 sampai 50/],
    ['calculate', { operands: [1, 'dua'] }, /operands/],
    ['activity_statistics', { period: 'today' }, /"period" tidak dikenal; yang ada: \(tidak ada\)/],
    ['budget_summary', [], /harus berupa objek/],
    ['budget_summary', 'report_month=2026-09', /harus berupa objek/],
    ['search_budget', { limit: 0, offset: -1 }, /limit 0.*offset -1/],
  ];
  for (const [name, given, said] of rejected)
    t.match(checkArguments(name, given), { ok: false, error: said }, JSON.stringify(given));
});

t.test('arguments of any shape are either rejected with an error or match the schema', async () => {
  const names = fc.constantFrom(...(Object.keys(TOOLS) as ToolName[]));
  const keys = fc.constantFrom(
    ...new Set(Object.values(PARAMETERS).flatMap((list) => list.split(' '))),
    '__proto__',
    'user_id',
  );
  const values = fc.oneof(
    fc.anything(),
    fc.string(),
    fc.constantFrom('2026-11', '2026-11-24', '5', 'asc', 'sum', 5, true),
  );
  fc.assert(
    fc.property(
      names,
      fc.oneof(
        fc.anything(),
        fc.array(fc.tuple(keys, values)).map((entries) => Object.fromEntries(entries)),
      ),
      (name, given) => {
        const checked = checkArguments(name, given);
        if (!checked.ok) return checked.error.length > 10 && checked.error.length < 2000;
        return Object.keys(checked.args).every((key) => PARAMETERS[name].split(' ').includes(key));
      },
    ),
    { numRuns: 2000 },
  );
});
