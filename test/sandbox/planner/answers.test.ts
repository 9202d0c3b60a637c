import t from 'tap';
import { rupiah } from '../../support/rupiah.ts';
import { startConversations } from './conversations.ts';

const percent = (value: number) => `${new Intl.NumberFormat('id-ID', { maximumFractionDigits: 1 }).format(value)}%`;

t.test("replies about the budget contain the totals of SAPA's tables, computed without the service", async (t) => {
  const { converse, oracle } = await startConversations(t);
  const { sum, sisa, serapan, accountsBy, bound } = oracle;
  const kinds = ['51', '52', '53'];
  const leastAbsorbed = accountsBy(serapan).slice(0, 5);
  const mostLeft = accountsBy(sisa).toReversed().slice(0, 3);
  const unused = accountsBy(serapan).filter(({ value }) => value < 50);
  const gap = sum('pagu') * 0.95 - sum('realisasi');
  const committed = sisa() - bound('outstanding') - bound('komitmen');
  const cases: [string[], string[]][] = [
    [['data per tanggal berapa?'], ['Selasa, 24 November 2026']],
    [['Berapa sisa anggaran?'], [rupiah(sisa())]],
    [['sisa setelah komitmen?'], [rupiah(committed), rupiah(bound('outstanding')), rupiah(bound('komitmen'))]],
    [['realisasi bulan ini saja brp'], [rupiah(sum('realisasi_periode_ini'))]],
    [['lock pagu berapa'], [rupiah(sum('lock_pagu'))]],
    [['realisasi versi SP2D'], [rupiah(sum('realisasi', { type: 'SP2D' })), 'laporan SP2D']],
    [['realisasi September'], [rupiah(sum('realisasi', { month: '2026-09' }))]],
    [['Berapa sisa anggaran?', 'kalau bulan lalu?'], [rupiah(sisa({ month: '2026-10' }))]],
    [
      ['realisasi triwulan III'],
      [rupiah(sum('realisasi', { month: '2026-09' }) - sum('realisasi', { month: '2026-06' }))],
    ],
    [['Naik berapa dari bulan lalu?'], [rupiah(sum('realisasi') - sum('realisasi', { month: '2026-10' }))]],
    [['realisasi naik berapa sejak Juni'], [rupiah(sum('realisasi') - sum('realisasi', { month: '2026-06' }))]],
    [['Akun 524111 terserap berapa persen?'], [percent(serapan({ account: '524111' }))]],
    [['sisa belanja barang', 'kalau modal?'], [rupiah(sisa({ account: '53' }))]],
    [['sisa belanja barang', 'serapannya?'], [percent(serapan({ account: '52' }))]],
    [['realisasi per jenis belanja'], kinds.map((account) => rupiah(sum('realisasi', { account })))],
    [
      ['sisa per kelompok akun? Buatkan grafiknya'],
      kinds.map((account) => rupiah(sum('pagu', { account }) - sum('realisasi', { account }))),
    ],
    [['buatkan grafik realisasi per jenis belanja'], kinds.map((account) => rupiah(sum('realisasi', { account })))],
    [
      ['5 akun dengan serapan terendah'],
      leastAbsorbed.map(({ account, value }, nth) => `${nth + 1}. ${account} [^\n]*\\*${percent(value)}\\*`),
    ],
    [['tiga akun dgn sisa terbesar'], mostLeft.map(({ account, value }) => `${account} [^\n]*${rupiah(value)}`)],
    [['akun yang serapannya di bawah 50%'], unused.map(({ account, value }) => `${account} [^\n]*${percent(value)}`)],
    [['sisa konsumsi rapat berapa'], [rupiah(sisa({ keyword: 'konsumsi rapat' }))]],
    [['sisa kode 963.126'], [rupiah(sisa({ code: '963.126' })), `${oracle.rows({ code: '963.126' }).length} rincian`]],
    [
      ['selisih pagu akun 524111 dan 521211'],
      [rupiah(sum('pagu', { account: '524111' }) - sum('pagu', { account: '521211' }))],
    ],
    [['total sisa akun 524111 dan 524113'], [rupiah(sisa({ account: '524111' }) + sisa({ account: '524113' }))]],
    [['bandingkan belanja barang dan modal'], ['52', '53'].map((account) => percent(serapan({ account })))],
    [['bandingkan laporan akrual dan sp2d'], [rupiah(sum('realisasi') - sum('realisasi', { type: 'SP2D' }))]],
    [
      ['berapa persen belanja modal dari total anggaran'],
      [percent((100 * sum('pagu', { account: '53' })) / sum('pagu'))],
    ],
    [['tembus 95% desember?'], [percent(((sum('realisasi') / 11) * 12 * 100) / sum('pagu')), 'belum tercapai']],
    [
      ['per bulan harus berapa supaya serapan 95%?'],
      [`${rupiah(gap).slice(0, -6)}`, percent(95 - serapan()).slice(0, -1)],
    ],
    [['anggaran cukup tidak kalau semua kegiatan jalan?'], ['Cukup', rupiah(committed - bound('rencana'))]],
  ];
  for (const [questions, stated] of cases) {
    const { text } = await converse(questions);
    for (const each of stated) t.match(text, new RegExp(each), questions.join(' > '));
  }
});

