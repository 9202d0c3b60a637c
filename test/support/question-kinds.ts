import { SAMPLE_USERS, sampleData } from '../../sandbox/sample-data.ts';
import { createOracle } from '../sandbox/planner/sapa-oracle.ts';
import { rupiah } from './rupiah.ts';

/** Tuesday, 10:00 in Jakarta. */
const NOW = new Date('2026-11-24T03:00:00Z');
const TODAY = '2026-11-24';

const percent = (value: number) => `${new Intl.NumberFormat('id-ID', { maximumFractionDigits: 1 }).format(value)}%`;

/** The sample data with one account without realization and two overdrawn rows in the current report. */
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

/** The tables of these questions. */
export const tables = tablesWithOddRows();
/** Their totals, computed without the service. */
export const oracle = createOracle(tables, SAMPLE_USERS.stocked, TODAY);
const { sum, sisa, serapan, bound, activities } = oracle;
const quarter = sum('realisasi', { month: '2026-09' }) - sum('realisasi', { month: '2026-06' });
const unused = '523121';
const plannedOf = (account: string) => bound('rencana', account);
const afterAll = (account = '') =>
  sisa({ account }) - bound('outstanding', account) - bound('komitmen', account) - plannedOf(account);
const dearest = activities.toSorted((one, other) => other.alokasi - one.alokasi)[0];
const gap = sum('pagu') * 0.95 - sum('realisasi');
const miliar = (amount: number) => `Rp${(Math.round(amount / 1e7) / 100).toString().replace('.', ',')} miliar`;

/** One kind of question in several wordings. */
interface Kind {
  intent: string;
  wordings: string[];
  /** The calls before any calculation. */
  calls: { name: string; args?: object }[];
  /** Figures in the answer, computed from the tables without the service. */
  figures?: string[];
  /** Other texts in the answer of the rules. */
  says?: (string | RegExp)[];
}

