import t from 'tap';
import { createTapReader } from '../../scripts/tap-reader.ts';

/** What is shown of these lines, and the tally. */
function readAll(text: string) {
  const { tally, read } = createTapReader();
  const shown = text.split('\n').flatMap((line) => read(line));
  return { shown, tally };
}

t.test('details that look like results are not counted', async (t) => {
  const { tally, shown } = readAll(`# Subtest: test/a.test.ts
    not ok 1 - reads TAP
      ---
      diff: |
        --- expected
    ok 7 - not a result
      ...
    1..1
not ok 1 - test/a.test.ts # time=3.1ms
  ---
    not ok 8 - nor this
  ...`);
  t.same(tally, { passed: 0, failed: 1, skipped: [] });
  t.same(shown.at(-1), 'not ok 1 - test/a.test.ts # time=3.1ms', 'its own details add nothing to the failed test');
});

t.test('todo and skipped tests are no failures, and not counted as executed', async (t) => {
  const { tally, shown } = readAll(`    not ok 1 - some day # TODO
    ok 2 - elsewhere # SKIP needs a printer
ok 1 - test/a.test.ts # time=3.1ms
ok 2 - test/b.test.ts # SKIP no tests found`);
  const skipped = ['some day', 'elsewhere (needs a printer)', 'test/b.test.ts (no tests found)'];
  t.same(tally, { passed: 0, failed: 0, skipped });
  t.equal(shown.length, 2);
});

t.test('a failed file after one that failed in a test is counted by itself', async (t) => {
  const { tally, shown } = readAll(`    not ok 1 - wrong
not ok 1 - test/a.test.ts # time=1ms
    ok 1 - right
    # a last word
not ok 2 - test/b.test.ts # time=1ms
  ---
  signal: SIGSEGV
  ...
Bail out! enough`);
  t.same(tally, { passed: 1, failed: 2, skipped: [] });
  t.same(shown.slice(2), [
    '    # a last word',
    'not ok 2 - test/b.test.ts # time=1ms',
    '  ---',
    '  signal: SIGSEGV',
    '  ...',
    'Bail out! enough',
  ]);
});
