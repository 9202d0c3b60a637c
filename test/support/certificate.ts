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

async function createCertificate(): Promise<Certificate> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { key, cert };
}
