import t from 'tap';
import { checkFigures } from '../../../../src/gemini/grounding/grounding.ts';
import { doubtsOf, testDoubts } from '../../../support/doubts.ts';

const ACCOUNTS = {
  report: { date: '2026-10-31', type: 'Akrual' },
  count: 3,
  shown: 3,
  totals: { pagu: 1_680_500_000, realisasi: 687_700_000, sisa: 992_800_000, serapan_persen: 40.9223 },
  accounts: [
    {
      account: '521211',
      name: 'Belanja Bahan',
      pagu: 350_000_000,
      realisasi: 122_500_000,
      sisa: 227_500_000,
      serapan_persen: 35,
    },
    {
      account: '522151',
      name: 'Belanja Jasa Profesi',
      pagu: 96_000_000,
      realisasi: 7_200_000,
      sisa: 88_800_000,
      serapan_persen: 7.5,
    },
    {
      account: '524111',
      name: 'Belanja Perjalanan Dinas Biasa',
      pagu: 1_234_500_000,
      realisasi: 558_000_000,
      sisa: 676_500_000,
      serapan_persen: 45.2005,
    },
  ],
};
const TREND = {
  report: { date: '2026-10-31', type: 'Akrual' },
  months: [
    {
      month: '2026-09',
      pagu: 1_680_500_000,
      realisasi: 600_000_000,
      sisa: 1_080_500_000,
      serapan_persen: 35.7037,
      change: null,
    },
    {
      month: '2026-10',
      pagu: 1_680_500_000,
      realisasi: 687_700_000,
      sisa: 992_800_000,
      serapan_persen: 40.9223,
      change: { since: '2026-09', realisasi: 87_700_000, sisa: -87_700_000, serapan_persen: 5.2186 },
    },
  ],
};
const STATISTICS = {
  total: 17,
  by_status: { Rencana: 8, Komitmen: 7, Outstanding: 2 },
  allocation_by_status: { Rencana: 92_000_000, Komitmen: 87_250_000, Outstanding: 31_500_000 },
  overdue: 4,
  this_week: 3,
};

testDoubts(
  'a figure must be the field that its words name',
  [ACCOUNTS],
  [
    'Sisa anggaran Rp992.800.000 dari pagu Rp1.680.500.000.',
    'Sudah terserap Rp687,7 juta, belum terserap Rp992,8 juta.',
  ],
  {
    'Sisa anggaran Rp687.700.000.': ['Rp687.700.000'],
    'Sisa anggaran Anda **Rp687.700.000** dari total pagu Rp1.680.500.000.': ['Rp687.700.000'],
    'Realisasi Rp992.800.000, sisa Rp687.700.000.': ['Rp992.800.000', 'Rp687.700.000'],
  },
);

testDoubts(
  'a figure must be of the account that its clause, list item, table row or heading names',
  [ACCOUNTS],
  [
    'Akun 521211 sisa Rp227.500.000; Perjalanan Dinas Rp676.500.000.',
    '- 521211: Rp227.500.000\n- 522151: Rp88.800.000',
    '| Akun | Sisa | Serapan |\n|---|---|---|\n| Belanja Bahan | Rp227.500.000 | 35% |\n| Belanja Jasa Profesi | Rp88.800.000 | 7,5% |',
    '**Belanja Bahan**\n- Pagu: Rp350 juta\n- Sisa: Rp227,5 juta',
    'Serapan Oktober 40,92%.',
    'Sisa 521211 dan 522151 masing-masing Rp227.500.000 dan Rp88.800.000.',
  ],
  {
    'Akun 521211 sisa Rp88.800.000.': ['Rp88.800.000'],
    '- 521211: Rp88.800.000\n- 522151: Rp227.500.000': ['Rp88.800.000', 'Rp227.500.000'],
    '| Akun | Sisa | Serapan |\n|---|---|---|\n| Belanja Bahan | Rp227.500.000 | 7,5% |\n| Belanja Jasa Profesi | Rp88.800.000 | 35% |':
      ['7,5%', '35%'],
    '**Belanja Bahan**\n- Pagu: Rp96.000.000': ['Rp96.000.000'],
    'Sisa 521211 dan 522151 masing-masing Rp88.800.000 dan Rp227.500.000.': ['Rp88.800.000', 'Rp227.500.000'],
    'Akun 524111 pagunya Rp1.680.500.000.': ['Rp1.680.500.000'],
  },
);

