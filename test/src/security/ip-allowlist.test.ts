import t from 'tap';
import { createIpAllowlist } from '../../../src/security/ip-allowlist.ts';

t.test('addresses and CIDR blocks of both families allow those within, and no others', async (t) => {
  const isAllowed = createIpAllowlist(['203.0.113.7', '198.51.100.0/24', '2001:db8::/32', '::1']);
  for (const address of ['203.0.113.7', '198.51.100.0', '198.51.100.255', '2001:db8:1::5', '::1', '0:0:0:0:0:0:0:1']) {
    t.ok(isAllowed(address), address);
  }
  for (const address of ['203.0.113.8', '198.51.101.0', '2001:db9::1', '127.0.0.1', '', 'unknown', '203.0.113.7.8']) {
    t.notOk(isAllowed(address), address);
  }
});

t.test('IPv4 written as IPv6 is the same address, in the list and in the call', async (t) => {
  t.ok(createIpAllowlist(['203.0.113.7'])('::ffff:203.0.113.7'));
  t.ok(createIpAllowlist(['::ffff:203.0.113.7'])('203.0.113.7'));
  t.ok(createIpAllowlist(['198.51.100.0/24'])('::FFFF:198.51.100.9'));
  t.ok(createIpAllowlist(['::ffff:198.51.100.0/120'])('198.51.100.9'));
  t.notOk(createIpAllowlist(['::ffff:198.51.100.0/120'])('198.51.101.9'));
  t.ok(createIpAllowlist(['fe80::1'])('fe80::1%eth0'), 'a zone is dropped');
});

t.test('an empty list allows every address', async (t) => {
  t.ok(createIpAllowlist([])('203.0.113.7'));
});

t.test('an entry that is neither an address nor a block is rejected', async (t) => {
  const wrong = ['1.2.3', 'contoh.id', '1.2.3.4/33', '1.2.3.4/-1', '1.2.3.4/', '1.2.3.4/8/8', '::1/129', '/8'];
  for (const entry of wrong) t.throws(() => createIpAllowlist([entry]), entry);
});
