import { createClient } from '@supabase/supabase-js';
import t, { type Test } from 'tap';
import { request } from 'undici';
import type { Row, Tables } from '../../sandbox/sapa-schema.ts';
import { type FakeSupabaseOptions, startFakeSupabase } from '../../sandbox/supabase.ts';

const id = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const USERS: Row[] = [
  {
    id: id(1),
    name: 'Siti',
    role: 'user',
    unit: 'Biro',
    is_approved: true,
    phone_number: '6281200000001',
    created_at: '2026-01-02T00:00:00+00:00',
  },
  {
    id: id(2),
    name: 'Bagas',
    role: 'admin',
    unit: null,
    is_approved: false,
    phone_number: '+62 812-0000-0002',
    created_at: '2026-01-01T00:00:00+00:00',
  },
  {
    id: id(3),
    name: 'ani',
    role: 'user',
    unit: 'Deputi',
    is_approved: null,
    phone_number: null,
    created_at: '2026-01-03T00:00:00+07:00',
  },
];
const ACTIVITIES: Row[] = [
  { id: id(11), user_id: id(1), nama: 'Rapat koordinasi', status: 'Rencana', tanggal_pelaksanaan: '2026-11-24' },
  { id: id(12), user_id: id(1), nama: 'Lokakarya (daring), sesi 1', status: null, tanggal_pelaksanaan: null },
  { id: id(13), user_id: id(2), nama: 'Rapat "rahasia" 100%', status: 'Komitmen', tanggal_pelaksanaan: '2026-11-20' },
];
const ALLOCATIONS: Row[] = [
  { id: id(21), activity_id: id(11), kode: 'WA.1.521211.000001', uraian: 'Konsumsi', jumlah: 2_000_000 },
  { id: id(22), activity_id: id(11), kode: 'WA.1.524111.000002', uraian: 'Perjalanan', jumlah: 500_000 },
  { id: id(23), activity_id: id(13), kode: 'WA.1.521211.000001', uraian: 'Konsumsi', jumlah: 1_000_000 },
];
const RESULTS: Row[] = [
  {
    id: id(31),
    user_id: id(1),
    file_name: 'a.xlsx',
    processed_data: [['WA.1', 'x', 10]],
    totals: { pagu: 10 },
    report_type: 'Akrual',
    report_date: '2026-10-31',
  },
];

async function start(test: Test, options: FakeSupabaseOptions = {}) {
  const tables: Tables = structuredClone({
    users: USERS,
    activities: ACTIVITIES,
    allocations: ALLOCATIONS,
    processed_results: RESULTS,
  });
  const supabase = await startFakeSupabase({ tables, ...options });
  test.teardown(() => supabase.close());
  const connect = (key = supabase.serviceRoleKey) =>
    createClient(supabase.url, key, { auth: { persistSession: false, autoRefreshToken: false } });
  const get = async (path: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') => {
    const response = await request(`${supabase.url}/rest/v1/${path}`, {
      method,
      headers: { apikey: supabase.serviceRoleKey, ...headers },
    });
    const text = await response.body.text();
    return {
      status: response.statusCode,
      headers: response.headers,
      body: text === '' ? '' : (JSON.parse(text) as unknown),
    };
  };
  return { supabase, client: connect(), connect, get };
}

const names = ({ data }: { data: { [field: string]: unknown }[] | null }) =>
  data?.map(({ name, nama }) => name ?? nama);

t.test('rows come with the columns asked for, in their order, renamed and taken out of JSON', async (t) => {
  const { client } = await start(t);
  t.same((await client.from('users').select('name, id').eq('id', id(1))).data, [{ name: 'Siti', id: id(1) }]);
  const all = await client.from('users').select().limit(1);
  t.equal(Object.keys(all.data?.[0] ?? {}).join(), 'id,name,role,unit,is_approved,phone_number,email,created_at');
  t.equal(all.data?.[0]?.email, null, 'what a row does not have is null');
  const { data } = await client
    .from('processed_results')
    .select('berkas:file_name, kode:processed_data->0->>0, totals->pagu, report_date::text');
  t.same(data, [{ berkas: 'a.xlsx', kode: 'WA.1', pagu: 10, report_date: '2026-10-31' }]);
});

