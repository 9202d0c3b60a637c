import t, { type Test } from 'tap';
import type { BarChart, Chart, StackChart, TrendChart } from '../../../src/charts/chart.ts';
import { parseChartRequest } from '../../../src/charts/chart-request.ts';
import { drawPng, drawSvg } from '../../../src/charts/draw.ts';
import { formatAxisAmount, formatShortRupiah } from '../../../src/charts/format-values.ts';
import { createChartRenderer } from '../../../src/charts/renderer.ts';
import { selectChart } from '../../../src/charts/select-chart.ts';
import { writeTextChart } from '../../../src/charts/text-chart.ts';
import { formatForWhatsApp } from '../../../src/fonnte/format/format.ts';
import type { ToolData } from '../../../src/gemini/tools/results.ts';

const REPORT = { type: 'SP2D', date: '2026-10-31' };
const REF = { ...REPORT, file_name: null };

const amounts = (pagu: number, realisasi: number, outstanding = 0, komitmen = 0) => ({
  pagu,
  realisasi,
  sisa: pagu - realisasi,
  serapan_persen: pagu === 0 ? null : (realisasi / pagu) * 100,
  outstanding,
  komitmen,
  sisa_setelah_komitmen: pagu - realisasi - outstanding - komitmen,
});

const accounts = (count: number, args: object = {}): ToolData => ({
  tool: 'budget_by_account',
  args,
  report: REF,
  result: {
    count,
    accounts: Array.from({ length: Math.min(count, 50) }, (_, index) => ({
      account: String(521_211 + index),
      name: `Belanja ${index}`,
      ...amounts(1_000 * (index + 1), 100, 10, 20),
    })),
  },
});

const trend = (months: string[]): ToolData => ({
  tool: 'budget_trend',
  args: { account: '52' },
  report: REF,
  result: { months: months.map((month, index) => ({ month, ...amounts(1_000, 100 * index) })) },
});

