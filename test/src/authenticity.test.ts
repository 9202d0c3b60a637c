import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { createAddressCheck, createAdminCheck, createComparison, createGenuineCheck } from '../../src/authenticity.ts';

const KEYS = ['kunci-pertama', 'kunci-kedua'];
const rawBody = Buffer.from('{"sender":"6281200000001","message":"Halo"}');
const sign = (key: string, body = rawBody) => createHmac('sha256', key).update(body).digest('hex');
const genuine = (secrets: unknown[], signature?: string, body = rawBody) =>
  createGenuineCheck(KEYS)({ secrets, signature, rawBody: body });

t.test('any of the keys makes a call genuine, wherever it stands', async (t) => {
  for (const key of KEYS) {
    t.ok(genuine([key, undefined, undefined]));
    t.ok(genuine([undefined, key, undefined]));
    t.ok(genuine([undefined, undefined, key]));
    t.ok(genuine(['salah', undefined, key]), 'beside a wrong one');
  }
});

t.test('a missing, wrong, partial, longer or empty secret is not genuine', async (t) => {
  const others = [
    undefined,
    '',
    'salah',
    'kunci-pertam',
    'kunci-pertama ',
    'KUNCI-PERTAMA',
    'kunci-pertama,kunci-kedua',
  ];
  for (const other of others) t.notOk(genuine([other]), String(other));
  t.notOk(genuine([]));
});

t.test('a secret that is no text is not genuine', async (t) => {
  for (const other of [0, true, null, {}, ['kunci-pertama'], { toString: () => 'kunci-pertama' }]) {
    t.notOk(genuine([other]), JSON.stringify(other));
  }
});

t.test('a signature made with any of the keys over the raw body is genuine', async (t) => {
  for (const key of KEYS) {
    t.ok(genuine([], sign(key)));
    t.ok(genuine([], `sha256=${sign(key)}`));
    t.ok(genuine([], `SHA256=${sign(key).toUpperCase()}`));
    t.ok(genuine([], ` ${sign(key)} `));
  }
  t.ok(genuine([], sign('kunci-kedua', Buffer.alloc(0)), Buffer.alloc(0)), 'over an empty body too');
});

t.test('a signature that is present and wrong fails, whatever else is right', async (t) => {
  const wrong = ['', 'salah', 'sha256=', sign('lain'), sign('kunci-kedua').slice(1), `sha1=${sign('kunci-kedua')}`];
  for (const signature of wrong) t.notOk(genuine(KEYS, signature), signature);
  t.notOk(genuine(KEYS, sign('kunci-kedua'), Buffer.from(`${rawBody} `)), 'one byte more');
});

t.test('without keys every call passes: only WEBHOOK_ALLOW_UNAUTHENTICATED starts such a service', async (t) => {
  t.ok(createGenuineCheck([])({ secrets: [], signature: undefined, rawBody }));
});

t.test('texts are equal exactly where they are', async () => {
  fc.assert(fc.property(fc.string(), fc.string(), (a, b) => createComparison(b)(a) === (a === b)));
  fc.assert(fc.property(fc.string(), (a) => createComparison(a)(a)));
});

t.test('an admin key has its name; nobody else has one', async (t) => {
  const admins = [
    { name: 'rina', key: 'kunci-rina-yang-panjang' },
    { name: 'admin', key: 'kunci-lain-yang-panjang' },
  ];
  t.equal(createAdminCheck(admins)('kunci-rina-yang-panjang'), 'rina');
  t.equal(createAdminCheck(admins)('kunci-lain-yang-panjang'), 'admin');
  t.equal(createAdminCheck(admins)('kunci-siapa'), null);
  t.equal(createAdminCheck(admins)(''), null);
  t.equal(createAdminCheck(admins)(undefined), null);
  t.equal(createAdminCheck([{ name: 'x', key: '' }])(''), null, 'an empty key opens nothing');
});

t.test('addresses and CIDR blocks of both families allow those within, and no others', async (t) => {
  const isAllowed = createAddressCheck(['203.0.113.7', '198.51.100.0/24', '2001:db8::/32', '::1']);
  for (const address of ['203.0.113.7', '198.51.100.0', '198.51.100.255', '2001:db8:1::5', '::1', '0:0:0:0:0:0:0:1']) {
    t.ok(isAllowed(address), address);
  }
  for (const address of ['203.0.113.8', '198.51.101.0', '2001:db9::1', '127.0.0.1', '', 'unknown', '203.0.113.7.8']) {
    t.notOk(isAllowed(address), address);
  }
});

t.test('IPv4 written as IPv6 is the same address, in the list and in the call', async (t) => {
  t.ok(createAddressCheck(['203.0.113.7'])('::ffff:203.0.113.7'));
  t.ok(createAddressCheck(['::ffff:203.0.113.7'])('203.0.113.7'));
  t.ok(createAddressCheck(['198.51.100.0/24'])('::FFFF:198.51.100.9'));
  t.ok(createAddressCheck(['::ffff:198.51.100.0/120'])('198.51.100.9'));
  t.notOk(createAddressCheck(['::ffff:198.51.100.0/120'])('198.51.101.9'));
  t.ok(createAddressCheck(['fe80::1'])('fe80::1%eth0'), 'a zone is dropped');
});

t.test('an empty list allows everybody', async (t) => {
  t.ok(createAddressCheck([])('203.0.113.7'));
});

t.test('an entry that is no address and no block is refused at once', async (t) => {
  const wrong = [
    '1.2.3',
    'contoh.id',
    '1.2.3.4/33',
    '1.2.3.4/-1',
    '1.2.3.4/',
    '1.2.3.4/8/8',
    '::1/129',
    '/8',
    '::ffff:1.2.3.4/64',
  ];
  for (const entry of wrong) t.throws(() => createAddressCheck([entry]), RangeError, entry);
});