t.test('each filter keeps what PostgreSQL would keep', async (t) => {
  const { client } = await start(t);
  const users = () => client.from('users').select('name').order('name');
  const activities = () => client.from('activities').select('nama').order('nama');
  t.same(names(await users().eq('name', 'Siti')), ['Siti']);
  t.same(names(await users().neq('unit', 'Biro')), ['ani'], 'null is neither equal nor unequal');
  t.same(names(await users().not('unit', 'eq', 'Biro')), ['ani']);
  t.same(names(await users().in('name', ['Siti', 'ani'])), ['ani', 'Siti']);
  t.same(names(await users().in('id', [])), []);
  t.same(names(await users().not('name', 'in', '("Siti","ani")')), ['Bagas']);
  t.same(names(await users().is('unit', null)), ['Bagas']);
  t.same(names(await users().not('unit', 'is', null)), ['ani', 'Siti']);
  t.same(names(await users().is('is_approved', true)), ['Siti']);
  t.same(names(await users().not('is_approved', 'is', true)), ['ani', 'Bagas']);
  t.same(names(await users().eq('is_approved', 'false')), ['Bagas']);
  t.same(names(await users().like('name', 'S%')), ['Siti']);
  t.same(names(await users().like('name', '*t*')), ['Siti'], '* is % too');
  t.same(names(await users().like('name', 'A%')), []);
  t.same(names(await users().ilike('name', 'A_i')), ['ani']);
  t.same(names(await users().ilike('phone_number', '%6%2%8%1%2%0%0%0%0%0%0%0%2')), ['Bagas']);
  t.same(names(await users().likeAnyOf('name', ['S%', 'B%'])), ['Bagas', 'Siti']);
  t.same(names(await users().ilikeAllOf('name', ['%a%', '%n%'])), ['ani']);
  t.same(names(await users().filter('name', 'imatch', '^(si|an)')), ['ani', 'Siti']);
  t.same(names(await users().gt('created_at', '2026-01-01T12:00:00Z')), ['ani', 'Siti']);
  t.same(names(await users().lte('created_at', '2026-01-01 00:00:00')), ['Bagas'], 'without a zone it is UTC');
  t.same(names(await users().lt('created_at', '2026-01-02 07:00:01+07')), ['Bagas', 'Siti']);
  t.same(names(await users().filter('unit', 'isdistinct', 'Biro')), ['ani', 'Bagas']);
  t.same(names(await activities().gte('tanggal_pelaksanaan', '2026-11-20').lt('tanggal_pelaksanaan', '2026-11-24')), [
    'Rapat "rahasia" 100%',
  ]);
  t.same(names(await activities().like('nama', '%100\\%')), ['Rapat "rahasia" 100%']);
  const { data } = await client.from('allocations').select('uraian').gt('jumlah', 500_000).lte('jumlah', '1000000');
  t.same(data, [{ uraian: 'Konsumsi' }]);
  const json = await client.from('processed_results').select('id').eq('totals->>pagu', '10').eq('totals->pagu', '10');
  t.equal(json.data?.length, 1);
});

t.test('or, and, and their nesting and negation', async (t) => {
  const { client } = await start(t);
  const users = () => client.from('users').select('name').order('name');
  t.same(names(await users().or('name.eq.Siti,unit.is.null')), ['Bagas', 'Siti']);
  t.same(names(await users().or('and(role.eq.user,unit.eq.Deputi),name.eq.Bagas')), ['ani', 'Bagas']);
  t.same(names(await users().or('name.in.(Siti,ani),not.and(role.eq.user)')), ['ani', 'Bagas', 'Siti']);
  t.same(names(await users().or('name.not.eq.Siti, unit.eq."Biro"')), ['ani', 'Bagas', 'Siti']);
  t.same(names(await users().or('is_approved.eq.true,is_approved.eq.false')), ['Bagas', 'Siti'], 'null is unknown');
  const negated = await client.from('users').select('name').filter('not.or', 'eq', '').order('name');
  t.equal(negated.error?.code, 'PGRST100');
});

t.test('not.and and not.or stand in the key', async (t) => {
  const { get } = await start(t);
  t.match(await get('users?select=name&not.or=(name.eq.Siti,name.eq.ani)'), { status: 200, body: [{ name: 'Bagas' }] });
  t.match(await get('users?select=name&not.and=(role.eq.user,name.eq.ani)&order=name'), {
    body: [{ name: 'Bagas' }, { name: 'Siti' }],
  });
});

