import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CHECKS,
  type Check,
  type CheckName,
  DUPLICATE_TESTS,
  ISOLATION_TESTS,
  KILLS_BETWEEN_PARTS,
  runKills,
  runTests,
} from './checks.ts';

/** A guarantee of the code, and how to disable it. */
interface Break {
  /** Behavior of the copy with the guarantee disabled. */
  effect: string;
  /** The promise that must be found broken. */
  name: CheckName;
  /** The part of the check that concerns the guarantee. */
  check: Check;
  edits: { file: string; from: string; to: string }[];
}

const withoutUserFilter = (file: string, from: string) => ({
  file,
  from,
  to: from.replace(/\s*\.eq\('user_id', [\w.]+\)/, ''),
});

/** The guarantees that `--break` can disable. */
export const BREAKS: Record<string, Break> = {
  fingerprint: {
    effect: 'the fingerprint of a message is not stored',
    name: 'contract',
    check: (root) => runTests(root, DUPLICATE_TESTS, { bail: true }),
    edits: [
      {
        file: 'src/store/sqlite/inbox.ts',
        from: '    storeKey(sql, key, fingerprint.ttlMs);\n    return true;',
        to: '    return key !== undefined;',
      },
    ],
  },
  'stored-reply': {
    effect: 'a reply is not stored before it is sent',
    name: 'kills',
    check: (root) => runKills(root, KILLS_BETWEEN_PARTS),
    edits: [
      {
        file: 'src/conversation/turn/process-turn.ts',
        from: 'one(turns.saveReply([{ id: turn.id, requiresNoWaiting, ...reply }]))',
        to: 'Promise.resolve(requiresNoWaiting !== undefined)',
      },
    ],
  },
  figures: {
    effect: 'the figures of an answer are not checked',
    name: 'figures',
    check: CHECKS.figures,
    edits: [
      {
        file: 'src/gemini/grounding/grounding.ts',
        from: 'const unnamed = readText(answer);',
        to: "const unnamed = readText('');",
      },
    ],
  },
  'user-binding': {
    effect: 'queries are not bound to the user',
    name: 'isolation',
    check: (root) => runTests(root, ISOLATION_TESTS, { bail: true }),
    edits: [
      withoutUserFilter(
        'src/supabase/activities/activities.ts',
        ".select(ACTIVITY_COLUMNS, { count: 'exact' }).eq('user_id', read.userId)",
      ),
      withoutUserFilter('src/supabase/activities/activities.ts', "      .eq('user_id', read.userId)\n      .or("),
      withoutUserFilter(
        'src/supabase/reports/reports.ts',
        ".select(REPORT_LIST_COLUMNS, { count: 'exact' }).eq('user_id', userId)",
      ),
      withoutUserFilter('src/supabase/reports/report-cache.ts', ".select(REPORT_COLUMNS).eq('user_id', userId)"),
    ],
  },
};

/** Files and folders that the checks need. */
const COPIED = ['package.json', 'node-version.cjs', 'src', 'plugins', 'routes', 'sandbox', 'test', 'bench', 'scripts'];

/**
 * Copies the repository at `root`, applies the edits and runs `use` with the copy, which is deleted afterwards.
 * @throws Error if the code to edit is not in its file exactly once
 */
export async function withBrokenCopy<T>(root: string, { edits }: Break, use: (copy: string) => Promise<T>): Promise<T> {
  const copy = mkdtempSync(join(tmpdir(), 'sapa-prove-'));
  try {
    for (const name of COPIED) cpSync(join(root, name), join(copy, name), { recursive: true });
    symlinkSync(realpathSync(join(root, 'node_modules')), join(copy, 'node_modules'));
    for (const { file, from, to } of edits) {
      const [before, after, ...others] = readFileSync(join(copy, file), 'utf8').split(from);
      if (after === undefined || others.length > 0) throw new Error(`${file} does not contain once: ${from}`);
      writeFileSync(join(copy, file), `${before}${to}${after}`);
    }
    return await use(copy);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