testDoubts(
  'a figure must be of the month that its words name',
  [TREND],
  ['Serapan September 35,7%, Oktober 40,92%.', 'Bulan lalu 35,7%, bulan ini 40,92%.'],
  { 'Serapan September 40,92%.': ['40,92%'], 'Serapan bulan ini 35,7%.': ['35,7%'] },
);

testDoubts(
  'the ends of a range of days name no day',
  [
    {
      count: 2,
      activities: [
        { nama: 'Rapat', tanggal: '2026-11-30', status: 'Rencana' },
        { nama: 'Bimtek', tanggal: '2026-12-06', status: 'Rencana' },
      ],
    },
  ],
  [
    'Minggu depan (30 November–6 Desember 2026) ada 2 kegiatan.',
    'Ada 2 kegiatan (30 Nov – 6 Des).',
    'Periode 30/11–06/12: 2 kegiatan',
    'Pada 30 November ada 1 kegiatan.',
  ],
  { 'Pada 30 November ada 2 kegiatan.': ['2 kegiatan'] },
);

testDoubts(
  'small counts in sentences, lists and tables are checked, and swapped counts are found',
  [STATISTICS],
  ['Rencana: 8, Komitmen: 7', '- Rencana: 8\n- Komitmen: 7', '8 Rencana dan 7 Komitmen; 4 terlambat, 3 minggu ini'],
  {
    'Rencana: 7, Komitmen: 8': ['7', '8'],
    '| Status | Jumlah |\n|---|---|\n| Rencana | 8 |\n| Komitmen | 2 |': ['2'],
    '3 terlambat, 4 minggu ini': ['3', '4'],
  },
);

testDoubts(
  'rises, falls, comparisons and superlatives are verified',
  [ACCOUNTS, TREND],
  [
    'Realisasi naik Rp87.700.000 dibanding September.',
    'Serapan naik dari 35,7% menjadi 40,92%.',
    'Serapan terendah: 522151 (7,5%), tertinggi 524111 (45,2%).',
    'Sisa 524111 lebih besar dari sisa 521211.',
    'Sisa 521211 (Rp227,5 juta) di atas sisa 522151 (Rp88,8 juta).',
    'Dua akun serapannya di bawah 40%.',
  ],
  {
    'Realisasi turun Rp87.700.000 dibanding September.': ['Rp87.700.000'],
    'Serapan turun dari 35,7% menjadi 40,92%.': ['40,92%'],
    'Serapan terendah: 521211 (35%).': ['35%'],
    'Sisa 521211 lebih besar dari sisa 524111.': ['lebih besar dari'],
    'Sisa 522151 (Rp88,8 juta) di atas sisa 521211 (Rp227,5 juta).': ['Rp227,5 juta'],
    'Tiga akun: 521211, 522151, dan 524111. Dua akun serapannya di bawah 30%.': ['Dua akun', '30%'],
  },
);

testDoubts(
  'figures that one computation over the answer or the rows gives are accepted, other results are not',
  [ACCOUNTS, TREND, STATISTICS],
  [
    'Sisa 521211 Rp227.500.000 dan 522151 Rp88.800.000, totalnya Rp316.300.000.',
    '40,92% sudah terserap, 59,08% belum terserap.',
    'Terlambat 4 dari 17 kegiatan (23,5%), 13 lainnya aman.',
    'Sisa Rp992.800.000, atau Rp496.400.000 per bulan dalam 2 bulan.',
    'Realisasi naik 14,6% dari Rp600 juta ke Rp687,7 juta.',
    'Rata-rata pagu ketiga akun Rp560.166.667.',
    'Sisa 524111 sekitar 68% dari total sisa.',
  ],
  {
    'Sisa 521211 Rp227.500.000 dan 522151 Rp88.800.000, totalnya Rp326.300.000.': ['Rp326.300.000'],
    '40,92% sudah terserap, 58,08% belum terserap.': ['58,08%'],
    'Terlambat 4 dari 17 kegiatan (33,5%), 12 lainnya aman.': ['33,5%', '12'],
    'Sisa Rp992.800.000, atau Rp469.400.000 per bulan dalam 2 bulan.': ['Rp469.400.000'],
  },
);