t.test('quoted values keep their commas, parentheses, quotes and backslashes', async (t) => {
  const { client, supabase } = await start(t);
  const activities = () => client.from('activities').select('nama');
  t.same(names(await activities().in('nama', ['Lokakarya (daring), sesi 1'])), ['Lokakarya (daring), sesi 1']);
  t.same(names(await activities().or('nama.eq."Lokakarya (daring), sesi 1"')), ['Lokakarya (daring), sesi 1']);
  t.same(names(await activities().or('nama.eq."Rapat \\"rahasia\\" 100%"')), ['Rapat "rahasia" 100%']);
  supabase.tables.activities.push({ id: id(14), nama: 'a\\b' });
  t.same(names(await activities().or('nama.eq."a\\\\b"')), ['a\\b']);
});

t.test('what a careless caller lets into a filter does what it would do in PostgREST', async (t) => {
  const { client } = await start(t);
  const owned = () => client.from('activities').select('nama').eq('user_id', id(1));
  const keyword = 'x*,user_id.neq.00000000-0000-4000-8000-000000000000';
  const broken = await owned().or(`nama.ilike.*${keyword}`);
  t.same(names(broken)?.length, 2, 'an unquoted comma adds an alternative');
  t.same(names(await owned().or(`nama.ilike."*${keyword}"`)), [], 'a quoted one is a character');
  const closed = await client.from('activities').select('nama').or('nama.ilike.*zzz*),user_id.neq.x');
  t.same(names(closed), [], 'what follows the closing parenthesis is dropped');
});

t.test('order by several columns, nulls where they belong or where they are told to be', async (t) => {
  const { client, supabase } = await start(t);
  const dates = async (options: object) =>
    (await client.from('activities').select('tanggal_pelaksanaan').order('tanggal_pelaksanaan', options)).data?.map(
      (row) => row.tanggal_pelaksanaan as string | null,
    );
  t.same(await dates({}), ['2026-11-20', '2026-11-24', null]);
  t.same(await dates({ ascending: false }), [null, '2026-11-24', '2026-11-20']);
  t.same(await dates({ nullsFirst: true }), [null, '2026-11-20', '2026-11-24']);
  t.same(await dates({ ascending: false, nullsFirst: false }), ['2026-11-24', '2026-11-20', null]);
  const { data } = await client.from('allocations').select('id').order('uraian').order('jumlah', { ascending: false });
  t.same(
    data?.map((row) => row.id),
    [id(21), id(23), id(22)],
  );
  supabase.tables.users.push({ id: id(9), name: 'Ani' });
  t.same(
    names(await client.from('users').select('name').order('name')),
    ['ani', 'Ani', 'Bagas', 'Siti'],
    'not by code points',
  );
});

t.test('limit, offset and range cut, and never more than 1000 rows come', async (t) => {
  const { client, supabase, get } = await start(t);
  supabase.tables.users.length = 0;
  for (let number = 0; number < 2500; number += 1) supabase.tables.users.push({ id: id(number), name: `u${number}` });
  t.equal((await client.from('users').select('id')).data?.length, 1000);
  t.equal((await client.from('users').select('id').limit(5000)).data?.length, 1000);
  const page = await client.from('users').select('name', { count: 'exact' }).order('id').range(2000, 2999);
  t.same([page.data?.length, page.data?.[0]?.name, page.count, page.status], [500, 'u2000', 2500, 206]);
  t.equal((await client.from('users').select('id').limit(0)).data?.length, 0);
  t.match(await get('users?select=id&order=id', { range: '10-11', 'range-unit': 'items' }), {
    status: 200,
    headers: { 'content-range': '10-11/*' },
    body: [{ id: id(10) }, { id: id(11) }],
  });
  t.match(await get('users?offset=9000', { prefer: 'count=exact' }), { status: 416, body: { code: 'PGRST103' } });
  t.match(await get('users?offset=9000'), { status: 200, headers: { 'content-range': '*/*' }, body: [] });
});

