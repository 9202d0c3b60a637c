import t from 'tap';
import { createOriginCheck } from '../../src/origins.ts';

const allows = (patterns: string[], origin: string | undefined): boolean => {
  let allowed = false;
  createOriginCheck(patterns)(origin, (_error, allow) => {
    allowed = allow;
  });
  return allowed;
};
const STANDARD = ['https://fonnte.com', 'https://*.fonnte.com'];

t.test('fonnte.com and its subdomains are allowed', async (t) => {
  for (const origin of [
    'https://fonnte.com',
    'https://md.fonnte.com',
    'https://a.b.fonnte.com',
    'https://FONNTE.com',
  ]) {
    t.ok(allows(STANDARD, origin), origin);
  }
});

t.test('an origin matches by scheme, host and port, never by substring', async (t) => {
  const others = [
    'http://fonnte.com',
    'https://fonnte.com:8443',
    'https://fonnte.com.evil.example',
    'https://evil.example/fonnte.com',
    'https://evilfonnte.com',
    'https://fonnte.company',
    'https://evil.example?fonnte.com',
    'https://fonnte.com@evil.example',
    'null',
    '',
    'fonnte.com',
    'chrome-extension://fonnte.com',
  ];
  for (const origin of others) t.notOk(allows(STANDARD, origin), origin);
});

t.test('a pattern for subdomains does not allow the domain itself', async (t) => {
  t.notOk(allows(['https://*.contoh.id'], 'https://contoh.id'));
  t.ok(allows(['https://*.contoh.id'], 'https://portal.contoh.id'));
});

t.test('a port belongs to the pattern', async (t) => {
  t.ok(allows(['http://localhost:5173'], 'http://localhost:5173'));
  t.notOk(allows(['http://localhost:5173'], 'http://localhost:5174'));
});

t.test('a call without an origin is no browser, and is let through', async (t) => {
  t.ok(allows([], undefined));
});

t.test('a pattern that is no origin is refused at once', async (t) => {
  t.throws(() => createOriginCheck(['fonnte.com']));
  t.throws(() => createOriginCheck(['*']));
});
