import fc from 'fast-check';
import t from 'tap';
import { extractFigures } from '../../../../src/gemini/grounding/text/extract-figures.ts';
import type { Figure } from '../../../../src/gemini/grounding/text/figures.ts';

const describeFigure = (figure: Figure) =>
  [figure.text, figure.kind === 'count' ? `count of ${figure.noun}` : figure.kind, figure.value].join(' | ');
const describeFigures = (text: string) => extractFigures(text).map(describeFigure);

function testFigures(title: string, cases: Record<string, string[]>): void {
  t.test(title, async (t) => {
    for (const [text, figures] of Object.entries(cases)) t.same(describeFigures(text), figures, text);
  });
}

testFigures('Indonesian amounts are read in every notation of SAPA', {
  'Rp1.234.567': ['Rp1.234.567 | amount | 1234567'],
  'Rp. 1.234.567,-': ['Rp. 1.234.567 | amount | 1234567'],
  'Rp1.234.567,00': ['Rp1.234.567,00 | amount | 1234567'],
  '1.234.567,00 rupiah': ['1.234.567,00 rupiah | amount | 1234567'],
  '1,2 miliar': ['1,2 miliar | amount | 1200000000'],
  'Rp 1,2 M': ['Rp 1,2 M | amount | 1200000000'],
  '1,2 milyar': ['1,2 milyar | amount | 1200000000'],
  '350 juta': ['350 juta | amount | 350000000'],
  '350jt': ['350jt | amount | 350000000'],
  'Rp25 rb': ['Rp25 rb | amount | 25000'],
  '25k': ['25k | amount | 25000'],
  '3,5 triliun': ['3,5 triliun | amount | 3500000000000'],
  'Rp3,5T': ['Rp3,5T | amount | 3500000000000'],
  'Rp1.234,5 juta': ['Rp1.234,5 juta | amount | 1234500000'],
  'Rp1 miliar 235 juta': ['Rp1 miliar 235 juta | amount | 1235000000'],
  'Rp **1.234.567**': ['Rp 1.234.567 | amount | 1234567'],
  'Rp\u00a01.234.567': ['Rp 1.234.567 | amount | 1234567'],
});

testFigures('digits that touch letters are a code, unless the letters are a currency or a unit', {
  'QK00000012 dan A45': [],
  'QK00000012 dan A45 dan 45': ['45 | number | 45'],
  rp500: ['rp500 | amount | 500'],
  'IDR500 usd500 $500': ['IDR500 | amount | 500', 'usd500 | amount | 500', '$500 | amount | 500'],
  é45: [],
  'kode_45 x_Rp500': ['Rp500 | amount | 500'],
});

testFigures('a number in words is found without a digit near it, and not in other words', {
  'Dua belas kegiatan': ['Dua belas kegiatan | count of kegiatan | 12'],
  'Setengah juta rupiah': ['Setengah juta rupiah | amount | 500000'],
  'sejuta, (seratus)': ['sejuta | amount | 1000000', 'seratus | number | 100'],
  'Satuan kedua kelima senam tigaan': [],
});

testFigures('English notation is understood where it can be nothing else', {
  '1,234,567.89': ['1,234,567.89 | amount | 1234567.89'],
  'Rp1,234': ['Rp1,234 | amount | 1234'],
  '45.3%': ['45.3% | percent | 45.3'],
  '45.283%': ['45.283% | percent | 45.283'],
  'Rp1.5 billion': ['Rp1.5 billion | amount | 1500000000'],
  '12.345': ['12.345 | number | 12345'],
});

testFigures('an amount whose groups are garbled is still a figure', {
  'Rp2.653.432.11': ['Rp2.653.432.11 | amount | 265343211'],
});

testFigures('percentages and percentage points are read', {
  '45,3%': ['45,3% | percent | 45.3'],
  '45,3 persen': ['45,3 persen | percent | 45.3'],
  '4,8 poin persen': ['4,8 poin persen | percent | 4.8'],
  '4,8 persen poin': ['4,8 persen poin | percent | 4.8'],
  'sepuluh persen': ['sepuluh persen | percent | 10'],
  'empat puluh lima koma tiga persen': ['empat puluh lima koma tiga persen | percent | 45.3'],
});