t.test('a count comes with or without rows', async (t) => {
  const { client, get } = await start(t);
  t.match(await client.from('users').select('*', { count: 'exact' }).eq('role', 'user'), { count: 2, status: 200 });
  t.match(await client.from('users').select('*', { count: 'exact', head: true }), {
    count: 3,
    data: null,
    error: null,
  });
  t.match(await get('users?id=eq.nobody&select=id'), { status: 400 });
  t.match(await get('users?name=eq.nobody', { prefer: 'count=exact' }), {
    headers: { 'content-range': '*/0' },
    body: [],
  });
  t.match(await get('users', {}, 'HEAD'), { status: 200, body: '' });
});

t.test('resources are embedded along the foreign keys, filtered, ordered and limited on their own', async (t) => {
  const { client } = await start(t);
  const { data } = await client
    .from('activities')
    .select('nama, allocations(id,kode,uraian,jumlah), milik:users(name)')
    .order('nama');
  t.match(data?.[0], { nama: 'Lokakarya (daring), sesi 1', allocations: [], milik: { name: 'Siti' } });
  t.match(data?.[2], { allocations: [{ kode: 'WA.1.521211.000001' }, { kode: 'WA.1.524111.000002' }] });
  const narrowed = await client
    .from('activities')
    .select('nama, allocations(uraian)')
    .eq('allocations.uraian', 'Perjalanan')
    .eq('id', id(11));
  t.same(narrowed.data, [{ nama: 'Rapat koordinasi', allocations: [{ uraian: 'Perjalanan' }] }]);
  const inner = await client
    .from('activities')
    .select('id, allocations!inner(uraian)')
    .eq('allocations.uraian', 'Perjalanan');
  t.same(inner.data, [{ id: id(11), allocations: [{ uraian: 'Perjalanan' }] }]);
  const dearest = await client
    .from('activities')
    .select('allocations(jumlah)')
    .eq('id', id(11))
    .order('jumlah', { referencedTable: 'allocations', ascending: true })
    .limit(1, { referencedTable: 'allocations' });
  t.same(dearest.data, [{ allocations: [{ jumlah: 500_000 }] }]);
  const deep = await client.from('users').select('name, activities(nama, allocations(jumlah))').eq('id', id(2));
  t.same(deep.data, [
    { name: 'Bagas', activities: [{ nama: 'Rapat "rahasia" 100%', allocations: [{ jumlah: 1_000_000 }] }] },
  ]);
  const either = await client
    .from('activities')
    .select('allocations(uraian)')
    .eq('id', id(11))
    .or('jumlah.gt.1000000,uraian.eq.x', { referencedTable: 'allocations' });
  t.same(either.data, [{ allocations: [{ uraian: 'Konsumsi' }] }]);
});

t.test('one row as an object, or PGRST116', async (t) => {
  const { client } = await start(t);
  t.match(await client.from('users').select('name').eq('id', id(1)).single(), { data: { name: 'Siti' }, status: 200 });
  t.match(await client.from('users').select('name').single(), {
    status: 406,
    error: { code: 'PGRST116', details: 'The result contains 3 rows' },
  });
  t.match(await client.from('users').select('name').eq('name', 'x').single(), {
    status: 406,
    error: { code: 'PGRST116' },
  });
  t.match(await client.from('users').select('name').eq('name', 'x').maybeSingle(), { data: null, error: null });
  t.match(await client.from('users').select('name').maybeSingle(), { error: { code: 'PGRST116' } });
  const stripped = await client.from('users').select('name, unit').eq('id', id(2)).stripNulls();
  t.same(stripped.data, [{ name: 'Bagas' }]);
});

