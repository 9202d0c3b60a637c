import fc from 'fast-check';
import t from 'tap';
import {
  type ConversationKey,
  deviceNumberOf,
  maskConversation,
  senderOf,
  toConversationKey,
} from '../../src/conversation-key.ts';
import { maskPhone, normalizePhone, normalizeSender, type PhoneNumber } from '../../src/phone.ts';

const digits = (least: number, most: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: least, maxLength: most });
const SEPARATORS = [
  ' ',
  '-',
  '(',
  ')',
  '\u00a0',
  '\t',
  '\u2011',
  '\u2013',
  '\u3000',
  '\u200b',
  '\u202a',
  '\u2060',
  '\u2212',
];
const separator = fc.constantFrom(...SEPARATORS, '.');
/** A mobile number without the country code 62. */
const mobile = fc
  .tuple(fc.constantFrom('81', '82', '83', '85', '87', '88', '89'), digits(7, 10))
  .map(([prefix, rest]) => prefix + rest);
const fullWidth = (text: string) =>
  [...text].map((character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0)).join('');

const WRITTEN = [
  '6281200000004',
  '+6281200000004',
  '081200000004',
  '+62 812-0000-0004',
  '(0812) 0000.0004',
  '0812 0000 0004',
  '+62\u00a0812\u20110000\u20110004',
  ' 6281200000004 ',
  '+62 (0)812-0000-0004',
  '+62 0812 0000 0004',
  '62081200000004',
  '006281200000004',
  '0062 (0)812 0000 0004',
  "'081200000004",
  '\u2019081200000004',
  "'+6281200000004",
  'tel:+6281200000004',
  'TEL: 0812-0000-0004',
  "'tel:081200000004",
  '6281200000004.0',
  '6281200000004.00',
  '+6281200000004.0',
  '81200000004.0',
  '\u202a+62 812\u20110000\u20110004\u202c',
  '\ufeff0812\u200b0000\u200d0004',
  '\u200e081200000004.0\u200f',
  fullWidth('081200000004'),
  fullWidth('+62(0)812-0000-0004'),
  '\u30000812\u30000000\u30000004',
  '81200000004',
  '812 0000 0004',
];

t.test('every usual way of writing an Indonesian mobile number is the same number', async (t) => {
  for (const form of WRITTEN) t.equal(normalizePhone(form), '6281200000004', JSON.stringify(form));
  t.equal(normalizePhone(6281200000004), '6281200000004', 'as a JSON number');
  t.equal(normalizePhone(81200000004), '6281200000004', 'as a JSON number without prefix');
});

t.test(
  'numbers typed as 81, 82, 83, 85, 87, 88, 89 with 9 to 12 digits get the prefix 62, and no others',
  async (t) => {
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
  },
);

t.test('a sender is international already: 852… is Hong Kong, 81… is Japan', async (t) => {
  for (const foreign of ['85261234567', '81312345678', '8613800138000', '886912345678', '821012345678']) {
    t.equal(normalizeSender(foreign), foreign);
    t.equal(normalizeSender(Number(foreign)), foreign, 'as a JSON number');
  }
  t.equal(normalizePhone('85261234567'), '6285261234567', 'typed by a person it is Indonesian');
});

t.test(
  "WhatsApp's suffixes and the number of a linked device are removed from a sender, no other suffix",
  async (t) => {
    const written = [
      '6281200000004@s.whatsapp.net',
      '6281200000004@c.us',
      '6281200000004:12@s.whatsapp.net',
      '6281200000004:0@c.us',
      '6281200000004:12',
      '6281200000004.1:12@s.whatsapp.net',
      '6281200000004_1:3@c.us',
      '6281200000004@S.WhatsApp.Net',
      ' 6281200000004@c.us ',
      '+62 812-0000-0004@c.us',
      '081200000004',
    ];
    for (const form of written) t.equal(normalizeSender(form), '6281200000004', form);
    const others = [
      '98765432101234@lid',
      '98765432101234:3@lid',
      '120363400000000000@g.us',
      'status@broadcast',
      '6281200000004@broadcast',
      '120363400000000000@newsletter',
      '6281200000004@s.whatsapp.net@c.us',
      '@c.us',
      ':12',
      `6281200000004:${'1'.repeat(60)}`,
    ];
    for (const other of others) t.equal(normalizeSender(other), null, other);
    t.equal(normalizePhone('6281200000004@c.us'), null, 'people do not write them');
  },
);

t.test('a leading 0 becomes 62; other numbers of 8 to 15 digits are unchanged', async (t) => {
  t.equal(normalizePhone('0215550000'), '62215550000', 'a landline');
  t.equal(normalizePhone('62215550000'), '62215550000');
  t.equal(normalizePhone('6591234567'), '6591234567', 'Singapore');
  t.equal(normalizePhone('006591234567'), '6591234567');
  t.equal(normalizePhone('+1 (415) 555-0100'), '14155550100');
  t.equal(normalizePhone('12345678'), '12345678', '8 digits');
  t.equal(normalizePhone('123456789012345'), '123456789012345', '15 digits');
});