export const KINDS: Kind[] = [
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
    figures: ['Selasa, 24 November'],
    says: ['laporan Akrual'],
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
    figures: [rupiah(sum('realisasi_periode_ini'))],
    says: ['Realisasi periode ini (November): **'],
  },
  {
    intent: 'month-only',
    wordings: ['realisasi selama Oktober saja', 'realisasi bulan lalu aja', 'realisasi oktober saja berapa'],
    calls: [{ name: 'budget_summary', args: { report_month: '2026-10' } }],
    figures: [rupiah(sum('realisasi_periode_ini', { month: '2026-10' }))],
    says: ['Realisasi periode ini (Oktober): **'],
  },
  {
    intent: 'locked-pagu',
    wordings: ['lock pagu berapa', 'pagu yang diblokir', 'blokir anggaran brp?', 'ada dana yang dikunci nggak'],
    calls: [{ name: 'budget_summary', args: {} }],
    figures: [rupiah(sum('lock_pagu'))],
  },
  {
    intent: 'without-realization',
    wordings: [
      'akun yang belum ada realisasi',
      'akun mana yg blm terealisasi',
      'akun tanpa realisasi',
      'akun yang realisasinya masih nol',
    ],
    calls: [{ name: 'budget_by_account', args: { min_serapan: 0, max_serapan: 0 } }],
    says: ['**1 akun** belum ada realisasi', `${unused} Belanja Pemeliharaan`],
    figures: [unused, rupiah(sum('pagu', { account: unused }))],
  },
  {
    intent: 'without-realization',
    wordings: [
      'rincian yang belum ada realisasi',
      'baris yg belum terserap sama sekali',
      'detail tanpa realisasi apa aja',
    ],
    calls: [{ name: 'search_budget', args: { min_serapan: 0, max_serapan: 0 } }],
    figures: ['Pemeliharaan kendaraan dinas'],
    says: [/\*\*\d+ rincian\*\* belum ada realisasi/],
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
    figures: oracle.accountsBy(serapan).flatMap(({ account, value }) => (value < 50 ? [account, percent(value)] : [])),
  },
  {
    intent: 'rows-within-bound',
    wordings: ['akun dengan sisa di atas 500 juta', 'akun yang sisanya lebih dari Rp500.000.000', 'akun sisa > 500jt'],
    calls: [{ name: 'budget_by_account', args: { min_sisa: 500_000_000, sort: 'sisa', order: 'desc' } }],
    figures: ['Rp500.000.000', rupiah(sisa({ account: '511111' }))],
  },
  {
    intent: 'rows-within-bound',
    wordings: [
      'rincian dengan pagu di atas 1 miliar',
      'baris yang pagunya lebih dari 1 M',
      'rincian pagu minimal Rp1.000.000.000',
    ],
    calls: [{ name: 'search_budget', args: { sort: 'pagu', order: 'desc', limit: 50 } }],
    figures: ['Rp1.000.000.000', 'Gaji pokok pegawai'],
    says: [/1\. Gaji pokok pegawai[^\n]*\n(?:\n|2\.)/],
  },
  {
    intent: 'rows-within-bound',
    wordings: ['akun dengan serapan antara 60 dan 70 persen', 'akun serapan antara 60% sampai 70%'],
    calls: [{ name: 'budget_by_account', args: { min_serapan: 60, max_serapan: 70 } }],
    figures: ['antara 60% dan 70%'],
  },
  {
    intent: 'negative-rows',
    wordings: ['ada yang minus?', 'rincian minus apa saja', 'sisa negatif ada?', 'baris yang sisanya minus'],
    calls: [{ name: 'search_budget', args: { max_sisa: -1, sort: 'sisa', order: 'asc' } }],
    figures: ['Honor moderator', '-Rp1.500.000'],
    says: ['**2 rincian** bersisa minus, seluruhnya -Rp3.000.000'],
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
    figures: [rupiah(quarter)],
    says: ['Realisasi anggaran triwulan III: **'],
  },
  {
    intent: 'quarter',
    wordings: ['realisasi triwulan pertama', 'realisasi tw I', 'realisasi kuartal 1 tahun ini'],
    calls: [{ name: 'budget_trend', args: { from: '2026-01', to: '2026-03' } }],
    figures: [rupiah(sum('realisasi', { month: '2026-03' }))],
    says: ['triwulan I: **'],
  },
  {
    intent: 'budget-summary',
    wordings: ['laporan bulan September', 'posisi anggaran sept', 'ringkasan anggaran bulan september 2026'],
    calls: [{ name: 'budget_summary', args: { report_month: '2026-09' } }],
    figures: [rupiah(sum('realisasi', { month: '2026-09' }))],
    says: ['per Rabu, 30 September._'],
  },
  {
    intent: 'budget-summary',
    wordings: ['sisa per desember', 'sisa anggaran desember 2025'],
    calls: [{ name: 'budget_summary', args: { report_month: '2025-12' } }],
    figures: [rupiah(sisa({ month: '2025-12' })), '31 Desember 2025'],
  },
  {
    intent: 'budget-by-group',
    wordings: ['anggaran per RO', 'pagu tiap ro berapa', 'realisasi menurut RO'],
    calls: [{ name: 'budget_by_account', args: { group_by: 'ro' } }],
    figures: ['WA.6336.EBA.962 Layanan Umum', 'CH.4473.QDC.001'],
  },
  {
    intent: 'budget-by-group',
    wordings: ['serapan per komponen', 'serapan masing-masing komponen', 'realisasi tiap komponen'],
    calls: [{ name: 'budget_by_account', args: { group_by: 'component' } }],
    figures: ['WA.6336.EBB.951.052 Pengadaan Peralatan'],
  },
  {
    intent: 'budget-by-group',
    wordings: ['anggaran per output', 'sisa per KRO', 'anggaran berdasarkan kro'],
    calls: [{ name: 'budget_by_account', args: { group_by: 'kro' } }],
    figures: ['WA.6336.EBA Layanan Dukungan Manajemen Internal'],
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
    figures: [percent(serapan({ account: '52' })), percent(serapan({ account: '53' }))],
    says: [`${percent(serapan({ account: '52' }) - serapan({ account: '53' })).slice(0, -1)} poin persen`],
  },
  {
    intent: 'account-comparison',
    wordings: ['total sisa akun 524111 dan 524113', 'jumlah sisa 524111 dan 524113'],
    calls: [
      { name: 'budget_by_account', args: { account: '524111' } },
      { name: 'budget_by_account', args: { account: '524113' } },
    ],
    figures: [rupiah(sisa({ account: '524111' }) + sisa({ account: '524113' }))],
  },
  {
    intent: 'account-share',
    wordings: ['berapa persen belanja modal dari total anggaran', 'belanja modal berapa persen dari pagu seluruhnya'],
    calls: [
      { name: 'budget_by_account', args: { account: '53' } },
      { name: 'budget_summary', args: {} },
    ],
    figures: [percent((100 * sum('pagu', { account: '53' })) / sum('pagu'))],
  },
  {
    intent: 'by-status',
    wordings: ['kegiatan komitmen apa saja', 'yang masih komitmen apa aja', 'daftar kegiatan berstatus komitmen'],
    calls: [{ name: 'search_activities', args: { status: 'komitmen' } }],
    figures: [`${activities.filter(({ status }) => status === 'komitmen').length} kegiatan`],
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
    figures: [dearest?.nama ?? '', rupiah(dearest?.alokasi ?? 0)],
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
    figures: [
      rupiah(sum('realisasi') - sum('realisasi', { month: '2026-06' })),
      rupiah(sum('realisasi', { month: '2026-07' })),
    ],
    says: [
      /\*\*naik Rp[\d.]+\*\* sejak Juni/,
      '- Juli: Rp',
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
    figures: ['Cukup', rupiah(afterAll('524111')), rupiah(plannedOf('524111'))],
  },
  {
    intent: 'sufficiency',
    wordings: ['anggaran cukup tidak kalau semua kegiatan jalan?', 'dana kita cukup gak'],
    calls: [{ name: 'budget_summary' }, { name: 'search_activities', args: { status: 'Rencana' } }],
    figures: [rupiah(afterAll())],
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
    figures: [`${percent(95 - serapan()).slice(0, -1)} poin persen`],
    says: [miliar(gap)],
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
    figures: ['Rapat koordinasi penyusunan RKA-K/L'],
    says: [
      `**${activities.filter(({ penanggung_jawab }) => penanggung_jawab?.includes('Hendra')).length} kegiatan** dengan penanggung jawab`,
    ],
  },
];
