import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import type { Static, TSchema } from 'typebox';
import { createAddressCheck } from './authenticity.ts';
import { createHostCheck } from './hosts.ts';
import { createOriginCheck } from './origins.ts';
import { normalizePhone } from './phone.ts';
import { Type } from './schema.ts';

const text = (description: string, options: object = {}) => Type.String({ description, minLength: 1, ...options });
const optional = (description: string, options: object = {}) => Type.Optional(text(description, options));
const whole = (description: string, standard: number, minimum: number, maximum: number) =>
  Type.Integer({ description, default: standard, minimum, maximum });
const flag = (description: string) => Type.Boolean({ description, default: false });
const url = (description: string, options: object = {}) => text(description, { pattern: '^https?://.+', ...options });

/** The environment, one entry a variable: type, default, range, and how to set it. */
export const configSchema = Type.Object({
  WHATSAPP_SERVER_PORT: whole('port yang didengarkan layanan', 3003, 0, 65535),
  HOST: text('alamat yang didengarkan layanan', { default: '127.0.0.1' }),
  FONNTE_API_URL: url('alamat kirim FONNTE', { default: 'https://api.fonnte.com/send' }),
  FONNTE_TOKEN: text('token perangkat, dari fonnte.com pada Device > Token'),
  FONNTE_DEVICES: optional('nomor perangkat milik kita, dipisah koma; panggilan untuk nomor lain diabaikan'),
  WEBHOOK_SECRET_KEY: optional('kunci rahasia webhook, dipisah koma, tiap kunci sedikitnya 8 karakter'),
  WEBHOOK_ALLOW_UNAUTHENTICATED: flag('true: terima panggilan webhook tanpa kunci (jangan pernah di produksi)'),
  WEBHOOK_ALLOWED_IPS: optional('alamat atau blok CIDR yang boleh memanggil webhook, dipisah koma'),
  SUPABASE_URL: url('alamat proyek Supabase, dari Supabase pada Settings > API'),
  SUPABASE_SERVICE_ROLE_KEY: text('kunci service role (atau kunci hanya-baca), dari Supabase pada Settings > API'),
  SUPABASE_ANON_KEY: optional(
    'kunci anon atau publishable; hanya dipakai sebagai apikey bila kunci di atas buatan sendiri',
  ),
  GEMINI_API_KEY: text('kunci dari Google AI Studio'),
  GEMINI_MODEL: text('model yang ditanya pertama', { default: 'gemini-3.8-flash' }),
  GEMINI_FALLBACK_MODELS: text('model yang ditanya berikutnya, dipisah koma', { default: 'gemini-3.5-flash-lite' }),
  GEMINI_TIMEOUT_MS: whole('tunggu terlama untuk satu permintaan ke Gemini, milidetik', 20_000, 200, 120_000),
  GEMINI_BASE_URL: Type.Optional(url('alamat lain untuk API Gemini (bawaan: alamat Google)')),
  ADMIN_API_KEY: optional('kunci rute admin, atau daftar nama:kunci dipisah koma, tiap kunci sedikitnya 16 karakter'),
  DATA_DIR: text('folder penyimpanan layanan', { default: './data' }),
  RATE_LIMIT_PER_MINUTE: whole('pesan yang diterima dari satu pengirim dalam satu menit berjalan', 10, 1, 1_000_000),
  MAX_MESSAGE_LENGTH: whole('panjang pesan terbesar, karakter', 1000, 1, 60_000),
  MAX_INBOX: whole('pesan menunggu terbanyak; selebihnya dijawab 503', 50_000, 1, 10_000_000),
  SESSION_MAX_MESSAGES: whole('jumlah isi satu sesi', 20, 2, 200),
  SESSION_TIMEOUT_MINUTES: whole('sesi dilupakan setelah diam sekian menit', 30, 1, 1440),
  COALESCE_WINDOW_MS: whole('giliran dimulai sekian lama setelah pesan terakhirnya, milidetik', 800, 0, 10_000),
  MAX_CONCURRENT_TURNS: whole('giliran yang berjalan bersamaan', 32, 1, 5000),
  TURN_DEADLINE_SECONDS: whole('batas sejak giliran pertama dimulai sampai balasannya tersimpan, detik', 120, 5, 600),
  PART_INTERVAL_MS: whole('jeda antarbagian satu balasan, milidetik', 1200, 0, 60_000),
  MEDIA_HOSTS: text('host asal berkas yang dikirim pengguna: host, host:port, atau *.domain, dipisah koma', {
    default: '*.fonnte.com',
  }),
  TEXTS_FILE: optional('berkas JSON berisi kalimat sendiri pengganti kalimat di src/texts.ts'),
  DAILY_TOKENS_PER_USER: whole('token Gemini untuk satu pengguna per hari; 0: tanpa batas', 200_000, 0, 1_000_000_000),
  APP_TIMEZONE: text('zona waktu untuk hari dan tanggal', { default: 'Asia/Jakarta' }),
  ORGANIZATION_NAME: text('nama lembaga yang diwakili asisten', { default: 'Kementerian Koperasi dan UKM' }),
  PORTAL_NAME: text('nama portal', { default: 'SAPA' }),
  PORTAL_URL: Type.Optional(url('alamat portal; tautan dalam jawaban hanya boleh ke sana')),
  ASSISTANT_PROMPT_FILE: optional('berkas yang teksnya mengganti baris-baris awal prompt sistem'),
  ALERT_TARGETS: optional('nomor WhatsApp yang diberi tahu bila ada gangguan, dipisah koma'),
  ALERT_WEBHOOK_URL: Type.Optional(url('alamat yang diberi tahu bila ada gangguan, sebagai JSON')),
  QUOTA_ALERT_BELOW: whole('beri tahu bila kuota FONNTE kurang dari sekian pesan; 0: tidak', 100, 0, 10_000_000),
  MIN_QUOTA_RESERVE: whole(
    'di bawah sisa kuota ini pemberitahuan dan peringatan berhenti, jawaban tetap jalan; 0: tidak',
    0,
    0,
    10_000_000,
  ),
  ALERT_SILENCE_MINUTES: whole('beri tahu bila sekian menit jam kerja tanpa pesan masuk; 0: tidak', 0, 0, 420),
  TRUST_PROXY: text('proksi yang X-Forwarded-For-nya dipercaya: alamat, blok CIDR, loopback, atau false', {
    default: 'loopback',
  }),
  DOCS_PUBLIC: flag('true: halaman OpenAPI terbuka bagi siapa saja'),
  CORS_ORIGINS: text('asal (origin) yang boleh memanggil dari peramban, dipisah koma', {
    default: 'https://fonnte.com,https://*.fonnte.com',
  }),
  LOG_LEVEL: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    description: 'tingkat log terendah yang ditulis',
    default: 'info',
  }),
});