const week = (activities: [nama: string, tanggal: string, total_alokasi: number][]) => ({
  count: activities.length,
  activities: activities.map(([nama, tanggal, total_alokasi]) => ({ nama, tanggal, total_alokasi })),
});
const THIS_WEEK = week([
  ['Rapat Evaluasi Penyerapan', '2026-11-24', 5_000_000],
  ['Klinik Konsultasi UMKM', '2026-11-26', 16_335_000],
]);
const NEXT_WEEK = week([['Pelatihan Ekspor Pemula', '2026-12-02', 32_940_000]]);

testDoubts(
  '«sekarang» ends the reach of an earlier month',
  [TREND],
  ['Akhir September serapan 35,7%, sekarang 40,92%.', 'September Rp600.000.000 dan kini Rp687.700.000.'],
  { 'Akhir September serapan 40,92%.': ['40,92%'] },
);

testDoubts(
  'shares of the total and remainders of the field that was named before',
  [ACCOUNTS],
  [
    'Pagu 524111 paling besar (Rp1,23 miliar, sekitar 73% dari total), sisa 521211 hanya Rp227,5 juta.',
    'Realisasi 524111 Rp558 juta. Sisanya Rp129,7 juta tersebar di 2 akun lain.',
  ],
  {
    'Pagu 524111 paling besar (Rp1,23 miliar, sekitar 69% dari total), sisa 521211 hanya Rp227,5 juta.': ['69%'],
    'Realisasi 524111 Rp558 juta. Sisanya Rp139,7 juta tersebar di 2 akun lain.': ['Rp139,7 juta'],
  },
);

const WITH_ALLOCATIONS = {
  count: 2,
  activities: [
    {
      nama: 'Bimtek Akuntansi Koperasi',
      tanggal: '2026-12-01',
      total_alokasi: 83_065_000,
      allocations: [
        { account: '524119', uraian: 'Paket fullboard', jumlah: 46_725_000 },
        { account: '524111', uraian: 'Perjalanan pengawasan', jumlah: 36_340_000 },
      ],
    },
    {
      nama: 'Klinik Konsultasi UMKM',
      tanggal: '2026-12-02',
      total_alokasi: 42_680_000,
      allocations: [{ account: '524111', uraian: 'Perjalanan pengawasan', jumlah: 42_680_000 }],
    },
  ],
};
testDoubts(
  'the allocations of activities on one account, although the sentence begins with «dipakai»',
  [WITH_ALLOCATIONS],
  [
    'Akun 524111 dipakai dua kegiatan: Bimtek Akuntansi Koperasi Rp36.340.000 dan Klinik Konsultasi UMKM Rp42.680.000, totalnya Rp79.020.000.',
  ],
  {
    'Akun 524111 dipakai dua kegiatan: Bimtek Akuntansi Koperasi Rp42.680.000 dan Klinik Konsultasi UMKM Rp36.340.000.':
      ['Rp42.680.000', 'Rp36.340.000'],
  },
);

testDoubts(
  'the greater of two activities, and weekdays of the calendar',
  [WITH_ALLOCATIONS],
  [
    'Yang lebih besar adalah Bimtek Akuntansi Koperasi (Rp83.065.000).',
    'Bimtek Akuntansi Koperasi Rp83.065.000; lebih dari separuhnya (Rp46.725.000) untuk fullboard.',
    'Klinik Konsultasi UMKM, Rp42.680.000, di hari Rabu 2 Desember.',
    'Selasa–Rabu, 1 Desember dan 2 Desember.',
    'Bimtek (Selasa, 1 Desember 2026) dan Klinik (Rabu, 02/12).',
  ],
  {
    'Yang lebih besar adalah Klinik Konsultasi UMKM (Rp42.680.000).': ['Rp42.680.000'],
    'Klinik Konsultasi UMKM, Rp42.680.000, di hari Kamis 2 Desember.': ['Kamis'],
    'Bimtek (Selasa, 1 Desember 2026) dan Klinik (Senin, 02/12).': ['Senin'],
  },
);