t.test('a chart needs three rows; the results and the question select its kind', async (t) => {
  const select = (data: ToolData[], question = 'gambarkan') => selectChart(data, question);
  t.equal(select([]), null, 'no rows');
  t.equal(select([accounts(2)]), null, 'two rows');
  t.equal(select([trend(['2026-01', '2026-02'])]), null, 'two months');
  t.equal(select([{ tool: 'budget_summary', args: {}, report: REF, result: amounts(9, 3) }]), null, 'one row');
  const noReport = { report: null, missing: 'no_report', available: [] };
  t.equal(select([{ tool: 'budget_trend', args: {}, result: noReport }]), null);
  t.equal(select([{ tool: 'calculate', args: {}, result: { result: 3, how: '' } }]), null);

  t.match(select([trend(['2026-01', '2026-02', '2026-04'])]), {
    kind: 'trend',
    scope: 'akun 52',
    report: REPORT,
    months: [
      { month: '2026-01', pagu: 1_000, realisasi: 0, serapan: 0 },
      { month: '2026-02', serapan: 10 },
      { month: '2026-04' },
    ],
  });
  t.match(select([accounts(3)]), {
    kind: 'stack',
    noun: 'akun',
    total: 3,
    rows: [{ name: '521211 Belanja 0', pagu: 1_000, realisasi: 100, outstanding: 10, komitmen: 20, sisa: 870 }, {}, {}],
  });
  t.match(select([accounts(3, { sort: 'serapan' })]), {
    kind: 'bars',
    measure: 'serapan',
    rows: [{ value: 10 }, {}, {}],
  });
  t.match(select([accounts(3)], 'grafik realisasi per akun'), { kind: 'bars', measure: 'realisasi' });
  t.match(select([accounts(3, { sort: 'sisa' })], 'komposisi pagu'), { kind: 'stack' });
  t.match(select([accounts(3, { group_by: 'kro' })]), { noun: 'KRO' });

  await t.test('the question selects one of several results; results of one row each form one chart', async (t) => {
    const both = [trend(['2026-01', '2026-02', '2026-03']), accounts(3)];
    t.match(select(both), { kind: 'stack' }, 'the last one');
    t.match(select(both, 'grafik tren realisasi'), { kind: 'trend' });
    const monthly = ['2026-08', '2026-09', '2026-10'].map(
      (month, index): ToolData => ({
        tool: 'budget_summary',
        args: { report_month: month },
        report: { ...REF, date: `${month}-28` },
        result: amounts(1_000, index * 100),
      }),
    );
    t.match(select(monthly), { kind: 'trend', months: [{ month: '2026-08', realisasi: 0 }, {}, { realisasi: 200 }] });
    const single = ['51', '52', '53'].map((account) => ({ ...accounts(1, { account, digits: 2 }) }));
    t.match(select(single, 'bandingkan realisasi'), { kind: 'bars', total: 3, rows: [{}, {}, {}] });
  });

  await t.test('sixty rows: those on top of a ranking, otherwise the largest', async (t) => {
    const ranked = select([accounts(60, { sort: 'realisasi', order: 'asc' })]) as BarChart;
    t.match(ranked, { total: 60, rows: [{ name: /^521211 / }] });
    t.equal(ranked.rows.length, 15);
    t.match(select([accounts(60)]), { rows: [{ name: /^521260 / }] });
  });

  await t.test('activities are charted only by allocation or by status', async (t) => {
    const activities = [1, 2, 3].map((value) => ({ nama: `Rapat ${value}`, total_alokasi: value }));
    const search = (args: object) => ({ tool: 'search_activities', args, result: { count: 9, activities } });
    t.equal(select([search({})]), null, 'a schedule is no ranking');
    t.match(select([search({ sort: 'allocation' })]), { kind: 'bars', measure: 'alokasi', report: null, total: 9 });
    const result = { by_status: { Rencana: 4, Komitmen: 2, Selesai: 9 }, allocation_by_status: {} };
    t.match(select([{ tool: 'activity_statistics', args: {}, result }]), { measure: 'kegiatan', noun: 'status' });
  });

  await t.test('rows of the same text have their codes', async (t) => {
    const rows = ['A', 'A', 'B'].map((uraian, index) => ({ kode: `1.${index}`, uraian, ...amounts(10, 1) }));
    const chart = select([{ tool: 'search_budget', args: {}, report: REF, result: { count: 3, rows } }]) as StackChart;
    t.same(
      chart.rows.map(({ name }) => name),
      ['1.0 A', '1.1 A', 'B'],
    );
  });
});

t.test('a question with a chart word requests a chart', async (t) => {
  for (const question of ['Gambarkan serapan per akun', 'buat DIAGRAM pagu', 'chart realisasi', 'Grafiknya mana?'])
    t.ok(parseChartRequest(question).isRequested, question);
  for (const question of [
    'Jelaskan tanpa grafik',
    'tidak perlu gambar atau grafik',
    'Kegiatan desain grafis?',
    'pagu?',
  ])
    t.notOk(parseChartRequest(question).isRequested, question);
  t.ok(parseChartRequest('tolong buatkan grafik').isAboutLastAnswer);
  t.ok(parseChartRequest('gambarkan serapan per akun yang tadi').isAboutLastAnswer);
  t.notOk(parseChartRequest('gambarkan serapan akun belanja barang bulan ini').isAboutLastAnswer);
});

t.test('labels use three significant digits', async (t) => {
  const labels = [0, 950, 12_345, 9_500_000, -350_000_000, 1_254_000_000, 999_999_999, 2.5e12].map(formatShortRupiah);
  t.same(labels, [
    'Rp0',
    'Rp950',
    'Rp12,3 ribu',
    'Rp9,5 juta',
    '-Rp350 juta',
    'Rp1,25 miliar',
    'Rp1 miliar',
    'Rp2,5 triliun',
  ]);
  t.same([0, 1.5e9, -2e6].map(formatAxisAmount), ['0', '1,5 M', '-2 jt']);
});

