import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import { type Certificate, createFakeServer } from '../../sandbox/http-server.ts';

/** What an operator's webhook was told. */
export interface Told {
  kind: string;
  text: string;
  at: string;
  detail: Record<string, unknown> & { state: 'firing' | 'resolved'; since: string | null };
}

/** An operator's webhook as a real HTTP server, closed with the test; with a certificate it serves HTTPS and offers HTTP/2. */
export async function startOperator(t: Test, certificate?: Certificate) {
  const told: Told[] = [];
  const { server, scheme, negotiated, userAgents, destroyConnections } = createFakeServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (operator.status < 300) told.push(JSON.parse(Buffer.concat(chunks).toString()) as Told);
    response.writeHead(operator.status).end();
  }, certificate);
  const operator = {
    url: '',
    told,
    status: 204,
    /** What clients negotiated by ALPN (empty without a certificate), and the `User-Agent` of each. */
    negotiated,
    userAgents,
    states: () => told.map(({ kind, detail }) => `${kind} ${detail.state}`),
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    destroyConnections();
  });
  operator.url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/gangguan?kunci=rahasia-operator`;
  return operator;
}