testDoubts(
  '«separuhnya» is checked: «lebih dari» is not said of less',
  [
    week([
      ['Bimtek Akuntansi', '2026-11-23', 83_065_000],
      ['Klinik Konsultasi UMKM', '2026-11-24', 50_000_000],
      ['Pelatihan Ekspor', '2026-11-25', 41_085_000],
    ]),
  ],
  ['Total alokasi Rp174.150.000; Bimtek Akuntansi saja Rp83.065.000, atau hampir separuhnya.'],
  {
    'Total alokasi Rp174.150.000; Bimtek Akuntansi saja Rp83.065.000, atau lebih dari separuhnya.': ['separuhnya'],
    'Total alokasi Rp174.150.000; Pelatihan Ekspor saja Rp41.085.000, atau hampir separuhnya.': ['separuhnya'],
  },
);

testDoubts(
  'percentage points are changes or differences, with their sign',
  [TREND],
  ['Serapan Oktober naik 5,2 poin.', 'September 35,7% → Oktober 40,9% (+5,2 poin).'],
  {
    'Serapan Oktober naik 6,2 poin.': ['6,2 poin'],
    'September 35,7% → Oktober 40,9% (+6,2 poin).': ['6,2 poin'],
    'Dibanding September, serapan turun 5,2 poin.': ['5,2 poin'],
    'Perubahan sisa Oktober: +Rp87.700.000.': ['Rp87.700.000'],
  },
);

testDoubts(
  'two figures or rows are compared as the text says',
  [ACCOUNTS, TREND],
  [
    'Perjalanan dinas (45,2%) unggul dari Belanja Bahan (35%).',
    'Serapan: bahan lebih rendah dari perjalanan (35% < 45,2%).',
    'Realisasi 521211 masih di bawah pagu.',
    'Serapan naik menjadi 40,9%.',
  ],
  {
    'Belanja Bahan (35%) unggul dari perjalanan dinas (45,2%).': ['45,2%'],
    'Serapan: bahan lebih tinggi dari perjalanan (35% > 45,2%).': ['lebih tinggi dari', '45,2%'],
    'Realisasi 521211 melebihi pagu.': ['melebihi'],
    'Serapan Oktober turun menjadi 40,9%.': ['40,9%'],
    'Tambahannya menurun: Rp600 juta, Rp687,7 juta.': ['Rp687,7 juta'],
  },
);

testDoubts(
  'rows are ranked as the text says',
  [ACCOUNTS],
  [
    'Bukan 521211 yang sisanya terbesar, melainkan 524111 dengan Rp676.500.000.',
    'Sisa terbesar: 524111, disusul 521211.',
    'Dua akun dengan serapan terendah:\n1. 522151, 7,5%\n2. 521211, 35%',
  ],
  {
    'Bukan 524111 yang sisanya terbesar, melainkan 521211 dengan Rp227.500.000.': ['Rp227.500.000'],
    'Sisa terbesar: 524111, disusul 522151.': ['terbesar'],
    'Dua akun dengan serapan terendah:\n1. 522151, 7,5%\n2. 524111, 45,2%': ['524111'],
  },
);

testDoubts(
  'an activity has the day and the week of the data',
  [THIS_WEEK, NEXT_WEEK],
  [
    'Klinik Konsultasi UMKM: Kamis, 26 November 2026.',
    'Minggu ini 2 kegiatan, minggu depan 1 kegiatan.',
    'Menurut laporan per 20 November, Klinik Konsultasi UMKM bernilai Rp16.335.000.',
  ],
  {
    'Klinik Konsultasi UMKM: Jumat, 27 November 2026.': ['27 November 2026'],
    'Minggu ini 1 kegiatan, minggu depan 2 kegiatan.': ['1 kegiatan', '2 kegiatan'],
    'Rapat Evaluasi (Rp16.335.000), Klinik Konsultasi (Rp5.000.000).': ['Rp16.335.000', 'Rp5.000.000'],
  },
);

