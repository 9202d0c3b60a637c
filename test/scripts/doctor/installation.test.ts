import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { diagnose, FAULTY_MACHINE, STRONG_WEBHOOK_KEY } from '../../support/doctor.ts';
import { startFakeUpstreams } from '../../support/fake-upstreams.ts';
import { scratchFolder } from '../../support/folders.ts';

const upstreams = await startFakeUpstreams(t);
const { gemini } = upstreams;

t.test('missing and invalid variables, and what the old sapa-wa left', async (t) => {
  const { code, row } = await diagnose(t, upstreams, {
    GEMINI_API_KEY: '',
    PART_INTERVAL_MS: 'sebentar',
    ADMIN_API_KEY: 'your_admin_key',
    VITE_FONNTE_TOKEN: 'token-yang-terlihat-pengunjung',
    VITE_SUPABASE_URL: 'http://127.0.0.1:9',
    VITE_WHATSAPP_SERVER_PORT: '3003',
    SAPA_WA_PORT: '3003',
    FONNTE_DEVICE: '6281100000000',
    DATABASE_URL: 'postgres://sapa:kata-sandi@127.0.0.1:9/sapa',
  });
  t.equal(code, 1);
  t.match(row('variables', 'GEMINI_API_KEY'), { status: 'error', text: /^Belum diisi: kunci dari Google AI Studio/ });
  t.match(row('variables', 'PART_INTERVAL_MS'), { status: 'error', text: /0 sampai 60000/ });
  t.match(row('gemini'), { status: 'skipped', text: 'Perbaiki dahulu GEMINI_API_KEY.' });
  t.match(row('supabase'), { status: 'ok' }, 'the others are checked all the same');
  t.match(row('leftovers', 'VITE_FONNTE_TOKEN'), { status: 'error', text: /terlihat oleh setiap pengunjung/ });
  t.match(row('leftovers', 'SUPABASE_URL'), { status: 'warning', text: /yang berlaku SUPABASE_URL/ });
  t.match(row('leftovers', 'VITE_WHATSAPP_SERVER_PORT'), {
    status: 'warning',
    fix: 'Tulis sebagai WHATSAPP_SERVER_PORT.',
  });
  t.match(row('leftovers', 'SAPA_WA_PORT'), { status: 'warning', fix: /sisa proses lama/ });
  t.match(row('leftovers', 'FONNTE_DEVICE'), { status: 'warning', fix: 'Mungkin maksudnya FONNTE_DEVICES.' });
  t.match(row('database'), { status: 'error', text: /^DATABASE_URL tidak dapat dipakai: .*ECONNREFUSED/ });
});

t.test('example values of the plan, and the key of the browser', async (t) => {
  const { code, row } = await diagnose(t, upstreams, {
    WEBHOOK_SECRET_KEY: 'your_optional_webhook_signature',
    GEMINI_API_KEY: '',
    VITE_GEMINI_API_KEY: gemini.apiKey,
  });
  t.equal(code, 1);
  t.match(row('leftovers', 'WEBHOOK_SECRET_KEY'), { status: 'error', text: 'Masih berisi contoh dari rencana.' });
  t.match(row('leftovers', 'VITE_GEMINI_API_KEY'), { status: 'warning' });
});

t.test('an unreadable ENV_FILE is one row', async (t) => {
  const { code, rows } = await diagnose(t, upstreams, { ENV_FILE: '/tidak/ada/.env' });
  t.equal(code, 1);
  t.match(rows, [{ id: 'variables', status: 'error', text: /tidak dapat dibaca \(ENOENT\)/ }]);
});

t.test('weak keys, keys without protection, and a file that everybody can read', async (t) => {
  const file = join(scratchFolder(t), 'layanan.env');
  writeFileSync(file, 'PORTAL_NAME=SAPA\n', { mode: 0o644 });
  const same = await diagnose(t, upstreams, {
    ENV_FILE: file,
    WEBHOOK_SECRET_KEY: `${STRONG_WEBHOOK_KEY},kunci-rahasia-123`,
    ADMIN_API_KEY: `budi:${STRONG_WEBHOOK_KEY}`,
    WEBHOOK_ALLOW_UNAUTHENTICATED: 'true',
  });
  t.equal(same.code, 1);
  const texts = same.rows.filter(({ id }) => id === 'secrets').map(({ status, text }) => `${status}: ${text}`);
  t.match(texts, [
    /^error: WEBHOOK_ALLOW_UNAUTHENTICATED menyala/,
    'error: Mudah ditebak (2 kunci).',
    /^error: Kunci webhook sama dengan sebuah kunci admin/,
    'ok: Kuat.',
    /^error: Setiap pengguna mesin ini dapat membaca/,
  ]);
  writeFileSync(file, 'PORTAL_NAME=SAPA\n');
  const short = await diagnose(t, upstreams, { WEBHOOK_SECRET_KEY: 'k8Zq1vTn5XwB2mRd', ADMIN_API_KEY: '' });
  t.equal(short.code, 0, 'a warning is no error');
  t.match(short.row('secrets', 'Kunci webhook'), { status: 'warning', text: /^Cukup/ });
  t.match(short.row('secrets', 'Kunci admin'), { status: 'warning', text: /^Tidak terisi/ });
});

t.test('the clock and the disk of the machine', async (t) => {
  const faulty = (DOCTOR_FAULTS: string, given = {}) =>
    diagnose(t, upstreams, { NODE_OPTIONS: `-r ${FAULTY_MACHINE}`, DOCTOR_FAULTS, ...given });
  const wrong = await faulty('clock,disk-full,slow-disk');
  t.equal(wrong.code, 1);
  t.match(wrong.row('clock'), { status: 'error', text: 'Selisih 13 jam terhadap 3 server: jam mesin terlalu maju.' });
  t.match(wrong.row('disk', 'Ruang disk'), { status: 'error', text: '0 MB kosong.' });
  t.match(wrong.row('disk', 'Waktu sinkron disk'), { status: 'warning', text: /^2\d\d ms/ });
  const network = await faulty('clock-minute,network-disk');
  t.match(network.row('clock'), { status: 'warning', text: /jam mesin terlambat/ });
  t.match(network.row('disk', 'Jenis disk'), { status: 'error', text: /^NFS/ });
  const folder = scratchFolder(t);
  writeFileSync(join(folder, 'sapa-wa.sqlite.corrupt-2026-11-28T01-02-03-004Z'), '');
  const file = await faulty('', { DATA_DIR: join(folder, 'sapa-wa.sqlite.corrupt-2026-11-28T01-02-03-004Z', 'data') });
  t.equal(file.code, 1);
  t.match(file.row('disk'), { status: 'error', text: /bukan folder yang dapat ditulis/ });
  const quarantined = await faulty('', { DATA_DIR: folder });
  t.match(quarantined.row('disk', 'Berkas rusak'), { status: 'warning', text: /^1 berkas/ });
});
