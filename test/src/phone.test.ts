import fc from 'fast-check';
import t from 'tap';
import { maskPhone, normalizePhone } from '../../src/phone.ts';

const digits = (least: number, most: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: least, maxLength: most });
const separator = fc.constantFrom(' ', '.', '-', '(', ')', '\u00a0', '\t', '\u2011', '\u2013');

t.test('every usual way of writing an Indonesian mobile number is the same number', async (t) => {
  const written = [
    '6281200000001',
    '+6281200000001',
    '081200000001',
    '81200000001',
    '+62 812-0000-0001',
    '(0812) 0000.0001',
    '0812 0000 0001',
    '+62\u00a0812\u20110000\u20110001',
    ' 6281200000001 ',
  ];
  for (const form of written) t.equal(normalizePhone(form), '6281200000001', form);
  t.equal(normalizePhone(6281200000001), '6281200000001', 'as a JSON number');
  t.equal(normalizePhone(81200000001), '6281200000001', 'as a JSON number without prefix');
});

t.test('81, 82, 83, 85, 87, 88, 89 with 9 to 12 digits get 62, and no others', async (t) => {
  for (const prefix of ['81', '82', '83', '85', '87', '88', '89']) {
    for (const length of [9, 10, 11, 12]) {
      const number = prefix.padEnd(length, '0');
      t.equal(normalizePhone(number), `62${number}`, number);
    }
    for (const length of [8, 13]) {
      const number = prefix.padEnd(length, '0');
      t.equal(normalizePhone(number), number, number);
    }
  }
  for (const prefix of ['80', '84', '86']) {
    const number = prefix.padEnd(10, '0');
    t.equal(normalizePhone(number), number, `${number} is a foreign number`);
  }
});

t.test('a leading 0 becomes 62; 62 stays; another 8 to 15 digits stay as they are', async (t) => {
  t.equal(normalizePhone('0215550000'), '62215550000', 'a landline');
  t.equal(normalizePhone('62215550000'), '62215550000');
  t.equal(normalizePhone('6591234567'), '6591234567', 'Singapore');
  t.equal(normalizePhone('+1 (415) 555-0100'), '14155550100');
  t.equal(normalizePhone('12345678'), '12345678', '8 digits');
  t.equal(normalizePhone('123456789012345'), '123456789012345', '15 digits');
});

t.test('anything else is no number', async (t) => {
  const others = [
    '',
    ' ',
    '+',
    '0',
    '1234567',
    '62812',
    '1234567890123456',
    `0${'1'.repeat(14)}`,
    '9'.repeat(500),
    'abc',
    '6281200000001a',
    '62812+0000001',
    '++6281200000001',
    '6281200000001@s.whatsapp.net',
    '98765432101234@lid',
    '120363400000000000@g.us',
    '6281200000001,6281200000002',
    '6281200000001|nama',
    '\u0666\u0662\u0668\u0661\u0662\u0660\u0660\u0660\u0660\u0660\u0660\u0661',
    '1e12',
    ...[null, undefined, true, {}, [], ['6281200000001'], Number.NaN, Number.POSITIVE_INFINITY, 1e21, 1.5e-7, 62n],
  ];
  for (const other of others) t.equal(normalizePhone(other), null, String(other).slice(0, 40));
});

t.test('whatever comes in, what comes out is null or 8 to 15 digits that never begin with 0', async () => {
  const anything = fc.oneof(fc.anything(), fc.string(), digits(0, 20), fc.double(), fc.integer());
  fc.assert(
    fc.property(anything, (raw) => {
      const phone = normalizePhone(raw);
      return phone === null || /^[1-9]\d{7,14}$/.test(phone);
    }),
  );
});

t.test('a normalised international number is normalised to itself', async () => {
  const international = digits(6, 13).map((rest) => `62${rest}`);
  fc.assert(fc.property(international, (phone) => normalizePhone(phone) === phone));
});

t.test('separators and a leading + never change which number it is', async () => {
  const spread = fc.tuple(digits(8, 15), fc.array(separator, { maxLength: 16 }));
  fc.assert(
    fc.property(spread, ([number, separators]) => {
      const written = [...number].map((digit, index) => `${separators[index] ?? ''}${digit}`).join('');
      return (
        normalizePhone(written) === normalizePhone(number) && normalizePhone(`+${number}`) === normalizePhone(number)
      );
    }),
  );
});

t.test('0…, 62… and +62… of one number are one number', async () => {
  fc.assert(
    fc.property(digits(8, 12), (rest) => {
      const forms = [`0${rest}`, `62${rest}`, `+62${rest}`].map(normalizePhone);
      return new Set(forms).size === 1;
    }),
  );
});

t.test('a masked number shows at most its first five and last four digits, and hides at least three', async (t) => {
  t.equal(maskPhone('628123456789'), '62812****6789');
  fc.assert(
    fc.property(digits(8, 15), (phone) => {
      const [, first = '', last = ''] = /^(\d{0,5})\*{4}(\d{4})$/.exec(maskPhone(phone)) ?? [];
      return phone.startsWith(first) && phone.endsWith(last) && phone.length - first.length - last.length >= 3;
    }),
  );
});
