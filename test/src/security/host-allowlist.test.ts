import t from 'tap';
import { createHostAllowlist } from '../../../src/security/host-allowlist.ts';

t.test('a host matches by name and port, or as a subdomain, never by substring', async (t) => {
  const listingOf = createHostAllowlist([
    'files.example',
    '127.0.0.1:9000',
    '*.fonnte.com',
    '[::1]:81',
    'ssl.example:443',
    '*.dalam.example:8080',
  ]);
  const wanted: Record<string, unknown> = {
    'http://files.example/x': 'named',
    'https://FILES.example/x': 'named',
    'https://files.example:8443/x': null,
    'http://a.files.example/x': null,
    'http://files.example.jahat.example/': null,
    'http://127.0.0.1:9000/x': 'named',
    'http://0x7f000001:9000/x': 'named',
    'http://127.0.0.1/x': null,
    'http://127.0.0.1:90/x': null,
    'https://api.fonnte.com/x': 'subdomain',
    'https://a.b.fonnte.com/x': 'subdomain',
    'https://fonnte.com/x': null,
    'https://jahatfonnte.com/x': null,
    'https://api.fonnte.com:444/x': null,
    'http://[::1]:81/x': 'named',
    'https://ssl.example/x': 'named',
    'http://ssl.example/x': null,
    'http://a.dalam.example:8080/x': 'subdomain',
    'ftp://files.example/x': null,
    'file://files.example/x': null,
  };
  for (const [url, listing] of Object.entries(wanted)) t.equal(listingOf(new URL(url)), listing, url);
});

t.test('an empty list matches no host', async (t) => {
  t.equal(createHostAllowlist([])(new URL('https://api.fonnte.com/')), null);
});

t.test('an invalid entry is rejected', async (t) => {
  for (const entry of [
    '',
    '*',
    '*.',
    'http://a.example',
    'a.example/x',
    'a b',
    'a.example:99999',
    'o@a.example',
    '::1',
    ':80',
    'a.*.example',
  ]) {
    t.throws(() => createHostAllowlist([entry]), RangeError, `«${entry}»`);
  }
});
