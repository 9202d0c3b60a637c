/** An account of the ministry's chart: name, items (code and description) and the typical budget of one item in rupiah. */
export interface SampleAccount {
  name: string;
  typical: number;
  items: [code: string, uraian: string][];
}

const MILLION = 1_000_000;

/** Names of programmes, activities, outputs and components, by the segment of the code. */
export const LEVEL_NAMES: Record<string, string> = {
  WA: 'Program Dukungan Manajemen',
  CH: 'Program Kewirausahaan, UMKM dan Koperasi',
  '6336': 'Perencanaan, Kerja Sama dan Layanan Umum',
  '4473': 'Penguatan Kelembagaan Koperasi',
  EBA: 'Layanan Dukungan Manajemen Internal',
  EBB: 'Layanan Sarana dan Prasarana Internal',
  EBD: 'Layanan Manajemen Kinerja Internal',
  QDC: 'Fasilitasi dan Pembinaan Koperasi',
  '962': 'Layanan Umum',
  '963': 'Layanan Data dan Informasi',
  '994': 'Layanan Perkantoran',
  '951': 'Layanan Sarana Internal',
  '953': 'Layanan Pemantauan dan Evaluasi',
  '001': 'Koperasi yang didampingi',
  '002': 'Operasional dan Pemeliharaan Kantor',
  '051': 'Koordinasi Program',
  '052': 'Pengadaan Peralatan',
  '053': 'Pemantauan Pelaksanaan',
  '126': 'Pengelolaan Data',
  '0A': 'Tanpa Sub Komponen',
  '0B': 'Pengelolaan Sistem Informasi',
};

