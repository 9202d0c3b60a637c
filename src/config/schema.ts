import type { Static } from 'typebox';
import Type from 'typebox';
import { normalizePhone } from '../phone.ts';

const text = (description: string, options: object = {}) => Type.String({ description, minLength: 1, ...options });
const optional = (description: string, options: object = {}) => Type.Optional(text(description, options));
const integer = (description: string, defaultValue: number, minimum: number, maximum: number) =>
  Type.Integer({ description, default: defaultValue, minimum, maximum });
const flag = (description: string) => Type.Boolean({ description, default: false });
const url = (description: string, options: object = {}) => text(description, { pattern: '^https?://.+', ...options });

/** The environment variables: type, default, range, and how to set each one (Indonesian, for operators). */
export const configSchema = Type.Object({
  WHATSAPP_SERVER_PORT: integer('port yang didengarkan layanan', 3003, 0, 65535),
  HOST: text('alamat yang didengarkan layanan', { default: '127.0.0.1' }),
  FONNTE_API_URL: url('alamat kirim FONNTE', { default: 'https://api.fonnte.com/send' }),
  FONNTE_TOKEN: text(
    'token perangkat, dari fonnte.com pada Device > Token; untuk beberapa perangkat: nomor:token, dipisah koma',
  ),
  FONNTE_DEVICES: optional('nomor perangkat milik kita, dipisah koma; panggilan untuk nomor lain diabaikan'),
  WEBHOOK_SECRET_KEY: optional('kunci rahasia webhook, dipisah koma, tiap kunci sedikitnya 8 karakter'),
  WEBHOOK_ALLOW_UNAUTHENTICATED: flag('true: terima panggilan webhook tanpa kunci (jangan pernah di produksi)'),
  WEBHOOK_ALLOWED_IPS: optional('alamat atau blok CIDR yang boleh memanggil webhook, dipisah koma'),
  SUPABASE_URL: url('alamat proyek Supabase, dari Supabase pada Settings > API'),
  SUPABASE_SERVICE_ROLE_KEY: text(
    'secret key sb_secret_... (atau kunci hanya-baca), dari Supabase pada Settings > API Keys',
  ),
  SUPABASE_ANON_KEY: optional(
    'kunci anon atau publishable; hanya dipakai sebagai apikey bila kunci di atas buatan sendiri',
  ),
  GEMINI_API_KEY: text('kunci dari Google AI Studio'),
  GEMINI_MODEL: text('model pertama', { default: 'gemini-3.8-flash' }),
  GEMINI_FALLBACK_MODELS: text('model berikutnya, dipisah koma', { default: 'gemini-3.5-flash-lite' }),
  GEMINI_TIMEOUT_MS: integer('batas waktu satu permintaan ke Gemini, milidetik', 20_000, 200, 120_000),
  GEMINI_BASE_URL: Type.Optional(url('alamat lain untuk API Gemini (bawaan: alamat Google)')),
  ADMIN_API_KEY: optional('kunci rute admin, atau daftar nama:kunci dipisah koma, tiap kunci sedikitnya 16 karakter'),
  DATA_DIR: text('folder penyimpanan layanan', { default: './data' }),
  DATABASE_URL: optional('alamat PostgreSQL untuk beberapa layanan sekaligus; kosong: berkas di DATA_DIR', {
    pattern: '^postgres(ql)?://.+',
  }),
  DATABASE_LISTEN_URL: optional('alamat langsung atau «session pooler» basis data yang sama', {
    pattern: '^postgres(ql)?://.+',
  }),
  DATABASE_SCHEMA: text('skema milik layanan ini di PostgreSQL', {
    default: 'sapa_whatsapp',
    pattern: '^[a-z_][a-z0-9_]{0,40}$',
  }),
  RATE_LIMIT_PER_MINUTE: integer('pesan yang diterima dari satu pengirim dalam satu menit berjalan', 10, 1, 1_000_000),
  MAX_MESSAGE_LENGTH: integer('panjang pesan terbesar, karakter', 1000, 1, 60_000),
  MAX_INBOX: integer('pesan menunggu terbanyak; selebihnya dijawab 503', 50_000, 1, 10_000_000),
  SESSION_MAX_MESSAGES: integer('jumlah isi satu sesi', 20, 2, 200),
  SESSION_TIMEOUT_MINUTES: integer('menit tanpa pesan sampai sesi dihapus', 30, 1, 1440),
  COALESCE_WINDOW_MS: integer('jeda untuk menggabungkan pesan beruntun, milidetik', 800, 0, 10_000),
  MAX_CONCURRENT_TURNS: integer('giliran yang berjalan bersamaan', 32, 1, 5000),
  TURN_DEADLINE_SECONDS: integer('batas sejak giliran pertama dimulai sampai balasannya tersimpan, detik', 120, 5, 600),
  PART_INTERVAL_MS: integer('jeda antarbagian satu balasan, milidetik', 1200, 0, 60_000),
  MEDIA_HOSTS: text('host asal berkas yang dikirim pengguna: host, host:port, atau *.domain, dipisah koma', {
    default: '*.fonnte.com',
  }),
  TEXTS_FILE: optional('berkas JSON berisi kalimat sendiri pengganti kalimat di src/texts.ts'),
  DAILY_TOKENS_PER_USER: integer(
    'token Gemini untuk satu pengguna per hari, tanpa yang dari cache; 0: tanpa batas',
    1_000_000,
    0,
    1_000_000_000,
  ),
  APP_TIMEZONE: text('zona waktu untuk hari dan tanggal', { default: 'Asia/Jakarta' }),
  ORGANIZATION_NAME: text('nama lembaga yang diwakili asisten', { default: 'Kementerian Koperasi dan UKM' }),
  PORTAL_NAME: text('nama portal', { default: 'SAPA' }),
  PORTAL_URL: Type.Optional(url('alamat portal; tautan dalam jawaban hanya boleh ke sana')),
  ASSISTANT_PROMPT_FILE: optional('berkas yang teksnya mengganti baris-baris awal prompt sistem'),
  ALERT_TARGETS: optional('nomor WhatsApp penerima peringatan, dipisah koma'),
  ALERT_WEBHOOK_URL: Type.Optional(url('alamat penerima peringatan dalam bentuk JSON')),
  QUOTA_ALERT_BELOW: integer(
    'kirim peringatan bila sisa kuota FONNTE di bawah jumlah ini; 0: tidak',
    100,
    0,
    10_000_000,
  ),
  MIN_QUOTA_RESERVE: integer(
    'di bawah sisa kuota ini pemberitahuan dan peringatan berhenti, jawaban tetap dikirim; 0: tidak',
    0,
    0,
    10_000_000,
  ),
  ALERT_SILENCE_MINUTES: integer(
    'kirim peringatan setelah sekian menit jam kerja tanpa pesan masuk; 0: tidak',
    0,
    0,
    420,
  ),
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

/** Splits a comma-separated list into trimmed, non-empty entries. */
export function parseList(value: string | undefined): string[] {
  return (value ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);
}

/** Connections to one upstream: enough for one request of every concurrent turn. */
export function connectionsFor({ MAX_CONCURRENT_TURNS }: Pick<Config, 'MAX_CONCURRENT_TURNS'>): number {
  return Math.max(64, MAX_CONCURRENT_TURNS);
}

/** Idle time after which a session expires, ms. */
export function sessionIdleMs({ SESSION_TIMEOUT_MINUTES }: Pick<Config, 'SESSION_TIMEOUT_MINUTES'>): number {
  return SESSION_TIMEOUT_MINUTES * 60_000;
}

/** Parses ADMIN_API_KEY. The name appears in the events of admin actions; a key without a name belongs to `admin`. */
export function parseAdminKeys(config: Pick<Config, 'ADMIN_API_KEY'>): { name: string; key: string }[] {
  return parseList(config.ADMIN_API_KEY).map((entry) => {
    const colon = entry.indexOf(':');
    return colon > 0 ? { name: entry.slice(0, colon), key: entry.slice(colon + 1) } : { name: 'admin', key: entry };
  });
}

/** A WhatsApp device of ours at FONNTE. `number` null: the only device, whatever its number. */
export interface DeviceToken {
  number: string | null;
  token: string;
}

/** An entry that begins like a phone number: FONNTE's tokens contain no colon. */
const NUMBER_AND_TOKEN = /^([+\d][\d\s().-]*):(.*)$/s;

/** Splits FONNTE_TOKEN into the entries of its list. @returns null for the token of one device */
export function splitDeviceList(value: string): DeviceToken[] | null {
  const entries = parseList(value);
  if (!entries.some((entry) => NUMBER_AND_TOKEN.test(entry))) return null;
  return entries.map((entry) => {
    const [, number = '', token = ''] = NUMBER_AND_TOKEN.exec(entry) ?? [];
    return { number: normalizePhone(number), token: token.trim() };
  });
}

/** Parses FONNTE_TOKEN: the token of one device, or a list `number:token`. The first device is the default. */
export function parseDevices({ FONNTE_TOKEN: value }: Pick<Config, 'FONNTE_TOKEN'>): DeviceToken[] {
  return splitDeviceList(value) ?? [{ number: null, token: value }];
}

/** The numbers of the devices whose calls are accepted. An empty list accepts every device. */
export function parseDeviceNumbers(config: Pick<Config, 'FONNTE_TOKEN' | 'FONNTE_DEVICES'>): string[] {
  const listed = parseDevices(config).flatMap(({ number }) => number ?? []);
  return listed.length > 0 ? listed : parseList(config.FONNTE_DEVICES).flatMap((one) => normalizePhone(one) ?? []);
}
