import t from 'tap';
import { checkFigures } from '../../../../src/gemini/grounding/grounding.ts';
import type { ToolEvidence } from '../../../../src/gemini/tools/results.ts';
import { KINDS, oracle, tables } from '../../../support/question-kinds.ts';
import { rupiah } from '../../../support/rupiah.ts';
import { startRuleBasedAnswer } from './rule-based-fixture.ts';

const { sum, sisa, activities } = oracle;

t.test('each kind is recognized in several wordings, and its answer has the figures of the tables', async (t) => {
  const { ask } = await startRuleBasedAnswer(t, tables);
  for (const { intent, wordings, calls, figures = [], says = [] } of KINDS) {
    for (const wording of wordings) {
      const { found, calls: executed } = await ask(wording);
      t.equal(found?.intent, intent, wording);
      const planned = executed.filter(({ name }) => name !== 'calculate');
      t.match(planned, calls, `calls: ${wording}`);
      t.equal(planned.length, calls.length, `no other calls: ${wording}`);
      for (const each of [...figures, ...says]) t.match(found?.text, each, wording);
      const data = executed.map(({ result }) => result);
      const { ungrounded } = checkFigures(found?.text ?? '', { data, earlier: [], user: [wording] });
      t.same(ungrounded, [], `every figure comes from the data: ${wording}`);
    }
  }
});

t.test('a question that merely contains such a word is of another kind or of none', async (t) => {
  const { ask } = await startRuleBasedAnswer(t, tables);
  const cases: [question: string, intent: string | undefined][] = [
    ['lanjutkan kegiatan apa yang harus saya lakukan', undefined],
    ['lanjutkan rapat koordinasi', 'activities'],
    ['cukup itu saja, terima kasih', undefined],
    ['sumber dana kegiatan ini apa', undefined],
    ['apa itu lock pagu?', undefined],
    ['maksudnya serapan apa', undefined],
    ['akun yang sudah ada realisasinya', undefined],
    ['kenapa belum ada realisasi?', undefined],
    ['minggu ke-48 ada kegiatan apa', undefined],
    ['nomor surat 12 tahun 2026', undefined],
    ['hari ini ada berita apa', undefined],
    ['bukan sisa tapi pagu', 'budget-summary'],
    ['kegiatan yang tidak terlambat', 'overdue'],
    ['kegiatan yang belum selesai', 'activity-statistics'],
    ['anggaran pak Hendra berapa', 'unsupported-topic'],
    ['kegiatan unit lain', 'unsupported-topic'],
    ['kegiatan paling mahal unit lain', 'unsupported-topic'],
    ['realisasi kementerian lain berapa', 'unsupported-topic'],
    ['sisa anggaran berapa pak', 'budget-summary'],
    ['apakah serapan di bawah target 90%?', 'budget-summary'],
    ['komitmen saya berapa', 'budget-summary'],
    ['nomor saya diblokir', undefined],
    ['harga bahan naik?', undefined],
    ['perkembangan koperasi di Indonesia', undefined],
    ['masalah login SAPA', undefined],
    ['pesawat saya telat', undefined],
    ['kirim lewat WA saja', undefined],
    ['uang jalan saya kapan cair', undefined],
    ['kegiatan yang sudah lewat', 'overdue'],
    ['sisa akun 511, 521, 522 dan 523', undefined],
    ['anggaran unit saya', 'budget-summary'],
    ['tampilkan semua akun', 'budget-by-group'],
    ['kegiatan dengan kementerian keuangan', 'activities'],
    ['terima kasih bu Dewi', undefined],
    ['siapa yang pegang 5 miliar', undefined],
    ['sisa akun no.524111', 'account'],
    ['anggaran 6336.EBA.962', 'budget-code'],
  ];
  for (const [question, intent] of cases) t.equal((await ask(question)).found?.intent, intent, question);
});

t.test('negations turn a condition around', async (t) => {
  const { ask } = await startRuleBasedAnswer(t, tables);
  const argsOf = async (question: string) => (await ask(question)).calls[0]?.args;
  t.match(await argsOf('kegiatan yang tidak terlambat'), { overdue: false });
  t.match(await argsOf('kegiatan yang tidak ada kendala'), { has_issue: false });
  t.match(await argsOf('kegiatan yang belum terbayar'), { status: 'outstanding' });
  t.match(await argsOf('akun serapan tidak kurang dari 90%'), { min_serapan: 90 });
  t.match(await argsOf('akun serapan tidak lebih dari 90%'), { max_serapan: 90 });
  t.match((await ask('bukan sisa tapi pagu')).found?.text, /^Pagu anggaran: /);
});

