import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import t from 'tap';
import { Agent, request } from 'undici';
import { AddressRejectedError, createGuardedConnector, isPublicAddress } from '../../../src/security/ssrf-guard.ts';
import { SAMPLES, startFileServer } from '../../support/file-server.ts';

const PRIVATE = [
  '0.0.0.0',
  '0.255.255.255',
  '10.0.0.0',
  '10.255.255.255',
  '100.64.0.0',
  '127.0.0.1',
  '127.255.255.255',
  '169.254.0.1',
  '169.254.169.254',
  '172.16.0.0',
  '172.31.255.255',
  '192.0.0.1',
  '192.0.2.1',
  '192.88.99.1',
  '198.51.100.1',
  '203.0.113.1',
  '192.168.0.0',
  '192.168.255.255',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:10.0.0.1',
  '::ffff:8.8.8.8',
  '64:ff9b::a00:1',
  '64:ff9b:1::1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2002:a00:1::1',
  '3fff::1',
  '4000::1',
  '5f00::1',
  'fc00::1',
  'fdff::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
];

await t.test('private, loopback, link-local and other special addresses are not public', async (t) => {
  for (const address of PRIVATE) t.equal(isPublicAddress(address), false, address);
  for (const nothing of ['', 'localhost', '2130706433', '0x7f.1', '127.1', '8.8.8.8:80', '[2606:4700::1]']) {
    t.equal(isPublicAddress(nothing), false, `«${nothing}» is no address`);
  }
});

await t.test('public addresses are public, up to the edges of the special blocks', async (t) => {
  const edges = ['9.255.255.255', '11.0.0.0', '100.128.0.0', '126.255.255.255', '128.0.0.1', '169.253.255.255'];
  const more = ['172.15.255.255', '172.32.0.0', '192.167.255.255', '192.169.0.0', '8.8.8.8', '223.255.255.255'];
  for (const address of [...edges, ...more, '2606:4700::1111', '2404:6800::1', '2001:4860::8888']) {
    t.equal(isPublicAddress(address), true, address);
  }
});

await t.test('a literal address is checked like a name, in every notation', async (t) => {
  const server = await startFileServer(t);
  const url = server.serve('x', SAMPLES.png);
  const connect = createGuardedConnector({
    mayBePrivate: () => false,
    lookup: lookup as LookupFunction,
    timeoutMs: 10_000,
  });
  const agent = new Agent({ connect });
  t.teardown(() => agent.destroy());
  const hosts = PRIVATE.filter((address) => !address.includes('%')).map((a) => (a.includes(':') ? `[${a}]` : a));
  for (const host of [...hosts, '2130706433', '0x7f000001', '0177.0.0.1', '127.1', 'localhost']) {
    const error = await request(`http://${host}:${server.port}/x`, { dispatcher: agent }).catch((error) => error);
    t.ok(error instanceof AddressRejectedError, host);
  }
  const tls = await request(`https://127.0.0.1:${server.port}/x`, { dispatcher: agent }).catch((error) => error);
  t.ok(tls instanceof AddressRejectedError, 'https as well');
  t.same(server.requestedPaths, []);
  const open = new Agent({
    connect: createGuardedConnector({
      mayBePrivate: ({ host }) => host === server.host,
      lookup: lookup as LookupFunction,
      timeoutMs: 10_000,
    }),
  });
  t.teardown(() => open.destroy());
  t.equal((await request(url, { dispatcher: open })).statusCode, 200, 'where it may be private it is connected to');
});
