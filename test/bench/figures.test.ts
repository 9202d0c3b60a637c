import fc from 'fast-check';
import t from 'tap';
import { median, meets, percentile, ratios, summarise } from '../../bench/figures.ts';

t.test('the median is the middle value, or the mean of the two middle values', async (t) => {
  t.equal(median([3, 1, 2]), 2);
  t.equal(median([4, 1, 3, 2]), 2.5);
  t.equal(median([7]), 7);
});

t.test('a percentile is the smallest value that this share of values does not exceed', async (t) => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  t.equal(percentile(hundred, 0.5), 50);
  t.equal(percentile(hundred, 0.99), 99);
  t.equal(percentile(hundred, 1), 100);
  t.equal(percentile(hundred, 0), 1);
});

t.test('at least the requested share of values is at or below the percentile', async () => {
  const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 });
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (numbers, share) => {
      const found = percentile(numbers, share);
      const below = numbers.filter((number) => number <= found).length;
      return numbers.includes(found) && below >= numbers.length * share;
    }),
  );
});

t.test('an empty measurement is an error', async (t) => {
  t.throws(() => median([]));
  t.throws(() => percentile([], 0.5));
  t.throws(() => percentile([1, Number.NaN], 0.5));
  t.throws(() => ratios([1, 2], [1]));
  t.throws(() => ratios([1], [0]));
});

t.test('ratios compare values of the same round, and their median decides about a goal', async (t) => {
  const summary = summarise(ratios([10, 30, 90], [10, 10, 10]));
  t.same(summary, { median: 3, min: 1, max: 9 });
  t.ok(meets(summary, { at: 'least', value: 3 }));
  t.notOk(meets(summary, { at: 'least', value: 3.1 }));
  t.ok(meets(summary, { at: 'most', value: 3 }));
  t.notOk(meets(summary, { at: 'most', value: 2.9 }));
});
