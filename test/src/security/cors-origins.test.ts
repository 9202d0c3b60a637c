import cors from '@fastify/cors';
import Fastify from 'fastify';
import t from 'tap';
import { toCorsOrigins } from '../../../src/security/cors-origins.ts';

/** Whether @fastify/cors with these patterns lets a browser on `origin` read a response. */
async function allows(patterns: string[], origin: string): Promise<boolean> {
  const app = Fastify();
  await app.register(cors, { origin: toCorsOrigins(patterns) });
  app.get('/', async () => 'ok');
  const { headers } = await app.inject({ url: '/', headers: { origin } });
  await app.close();
  return headers['access-control-allow-origin'] === origin;
}
const STANDARD = ['https://fonnte.com', 'https://*.fonnte.com'];

t.test('fonnte.com and its subdomains are allowed', async (t) => {
  for (const origin of ['https://fonnte.com', 'https://md.fonnte.com', 'https://a.b.fonnte.com']) {
    t.ok(await allows(STANDARD, origin), origin);
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
    'fonnte.com',
    'chrome-extension://fonnte.com',
  ];
  for (const origin of others) t.notOk(await allows(STANDARD, origin), origin);
});

t.test('a pattern for subdomains does not allow the domain itself', async (t) => {
  t.notOk(await allows(['https://*.contoh.id'], 'https://contoh.id'));
  t.ok(await allows(['https://*.contoh.id'], 'https://portal.contoh.id'));
});

t.test('a port belongs to the pattern', async (t) => {
  t.ok(await allows(['http://localhost:5173'], 'http://localhost:5173'));
  t.notOk(await allows(['http://localhost:5173'], 'http://localhost:5174'));
});

t.test('an invalid pattern is rejected', async (t) => {
  t.throws(() => toCorsOrigins(['fonnte.com']));
  t.throws(() => toCorsOrigins(['*']));
});