const LONG = 'Penyelenggaraan Rapat Koordinasi Nasional Koperasi '.repeat(5).slice(0, 200);
const HOSTILE = `<script>alert(1)</script> & "'{a|b} {c} 🎉👨‍👩‍👧 \u0000\u0008\u202e\ud800 中文 ]]>`;
const rows = (names: readonly string[], values: readonly (number | null)[]) =>
  names.map((name, index) => ({ name, value: values[index] === undefined ? 0 : values[index] }));
const bars = (measure: BarChart['measure'], given: BarChart['rows']): BarChart => {
  return { kind: 'bars', report: REPORT, scope: '', noun: 'akun', total: given.length, measure, rows: given };
};
const months = (values: Record<string, [pagu: number, realisasi: number]>): TrendChart => ({
  kind: 'trend',
  report: REPORT,
  scope: '',
  months: Object.entries(values).map(([month, [pagu, realisasi]]) => {
    return { month, pagu, realisasi, serapan: pagu === 0 ? null : (realisasi / pagu) * 100 };
  }),
});
const stacks = (...given: StackChart['rows']): StackChart => {
  return { kind: 'stack', report: REPORT, scope: '', noun: 'akun', total: given.length, rows: given };
};
const stack = (name: string, pagu: number, realisasi: number, outstanding = 0, komitmen = 0) => {
  return { name, pagu, realisasi, outstanding, komitmen, sisa: pagu - realisasi - outstanding - komitmen };
};

/** Charts of every kind, with the input that is most likely to break them. */
const CHARTS: Record<string, Chart> = {
  trend: months({ '2026-01': [5e9, 1e9], '2026-02': [5e9, 2e9], '2026-03': [6e9, 3e9] }),
  'a trend with a gap, two years and a negative month': months({
    '2025-11': [5e9, 4e9],
    '2025-12': [5e9, 4.8e9],
    '2026-01': [4e9, -1e8],
    '2026-03': [4e9, 5e8],
  }),
  'a trend without pagu': months({ '2026-01': [0, 0], '2026-02': [0, 0], '2026-03': [0, 5] }),
  'bars with negative amounts': bars('sisa', rows(['A', 'B', 'C'], [-3e8, 0, 4e8])),
  'bars that are all negative': bars('sisa', rows(['A', 'B', 'C'], [-3e8, -2, -1])),
  'bars without amounts': bars('pagu', rows(['A', 'B', 'C'], [0, 0, 0])),
  'shares, one of pagu 0': bars('serapan', rows(['A', 'B', 'C'], [104.2, 0, null])),
  'names of 200 characters, hostile and empty ones': bars('pagu', rows([LONG, HOSTILE, '🎉', ''], [4, 3, 2, 1])),
  'fifteen of sixty rows': {
    ...bars(
      'pagu',
      rows(
        Array.from({ length: 15 }, () => LONG),
        [5],
      ),
    ),
    total: 60,
  },
  stacks: stacks(stack('A', 1e9, 5e8, 1e8, 1e8), stack('B', 5e8, 1e8), stack('C', 0, 0)),
  'stacks with more than pagu': stacks(stack('A', 1e9, 9e8, 2e8, 1e8), stack('B', 0, 1e8), stack('C', -5, -9)),
};

