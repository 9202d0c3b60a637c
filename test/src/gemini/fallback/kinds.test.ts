import t from 'tap';
import { SAMPLE_USERS, sampleData } from '../../../../sandbox/sample-data.ts';
import { checkFigures } from '../../../../src/gemini/grounding/grounding.ts';
import type { ToolEvidence } from '../../../../src/gemini/tools/results.ts';
import { createOracle } from '../../../sandbox/planner/sapa-oracle.ts';
import { NOW, startRuleBasedAnswer, TODAY } from './rule-based-fixture.ts';

const rupiah = (amount: number) => `Rp${new Intl.NumberFormat('id-ID').format(Math.round(amount))}`;
const percent = (value: number) => `${new Intl.NumberFormat('id-ID', { maximumFractionDigits: 1 }).format(value)}%`;

/** The sample data with one account without realisation and two overdrawn rows in the current report. */
function tablesWithOddRows() {
  const tables = sampleData(NOW);
  const current = tables.processed_results.find(
    ({ user_id, report_type, report_date }) =>
      user_id === SAMPLE_USERS.stocked && report_type === 'Akrual' && report_date === TODAY,
  );
  const rows = current?.processed_data as unknown[][];
  for (const row of rows.filter(([kode]) => String(kode).includes('.523121.'))) {
    row[4] = 0;
    row[5] = 0;
    row[6] = 0;
  }
  for (const row of rows.filter(([, uraian]) => String(uraian).startsWith('Honor moderator')).slice(0, 2))
    row[6] = Number(row[2]) + 1_500_000;
  return tables;
}

const tables = tablesWithOddRows();
const oracle = createOracle(tables, SAMPLE_USERS.stocked, TODAY);
const { sum, sisa, serapan, bound, activities } = oracle;
const quarter = sum('realisasi', { month: '2026-09' }) - sum('realisasi', { month: '2026-06' });
const unused = '523121';
const plannedOf = (account: string) => bound('rencana', account);
const afterAll = (account = '') =>
  sisa({ account }) - bound('outstanding', account) - bound('komitmen', account) - plannedOf(account);
const dearest = activities.toSorted((one, other) => other.alokasi - one.alokasi)[0];
const gap = sum('pagu') * 0.95 - sum('realisasi');
const miliar = (amount: number) => `Rp${(Math.round(amount / 1e7) / 100).toString().replace('.', ',')} miliar`;

interface Kind {
  intent: string;
  wordings: string[];
  /** The calls before any calculation. */
  calls: { name: string; args?: object }[];
  /** Texts in the answer, computed from the tables without the service. */
  says: (string | RegExp)[];
}

