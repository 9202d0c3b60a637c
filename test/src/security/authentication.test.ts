import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import {
  createAdminAuthenticator,
  createComparison,
  createWebhookAuthenticator,
} from '../../../src/security/authentication.ts';

const KEYS = ['kunci-pertama', 'kunci-kedua'];
const rawBody = Buffer.from('{"sender":"6281200000001","message":"Halo"}');
const sign = (key: string, body = rawBody) => createHmac('sha256', key).update(body).digest('hex');
const isAuthentic = (secrets: unknown[], signature?: string, body = rawBody) =>
  createWebhookAuthenticator(KEYS)({ secrets, signature, rawBody: body });

t.test('any key authenticates a call, in the query, header or body', async (t) => {
  for (const key of KEYS) {
    t.ok(isAuthentic([key, undefined, undefined]));
    t.ok(isAuthentic([undefined, key, undefined]));
    t.ok(isAuthentic([undefined, undefined, key]));
    t.ok(isAuthentic(['salah', undefined, key]), 'next to a wrong one');
  }
});

t.test('a missing, wrong, partial, longer or empty secret is rejected', async (t) => {
  const others = [
    undefined,
    '',
    'salah',
    'kunci-pertam',
    'kunci-pertama ',
    'KUNCI-PERTAMA',
    'kunci-pertama,kunci-kedua',
  ];
  for (const other of others) t.notOk(isAuthentic([other]), String(other));
  t.notOk(isAuthentic([]));
});

t.test('a secret that is not a string is rejected', async (t) => {
  for (const other of [0, true, null, {}, ['kunci-pertama'], { toString: () => 'kunci-pertama' }]) {
    t.notOk(isAuthentic([other]), JSON.stringify(other));
  }
});

t.test('a signature of the raw body made with any key is accepted', async (t) => {
  for (const key of KEYS) {
    t.ok(isAuthentic([], sign(key)));
    t.ok(isAuthentic([], `sha256=${sign(key)}`));
    t.ok(isAuthentic([], `SHA256=${sign(key).toUpperCase()}`));
    t.ok(isAuthentic([], ` ${sign(key)} `));
  }
  t.ok(isAuthentic([], sign('kunci-kedua', Buffer.alloc(0)), Buffer.alloc(0)), 'over an empty body too');
});

t.test('a wrong signature fails, even with a correct secret', async (t) => {
  const wrong = ['', 'salah', 'sha256=', sign('lain'), sign('kunci-kedua').slice(1), `sha1=${sign('kunci-kedua')}`];
  for (const signature of wrong) t.notOk(isAuthentic(KEYS, signature), signature);
  t.notOk(isAuthentic(KEYS, sign('kunci-kedua'), Buffer.from(`${rawBody} `)), 'one byte more');
});

t.test('without keys every call passes', async (t) => {
  t.ok(createWebhookAuthenticator([])({ secrets: [], signature: undefined, rawBody }));
});

t.test('the comparison agrees with string equality', async () => {
  fc.assert(fc.property(fc.string(), fc.string(), (a, b) => createComparison(b)(a) === (a === b)));
  fc.assert(fc.property(fc.string(), (a) => createComparison(a)(a)));
});

t.test('an admin key returns its name, any other key null', async (t) => {
  const admins = [
    { name: 'rina', key: 'kunci-rina-yang-panjang' },
    { name: 'admin', key: 'kunci-lain-yang-panjang' },
  ];
  t.equal(createAdminAuthenticator(admins)('kunci-rina-yang-panjang'), 'rina');
  t.equal(createAdminAuthenticator(admins)('kunci-lain-yang-panjang'), 'admin');
  t.equal(createAdminAuthenticator(admins)('kunci-siapa'), null);
  t.equal(createAdminAuthenticator(admins)(''), null);
  t.equal(createAdminAuthenticator(admins)(undefined), null);
  t.equal(createAdminAuthenticator([{ name: 'x', key: '' }])(''), null, 'an empty key opens nothing');
});