t.test('what can not be read, or is not there, is refused as PostgREST refuses it', async (t) => {
  const { get, client } = await start(t);
  const cases: [path: string, status: number, code: string, message?: RegExp][] = [
    ['pengguna', 404, 'PGRST205', /Could not find the table 'public.pengguna' in the schema cache/],
    ['users?select=nomor', 400, '42703', /column users.nomor does not exist/],
    ['users?nomor=eq.1', 400, '42703'],
    ['users?order=nomor', 400, '42703'],
    ['users?id=5', 400, 'PGRST100', /"failed to parse filter \(5\)" \(line 1, column 1\)/],
    ['users?name=noop.x', 400, 'PGRST100'],
    ['users?name=in.Siti', 400, 'PGRST100'],
    ['users?name=in.(Siti', 400, 'PGRST100'],
    ['users?name=is.kosong', 400, 'PGRST100'],
    ['users?or=()', 400, 'PGRST100'],
    ['users?or=name.eq.Siti', 400, 'PGRST100'],
    ['users?or=(name.eq.Siti', 400, 'PGRST100'],
    ['users?or=(xor(name.eq.Siti))', 400, 'PGRST100'],
    ['users?select=name,', 400, 'PGRST100'],
    ['users?select=activities(nama', 400, 'PGRST100'],
    ['users?order=name.up', 400, 'PGRST100'],
    ['users?select=processed_results(id),allocations(id)', 400, 'PGRST200'],
    ['users?activities.nama=eq.x', 400, 'PGRST108'],
    ['users?select=name.count()', 400, 'PGRST123'],
    ['users?select=count()', 400, 'PGRST123'],
    ['users?id=eq.abc', 400, '22P02', /invalid input syntax for type uuid: "abc"/],
    ['users?is_approved=eq.mungkin', 400, '22P02'],
    ['allocations?jumlah=gt.banyak', 400, '22P02'],
    ['activities?tanggal_pelaksanaan=gte.besok', 400, '22007'],
    ['activities?nama=like.x%5C', 400, '22025'],
    ['users?id=like.0*', 404, '42883'],
    ['users?name=is.true', 400, '42804'],
    ['users?name=like(any).x', 400, '22P02', /malformed array literal/],
    ['users?name=cs.x', 501, 'STAND_IN'],
    ['a/b', 404, 'PGRST125'],
    ['users?name=match.(', 400, '2201B'],
  ];
  for (const [path, status, code, message = /./] of cases) {
    t.match(await get(path), { status, body: { code, message } }, path);
  }
  t.match(await get('users', { 'accept-profile': 'rahasia' }), { status: 406, body: { code: 'PGRST106' } });
  t.match(await client.from('users').select('nomor'), { status: 400, error: { code: '42703' }, data: null });
});

t.test('errors do not depend on there being rows', async (t) => {
  const { supabase, get } = await start(t);
  for (const table of Object.values(supabase.tables)) table.length = 0;
  t.match(await get('users?id=eq.abc'), { status: 400 });
  t.match(await get('activities?select=allocations(nomor)'), { status: 400 });
});

t.test('no key, a wrong key and a wrong token are 401', async (t) => {
  const { supabase, connect, get } = await start(t);
  t.match(await connect('salah').from('users').select(), { status: 401, error: { message: 'Invalid API key' } });
  const without = await request(`${supabase.url}/rest/v1/users`);
  t.match(await without.body.json(), { message: 'No API key found in request', hint: /apikey/ });
  t.equal(without.statusCode, 401);
  t.match(await get('users', { authorization: 'Bearer lain' }), { status: 401, body: { code: 'PGRST301' } });
});

t.test('a path that can not be decoded is a 400', async (t) => {
  const { supabase } = await start(t);
  t.equal((await request(`${supabase.url}/rest/v1/%zz`)).statusCode, 400);
});

t.test('writes are refused, change nothing and are seen', async (t) => {
  const { supabase, client } = await start(t);
  const before = structuredClone(supabase.tables);
  t.match(await client.from('users').insert({ name: 'baru' }), { status: 403, error: { code: '42501' } });
  t.match(await client.from('users').update({ name: 'lain' }).eq('id', id(1)), { status: 403 });
  t.match(await client.from('users').upsert({ name: 'lain' }), { status: 403 });
  t.match(await client.from('users').delete().eq('id', id(1)), { status: 403 });
  t.match(await client.rpc('hapus'), { status: 404 });
  t.same(supabase.tables, before);
  t.same(
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
  t.same(names(await client.from('users').select('name')), ['Lain']);
  await supabase.setFault({ kind: 'status', status: 500 }, { match: ({ table }) => table === 'activities' });
  t.match(await client.from('activities').select().retry(false), { status: 500 });
  t.match(await client.from('users').select(), { status: 200 });
  await supabase.setFault({ kind: 'status', status: 503, retryAfter: 1 });
  t.match(await client.from('users').select().retry(false), { status: 503, error: { code: 'PGRST002' } });
  await supabase.setFault({ kind: 'invalid-json' });
  t.match(await client.from('users').select(), { data: null, error: { message: /It works/ } });
});