testFigures('a count in front of kegiatan, akun, laporan, rincian, hari is a figure however small', {
  '3 kegiatan': ['3 kegiatan | count of kegiatan | 3'],
  'tiga kegiatannya': ['tiga kegiatannya | count of kegiatan | 3'],
  'sebelas akun': ['sebelas akun | count of akun | 11'],
  'dua puluh satu laporan': ['dua puluh satu laporan | count of laporan | 21'],
  '1.250 rincian': ['1.250 rincian | count of rincian | 1250'],
  '*5* hari': ['5 hari | count of hari | 5'],
  '3 (tiga) kegiatan': ['3 (tiga) kegiatan | count of kegiatan | 3'],
  '2 buah kegiatan': ['2 buah kegiatan | count of kegiatan | 2'],
  '90an akun': ['90an akun | count of akun | 90'],
  'Jumlah kegiatan minggu ini: 3': ['3 | count of kegiatan | 3'],
  '3 orang, 4 kali, 5 poin penting': [],
});

testFigures('both ends of a range have its unit', {
  '10–12 kegiatan': ['10 | count of kegiatan | 10', '12 kegiatan | count of kegiatan | 12'],
  'Rp10-12 juta': ['Rp10 | amount | 10000000', '12 juta | amount | 12000000'],
  '45 sampai 50%': ['45 | percent | 45', '50% | percent | 50'],
  'antara 10 dan 12 juta': ['10 | amount | 10000000', '12 juta | amount | 12000000'],
  '3 dari 5 kegiatan': ['3 | count of kegiatan | 3', '5 kegiatan | count of kegiatan | 5'],
  'dua atau tiga hari': ['dua | count of hari | 2', 'tiga hari | count of hari | 3'],
});

testFigures('a minus sign or the word minus makes a figure negative; a dash does not', {
  '-Rp500.000': ['-Rp500.000 | amount | -500000'],
  'Rp-500.000': ['Rp-500.000 | amount | -500000'],
  '(−5%)': ['−5% | percent | -5'],
  'minus 5,5 juta': ['minus 5,5 juta | amount | -5500000'],
  'sisa – 12 kegiatan': ['12 kegiatan | count of kegiatan | 12'],
});

testFigures('Rp(500) is negative, also in bold', {
  'Rp(30.207.264)': ['Rp(30.207.264) | amount | -30207264'],
  'Rp. (30,2 juta)': ['Rp. (30,2 juta) | amount | -30200000'],
  '**Rp(30.207.264)**': ['Rp(30.207.264) | amount | -30207264'],
  'Rp (30.207.264 dari pagu)': ['30.207.264 | amount | 30207264'],
});

t.test('(Rp500) and words such as setoran replace the minus sign', async (t) => {
  const texts = [
    ...['(Rp30.207.264)', '**(Rp30.207.264)**', '(**Rp30.207.264**)', '*b (Rp)*: (30.207.264)'],
    ...['(30.207.264)', 'Rp5.000 (minus)', '– Rp5.000 (negatif)'],
    ...['pengembalian belanja Rp5.000', 'setoran sebesar Rp5.000', 'koreksi Rp5.000', 'kurang bayar Rp5.000'],
  ];
  for (const text of texts) t.match(extractFigures(text), [{ mayBeNegative: true }], text);
  for (const text of ['Rp30.207.264', '(3 kegiatan)', '(2.026)', 'kurang lebih Rp5.000', 'Rp5.000 minus Rp2.000']) {
    t.notMatch(extractFigures(text), [{ mayBeNegative: true }], text);
  }
});

testFigures('no-break, thin, narrow and figure spaces separate thousands; ordinary spaces separate numbers', {
  'Rp1\u00a0234\u00a0567': ['Rp1 234 567 | amount | 1234567'],
  '1\u2009234\u2009567,89 rupiah': ['1 234 567,89 rupiah | amount | 1234567.89'],
  '1\u202f234\u202f567.89': ['1 234 567.89 | number | 1234567.89'],
  '521\u2007211': ['521 211 | number | 521211'],
  '12 345': ['12 | number | 12', '345 | number | 345'],
});

testFigures('a percent sign may be escaped', { '33,3\\%': ['33,3% | percent | 33.3'] });

testFigures('numbers above 9 are figures, bare numbers up to 9 are not', {
  '120 UMKM dan 9 koperasi': ['120 | number | 120'],
  'sepuluh UMKM dan sembilan koperasi': ['sepuluh | number | 10'],
});

testFigures('amounts in words are read', {
  'dua setengah miliar rupiah': ['dua setengah miliar rupiah | amount | 2500000000'],
  'tiga ratus lima puluh juta rupiah': ['tiga ratus lima puluh juta rupiah | amount | 350000000'],
});

