import { addDays, type Day, instantOf, mondayOf, randomFrom, sampleId } from './sample-days.ts';
import type { ReportRow } from './sample-reports.ts';
import type { Row } from './sapa-schema.ts';

/** The day of an activity: days after this week's Monday, a named day, or null for no date. */
type When = number | 'yesterday' | 'today' | 'tomorrow' | null;
type Plan = [nama: string, when: When, status: string | null, more?: { issue?: string; next?: string; unit?: string }];

const LEADERS = ['Dewi Anggraini', 'Hendra Saputra', 'Laksmi Wulandari', 'Ferdinand Sitorus', 'Rini Oktaviani'];
const UNITS = ['Biro Umum dan Keuangan', 'Deputi Bidang UKM', 'Dinas Koperasi Provinsi', 'Kementerian Keuangan', null];

const FIRST: Plan[] = [
  ['Rapat koordinasi penyusunan RKA-K/L', -33, 'Terbayar'],
  ['Sosialisasi aplikasi SAPA bagi unit kerja', -31, 'Terbayar'],
  ['Bimbingan teknis pengelolaan anggaran', -27, 'Selesai'],
  ['Monitoring koperasi simpan pinjam di Bandung', -25, 'Terbayar'],
  ['Rapat pembahasan revisi DIPA', -23, 'terbayar'],
  ['Evaluasi kinerja triwulan', -20, 'Terbayar'],
  [
    'Lokakarya transformasi digital UMKM',
    -18,
    'Outstanding',
    { issue: 'Dokumen pertanggungjawaban belum lengkap', next: 'Melengkapi daftar hadir dan kuitansi' },
  ],
  ['Rapat persiapan Hari Koperasi', -17, 'Selesai'],
  [
    'Pendampingan koperasi produsen di Yogyakarta',
    -16,
    'Outstanding',
    { issue: 'SPM dikembalikan KPPN', next: 'Memperbaiki akun dan mengajukan ulang' },
  ],
  ['FGD penyusunan peta jalan koperasi modern', -13, 'Outstanding'],
  [
    'Penyusunan laporan keuangan semester',
    -12,
    'Rencana',
    { issue: 'Menunggu data dari unit', next: 'Mengirim surat pengingat' },
  ],
  ['Rapat koordinasi kerja sama internasional', -10, 'Terbayar'],
  ['Kunjungan kerja ke sentra UKM Surakarta', -9, 'Komitmen', { issue: 'Jadwal pimpinan berubah' }],
  ['Pelatihan kewirausahaan pemula', -6, 'Outstanding'],
  ['Rapat pembahasan indikator kinerja utama', -5, 'Rencana'],
  ['Audiensi asosiasi koperasi', -4, 'Selesai'],
  ['Rapat evaluasi penyerapan anggaran', 'yesterday', 'Komitmen'],
  ['Rapat koordinasi mingguan', 0, 'Terbayar'],
  [
    'Penyusunan bahan rapat dengar pendapat',
    1,
    'Komitmen',
    { issue: 'Data realisasi daerah belum masuk', next: 'Konfirmasi ke dinas provinsi' },
  ],
  ['Rapat koordinasi percepatan realisasi', 'today', 'Komitmen'],
  ['Wawancara narasumber kajian koperasi', 'today', 'Rencana'],
  ['Rapat tim pengadaan peralatan jaringan', 'tomorrow', 'Rencana'],
  ['Bimbingan teknis pelaporan koperasi', 3, 'Komitmen'],
  ['Forum kerja sama daerah', 4, 'Rencana'],
  ['Rapat koordinasi lintas kementerian', 7, 'Rencana', { unit: 'Kementerian Keuangan' }],
  ['Monitoring penyaluran bantuan UMKM', 8, 'Rencana'],
  ['Pelatihan pengawas koperasi', 9, 'Komitmen'],
  ['Penyusunan rencana kerja tahun depan', 11, null],
  ['Rapat fullboard finalisasi RKA-K/L', 14, 'Komitmen'],
  ['Sosialisasi kebijakan koperasi merah putih', 17, 'RENCANA'],
  ['Kunjungan lapangan koperasi nelayan di Cirebon', 21, 'Rencana'],
  ['Rapat tindak lanjut temuan pemeriksaan', 24, null, { issue: 'Menunggu surat resmi' }],
  ['Pameran produk UKM unggulan', 30, 'Rencana'],
  ['Evaluasi akhir program pendampingan', 38, 'Rencana'],
  ['Pengadaan laptop untuk satuan kerja', null, 'Komitmen', { issue: 'Menunggu reviu spesifikasi' }],
  ['Penyusunan buku profil koperasi', null, null],
  ['Survei kepuasan layanan', null, 'Rencana'],
];

