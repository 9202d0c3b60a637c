import t from 'tap';
import { formatForWhatsApp } from '../../../../src/fonnte/format/format.ts';
import { checkFigures } from '../../../../src/gemini/grounding/grounding.ts';

const activity = (nama: string, status: string, tanggal: string | null, total_alokasi: number, uraian: string) => ({
  nama,
  status,
  tanggal,
  terlambat: tanggal !== null && tanggal < '2026-11-24' && !/Selesai|Terbayar/.test(status),
  total_alokasi,
  allocations: [{ account: '521211', uraian, jumlah: total_alokasi }],
});
const ACTIVITIES = {
  count: 6,
  shown: 6,
  more: false,
  total_allocation: 105_000_000,
  activities: [
    activity('Rapat Persiapan Pameran', 'Selesai', '2026-11-02', 5_000_000, 'Konsumsi pameran'),
    activity('Pelatihan Ekspor', 'Terbayar', '2026-11-04', 12_000_000, 'Honor pelatih'),
    activity('Kunjungan Sentra Batik', 'Outstanding', '2026-11-10', 18_000_000, 'Perjalanan sentra'),
    activity('Lokakarya Kemasan', 'Rencana', '2026-11-26', 9_000_000, 'Paket kemasan'),
    activity('Temu Mitra', 'Rencana', '2026-12-03', 11_000_000, 'Konsumsi mitra'),
    activity('Pengadaan Printer Label', 'Komitmen', null, 50_000_000, 'Pengadaan printer'),
  ],
};
const STATISTICS = {
  total: 20,
  by_status: { Draft: 2, Rencana: 7, Outstanding: 4, Terbayar: 5, Selesai: 2 },
  allocation_by_status: {
    Draft: 0,
    Rencana: 70_000_000,
    Outstanding: 40_000_000,
    Terbayar: 55_500_000,
    Selesai: 9_250_000,
  },
  overdue: 4,
  undated: 1,
};
const ACCOUNTS = {
  report: { date: '2026-11-20', type: 'Akrual' },
  count: 9,
  shown: 2,
  totals: { pagu: 2_000_000_000, realisasi: 1_300_000_000, sisa: 700_000_000, serapan_persen: 65 },
  accounts: [
    { account: '521211', name: 'Belanja Bahan', pagu: 400_000_000, realisasi: 100_000_000, sisa: 300_000_000 },
    { account: '522151', name: 'Belanja Jasa Profesi', pagu: 150_000_000, realisasi: 50_000_000, sisa: 100_000_000 },
  ],
};

const doubtsOf = (answer: string, data: unknown[], today?: string) => {
  const sources = { data, earlier: [], user: [], ...(today ? { today } : {}) };
  return checkFigures(formatForWhatsApp(answer, {}), sources).ungrounded.map(({ text }) => text);
};

/** `right` answers have no doubted figure; each `wrong` answer has exactly these. */
function testDoubts(title: string, data: unknown[], right: string[], wrong: Record<string, string[]>): void {
  t.test(title, async (t) => {
    for (const answer of right) t.same(doubtsOf(answer, data, '2026-11-24'), [], answer);
    for (const [answer, doubts] of Object.entries(wrong)) t.same(doubtsOf(answer, data, '2026-11-24'), doubts, answer);
  });
}

testDoubts(
  'what is done and what is not, in a list',
  [ACTIVITIES],
  [
    'Dari 6 kegiatan, dua kegiatan sudah tuntas.',
    'Baru sepertiganya yang beres, sedangkan 4 kegiatan belum kelar.',
    'Yang belum rampung empat, nilainya Rp88 juta.',
    'Belum tuntas: 4',
  ],
  {
    'Dari 6 kegiatan, tiga kegiatan sudah tuntas.': ['tiga kegiatan'],
    'Yang belum kelar lima.': ['lima'],
    'Sudah beres: 4': ['4'],
    'Yang belum rampung empat, nilainya Rp78 juta.': ['Rp78 juta'],
  },
);