export type Config = Static<typeof configSchema>;

/** A bad environment: one message that names every missing or bad variable and how to set it. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`Konfigurasi belum lengkap atau keliru:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** Variables that the SAPA application already has under a `VITE_` name; the name without it wins. */
const VITE_NAMES = [
  'SUPABASE_URL',
  'SUPABASE_ANON_KEY',
  'GEMINI_API_KEY',
  'GEMINI_MODEL',
  'GEMINI_FALLBACK_MODELS',
  'GEMINI_TIMEOUT_MS',
];

/**
 * The configuration from `environment` over the file it names (`ENV_FILE`, else `.env`).
 * Empty is unset; variables we don't know are ignored.
 * @throws ConfigError naming every problem at once.
 */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const given = { ...environmentFile(environment.ENV_FILE), ...withoutEmpty(environment) };
  for (const name of VITE_NAMES) {
    const value = given[name] ?? given[`VITE_${name}`];
    if (value !== undefined) given[name] = value;
  }
  return parseConfig(given);
}

/** The same from plain values, for tests and the sandbox. @throws ConfigError */
export function parseConfig(given: Record<string, unknown>): Config {
  const known = Object.keys(configSchema.properties).map((name) => [name, readValue(name, given[name])] as const);
  const wanted = Object.fromEntries(known.filter(([, value]) => value !== undefined && value !== ''));
  const standard = known
    .map(([name]) => [name, schemaOf(name).default] as const)
    .filter(([, value]) => value !== undefined);
  const values: Record<string, unknown> = { ...Object.fromEntries(standard), ...wanted };
  const problems = new Map([...schemaProblems(values), ...placeholderProblems(wanted)]);
  const sound = Object.fromEntries(Object.entries(values).filter(([name]) => !problems.has(name)));
  for (const [name, problem] of meaningProblems(sound)) if (!problems.has(name)) problems.set(name, problem);
  if (problems.size > 0) throw new ConfigError([...problems].map(([name, problem]) => `${name} ${problem}`));
  return values as Config;
}