t.test('anything else is not a phone number', async (t) => {
  const others = [
    '',
    ' ',
    '+',
    '0',
    '000',
    "'",
    'tel:',
    '1234567',
    '62812',
    '1234567890123456',
    `0${'1'.repeat(14)}`,
    '9'.repeat(500),
    `${' '.repeat(60)}81200000004`,
    'abc',
    '6281200000001a',
    '62812+0000001',
    '++6281200000001',
    "''6281200000001",
    'tel:tel:6281200000001',
    '98765432101234@lid',
    '120363400000000000@g.us',
    '6281200000001,6281200000002',
    '6281200000001|nama',
    '\u0666\u0662\u0668\u0661\u0662\u0660\u0660\u0660\u0660\u0660\u0660\u0661',
    '1e12',
    '6,2812E+12',
    ...[null, undefined, true, {}, [], ['6281200000001'], Number.NaN, Number.POSITIVE_INFINITY, 1e21, 1.5e-7, 62n],
    ...[-6281200000001, 6281200000001.5],
  ];
  for (const normalize of [normalizePhone, normalizeSender]) {
    for (const other of others) {
      t.equal(normalize(other), null, `${normalize.name} ${String(other).slice(0, 40)}`);
    }
  }
});

t.test('every result is null or 8 to 15 digits without a leading 0', async () => {
  const anything = fc.oneof(fc.anything(), fc.string(), digits(0, 20), fc.double(), fc.integer());
  fc.assert(
    fc.property(anything, (raw) =>
      [normalizePhone(raw), normalizeSender(raw)].every((phone) => phone === null || /^[1-9]\d{7,14}$/.test(phone)),
    ),
  );
});

t.test('normalizing is idempotent', async () => {
  const written = fc.oneof(digits(0, 18), fc.tuple(fc.constantFrom('00', '+', '620', '0', "'", 'tel:'), digits(6, 14)));
  const twice = fc.property(written, (parts) => {
    const raw = typeof parts === 'string' ? parts : parts.join('');
    return [normalizePhone, normalizeSender].every((normalize) => {
      const once = normalize(raw);
      return once === null || normalize(once) === once;
    });
  });
  fc.assert(twice, { numRuns: 2_000 });
});

t.test('every notation of one mobile number gives the number that FONNTE sends', async () => {
  const notations: ((national: string) => string)[] = [
    (national) => `62${national}`,
    (national) => `+62${national}`,
    (national) => `0${national}`,
    (national) => national,
    (national) => `0062${national}`,
    (national) => `620${national}`,
    (national) => `+62 (0)${national}`,
    (national) => `+62 0${national}`,
    (national) => `'0${national}`,
    (national) => `tel:+62${national}`,
    (national) => `62${national}.0`,
    (national) => `\u202a+62${national}\u202c`,
    (national) => fullWidth(`0${national}`),
  ];
  fc.assert(
    fc.property(mobile, fc.constantFrom(...notations), (national, write) => {
      const sender = normalizeSender(`62${national}@s.whatsapp.net`);
      return sender === `62${national}` && normalizePhone(write(national)) === sender;
    }),
    { numRuns: 2_000 },
  );
});

t.test('separators and a leading + do not change the number', async () => {
  const spread = fc.tuple(digits(8, 15), fc.array(separator, { maxLength: 16 }));
  fc.assert(
    fc.property(spread, ([number, separators]) => {
      const written = [...number].map((digit, index) => `${separators[index] ?? ''}${digit}`).join('');
      // The last digit of a spreadsheet's decimal is not part of the number.
      fc.pre(!/^[^.]*\.0$/.test(written));
      return (
        normalizePhone(written) === normalizePhone(number) && normalizePhone(`+${number}`) === normalizePhone(number)
      );
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

t.test(
  'a phone number is not accepted where the key of a conversation is required, nor a key for a number',
  async (t) => {
    const phone: PhoneNumber = '6281200000001';
    const key = toConversationKey(phone, '6281100000001');
    // @ts-expect-error: the compiler must reject a phone number in place of a key
    const fromPhone: ConversationKey = phone;
    // @ts-expect-error: and a key in place of a phone number
    const fromKey: PhoneNumber = key;
    t.same([fromPhone, fromKey], ['6281200000001', '6281200000001@6281100000001']);
    t.same(
      [senderOf(key), deviceNumberOf(key), maskConversation(key)],
      [phone, '6281100000001', '62812****0001@62811****0001'],
    );
    const withoutDevice = toConversationKey(phone, null);
    t.same([withoutDevice, senderOf(withoutDevice), deviceNumberOf(withoutDevice)], [phone, phone, null]);
  },
);
