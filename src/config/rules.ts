import { readFileSync } from 'node:fs';
import { normalizePhone } from '../phone.ts';
import { toCorsOrigins } from '../security/cors-origins.ts';
import { createHostAllowlist } from '../security/host-allowlist.ts';
import { createIpAllowlist } from '../security/ip-allowlist.ts';
import { type Config, parseAdminKeys, parseList, splitDeviceList } from './schema.ts';
import { isBrowserKey, isProjectUrl } from './supabase-rules.ts';

/** The name of a variable and its problem (Indonesian, for the operator). */
export type Problem = [name: string, problem: string];

/** Checks what a schema cannot express. `values` contains only variables that passed the schema. */
export function semanticErrors(values: Partial<Config>): Problem[] {
  const problems: Problem[] = Object.entries(RULES).flatMap(([name, findProblem]) => {
    const value = values[name as keyof Config];
    const problem = typeof value === 'string' ? findProblem(value) : null;
    return problem === null ? [] : [[name, `keliru: ${problem}`]];
  });
  const { MIN_QUOTA_RESERVE: reserve = 0, QUOTA_ALERT_BELOW: alertBelow = 0 } = values;
  if (reserve > 0 && alertBelow > 0 && reserve >= alertBelow) {
    problems.push([
      'MIN_QUOTA_RESERVE',
      `harus lebih kecil dari QUOTA_ALERT_BELOW (${alertBelow}), agar peringatan masih terkirim`,
    ]);
  }
  if (values.FONNTE_DEVICES !== undefined && splitDeviceList(values.FONNTE_TOKEN ?? '') !== null) {
    problems.push(['FONNTE_DEVICES', 'kosongkan: nomor perangkat sudah tertulis dalam FONNTE_TOKEN']);
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

/** Creates a rule that reports `problem` when `isValid` returns false or throws. */
const validate = (isValid: (value: string) => unknown, problem: string) => (value: string) => {
  try {
    return isValid(value) === false ? problem : null;
  } catch {
    return problem;
  }
};
/** Combines rules; the first problem is reported. */
const firstProblem =
  (...rules: ((value: string) => string | null)[]) =>
  (value: string) =>
    rules.map((findProblem) => findProblem(value)).find((problem) => problem !== null) ?? null;
/** Applies `isValid` to every entry of a comma-separated list. */
const everyEntry = (isValid: (entry: string) => unknown) => (value: string) =>
  parseList(value).every((entry) => isValid(entry));
const validateUrl = validate(URL.canParse, 'bukan URL');
const validateReadable = validate((path) => void readFileSync(path), 'berkas tidak dapat dibaca');

/** Reports the problems of a list `number:token`; names entries by their place, because tokens are secret. */
function findDeviceProblems(value: string): string | null {
  const devices = splitDeviceList(value) ?? [];
  const problems = devices.flatMap(({ number, token }, index) => {
    const entry = `entri ke-${index + 1}`;
    if (number === null || token === '') return `${entry} bukan nomor:token`;
    if (/^your_.*_here$/i.test(token)) return `${entry} masih berisi contoh`;
    const former = devices.findIndex((other) => other.number === number || other.token === token);
    return former < index ? `nomor atau token ${entry} sama dengan entri ke-${former + 1}` : [];
  });
  return problems.length > 0 ? problems.join('; ') : null;
}

const RULES: Partial<Record<keyof Config, (value: string) => string | null>> = {
  FONNTE_API_URL: validateUrl,
  FONNTE_TOKEN: findDeviceProblems,
  SUPABASE_URL: validate(isProjectUrl, 'tulis hanya alamat proyek, tanpa jalur, misalnya https://contoh.supabase.co'),
  SUPABASE_SERVICE_ROLE_KEY: validate(
    (key) => !isBrowserKey(key),
    'kunci publishable atau anon tidak dapat membaca data SAPA; isi secret key (sb_secret_...) dari Supabase pada ' +
      'Settings > API Keys',
  ),
  GEMINI_BASE_URL: validateUrl,
  PORTAL_URL: validateUrl,
  WEBHOOK_SECRET_KEY: firstProblem(
    validate(
      everyEntry((key) => key.length >= 8),
      'tiap kunci sedikitnya 8 karakter',
    ),
    validate(
      everyEntry((key) => !key.includes('#')),
      'tanda # memotong URL webhook, sehingga kunci tidak pernah sampai; buat kunci dengan `openssl rand -hex 24`',
    ),
  ),
  ADMIN_API_KEY: validate(
    (list) => parseAdminKeys({ ADMIN_API_KEY: list }).every(({ key }) => key.length >= 16),
    'tiap kunci sedikitnya 16 karakter',
  ),
  APP_TIMEZONE: validate(
    (timeZone) => void new Temporal.ZonedDateTime(0n, timeZone),
    'zona waktu tidak dikenal, misalnya Asia/Jakarta',
  ),
  ALERT_TARGETS: validate(everyEntry(normalizePhone), 'berisi yang bukan nomor telepon'),
  ALERT_WEBHOOK_URL: validateUrl,
  FONNTE_DEVICES: validate(everyEntry(normalizePhone), 'berisi yang bukan nomor telepon'),
  WEBHOOK_ALLOWED_IPS: validate(
    (list) => void createIpAllowlist(parseList(list)),
    'berisi yang bukan alamat atau blok CIDR',
  ),
  TRUST_PROXY: validate(checkProxies, 'isi alamat, blok CIDR, loopback, atau false'),
  MEDIA_HOSTS: validate(
    (list) => void createHostAllowlist(parseList(list)),
    'tulis tiap host seperti api.fonnte.com atau 10.0.0.5:9000',
  ),
  CORS_ORIGINS: validate((list) => void toCorsOrigins(parseList(list)), 'tulis tiap asal seperti https://contoh.id'),
  TEXTS_FILE: validateReadable,
  ASSISTANT_PROMPT_FILE: validateReadable,
};

/** Accepts `false`, or a list that Fastify's `trustProxy` can compile. @throws for anything else */
function checkProxies(list: string): void {
  if (list !== 'false') createIpAllowlist(parseList(list));
}
