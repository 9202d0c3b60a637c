import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { PostgrestError } from '../../../sandbox/postgrest/error.ts';
import { createMemoryEngine } from '../../../sandbox/postgrest/memory/engine.ts';
import { parseQuery } from '../../../sandbox/postgrest/parse-query.ts';
import type { Tables } from '../../../sandbox/sapa-schema.ts';

const nasty = fc.string({ unit: fc.constantFrom(...'a,.()"\\*%{}:!-> or=eqnot'), maxLength: 20 });
const quote = (value: string) => `"${value.replace(/["\\]/g, '\\$&')}"`;

t.test('a quoted value of a list or a logic tree is parsed to the text itself', async () => {
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

t.test('every query gives rows or an error of PostgREST', async (t) => {
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
  t.pass('no other error');
});

function filter(name: string, operator: string, values: string[]) {
  return { kind: 'filter', negated: false, field: { name, path: [] }, operator, values };
}
