import { testDoubts } from '../../../support/doubts.ts';

const SUMMARY = {
  report: { date: '2026-11-20', type: 'Akrual' },
  pagu: 2_000_000_000,
  realisasi: 1_200_000_000,
  realisasi_periode_ini: 150_000_000,
  realisasi_periode_lalu: 1_050_000_000,
  sisa: 800_000_000,
  serapan_persen: 60,
  outstanding: 70_000_000,
  komitmen: 130_000_000,
  sisa_setelah_komitmen: 600_000_000,
};
const month = (name: string, realisasi: number, before: number) => ({
  month: name,
  pagu: 2_000_000_000,
  realisasi,
  sisa: 2_000_000_000 - realisasi,
  serapan_persen: realisasi / 20_000_000,
  change: { since: 'before', realisasi: realisasi - before, sisa: before - realisasi },
});
const TREND = {
  report: { date: '2026-11-20', type: 'Akrual' },
  months: [
    month('2026-09', 800_000_000, 690_000_000),
    month('2026-10', 1_050_000_000, 800_000_000),
    month('2026-11', 1_200_000_000, 1_050_000_000),
  ],
};
const GROUPS = {
  count: 3,
  shown: 3,
  totals: { pagu: 1_000_000_000, realisasi: 700_000_000, sisa: 300_000_000, serapan_persen: 70 },
  accounts: [
    { account: '51', name: 'Belanja Pegawai', pagu: 500_000_000, realisasi: 381_500_000, sisa: 118_500_000 },
    { account: '52', name: 'Belanja Barang dan Jasa', pagu: 400_000_000, realisasi: 252_000_000, sisa: 148_000_000 },
    { account: '53', name: 'Belanja Modal', pagu: 100_000_000, realisasi: 66_500_000, sisa: 33_500_000 },
  ].map((row) => ({ ...row, serapan_persen: (row.realisasi * 100) / row.pagu })),
};

testDoubts(
  'joined fields of one row are added up',
  [SUMMARY],
  ['Outstanding dan komitmen Rp200 juta.', 'Outstanding maupun komitmennya, semuanya Rp200 juta.'],
  { 'Outstanding dan komitmen Rp210 juta.': ['Rp210 juta'] },
);

testDoubts(
  'what can still be spent is the sisa, with or without commitments',
  [SUMMARY],
  ['Yang masih bisa dipakai Rp600 juta.', 'Yang bisa diserap Rp800 juta.'],
  { 'Yang masih bisa dipakai Rp1,2 miliar.': ['Rp1,2 miliar'] },
);

testDoubts(
  'a target that the answer sets itself, and what is missing to it',
  [SUMMARY],
  ['Kalau hanya 75%, yang dibutuhkan Rp300 juta lagi.', 'Mau saya simulasikan target 90%?'],
  { 'Kalau hanya 75%, yang dibutuhkan Rp330 juta lagi.': ['Rp330 juta'] },
);

testDoubts(
  'a supposed realisasi and its serapan',
  [SUMMARY],
  ['Bila komitmen Rp130 juta cair, realisasi menjadi Rp1,33 miliar dan serapan 66,5%.'],
  { 'Bila komitmen Rp130 juta cair, realisasi menjadi Rp1,33 miliar dan serapan 69,5%.': ['69,5%'] },
);

testDoubts(
  'changes over several months: their sum, and between the months that the text names',
  [TREND],
  [
    'Dari September sampai November bertambah Rp510 juta.',
    'Dua bulan terakhir bertambah Rp400 juta.',
    'September Rp800 juta, Oktober Rp1,05 miliar, November Rp1,2 miliar. November bertambah Rp150 juta.',
  ],
  {
    'Dua bulan terakhir bertambah Rp430 juta.': ['Rp430 juta'],
    'September Rp800 juta, Oktober Rp1,05 miliar, November Rp1,2 miliar. November bertambah Rp250 juta.': [
      'Rp250 juta',
    ],
    'Serapan saat ini 52,5%.': ['52,5%'],
  },
);

