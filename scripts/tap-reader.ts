/** What a run came to. A test is a `t.test` (or a bare assertion) of a test file; what is nested in it is part of it. */
export interface Tally {
  passed: number;
  failed: number;
  /** Names and reasons. */
  skipped: string[];
}

export interface TapReader {
  readonly tally: Tally;
  /** Takes the next line of tap's raw output; returns the lines that a person should see now. */
  read(line: string): string[];
}

/** A file stands at the margin, a test of it four columns in. */
const POINT = /^( {4})?(not )?ok \d+(?: - (.*?))?(?: # (SKIP|TODO|time=[\d.]+ms)\s*(.*))?$/;
const YAML_STARTS = /^( {2}| {6})---$/;
const NOISE = /^\s*$|^TAP version \d+$|^1\.\.\d+$/;

/**
 * Reads the TAP of a run of test files, one block a file: a line for each file that passed; for each that failed, all
 * that TAP has on its failed tests. A file that fails although its tests pass (it crashed, it hung) is one failed test.
 */
export function createTapReader(): TapReader {
  const tally: Tally = { passed: 0, failed: 0, skipped: [] };
  /** Lines since the last test of this file ended. */
  let pending: string[] = [];
  /** All on the failed tests of this file. */
  let failures: string[] = [];
  let failedInFile = 0;
  /** The block of details that is being read, and where its lines go. */
  let details: { end: string; keep: (line: string) => string[] } | undefined;
  const drop = () => [];
  const show = (line: string) => [line];
  const keepForFile = (line: string) => {
    failures.push(line);
    return [];
  };
  let keepDetails: (line: string) => string[] = drop;

  function endTest(line: string, isOk: boolean, title: string, isSkipped: boolean): string[] {
    if (isSkipped) tally.skipped.push(title);
    else if (isOk) tally.passed += 1;
    else tally.failed += 1;
    keepDetails = isOk || isSkipped ? drop : keepForFile;
    if (!isOk && !isSkipped) {
      failedInFile += 1;
      failures.push(...pending, line);
    }
    pending = [];
    return [];
  }

  function endFile(line: string, isOk: boolean, title: string, isSkipped: boolean): string[] {
    const isCrash = !isOk && failedInFile === 0;
    if (isSkipped) tally.skipped.push(title);
    if (isCrash) tally.failed += 1;
    keepDetails = isCrash ? show : drop;
    const shown = isOk ? [line] : [...failures, ...(isCrash ? pending : []), line];
    pending = [];
    failures = [];
    failedInFile = 0;
    return shown;
  }

  function read(line: string): string[] {
    const [, indent] = YAML_STARTS.exec(line) ?? [];
    if (!details && indent !== undefined) details = { end: `${indent}...`, keep: keepDetails };
    if (details) {
      const { keep, end } = details;
      if (line === end) details = undefined;
      return keep(line);
    }
    const [point, isInFile, isNot, name = '', directive = '', reason = ''] = POINT.exec(line) ?? [];
    if (point === undefined) {
      if (line.startsWith('Bail out!')) return [line];
      if (!NOISE.test(line)) pending.push(line);
      return [];
    }
    const isSkipped = directive === 'SKIP' || directive === 'TODO';
    const title = reason && isSkipped ? `${name} (${reason})` : name;
    return (isInFile ? endTest : endFile)(line, !isNot, title, isSkipped);
  }

  return { tally, read };
}