testDoubts(
  'figures follow the order of the names before them, and the columns of a table',
  [ACCOUNTS],
  [
    'Pagu, realisasi, dan sisa 521211 berturut-turut Rp350.000.000, Rp122.500.000, dan Rp227.500.000.',
    'Belanja Bahan (521211) dan Jasa Profesi (522151) terserap masing-masing 35% dan 7,5%.',
    '| Akun | Pagu | Sisa |\n|---|---|---|\n| 521211 | 350 jt | 227,5 jt |',
  ],
  {
    'Pagu, realisasi, dan sisa 521211 berturut-turut Rp350.000.000, Rp227.500.000, dan Rp122.500.000.': [
      'Rp227.500.000',
      'Rp122.500.000',
    ],
    'Belanja Bahan (521211) dan Jasa Profesi (522151) terserap masing-masing 7,5% dan 35%.': ['7,5%', '35%'],
    '| Akun | Pagu | Sisa |\n|---|---|---|\n| 521211 | 350 jt | 122,5 jt |': ['122,5 jt'],
  },
);

testDoubts(
  'the number of rows beyond a limit is counted',
  [ACCOUNTS],
  ['Dua akun di bawah 40%, satu akun lewat 45%.', 'Akun merah (< 40%) ada 2.', 'Serapan belum sampai separuh.'],
  { 'Satu akun di bawah 40%.': ['Satu akun', '40%'], 'Akun merah (< 40%) ada 3.': ['40%', '3'] },
);

t.test('what is no data is not flagged, and confirms nothing later', async (t) => {
  const answer = 'Serapan 40,92%; idealnya 83%. Layanan 24/7, ISO 9001:2015, Top 3, (10/12).';
  const { grounded, ungrounded } = checkFigures(answer, { data: [ACCOUNTS], earlier: [], user: [] });
  t.same(ungrounded, []);
  t.same(
    grounded.map(({ figure }) => figure.text),
    ['40,92%'],
  );
});

t.test('a figure of the user does not stand for a field that the data knows', async (t) => {
  const user = ['sisa saya masih Rp150 juta kan?'];
  t.same(doubtsOf('Benar, sisa anggaran Anda Rp150 juta.', [ACCOUNTS], user), ['Rp150 juta']);
  t.same(doubtsOf('Anda menyebut sisa Rp150 juta, tetapi sisanya Rp992,8 juta.', [ACCOUNTS], user), []);
});

t.test('the digits that a reader sees are checked, however they are written', async (t) => {
  const disguised = [
    '&#57;&#53;%',
    '9<b>5</b>%',
    '9️⃣5️⃣%',
    '９５％',
    '9\u200b5%',
    '9\u{E0035}5%',
    '\u31649\ufffb5%',
    '9\u00ad5%',
    '٩٥%',
    '𝟗𝟓%',
  ];
  for (const text of disguised) t.same(doubtsOf(`Serapan ${text}.`, [ACCOUNTS]), ['95%'], text);
  t.same(doubtsOf('Serapan ¾ dari pagu, sisa 4,5 m.', [ACCOUNTS]), ['3/4', '4,5 m']);
  t.same(doubtsOf('Sudah dua pertiga pagu terserap.', [ACCOUNTS]), ['dua pertiga']);
});

t.test('a confirmed figure contains the names of its field and row; a doubted one why', async (t) => {
  const { grounded, ungrounded } = checkFigures('Sisa 521211 Rp227,5 juta, realisasi Rp227,5 juta.', {
    data: [ACCOUNTS],
    earlier: [],
    user: [],
  });
  t.match(grounded[0]?.from, { source: 'data', path: 'accounts.0.sisa', field: 'sisa', row: '521211 Belanja Bahan' });
  t.match(ungrounded[0], {
    text: 'Rp227,5 juta',
    why: 'dalam data nilai ini adalah sisa 521211 Belanja Bahan',
    isInData: true,
  });
});