/** Sizes of the texts of an SVG, px. */
const fontSizes = (svg: string) =>
  [...svg.matchAll(/font-size:\s*(\d+)px|font:[^"';]*?(\d+)px/g)].map(([, a, b]) => Number(a ?? b));

t.test('every chart is a picture of 1080 px with texts of at least 28 px and no remote content', async (t) => {
  for (const [name, chart] of Object.entries(CHARTS)) {
    const svg = drawSvg(chart);
    const png = Buffer.from(drawPng(chart));
    t.equal(png.readUInt32BE(16), 1080, name);
    t.ok(png.length < 300_000, `${name}: ${png.length} bytes`);
    t.ok(fontSizes(svg).length > 4 && Math.min(...fontSizes(svg)) >= 28, name);
    t.notMatch(svg, /<(?:script|image|foreignObject)|href=|url\((?!#)|NaN|Infinity|undefined/, name);
    t.match(svg, /Laporan SP2D per 31 Oktober 2026/, name);
  }
});

t.test('row texts cannot break the SVG and are shown as they are, without emoji', async (t) => {
  const svg = drawSvg(CHARTS['names of 200 characters, hostile and empty ones'] as Chart);
  t.match(svg, '&lt;script&gt;alert(1)&lt;/script&gt; &amp; ');
  t.notMatch(svg, /[\p{Extended_Pictographic}\p{Script=Han}\p{Cs}\u0000-\u0008\u202e]/u);
  t.match(svg, /4\. Tanpa nama/);
  t.match(svg, /Koordinasi…</, 'a long name is cut');
});

t.test('what a chart leaves out is written below it', async (t) => {
  t.match(
    drawSvg(CHARTS['a trend with a gap, two years and a negative month'] as Chart),
    'Tanpa laporan: Februari 2026',
  );
  t.match(drawSvg(CHARTS['fifteen of sixty rows'] as Chart), 'Ditampilkan 15 dari 60 akun');
  t.match(drawSvg(CHARTS['shares, one of pagu 0'] as Chart), 'tanpa pagu');
  t.match(drawSvg(CHARTS['bars with negative amounts'] as Chart), '-Rp300 juta');
});

t.test('the text in place of a picture has one bar per row', async (t) => {
  const text = (chart: Chart) => formatForWhatsApp(writeTextChart(chart, 'Tanpa gambar.'), { portalHost: '' });
  t.equal(
    text(CHARTS['bars with negative amounts'] as Chart),
    [
      '*Sisa per akun*',
      '1. A\n░░░░░░░░ -Rp300 juta',
      '2. B\nRp0',
      '3. C\n▇▇▇▇▇▇▇▇▇▇ Rp400 juta',
      '_Laporan SP2D per 31 Oktober 2026._',
      'Tanpa gambar.',
    ].join('\n\n'),
  );
  t.match(text(CHARTS.trend as Chart), /Januari 2026\n▇▇▇▇ Rp1 miliar \(20%\)\n\nFebruari 2026\n▇▇▇▇▇▇▇▇ Rp2 miliar/);
  t.match(text(CHARTS.stacks as Chart), /1\. A\n█████▓▒░░░ Rp1 miliar\n/);
  const hostile = text(CHARTS['names of 200 characters, hostile and empty ones'] as Chart);
  t.match(hostile, /2\. <script>alert\(1\)<\/script>/);
  for (const [name, chart] of Object.entries(CHARTS)) t.ok(text(chart).length < 3_500, name);
});

t.test('charts are rendered in a worker thread', async (t) => {
  const chart = CHARTS.trend as Chart;
  const signal = AbortSignal.timeout(60_000);
  const create = (t: Test, options: Parameters<typeof createChartRenderer>[0] = {}) => {
    const renderer = createChartRenderer({ maxRenderMs: 60_000, ...options });
    t.teardown(() => renderer.close());
    return renderer;
  };

  await t.test('a render failure does not stop the worker', async (t) => {
    const renderer = create(t, { idleMs: 0 });
    renderer.prepare();
    const broken = { ...chart, months: null } as unknown as Chart;
    const drawn = await Promise.allSettled([chart, broken, chart].map((each) => renderer.render(each, signal)));
    t.same(
      drawn.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    t.same(drawn[0]?.status === 'fulfilled' && Buffer.from(drawn[0].value), Buffer.from(drawPng(chart)));
  });
  await t.test('a slow or aborted render rejects', async (t) => {
    await t.rejects(create(t, { maxRenderMs: 0 }).render(chart, signal), { name: 'TimeoutError' });
    await t.rejects(create(t).render(chart, AbortSignal.abort(new Error('stop'))), { message: 'stop' });
  });
});