t.test("replies about activities contain the data of SAPA's tables", async (t) => {
  const { converse, oracle } = await startConversations(t);
  const { activities, thisWeek, nextWeek, overdue, within } = oracle;
  const november = within('2026-11-01', '2026-11-30');
  const of = (status: string) => activities.filter((activity) => activity.status === status);
  const names = (some: typeof activities) => some.map(({ nama }) => nama);
  const dearest = activities.toSorted((one, other) => other.alokasi - one.alokasi).slice(0, 3);
  const planned = of('rencana').reduce((total, { alokasi }) => total + alokasi, 0);
  const led = activities.filter(({ penanggung_jawab }) => penanggung_jawab?.includes('Hendra'));
  const inDecember = within('2026-12-05', '2026-12-10');
  const cases: [string[], string[]][] = [
    [['Kegiatan minggu ini apa saja?'], [`${thisWeek.length} kegiatan minggu ini`, ...names(thisWeek)]],
    [
      ['Kegiatan minggu ini?', 'kalau minggu depan?'],
      [`${nextWeek.length} kegiatan minggu depan`, ...names(nextWeek)],
    ],
    [['berapa kegiatan minggu ini?'], [`${thisWeek.length} kegiatan`]],
    [['yg telat apa aja'], [`${overdue.length} kegiatan yang terlambat`, ...names(overdue)]],
    [['berapa kegiatan komitmen?'], [`${of('komitmen').length} kegiatan berstatus komitmen`]],
    [['kegiatan minggu ini', 'yang komitmen?'], names(thisWeek.filter(({ status }) => status === 'komitmen'))],
    [['kegiatan 5 sampai 10 desember'], names(inDecember)],
    [['3 kegiatan paling mahal'], dearest.map(({ nama, alokasi }) => `${nama}[^\n]*${rupiah(alokasi)}`)],
    [['total alokasi kegiatan rencana'], [rupiah(planned), `${of('rencana').length} kegiatan`]],
    [['kegiatan pak Hendra'], [`${led.length} kegiatan`, ...names(led)]],
    [['Berapa kegiatan saya?'], [`${activities.length} kegiatan`, `${overdue.length} kegiatan`]],
    [['kegiatan saya apa saja'], [`${activities.length} kegiatan`, `${activities.length - 10} kegiatan lainnya`]],
    [['kegiatan bulan ini', 'lanjut'], names(november.slice(10))],
    [['siapa pic lokakarya'], ['Laksmi Wulandari']],
    [['apa kendala lokakarya?'], ['Dokumen pertanggungjawaban belum lengkap']],
    [['Berapa sisa anggaran? Besok ada apa?'], [rupiah(oracle.sisa()), 'Rapat tim pengadaan peralatan jaringan']],
  ];
  for (const [questions, stated] of cases) {
    const { text } = await converse(questions);
    for (const each of stated) t.match(text.replaceAll('*', ''), new RegExp(each), questions.join(' > '));
  }
});

t.test('an ordinal refers to an entry of the last list, also after another question', async (t) => {
  const { converse, oracle } = await startConversations(t);
  const second = oracle.accountsBy(oracle.serapan)[1]?.account ?? '';
  const list = '5 akun dengan serapan terendah';
  for (const questions of [
    [list, 'rincian yang nomor 2'],
    [list, 'besok ada apa?', 'siapa nama saya?', list, 'nomor dua'],
  ]) {
    const { text } = await converse(questions);
    t.match(
      text,
      new RegExp(`${second}[^]*${rupiah(oracle.sum('realisasi', { account: second }))}`),
      questions.join(' > '),
    );
  }
  t.match((await converse(['yang nomor 3'])).text, /belum menampilkan daftar/);
});

t.test('missing data is reported and not invented', async (t) => {
  const { converse } = await startConversations(t);
  const empty = '6281200000005';
  for (const [question, says] of [
    ['berapa sisa anggaran?', /Belum ada laporan realisasi/],
    ['naik berapa dari bulan lalu?', /Belum ada laporan realisasi/],
    ['berapa kegiatan saya?', /Belum ada kegiatan/],
    ['kegiatan minggu ini', /Tidak ada kegiatan minggu ini/],
  ] as const) {
    t.match((await converse([question], empty)).text, says, question);
  }
  t.match((await converse(['sisa akun 599999'])).text, /Akun 599999 tidak ada dalam laporan Akrual/);
  t.match((await converse(['realisasi Februari 2019'])).text, /Laporan itu belum ada di SAPA/);
  t.match((await converse(['rincian pesawat ulang-alik'])).text, /Tidak ada rincian «pesawat ulang-alik»/);
});
