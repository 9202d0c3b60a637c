import fc from 'fast-check';
import t from 'tap';
import { checkFigures, type GroundingSources } from '../../../../src/gemini/grounding/grounding.ts';
import { compareVerdicts, readCorpus } from '../../../corpus/grounding.ts';

const corpus = readCorpus();
const NO_SOURCES: GroundingSources = { data: [], earlier: [], user: [] };
const ungroundedFigures = (answer: string, sources: Partial<GroundingSources>) =>
  checkFigures(answer, { ...NO_SOURCES, ...sources }).ungrounded.map((figure) => figure.text);

t.test('over the corpus, precision and recall of flagging are at least 0.97', async (t) => {
  const comparisons = corpus.map(compareVerdicts);
  const all = (pick: 'missed' | 'falseAlarms' | 'unseen') => comparisons.flatMap((comparison) => comparison[pick]);
  const right = comparisons.reduce((sum, comparison) => sum + comparison.flagged, 0);
  const precision = right / (right + all('falseAlarms').length);
  const recall = right / (right + all('missed').length);
  const verdicts = corpus.flatMap((answer) => answer.marks.map((mark) => mark.verdict));
  const count = (verdict: string) => verdicts.filter((each) => each === verdict).length;
  t.comment(
    `${corpus.length} answers: ${count('grounded')} grounded figures, ${count('ungrounded')} ungrounded, ${count('no figure')} no figures`,
  );
  t.comment(`precision ${precision.toFixed(4)}, recall ${recall.toFixed(4)}`);
  for (const text of all('missed')) t.comment(`not flagged: ${text}`);
  for (const text of all('falseAlarms')) t.comment(`false alarm: ${text}`);
  t.ok(precision >= 0.97, `precision ${precision}`);
  t.ok(recall >= 0.97, `recall ${recall}`);
  const unknown = [...all('missed'), ...all('falseAlarms')].filter((text) => !text.includes('(limit: '));
  t.same(unknown, [], 'every wrong verdict is a documented limit of the corpus');
  t.same(all('unseen'), [], 'every grounded figure is extracted, so that a wrong one in its place is flagged');
});

t.test('an answer without figures and comparing words is checked without reading the data', async (t) => {
  const unreadable: GroundingSources = {
    get data(): never {
      throw new Error('The data is read.');
    },
    earlier: [],
    user: ['Rp5 juta'],
  };
  const check = (answer: string) => checkFigures(answer, unreadable);
  t.same(check('Baik, *realisasi* mana yang ingin Anda lihat?\n- per akun\n- per kegiatan'), {
    grounded: [],
    ungrounded: [],
  });
  for (const answer of ['Sisa Rp5 juta', 'Serapan 524111 tertinggi', 'Tertinggi: honor', 'Rapat, 3 Desember'])
    t.throws(() => check(answer), /is read/, answer);
});

t.test('the corpus has at least 80 answers, and marks every number in them', async (t) => {
  t.ok(corpus.length >= 80);
  for (const { title, answer, marks } of corpus) {
    let rest = answer;
    for (const { start, end } of marks) rest = rest.slice(0, start) + ' '.repeat(end - start) + rest.slice(end);
    t.notMatch(rest, /\d/, title);
  }
});

t.test('without data every figure is flagged', async (t) => {
  t.same(ungroundedFigures('Sisa Rp1.000.000 (45%), 3 kegiatan, 12 peserta.', {}), [
    'Rp1.000.000',
    '45%',
    '3 kegiatan',
    '12',
  ]);
});

t.test('a grounded figure contains its source and the exact number', async (t) => {
  const data = [{ count: 1 }, { accounts: [{ account: '524111', sisa: 676_567_890, serapan_persen: 45.283 }] }];
  const answer = 'Sisa Rp676,6 juta, serapan 45,3%, target 95%, dulu 40%.';
  const { grounded } = checkFigures(answer, { data, earlier: [40.12], user: ['tembus 95 %?'] });
  t.match(
    grounded.map(({ figure, exact, from }) => ({ text: figure.text, exact, from })),
    [
      { text: 'Rp676,6 juta', exact: 676_567_890, from: { source: 'data', result: 1, path: 'accounts.0.sisa' } },
      { text: '45,3%', exact: 45.283, from: { source: 'data', result: 1, path: 'accounts.0.serapan_persen' } },
      { text: '95%', exact: 95, from: { source: 'user' } },
      { text: '40%', exact: 40.12, from: { source: 'earlier' } },
    ],
  );
});

