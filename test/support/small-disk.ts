import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { scratchFolder } from './folders.ts';

const MEGABYTE = 1024 * 1024;

/** A separate file system, in memory. */
export interface SmallDisk {
  folder: string;
  /** Writes a file until no space is left. */
  fill(): void;
  /** Removes that file. */
  clear(): void;
}

/** Mounts a file system that is unmounted with the test. @returns null where this process may not mount one */
export function mountSmallDisk(t: Test, megabytes: number): SmallDisk | null {
  const folder = scratchFolder(t);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
  if (mounted.status !== 0) return null;
  t.teardown(() => spawnSync('umount', ['-l', folder]));
  const ballast = join(folder, 'ballast');
  return {
    folder,
    fill() {
      const file = openSync(ballast, 'w');
      try {
        for (const chunk = Buffer.alloc(MEGABYTE); writeSync(file, chunk) > 0; );
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        closeSync(file);
      }
    },
    clear: () => rmSync(ballast),
  };
}
