import t from 'tap';
import { diagnose, runDoctor, STRONG_ADMIN_KEY, STRONG_WEBHOOK_KEY } from '../../support/doctor.ts';
import { startFakeUpstreams } from '../../support/fake-upstreams.ts';
import { scratchFolder } from '../../support/folders.ts';
import { spawnProcess } from '../../support/process.ts';
import { environmentOf } from '../../support/service.ts';

const upstreams = await startFakeUpstreams(t);
const { fonnte, gemini, supabase } = upstreams;
t.beforeEach(() => Promise.all([fonnte.reset(), gemini.reset(), supabase.reset()]));

t.test('a correct installation: exit code 0, every check has a row, no secret and no whole number', async (t) => {
  const { code, ok, rows, row, stdout } = await diagnose(t, upstreams);
  t.equal(code, 0);
  t.equal(ok, true);
  t.same(
    rows.filter(({ status }) => !['ok', 'manual', 'skipped'].includes(status)),
    [],
  );
  t.match(row('users'), { status: 'ok', text: /^5 dari 6 akun/ });
  t.match(row('gemini', 'gemini-3.8-flash'), { status: 'ok', text: /Memanggil fungsi/ });
  t.match(row('gemini', 'gemini-3.5-flash-lite'), { status: 'ok' });
  t.match(row('fonnte', 'Perangkat'), { status: 'ok', text: 'Tersambung (62811****0000).' });
  t.match(row('fonnte', 'Paket'), { status: 'ok' });
  t.match(row('fonnte', 'Kuota'), { status: 'ok', text: '1.000.000 pesan.' });
  for (const title of ['Autoread', 'URL webhook']) t.match(row('fonnte', title), { status: 'manual' });
  t.match(row('clock'), { status: 'ok' });
  t.match(row('disk', 'Ruang disk'), { status: 'ok' });
  t.match(row('secrets', 'Kunci webhook'), { status: 'ok' });
  t.match(row('service'), { status: 'skipped' });
  t.match(row('tunnel'), { status: 'skipped' });
  t.match(row('database'), { status: 'skipped' });
  t.equal(fonnte.requests.filter(({ path }) => path === '/device').length, 1, 'FONNTE limits this endpoint');
  t.equal(fonnte.sent.length, 0);
  const secrets = [fonnte.token, supabase.serviceRoleKey, gemini.apiKey, STRONG_WEBHOOK_KEY, STRONG_ADMIN_KEY];
  for (const secret of [...secrets, fonnte.device]) t.notOk(stdout.includes(secret));
  t.notMatch(stdout, /62812\d{5}/);
});

t.test('without a terminal the table has 80 columns and no colors', async (t) => {
  const { code, stdout, stderr } = await runDoctor(t, upstreams);
  t.equal(code, 0, stdout);
  t.equal(stderr, '');
  t.notMatch(stdout, '\u001b');
  const lines = stdout.split('\n');
  const widest = Math.max(...lines.map((line) => line.length));
  t.ok(widest <= 80 && widest > 70, `${widest} columns`);
  t.match(lines.slice(0, 3), ['', 'Konfigurasi', /^✓ baik {6}Variabel {15}Semua variabel sah/]);
  t.match(stdout, /\d+ baik, 4 periksa sendiri, 3 dilewati \([\d,]+ detik\)\.\nTidak ada yang salah\.\n$/);
});

t.test('a terminal of 120 columns shows colors and wider lines, NO_COLOR none', async (t) => {
  const environment = environmentOf(upstreams, { DATA_DIR: scratchFolder(t), WHATSAPP_SERVER_PORT: 1, TERM: 'xterm' });
  const show = async (given: Record<string, unknown>) => {
    const command = `stty cols 120 && ${process.execPath} -r ./node-version.cjs scripts/doctor/main.ts`;
    const terminal = spawnProcess(t, ['script', '-qec', command, '/dev/null'], { ...environment, ...given });
    t.equal(await terminal.exit, 1, 'the keys of the tests are weak');
    return terminal.stdout();
  };
  const colored = await show({});
  t.match(colored, '\u001b[31m');
  const plain = (await show({ NO_COLOR: 1 })).replaceAll('\r', '');
  t.notMatch(plain, /\u001b\[3[0-9]m/);
  const widest = Math.max(...plain.split('\n').map((line) => line.length));
  t.ok(widest <= 120 && widest > 100, `${widest} columns`);
  t.match(plain, /✗ salah {5}Kunci webhook/);
  t.match(plain, 'Ada yang salah. Perbaiki baris bertanda ✗');
});

t.test('--send sends one message and masks its target', async (t) => {
  const { code, row, stdout } = await diagnose(t, upstreams, {}, ['--send', '0812-0000-0001']);
  t.equal(code, 0);
  t.match(row('send'), { status: 'ok', text: /62812\*\*\*\*0001/ });
  t.match(fonnte.sent, [{ target: '6281200000001', message: /^Uji kirim/ }]);
  t.notMatch(stdout, '6281200000001');
  fonnte.connected = false;
  const rejected = await diagnose(t, upstreams, {}, ['--send', '6281200000001']);
  t.equal(rejected.code, 1);
  t.match(rejected.row('send'), { status: 'error', text: /request invalid on disconnected device/ });
});

t.test('a wrong command line is explained, and nothing is called', async (t) => {
  for (const args of [['--send', 'bukan-nomor'], ['--send'], ['--kirim'], ['6281200000001']]) {
    const { code, stdout, stderr } = await runDoctor(t, upstreams, {}, args);
    t.equal(code, 2, args.join(' '));
    t.match(stderr, 'Pemakaian: npm run doctor');
    t.equal(stdout, '');
  }
  t.equal(fonnte.requestCount + gemini.requestCount + supabase.requestCount, 0);
});
