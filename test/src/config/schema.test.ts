import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import type { TSchema } from 'typebox';
import Value from 'typebox/value';
import { ConfigError, loadConfig, parseConfig } from '../../../src/config/load.ts';
import { configSchema, parseAdminKeys, parseDevices, parseList } from '../../../src/config/schema.ts';

/** The required variables. */
const NEEDED = {
  FONNTE_TOKEN: 'token-perangkat',
  WEBHOOK_SECRET_KEY: 'rahasia-webhook',
  SUPABASE_URL: 'http://127.0.0.1:54321',
  SUPABASE_SERVICE_ROLE_KEY: 'kunci-supabase',
  GEMINI_API_KEY: 'kunci-gemini',
};

/** Returns the names of the invalid variables of a configuration. */
function refusedFor(read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) => problem.split(' ')[0] ?? '').sort();
  }
}
const refused = (given: Record<string, unknown>) => refusedFor(() => parseConfig({ ...NEEDED, ...given }));

const environmentFile = (t: Test, lines: Record<string, string>): string => {
  const path = join(t.testdir(), 'lain.env');
  writeFileSync(
    path,
    Object.entries(lines)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  return path;
};

t.test('a quota reserve above the alert limit is rejected', async (t) => {
  const given = { ...NEEDED, MIN_QUOTA_RESERVE: 100, QUOTA_ALERT_BELOW: 100 };
  t.throws(() => parseConfig(given), { message: /MIN_QUOTA_RESERVE harus lebih kecil/ });
  t.equal(parseConfig({ ...given, MIN_QUOTA_RESERVE: 99 }).MIN_QUOTA_RESERVE, 99);
  t.equal(parseConfig({ ...given, QUOTA_ALERT_BELOW: 0 }).MIN_QUOTA_RESERVE, 100);
});

t.test('the defaults are those of the contract', async (t) => {
  t.match(parseConfig(NEEDED), {
    WHATSAPP_SERVER_PORT: 3003,
    HOST: '127.0.0.1',
    FONNTE_API_URL: 'https://api.fonnte.com/send',
    WEBHOOK_ALLOW_UNAUTHENTICATED: false,
    GEMINI_MODEL: 'gemini-3.8-flash',
    GEMINI_FALLBACK_MODELS: 'gemini-3.5-flash-lite',
    GEMINI_TIMEOUT_MS: 20_000,
    DATA_DIR: './data',
    RATE_LIMIT_PER_MINUTE: 10,
    MAX_MESSAGE_LENGTH: 1000,
    MAX_INBOX: 50_000,
    SESSION_MAX_MESSAGES: 20,
    SESSION_TIMEOUT_MINUTES: 30,
    COALESCE_WINDOW_MS: 800,
    MAX_CONCURRENT_TURNS: 32,
    TURN_DEADLINE_SECONDS: 120,
    PART_INTERVAL_MS: 1200,
    DAILY_TOKENS_PER_USER: 1_000_000,
    APP_TIMEZONE: 'Asia/Jakarta',
    ORGANIZATION_NAME: 'Kementerian Koperasi dan UKM',
    PORTAL_NAME: 'SAPA',
    TRUST_PROXY: 'loopback',
    DOCS_PUBLIC: false,
    MEDIA_HOSTS: '*.fonnte.com',
    CORS_ORIGINS: 'https://fonnte.com,https://*.fonnte.com',
    LOG_LEVEL: 'info',
  });
});

t.test('optional variables without a default are unset', async (t) => {
  const config = parseConfig(NEEDED);
  for (const name of ['FONNTE_DEVICES', 'WEBHOOK_ALLOWED_IPS', 'ADMIN_API_KEY', 'TEXTS_FILE', 'PORTAL_URL'] as const) {
    t.equal(config[name], undefined, name);
  }
});

t.test('numbers are accepted within their range and rejected outside it', async (t) => {
  const ranges = {
    GEMINI_TIMEOUT_MS: [200, 120_000],
    RATE_LIMIT_PER_MINUTE: [1, 1_000_000],
    COALESCE_WINDOW_MS: [0, 10_000],
    MAX_CONCURRENT_TURNS: [1, 5000],
    TURN_DEADLINE_SECONDS: [5, 600],
    PART_INTERVAL_MS: [0, 60_000],
    WHATSAPP_SERVER_PORT: [0, 65_535],
  };
  for (const [name, [least, most]] of Object.entries(ranges) as [string, [number, number]][]) {
    t.same(refused({ [name]: String(least) }), [], `${name} ${least}`);
    t.same(refused({ [name]: String(most) }), [], `${name} ${most}`);
    t.same(refused({ [name]: String(least - 1) }), [name], `${name} ${least - 1}`);
    t.same(refused({ [name]: String(most + 1) }), [name], `${name} ${most + 1}`);
  }
  t.same(refused({ DAILY_TOKENS_PER_USER: '0' }), [], '0 tokens a day: no limit');
});

t.test('a number must be a decimal integer', async (t) => {
  t.equal(parseConfig({ ...NEEDED, MAX_INBOX: ' 20 ' }).MAX_INBOX, 20);
  for (const value of ['20.5', '2e1', '0x14', '20x', 'dua', 'true', 'NaN', 'Infinity', '1_000', '-']) {
    t.same(refused({ MAX_INBOX: value }), ['MAX_INBOX'], value);
  }
});

t.test('a flag is true, false, 1 or 0', async (t) => {
  const flag = (DOCS_PUBLIC: string) => parseConfig({ ...NEEDED, DOCS_PUBLIC }).DOCS_PUBLIC;
  for (const value of ['true', 'TRUE', '1']) t.equal(flag(value), true, value);
  for (const value of ['false', 'False', '0']) t.equal(flag(value), false, value);
  for (const value of ['yes', 'ya', 'on', '2']) t.same(refused({ DOCS_PUBLIC: value }), ['DOCS_PUBLIC'], value);
});

t.test('each kind of mistake is rejected by name', async (t) => {
  const mistakes: [string, string][] = [
    ['SUPABASE_URL', 'ftp://contoh.id'],
    ['SUPABASE_URL', 'http://a b'],
    ['FONNTE_API_URL', 'api.fonnte.com'],
    ['GEMINI_BASE_URL', 'https://'],
    ['PORTAL_URL', 'sapa'],
    ['WEBHOOK_SECRET_KEY', 'pendek7'],
    ['WEBHOOK_SECRET_KEY', 'cukup-panjang,pendek7'],
    ['WEBHOOK_SECRET_KEY', ' , '],
    ['WEBHOOK_SECRET_KEY', 'kunci-lama-sekali,kunci#rahasia'],
    ['WEBHOOK_ALLOWED_IPS', '203.0.113.0/33'],
    ['WEBHOOK_ALLOWED_IPS', 'fonnte.com'],
    ['ADMIN_API_KEY', 'limabelas-huruf'],
    ['ADMIN_API_KEY', 'rina:kunci-rina-panjang,budi:pendek'],
    ['FONNTE_DEVICES', '6281100000000,abc'],
    ['APP_TIMEZONE', 'Mars/Phobos'],
    ['LOG_LEVEL', 'loud'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', '1'],
    ['TRUST_PROXY', 'loopback,proksi'],
    ['MEDIA_HOSTS', 'https://api.fonnte.com'],
    ['MEDIA_HOSTS', '*'],
    ['CORS_ORIGINS', 'fonnte.com'],
    ['CORS_ORIGINS', '*'],
    ['TEXTS_FILE', '/tidak/ada.json'],
    ['ASSISTANT_PROMPT_FILE', '/tidak/ada.txt'],
  ];
  for (const [name, value] of mistakes) t.same(refused({ [name]: value }), [name], `${name}=${value}`);
});

t.test('a webhook key with # is rejected with the reason', async (t) => {
  const given = { ...NEEDED, WEBHOOK_SECRET_KEY: 'kunci#rahasia' };
  const { message } = t.throws(() => parseConfig(given)) as Error;
  t.match(message, /WEBHOOK_SECRET_KEY keliru: tanda # memotong URL webhook/);
  t.notMatch(message, /kunci#rahasia/);
});

t.test('valid forms of a value are accepted', async (t) => {
  const right: [string, string][] = [
    ['SUPABASE_URL', 'http://127.0.0.1:1'],
    ['WEBHOOK_SECRET_KEY', 'delapan8'],
    ['WEBHOOK_SECRET_KEY', 'kunci-baru-sekali, kunci-lama-sekali'],
    ['WEBHOOK_SECRET_KEY', 'kunci+rahasia,kunci%rahasia,kunci&rahasia'],
    ['WEBHOOK_ALLOWED_IPS', '203.0.113.7, 2001:db8::/32'],
    ['ADMIN_API_KEY', 'enam-belas-huruf'],
    ['ADMIN_API_KEY', 'rina:enam-belas-huruf, budi:kunci-budi-panjang'],
    ['FONNTE_DEVICES', '0811-0000-000, +62 811 0000 001'],
    ['FONNTE_DEVICES', "tel:+62 (0)812-0000-0001, '081200000002, 6281200000003.0"],
    ['ALERT_TARGETS', '\u202a+62 812\u20110000\u20110001\u202c, 0062 812 0000 0002, ０８１２００００００３'],
    ['TRUST_PROXY', 'false'],
    ['TRUST_PROXY', 'loopback, 10.0.0.0/8, 203.0.113.7, uniquelocal'],
    ['MEDIA_HOSTS', 'api.fonnte.com,*.fonnte.com, 127.0.0.1:9000'],
    ['CORS_ORIGINS', 'http://localhost:5173'],
    ['APP_TIMEZONE', 'Asia/Makassar'],
  ];
  for (const [name, value] of right) t.same(refused({ [name]: value }), [], `${name}=${value}`);
});

t.test('FONNTE_TOKEN is one token, or a list of device numbers with their tokens', async (t) => {
  const parse = (FONNTE_TOKEN: string) => parseDevices(parseConfig({ ...NEEDED, FONNTE_TOKEN }));
  for (const token of ['token-perangkat', 'a,b', 'satu:dua', '12a:3'])
    t.same(parse(token), [{ number: null, token }], token);
  t.same(parse('0812-0000-0001:token-satu, +62 812 0000 0002 : token:dua'), [
    { number: '6281200000001', token: 'token-satu' },
    { number: '6281200000002', token: 'token:dua' },
  ]);
  t.same(parse('6281200000001:token-satu'), [{ number: '6281200000001', token: 'token-satu' }]);
});

t.test('a list of devices with a mistake is rejected; the message names the entry and quotes no token', async (t) => {
  const first = '6281200000001:token-satu';
  for (const [list, problem] of [
    [`${first},token-dua`, /FONNTE_TOKEN keliru: entri ke-2 bukan nomor:token/],
    [`${first},123:token-dua`, /entri ke-2 bukan nomor:token/],
    [`${first},6281200000002:`, /entri ke-2 bukan nomor:token/],
    [`${first},081200000001:token-dua`, /nomor atau token entri ke-2 sama dengan entri ke-1/],
    [`${first},6281200000002:token-satu`, /nomor atau token entri ke-2 sama dengan entri ke-1/],
    [`${first},6281200000002:your_fonnte_token_here`, /entri ke-2 masih berisi contoh/],
    [`${first},token-dua,${first}`, /entri ke-2 bukan nomor:token; nomor atau token entri ke-3 sama dengan entri ke-1/],
  ] as const) {
    const { message } = t.throws(() => parseConfig({ ...NEEDED, FONNTE_TOKEN: list })) as Error;
    t.match(message, problem, list);
    t.notMatch(message, /token-satu|token-dua/);
  }
  t.same(
    refused({ FONNTE_TOKEN: first, FONNTE_DEVICES: '6281200000001' }),
    ['FONNTE_DEVICES'],
    'the list already names the devices',
  );
});

t.test('SUPABASE_URL is reduced to the address of the project, or rejected if it has another path', async (t) => {
  const read = (SUPABASE_URL: string) => parseConfig({ ...NEEDED, SUPABASE_URL }).SUPABASE_URL;
  for (const url of ['https://contoh.supabase.co', 'http://127.0.0.1:54321', 'https://sapa.contoh.go.id:8443']) {
    for (const end of ['', '/', '//', '/rest/v1', '/rest/v1/', '//rest/v1//']) t.equal(read(url + end), url, url + end);
  }
  for (const end of ['/rest', '/auth/v1', '/rest/v1/users', '//sapa', '/?a=1', '?a=1', '#a']) {
    t.same(refused({ SUPABASE_URL: `https://contoh.supabase.co${end}` }), ['SUPABASE_URL'], end);
  }
  t.same(refused({ SUPABASE_URL: 'https://supabase.com/dashboard/project/contoh' }), ['SUPABASE_URL']);
  t.same(refused({ SUPABASE_URL: 'https://nama:sandi@contoh.supabase.co' }), ['SUPABASE_URL']);
  t.same(refused({ SUPABASE_URL: 'https:///contoh.supabase.co' }), ['SUPABASE_URL'], 'a URL that parsing repairs');
  t.same(refused({ SUPABASE_URL: 'https://contoh.supabase.co/%2e%2e/rest/v1' }), ['SUPABASE_URL']);
  t.throws(() => parseConfig({ ...NEEDED, SUPABASE_URL: 'https://contoh.supabase.co/sapa' }), {
    message: /SUPABASE_URL keliru: tulis hanya alamat proyek, tanpa jalur, misalnya https:/,
  });
});

t.test('a publishable or anon key of Supabase is rejected, any other form is accepted', async (t) => {
  const jwt = (claims: unknown) =>
    ['{"alg":"HS256"}', JSON.stringify(claims), 'tanda']
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.');
  const problems = (SUPABASE_SERVICE_ROLE_KEY: string) => refused({ SUPABASE_SERVICE_ROLE_KEY });
  for (const key of ['sb_publishable_contoh', jwt({ role: 'anon' }), jwt({ role: 'authenticated' })]) {
    t.same(problems(key), ['SUPABASE_SERVICE_ROLE_KEY'], key);
    t.same(refused({ SUPABASE_ANON_KEY: key }), [], 'allowed as the gateway key of a role of our own');
  }
  const others = ['service_role', 'sapa_whatsapp', undefined].map((role) => jwt({ role }));
  const unknown = ['sb_secret_contoh', 'kunci biasa', 'a.b.c', jwt(null), jwt('anon'), 'a.b'];
  for (const key of [...others, ...unknown]) t.same(problems(key), [], key);
  const { message } = t.throws(() =>
    parseConfig({ ...NEEDED, SUPABASE_SERVICE_ROLE_KEY: 'sb_publishable_rahasia' }),
  ) as Error;
  t.match(message, /SUPABASE_SERVICE_ROLE_KEY keliru: kunci publishable atau anon .*sb_secret_/);
  t.notMatch(message, /rahasia/);
});

t.test('one message lists every missing and invalid variable', async (t) => {
  t.same(
    refusedFor(() => parseConfig({})),
    Object.keys(NEEDED).sort(),
  );
  const bad = {
    ...NEEDED,
    FONNTE_TOKEN: '',
    WEBHOOK_SECRET_KEY: '',
    MAX_INBOX: 'x',
    APP_TIMEZONE: 'x',
    TRUST_PROXY: 'x',
  };
  const names = ['APP_TIMEZONE', 'FONNTE_TOKEN', 'MAX_INBOX', 'TRUST_PROXY', 'WEBHOOK_SECRET_KEY'];
  t.same(
    refusedFor(() => parseConfig(bad)),
    names,
  );
});

t.test('the message explains in Indonesian how to set each variable and quotes no value', async (t) => {
  const given = { ...NEEDED, WEBHOOK_SECRET_KEY: 'rahas1a', ADMIN_API_KEY: 'kunc1', FONNTE_TOKEN: '' };
  const { message } = t.throws(() => parseConfig(given)) as Error;
  t.match(message, /^Konfigurasi belum lengkap atau keliru:\n( {2}- [A-Z_]+ .+\n?){3}$/);
  t.match(message, /FONNTE_TOKEN belum diisi: token perangkat, dari fonnte\.com/);
  t.notMatch(message, /rahas1a|kunc1/);
});

t.test('your_…_here is rejected, once per variable', async (t) => {
  t.same(refused({ FONNTE_TOKEN: 'your_fonnte_token_here' }), ['FONNTE_TOKEN']);
  t.same(refused({ WEBHOOK_SECRET_KEY: 'your_secret_here' }), ['WEBHOOK_SECRET_KEY']);
  t.same(refused({ WHATSAPP_SERVER_PORT: 'your_port_here' }), ['WHATSAPP_SERVER_PORT']);
  t.same(
    refusedFor(() => loadConfig({ ...NEEDED, GEMINI_API_KEY: '', VITE_GEMINI_API_KEY: 'YOUR_key_HERE' })),
    ['GEMINI_API_KEY'],
  );
});

t.test('without a webhook key the service starts only with WEBHOOK_ALLOW_UNAUTHENTICATED', async (t) => {
  t.same(refused({ WEBHOOK_SECRET_KEY: undefined }), ['WEBHOOK_SECRET_KEY']);
  t.same(refused({ WEBHOOK_SECRET_KEY: '', WEBHOOK_ALLOW_UNAUTHENTICATED: 'false' }), ['WEBHOOK_SECRET_KEY']);
  t.same(refused({ WEBHOOK_SECRET_KEY: '', WEBHOOK_ALLOW_UNAUTHENTICATED: 'true' }), []);
});

t.test('unknown variables are ignored', async (t) => {
  const config = loadConfig({ ...NEEDED, VITE_SUPABASE_ANON_KEY: 'x', REDIS_URL: 'your_redis_here', PORT: '-1' });
  t.same(
    Object.keys(config).filter((name) => !(name in configSchema.properties)),
    [],
  );
});

t.test('empty and blank values are unset', async (t) => {
  const config = loadConfig({ ...NEEDED, MAX_INBOX: '', HOST: '  ', ADMIN_API_KEY: ' ' });
  t.match(config, { MAX_INBOX: 50_000, HOST: '127.0.0.1', ADMIN_API_KEY: undefined });
  t.same(
    refusedFor(() => loadConfig({ ...NEEDED, FONNTE_TOKEN: '  ' })),
    ['FONNTE_TOKEN'],
  );
});

t.test('the VITE_ form is used only if the form without it is unset', async (t) => {
  const { SUPABASE_URL: _, GEMINI_API_KEY: __, ...rest } = NEEDED;
  const vite = {
    VITE_SUPABASE_URL: 'http://vite.example',
    VITE_GEMINI_API_KEY: 'kunci-vite',
    VITE_GEMINI_MODEL: 'm-vite',
  };
  t.match(loadConfig({ ...rest, ...vite, VITE_GEMINI_TIMEOUT_MS: '500', VITE_GEMINI_FALLBACK_MODELS: 'a,b' }), {
    SUPABASE_URL: 'http://vite.example',
    GEMINI_API_KEY: 'kunci-vite',
    GEMINI_MODEL: 'm-vite',
    GEMINI_TIMEOUT_MS: 500,
    GEMINI_FALLBACK_MODELS: 'a,b',
  });
  t.match(loadConfig({ ...NEEDED, ...vite, GEMINI_MODEL: '' }), { ...NEEDED, GEMINI_MODEL: 'm-vite' });
  t.same(
    refusedFor(() => loadConfig({ ...NEEDED, FONNTE_TOKEN: '', VITE_FONNTE_TOKEN: 'x' })),
    ['FONNTE_TOKEN'],
  );
});

t.test('the process environment takes precedence over ENV_FILE, unless its value is empty', async (t) => {
  const ENV_FILE = environmentFile(t, { ...NEEDED, MAX_INBOX: '7', HOST: '0.0.0.0', VITE_GEMINI_MODEL: 'dari-berkas' });
  t.match(loadConfig({ ENV_FILE, MAX_INBOX: '8', HOST: '' }), {
    ...NEEDED,
    MAX_INBOX: 8,
    HOST: '0.0.0.0',
    GEMINI_MODEL: 'dari-berkas',
  });
});

t.test('an unreadable ENV_FILE is rejected by name', async (t) => {
  t.same(
    refusedFor(() => loadConfig({ ...NEEDED, ENV_FILE: '/tidak/ada.env' })),
    ['ENV_FILE:'],
  );
  t.same(
    refusedFor(() => loadConfig({ ...NEEDED, ENV_FILE: t.testdir() })),
    ['ENV_FILE:'],
    'a folder',
  );
});

t.test('without ENV_FILE, .env of the working folder is read if it exists', async (t) => {
  const folder = t.testdir({ '.env': 'MAX_INBOX=9\n', lain: {} });
  const before = process.cwd();
  t.teardown(() => process.chdir(before));
  process.chdir(folder);
  t.equal(loadConfig(NEEDED).MAX_INBOX, 9);
  process.chdir(join(folder, 'lain'));
  t.equal(loadConfig(NEEDED).MAX_INBOX, 50_000);
});

t.test('a comma-separated list is split into trimmed, non-empty entries', async (t) => {
  t.same(parseList(' a ,, b,'), ['a', 'b']);
  t.same(parseList(undefined), []);
});

t.test('the name of an admin key precedes the colon; a bare key belongs to admin', async (t) => {
  const ADMIN_API_KEY = 'rina:kunci-rina-yang-panjang, kunci-tanpa-nama-panjang,budi:dengan:titik:dua:juga';
  t.same(parseAdminKeys({ ADMIN_API_KEY }), [
    { name: 'rina', key: 'kunci-rina-yang-panjang' },
    { name: 'admin', key: 'kunci-tanpa-nama-panjang' },
    { name: 'budi', key: 'dengan:titik:dua:juga' },
  ]);
});

t.test('each text is validated by the schema of its variable, however many are invalid', async () => {
  const properties: Record<string, TSchema & { type?: string }> = configSchema.properties;
  const name = fc.constantFrom(...Object.keys(properties));
  const value = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('http://x', 'ftp://x', 'info'));
  const problems = (given: object) => {
    try {
      parseConfig({ ...NEEDED, ...given });
      return [];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return error.problems;
    }
  };
  fc.assert(
    fc.property(fc.dictionary(name, value, { maxKeys: 20 }), (given) => {
      const reported = problems(given);
      for (const [key, value] of Object.entries(given)) {
        const schema = properties[key] ?? {};
        // Integers and flags are converted from strings first.
        if (['integer', 'boolean'].includes(schema.type ?? '')) continue;
        const isRefused = reported.some((problem) => problem.startsWith(`${key} nilainya tidak sesuai`));
        if (isRefused === Value.Check(schema, value)) throw new Error(`${key}: ${value}`);
      }
    }),
  );
});

/** One valid value of every variable that has no file as its value. */
function sampleValues(): Record<string, string> {
  const required = Object.fromEntries(
    Object.entries(configSchema.properties as Record<string, TSchema & { default?: unknown }>).map(
      ([name, { default: value }]) => [name, String(value ?? '')],
    ),
  );
  return {
    ...required,
    ...NEEDED,
    FONNTE_DEVICES: "'081200000001, 081200000002",
    WEBHOOK_ALLOWED_IPS: '203.0.113.7, 2001:db8::/32',
    SUPABASE_ANON_KEY: 'kunci-anon',
    GEMINI_BASE_URL: 'http://127.0.0.1:9',
    ADMIN_API_KEY: 'rina:kunci-rina-yang-panjang',
    PORTAL_URL: 'https://contoh.id',
    ORGANIZATION_NAME: 'Kementerian "Contoh"',
    ALERT_TARGETS: '+62 (0)812-0000-0003',
    ALERT_WEBHOOK_URL: 'http://127.0.0.1:9/x',
    TEXTS_FILE: '',
    ASSISTANT_PROMPT_FILE: '',
  };
}

t.test('quotes around a value of the process environment are not part of it, for every variable', async (t) => {
  const plain = sampleValues();
  const expected = loadConfig(plain);
  for (const quote of ['"', "'"]) {
    const quoted = Object.entries(plain).map(([name, value]) => [name, ` ${quote}${value}${quote} `]);
    t.same(loadConfig(Object.fromEntries(quoted)), expected, quote);
  }
  const ENV_FILE = environmentFile(t, { MAX_INBOX: '7' });
  t.equal(loadConfig({ ...NEEDED, ENV_FILE: `"${ENV_FILE}"` }).MAX_INBOX, 7);
  const vite = loadConfig({ ...NEEDED, GEMINI_API_KEY: '""', VITE_GEMINI_API_KEY: "'kunci-vite'" });
  t.equal(vite.GEMINI_API_KEY, 'kunci-vite');
});

t.test('one of two pairs of quotes is removed, and a single quote is part of the value', async (t) => {
  const nameIn = (ORGANIZATION_NAME: string) => loadConfig({ ...NEEDED, ORGANIZATION_NAME }).ORGANIZATION_NAME;
  t.equal(nameIn(`'"Contoh"'`), '"Contoh"');
  for (const value of [`"Contoh`, `Contoh'`, `"Contoh'`, `"`]) t.equal(nameIn(value), value);
  const lists = { WEBHOOK_SECRET_KEY: '"kunci-satu", "kunci-dua"', WEBHOOK_ALLOWED_IPS: "'10.0.0.1','10.0.0.2'" };
  t.match(loadConfig({ ...NEEDED, ...lists }), {
    WEBHOOK_SECRET_KEY: 'kunci-satu,kunci-dua',
    WEBHOOK_ALLOWED_IPS: '10.0.0.1,10.0.0.2',
  });
  const ENV_FILE = environmentFile(t, { ORGANIZATION_NAME: `'"Contoh"'` });
  t.equal(loadConfig({ ...NEEDED, ENV_FILE }).ORGANIZATION_NAME, '"Contoh"', 'in the file too');
});

t.test('a file with a byte-order mark is read completely, also in UTF-16 and with CRLF', async (t) => {
  const text = '\uFEFFWEBHOOK_ALLOWED_IPS=10.0.0.1\r\nORGANIZATION_NAME="Kementerian Contoh"\r\nHOST=::\r\n';
  const encoded = {
    utf8: Buffer.from(text),
    utf16le: Buffer.from(text, 'utf16le'),
    utf16be: Buffer.from(text, 'utf16le').swap16(),
    joined: Buffer.from(`MAX_INBOX=7\n${text}`),
  };
  for (const [name, bytes] of Object.entries(encoded)) {
    const path = join(t.testdir(), `${name}.env`);
    writeFileSync(path, bytes);
    t.match(loadConfig({ ...NEEDED, ENV_FILE: path }), {
      WEBHOOK_ALLOWED_IPS: '10.0.0.1',
      ORGANIZATION_NAME: 'Kementerian Contoh',
      HOST: '::',
    });
  }
  const path = join(t.testdir(), 'unmarked.env');
  writeFileSync(path, Buffer.from(text.slice(1), 'utf16le'));
  t.throws(() => loadConfig({ ...NEEDED, ENV_FILE: path }), /bukan teks UTF-8/, 'UTF-16 without a mark');
});
