import fc from 'fast-check';
import t from 'tap';
import { planToolCalls } from '../../../../src/gemini/fallback/plan-tool-calls.ts';
import { checkArguments } from '../../../../src/gemini/tools/arguments.ts';
import type { ToolEvidence } from '../../../../src/gemini/tools/results.ts';
import { everydayQuestions } from '../../../support/everyday-questions.ts';

const TODAY = '2026-11-24';
const plan = (text: string, lists: ToolEvidence[] = []) => planToolCalls(text, { today: TODAY, lists });

t.test('plans the calls of each everyday question, except calculations with their results', async (t) => {
  for (const { question, after, calls } of everydayQuestions) {
    if (after) continue;
    t.match(
      plan(question),
      calls.filter(({ name }) => name !== 'calculate'),
      question,
    );
  }
});

t.test('plans no calls for a message that concerns no SAPA data', async (t) => {
  for (const text of ['', 'Halo', 'selamat pagi', 'terima kasih ya', 'makasih banyak kak', 'ok siap', '👍', 'amin']) {
    t.same(plan(text), [], text);
  }
});

t.test('plans the row of the last list that an ordinal names', async (t) => {
  const list: ToolEvidence = {
    tool: 'search_activities',
    args: { period: 'this_week' },
    listed: { kind: 'activities', ids: ['a-1', 'a-2'] },
  };
  t.match(plan('yang nomor 2', [list]), [{ name: 'search_activities', args: { keyword: 'a-2' } }]);
  t.same(plan('yang nomor 2'), []);
  t.same(plan('yang nomor 3', [list]), []);
});

t.test('any text has a plan of at most three calls with valid arguments', async () => {
  const words =
    'berapa sisa serapan realisasi pagu anggaran akun 524111 52 rincian kegiatan rapat pak Hendra bu triwulan III ke 2 tw3 sejak ' +
    'juni 2025 desember di bawah atas 50% 1,5 miliar antara dan 10 jt minus belum ada per RO komponen tiap bulan ini lalu depan ' +
    'minggu besok lusa jumat 5 sampai 31 februari yang nomor lanjut terendah paling mahal cukup supaya 95 persen kode WA.6336.EBA ' +
    'bandingkan barang modal tidak terlambat status rencana angka itu dari mana data tanggal kapan ? \\n';
  const text = fc.oneof(
    fc
      .array(fc.constantFrom(...words.split(' ')), { maxLength: 12 })
      .map((some) => some.join(' ').replaceAll('\\n', '\n')),
    fc.string({ unit: 'grapheme', maxLength: 200 }),
  );
  const list = fc.constantFrom<ToolEvidence[]>(
    [],
    [{ tool: 'budget_by_account', args: { group_by: 'ro' }, listed: { kind: 'groups', ids: ['WA.1', 'WA.2'] } }],
    [{ tool: 'budget_trend', args: {}, listed: { kind: 'months', ids: ['2026-09', '2026-10'] } }],
  );
  fc.assert(
    fc.property(text, list, (text, lists) => {
      const calls = plan(text, lists);
      const faults = calls.map(({ name, args }) => checkArguments(name, args)).filter(({ ok }) => !ok);
      return calls.length <= 3 && faults.length === 0;
    }),
    { numRuns: 2_000 },
  );
});