t.test('«lanjut» shows the next page of the last list until it is complete', async (t) => {
  const { ask } = await startRuleBasedAnswer(t, tables);
  t.equal((await ask('lanjut')).found?.text, 'Belum ada daftar yang dapat saya lanjutkan.');
  const first = await ask('kegiatan bulan ini');
  const second = await ask('lanjut', first.evidence);
  t.match(second.calls, [{ name: 'search_activities', args: { period: 'this_month', offset: 10 } }]);
  const november = activities.filter(({ tanggal }) => tanggal?.startsWith('2026-11'));
  const shown = `${first.found?.text}${second.found?.text}`;
  for (const { nama } of november) t.ok(shown.includes(nama), nama);
  for (const wording of ['lanjutkan', 'berikutnya dong', 'ada lagi?', 'selanjutnya', 'next'])
    t.match((await ask(wording, first.evidence)).calls, [{ args: { offset: 10 } }], wording);
  t.equal((await ask('lanjut', second.evidence)).found?.text, 'Daftar itu sudah lengkap.');

  const groups = await ask('3 komponen dengan sisa terbesar');
  const rest = await ask('lanjut', groups.evidence);
  t.match(rest.calls, [
    { name: 'budget_by_account', args: { group_by: 'component', sort: 'sisa', limit: 3, offset: 3 } },
  ]);
  t.match(rest.found?.text, /sisa \*\*Rp/);
});

t.test('rows behind a sum are no list: «yang nomor 2» and «lanjut» do not refer to them', async (t) => {
  const { ask } = await startRuleBasedAnswer(t, tables);
  for (const question of [
    'sisa belanja barang',
    'anggaran cukup kalau semua kegiatan jalan?',
    'realisasi triwulan II',
  ]) {
    const lists: ToolEvidence[] = (await ask(question)).evidence;
    t.match((await ask('yang nomor 2', lists)).found?.text, /belum menampilkan daftar/, question);
    t.match((await ask('lanjut', lists)).found?.text, /Belum ada daftar/, question);
  }
});

t.test('an ordinal after a list of groups opens the rows of the group', async (t) => {
  const { ask } = await startRuleBasedAnswer(t, tables);
  const { evidence } = await ask('anggaran per RO');
  const { calls, found } = await ask('yang nomor 2', evidence);
  t.match(calls, [{ name: 'search_budget', args: { code: 'WA.6336.EBA.962' } }]);
  t.match(found?.text, rupiah(sum('realisasi', { code: '962' })));
});

t.test('«angka itu dari mana» shows the sources of the last figures', async (t) => {
  const { ask } = await startRuleBasedAnswer(t, tables);
  const { evidence } = await ask('berapa sisa anggaran');
  for (const wording of [
    'angka itu dari mana',
    'angkanya dari mana ya',
    'sumbernya apa',
    'data ini dari mana?',
    'itu dari mana',
  ]) {
    const { found, calls } = await ask(wording, evidence);
    t.equal(found?.intent, 'sources', wording);
    t.match(found?.text, /^\*\*Sumber angka terakhir\*\*\n1\. Laporan Akrual per Selasa, 24 November 2026/);
    t.same(calls, []);
  }
  t.match((await ask('angka itu dari mana')).found?.text, /Belum ada jawaban berangka/);
});

t.test('each question of a message is answered if rules recognize all of them', async (t) => {
  const { ask } = await startRuleBasedAnswer(t, tables);
  for (const message of ['Berapa sisa anggaran? Besok ada apa?', 'Halo\nberapa sisa anggaran\nbesok ada apa']) {
    const { found, calls } = await ask(message);
    t.match(calls, [{ name: 'budget_summary' }, { name: 'search_activities', args: { period: 'tomorrow' } }], message);
    t.match(found?.text, rupiah(sisa()));
    t.match(found?.text, 'Rapat tim pengadaan peralatan jaringan');
  }
  t.equal((await ask('Apa kabar?\nTolong buat puisi')).found, null);
});

t.test('activities are grouped by day, overdue ones are marked, and lines have at most three facts', async (t) => {
  const { ask } = await startRuleBasedAnswer(t, tables);
  const { found } = await ask('kegiatan minggu ini');
  const lines = (found?.text ?? '').split('\n');
  t.equal(lines[0], `**${oracle.thisWeek.length} kegiatan** minggu ini:`);
  t.same(lines.slice(1, 5), [
    '',
    '**Senin, 23 November**',
    '1. Rapat evaluasi penyerapan anggaran – Komitmen, ⚠️ terlambat, PJ Laksmi Wulandari',
    '2. Rapat koordinasi mingguan – Terbayar, PJ Ferdinand Sitorus',
  ]);
  t.ok(lines.includes('**Selasa, 24 November (hari ini)**'));
  t.notMatch(found?.text, /2026/, 'no year');
  for (const question of ['kegiatan bulan ini', 'anggaran per RO', 'tren per bulan', 'kegiatan yang ada kendala'])
    for (const line of ((await ask(question)).found?.text ?? '')
      .split('\n')
      .filter((each) => /^(?:\d+\.|-) /.test(each)))
      t.ok(line.replace(/\d,\d/g, '').split(', ').length <= 3, line);
  t.match((await ask('kegiatan januari 2027')).found?.text, /2027/, 'another year is named');
});
