import fc from 'fast-check';
import t from 'tap';
import { parseAccount } from '../../../../src/supabase/budget/account-code.ts';

t.test('the account is segment 7, else the last six digits before the item, else the last segment', async (t) => {
  const cases: [string, string][] = [
    ['WA.6336.EBA.963.126.0B.521211.002523', '521211'],
    ['WA.6336.EBA.963.126.0B.521211', '521211'],
    ['WA.6336.EBA.963.126.0B.A.521211.002523', '521211'],
    ['WA.6336.521211.002523', '521211'],
    ['WA.6336.EBA.963.126.0B.52121.002523', '002523'],
    ['111111.222222.333333', '222222'],
    ['WA.6336.EBA.521211', '521211'],
    ['WA.6336.EBA', 'EBA'],
    ['WA', 'WA'],
    ['WA.6336.EBA.963.126.0B.5212111.002523', '002523'],
    ['WA.6336.EBA.963.126.0B.52121x.002523', '002523'],
  ];
  for (const [kode, account] of cases) t.equal(parseAccount(kode), account, kode);
});

/** The same rule in its simplest form, without optimization. */
function naiveAccount(kode: string): string {
  const segments = kode.split('.');
  if (/^\d{6}$/.test(segments[6] ?? '')) return segments[6]!;
  const before = segments.slice(0, -1).filter((segment) => /^\d{6}$/.test(segment));
  return before[before.length - 1] ?? segments[segments.length - 1]!;
}

t.test('the account of any code follows the rule', async () => {
  const segment = fc.oneof(
    fc.constantFrom('WA', 'EBA', '0B', '963', '521211', '002523', '53211', ''),
    fc.string({ maxLength: 7 }),
  );
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 10 }), (segments) => {
      const kode = segments.join('.');
      return parseAccount(kode) === naiveAccount(kode);
    }),
    { numRuns: 1000 },
  );
});
