import fc from 'fast-check';
import t from 'tap';
import { type Calculation, calculate, OPERATIONS, type Operation } from '../../../../src/gemini/tools/calculate.ts';

const calculateWith = (
  operation: Operation,
  operands: number[],
  figures: number[],
  months: number[] = [],
): Calculation => calculate(operation, operands, { figures, months });

t.test('each operation returns its result and an explanation', async (t) => {
  const figures = [1_000_000, 250_000, 4, 0];
  t.same(calculateWith('sum', [1_000_000, 250_000, 4], figures), {
    ok: true,
    result: 1_250_004,
    how: '1.000.000 + 250.000 + 4 = 1.250.004',
  });
  t.match(calculateWith('difference', [1_000_000, 250_000, 4], figures), {
    result: 749_996,
    how: '1.000.000 − 250.000 − 4 = 749.996',
  });
  t.match(calculateWith('ratio_percent', [250_000, 1_000_000], figures), {
    result: 25,
    how: '250.000 ÷ 1.000.000 × 100% = 25',
  });
  t.match(calculateWith('divide', [1_000_000, 4], figures), { result: 250_000 });
  t.match(calculateWith('project_linear', [250_000, 9, 12], figures, [9]), {
    result: 333_333.33,
    how: /250\.000 ÷ 9 × 12/,
  });
});

t.test('every operation rejects an unknown operand at every position and names it', async () => {
  const figure = fc.integer({ min: 1000, max: 1e12 });
  fc.assert(
    fc.property(
      fc.constantFrom(...OPERATIONS),
      fc.array(figure, { minLength: 3, maxLength: 3 }),
      fc.nat({ max: 2 }),
      fc.integer({ min: 1, max: 500 }),
      (operation, figures, place, offset) => {
        const two = operation === 'ratio_percent' || operation === 'divide';
        const operands = two ? figures.slice(0, 2) : [...figures];
        const at = place % operands.length;
        operands[at] = Math.max(...figures) + offset;
        const outcome = calculateWith(operation, operands, figures, [11]);
        return !outcome.ok && outcome.error.includes(String(operands[at]));
      },
    ),
  );
  t.notOk(calculateWith('sum', [1], []).ok, 'without figures every operand is unknown');
});

t.test(
  'a rounded operand is replaced with the exact figure; one that does not round to a figure is rejected',
  async (t) => {
    t.match(calculateWith('ratio_percent', [45.3, 100], [45.2689, 100]), { ok: true, result: 45.2689 });
    t.match(calculateWith('sum', [1_234_568], [1_234_567.89]), { ok: true, result: 1_234_567.89 });
    t.match(calculateWith('sum', [1_200_000], [1_234_567.89]), { ok: false });
    t.match(calculateWith('sum', [1_234_567.5], [1_234_567.89]), { ok: false });
    t.match(calculateWith('sum', [-5], [5]), { ok: false }, 'a sign is part of a figure');
    t.match(calculateWith('sum', [95], [94.6, 95]), { ok: true, result: 95 }, 'the nearest figure is used');
    t.match(calculateWith('sum', [1e-7], [0]), { ok: false });
  },
);

t.test('months of a known date are accepted as a divisor', async (t) => {
  const figures = [900, 12.3];
  t.match(
    calculateWith('project_linear', [900, 9, 12], figures, [9]),
    { ok: true, result: 1200 },
    '12 stays 12, although 12.3 is a figure',
  );
  t.match(calculateWith('project_linear', [900, 8.5, 12], figures, [9]), { ok: true }, 'in the middle of September');
  t.match(calculateWith('project_linear', [900, 7.5, 12], figures, [9]), { ok: false });
  t.match(calculateWith('project_linear', [900, 9, 10], figures, [9]), { ok: false });
  t.match(calculateWith('divide', [900, 3], figures, [9]), { ok: true, result: 300 }, 'the months that are left');
  t.match(calculateWith('divide', [9, 3], figures, [9]), { ok: false }, 'only as a divisor');
  t.match(calculateWith('sum', [9, 12], figures, [9]), { ok: false });
});

t.test('a calculation without a result is rejected with the reason', async (t) => {
  t.match(calculateWith('ratio_percent', [5, 0], [5, 0]), { ok: false, error: /nol/ });
  t.match(calculateWith('divide', [5, 0], [5, 0]), { ok: false, error: /nol/ });
  t.match(calculateWith('project_linear', [5, 12, 9], [5, 9], [9]), { ok: false, error: /tidak melebihi/ });
  t.match(calculateWith('project_linear', [5, 0, 12], [5, 0], [9]), { ok: false, error: /lebih dari 0/ });
  t.match(calculateWith('difference', [5], [5]), { ok: false, error: /angka awal/ });
  t.match(calculateWith('divide', [5, 5, 5], [5]), { ok: false, error: /yang dibagi, pembagi/ });
});
