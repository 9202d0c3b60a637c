import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { meets } from '../../bench/figures.ts';
import { cells, type Results } from '../../bench/results.ts';
import { type Finished, runFile } from './child.ts';

/** Result of a check. `lines` are for a person; `problems` say what is wrong, empty if the promise holds. */
export interface CheckResult {
  lines: string[];
  problems: string[];
}

/** Checks the code at `root`, this repository or a copy. @throws Error if the check cannot run */
export type Check = (root: string) => Promise<CheckResult>;

const CONTRACT_TESTS = ['webhook', 'auth', 'bad-input', 'rate-limit', 'duplicates'].map(
  (name) => `test/routes/webhook/${name}.integration.test.ts`,
);
export const DUPLICATE_TESTS = ['test/routes/webhook/duplicates.integration.test.ts'];
export const ISOLATION_TESTS = ['test/src/supabase/other-users.test.ts'];
const KILLS = ['--signal', 'SIGKILL', '--kills', '10'];
/** One kill where a reply that is not stored is generated and sent again. */
export const KILLS_BETWEEN_PARTS = [
  '--signal',
  'SIGKILL',
  '--kills',
  '1',
  '--senders',
  '6',
  '--phase',
  'between parts',
];
/** Minimum recall and maximum share of flagged right answers; the corpus has more than 500 answers. */
const MIN_RECALL = 0.88;
const MAX_FALSE_ALARMS = 0.09;
/** Maximum time of one test file, seconds: tap's default is too short for a busy machine. */
const MAX_TEST_SECONDS = '300';
/** Maximum problems of one check that are printed. */
const MAX_PROBLEMS = 5;

/**
 * The checks, by the name that README.md gives to their promises; in the order in which they start. `feel` measures latency,
 * so no other check runs at the same time.
 */
export const CHECKS = {
  contract: (root) => runTests(root, CONTRACT_TESTS),
  kills: (root) => runKills(root, KILLS),
  faults: async (root) => {
    const run = await runFile(root, 'test/e2e/faults.ts', ['--short', '--rounds', '0']);
    const [first = ''] = run.stdout.split('\n');
    return { lines: [first], problems: findBroken(run) };
  },
  figures: checkFigures,
  isolation: (root) => runTests(root, ISOLATION_TESTS),
  feel: measureFeel,
} satisfies Record<string, Check>;
export type CheckName = keyof typeof CHECKS;

/**
 * Runs test files, each as a process; with `bail`, a file ends with its first failure.
 * @throws Error if a file fails without a failed test: it could not run
 */
export async function runTests(root: string, files: readonly string[], { bail = false } = {}): Promise<CheckResult> {
  let passed = 0;
  const failed: string[] = [];
  for (const file of files) {
    const { code, stdout, stderr } = await runFile(root, file, [], {
      TAP_TIMEOUT: MAX_TEST_SECONDS,
      ...(bail ? { TAP_BAIL: '1' } : {}),
    });
    const titles = [...stdout.matchAll(/^not ok \d+ - (.*?)(?: # time=.*)?$/gm)].map(([, title = '']) => title);
    // A test that bails out has no separate line.
    const [, bailed] = /^# Subtest: ([^\n]*)\n(?:(?!# Subtest).)*^Bail out!/ms.exec(stdout) ?? [];
    passed += stdout.match(/^ok /gm)?.length ?? 0;
    failed.push(...titles, ...(bailed === undefined ? [] : [bailed]));
    if (code !== 0 && titles.length === 0 && bailed === undefined)
      throw new Error(`${file}: ${describeExit({ code, stderr })}`);
  }
  const stopped = bail && failed.length > 0 ? ', stopped at the first failure' : '';
  return {
    lines: [`${passed} of ${passed + failed.length} tests passed (${files.length} files${stopped})`],
    problems: failed.slice(0, MAX_PROBLEMS),
  };
}

/** Kills the process under traffic and compares what was accepted with what was sent. */
export async function runKills(root: string, args: readonly string[]): Promise<CheckResult> {
  const run = await runFile(root, 'test/e2e/crash.ts', args);
  const table = run.stdout.split('\n').filter((line) => line.startsWith('| '));
  const [head = [], row = []] = [table[0], table[2]].map((line) => line?.split('|').map((cell) => cell.trim()) ?? []);
  const facts = head.map((name, index) => (name ? `${name} ${row[index]}` : '')).filter(Boolean);
  return { lines: [facts.join(', ')], problems: findBroken(run) };
}

async function checkFigures(root: string): Promise<CheckResult> {
  const { code, stdout, stderr } = await runFile(root, 'scripts/grounding.ts');
  const lines = stdout.split('\n').filter((line) => /^(?:precision|recall|ok answers)/.test(line));
  if (lines.length < 3) throw new Error(describeExit({ code, stderr }));
  const shareOf = (name: string) => {
    const [, part, whole] = new RegExp(`^${name}: (\\d+) of (\\d+)`, 'm').exec(stdout) ?? [];
    return Number(part) / Number(whole);
  };
  const [recall, falseAlarms] = [shareOf('recall'), shareOf('ok answers that were flagged')];
  const problems = [
    ...(recall >= MIN_RECALL ? [] : [`recall ${percent(recall)}, at least ${percent(MIN_RECALL)} is promised`]),
    ...(falseAlarms <= MAX_FALSE_ALARMS ? [] : [`${percent(falseAlarms)} of the right answers are flagged`]),
  ];
  return { lines, problems };
}

async function measureFeel(root: string): Promise<CheckResult> {
  const folder = mkdtempSync(join(tmpdir(), 'sapa-prove-'));
  try {
    const run = await runFile(root, 'bench/run.ts', ['feel', '--rounds', '1', '--results', folder]);
    const file = join(folder, 'results.json');
    const failed = run.code === 0 ? [] : [describeExit(run)];
    if (!existsSync(file)) return { lines: [], problems: failed };
    const results = Object.values(JSON.parse(readFileSync(file, 'utf8')) as Results);
    const rows = results.flatMap((result) =>
      result.rows.map((row, index) => ({ row, words: cells(result)[index + 1] ?? [] })),
    );
    return {
      lines: rows.flatMap(({ row: { figure, unit, goal }, words: [, , , measured, wanted] }) =>
        goal || unit === '×' ? [`${figure}: ${measured}${goal ? ` (goal ${wanted})` : ''}`] : [],
      ),
      // A ratio to a bare server depends on the machine: README.md promises absolute times only.
      problems: [
        ...failed,
        ...rows.flatMap(({ row: { figure, unit, value, goal }, words: [, , , measured, wanted] }) =>
          goal && unit !== '×' && !meets(value, goal) ? [`${figure}: ${measured}, promised ${wanted}`] : [],
        ),
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The violations that a run prints as «BROKEN: …». @throws Error if it failed without them: it could not run */
function findBroken({ code, stdout, stderr }: Finished): string[] {
  const broken = [...stdout.matchAll(/^BROKEN: (.*)$/gm)].map(([, what = '']) => what);
  if (code !== 0 && broken.length === 0) throw new Error(describeExit({ code, stderr }));
  return broken.slice(0, MAX_PROBLEMS);
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

/** Describes why a process failed: what it reported as failed, or its last line. */
function describeExit({ code, stderr }: Pick<Finished, 'code' | 'stderr'>): string {
  if (code === null) return 'not done in time';
  return /^.*(?:FAILED|Error): .*$/m.exec(stderr)?.[0] ?? stderr.trimEnd().split('\n').at(-1) ?? '';
}
