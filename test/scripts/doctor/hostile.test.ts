import t from 'tap';
import { startFakeFonnte } from '../../../sandbox/fonnte.ts';
import { trustedCertificate } from '../../support/certificate.ts';
import { diagnose, runDoctor } from '../../support/doctor.ts';
import { startFakeUpstreams } from '../../support/fake-upstreams.ts';
import { startServer } from '../../support/http.ts';

const upstreams = await startFakeUpstreams(t);
const { fonnte, gemini, supabase } = upstreams;
t.beforeEach(() => Promise.all([fonnte.reset(), gemini.reset(), supabase.reset()]));

/** The checks of one upstream: their worst row counts. */
const idsOf = {
  supabase: ['supabase', 'users', 'supabase-columns', 'supabase-max-rows', 'supabase-index'],
  gemini: ['gemini'],
  fonnte: ['fonnte'],
};

t.test('upstreams that never answer: all are asked, and every check ends', async (t) => {
  for (const upstream of [fonnte, gemini, supabase]) await upstream.setFault({ kind: 'hang' });
  const { code, row } = await diagnose(t, upstreams);
  t.equal(code, 1);
  for (const id of [...idsOf.supabase, ...idsOf.fonnte])
    t.match(row(id), { status: 'error', text: 'Tidak ada jawaban dalam 5 detik.' }, id);
  for (const model of ['gemini-3.8-flash', 'gemini-3.5-flash-lite'])
    t.match(row('gemini', model), { status: 'error', text: 'Tidak ada jawaban dalam 5 detik.' });
  t.match(row('clock'), { status: 'manual' });
  t.match(row('disk', 'Ruang disk'), { status: 'ok' });
});

t.test('a response without end is read no further than its limit', async (t) => {
  const url = await startServer(t, (request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json' });
    const write = () => {
      while (!response.destroyed && response.write(Buffer.alloc(64 * 1024, 32)));
    };
    response.on('drain', write);
    response.on('error', () => undefined);
    write();
  });
  const { code, row } = await diagnose(t, upstreams, {
    SUPABASE_URL: url,
    FONNTE_API_URL: `${url}/send`,
    GEMINI_BASE_URL: url,
  });
  t.equal(code, 1);
  t.match(row('supabase'), { status: 'error', text: /jauh lebih besar/ });
  t.match(row('fonnte'), { status: 'error', text: /jauh lebih besar/ });
  t.match(row('gemini', 'gemini-3.8-flash'), { status: 'error', text: /jauh lebih besar/ });
});

t.test('a certificate that is not trusted, and plain HTTP where TLS is expected', async (t) => {
  const tls = await startFakeFonnte({ certificate: await trustedCertificate() });
  t.teardown(() => tls.close());
  const { code, row } = await diagnose(t, upstreams, {
    FONNTE_API_URL: `${tls.url}/send`,
    SUPABASE_URL: supabase.url.replace('http:', 'https:'),
  });
  t.equal(code, 1);
  t.match(row('fonnte'), { status: 'error', text: /^Sambungan TLS gagal/ });
  t.match(row('supabase'), { status: 'error', text: /^Sambungan (?:TLS gagal|terputus)/ });
  t.equal(tls.requestCount, 0, 'the token is not sent');
});

t.test('a reason that echoes the token, a number, and terminal sequences', async (t) => {
  const reason = `${fonnte.token} 6281200000001 \u001b]0;judul\u0007\u001b[2J\u202e${'panjang '.repeat(200)}`;
  await fonnte.setFault({ kind: 'reject', body: { status: false, reason } });
  await gemini.setFault({
    kind: 'status',
    status: 500,
    body: { error: { message: `key ${gemini.apiKey}\u001b[31m` } },
  });
  supabase.tables.users.push({
    ...supabase.tables.users[0],
    id: '\u001b[31mid',
    phone_number: '\u001b[2J6281200000009',
  });
  const { stdout, stderr, code } = await runDoctor(t, upstreams);
  t.equal(code, 1);
  t.equal(stderr, '');
  t.notMatch(stdout, /\u001b|\u0007|\u202e/);
  for (const secret of [fonnte.token, gemini.apiKey, '6281200000001', '6281200000009'])
    t.notOk(stdout.includes(secret));
  t.match(stdout, /Ditolak: \[rahasia\] 62812\*\*\*\*0001/);
  supabase.tables.users.pop();
});
