import { readFileSync } from 'node:fs';
import { normalizePhone } from '../phone.ts';
import { toCorsOrigins } from '../security/cors-origins.ts';
import { createHostAllowlist } from '../security/host-allowlist.ts';
import { createIpAllowlist } from '../security/ip-allowlist.ts';
import { type Config, parseAdminKeys, parseList } from './schema.ts';

/** What is wrong with a variable, after its name. */
export type Problem = [name: string, problem: string];

/** What the schema can't say. `values` lacks what the schema has refused already. */
export function semanticErrors(values: Partial<Config>): Problem[] {
  const problems: Problem[] = Object.entries(RULES).flatMap(([name, problemOf]) => {
    const value = values[name as keyof Config];
    const problem = typeof value === 'string' ? problemOf(value) : null;
    return problem === null ? [] : [[name, `keliru: ${problem}`]];
  });
  const { MIN_QUOTA_RESERVE: reserve = 0, QUOTA_ALERT_BELOW: alertBelow = 0 } = values;
  if (reserve > 0 && alertBelow > 0 && reserve >= alertBelow) {
    problems.push([
      'MIN_QUOTA_RESERVE',
      `harus lebih kecil dari QUOTA_ALERT_BELOW (${alertBelow}), agar peringatan masih terkirim`,
    ]);
  }
  if (parseList(values.WEBHOOK_SECRET_KEY).length === 0 && !values.WEBHOOK_ALLOW_UNAUTHENTICATED) {
    problems.push([
      'WEBHOOK_SECRET_KEY',
      'belum diisi: buat dengan `openssl rand -hex 24`, lalu pakai pada URL webhook FONNTE (?secret=...); ' +
        'hanya untuk percobaan: WEBHOOK_ALLOW_UNAUTHENTICATED=true',
    ]);
  }
  return problems;
}

/** A problem for every value that `holds` does not take: it answers false or throws. */
const validate = (holds: (value: string) => unknown, problem: string) => (value: string) => {
  try {
    return holds(value) === false ? problem : null;
  } catch {
    return problem;
  }
};
const everyOf = (holds: (entry: string) => unknown) => (value: string) =>
  parseList(value).every((entry) => holds(entry));
const beUrl = validate(URL.canParse, 'bukan URL');
const beReadable = validate((path) => void readFileSync(path), 'berkas tidak dapat dibaca');

const RULES: Partial<Record<keyof Config, (value: string) => string | null>> = {
  FONNTE_API_URL: beUrl,
  SUPABASE_URL: beUrl,
  GEMINI_BASE_URL: beUrl,
  PORTAL_URL: beUrl,
  WEBHOOK_SECRET_KEY: validate(
    everyOf((key) => key.length >= 8),
    'tiap kunci sedikitnya 8 karakter',
  ),
  ADMIN_API_KEY: validate(
    (list) => parseAdminKeys({ ADMIN_API_KEY: list }).every(({ key }) => key.length >= 16),
    'tiap kunci sedikitnya 16 karakter',
  ),
  APP_TIMEZONE: validate(
    (timeZone) => void new Temporal.ZonedDateTime(0n, timeZone),
    'zona waktu tidak dikenal, misalnya Asia/Jakarta',
  ),
  ALERT_TARGETS: validate(everyOf(normalizePhone), 'berisi yang bukan nomor telepon'),
  ALERT_WEBHOOK_URL: beUrl,
  FONNTE_DEVICES: validate(everyOf(normalizePhone), 'berisi yang bukan nomor telepon'),
  WEBHOOK_ALLOWED_IPS: validate(
    (list) => void createIpAllowlist(parseList(list)),
    'berisi yang bukan alamat atau blok CIDR',
  ),
  TRUST_PROXY: validate(namesProxies, 'isi alamat, blok CIDR, loopback, atau false'),
  MEDIA_HOSTS: validate(
    (list) => void createHostAllowlist(parseList(list)),
    'tulis tiap host seperti api.fonnte.com atau 10.0.0.5:9000',
  ),
  CORS_ORIGINS: validate((list) => void toCorsOrigins(parseList(list)), 'tulis tiap asal seperti https://contoh.id'),
  TEXTS_FILE: beReadable,
  ASSISTANT_PROMPT_FILE: beReadable,
};

/** Accepts `false`, or a list that Fastify's `trustProxy` can compile. @throws for anything else */
function namesProxies(list: string): void {
  if (list !== 'false') createIpAllowlist(parseList(list));
}
