import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parseDatabaseUrl } from '../../../../src/store/postgres/connection-options.ts';
import { scratchFolder } from '../../../support/folders.ts';

const REMOTE = 'postgresql://peran:sandi@db.contoh.invalid:5432/postgres';

t.test('a connection to another machine verifies the certificate, one to this machine uses no TLS', async (t) => {
  t.match(parseDatabaseUrl(REMOTE).ssl, { rejectUnauthorized: true });
  for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '[::1]'])
    t.equal(parseDatabaseUrl(`postgresql://peran@${host}/postgres`).ssl, false, host);
  t.equal(parseDatabaseUrl('postgresql://peran@localhost/postgres?host=/run/postgresql').ssl, false);
  t.match(parseDatabaseUrl('postgresql://peran@localhost/postgres?host=10.0.0.5').ssl, { rejectUnauthorized: true });
  t.match(parseDatabaseUrl('postgresql://peran@127.0.0.1.contoh.invalid/postgres').ssl, { rejectUnauthorized: true });
});

t.test('sslmode decides as in libpq, and is not passed on', async (t) => {
  const ssl = (mode: string) => parseDatabaseUrl(`${REMOTE}?sslmode=${mode}`).ssl;
  t.equal(ssl('disable'), false);
  for (const mode of ['allow', 'prefer', 'require']) t.match(ssl(mode), { rejectUnauthorized: false }, mode);
  t.match(ssl('verify-ca'), { rejectUnauthorized: true, checkServerIdentity: Function });
  t.same(ssl('verify-full'), { rejectUnauthorized: true });
  t.throws(() => ssl('verify'), /sslmode verify tidak dikenal/);
  t.match(parseDatabaseUrl('postgresql://peran@localhost/postgres?sslmode=verify-full').ssl, {
    rejectUnauthorized: true,
  });
  const { connectionString } = parseDatabaseUrl(`${REMOTE}?sslmode=require&application_name=x`);
  t.equal(connectionString, `${REMOTE}?application_name=x`);
});

t.test('sslrootcert names the authorities to trust', async (t) => {
  const file = join(scratchFolder(t), 'ca.pem');
  writeFileSync(file, 'SERTIFIKAT');
  const { ssl } = parseDatabaseUrl(`${REMOTE}?sslrootcert=${encodeURIComponent(file)}`);
  t.same(ssl, { ca: 'SERTIFIKAT', rejectUnauthorized: true });
  t.throws(() => parseDatabaseUrl(`${REMOTE}?sslrootcert=/tidak/ada`), /ENOENT/);
});