/** Variables are text: whole numbers and flags are read from it; what is neither stays, for the schema to refuse. */
function readValue(name: string, given: unknown): unknown {
  if (typeof given !== 'string') return given;
  const { type } = schemaOf(name);
  if (type === 'integer') return /^\s*-?\d+\s*$/.test(given) ? Number(given) : given;
  return type === 'boolean' ? (FLAGS.get(given.trim().toLowerCase()) ?? given) : given;
}

const FLAGS = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

function withoutEmpty(environment: NodeJS.ProcessEnv): Record<string, string> {
  const set = Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1]?.trim()));
  return Object.fromEntries(set.map(([name, value]) => [name, value.trim()]));
}

function environmentFile(path: string | undefined): Record<string, string> {
  try {
    return withoutEmpty(parseEnv(readFileSync(path || '.env', 'utf8')));
  } catch (error) {
    if (path)
      throw new ConfigError([`ENV_FILE: berkas ${path} tidak dapat dibaca (${(error as NodeJS.ErrnoException).code})`]);
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new ConfigError([`.env tidak dapat dibaca (${(error as NodeJS.ErrnoException).code})`]);
  }
}

/** What is wrong with a variable, after its name. */
type Problem = [name: string, problem: string];

function placeholderProblems(given: Record<string, unknown>): Problem[] {
  return Object.entries(given)
    .filter(([, value]) => typeof value === 'string' && /^your_.*_here$/i.test(value))
    .map(([name]) => [name, `masih berisi contoh; isi dengan nilai sebenarnya (${descriptionOf(name)})`]);
}

function schemaProblems(values: Record<string, unknown>): Problem[] {
  const missing = (configSchema.required as string[]).filter((name) => values[name] === undefined);
  const unfit = Object.keys(configSchema.properties).filter(
    (name) => values[name] !== undefined && !fits(values[name], schemaOf(name)),
  );
  return [
    ...missing.map((name): Problem => [name, `belum diisi: ${descriptionOf(name)}`]),
    ...unfit.map((name): Problem => [name, `nilainya tidak sesuai${rangeOf(name)}: ${descriptionOf(name)}`]),
  ];
}

/** Whether a value fits its variable, by the keywords that the schema above uses: TypeBox's own check would be most of a start. */
function fits(value: unknown, { type, minLength = 0, pattern = '', minimum, maximum, enum: choices }: Variable) {
  if (choices) return choices.includes(value as string);
  if (type === 'string') return typeof value === 'string' && value.length >= minLength && RegExp(pattern).test(value);
  if (type === 'boolean') return typeof value === 'boolean';
  return Number.isInteger(value) && Number(value) >= Number(minimum) && Number(value) <= Number(maximum);
}

/** What the schema can't say. `values` lacks what the schema has refused already. */
function meaningProblems(values: Partial<Config>): Problem[] {
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
  if (listOf(values.WEBHOOK_SECRET_KEY).length === 0 && !values.WEBHOOK_ALLOW_UNAUTHENTICATED) {
    problems.push([
      'WEBHOOK_SECRET_KEY',
      'belum diisi: buat dengan `openssl rand -hex 24`, lalu pakai pada URL webhook FONNTE (?secret=...); ' +
        'hanya untuk percobaan: WEBHOOK_ALLOW_UNAUTHENTICATED=true',
    ]);
  }
  return problems;
}