/** Accounts by code. */
export const ACCOUNTS: Record<string, SampleAccount> = {
  '511111': { name: 'Belanja Gaji Pokok PNS', typical: 2_400 * MILLION, items: [['000001', 'Gaji pokok pegawai']] },
  '512411': {
    name: 'Belanja Pegawai (Tunjangan Khusus/Kegiatan)',
    typical: 900 * MILLION,
    items: [['000011', 'Tunjangan kinerja']],
  },
  '521111': {
    name: 'Belanja Keperluan Perkantoran',
    typical: 160 * MILLION,
    items: [
      ['002601', 'Keperluan sehari-hari perkantoran'],
      ['002602', 'Jasa kebersihan'],
      ['002603', 'Jasa pengamanan'],
    ],
  },
  '521115': {
    name: 'Belanja Honor Operasional Satuan Kerja',
    typical: 60 * MILLION,
    items: [['002611', 'Honor pengelola keuangan']],
  },
  '521211': {
    name: 'Belanja Bahan',
    typical: 45 * MILLION,
    items: [
      ['002521', 'Bahan komputer dan ATK'],
      ['002522', 'Penggandaan dan penjilidan'],
      ['002523', 'Konsumsi rapat'],
      ['002524', 'Spanduk dan dokumentasi'],
    ],
  },
  '521213': {
    name: 'Belanja Honor Output Kegiatan',
    typical: 55 * MILLION,
    items: [
      ['002531', 'Honor panitia'],
      ['002532', 'Honor tim pelaksana'],
    ],
  },
  '521219': {
    name: 'Belanja Barang Non Operasional Lainnya',
    typical: 40 * MILLION,
    items: [
      ['002541', 'Seminar kit'],
      ['002542', 'Bantuan transpor peserta'],
    ],
  },
  '521811': {
    name: 'Belanja Barang Persediaan Barang Konsumsi',
    typical: 30 * MILLION,
    items: [['002551', 'Persediaan ATK']],
  },
  '522111': {
    name: 'Belanja Langganan Listrik',
    typical: 220 * MILLION,
    items: [['002561', 'Langganan listrik gedung']],
  },
  '522112': {
    name: 'Belanja Langganan Telepon',
    typical: 36 * MILLION,
    items: [['002562', 'Langganan telepon dan internet']],
  },
  '522131': {
    name: 'Belanja Jasa Konsultan',
    typical: 280 * MILLION,
    items: [
      ['002571', 'Kajian koperasi sektor riil'],
      ['002572', 'Pengembangan aplikasi'],
    ],
  },
  '522141': {
    name: 'Belanja Sewa',
    typical: 75 * MILLION,
    items: [
      ['002581', 'Sewa kendaraan'],
      ['002582', 'Sewa ruang dan peralatan rapat'],
    ],
  },
  '522151': {
    name: 'Belanja Jasa Profesi',
    typical: 65 * MILLION,
    items: [
      ['002591', 'Honor narasumber'],
      ['002592', 'Honor moderator'],
    ],
  },
  '522191': { name: 'Belanja Jasa Lainnya', typical: 90 * MILLION, items: [['002595', 'Jasa komputasi awan']] },
  '523111': {
    name: 'Belanja Pemeliharaan Gedung dan Bangunan',
    typical: 140 * MILLION,
    items: [['002621', 'Pemeliharaan gedung kantor']],
  },
  '523121': {
    name: 'Belanja Pemeliharaan Peralatan dan Mesin',
    typical: 70 * MILLION,
    items: [
      ['002622', 'Pemeliharaan kendaraan dinas'],
      ['002623', 'Pemeliharaan komputer'],
    ],
  },
  '524111': {
    name: 'Belanja Perjalanan Dinas Biasa',
    typical: 130 * MILLION,
    items: [
      ['002701', 'Perjalanan koordinasi ke daerah'],
      ['002702', 'Perjalanan pendampingan koperasi'],
      ['002703', 'Perjalanan monitoring dan evaluasi'],
    ],
  },
  '524113': {
    name: 'Belanja Perjalanan Dinas Dalam Kota',
    typical: 35 * MILLION,
    items: [
      ['002711', 'Transpor lokal peserta'],
      ['002712', 'Transpor lokal panitia'],
    ],
  },
  '524114': {
    name: 'Belanja Perjalanan Dinas Paket Meeting Dalam Kota',
    typical: 95 * MILLION,
    items: [['002721', 'Paket rapat fullday']],
  },
  '524119': {
    name: 'Belanja Perjalanan Dinas Paket Meeting Luar Kota',
    typical: 150 * MILLION,
    items: [
      ['002731', 'Paket rapat fullboard'],
      ['002732', 'Uang harian peserta'],
    ],
  },
  '532111': {
    name: 'Belanja Modal Peralatan dan Mesin',
    typical: 320 * MILLION,
    items: [
      ['003101', 'Pengadaan laptop'],
      ['003102', 'Pengadaan peralatan jaringan'],
    ],
  },
  '536111': {
    name: 'Belanja Modal Lainnya',
    typical: 180 * MILLION,
    items: [['003201', 'Pengembangan perangkat lunak']],
  },
};

const COMPONENTS: [code: string, accounts: string][] = [
  ['WA.6336.EBA.962.051.0A', '521211 521213 521219 522141 522151 524111 524113 524114 524119'],
  ['WA.6336.EBA.963.126.0B', '521211 521213 522131 522151 522191 524111 524113 536111'],
  ['WA.6336.EBA.994.001.0A', '511111 512411'],
  ['WA.6336.EBA.994.002.0A', '521111 521115 521811 522111 522112 523111 523121'],
  ['WA.6336.EBB.951.052.0A', '532111'],
  ['WA.6336.EBD.953.053.0A', '521211 522151 524111 524113 524114'],
  ['CH.4473.QDC.001.051.0A', '521211 521213 521219 522131 522141 522151 524111 524113 524114 524119'],
];

/** The accounts of each component, in the order of the report. */
export const LINES: [component: string, account: string][] = COMPONENTS.flatMap(([component, accounts]) =>
  accounts.split(' ').map((account): [string, string] => [component, account]),
);
