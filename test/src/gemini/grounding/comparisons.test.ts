import { testDoubts } from '../../../support/doubts.ts';

const account = (account: string, name: string, pagu: number, realisasi: number) => ({
  account,
  name,
  pagu,
  realisasi,
  sisa: pagu - realisasi,
  serapan_persen: Math.round((realisasi * 1e6) / pagu) / 1e4,
});
const ACCOUNTS = {
  report: { date: '2026-11-20', type: 'Akrual' },
  count: 4,
  shown: 4,
  totals: { pagu: 900_000_000, realisasi: 581_000_000, sisa: 319_000_000, serapan_persen: 64.5556 },
  accounts: [
    account('521211', 'Belanja Bahan', 300_000_000, 246_000_000),
    account('522141', 'Belanja Sewa', 100_000_000, 53_000_000),
    account('524111', 'Belanja Perjalanan Dinas Biasa', 400_000_000, 276_000_000),
    account('532111', 'Belanja Modal Peralatan dan Mesin', 100_000_000, 6_000_000),
  ],
};
const months = [400, 520, 655, 777].map((juta, nth) => ({ month: `2026-0${nth + 6}`, realisasi: juta * 1_000_000 }));
const TREND = {
  report: { date: '2026-09-30', type: 'Akrual' },
  months: months.map(({ month, realisasi }, nth) => {
    const pagu = nth < 2 ? 1_000_000_000 : 980_000_000;
    const before = months[nth - 1]?.realisasi;
    const change =
      before === undefined
        ? null
        : { pagu: nth === 2 ? -20_000_000 : 0, realisasi: realisasi - before, sisa: before - realisasi };
    return { month, pagu, realisasi, sisa: pagu - realisasi, serapan_persen: (realisasi * 100) / pagu, change };
  }),
};
const ACTIVITIES = {
  count: 3,
  total_allocation: 84_000_000,
  activities: [
    { nama: 'Rapat Evaluasi Penyerapan', status: 'Rencana', total_alokasi: 12_000_000 },
    { nama: 'Klinik Konsultasi UMKM', status: 'Komitmen', total_alokasi: 27_000_000 },
    { nama: 'Pelatihan Ekspor Pemula', status: 'Rencana', total_alokasi: 45_000_000 },
  ],
};
const STATISTICS = {
  total: 17,
  by_status: { Rencana: 8, Komitmen: 7, Outstanding: 2 },
  allocation_by_status: { Rencana: 92_000_000, Komitmen: 87_250_000, Outstanding: 131_500_000 },
};

testDoubts(
  'a superlative ranks the field of its own clause',
  [ACCOUNTS],
  [
    'Paling rendah 532111, sisanya Rp94 juta. Serapan perjalanan 69%.',
    'Serapan terendah ada di Belanja Modal (532111), yaitu 6%; sisa terbesar di 524111 (Rp124 juta).',
    'Perjalanan dinas paling besar pagunya, tetapi serapan tertinggi di Belanja Bahan (82%).',
    'Serapan tertinggi di antara empat akun: 521211 (82%).',
    'Pagu terbesar ada pada 524111, 44,4% dari total pagu.',
  ],
  {
    'Serapan terendah ada di Belanja Sewa (522141), yaitu 53%.': ['53%'],
    'Terendah di antara empat akun itu 522141 (53%).': ['53%'],
    'Sisa terbesar ada pada 532111, yaitu Rp94 juta.': ['Rp94 juta'],
  },
);

testDoubts(
  'the items of a ranked list are in its order',
  [ACCOUNTS],
  [
    '*2 sisa terbesar dari 4 akun*\n\n1. 524111: Rp124 juta\n2. 532111: Rp94 juta',
    'Akun (diurutkan dari serapan tertinggi):\n- 521211: 82%\n- 522141: 53%\n- 532111: 6%',
    'Sisa, urut dari terkecil ke terbesar:\n- 522141: Rp47 juta\n- 521211: Rp54 juta',
  ],
  {
    '*2 sisa terbesar dari 4 akun*\n\n1. 532111: Rp94 juta\n2. 524111: Rp124 juta': ['524111'],
    'Akun (diurutkan dari serapan tertinggi):\n- 521211: 82%\n- 532111: 6%\n- 522141: 53%': ['522141'],
    'Sisa, urut dari terkecil ke terbesar:\n- 521211: Rp54 juta\n- 522141: Rp47 juta': ['522141'],
  },
);