testFigures('numbers take the unit of their column, of their label, or of the heading of labels and values', {
  '```\nAkun  Pagu (Rp juta)  Serapan (%)  Jumlah kegiatan\n  52         1.234,5          7,5                3\n```': [
    '1.234,5 | amount | 1234500000',
    '7,5 | percent | 7.5',
    '3 | count of kegiatan | 3',
  ],
  '*Akun*: 52\n*Pagu (juta)*: 640': ['640 | amount | 640000000'],
  '_Akun: Pagu (juta)_\n*521211*: 350': ['350 | amount | 350000000'],
});

testFigures('fractions are percentages', {
  'sudah 3/4 dari pagu': ['3/4 | percent | 75'],
  'dua pertiga pagu': ['dua pertiga | percent | 66.66666666666666'],
  'hampir sepertiganya': ['sepertiganya | percent | 33.33333333333333'],
  'setengah dari pagu': ['setengah | percent | 50'],
  'Rp7 dari setiap Rp10': ['Rp7 dari setiap Rp10 | percent | 70'],
  'tanggal 3/4, kegiatan ke-3 (10/12), layanan 24/7': [],
});

const NO_FIGURES: Record<string, string[]> = {
  dates: [
    '24 November 2026',
    '24–26 Nov 2026',
    '24, 25, dan 26 November',
    '24 s.d. 26 Desember',
    '24/11/2026',
    '24-11-2026',
    '2026-11-24',
    '24.11.2026',
    '24/11',
    '2026-11',
    'tanggal 24 dan 26',
    'Senin (24/11)',
    'November 24, 2026',
    '2026-11-24T09:30:00Z',
  ],
  times: ['pukul 09.00–11.30 WIB', 'jam 14', '14:30', '10 pagi', '13.05 WITA', '09.00'],
  codes: [
    'WA.6336.EBA.963.126.0B.521211.002523',
    '126.0B.521211.002523',
    '521211.002523',
    'A4',
    'COVID-19',
    'Q3',
    'v2.10.11',
  ],
  'account numbers': ['524111', 'akun 521211, 524111', 'akun 52 dan 53', 'belanja 53', '(524111)'],
  'phone numbers': ['0812-0000-0004', '+62 812-0000-0004', '6281200000004', '(021) 5299 1234', '0812 0000 0004'],
  ids: ['NIP 19800101 200501 1 001', 'Meeting ID: 812 3456 7890', 'rekening 1234567890', 'Passcode: 123456'],
  'laws and letters': [
    'UU No. 17 Tahun 2003',
    'Pasal 12 ayat (13)',
    'PMK 62/2023',
    'S-123/SM.2/2026',
    '12/PMK.05/2026',
    'Pasal 1 angka 12',
  ],
  'rooms and addresses': [
    'ruang 1204',
    'ruang rapat utama 1502',
    'lantai 12',
    'Lt. 12',
    'Jalan Medan No. 17',
    'Kav. 18',
  ],
  'weeks, years, ordinals': [
    'minggu ke-48',
    'minggu 48',
    'tahun 2026',
    '2025/2026',
    'ke-12',
    'rapat ke 12',
    'triwulan III',
    'peringkat 12',
  ],
  'list numbers': ['12. Rapat', '12) Rapat', '*12.* Rapat', '(12) Rapat', 'nomor 12', '1️⃣ kegiatan', '## 10. Saran'],
  'one that is no count': [
    'salah satu kegiatan',
    'satu-satunya laporan',
    'tidak ada satu kegiatan pun',
    'satu per satu akun',
  ],
  'the factor of a percentage in a formula': [
    '× 100%',
    '(a / b) x 100%',
    'a * 100',
    String.raw`\times 100\%`,
    '(a)*100 persen',
  ],
  citations: ['[12]', '[12, 13]', '[cite: 12]', '[cite: 3, 15]'],
  links: ['https://sapa.example.go.id/a?id=4521', 'www.example.id/12345'],
};
for (const [sort, texts] of Object.entries(NO_FIGURES)) {
  t.test(`${sort} are no figures`, async (t) => {
    for (const text of texts) t.same(describeFigures(`Catatan:\n${text}`), [], text);
  });
}

