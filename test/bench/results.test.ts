import t from 'tap';
import { absoluteRow, asMarkdown, asText, comparedRow, type PartResult } from '../../bench/results.ts';
import { formatSizing } from '../../bench/sizing.ts';

const result = (title: string, at: string, given: Partial<PartResult> = {}): PartResult => ({
  title,
  at,
  commit: 'abc1234',
  command: 'npm run bench',
  machine: '2 cores',
  rounds: 5,
  rows: [comparedRow('speed', [10, 20, 30], [10, 10, 10], { unit: '/s', goal: { at: 'least', value: 2.5 } })],
  notes: ['How it was measured.'],
  ...given,
});

t.test('a single part replaces its section and leaves the other sections unchanged', async (t) => {
  const before = { one: result('1. One', '2026-01-01 00:00 UTC'), two: result('2. Two', '2026-01-01 00:05 UTC') };
  const again = result('1. One', '2026-01-02 00:00 UTC', { commit: 'def5678', command: 'npm run bench -- one' });
  const page = asMarkdown({ ...before, one: again }, ['one', 'two', 'three']);
  const [head = '', one = '', two = '', ...rest] = page.split(/^## /m);
  t.match(head, 'Machine: 2 cores');
  t.match(one, '2026-01-02 00:00 UTC, commit def5678, 5 rounds, `npm run bench -- one`');
  t.equal(`## ${two}`, `## ${asMarkdown(before, ['one', 'two']).split(/^## /m)[2]}`);
  t.same(rest, [], 'a part that was never run has no section');
});

t.test('a row shows median, spread, goal and its result', async (t) => {
  const page = asMarkdown({ one: result('1. One', 'now') }, ['one']);
  t.match(page, '| speed | 20 (10–30) /s | 10 /s | 2 (1–3) × | ≥ 2.5 | NO |');
  t.match(page, /How it was measured\./);
  const met = result('1. One', 'now', {
    rows: [absoluteRow('memory', [100, 120, 110], 'MB', { at: 'most', value: 130 })],
  });
  t.match(asText(met), /memory\s+110 \(100–120\) MB\s+≤ 130 MB\s+yes/);
});

t.test('the sizing follows from the cost of a turn at the peak', async (t) => {
  const cost = { serviceCpuMs: 3, databaseCpuMs: 1.5, walBytes: 1024, storedBytes: 1024 };
  const [, , first, , , last] = formatSizing(cost).split('\n');
  t.equal(first, '| 10,000 | 1.7/s | 2 | 0.005 | 0.029 GB | 0.0016 MB/s |');
  t.equal(last, '| 10,000,000 | 1,700/s | 11 | 5 | 29 GB | 1.6 MB/s |');
});

t.test('a part from another machine is marked', async (t) => {
  const results = { one: result('1. One', '2026-01-01', { machine: '64 cores' }), two: result('2. Two', '2026-01-02') };
  t.match(asMarkdown(results, ['one', 'two']), 'On another machine: 64 cores');
});
