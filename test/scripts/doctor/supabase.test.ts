import t from 'tap';
import { diagnose } from '../../support/doctor.ts';
import { startFakeUpstreams } from '../../support/fake-upstreams.ts';

const upstreams = await startFakeUpstreams(t);
const { fonnte, gemini, supabase } = upstreams;
t.beforeEach(() => Promise.all([fonnte.reset(), gemini.reset(), supabase.reset()]));

/** Builds a JWT with these claims; nothing verifies its signature. */
const jwt = (claims: object) =>
  ['{"alg":"HS256"}', JSON.stringify(claims), 'tanda-tangan']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
const seconds = (days: number) => Math.floor(Date.now() / 1000) + days * 86_400;

t.test('keys and tokens that the upstreams reject', async (t) => {
  const { code, row } = await diagnose(t, upstreams, {
    SUPABASE_SERVICE_ROLE_KEY: 'sb_secret_salah',
    GEMINI_API_KEY: 'kunci-gemini-salah',
    FONNTE_TOKEN: 'token-fonnte-salah',
  });
  t.equal(code, 1);
  t.match(row('supabase'), { status: 'error', text: /Invalid API key/, fix: /sb_secret_/ });
  t.match(row('supabase-key'), { status: 'ok' });
  for (const id of ['users', 'supabase-max-rows', 'supabase-index']) t.match(row(id), { status: 'error' });
  t.match(row('gemini', 'gemini-3.8-flash'), { status: 'error', text: /API key not valid/, fix: /GEMINI_API_KEY/ });
  t.match(row('fonnte'), { status: 'error', title: 'Token', text: 'Ditolak: invalid token', fix: /tombol Token/ });
});

t.test('kinds of Supabase keys', async (t) => {
  const kinds: [key: string, given: Record<string, string>, status: string, text: RegExp][] = [
    [jwt({ role: 'service_role', exp: seconds(3_000) }), {}, 'warning', /service role lama/],
    [jwt({ role: 'service_role', exp: seconds(-1) }), {}, 'error', /^Berakhir pada/],
    [jwt({ role: 'sapa_whatsapp', exp: seconds(10) }), { SUPABASE_ANON_KEY: 'sb_publishable_x' }, 'warning', /^Sampai/],
    ['sb_secret_benar', { SUPABASE_ANON_KEY: 'sb_publishable_x' }, 'warning', /tidak dipakai/],
  ];
  for (const [key, given, status, text] of kinds) {
    supabase.serviceRoleKey = key;
    const { rows } = await diagnose(t, upstreams, given);
    const found = rows.filter(({ id }) => id === 'supabase-key');
    t.ok(
      found.some((row) => row.status === status && text.test(row.text)),
      JSON.stringify(found),
    );
  }
  const given = {
    SUPABASE_URL: 'https://contoh.supabase.co.invalid',
    SUPABASE_SERVICE_ROLE_KEY: jwt({ role: 'sapa_whatsapp' }),
  };
  const unknown = await diagnose(t, upstreams, given);
  t.match(unknown.row('supabase'), { status: 'error', text: 'Nama host tidak dikenal.' });
  supabase.serviceRoleKey = 'sandbox-service-role-key';
});

t.test('columns that are missing or not granted, each named', async (t) => {
  for (const column of ['unit', 'created_at']) {
    const body = { code: '42703', message: `column users.${column} does not exist` };
    await supabase.setFault(
      { kind: 'status', status: 400, body },
      { match: ({ table, query }) => table === 'users' && (query.get('select') ?? '').split(',').includes(column) },
    );
  }
  const embedded = { code: '42703', message: 'column allocations_1.uraian does not exist' };
  await supabase.setFault(
    { kind: 'status', status: 400, body: embedded },
    { match: ({ table, query }) => table === 'activities' && (query.get('select') ?? '').includes('uraian') },
  );
  const denied = { code: '42501', message: 'permission denied for table processed_results' };
  await supabase.setFault(
    { kind: 'status', status: 403, body: denied },
    { match: ({ table }) => table === 'processed_results' },
  );
  const { code, rows } = await diagnose(t, upstreams);
  t.equal(code, 1);
  t.match(
    rows.filter(({ id }) => id === 'supabase-columns'),
    [
      { status: 'error', text: /^users: tidak ada kolom (created_at, unit|unit, created_at)\.$/ },
      { status: 'error', text: 'activities: tidak ada kolom uraian.' },
      { status: 'error', text: /^processed_results: .*permission denied/ },
    ],
  );
});
