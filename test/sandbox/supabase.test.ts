import { createClient } from '@supabase/supabase-js';
import t, { type Test } from 'tap';
import { request } from 'undici';
import type { Row, Tables } from '../../sandbox/sapa-schema.ts';
import { type FakeSupabaseOptions, startFakeSupabase } from '../../sandbox/supabase.ts';

// test/sandbox/postgrest/answers.test.ts compares the responses to reads with those of a real PostgREST.

const id = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const USERS: Row[] = [
  { id: id(1), name: 'Siti', role: 'user', unit: 'Biro', is_approved: true, phone_number: '6281200000001' },
  { id: id(2), name: 'Bagas', role: 'admin', unit: null, is_approved: false, phone_number: '+62 812-0000-0002' },
  { id: id(3), name: 'ani', role: 'user', unit: 'Deputi', is_approved: null, phone_number: null },
];
const ACTIVITIES: Row[] = [
  { id: id(11), user_id: id(1), nama: 'Rapat koordinasi' },
  { id: id(12), user_id: id(1), nama: 'Lokakarya (daring), sesi 1' },
];
const ALLOCATIONS: Row[] = [
  { id: id(21), activity_id: id(11), uraian: 'Konsumsi', jumlah: 2_000_000 },
  { id: id(22), activity_id: id(11), uraian: 'Perjalanan', jumlah: 500_000 },
];

async function start(test: Test, options: FakeSupabaseOptions = {}) {
  const tables: Tables = structuredClone({
    users: USERS,
    activities: ACTIVITIES,
    allocations: ALLOCATIONS,
    processed_results: [],
  });
  const supabase = await startFakeSupabase({ tables, ...options });
  test.teardown(() => supabase.close());
  const connect = (key = supabase.serviceRoleKey) =>
    createClient(supabase.url, key, { auth: { persistSession: false, autoRefreshToken: false } });
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await request(`${supabase.url}/rest/v1/${path}`, {
      headers: { apikey: supabase.serviceRoleKey, ...headers },
    });
    return { status: response.statusCode, body: await response.body.json() };
  };
  return { supabase, client: connect(), connect, get };
}

t.test('supabase-js reads rows, counts, single rows and embedded rows', async (t) => {
  const { client } = await start(t);
  const users = () => client.from('users').select('name').order('name');
  t.strictSame((await users().in('name', ['Siti', 'ani'])).data, [{ name: 'Siti' }, { name: 'ani' }]);
  t.strictSame((await users().or('unit.is.null,phone_number.like."*0001"')).data, [
    { name: 'Bagas' },
    { name: 'Siti' },
  ]);
  t.match(await users().range(1, 1), { data: [{ name: 'Siti' }], status: 200 });
  const count = await client.from('users').select('*', { count: 'exact', head: true });
  t.match(count, { count: 3, data: null, error: null });
  t.match(await users().eq('id', id(1)).single(), { data: { name: 'Siti' }, status: 200 });
  t.match(await users().single(), { status: 406, error: { code: 'PGRST116' } });
  t.match(await users().eq('name', 'x').maybeSingle(), { data: null, error: null });
  const embedded = await client
    .from('activities')
    .select('nama, allocations(jumlah), milik:users!inner(name)')
    .order('id')
    .order('jumlah', { referencedTable: 'allocations' })
    .limit(1, { referencedTable: 'allocations' });
  t.strictSame(embedded.data, [
    { nama: 'Rapat koordinasi', allocations: [{ jumlah: 500_000 }], milik: { name: 'Siti' } },
    { nama: 'Lokakarya (daring), sesi 1', allocations: [], milik: { name: 'Siti' } },
  ]);
});

t.test('a column that a row does not have is null', async (t) => {
  const { get } = await start(t);
  t.strictSame(await get(`users?select=email&id=eq.${id(1)}`), { status: 200, body: [{ email: null }] });
});

t.test('a response has at most 1,000 rows by default', async (t) => {
  const users = Array.from({ length: 1200 }, (_, number) => ({ id: id(number) }));
  const { client } = await start(t, { tables: { users } });
  t.equal((await client.from('users').select('id').limit(5000)).data?.length, 1000);
});

t.test('errors do not depend on there being rows', async (t) => {
  const { get } = await start(t, { tables: {} });
  t.match(await get('users?id=eq.abc'), { status: 400, body: { code: '22P02' } });
  t.match(await get('activities?select=allocations(nomor)'), { status: 400, body: { code: '42703' } });
});

t.test('a missing key, a wrong key and a wrong token are 401', async (t) => {
  const { supabase, connect, get } = await start(t);
  t.match(await connect('salah').from('users').select(), { status: 401, error: { message: 'Invalid API key' } });
  const without = await request(`${supabase.url}/rest/v1/users`);
  t.match(await without.body.json(), { message: 'No API key found in request' });
  t.equal(without.statusCode, 401);
  t.match(await get('users', { authorization: 'Bearer lain' }), { status: 401, body: { code: 'PGRST301' } });
});

t.test('a path that can not be decoded is a 400', async (t) => {
  const { supabase } = await start(t);
  t.equal((await request(`${supabase.url}/rest/v1/%zz`)).statusCode, 400);
});

t.test('writes are rejected, change nothing and are recorded', async (t) => {
  const { supabase, client } = await start(t);
  const before = structuredClone(supabase.tables);
  t.match(await client.from('users').insert({ name: 'baru' }), { status: 403, error: { code: '42501' } });
  t.match(await client.from('users').update({ name: 'lain' }).eq('id', id(1)), { status: 403 });
  t.match(await client.from('users').upsert({ name: 'lain' }), { status: 403 });
  t.match(await client.from('users').delete().eq('id', id(1)), { status: 403 });
  t.match(await client.rpc('hapus'), { status: 404 });
  t.strictSame(supabase.tables, before);
  t.strictSame(
    supabase.requests.map(({ method, table }) => [method, table]),
    [
      ['POST', 'users'],
      ['PATCH', 'users'],
      ['POST', 'users'],
      ['DELETE', 'users'],
      ['POST', undefined],
    ],
  );
});

t.test('tables may change between calls, and faults strike by table', async (t) => {
  const { supabase, client } = await start(t);
  supabase.tables.users = [{ id: id(1), name: 'Lain' }];
  t.strictSame((await client.from('users').select('name')).data, [{ name: 'Lain' }]);
  await supabase.setFault({ kind: 'status', status: 500 }, { match: ({ table }) => table === 'activities' });
  t.match(await client.from('activities').select().retry(false), { status: 500 });
  t.match(await client.from('users').select(), { status: 200 });
  await supabase.setFault({ kind: 'status', status: 503, retryAfter: 1 });
  t.match(await client.from('users').select().retry(false), { status: 503, error: { code: 'PGRST002' } });
  await supabase.setFault({ kind: 'invalid-json' });
  t.match(await client.from('users').select(), { data: null, error: { message: /It works/ } });
});