testDoubts(
  'a superlative below a list ranks what the list shows, also months, statuses and activities',
  [TREND, ACTIVITIES, STATISTICS],
  [
    'Tambahan realisasi:\n- Juli: Rp120 juta\n- Agustus: Rp135 juta\n- September: Rp122 juta\n\nBulan tertinggi: Agustus.',
    'Status terbanyak Rencana (8 kegiatan), nilai terbesar di Outstanding, Rp131,5 juta.',
    'Yang terkecil Rapat Evaluasi Penyerapan.',
  ],
  {
    'Tambahan realisasi:\n- Juli: Rp120 juta\n- Agustus: Rp135 juta\n- September: Rp122 juta\n\nBulan tertinggi: September.':
      ['tertinggi'],
    'Status terbanyak Komitmen (7 kegiatan).': ['7 kegiatan'],
    'Yang terkecil Klinik Konsultasi UMKM.': ['terkecil'],
  },
);

testDoubts(
  'a change reaches to the next one',
  [TREND],
  ['Realisasi bertambah Rp122 juta, sehingga sisa menyusut dari Rp325 juta menjadi Rp203 juta.'],
  { 'Realisasi bertambah Rp122 juta, sehingga sisa naik dari Rp325 juta menjadi Rp203 juta.': ['Rp203 juta'] },
);

const SP2D = {
  report: { date: '2026-09-30', type: 'SP2D' },
  pagu: 980_000_000,
  realisasi: 700_000_000,
  sisa: 280_000_000,
  serapan_persen: 71.4286,
};
const ACCRUAL = {
  report: { date: '2026-09-30', type: 'Akrual' },
  pagu: 980_000_000,
  realisasi: 777_000_000,
  sisa: 203_000_000,
  serapan_persen: 79.2857,
};

testDoubts(
  'months, types of reports and statuses are compared like rows',
  [TREND, STATISTICS, SP2D, ACCRUAL],
  [
    'Angka Akrual lebih tinggi daripada SP2D, sisa SP2D lebih besar dari Akrual.',
    'Penyerapan September melambat dibanding Agustus.',
    'Dibanding Akrual (Rp777 juta), realisasi SP2D lebih rendah Rp77 juta.',
    'Realisasi September lebih rendah dibanding Agustus, tambahannya Rp122 juta.',
    'Rencana lebih banyak dari Komitmen, alokasi Outstanding lebih besar dari Rencana.',
  ],
  {
    'Angka SP2D lebih tinggi daripada Akrual.': ['lebih tinggi daripada'],
    'Akrual Rp777 juta, SP2D Rp700 juta; SP2D lebih besar Rp77 juta.': ['lebih besar'],
    'Penyerapan Agustus melambat dibanding Juli.': ['melambat dibanding'],
    'Alokasi Rencana lebih besar dari Outstanding.': ['lebih besar dari'],
  },
);

testDoubts(
  'the pagu of the row above',
  [{ ...ACCOUNTS, count: 1, accounts: [account('522151', 'Belanja Jasa Profesi', 64_800_000, 71_280_000)] }],
  ['*522151*\n- Pagu: Rp64.800.000\n- Realisasi: Rp71.280.000\n\nRealisasi sudah di atas pagu.'],
  {
    '*522151*\n- Pagu: Rp64.800.000\n- Realisasi: Rp71.280.000\n\nRealisasi masih di bawah pagu.': ['di bawah'],
  },
);