const SECOND: Plan[] = [
  ['Pembinaan koperasi syariah di Padang', -32, 'Terbayar'],
  ['Rapat teknis pemeringkatan koperasi', -29, 'Terbayar'],
  ['Bimbingan teknis akuntansi koperasi', -26, 'Selesai'],
  ['Verifikasi koperasi penerima bantuan', -24, 'Outstanding', { issue: 'Berkas koperasi belum dilegalisasi' }],
  ['Rapat pembahasan rancangan peraturan menteri', -19, 'Terbayar'],
  ['Temu bisnis koperasi pangan', -15, 'Outstanding', { next: 'Menagih laporan panitia' }],
  ['Monitoring koperasi di Makassar', -11, 'Terbayar'],
  ['Pelatihan manajer koperasi', -8, 'Komitmen'],
  ['Rapat harmonisasi data koperasi', -5, 'Rencana', { issue: 'Data ganda belum dibersihkan' }],
  ['Uji coba sistem pengawasan koperasi', -3, null],
  ['Rapat pleno pemeringkatan', 'yesterday', 'Selesai'],
  ['Rapat mingguan deputi', 0, 'Selesai'],
  ['Konsultasi publik peraturan menteri', 'today', 'Rencana'],
  ['Penilaian koperasi berprestasi', 'tomorrow', 'Komitmen'],
  ['Klinik konsultasi koperasi', 2, 'Komitmen'],
  ['Rapat koordinasi dinas koperasi', 4, 'Rencana'],
  ['Pendampingan koperasi pekebun di Jambi', 8, 'Rencana'],
  ['Bimbingan teknis pengawasan', 10, 'Komitmen'],
  ['Rapat evaluasi pemeringkatan', 12, 'Rencana'],
  ['Kunjungan koperasi susu di Malang', 15, 'Rencana'],
  ['Rapat kerja nasional koperasi', 18, 'Komitmen', { unit: 'Dinas Koperasi Provinsi' }],
  ['Penyusunan modul pelatihan', 20, null],
  ['Sosialisasi rapat anggota tahunan', 23, 'Rencana'],
  ['Pelatihan pendamping koperasi', 27, 'Rencana'],
  ['Penganugerahan koperasi berprestasi', 36, 'Rencana'],
  ['Kajian koperasi multipihak', null, 'Komitmen', { issue: 'Kontrak konsultan belum ditandatangani' }],
  ['Pemutakhiran basis data koperasi', null, 'Outstanding'],
];

const OTHERS: [user: number, plans: Plan[]][] = [
  [
    4,
    [
      ['Inkubasi wirausaha mahasiswa', -7, 'Terbayar'],
      ['Seleksi peserta inkubasi', 5, 'Rencana'],
    ],
  ],
  [
    6,
    [
      ['Rapat pimpinan', 'tomorrow', 'Rencana'],
      ['Apel bulanan', -2, 'Selesai'],
    ],
  ],
];

/** Builds activities and allocations; those of the first two users refer to lines of their current reports. */
export function sampleActivities(today: Day, current: ReportRow[][]): { activities: Row[]; allocations: Row[] } {
  const tables = { activities: [] as Row[], allocations: [] as Row[] };
  const random = randomFrom(2026);
  const stocked: [number, Plan[], ReportRow[]][] = [
    [1, FIRST, current[0] ?? []],
    [2, SECOND, current[1] ?? []],
    ...OTHERS.map(([user, plans]): [number, Plan[], ReportRow[]] => [user, plans, []]),
  ];
  for (const [user, plans, budget] of stocked) {
    for (const plan of plans) {
      const activity = activityRow(tables.activities.length + 1, user, plan, today);
      tables.activities.push(activity);
      for (const [kode, uraian, jumlah] of charges(budget, random)) {
        const id = sampleId('allocation', tables.allocations.length + 1);
        tables.allocations.push({ id, activity_id: activity.id, kode, uraian, jumlah });
      }
    }
  }
  return tables;
}

function activityRow(number: number, user: number, [nama, when, status, more = {}]: Plan, today: Day): Row {
  const tanggal_pelaksanaan = dayOf(when, today);
  const isDone = /^(?:terbayar|selesai)$/i.test(status ?? '');
  return {
    id: sampleId('activity', number),
    user_id: sampleId('user', user),
    nama,
    status,
    tanggal_pelaksanaan,
    tujuan_kegiatan: `Terlaksananya ${nama.charAt(0).toLowerCase()}${nama.slice(1)}`,
    kl_unit_terkait: more.unit ?? UNITS[number % UNITS.length] ?? null,
    penanggung_jawab: status === null ? null : (LEADERS[number % LEADERS.length] ?? null),
    capaian: isDone ? 'Kegiatan terlaksana, notula dan laporan sudah disampaikan' : null,
    pending_issue: more.issue ?? null,
    rencana_tindak_lanjut: more.next ?? null,
    created_at: instantOf(addDays(tanggal_pelaksanaan ?? today, -30), number % 10),
  };
}

function dayOf(when: When, today: Day): Day | null {
  if (when === null) return null;
  if (typeof when === 'number') return addDays(mondayOf(today), when);
  return addDays(today, { yesterday: -1, today: 0, tomorrow: 1 }[when]);
}

/** Picks zero to three lines of goods spending, each with a part of its pagu, rounded to 100,000 rupiah. */
function charges(budget: ReportRow[], random: () => number): [kode: string, uraian: string, jumlah: number][] {
  const goods = budget.filter(([kode, , pagu]) => /\.(?:5212|5221[345]|5241)\d+\./.test(kode) && Number(pagu) > 0);
  if (goods.length === 0) return [];
  return Array.from({ length: Math.floor(random() * 4) }, () => {
    const [kode, uraian, pagu] = goods[Math.floor(random() * goods.length)] ?? goods[0]!;
    const jumlah = Math.max(1, Math.round((Number(pagu) * (0.02 + 0.08 * random())) / 100_000)) * 100_000;
    return [kode, uraian, jumlah];
  });
}
