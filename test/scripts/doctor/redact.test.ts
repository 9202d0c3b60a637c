import t from 'tap';
import { createRedactor } from '../../../scripts/doctor/redact.ts';

const redact = createRedactor({
  FONNTE_TOKEN: 'token+rahasia',
  ADMIN_API_KEY: 'budi:kunci-budi-yang-panjang,kunci-kedua-yang-panjang',
  WEBHOOK_SECRET_KEY: 'rahasia-webhook',
  PORTAL_NAME: 'Portal Anggaran',
});

t.test('secrets are removed, each entry of a list and encoded ones too', async (t) => {
  t.equal(redact('a token+rahasia b token%2Brahasia c'), 'a [rahasia] b [rahasia] c');
  t.equal(redact('kunci-budi-yang-panjang; kunci-kedua-yang-panjang'), '[rahasia]; [rahasia]');
  t.equal(redact('x rahasia-webhook x Portal Anggaran'), 'x [rahasia] x Portal Anggaran');
});

t.test('phone numbers lose their middle in any notation; dates, amounts and ids stay', async (t) => {
  const numbers = ['6281200000001', '+6281200000001', '081200000001', '+62 812-0000-0001', '0812.0000.0001'];
  for (const number of numbers) {
    const masked = redact(`target ${number} invalid`);
    t.match(masked, /^target \d{1,5}\*{4}0001 invalid$/, number);
  }
  t.notMatch(redact('6281200000001-6281200000002'), /81200000001|81200000002/);
  for (const text of ['2026-11-28 10:20', '1.000.000 pesan', '08123456-0000-4000-8000-000000000001', '127.0.0.1:39111'])
    t.equal(redact(text), text);
});

t.test('a text can neither write to the terminal nor fill it', async (t) => {
  t.equal(redact('a\u001b[2Jb\u0007c\r\nd\u202ee\u200b'), 'a [2Jb c de');
  t.equal(redact('x'.repeat(5_000)).length, 601);
});