testDoubts(
  'a comparison without its other side is with the number before it, or with the row that gives the difference',
  [TREND, ACTIVITIES],
  [
    'Juli bertambah Rp120 juta, tambahan Agustus lebih besar, yakni Rp135 juta.',
    'September lebih lambat: Rp122 juta, sementara Agustus Rp135 juta.',
    'Klinik Konsultasi UMKM Rp27 juta, Pelatihan Ekspor Pemula lebih mahal Rp18 juta.',
    '1. Klinik Konsultasi UMKM: Rp27 juta\n2. Pelatihan Ekspor Pemula: Rp45 juta\n\nYang kedua lebih besar Rp18 juta.',
  ],
  {
    'Setelah Rp135 juta pada Agustus, tambahan September lebih banyak lagi, yaitu Rp122 juta.': ['Rp122 juta'],
    'September lebih cepat: Rp122 juta, sementara Agustus Rp135 juta.': ['Rp135 juta'],
    'Pelatihan Ekspor Pemula Rp45 juta, Klinik Konsultasi UMKM lebih mahal Rp18 juta.': ['lebih mahal'],
    '1. Klinik Konsultasi UMKM: Rp27 juta\n2. Pelatihan Ekspor Pemula: Rp45 juta\n\nYang kedua lebih kecil Rp18 juta.':
      ['lebih kecil'],
  },
);

testDoubts(
  'a multiple is the ratio of two numbers, no count of rows',
  [ACTIVITIES, ACCOUNTS],
  [
    'Pelatihan Ekspor Pemula (Rp45 juta) hampir empat kali lipat Rapat Evaluasi Penyerapan (Rp12 juta).',
    'Realisasi 521211 (Rp246 juta) lebih dari empat kali realisasi 522141 (Rp53 juta).',
  ],
  {
    'Pelatihan Ekspor Pemula (Rp45 juta) hampir tiga kali lipat Klinik Konsultasi UMKM (Rp27 juta).': ['tiga'],
    'Realisasi 521211 (Rp246 juta) lebih dari dua kali realisasi 522141 (Rp53 juta).': ['dua'],
  },
);

testDoubts(
  'rises and falls of the data, also in a column, and their pace',
  [TREND],
  [
    '| Bulan | Pagu | Perubahan |\n|---|---|---|\n| Juli | Rp1 miliar | tetap |\n| Agustus | Rp980 juta | turun Rp20 juta |',
    'Tambahan realisasi:\n- Juli: +Rp120 juta\n- Agustus: +Rp135 juta\n\nLajunya makin cepat.',
  ],
  {
    '| Bulan | Pagu | Perubahan |\n|---|---|---|\n| Juli | Rp1 miliar | tetap |\n| Agustus | Rp980 juta | naik Rp20 juta |':
      ['Rp20 juta'],
  },
);

testDoubts(
  'each figure of a list is below the one before it',
  [ACCOUNTS],
  ['Rata-rata 64,6%. Di bawahnya ada Belanja Sewa (53%) dan Belanja Modal (6%).'],
  { 'Rata-rata 64,6%. Di bawahnya ada Belanja Sewa (53%) dan Belanja Bahan (82%).': ['82%'] },
);

testDoubts(
  'rows that a comparison leaves out',
  [ACCOUNTS],
  [
    'Selain 524111, sisa terbesar ada di 532111, Rp94 juta.',
    'Kecuali 522151, realisasi semua akun masih di bawah pagu.',
    'Sisa terbesar bukan di Belanja Bahan, melainkan di 524111 (Rp124 juta).',
  ],
  {
    'Sisa terbesar bukan di Belanja Bahan, melainkan di 532111 (Rp94 juta).': ['Rp94 juta'],
  },
);

const week = (activities: [nama: string, tanggal: string, total_alokasi: number][]) => ({
  count: activities.length,
  activities: activities.map(([nama, tanggal, total_alokasi]) => ({ nama, tanggal, total_alokasi })),
});

testDoubts(
  'the activities of a week belong to it',
  [
    week([
      ['Rapat Evaluasi Penyerapan', '2026-11-24', 5_000_000],
      ['Klinik Konsultasi UMKM', '2026-11-26', 16_335_000],
    ]),
    week([['Pelatihan Ekspor Pemula', '2026-12-02', 32_940_000]]),
  ],
  [
    'Paling mahal minggu ini: Klinik Konsultasi UMKM, Rp16.335.000. Minggu depan: Pelatihan Ekspor Pemula Rp32.940.000.',
  ],
  { 'Paling mahal minggu ini: Rapat Evaluasi Penyerapan, Rp5.000.000.': ['Rp5.000.000'] },
);
