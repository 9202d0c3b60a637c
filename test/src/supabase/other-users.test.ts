import fc from 'fast-check';
import t from 'tap';
import { TOOLS, type ToolName } from '../../../src/gemini/tools/schemas.ts';
import { createTools, type ToolContext } from '../../../src/gemini/tools/tools.ts';
import { FakeReader } from './fake-reader.ts';
import { activityRow, budgetRow, kode, ME, NOW, newId, OTHER, reportRow } from './sapa-rows.ts';

const SECRET = 'RAHASIA-ORANG-LAIN';
const OTHERS_REPORT = newId();
const OTHERS_ACTIVITY = newId();

/** The only filter without a bound value; it contains no argument. */
const COMMITTED = 'status.ilike.*outstanding*,status.ilike.*komitmen*';

function build() {
  const secretRow = budgetRow(kode('524111', '000009'), SECRET, 98_765_432, 1);
  const reader = new FakeReader({
    activities: [
      activityRow({ nama: 'Milik saya' }),
      activityRow({
        id: OTHERS_ACTIVITY,
        user_id: OTHER,
        nama: SECRET,
        status: SECRET,
        penanggung_jawab: SECRET,
        allocations: [{ id: newId(), kode: kode('524111', '000009'), uraian: SECRET, jumlah: 98_765_432 }],
      }),
    ],
    processed_results: [
      reportRow({ processed_data: [budgetRow(kode('521211', '000001'), 'Bahan', 1000, 400)] }),
      reportRow({
        id: OTHERS_REPORT,
        user_id: OTHER,
        report_type: SECRET,
        file_name: SECRET,
        processed_data: [secretRow],
        report_date: '2026-12-01',
      }),
    ],
    users: [{ id: OTHER, name: SECRET }],
  });
  const tools = createTools({ reader, timezone: 'Asia/Jakarta', now: () => NOW, portalName: 'SAPA' });
  return { reader, tools };
}

/** Inputs that PostgREST, SQL or a careless query builder could interpret as a request for another user. */
const ATTEMPTS: string[] = [
  OTHER,
  OTHERS_REPORT,
  OTHERS_ACTIVITY,
  SECRET,
  `eq.${OTHER}`,
  `user_id.eq.${OTHER}`,
  `*,user_id.eq.${OTHER}`,
  `rapat,user_id.eq.${OTHER}`,
  `or(user_id.eq.${OTHER})`,
  `x),or(user_id.eq.${OTHER}`,
  `%)&or=(user_id.eq.${OTHER})`,
  `"&user_id=eq.${OTHER}&x="`,
  `?user_id=eq.${OTHER}`,
  `not.is.null`,
  `in.(${ME},${OTHER})`,
  `ilike.*`,
  '*',
  '%',
  '%%',
  '_',
  '.',
  ',',
  '()',
  '\\',
  '"',
  "' or 1=1 --",
  `allocations(activity_id),users(*)`,
  `*,users(*)`,
  `allocations!inner(activities(user_id))`,
  `../users?select=*`,
  '\u0000',
  '%00',
  '%2C',
  '\n',
];

/** @returns whether a call reveals no data of the other user and binds every request to the linked user */
async function isIsolated(call: { name: string; args: unknown }): Promise<boolean> {
  const { reader, tools } = build();
  const turn: ToolContext = { userId: ME, figures: new Set(), evidence: [] };
  const outcome = await tools.run(call, turn);
  const context = await tools.activityContext(turn);
  // The arguments of a list come from the session, where only checked ones are stored.
  const args = typeof call.args === 'object' && call.args !== null ? call.args : {};
  const list = await tools.wholeList({ tool: call.name, args }, turn, 50);
  const visible = JSON.stringify([
    outcome.ok ? outcome.result : '',
    turn.evidence?.map(({ args: _args, ...rest }) => rest),
    context,
    list && { ...list, conditions: null },
  ]);
  const bound = reader.requests.every(
    ({ table, filters, select }) =>
      (table === 'activities' || table === 'processed_results') &&
      filters.filter(([method, column, value]) => method === 'eq' && column === 'user_id' && value === ME).length ===
        1 &&
      filters.every(
        ([method, column]) =>
          (method === 'eq' && (column === 'user_id' || column === 'id')) || (method === 'or' && column === COMMITTED),
      ) &&
      !/users|\*/.test(select),
  );
  return bound && !visible.includes(SECRET) && !turn.figures.has(98_765_432) && !visible.includes(OTHERS_ACTIVITY);
}

t.test('no argument of any tool reads data of another user', async (t) => {
  for (const [name, { parameters }] of Object.entries(TOOLS)) {
    for (const parameter of Object.keys(parameters.properties)) {
      for (const attempt of ATTEMPTS) {
        for (const value of [attempt, [attempt], { eq: attempt }]) {
          const args = { [parameter]: value };
          if (!(await isIsolated({ name, args }))) t.fail(`${name} ${JSON.stringify(args)}`);
        }
      }
    }
  }
  t.pass('none did');
});

t.test('parameters that could name a user are rejected', async (t) => {
  const names = [
    'user_id',
    'userId',
    'user',
    'id',
    'email',
    'phone_number',
    'owner',
    'role',
    'select',
    'or',
    'and',
    'activity_id',
    'report_id',
    '__proto__',
    'constructor',
  ];
  for (const name of Object.keys(TOOLS)) {
    for (const parameter of names) {
      const args = JSON.parse(`{"${parameter}":"${OTHER}"}`);
      const { reader, tools } = build();
      const outcome = await tools.run({ name, args }, { userId: ME, figures: new Set() });
      t.match(outcome, { ok: false, error: /tidak dikenal/ }, `${name}.${parameter}`);
      t.equal(reader.requests.length, 0);
    }
  }
});

t.test('no call of any shape reads data of another user', async () => {
  const value = fc.oneof(fc.constantFrom(...ATTEMPTS), fc.string(), fc.anything());
  const call = fc.constantFrom(...(Object.keys(TOOLS) as ToolName[])).chain((name) => {
    const known = Object.keys(TOOLS[name].parameters.properties);
    const args = known.length > 0 ? fc.dictionary(fc.constantFrom(...known), value) : fc.constant({});
    return args.map((args) => ({ name: name as string, args: args as unknown }));
  });
  await fc.assert(fc.asyncProperty(call, isIsolated), { numRuns: 500 });
});

t.test('a server that ignores all filters reveals no other user', async (t) => {
  const { reader, tools } = build();
  reader.leaky = true;
  const turn: ToolContext = { userId: ME, figures: new Set() };
  const seen: unknown[] = [await tools.activityContext(turn)];
  for (const name of Object.keys(TOOLS)) {
    seen.push(await tools.run({ name, args: {} }, turn), await tools.wholeList({ tool: name, args: {} }, turn, 50));
  }
  t.notMatch(JSON.stringify(seen), SECRET);
  t.match(seen[5], { ok: true, result: { pagu: 1000 } }, 'the newer report is not ours');
});