testDoubts(
  'what is done and what is not, in statistics',
  [STATISTICS],
  [
    'Yang sudah beres 7 kegiatan, 13 lainnya masih berjalan.',
    'Kegiatan yang belum tuntas ada 13.',
    'Alokasi yang sudah rampung Rp64,75 juta.',
  ],
  {
    'Yang sudah beres 5 kegiatan.': ['5 kegiatan'],
    'Kegiatan yang belum tuntas ada 11.': ['11'],
    'Alokasi yang sudah rampung Rp75,5 juta.': ['Rp75,5 juta'],
  },
);

testDoubts(
  'a count that is confirmed once may be repeated',
  [ACCOUNTS],
  ['Dari 9 akun, dua ditampilkan dan tujuh lainnya tidak. Mau lihat tujuh akun itu?'],
  { 'Dari 9 akun, dua ditampilkan dan tujuh lainnya tidak. Mau lihat enam akun itu?': ['enam akun'] },
);

testDoubts(
  'all activities but those that are named, also by their allocations',
  [ACTIVITIES],
  ['Tanpa pengadaan printer, nilai lima kegiatan lainnya Rp55,0 juta.'],
  { 'Tanpa pengadaan printer, nilai empat kegiatan lainnya Rp55,0 juta.': ['empat kegiatan'] },
);

testDoubts(
  'days until today and until the end of the month or year',
  [ACTIVITIES, ACCOUNTS],
  [
    'Kunjungan Sentra Batik sudah lewat 14 hari.',
    'Kunjungan Sentra Batik (10 November) tertunda dua minggu, tepatnya 14 hari.',
    'Temu Mitra tinggal 9 hari lagi.',
    'Tahun anggaran tersisa 37 hari.',
    'November masih tersisa sepuluh hari saat laporan dibuat.',
  ],
  {
    'Kunjungan Sentra Batik sudah lewat 24 hari.': ['24 hari'],
    'Temu Mitra tinggal 6 hari lagi.': ['6 hari'],
    'Tahun anggaran tersisa 47 hari.': ['47 hari'],
  },
);

t.test('days until today are not checked if today is unknown', async (t) => {
  t.same(doubtsOf('Kunjungan Sentra Batik sudah lewat 24 hari.', [ACTIVITIES]), []);
  t.same(doubtsOf('Pelatihan Ekspor berlangsung 24 hari.', [ACTIVITIES]), ['24 hari']);
});

const DETAILS = {
  report: { date: '2026-11-20', type: 'Akrual' },
  count: 4,
  shown: 4,
  rows: ['Sewa tenda', 'Cetak spanduk', 'Honor juri', 'Konsumsi lomba'].map((uraian, nth) => ({
    uraian,
    pagu: 10_000_000 * (nth + 1),
    realisasi: nth === 0 ? 2_500_000 : 0,
  })),
};
testDoubts(
  'rows without realisasi',
  [DETAILS],
  ['Yang benar-benar nol ada tiga rincian.', 'Rincian yang realisasinya nol: 3', 'Dari 4 rincian, tiga masih nol.'],
  {
    'Yang benar-benar nol ada empat rincian.': ['empat rincian'],
    'Rincian yang realisasinya nol: 4': ['4'],
    'Yang masih nol dua rincian.': ['dua rincian'],
  },
);

testDoubts(
  'the activities without a day do not belong to the object before them',
  [{ ...ACTIVITIES, undated_left_out: 3 }],
  ['Temu Mitra bernilai Rp11 juta. Di luar itu ada 3 kegiatan tanpa tanggal.'],
  { 'Temu Mitra bernilai Rp11 juta. Di luar itu ada 7 kegiatan tanpa tanggal.': ['7 kegiatan'] },
);

testDoubts(
  'a share in words of every few rupiah',
  [ACCOUNTS],
  ['Kira-kira dua dari setiap tiga rupiah sudah terpakai.'],
  { 'Kira-kira empat dari setiap lima rupiah sudah terpakai.': ['empat dari setiap lima rupiah'] },
);