const KINDS: Kind[] = [
  {
    intent: 'report-date',
    wordings: [
      'data per tanggal berapa?',
      'datanya update kapan',
      'laporan terakhir tgl brp',
      'kapan data terakhir diperbarui?',
      'posisi datanya per kapan ya',
    ],
    calls: [{ name: 'budget_summary', args: {} }],
    says: ['**Selasa, 24 November**', 'laporan Akrual'],
  },
  {
    intent: 'month-only',
    wordings: [
      'realisasi bulan ini saja',
      'realisasi bln ini aja brp',
      'bulan ini terserap berapa',
      'realisasi periode ini',
      'realisasi anggaran selama bulan ini',
    ],
    calls: [{ name: 'budget_summary', args: {} }],
    says: [`Realisasi anggaran selama November: **${rupiah(sum('realisasi_periode_ini'))}**`],
  },
  {
    intent: 'month-only',
    wordings: ['realisasi selama Oktober saja', 'realisasi bulan lalu aja', 'realisasi oktober saja berapa'],
    calls: [{ name: 'budget_summary', args: { report_month: '2026-10' } }],
    says: [rupiah(sum('realisasi_periode_ini', { month: '2026-10' })), 'Oktober'],
  },
  {
    intent: 'locked-pagu',
    wordings: ['lock pagu berapa', 'pagu yang diblokir', 'blokir anggaran brp?', 'ada dana yang dikunci nggak'],
    calls: [{ name: 'budget_summary', args: {} }],
    says: [`**${rupiah(sum('lock_pagu'))}**`],
  },
  {
    intent: 'without-realisation',
    wordings: [
      'akun yang belum ada realisasi',
      'akun mana yg blm terealisasi',
      'akun tanpa realisasi',
      'akun yang realisasinya masih nol',
    ],
    calls: [{ name: 'budget_by_account', args: { min_serapan: 0, max_serapan: 0 } }],
    says: [
      '**1 akun** belum ada realisasi',
      `${unused} Belanja Pemeliharaan`,
      rupiah(sum('pagu', { account: unused })),
    ],
  },
  {
    intent: 'without-realisation',
    wordings: [
      'rincian yang belum ada realisasi',
      'baris yg belum terserap sama sekali',
      'detail tanpa realisasi apa aja',
    ],
    calls: [{ name: 'search_budget', args: { min_serapan: 0, max_serapan: 0 } }],
    says: [/\*\*\d+ rincian\*\* belum ada realisasi/, 'Pemeliharaan kendaraan dinas'],
  },
  {
    intent: 'rows-within-bound',
    wordings: [
      'akun dengan serapan di bawah 50%',
      'akun yg serapannya kurang dari 50 persen',
      'akun serapan dibawah 50',
      'akun mana yang serapannya tidak sampai 50%',
      'akun dengan serapan tidak lebih dari 50%',
    ],
    calls: [{ name: 'budget_by_account', args: { max_serapan: 50, sort: 'serapan', order: 'asc' } }],
    says: [
      ...oracle
        .accountsBy(serapan)
        .flatMap(({ account, value }) => (value < 50 ? [`${account} `, percent(value)] : [])),
    ],
  },
  {
    intent: 'rows-within-bound',
    wordings: ['akun dengan sisa di atas 500 juta', 'akun yang sisanya lebih dari Rp500.000.000', 'akun sisa > 500jt'],
    calls: [{ name: 'budget_by_account', args: { min_sisa: 500_000_000, sort: 'sisa', order: 'desc' } }],
    says: ['paling sedikit Rp500.000.000', rupiah(sisa({ account: '511111' }))],
  },
  {
    intent: 'rows-within-bound',
    wordings: [
      'rincian dengan pagu di atas 1 miliar',
      'baris yang pagunya lebih dari 1 M',
      'rincian pagu minimal Rp1.000.000.000',
    ],
    calls: [{ name: 'search_budget', args: { sort: 'pagu', order: 'desc', limit: 50 } }],
    says: ['pagu paling sedikit Rp1.000.000.000', /1\. Gaji pokok pegawai[^\n]*\n(?:\n|2\.)/],
  },
  {
    intent: 'rows-within-bound',
    wordings: ['akun dengan serapan antara 60 dan 70 persen', 'akun serapan antara 60% sampai 70%'],
    calls: [{ name: 'budget_by_account', args: { min_serapan: 60, max_serapan: 70 } }],
    says: ['antara 60% dan 70%'],
  },
  {
    intent: 'negative-rows',
    wordings: ['ada yang minus?', 'rincian minus apa saja', 'sisa negatif ada?', 'baris yang sisanya minus'],
    calls: [{ name: 'search_budget', args: { max_sisa: -1, sort: 'sisa', order: 'asc' } }],
    says: ['**2 rincian** bersisa minus, seluruhnya -Rp3.000.000', 'Honor moderator', 'sisa **-Rp1.500.000**'],
  },
  {
    intent: 'negative-rows',
    wordings: ['akun minus', 'akun mana yang negatif'],
    calls: [{ name: 'budget_by_account', args: { max_sisa: -1 } }],
    says: ['Tidak ada akun yang bersisa minus.'],
  },
  {
    intent: 'quarter',
    wordings: [
      'realisasi triwulan III',
      'realisasi TW 3 berapa',
      'serapan kuartal ketiga',
      'realisasi tw3',
      'realisasi triwulan lalu',
    ],
    calls: [{ name: 'budget_trend', args: { from: '2026-07', to: '2026-09' } }],
    says: [`Realisasi anggaran triwulan III: **${rupiah(quarter)}**`],
  },
  {
    intent: 'quarter',
    wordings: ['realisasi triwulan pertama', 'realisasi tw I', 'realisasi kuartal 1 tahun ini'],
    calls: [{ name: 'budget_trend', args: { from: '2026-01', to: '2026-03' } }],
    says: [`triwulan I: **${rupiah(sum('realisasi', { month: '2026-03' }))}**`],
  },
  {
    intent: 'budget-summary',
    wordings: ['laporan bulan September', 'posisi anggaran sept', 'ringkasan anggaran bulan september 2026'],
    calls: [{ name: 'budget_summary', args: { report_month: '2026-09' } }],
    says: [rupiah(sum('realisasi', { month: '2026-09' })), 'per Rabu, 30 September._'],
  },
  {
    intent: 'budget-summary',
    wordings: ['sisa per desember', 'sisa anggaran desember 2025'],
    calls: [{ name: 'budget_summary', args: { report_month: '2025-12' } }],
    says: [rupiah(sisa({ month: '2025-12' })), '31 Desember 2025'],
  },
  {
    intent: 'budget-by-group',
    wordings: ['anggaran per RO', 'pagu tiap ro berapa', 'realisasi menurut RO'],
    calls: [{ name: 'budget_by_account', args: { group_by: 'ro' } }],
    says: ['WA.6336.EBA.962 Layanan Umum', 'CH.4473.QDC.001'],
  },
  {
    intent: 'budget-by-group',
    wordings: ['serapan per komponen', 'serapan masing-masing komponen', 'realisasi tiap komponen'],
    calls: [{ name: 'budget_by_account', args: { group_by: 'component' } }],
    says: ['WA.6336.EBB.951.052 Pengadaan Peralatan'],
  },
  {
    intent: 'budget-by-group',
    wordings: ['anggaran per output', 'sisa per KRO', 'anggaran berdasarkan kro'],
    calls: [{ name: 'budget_by_account', args: { group_by: 'kro' } }],
    says: ['WA.6336.EBA Layanan Dukungan Manajemen Internal'],
  },
  {
    intent: 'budget-by-group',
    wordings: ['komponen dengan serapan terendah', 'komponen mana yang serapannya paling rendah'],
    calls: [{ name: 'budget_by_account', args: { group_by: 'component', sort: 'serapan', order: 'asc' } }],
    says: ['Urutan komponen dengan serapan terendah'],
  },
  {
    intent: 'account-comparison',
    wordings: [
      'bandingkan belanja barang dan modal',
      'belanja barang vs belanja modal',
      'belanja barang dibanding modal gimana',
      'serapan barang sama modal bagusan mana',
    ],
    calls: [
      { name: 'budget_by_account', args: { account: '52' } },
      { name: 'budget_by_account', args: { account: '53' } },
    ],
    says: [
      percent(serapan({ account: '52' })),
      percent(serapan({ account: '53' })),
      `${percent(serapan({ account: '52' }) - serapan({ account: '53' })).slice(0, -1)} poin persen`,
    ],
  },
  {
    intent: 'expensive-activities',
    wordings: [
      'kegiatan paling mahal',
      'kegiatan termahal apa',
      '5 kegiatan dengan anggaran terbesar',
      'kegiatan dgn alokasi tertinggi',
    ],
    calls: [{ name: 'search_activities', args: { sort: 'allocation', order: 'desc', limit: 5 } }],
    says: [`1. ${dearest?.nama} – ${rupiah(dearest?.alokasi ?? 0)}`],
  },
  {
    intent: 'trend',
    wordings: [
      'tren realisasi sejak Juni',
      'realisasi per bulan mulai juni',
      'perkembangan dari bulan Juni',
      'naik berapa sejak jun',
    ],
    calls: [{ name: 'budget_trend', args: { from: '2026-06' } }],
    says: [
      `**naik ${rupiah(sum('realisasi') - sum('realisasi', { month: '2026-06' }))}** sejak Juni`,
      `- Juli: ${rupiah(sum('realisasi', { month: '2026-07' }))}`,
      `Serapan naik ${percent(serapan() - serapan({ month: '2026-06' })).slice(0, -1)} poin persen`,
    ],
  },
  {
    intent: 'sufficiency',
    wordings: [
      'akun 524111 cukup tidak kalau semua kegiatan jalan?',
      'apakah akun 524111 mencukupi untuk semua rencana kegiatan',
      'sisa 524111 cukup ga buat semua kegiatan',
    ],
    calls: [
      { name: 'budget_by_account', args: { account: '524111' } },
      { name: 'search_activities', args: { status: 'Rencana', limit: 50 } },
    ],
    says: ['**Cukup.**', `**${rupiah(afterAll('524111'))}**`, rupiah(plannedOf('524111'))],
  },
  {
    intent: 'sufficiency',
    wordings: ['anggaran cukup tidak kalau semua kegiatan jalan?', 'dana kita cukup gak'],
    calls: [{ name: 'budget_summary' }, { name: 'search_activities', args: { status: 'Rencana' } }],
    says: [`**${rupiah(afterAll())}**`],
  },
  {
    intent: 'needed-per-month',
    wordings: [
      'per bulan harus berapa supaya serapan 95%?',
      'butuh realisasi berapa per bulan biar capai 95 persen',
      'kurang berapa lagi supaya serapan 95%',
      'tiap bulan perlu berapa utk target 95%',
    ],
    calls: [{ name: 'budget_summary', args: {} }],
    says: [miliar(gap), `${percent(95 - serapan()).slice(0, -1)} poin persen`],
  },
  {
    intent: 'activities-of-person',
    wordings: [
      'kegiatan pak Hendra',
      'apa saja yang dipegang Hendra',
      'kegiatan dengan PJ Hendra',
      'kegiatan punya pak hendra apa aja',
    ],
    calls: [{ name: 'search_activities', args: { keyword: /hendra/i } }],
    says: [
      `**${activities.filter(({ penanggung_jawab }) => penanggung_jawab?.includes('Hendra')).length} kegiatan** dengan penanggung jawab`,
    ],
  },
];

t.test('each kind is recognized in several wordings, and its answer has the figures of the tables', async (t) => {
  const { ask } = await startRuleBasedAnswer(t, tables);
  for (const { intent, wordings, calls, says } of KINDS) {
    for (const wording of wordings) {
      const { found, calls: executed } = await ask(wording);
      t.equal(found?.intent, intent, wording);
      const planned = executed.filter(({ name }) => name !== 'calculate');
      t.match(planned, calls, `calls: ${wording}`);
      t.equal(planned.length, calls.length, `no other calls: ${wording}`);
      for (const each of says) t.match(found?.text, each, wording);
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
