import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

/** A new empty folder that is removed when the test ends. `inMemory` creates it in /dev/shm if that exists. */
export function scratchFolder(t: Test, { inMemory = false } = {}): string {
  const { path, remove } = makeScratchFolder(inMemory && existsSync('/dev/shm') ? '/dev/shm' : tmpdir());
  t.teardown(remove);
  return path;
}

/** A new empty folder for a harness without a test; the caller removes it. `parent` is the system's folder by default. */
export function makeScratchFolder(parent = tmpdir()): { path: string; remove(): void } {
  const path = mkdtempSync(join(parent, 'sapa-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
