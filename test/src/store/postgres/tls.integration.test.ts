import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { findPostgres, openPostgresServer, SUPERUSER, unprivileged } from '../../../../sandbox/postgres-server.ts';
import { createCertificate } from '../../../support/certificate.ts';
import { scratchFolder } from '../../../support/folders.ts';
import { freePort } from '../../../support/ports.ts';
import { openPostgresStore, runSql } from '../../../support/store-contract/shared.ts';

const binaries = findPostgres();
const skip = binaries ? false : 'PostgreSQL is not installed';
/** Reaches this machine, but is not a loopback address: the service takes it for another machine. */
const REMOTE = '0.0.0.0';

/** Starts PostgreSQL with TLS and a certificate for REMOTE of an unknown authority. */
async function startWithTls(t: Test) {
  const folder = scratchFolder(t);
  const { cert, key } = await createCertificate([], [REMOTE]);
  const files = { cert: join(folder, 'server.crt'), key: join(folder, 'server.key') };
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key, { mode: 0o600 });
  const account = unprivileged();
  if (account) for (const path of [folder, files.key]) chownSync(path, account.uid, account.gid);
  const port = await freePort();
  const tls = ['ssl=on', `ssl_cert_file=${files.cert}`, `ssl_key_file=${files.key}`];
  const settings = ['listen_addresses=127.0.0.1', `port=${port}`, ...tls];
  const server = await openPostgresServer({ binaries: binaries ?? '', folder: scratchFolder(t), settings });
  t.teardown(server.close);
  const at = (host: string, query = '') => `postgresql://${SUPERUSER}@${host}:${port}/postgres${query}`;
  return { at, rootCertificate: files.cert };
}

t.test('connections over TLS', { skip }, async (t) => {
  const { at, rootCertificate } = await startWithTls(t);
  /** @returns whether the connections of a store are encrypted */
  const isEncrypted = async (url: string) => {
    const store = await openPostgresStore(url, 'test_tls');
    const [row] = await runSql(
      at('127.0.0.1'),
      "SELECT bool_and(ssl) AS ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'sapa-whatsapp'",
    );
    await store.close();
    return row?.ssl;
  };
  const root = `sslrootcert=${encodeURIComponent(rootCertificate)}`;
  await t.rejects(isEncrypted(at(REMOTE)), /self-signed certificate/, 'an unknown authority is refused by default');
  t.equal(await isEncrypted(at(REMOTE, `?${root}`)), true, 'a known authority and the right address');
  await t.rejects(isEncrypted(at('localhost', `?sslmode=verify-full&${root}`)), /does not match certificate/);
  t.equal(await isEncrypted(at('localhost', `?sslmode=verify-ca&${root}`)), true, 'another name');
  t.equal(await isEncrypted(at(REMOTE, '?sslmode=require')), true, 'an unknown authority');
  t.equal(await isEncrypted(at(REMOTE, '?sslmode=disable')), false);
  t.equal(await isEncrypted(at('127.0.0.1')), false, 'this machine');
});

t.test('a server on another machine that has no TLS is refused by default', { skip }, async (t) => {
  const port = await freePort();
  const settings = ['listen_addresses=127.0.0.1', `port=${port}`];
  const server = await openPostgresServer({ binaries: binaries ?? '', folder: scratchFolder(t), settings });
  t.teardown(server.close);
  const opening = openPostgresStore(`postgresql://${SUPERUSER}@${REMOTE}:${port}/postgres`, 'test_tls');
  await t.rejects(opening, /does not support SSL/);
});
