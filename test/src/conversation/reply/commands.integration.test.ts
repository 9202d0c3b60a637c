import t from 'tap';
import { SAMPLE_USERS } from '../../../../sandbox/sample-data.ts';
import { parseCommand } from '../../../../src/conversation/reply/commands.ts';
import { wantsSpreadsheet } from '../../../../src/conversation/reply/download-request.ts';
import { findShownList } from '../../../../src/gemini/shown-list.ts';
import { LINKED, startFakeUpstreams } from '../../../support/fake-upstreams.ts';
import { startService } from '../../../support/service.ts';

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

t.test('a request for the last list as a file is a command in any usual words; a question is not', async (t) => {
  for (const text of [
    '/unduh',
    'Unduh',
    'unduh.',
    'kirim Excel-nya',
    'Kirim excelnya dong kak 🙏',
    'tolong kirimkan file excel',
    'ekspor ke xlsx',
    'download semua datanya ya',
    'minta dalam bentuk Excel',
    'jadikan spreadsheet',
  ])
    t.equal(parseCommand(text), 'unduh', text);
  for (const text of [
    'kirim kegiatan bulan ini dalam Excel',
    'unduh laporan November',
    'apakah bisa baca Excel?',
    'kirim daftarnya',
    'excel untuk akun 524111',
    `kirim excel ${'ya '.repeat(40)}`,
    '',
  ])
    t.equal(parseCommand(text), null, text);
  for (const text of [
    'kirim kegiatan bulan ini dalam Excel',
    'Tolong buatkan Excel anggaran per akun',
    'unduh anggaran per akun',
    'anggaran per akun, dalam bentuk xlsx',
    'tolong ekspor rincian belanja modal',
  ])
    t.ok(wantsSpreadsheet(text), text);
  for (const text of [
    'bagaimana cara unduh laporan dari portal?',
    'apakah Excel bisa dibaca?',
    'berapa pagu akun 524111?',
    'kapan laporan diunduh ke portal?',
    'kenapa kemarin tidak bisa kirim Excel?',
  ])
    t.notOk(wantsSpreadsheet(text), text);
});

t.test('the list that a person means is the one of the last answer, or an earlier one if it had none', async (t) => {
  const listed = (...ids: string[]) => ({ kind: 'accounts', ids });
  const accounts = { tool: 'budget_by_account', args: {}, listed: listed('521211', '524111') };
  const single = { tool: 'search_budget', args: { code: 'x' }, listed: listed('x') };
  const schedule = { tool: 'activity_context', args: {} };
  t.equal(findShownList({}, 2), null);
  t.same(findShownList({ calls: [accounts], list: accounts }, 2), accounts);
  t.same(findShownList({ calls: [single], list: accounts }, 2), accounts, 'opening one row keeps the list');
  t.same(findShownList({ calls: [single], list: accounts }, 1), single, 'the answer of this question');
  const all = { tool: 'search_activities', args: {} };
  t.same(findShownList({ calls: [schedule], list: accounts }, 2), all, 'an answer from the schedule');
  t.same(findShownList({ calls: [schedule, accounts], list: accounts }, 2), accounts);
});
