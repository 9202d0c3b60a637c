import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { PostgrestError } from '../../../sandbox/postgrest/error.ts';
import { createMemoryEngine } from '../../../sandbox/postgrest/memory/engine.ts';
import { parseQuery } from '../../../sandbox/postgrest/parse-query.ts';
import type { Tables } from '../../../sandbox/sapa-schema.ts';

const nasty = fc.string({ unit: fc.constantFrom(...'a,.()"\\*%{}:!-> or=eqnot'), maxLength: 20 });
const quote = (value: string) => `"${value.replace(/["\\]/g, '\\$&')}"`;

t.test('any text that is quoted in a list or a logic tree is read back as it is', async () => {
  fc.assert(
    fc.property(nasty, nasty, (a, b) => {
      const params = new URLSearchParams([
        ['nama', `in.(${quote(a)},${quote(b)})`],
        ['or', `(nama.eq.${quote(a)},and(status.like.${quote(b)},nama.not.in.(${quote(a)})))`],
      ]);
      assert.deepEqual(parseQuery(params).where, [
        filter('nama', 'in', [a, b]),
        {
          kind: 'group',
          negated: false,
          operator: 'or',
          members: [
            filter('nama', 'eq', [a]),
            {
              kind: 'group',
              negated: false,
              operator: 'and',
              members: [filter('status', 'like', [b]), { ...filter('nama', 'in', a === '' ? [] : [a]), negated: true }],
            },
          ],
        },
      ]);
    }),
  );
});

t.test('the value of a single filter is the rest of the text, quotes included', async () => {
  fc.assert(
    fc.property(nasty, (value) => {
      assert.deepEqual(parseQuery(new URLSearchParams([['nama', `eq.${value}`]])).where, [
        filter('nama', 'eq', [value]),
      ]);
    }),
  );
});

t.test('no query does anything but give rows or a PostgREST error', async (t) => {
  const tables: Tables = {
    users: [{ name: 'x' }],
    activities: [{ nama: 'x' }],
    allocations: [],
    processed_results: [],
  };
  const runInMemory = createMemoryEngine(tables);
  const key = fc.constantFrom(
    'select',
    'order',
    'or',
    'and',
    'not.and',
    'nama',
    'id',
    'limit',
    'allocations.kode',
    'users.order',
  );
  const words = fc.constantFrom(
    ...[
      'nama',
      'id',
      'eq',
      'in',
      'is',
      'not',
      'and',
      'or',
      'like',
      'null',
      'users',
      'allocations',
      'desc',
      'inner',
      '1',
    ],
    ...['.', ',', '(', ')', '"', '\\', '*', ':', '!', '->', '->>', '{', '}', ' ', '(any)', '::text'],
  );
  const value = fc.array(words, { maxLength: 12 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(fc.tuple(key, value), { maxLength: 4 }), (pairs) => {
      try {
        runInMemory('activities', parseQuery(new URLSearchParams(pairs)));
      } catch (error) {
        if (!(error instanceof PostgrestError)) throw error;
      }
    }),
    { numRuns: 3000 },
  );
  t.pass('only rows and PostgREST errors');
});

function filter(name: string, operator: string, values: string[]) {
  return { kind: 'filter', negated: false, field: { name, path: [] }, operator, values };
}
