import t from 'tap';
import { oracle, tables } from '../../../support/question-kinds.ts';
import { rupiah } from '../../../support/rupiah.ts';
import { startRuleBasedAnswer } from './rule-based-fixture.ts';

const { sum, sisa, activities } = oracle;

t.test('figures of the whole budget never answer a question about a part of it', async (t) => {
  const { ask } = await startRuleBasedAnswer(t, tables);
  const cases: [question: string, intent: string | undefined][] = [
    ['belanja bahan cukup?', 'budget-rows'],
    ['perkembangan konsumsi rapat', undefined],
    ['supaya konsumsi rapat 95% per bulan harus berapa', undefined],
    ['proyeksi konsumsi rapat', undefined],
    ['konsumsi rapat yang diblokir', 'budget-rows'],
    ['blokir per akun', undefined],
    ['pagu 4473', undefined],
    ['akun yang bukan 524111', undefined],
    ['anggaran selain gaji berapa', undefined],
    ['sisa di luar belanja pegawai', undefined],
    ['kegiatan bukan rapat', undefined],
    ['kenapa serapan rendah', undefined],
    ['realisasi minggu ini', undefined],
    ['realisasi kemarin', undefined],
    ['selisih realisasi triwulan 2 dan 3', undefined],
    ['pagu naik ga dibanding juni', undefined],
    ['pagu berubah berapa sejak juni', undefined],
    ['status rapat koordinasi percepatan realisasi', 'activities'],
  ];
  for (const [question, intent] of cases) t.equal((await ask(question)).found?.intent, intent, question);
});

t.test('account groups, codes and levels are recognized without the word akun or kode', async (t) => {
  const { ask } = await startRuleBasedAnswer(t, tables);
  t.match((await ask('realisasi 53')).found?.text, rupiah(sum('realisasi', { account: '53' })));
  t.match((await ask('sisa 52 brp')).found?.text, rupiah(sisa({ account: '52' })));
  t.equal((await ask('bandingkan 52 sama 53')).found?.intent, 'account-comparison');
  t.match((await ask('anggaran output EBA')).calls, [{ name: 'search_budget', args: { code: 'EBA' } }]);
  t.match((await ask('sisa RO 962')).calls, [{ name: 'search_budget', args: { code: '962' } }]);
  for (const question of ['ro apa saja', 'RO apa aja ya'])
    t.match((await ask(question)).calls, [{ name: 'budget_by_account', args: { group_by: 'ro' } }], question);
});

t.test('short forms and formal phrases do not become search terms', async (t) => {
  const { ask } = await startRuleBasedAnswer(t, tables);
  const cases: [question: string, intent: string, figure: RegExp | string][] = [
    ['Mohon informasi sisa anggaran per tanggal hari ini.', 'budget-summary', /^Sisa anggaran: /],
    [
      'Dengan hormat, mohon disampaikan realisasi anggaran satker kami sampai dengan saat ini',
      'budget-summary',
      /^Realisasi anggaran: /,
    ],
    ['jangan kasih pagu, realisasinya saja', 'budget-summary', /^Realisasi anggaran: /],
    ['buatkan rekap anggaran', 'budget-summary', /^Pagu anggaran: /],
    ['realisasi s.d. tanggal 31 oktober', 'budget-summary', rupiah(sum('realisasi', { month: '2026-10' }))],
    ['realisasi s/d september', 'budget-summary', rupiah(sum('realisasi', { month: '2026-09' }))],
    ['belanja november doang berapa', 'month-only', rupiah(sum('realisasi_periode_ini'))],
    ['yg cair bulan ini berapa?', 'month-only', rupiah(sum('realisasi_periode_ini'))],
    ['brp yg kekunci', 'locked-pagu', rupiah(sum('lock_pagu'))],
    ['akun mana yg 0%', 'without-realization', '523121'],
    ['akun yg serapannya lebih dr 90%', 'rows-within-bound', 'paling sedikit 90%'],
    ['serapan krg dr 60% akun apa', 'rows-within-bound', 'paling banyak 60%'],
    ['apakah ada yang melebihi pagu', 'negative-rows', 'Honor moderator'],
    ['bandingkan oktober dengan september', 'trend', 'poin persen'],
  ];
  for (const [question, intent, figure] of cases) {
    const { found } = await ask(question);
    t.equal(found?.intent, intent, question);
    t.match(found?.text, figure, question);
  }
  t.equal((await ask('sumbernya?')).found?.intent, 'sources');
});

t.test('a term is found only at the beginning of a word, and a letter is no term', async (t) => {
  const { ask } = await startRuleBasedAnswer(t, tables);
  for (const question of ['anggaran sy sisa brp y', 'sisa anggaran thn ini', 'sisa th 2026'])
    t.match((await ask(question)).found?.text, `Sisa anggaran: **${rupiah(sisa())}**`, question);
  const { found } = await ask('sisa tunai');
  t.match(found?.text, /^Tidak ada rincian «tunai»/);
  // «aptop» is part of «laptop».
  t.match((await ask('sisa aptop')).found?.text, /^Tidak ada rincian «aptop»/);
  t.match((await ask('sisa laptop')).found?.text, 'Pengadaan laptop');
  t.match((await ask('top 5 akun sisa')).calls, [{ args: { sort: 'sisa', order: 'desc', limit: 5 } }]);
});

t.test('a comparison with a month begins in that month', async (t) => {
  const { ask } = await startRuleBasedAnswer(t, tables);
  t.match((await ask('naik berapa dibanding juni')).calls, [
    { name: 'budget_trend', args: { from: '2026-06', to: undefined } },
  ]);
  t.match((await ask('berapa rata-rata realisasi per bulan')).found?.intent, 'trend');
});

t.test('a person in charge is named after «PIC-nya», and by who holds an activity', async (t) => {
  const { ask } = await startRuleBasedAnswer(t, tables);
  for (const question of ['kegiatan yg PIC nya Dewi Anggraini', 'bu Laksmi pegang kegiatan apa']) {
    const { found, calls } = await ask(question);
    t.equal(found?.intent, 'activities-of-person', question);
    t.match(calls, [{ args: { keyword: /^(?:Dewi Anggraini|Laksmi)$/ } }], question);
  }
});

t.test('a request for a text changes no data', async (t) => {
  const { ask } = await startRuleBasedAnswer(t, tables);
  t.equal((await ask('tolong buatkan pantun koperasi')).found, null);
  for (const question of ['buatkan kegiatan baru besok', 'hapus rapat besok'])
    t.equal((await ask(question)).found?.intent, 'unsupported-topic', question);
});

t.test('«dan» between a question about money and one about activities joins two questions', async (t) => {
  const { ask } = await startRuleBasedAnswer(t, tables);
  const { found } = await ask('sisa anggaran dan kegiatan minggu ini');
  t.match(found?.text, rupiah(sisa()));
  t.match(found?.text, `**${oracle.thisWeek.length} kegiatan** minggu ini`);
  for (const question of ['pagu dan realisasi', 'belanja barang dan modal', 'kegiatan rapat dan lokakarya'])
    t.notMatch((await ask(question)).found?.text, /\*\* minggu ini/, question);
  t.equal((await ask('pagu dan realisasi')).calls.length, 1);
});

t.test('a term without activities in a period is not reported to have no activities at all', async (t) => {
  const { ask } = await startRuleBasedAnswer(t, tables);
  t.ok(activities.some(({ nama }) => nama.startsWith('Pameran')));
  const { found } = await ask('kegiatan pameran minggu ini');
  t.match(found?.text, /^Tidak ada kegiatan Anda «pameran» minggu ini\./);
});
