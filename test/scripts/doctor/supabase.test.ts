import t from 'tap';
import { sampleData } from '../../../sandbox/sample-data.ts';
import { sampleId } from '../../../sandbox/sample-days.ts';
import { diagnose } from '../../support/doctor.ts';
import { startFakeUpstreams } from '../../support/fake-upstreams.ts';

const upstreams = await startFakeUpstreams(t);
const { fonnte, gemini, supabase } = upstreams;
t.beforeEach(() => {
  Object.assign(supabase.tables, sampleData(new Date()));
  supabase.maxRows = 1_000;
  return Promise.all([fonnte.reset(), gemini.reset(), supabase.reset()]);
});

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

t.test('numbers that the service cannot use, masked', async (t) => {
  const added = ['belum ada', '0812-00', '6281200000001', 'rahasia@contoh.invalid'].map((phone_number, index) => ({
    ...supabase.tables.users[0],
    id: sampleId('user', 900 + index),
    phone_number,
  }));
  supabase.tables.users.push(...added, { ...supabase.tables.users[0], id: sampleId('user', 950), phone_number: ' ' });
  const { code, row, stdout } = await diagnose(t, upstreams);
  t.equal(code, 0);
  t.match(row('users', 'Nomor pengguna'), {
    status: 'ok',
    text: '6 dari 11 akun dapat memakai WhatsApp; 1 belum disetujui, 1 tanpa nomor.',
  });
  t.match(row('users', 'Nomor tidak sah'), { status: 'warning', text: /^3 akun: .*\(\*{5} \*{3}\); .*\(0812-\*\*\)/ });
  t.match(row('users', 'Nomor ganda'), { status: 'warning', text: /^1 nomor .*62812\*\*\*\*0001 pada 2 akun/ });
  t.ok(row('users', 'Nomor tidak sah').text.includes(sampleId('user', 901)), 'the account can be found');
  for (const text of ['belum ada', 'rahasia@', '0812-00', '6281200000001']) t.notMatch(stdout, text);
});

t.test('no account at all, and no approved one with a number', async (t) => {
  supabase.tables.users.length = 0;
  const empty = await diagnose(t, upstreams);
  t.equal(empty.code, 1);
  t.match(empty.row('users'), { status: 'error', text: /^Tidak satu akun pun/ });
  supabase.tables.users = [{ ...sampleData(new Date()).users[0], is_approved: false }];
  const none = await diagnose(t, upstreams);
  t.match(none.row('users'), { status: 'error', text: /^0 dari 1 akun/ });
});

t.test('Max Rows and the index on allocations, as far as they show', async (t) => {
  supabase.maxRows = 20;
  await supabase.setFault(
    { kind: 'slow', ms: 1_500 },
    { match: ({ table, query }) => table === 'allocations' && query.has('activity_id') },
  );
  const slow = await diagnose(t, upstreams);
  t.equal(slow.code, 0);
  t.match(slow.row('supabase-max-rows'), { status: 'warning', text: /^20 baris/ });
  t.match(slow.row('users'), { text: /dari 6 akun/ });
  t.match(slow.row('supabase-index'), { status: 'warning', text: /memerlukan \d{4} ms/, fix: /create index/ });
  const showPlan = async (plan: object) => {
    await supabase.reset();
    await supabase.setFault(
      { kind: 'reject', body: [{ Plan: plan }] },
      { match: ({ headers }) => String(headers.accept).includes('vnd.pgrst.plan') },
    );
    return (await diagnose(t, upstreams)).row('supabase-index');
  };
  t.match(await showPlan({ 'Node Type': 'Index Scan', 'Index Name': 'allocations_activity_id_idx' }), {
    status: 'ok',
    text: 'Dipakai: allocations_activity_id_idx.',
  });
  t.match(await showPlan({ 'Node Type': 'Seq Scan', 'Relation Name': 'allocations' }), { status: 'warning' });
});
