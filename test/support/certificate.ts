import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { generate } from 'selfsigned';
import type { Certificate } from '../../sandbox/tracked-server.ts';

let trusted: Promise<Certificate> | undefined;

/** A certificate for 127.0.0.1 and localhost that this process trusts; a child process needs it in NODE_EXTRA_CA_CERTS. */
export function trustedCertificate(): Promise<Certificate> {
  trusted ??= createCertificate().then((certificate) => {
    setDefaultCACertificates([...getCACertificates('default'), certificate.cert]);
    return certificate;
  });
  return trusted;
}

/** Creates a certificate that is its own authority. `addresses`: the IP addresses that it is valid for, besides the names. */
export async function createCertificate(
  names: readonly string[] = ['localhost'],
  addresses: readonly string[] = ['127.0.0.1'],
): Promise<Certificate> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: names[0] ?? 'server' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...names.map((value) => ({ type: 2 as const, value })),
          ...addresses.map((ip) => ({ type: 7 as const, ip })),
        ],
      },
    ],
  });
  return { key, cert };
}
