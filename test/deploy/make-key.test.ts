import t from 'tap';
import { makeKey, SECRET } from './make-key.ts';
import { claimsOf } from './postgrest.ts';

t.test('the created key is valid, contains the role, expires and is the only output', async (t) => {
  const { code, stdout, stderr } = await makeKey([], { env: SECRET });
  t.equal(code, 0);
  const claims = claimsOf(stdout, SECRET);
  t.match(claims, { iss: 'supabase', role: 'sapa_whatsapp' });
  t.equal(Number(claims?.exp) - Number(claims?.iat), 365 * 24 * 60 * 60);
  t.match(stderr, 'berlaku sampai');
  t.notMatch(stdout + stderr, SECRET);
  t.equal(claimsOf(stdout, `${SECRET}x`), null, 'with another secret it does not verify');
  const other = await makeKey(['--days', '30', '--role', 'sapa_whatsapp_2'], { stdin: `${SECRET}\n` });
  const short = claimsOf(other.stdout, SECRET);
  t.match(short, { role: 'sapa_whatsapp_2' });
  t.equal(Number(short?.exp) - Number(short?.iat), 30 * 24 * 60 * 60);
});

t.test('no key is created from an invalid secret, a secret in the arguments or invalid options', async (t) => {
  const wishes: [string[], { env?: string; stdin?: string }, RegExp][] = [
    [[], {}, /belum diisi/],
    [[], { env: 'pendek' }, /terlalu pendek/],
    [[SECRET], {}, /^Pemakaian/],
    [['--secret', SECRET], { env: SECRET }, /^Pemakaian/],
    [['--days', '0'], { env: SECRET }, /--days/],
    [['--days', '4000'], { env: SECRET }, /--days/],
    [['--role', 'service role'], { env: SECRET }, /--role/],
  ];
  for (const [args, given, says] of wishes) {
    const { code, stdout, stderr } = await makeKey(args, given);
    t.equal(code, 1);
    t.equal(stdout, '');
    t.match(stderr, says);
    t.notMatch(stderr, SECRET);
  }
});
