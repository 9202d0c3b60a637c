import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import t from 'tap';
import { textAt } from '../../../../src/supabase/reports/columns.ts';
import { createReportParser } from '../../../../src/supabase/reports/parser.ts';
import { reportIn } from '../../../../src/supabase/reports/worker.ts';
import { ROOT } from '../../../support/process.ts';
import { budgetRow, kode, ME, OTHER, reportRow } from '../sapa-rows.ts';

const answer = (rows: number, fields: object = {}) =>
  JSON.stringify([
    reportRow({
      processed_data: Array.from({ length: rows }, (_, i) =>
        budgetRow(kode('521211', String(i)), `Bahan ${i} — ö`, i, 1),
      ),
      account_name_map: { '521211': 'Belanja Bahan' },
      ...fields,
    }),
  ]);

t.test(
  'a report comes out of the thread as it comes out of the parse itself, and the event loop goes on meanwhile',
  async (t) => {
    const parser = createReportParser();
    t.teardown(() => parser.close());
    const text = answer(10_000);
    let turns = 0;
    let isParsing = true;
    const count = () => {
      turns += 1;
      if (isParsing) setImmediate(count);
    };
    setImmediate(count);
    const columns = await parser.parse({ text, userId: ME });
    isParsing = false;
    t.same(columns, reportIn({ text, userId: ME }));
    t.equal(columns && textAt(columns.uraian, 9_999), 'Bahan 9999 — ö');
    t.ok(turns > 100, `${turns} turns of the event loop`);
  },
);

t.test(
  "an answer without this user's report has none; one that is no list of rows is refused without being quoted",
  async (t) => {
    const parser = createReportParser();
    t.teardown(() => parser.close());
    t.equal(await parser.parse({ text: answer(1), userId: OTHER }), null);
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
    t.match(await parser.parse({ text: answer(2), userId: ME }), { rows: 2 });
  },
);

/** What is loaded into the process by a flag may be what no thread survives, as the demo's leash. */
const NOT_FOR_THREADS =
  'data:text/javascript,import{isMainThread}from"node:worker_threads";if(!isMainThread)process.exit(1)';

t.test('a report too large for the thread ends the thread, not the process: the next one is parsed', async (t) => {
  // In a process of its own: with tap's hooks in it, Node can't always end a thread that ran out of memory.
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
  await t.rejects(parser.parse({ text: answer(20_000), userId: ME }), { message: 'not parsed within 1 ms' });
  options.parseMs = 60_000;
  t.match(await parser.parse({ text: answer(2), userId: ME }), { rows: 2 });
});

t.test('a text too large for any thread is not given to one', async (t) => {
  const parser = createReportParser();
  t.teardown(() => parser.close());
  const text = ' '.repeat(8 * 1024 * 1024 + 1);
  await t.rejects(parser.parse({ text, userId: ME }), { message: 'the report has 8388609 characters' });
});

t.test('where a thread dies as it starts a report fails at once, and the next one gets another thread', async (t) => {
  const parser = createReportParser();
  process.execArgv.unshift('-r', '/tidak/ada.cjs');
  t.teardown(() => parser.close());
  await t.rejects(parser.parse({ text: '[]', userId: ME }), { code: 'MODULE_NOT_FOUND' });
  process.execArgv.splice(0, 2);
  t.equal(await parser.parse({ text: '[]', userId: ME }), null);
});

t.test(
  'calls come before reports: the thread has less priority than the process',
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

t.test('a parser that is closed has no thread and starts none, and what it was parsing fails', async (t) => {
  const before = threads();
  await createReportParser().close();
  const parser = createReportParser();
  await parser.parse({ text: answer(1), userId: ME });
  const parsing = parser.parse({ text: answer(20_000), userId: ME });
  const waiting = parser.parse({ text: answer(1), userId: ME });
  await new Promise(setImmediate);
  await Promise.all([
    t.rejects(parsing, { message: 'the thread ended' }),
    t.rejects(waiting, { message: 'no report is parsed any more' }),
    parser.close(),
  ]);
  await t.rejects(parser.parse({ text: answer(1), userId: ME }), { message: 'no report is parsed any more' });
  t.equal(threads(), before);
});

/** Threads of this process; 0 where that can't be told. */
function threads(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0;
}