testDoubts(
  'shares in brackets belong to the amount before them',
  [GROUPS],
  ['Dari Rp700 juta, Rp381,5 juta pegawai (54,5%), Rp252 juta barang dan jasa (36%).'],
  { 'Dari Rp700 juta, Rp381,5 juta pegawai (54,5%), Rp252 juta barang dan jasa (39%).': ['39%'] },
);

testDoubts(
  'the second figure of a pair is that of another row',
  [GROUPS],
  ['Pagu barang lebih kecil, tetapi sisanya tidak beda jauh: Rp148 juta dan Rp118,5 juta.'],
  {
    'Sisa Belanja Pegawai dan Belanja Barang dan Jasa masing-masing Rp148 juta dan Rp118,5 juta.': [
      'Rp148 juta',
      'Rp118,5 juta',
    ],
  },
);

testDoubts(
  'an approximate figure may be a whole unit away',
  [SUMMARY],
  ['Serapannya sekitar 61 persen.', 'Outstanding sekitar 71 juta.'],
  { 'Serapannya sekitar 62 persen.': ['62 persen'], 'Serapannya 61 persen.': ['61 persen'] },
);

testDoubts(
  'the total of another field is found, also when it is rounded',
  [SUMMARY],
  ['Realisasi Rp1,2 miliar dari pagu Rp2 miliar (60%).'],
  { 'Sisa anggaran masih Rp1,2 miliar dari pagu Rp2 miliar. Serapannya 60%.': ['Rp1,2 miliar'] },
);

testDoubts(
  'the unit in a heading applies to the cells below it',
  [TREND],
  ['```\nBulan  Realisasi (juta)  Serapan\nOkt         1.050,0      52,5%\nNov         1.200,0      60,0%\n```'],
  {
    '```\nBulan  Realisasi (juta)  Serapan\nOkt         1.050,0      52,5%\nNov         1.210,0      60,0%\n```': [
      '1.210,0',
    ],
  },
);

testDoubts(
  'sums that the words announce, and what is missing or left',
  [GROUPS],
  [
    'Sisa Belanja Pegawai Rp118,5 juta, Belanja Barang dan Jasa Rp148 juta, Belanja Modal Rp33,5 juta. Ketiganya Rp300 juta.',
    '- Belanja Pegawai: sisa Rp118,5 juta\n- Belanja Modal: sisa Rp33,5 juta\n\nTotalnya Rp152 juta.',
    'Dari realisasi Rp700 juta, Rp381,5 juta pegawai, Rp252 juta barang dan jasa, sisanya Rp66,5 juta modal.',
    'Pagu pegawai Rp500 juta dan barang Rp400 juta, selisihnya Rp100 juta.',
  ],
  {
    'Sisa Belanja Pegawai Rp118,5 juta, Belanja Barang dan Jasa Rp148 juta, Belanja Modal Rp33,5 juta. Ketiganya Rp320 juta.':
      ['Rp320 juta'],
    '- Belanja Pegawai: sisa Rp118,5 juta\n- Belanja Modal: sisa Rp33,5 juta\n\nTotalnya Rp158 juta.': ['Rp158 juta'],
  },
);

testDoubts(
  'an item of a list with another field than the other items',
  [GROUPS],
  [
    'Sisa per kelompok:\n- Belanja Pegawai: Rp118,5 juta\n- Belanja Barang dan Jasa: Rp148 juta\n- Belanja Modal: Rp33,5 juta',
  ],
  {
    'Sisa per kelompok:\n- Belanja Pegawai: Rp118,5 juta\n- Belanja Barang dan Jasa: Rp252 juta\n- Belanja Modal: Rp33,5 juta':
      ['Rp252 juta'],
    '- Belanja Pegawai: Rp118,5 juta\n- Belanja Barang dan Jasa: Rp148 juta\n- Belanja Modal: Rp66,5 juta': [
      'Rp66,5 juta',
    ],
  },
);

testDoubts(
  'calculations step by step, with numbers without a unit',
  [GROUPS],
  ['Tanpa pegawai: 700.000.000 − 381.500.000 = 318.500.000.'],
  { 'Tanpa pegawai: 700.000.000 − 381.500.000 = 328.500.000.': ['328.500.000'] },
);