t.test('a count must match a count of that noun', async (t) => {
  const activities = { count: 12, activities: [{ nama: 'A', allocations: [{}, {}, {}, {}] }, { nama: 'B' }] };
  t.same(ungroundedFigures('12 kegiatan, 2 kegiatan ditampilkan, 4 rincian', { data: [activities] }), []);
  t.same(ungroundedFigures('12 akun', { data: [activities] }), ['12 akun']);
  t.same(ungroundedFigures('4 kegiatan', { data: [activities] }), ['4 kegiatan']);
  t.same(ungroundedFigures('12%', { data: [activities] }), ['12%']);
  t.same(ungroundedFigures('3 kegiatan', { data: [{ total_alokasi: 3 }] }), ['3 kegiatan'], 'an amount is no count');
  t.same(ungroundedFigures('0 kegiatan', { data: [{ pagu: 1, komitmen: 0 }] }), ['0 kegiatan']);
  t.same(
    ungroundedFigures('3 hari', { data: [{ overdue: 3, today: 3 }] }),
    ['3 hari'],
    'only a number of days is a count of days',
  );
  t.same(ungroundedFigures('3 hari', { data: [{ days_left: 3 }] }), []);
});

t.test('the count of a part of a list is grounded if the answer names that part', async (t) => {
  const data = [
    {
      count: 3,
      activities: ['Rencana', 'Rencana', 'Komitmen'].map((status, n) => ({ status, tanggal: `2026-11-2${n}` })),
    },
  ];
  t.same(ungroundedFigures('2 kegiatan berstatus Rencana, 1 kegiatan Komitmen', { data }), []);
  t.same(ungroundedFigures('20 November (1 kegiatan)\n21 Nov: satu kegiatan', { data }), []);
  t.same(ungroundedFigures('2 kegiatan minggu ini', { data }), ['2 kegiatan']);
  t.same(ungroundedFigures('2 kegiatan minggu ini.\nBerstatus Rencana.', { data }), ['2 kegiatan']);
});

t.test('the number of matches after the shown page is grounded', async (t) => {
  const page = { count: 37, shown: 10, activities: Array.from({ length: 10 }, () => ({ nama: 'Rapat' })) };
  t.same(ungroundedFigures('Masih ada 27 kegiatan lainnya.', { data: [page] }), []);
  t.same(ungroundedFigures('Masih ada 17 kegiatan lainnya.', { data: [{ ...page, offset: 10 }] }), []);
  t.same(ungroundedFigures('Masih ada 27 kegiatan lainnya.', { data: [{ ...page, offset: 10 }] }), ['27 kegiatan']);
  t.same(ungroundedFigures('Masih ada 26 kegiatan, dan 27 rincian.', { data: [page] }), ['26 kegiatan', '27 rincian']);
});

t.test('counts of statistics and of the activity context are counts of kegiatan', async (t) => {
  const statistics = {
    total: 42,
    by_status: { Rencana: 18, Outstanding: 6 },
    overdue: 4,
    allocation_by_status: { Rencana: 7 },
  };
  t.same(ungroundedFigures('42 kegiatan, 18 kegiatan, 6 kegiatan, 4 kegiatan', { data: [statistics] }), []);
  t.same(ungroundedFigures('7 kegiatan, 18 akun', { data: [statistics] }), ['7 kegiatan', '18 akun']);
  const context =
    'Jumlah kegiatan 42, total alokasi Rp5.000.000. Per status: Rencana 18 (alokasi Rp1.000), Komitmen 6 (alokasi Rp0).\nTerlambat: 4 kegiatan\n1. Bimtek 9 UMKM | 2 Mei 2026';
  t.same(
    ungroundedFigures('42 kegiatan, 18 kegiatan Rencana, 6 kegiatan, 4 kegiatan, Rp5 juta', { data: [context] }),
    [],
  );
  t.same(ungroundedFigures('9 kegiatan, 2 kegiatan, 1 kegiatan', { data: [context] }), [
    '9 kegiatan',
    '2 kegiatan',
    '1 kegiatan',
  ]);
});

t.test('figures inside names are grounded as written', async (t) => {
  const data = [{ activities: [{ nama: 'Bimtek 3 hari untuk 120 UMKM, Rp5 juta per UMKM' }] }];
  t.same(ungroundedFigures('*Bimtek 3 hari* untuk 120 UMKM (Rp5 juta per UMKM)', { data }), []);
  t.same(ungroundedFigures('Tersisa 3 hari', { data, today: '2026-11-24' }), ['3 hari']);
});

t.test('a negative figure needs a minus sign or a word for a decrease', async (t) => {
  const data = [{ change: { sisa: -5_000_000 } }];
  t.same(
    ungroundedFigures('-Rp5.000.000, minus Rp5 juta, turun Rp5.000.000, berkurang sebesar Rp5 juta', { data }),
    [],
  );
  t.same(ungroundedFigures('Rp5 juta lebih rendah, defisit Rp5 juta, selisih Rp5 juta', { data }), []);
  t.same(ungroundedFigures('sisa Rp5.000.000', { data }), ['Rp5.000.000']);
  t.same(ungroundedFigures('kurang lebih Rp5.000.000', { data }), ['Rp5.000.000'], 'kurang lebih is no decrease');
  t.same(ungroundedFigures('minus Rp7 juta', { data: [{ sisa: 7_000_000 }] }), ['minus Rp7 juta']);
  t.same(ungroundedFigures('turun Rp7 juta', { data: [{ selisih: 7_000_000 }] }), []);
});