t.test('a counted number is a figure even next to words that form identifiers', async (t) => {
  t.same(describeFigures('ruang 1204 dan 15 peserta'), ['15 | number | 15']);
  t.same(describeFigures('akun 524111, 12 rincian'), ['12 rincian | count of rincian | 12']);
  t.same(describeFigures('per bulan 12 laporan'), ['12 laporan | count of laporan | 12']);
  t.same(describeFigures('Minggu: 3 kegiatan'), ['3 kegiatan | count of kegiatan | 3']);
  t.same(describeFigures('1. 12 kegiatan'), ['12 kegiatan | count of kegiatan | 12']);
  t.same(describeFigures('serapan naik ke 45'), ['45 | number | 45']);
  t.same(describeFigures('total akun 14'), ['14 | number | 14']);
  t.same(describeFigures('serapan *100%*'), ['100% | percent | 100']);
  t.same(describeFigures('× 50%'), ['50% | percent | 50']);
  t.same(describeFigures('[12%]'), ['12% | percent | 12']);
  t.same(describeFigures('diikuti 2000 peserta'), ['2000 | number | 2000']);
});

t.test('the precision is half a unit of the last digit shown', async (t) => {
  const precision = (text: string) => extractFigures(text)[0]?.precision;
  t.equal(precision('Rp1.234.567'), 0.5);
  t.equal(precision('Rp1.234.567,00'), 0.005);
  t.equal(precision('1,2 miliar'), 50_000_000);
  t.equal(precision('350 juta'), 500_000);
  t.equal(precision('45,3%'), 0.05);
  t.equal(precision('Rp1 miliar 235 juta'), 500_000);
});

const formatGrouped = (value: number) => new Intl.NumberFormat('id-ID').format(value);

t.test('any amount in any notation is parsed within the precision shown', async () => {
  const scales: [string, number][] = [
    ['ribu', 1e3],
    ['juta', 1e6],
    ['jt', 1e6],
    ['miliar', 1e9],
    ['M', 1e9],
    ['triliun', 1e12],
  ];
  fc.assert(
    fc.property(
      fc.integer({ min: 1000, max: 9e14 }),
      fc.constantFrom(...scales),
      fc.integer({ min: 0, max: 2 }),
      (value, [word, scale], decimals) => {
        const [full] = extractFigures(`Sisa Rp${formatGrouped(value)}, aman.`);
        const shown = new Intl.NumberFormat('id-ID', {
          minimumFractionDigits: decimals,
          maximumFractionDigits: decimals,
        }).format(value / scale);
        const [short] = extractFigures(`Sisa Rp ${shown} ${word} saja`);
        return (
          full?.value === value &&
          short?.kind === 'amount' &&
          Math.abs(short.value - value) <= short.precision * (1 + 1e-9) + value * 1e-12
        );
      },
    ),
  );
});

t.test('any whole number in words is parsed', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 999_999_999_999 }), (value) => {
      const [figure] = extractFigures(`${toWords(value)} kegiatan`);
      return figure?.value === value && figure.noun === 'kegiatan';
    }),
  );
});

t.test('the figures of any text are in order, do not overlap, and contain the text at their position', async () => {
  const piece = fc.constantFrom(
    'Rp',
    ' ',
    '1',
    '.',
    ',',
    '45',
    '%',
    ' juta',
    ' kegiatan',
    '-',
    'tiga',
    '\n',
    '|',
    '*',
    '(',
    ')',
    '2026',
    ' November',
    'ke-',
    '😀',
    'WA.',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(piece).map((pieces) => pieces.join('')),
      ),
      (text) => {
        let reached = 0;
        return extractFigures(text).every((figure) => {
          const inOrder = figure.start >= reached && figure.end > figure.start && figure.end <= text.length;
          reached = figure.end;
          return inOrder && figure.precision > 0 && !Number.isNaN(figure.value);
        });
      },
    ),
    { numRuns: 2000 },
  );
});

function toWords(value: number): string {
  const names = [
    '',
    'satu',
    'dua',
    'tiga',
    'empat',
    'lima',
    'enam',
    'tujuh',
    'delapan',
    'sembilan',
    'sepuluh',
    'sebelas',
  ];
  const rest = (size: number) => (value % size === 0 ? '' : ` ${toWords(value % size)}`);
  const part = (size: number, word: string, one?: string) =>
    (one !== undefined && Math.floor(value / size) === 1 ? one : `${toWords(Math.floor(value / size))} ${word}`) +
    rest(size);
  if (value < 12) return names[value]!;
  if (value < 20) return `${names[value - 10]} belas`;
  if (value < 100) return part(10, 'puluh');
  if (value < 1000) return part(100, 'ratus', 'seratus');
  if (value < 1e6) return part(1000, 'ribu', 'seribu');
  if (value < 1e9) return part(1e6, 'juta');
  return part(1e9, 'miliar');
}
