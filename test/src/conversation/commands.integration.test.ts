import t from 'tap';
import { SAMPLE_USERS } from '../../../sandbox/sample-data.ts';
import { LINKED, startFakeUpstreams } from '../../support/fake-upstreams.ts';
import { startService } from '../../support/service.ts';

t.test('/bantuan lists what can be asked, with examples from what the user has in SAPA', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: 'menu' }));
  const stocked = await upstreams.fonnte.waitForSent(({ target }) => target === LINKED);
  t.match(stocked.message, /^Saya asisten SAPA/);
  t.match(stocked.message, /- Akun \d{6} sudah terserap berapa persen\?/, 'an account of the user’s own report');
  t.match(stocked.message, /- Kegiatan apa saja yang terlambat\?/);
  t.match(stocked.message, /\/reset[\s\S]*\/sumber/);
  const empty = upstreams.supabase.tables.users.find(({ id }) => id === SAMPLE_USERS.empty);
  t.ok(empty?.phone_number);
  await service.call(upstreams.fonnte.buildPayload({ sender: String(empty?.phone_number), message: '/bantuan' }));
  const usual = await upstreams.fonnte.waitForSent(({ target }) => target !== LINKED);
  t.match(
    usual.message,
    /- Berapa sisa anggaran saya\?\n- Kegiatan minggu ini apa saja\?\n- Akun mana yang serapannya terendah\?/,
  );
  t.equal(upstreams.gemini.requests.length, 0);
});

t.test('/bantuan helps while Supabase cannot give its data', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  await upstreams.supabase.setFault({ kind: 'status', status: 500 }, { match: ({ table }) => table !== 'users' });
  await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: 'help' }));
  t.match((await upstreams.fonnte.waitForSent(() => true)).message, /- Berapa sisa anggaran saya\?/);
});
