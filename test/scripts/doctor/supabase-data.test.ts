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
    { kind: 'slow', ms: 1_100 },
    { times: 1, match: ({ table, query }) => table === 'allocations' && query.has('activity_id') },
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
