import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import t from 'tap';
import { textAt } from '../../../../src/supabase/reports/columns.ts';
import { createReportParser } from '../../../../src/supabase/reports/parser.ts';
import { parseReport } from '../../../../src/supabase/reports/worker.ts';
import { ROOT } from '../../../support/process.ts';
import { budgetRow, kode, ME, OTHER, reportRow } from '../sapa-rows.ts';

const buildResponse = (rows: number, fields: object = {}) =>
  JSON.stringify([
    reportRow({
      processed_data: Array.from({ length: rows }, (_, i) =>
        budgetRow(kode('521211', String(i)), `Bahan ${i} — ö`, i, 1),
      ),
      account_name_map: { '521211': 'Belanja Bahan' },
      ...fields,
    }),
  ]);

t.test('the thread returns the same report as a direct parse and does not block the event loop', async (t) => {
  const parser = createReportParser();
  t.teardown(() => parser.close());
  const text = buildResponse(10_000);
  let turns = 0;
  let isParsing = true;
  const count = () => {
    turns += 1;
    if (isParsing) setImmediate(count);
  };
  setImmediate(count);
  const columns = await parser.parse({ text, userId: ME });
  isParsing = false;
  t.same(columns, parseReport({ text, userId: ME }));
  t.equal(columns && textAt(columns.uraian, 9_999), 'Bahan 9999 — ö');
  t.ok(turns > 100, `${turns} turns of the event loop`);
});

t.test(
  "a response without this user's report returns null; an invalid one is rejected without a quotation",
  async (t) => {
    const parser = createReportParser();
    t.teardown(() => parser.close());
    t.equal(await parser.parse({ text: buildResponse(1), userId: OTHER }), null);
    for (const text of ['[]', '[null,7,"x",[],{"user_id":null}]'])
      t.equal(await parser.parse({ text, userId: ME }), null);
    for (const text of ['', '[{"uraian":"rahasia"', '{"user_id":"rahasia"}', '"rahasia"', 'null']) {
      const refused = await parser.parse({ text, userId: ME }).then(
        () => undefined,
        (error: Error) => error,
      );
      t.match(refused, { message: /^the answer is no / }, text);
      t.notMatch(`${refused?.message} ${refused?.stack}`, 'rahasia');
    }
    t.match(await parser.parse({ text: buildResponse(2), userId: ME }), { rows: 2 });
  },
);

/** A module preloaded by a flag that ends every thread, as the demo's leash does. */
const NOT_FOR_THREADS =
  'data:text/javascript,import{isMainThread}from"node:worker_threads";if(!isMainThread)process.exit(1)';

t.test('a report too large for the thread ends the thread, not the process: the next one is parsed', async (t) => {
  // Runs in another process: with tap's hooks, Node cannot always end a thread that ran out of memory.
  const command = ['--import', NOT_FOR_THREADS, 'test/src/supabase/too-large-report.ts'];
  const { stdout } = await promisify(execFile)(process.execPath, command, {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? '' },
  });
  t.same(JSON.parse(stdout), ['ERR_WORKER_OUT_OF_MEMORY', 3, 4]);
});

t.test('a parse that takes too long is ended, and the next report gets another thread', async (t) => {
  const options = { parseMs: 60_000 };
  const parser = createReportParser(options);
  t.teardown(() => parser.close());
  await parser.parse({ text: '[]', userId: ME });
  options.parseMs = 1;
  await t.rejects(parser.parse({ text: buildResponse(20_000), userId: ME }), { message: 'not parsed within 1 ms' });
  options.parseMs = 60_000;
  t.match(await parser.parse({ text: buildResponse(2), userId: ME }), { rows: 2 });
});

t.test('a text above the limit is not sent to the thread', async (t) => {
  const parser = createReportParser();
  t.teardown(() => parser.close());
  const text = ' '.repeat(8 * 1024 * 1024 + 1);
  await t.rejects(parser.parse({ text, userId: ME }), { message: 'the report has 8388609 characters' });
});

t.test(
  'a thread that fails to start fails its report at once, and the next report starts another thread',
  async (t) => {
    const parser = createReportParser();
    process.execArgv.unshift('-r', '/tidak/ada.cjs');
    t.teardown(() => parser.close());
    await t.rejects(parser.parse({ text: '[]', userId: ME }), { code: 'MODULE_NOT_FOUND' });
    process.execArgv.splice(0, 2);
    t.equal(await parser.parse({ text: '[]', userId: ME }), null);
  },
);

t.test(
  'the thread has a lower priority than the process',
  { skip: process.platform !== 'linux' && 'only Linux gives threads a priority each' },
  async (t) => {
    const parser = createReportParser();
    t.teardown(() => parser.close());
    await parser.parse({ text: '[]', userId: ME });
    const tasks = readdirSync('/proc/self/task').map((task) => readFileSync(`/proc/self/task/${task}/stat`, 'utf8'));
    // Behind the name in brackets, field 3 comes first; nice is field 19.
    const nice = tasks.map((stat) => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]));
    t.equal(nice.filter((value) => value === 10).length, 1, nice.join(' '));
  },
);

t.test('a closed parser has no thread, starts none, and rejects running and waiting parses', async (t) => {
  const before = threads();
  await createReportParser().close();
  const parser = createReportParser();
  await parser.parse({ text: buildResponse(1), userId: ME });
  const parsing = parser.parse({ text: buildResponse(20_000), userId: ME });
  const waiting = parser.parse({ text: buildResponse(1), userId: ME });
  await new Promise(setImmediate);
  await Promise.all([
    t.rejects(parsing, { message: 'the thread ended' }),
    t.rejects(waiting, { message: 'no report is parsed any more' }),
    parser.close(),
  ]);
  await t.rejects(parser.parse({ text: buildResponse(1), userId: ME }), { message: 'no report is parsed any more' });
  t.equal(threads(), before);
});

/** Threads of this process; 0 where it is unknown. */
function threads(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0;
}