t.test('limits, operands and errors that repeat the model’s arguments confirm no figure', async (t) => {
  const data = [{ limit: 20, operands: [77_000], how: '45,3 ÷ 10 × 100%', error: 'Angka 88000 tidak ada' }];
  t.same(ungroundedFigures('Rp77.000, Rp88.000, 20 akun, 100%', { data }), ['Rp77.000', 'Rp88.000', '20 akun', '100%']);
  t.same(ungroundedFigures('dengan laju 10 bulan', { data }), [], 'months that calculate accepted are confirmed');
});

t.test('a result of calculate may be an amount, a percentage, or a count', async (t) => {
  t.same(ungroundedFigures('Rp12, 12%, 12 kegiatan, 12 hari, 12 orang', { data: [{ result: 12 }] }), []);
});

t.test('numbers in texts are parsed: JSON, Indonesian, English', async (t) => {
  t.same(
    ungroundedFigures('Rp1.234.568 dan 45,3%', { data: ['{"pagu": "1.234.567,89", "serapan_persen": "45.283"}'] }),
    [],
  );
  t.same(ungroundedFigures('5 kegiatan', { data: ['{Terlambat: 5 kegiatan'] }), [], 'invalid JSON is parsed as text');
  t.same(ungroundedFigures('Belanja Barang (52)', { data: [{ account: '52' }] }), []);
  t.same(ungroundedFigures('Rp52', { data: [{ account: '52' }] }), ['Rp52'], 'a code is no amount');
});

t.test('ids and dates in data confirm no figure', async (t) => {
  const data = [{ id: 4711, tanggal: '2026-11-24', report: { date: '2026-10-31', file_name: 'Okt 31 99.xlsx' } }];
  t.same(ungroundedFigures('4.711 orang, 24 orang, 31 orang, 99 orang', { data }), ['4.711', '24', '31', '99']);
});

t.test('«lebih dari» and «hampir» allow truncation; other hedges change nothing', async (t) => {
  const data = [{ sisa: 2_653_432_110 }];
  t.same(
    ungroundedFigures('lebih dari Rp2,6 miliar, hampir Rp2,7 miliar, hampir Rp3 miliar, sekitar Rp2,65 miliar', {
      data,
    }),
    [],
  );
  t.same(ungroundedFigures('lebih dari Rp2,5 miliar, hampir Rp2,8 miliar, sekitar Rp2,6 miliar', { data }), [
    'Rp2,5 miliar',
    'Rp2,8 miliar',
    'Rp2,6 miliar',
  ]);
});

const formatRounded = (value: number, scale: number, decimals: number) =>
  new Intl.NumberFormat('id-ID', { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(
    value / scale,
  );

t.test('any amount rounded as shown is grounded; one unit of the last digit more or less is not', async () => {
  const scale = fc.constantFrom(
    ['', 1] as const,
    [' ribu', 1e3] as const,
    [' juta', 1e6] as const,
    [' miliar', 1e9] as const,
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 1e6, max: 9e12 }),
      scale,
      fc.integer({ min: 0, max: 2 }),
      fc.constantFrom(1, -1),
      (value, [word, size], decimals, side) => {
        const unit = size / 10 ** decimals;
        fc.pre(Math.abs(((value / unit) % 1) - 0.5) > 1e-6); // a half may be rounded either way
        const data = [{ rows: [{ sisa: value }] }];
        const beside = Math.round(value / unit) * unit + side * unit;
        const right = ungroundedFigures(`Sisa Rp${formatRounded(value, size, decimals)}${word}.`, { data });
        const wrong = ungroundedFigures(`Sisa Rp${formatRounded(beside, size, decimals)}${word}.`, { data });
        return right.length === 0 && wrong.length === 1;
      },
    ),
  );
});

t.test('the nearest of thousands of numbers is found', async () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: 1e9 }), { minLength: 1, maxLength: 3000 }),
      fc.nat(),
      (amounts, nth) => {
        const data = [{ rows: amounts.map((sisa) => ({ sisa })) }];
        const chosen = amounts[nth % amounts.length]!;
        const { grounded, ungrounded } = checkFigures(`Rp${chosen} dan Rp${chosen + 0.5}`.replaceAll('.5', ',50'), {
          ...NO_SOURCES,
          data,
        });
        return grounded[0]?.exact === chosen && ungrounded.length === 1;
      },
    ),
    { numRuns: 30 },
  );
});
