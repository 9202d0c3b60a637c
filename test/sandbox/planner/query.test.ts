import fc from 'fast-check';
import t from 'tap';
import { readInContext } from '../../../sandbox/planner/follow-up.ts';
import { readQuery } from '../../../sandbox/planner/query.ts';
import type { Query } from '../../../sandbox/planner/slots.ts';
import { findCanonical } from '../../../sandbox/planner/vocabulary.ts';

// A Tuesday.
const TODAY = '2026-11-24';

/** Selects the slots of a query that are in `expected`. */
function pick(query: Query, expected: Partial<Query>): Partial<Query> {
  const names = Object.keys(expected) as (keyof Query)[];
  return Object.fromEntries(names.map((name) => [name, query[name]]));
}

t.test('short forms, endings and typing errors are resolved to the intended word', async (t) => {
  const words: Record<string, string[]> = {
    berapa: ['brp', 'brapa', 'brpa'],
    anggaran: ['anggran', 'anggarannya', 'anggaranku', 'dana', 'uang'],
    serapan: ['srapan', 'penyerapan', 'serapannya', 'srapannya'],
    realisasi: ['relisasi', 'realisai', 'terealisasi', 'realisasinya'],
    kegiatan: ['kgtn', 'kegiatn', 'kegiatannya', 'agenda', 'jadwal'],
    minggu: ['mgg', 'mggu', 'pekan'],
    depan: ['dpn'],
    besok: ['bsk', 'besuk'],
    kemarin: ['kmrn', 'kemaren'],
    sudah: ['sdh', 'udah'],
    belum: ['blm'],
    terlambat: ['telat', 'trlambat', 'terlmbat'],
  };
  for (const [canonical, written] of Object.entries(words)) {
    for (const word of written) t.equal(findCanonical(word), canonical, word);
  }
});

t.test('names and nouns of activities are not resolved to other words', async (t) => {
  for (const word of ['lokakarya', 'koperasi', 'rapat', 'konsumsi', 'honor', 'bagas', 'dewi', 'kapal', 'bimbingan']) {
    t.equal(findCanonical(word), null, word);
  }
});

t.test('each slot is parsed from its words', async (t) => {
  const cases: [string, Partial<Query>][] = [
    [
      'kegiatan lusa',
      { days: { args: { from: '2026-11-26', to: '2026-11-26' }, label: 'pada Kamis, 26 November 2026' } },
    ],
    [
      'agenda hari jumat',
      { days: { args: { from: '2026-11-27', to: '2026-11-27' }, label: 'pada Jumat, 27 November 2026' } },
    ],
    [
      'jadwal 2 minggu ke depan',
      { days: { args: { from: TODAY, to: '2026-12-08' }, label: 'sampai Selasa, 8 Desember 2026' } },
    ],
    ['kegiatan 31 november', { days: null, months: ['2026-11'] }],
    ['realisasi tw III', { span: { from: '2026-07', to: '2026-09', label: 'triwulan 3 tahun 2026' } }],
    ['serapan september dan oktober 2025', { months: ['2025-09', '2025-10'] }],
    ['akun dengan serapan di bawah 50%', { bounds: { kind: 'percent', max: 50 } }],
    ['sisa lebih dari Rp1,5 miliar', { bounds: { kind: 'rupiah', min: 1_500_000_000 } }],
    ['akun yg blm ada realisasi', { bounds: { kind: 'percent', min: 0, max: 0 } }],
    ['sisa kode wa.6336.eba', { code: 'wa.6336.eba' }],
    ['kode 963.126', { code: '963.126' }],
    ['akun 51, 52 dan 53', { accounts: ['51', '52', '53'] }],
    ['sisa di atas 500 juta', { accounts: [] }],
    ['laporan sp2d', { reportType: 'SP2D' }],
    ['anggaran per komponen', { groupBy: 'component', subject: 'budget' }],
    ['realisasi per kegiatan', { groupBy: 'activity', subject: 'budget' }],
    ['kegiatan bu Dewi Anggraini minggu ini', { person: 'Dewi Anggraini', keyword: null, subject: 'activities' }],
    ['rencana kegiatan besok', { status: null }],
    ['kegiatan rencana besok', { status: 'rencana' }],
    ['sisa setelah komitmen', { measure: 'sisa_setelah_komitmen' }],
    ['realisasi bulan ini', { measure: 'realisasi_periode_ini' }],
    ['tiga akun dengan sisa paling besar', { limit: 3, order: 'desc', measure: 'sisa' }],
    ['yg ke-2', { ordinal: 2 }],
    ['minggu ke-48', { ordinal: null }],
    ['Siapa PJ «Rapat kerja»?', { keyword: 'Rapat kerja', goal: 'person-in-charge' }],
  ];
  for (const [question, slots] of cases) t.same(pick(readQuery(question, TODAY), slots), slots, question);
});

t.test('a follow-up question inherits the slots that it does not name', async (t) => {
  const cases: [string[], Partial<Query>][] = [
    [
      ['kegiatan komitmen minggu ini', 'kalau minggu depan?'],
      { status: 'komitmen', days: { args: { period: 'next_week' }, label: 'minggu depan' } },
    ],
    [['kegiatan minggu ini', 'yang outstanding?'], { subject: 'activities', status: 'outstanding', measure: null }],
    [['yang telat apa saja', 'kalau bulan depan?'], { only: null, subject: 'activities' }],
    [['sisa belanja barang', 'kalau modal?'], { accounts: ['53'], measure: 'sisa' }],
    [['sisa belanja barang', 'kalau modal?', 'serapannya?'], { accounts: ['53'], measure: 'serapan_persen' }],
    [['5 akun serapan terendah', 'kalau sisanya?'], { order: 'asc', limit: 5, measure: 'sisa' }],
    [['berapa sisa anggaran', 'terima kasih', 'kalau bulan lalu?'], { measure: 'sisa', subject: 'budget' }],
  ];
  for (const [questions, slots] of cases) {
    const query = readInContext(questions.at(-1) ?? '', questions.slice(0, -1), TODAY);
    t.same(pick(query, slots), slots, questions.join(' > '));
  }
});

t.test('a complete question inherits no slots', async (t) => {
  const cases: [string[], Partial<Query>][] = [
    [['sisa akun 524111', 'berapa sisa anggaran?'], { accounts: [] }],
    [['sisa akun 524111', 'serapan keseluruhan?'], { accounts: [] }],
    [['sisa akun 524111', 'besok ada apa?'], { accounts: [], subject: 'activities' }],
    [['sisa akun 524111', 'kalau minggu depan?'], { accounts: [] }],
    [['kegiatan minggu ini', 'brp sisa?'], { days: null, subject: 'budget' }],
  ];
  for (const [questions, slots] of cases) {
    const query = readInContext(questions.at(-1) ?? '', questions.slice(0, -1), TODAY);
    t.same(pick(query, slots), slots, questions.join(' > '));
  }
});

t.test('any text can be parsed', async () => {
  const words =
    'kegiatan akun 524111 32 desember 99 % kalau yang nomor tw iv rp1.000.000 pak «x» kode a.1 minggu'.split(' ');
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.array(fc.constantFrom(...words)).map((some) => some.join(' ')),
  );
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 3 }), (texts) => {
      readInContext(texts.at(-1) ?? '', texts.slice(0, -1), TODAY);
    }),
  );
});
