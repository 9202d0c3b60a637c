import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, open, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { countQuarantined } from '../../../src/store/sqlite/damage.ts';
import { DATABASE_NAME } from '../../../src/store/sqlite/file.ts';
import { defineCheck, type Finding } from '../check.ts';

const MIB = 1024 * 1024;
/** Free space under which the store soon fails, and under which it should be watched, bytes. */
const MIN_FREE_BYTES = 100 * MIB;
const LOW_FREE_BYTES = 1024 * MIB;
/** Writes of one page that are timed, each followed by fsync, as a commit of the store is. */
const SYNCS = 12;
const PAGE_BYTES = 4096;
/** Median of a sync, ms: FONNTE waits 5 s for a response, which one commit precedes. */
const SLOW_SYNC_MS = 50;
const MAX_SYNC_MS = 500;
/** File systems of other machines (statfs magic numbers): SQLite's locks are not reliable there. @see statfs(2) */
const NETWORK_FILE_SYSTEMS = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x01021997, '9p'],
]);

/** Free space, speed and protection of the folder with the data. */
export const disk = defineCheck({
  id: 'disk',
  group: 'Mesin',
  title: 'Folder data',
  needs: ['DATA_DIR'],
  async run({ config }) {
    const directory = resolve(config.DATA_DIR);
    const folder = await findFolder(directory);
    if (!(await isWritable(folder))) {
      return [
        {
          status: 'error',
          text: `${folder} bukan folder yang dapat ditulis.`,
          fix: 'Jalankan sebagai pengguna Linux milik layanan, atau perbaiki DATA_DIR atau pemilik folder itu.',
        },
      ];
    }
    const exists = folder === directory;
    const findings = await Promise.all([
      measureSpace(folder),
      measureSync(folder),
      exists ? describeFolder(folder) : [],
    ]);
    const text = exists ? `${directory} dapat ditulis.` : `${directory} belum ada; dibuat saat layanan mulai.`;
    return [{ status: 'ok', text }, ...findings.flat()];
  },
});

/** The path itself, or the nearest existing one above it, which may be a file. */
async function findFolder(path: string): Promise<string> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  return exists || dirname(path) === path ? path : findFolder(dirname(path));
}

/** Whether a path is a folder in which this user may create files. */
async function isWritable(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK | constants.X_OK);
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return false;
    throw error;
  }
}

async function measureSpace(folder: string): Promise<Finding[]> {
  const { bavail, bsize, type, files, ffree } = await statfs(folder);
  const free = bavail * bsize;
  const title = 'Ruang disk';
  const fix = 'Kosongkan disk (docs/runbook/store-failed.md).';
  const text = `${free >= 10 * 1024 * MIB ? `${Math.floor(free / (1024 * MIB))} GB` : `${Math.floor(free / MIB)} MB`} kosong.`;
  const findings: Finding[] = [];
  if (free < MIN_FREE_BYTES) findings.push({ status: 'error', title, text, fix });
  else if (free < LOW_FREE_BYTES) findings.push({ status: 'warning', title, text, fix });
  else if (files > 0 && ffree === 0) findings.push({ status: 'error', title, text: 'Tidak ada inode kosong.', fix });
  else findings.push({ status: 'ok', title, text });
  const network = NETWORK_FILE_SYSTEMS.get(type);
  if (network !== undefined) {
    findings.push({
      status: 'error',
      title: 'Jenis disk',
      text: `${network}: kunci berkas di disk jaringan tidak dapat diandalkan.`,
      fix: 'Pindahkan DATA_DIR ke disk mesin ini.',
    });
  }
  return findings;
}

/** Times commits: writes a page at the end of a file and waits until it is on the disk. */
async function measureSync(folder: string): Promise<Finding[]> {
  const title = 'Waktu sinkron disk';
  const path = join(folder, `.doctor-${randomUUID()}`);
  const times: number[] = [];
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      for (let index = 0; index < SYNCS; index++) {
        const startedAt = performance.now();
        await file.write(Buffer.alloc(PAGE_BYTES, index));
        await file.sync();
        times.push(performance.now() - startedAt);
      }
    } finally {
      await file.close();
    }
  } finally {
    await rm(path, { force: true });
  }
  const median = times.sort((a, b) => a - b)[Math.floor(SYNCS / 2)] ?? 0;
  const text = `${median < 10 ? median.toLocaleString('id-ID', { maximumFractionDigits: 1 }) : Math.round(median)} ms untuk satu penulisan.`;
  if (median <= SLOW_SYNC_MS) return [{ status: 'ok', title, text }];
  const fix = 'Pindahkan DATA_DIR ke disk yang lebih cepat, atau kurangi beban disk ini.';
  return [{ status: median > MAX_SYNC_MS ? 'error' : 'warning', title, text, fix }];
}

async function describeFolder(folder: string): Promise<Finding[]> {
  const { mode } = await stat(folder);
  const quarantined = countQuarantined(join(folder, DATABASE_NAME)) ?? 0;
  const findings: Finding[] = [];
  if ((mode & 0o077) !== 0) {
    findings.push({
      status: 'warning',
      title: 'Hak akses data',
      text: 'Pengguna lain mesin ini dapat membuka folder data; layanan memperbaikinya saat mulai.',
      fix: `chmod 700 ${folder}`,
    });
  }
  if (quarantined > 0) {
    findings.push({
      status: 'warning',
      title: 'Berkas rusak',
      text: `${quarantined} berkas penyimpanan rusak telah dipisahkan. Berkas itu berisi data pribadi.`,
      fix: 'Lihat docs/runbook/corrupt-store.md.',
    });
  }
  return findings;
}
