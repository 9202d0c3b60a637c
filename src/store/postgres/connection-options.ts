import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import type { ConnectionOptions as TlsOptions } from 'node:tls';

/** Connection settings of `pg`. */
export interface ConnectionOptions {
  connectionString: string;
  ssl: false | TlsOptions;
}

/** Values of `sslmode`, as libpq defines them. `allow` and `prefer` never fall back to an unencrypted connection here. */
const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
type SslMode = (typeof SSL_MODES)[number];

/**
 * Parses DATABASE_URL. Without `sslmode`, a connection to another machine uses TLS and verifies the certificate; one to this
 * machine uses no TLS. `sslrootcert` names a file with the certificates of the authorities to trust.
 * @throws a sentence for the operator
 */
export function parseDatabaseUrl(databaseUrl: string): ConnectionOptions {
  const url = new URL(databaseUrl);
  const mode = url.searchParams.get('sslmode') ?? (isLocal(url) ? 'disable' : 'verify-full');
  if (!isSslMode(mode)) throw new Error(`sslmode ${mode} tidak dikenal; pilihan: ${SSL_MODES.join(', ')}`);
  const rootCertificate = url.searchParams.get('sslrootcert');
  // `pg` would interpret these itself, in another way.
  for (const name of ['sslmode', 'sslrootcert', 'ssl']) url.searchParams.delete(name);
  return { connectionString: url.href, ssl: toTlsOptions(mode, rootCertificate) };
}

function toTlsOptions(mode: SslMode, rootCertificate: string | null): false | TlsOptions {
  if (mode === 'disable') return false;
  const authorities = rootCertificate ? { ca: readFileSync(rootCertificate, 'utf8') } : {};
  if (mode === 'verify-full') return { ...authorities, rejectUnauthorized: true };
  if (mode === 'verify-ca') return { ...authorities, rejectUnauthorized: true, checkServerIdentity: () => undefined };
  return { ...authorities, rejectUnauthorized: false };
}

function isSslMode(mode: string): mode is SslMode {
  return (SSL_MODES as readonly string[]).includes(mode);
}

/** Whether the server runs on this machine: a loopback address or a Unix socket (`?host=/run/postgresql`). */
function isLocal(url: URL): boolean {
  const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname);
  const isLoopback = host === 'localhost' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'));
  return host === '' || host.startsWith('/') || isLoopback;
}
