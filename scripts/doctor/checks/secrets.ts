import { type Stats, statSync } from 'node:fs';
import { type Config, parseAdminKeys, parseList } from '../../../src/config/schema.ts';
import { defineCheck, type Finding } from '../check.ts';

/** Bits below which a key can be found by trying, and below which it should be replaced. */
const MIN_BITS = 56;
const RECOMMENDED_BITS = 96;
/** Words that people and guessing programs use first; each leaves about eight bits. */
const COMMON_WORDS =
  /rahasia|secret|password|passwd|kunci|admin|webhook|whatsapp|fonnte|sapa|token|contoh|example|test|uji|coba|demo|kementerian|koperasi|umkm|qwerty|abcd(?:ef)?|0?123456?(?:78)?9?|20\d\d/gi;

/** How hard the keys of this service are to guess, and who can read the file with them. */
export const secrets = defineCheck({
  id: 'secrets',
  group: 'Keamanan',
  title: 'Kunci rahasia',
  needs: [],
  run: ({ config, given }) => [...describeWebhookKeys(config), ...describeAdminKeys(config), ...describeFile(given)],
});

function describeWebhookKeys(config: Partial<Config>): Finding[] {
  const keys = parseList(config.WEBHOOK_SECRET_KEY);
  const title = 'Kunci webhook';
  const findings: Finding[] = [];
  if (config.WEBHOOK_ALLOW_UNAUTHENTICATED) {
    findings.push({
      status: 'error',
      title,
      text: 'WEBHOOK_ALLOW_UNAUTHENTICATED menyala: siapa pun dapat mengirim pesan atas nama pengguna.',
      fix: 'Hapus variabel itu dan isi WEBHOOK_SECRET_KEY.',
    });
  }
  if (keys.length === 0) return findings;
  findings.push(describeStrength(title, keys, 'WEBHOOK_SECRET_KEY, lalu ubah URL webhook di FONNTE'));
  const adminKeys = parseAdminKeys(config).map(({ key }) => key);
  if (keys.some((key) => adminKeys.includes(key))) {
    findings.push({
      status: 'error',
      title,
      text: 'Kunci webhook sama dengan sebuah kunci admin, padahal kunci webhook tertulis dalam URL.',
      fix: 'Buat kunci admin lain: openssl rand -hex 24.',
    });
  }
  return findings;
}

function describeAdminKeys(config: Partial<Config>): Finding[] {
  const title = 'Kunci admin';
  const keys = parseAdminKeys(config).map(({ key }) => key);
  if (keys.length > 0) return [describeStrength(title, keys, 'ADMIN_API_KEY')];
  return [
    {
      status: 'warning',
      title,
      text: 'Tidak terisi: rute admin mati, sehingga pesan gagal tidak dapat diputar ulang.',
      fix: 'Isi ADMIN_API_KEY=nama:kunci, kuncinya dari openssl rand -hex 24.',
    },
  ];
}

/** The weakest of the keys counts. */
function describeStrength(title: string, keys: readonly string[], place: string): Finding {
  const bits = Math.min(...keys.map(estimateBits));
  const count = keys.length === 1 ? '' : ` (${keys.length} kunci)`;
  if (bits >= RECOMMENDED_BITS) return { status: 'ok', title, text: `Kuat${count}.` };
  const fix = `Buat dengan openssl rand -hex 24, tulis pada ${place}.`;
  return bits < MIN_BITS
    ? { status: 'error', title, text: `Mudah ditebak${count}.`, fix }
    : { status: 'warning', title, text: `Cukup, tetapi lebih pendek daripada yang dianjurkan${count}.`, fix };
}

/** Estimates the bits of a key from its length and its different characters; a common word counts as one character. */
function estimateBits(key: string): number {
  const rest = key.replace(COMMON_WORDS, '\0');
  return rest.length * Math.log2(new Set(rest).size || 1);
}

function describeFile(given: Readonly<Record<string, string>>): Finding[] {
  const path = given.ENV_FILE ?? '.env';
  const title = `Berkas ${path}`;
  const stats: Stats | undefined = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isFile()) return [];
  // systemd's unit reads a file of root through the group.
  if ((stats.mode & 0o007) === 0) return [{ status: 'ok', title, text: 'Hanya terbaca oleh pemilik dan kelompoknya.' }];
  return [
    {
      status: 'error',
      title,
      text: 'Setiap pengguna mesin ini dapat membaca semua kunci.',
      fix: `chmod 600 ${path}`,
    },
  ];
}
