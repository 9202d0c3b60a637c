import t from 'tap';
import { diagnose } from '../../support/doctor.ts';
import { startFakeUpstreams } from '../../support/fake-upstreams.ts';

const upstreams = await startFakeUpstreams(t);
const { fonnte, gemini } = upstreams;
t.beforeEach(() => Promise.all([fonnte.reset(), gemini.reset()]));

t.test('models that do not exist, do not call functions, or belong to a free project', async (t) => {
  gemini.models.add('gemini-tanpa-fungsi');
  gemini.scriptResponses((_request, model) =>
    model === 'gemini-tanpa-fungsi' ? { text: 'Sisa Anda Rp1.' } : { functionCalls: [{ name: 'budget_summary' }] },
  );
  const quota = { quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' };
  const body = { error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'Quota exceeded.', details: [quota] } };
  await gemini.setFault({ kind: 'status', status: 429, body }, { match: ({ model }) => model === 'gemini-2.5-flash' });
  gemini.models.delete('gemini-3.5-flash-lite');
  const { code, row } = await diagnose(t, upstreams, {
    GEMINI_MODEL: 'models/gemini-tidak-ada',
    GEMINI_FALLBACK_MODELS: 'gemini-tanpa-fungsi,gemini-2.5-flash',
  });
  t.equal(code, 1);
  t.match(row('gemini', 'gemini-tidak-ada'), { status: 'error', fix: /Model itu tidak ada/ });
  t.match(row('gemini', 'gemini-tanpa-fungsi'), { status: 'error', text: /tanpa memanggil fungsi/ });
  t.match(row('gemini', 'gemini-2.5-flash'), { status: 'error', text: /429/ });
  t.match(row('gemini', 'gemini-3.8-flash'), { status: 'ok' });
  t.match(
    row('gemini', 'gemini-3.5-flash-lite'),
    { status: 'warning' },
    'a built-in model that the configuration does not name',
  );
  t.match(row('gemini', 'Proyek berbayar'), { status: 'error', text: /^Tingkat gratis/ });
  gemini.models.add('gemini-3.5-flash-lite');
});

t.test('a device that cannot send, and settings that FONNTE shows', async (t) => {
  const profile = {
    status: true,
    device: fonnte.device,
    device_status: 'disconnect',
    expired: '1 Mei 2024',
    package: 'Reguler',
    quota: '0',
    autoread: 'off',
    webhook: 'https://wa.contoh.go.id/webhook/whatsapp?secret=kunci-lama-yang-salah',
  };
  await fonnte.setFault({ kind: 'reject', body: profile });
  const wrong = await diagnose(t, upstreams, { FONNTE_DEVICES: '6281100000099' });
  t.equal(wrong.code, 1);
  for (const title of ['Perangkat', 'FONNTE_DEVICES', 'Masa berlaku paket', 'Kuota', 'Autoread', 'URL webhook'])
    t.match(wrong.row('fonnte', title), { status: 'error' }, title);
  t.match(wrong.row('fonnte', 'Paket'), { status: 'warning', text: /^Reguler/ });
  t.notMatch(wrong.stdout, 'kunci-lama-yang-salah');

  const soon = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
  const webhook = `https://wa.contoh.go.id/webhook/whatsapp?secret=kunci+yang%20lama`;
  const better = { ...profile, device_status: 'connect', quota: 50, expired: soon, autoread: 'on', webhook };
  await fonnte.setFault({ kind: 'reject', body: better });
  const right = await diagnose(t, upstreams, {
    FONNTE_DEVICES: '0811-0000-0000',
    WEBHOOK_SECRET_KEY: 'lain-sama-sekali,kunci+yang%20lama',
  });
  for (const title of ['Perangkat', 'FONNTE_DEVICES', 'Autoread', 'URL webhook'])
    t.match(right.row('fonnte', title), { status: 'ok' }, title);
  t.match(right.row('fonnte', 'Kuota'), { status: 'warning', text: /QUOTA_ALERT_BELOW/ });
  t.match(right.row('fonnte', 'Masa berlaku paket'), { status: 'warning', text: /^Tinggal/ });

  for (const url of [
    'https://wa.contoh.go.id/webhook/whatsapp',
    'https://wa.contoh.go.id/lain?secret=x',
    'bukan url',
  ]) {
    await fonnte.setFault({ kind: 'reject', body: { ...better, webhook: url } });
    t.match((await diagnose(t, upstreams)).row('fonnte', 'URL webhook'), { status: 'error' }, url);
  }
});

t.test('each of several devices is checked, and no token is printed', async (t) => {
  const second = fonnte.addDevice('token-perangkat-kedua', '6281100000002');
  const entries = [
    `${fonnte.device}:${fonnte.token}`,
    `6281100000003: ${second.token} `,
    '6281100000004:token-ditolak',
  ];
  const { row, stdout } = await diagnose(t, upstreams, { FONNTE_TOKEN: entries.join() });
  t.match(row('fonnte', 'Perangkat, perangkat ke-1'), { status: 'ok', text: /^Tersambung/ });
  t.match(row('fonnte', 'Kuota, perangkat ke-2'), { status: 'ok' });
  t.match(row('fonnte', 'Nomor, perangkat ke-2'), { status: 'error', text: /Token ini milik 62811\*{4}0002/ });
  t.match(row('fonnte', 'Token, perangkat ke-3'), { status: 'error', text: /Ditolak: invalid token/ });
  for (const { token } of [fonnte, second, { token: 'token-ditolak' }]) t.notOk(stdout.includes(token));
});