/** A problem for every value that `holds` does not take: it answers false or throws. */
const must = (holds: (value: string) => unknown, problem: string) => (value: string) => {
  try {
    return holds(value) === false ? problem : null;
  } catch {
    return problem;
  }
};
const everyOf = (holds: (entry: string) => unknown) => (value: string) => listOf(value).every((entry) => holds(entry));
const beUrl = must(URL.canParse, 'bukan URL');
const beReadable = must((path) => void readFileSync(path), 'berkas tidak dapat dibaca');

const RULES: Partial<Record<keyof Config, (value: string) => string | null>> = {
  FONNTE_API_URL: beUrl,
  SUPABASE_URL: beUrl,
  GEMINI_BASE_URL: beUrl,
  PORTAL_URL: beUrl,
  WEBHOOK_SECRET_KEY: must(
    everyOf((key) => key.length >= 8),
    'tiap kunci sedikitnya 8 karakter',
  ),
  ADMIN_API_KEY: must(
    (list) => adminKeys({ ADMIN_API_KEY: list }).every(({ key }) => key.length >= 16),
    'tiap kunci sedikitnya 16 karakter',
  ),
  APP_TIMEZONE: must(
    (timeZone) => void new Temporal.ZonedDateTime(0n, timeZone),
    'zona waktu tidak dikenal, misalnya Asia/Jakarta',
  ),
  ALERT_TARGETS: must(everyOf(normalizePhone), 'berisi yang bukan nomor telepon'),
  ALERT_WEBHOOK_URL: beUrl,
  FONNTE_DEVICES: must(everyOf(normalizePhone), 'berisi yang bukan nomor telepon'),
  WEBHOOK_ALLOWED_IPS: must((list) => void createAddressCheck(listOf(list)), 'berisi yang bukan alamat atau blok CIDR'),
  TRUST_PROXY: must(namesProxies, 'isi alamat, blok CIDR, loopback, atau false'),
  MEDIA_HOSTS: must(
    (list) => void createHostCheck(listOf(list)),
    'tulis tiap host seperti api.fonnte.com atau 10.0.0.5:9000',
  ),
  CORS_ORIGINS: must((list) => void createOriginCheck(listOf(list)), 'tulis tiap asal seperti https://contoh.id'),
  TEXTS_FILE: beReadable,
  ASSISTANT_PROMPT_FILE: beReadable,
};

/** `false`, or a list that the HTTP server can compile: addresses, CIDR blocks, names of private ranges. */
function namesProxies(list: string): void {
  if (list === 'false') return;
  createAddressCheck(listOf(list).filter((entry) => !['loopback', 'linklocal', 'uniquelocal'].includes(entry)));
}

/** One variable as the schema describes it. */
interface Variable {
  type?: string;
  description?: string;
  default?: unknown;
  minLength?: number;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  enum?: string[];
}

const schemaOf = (name: string): Variable => (configSchema.properties as Record<string, TSchema>)[name] ?? {};
const descriptionOf = (name: string) => schemaOf(name).description ?? '';

function rangeOf(name: string): string {
  const { minimum, maximum, enum: choices } = schemaOf(name);
  if (choices) return ` (${choices.join(', ')})`;
  return minimum === undefined ? '' : ` (${minimum} sampai ${maximum})`;
}

/** A comma list as its trimmed, non-empty entries. */
export function listOf(value: string | undefined): string[] {
  return (value ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);
}

/** Connections to one upstream: every turn that may run at once can have its call under way. */
export function connectionsFor({ MAX_CONCURRENT_TURNS }: Pick<Config, 'MAX_CONCURRENT_TURNS'>): number {
  return Math.max(64, MAX_CONCURRENT_TURNS);
}

/** The admin keys with the names that their actions are told under; a bare key's name is `admin`. */
export function adminKeys(config: Pick<Config, 'ADMIN_API_KEY'>): { name: string; key: string }[] {
  return listOf(config.ADMIN_API_KEY).map((entry) => {
    const colon = entry.indexOf(':');
    return colon > 0 ? { name: entry.slice(0, colon), key: entry.slice(colon + 1) } : { name: 'admin', key: entry };
  });
}
