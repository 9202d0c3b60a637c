import fc from 'fast-check';
import t from 'tap';
import { maskPhone, normalizePhone, normalizeSender } from '../../src/phone.ts';
import { hostileText } from './arbitraries.ts';
import { countCases, fuzzOptions, seed, totalCases } from './cases.ts';

const phoneLikeText = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^['+0-9 ().\u200b\u2010-\u2015\uff10-\uff19-]{0,24}$/) },
  { weight: 2, arbitrary: fc.stringMatching(/^(\+62|62|0|)8\d{7,12}$/) },
  hostileText,
  fc.double(),
  fc.maxSafeInteger(),
  fc.anything(),
);

t.test('any text is normalized to 8 to 15 digits or rejected, and normalization is idempotent', async (t) => {
  let numbers = 0;
  const cases = fc.property(phoneLikeText, (raw) => {
    for (const normalize of [normalizePhone, normalizeSender]) {
      const phone = normalize(raw);
      if (phone === null) continue;
      numbers += 1;
      if (!/^\d{8,15}$/.test(phone)) throw new Error(`${String(raw)} became ${phone}`);
      if (normalize(phone) !== phone) throw new Error(`${phone} became ${normalize(phone)}`);
      const masked = maskPhone(phone);
      if (masked.includes(phone) || masked.replace(/\D/g, '').length > phone.length - 3) throw new Error(masked);
    }
  });
  fc.assert(cases, fuzzOptions('phone numbers'));
  t.comment(`phone numbers: ${countCases('phone numbers')} cases, ${numbers} of them numbers, seed ${seed}`);
  t.ok(numbers > countCases('phone numbers') / 10, 'enough of them were numbers');
});

t.test('one run has at least 20,000 cases', async (t) => {
  t.comment(`${totalCases} cases altogether`);
  t.ok(totalCases >= 20_000);
});
