import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import { type Certificate, createTrackedServer } from '../../sandbox/tracked-server.ts';

/** The JSON body of an alert. */
export interface ReceivedAlert {
  kind: string;
  text: string;
  at: string;
  detail: Record<string, unknown> & { state: 'firing' | 'resolved'; since: string | null };
}

/** Starts an operator's webhook as a real HTTP server, closed with the test. With a certificate it serves HTTPS and offers HTTP/2. */
export async function startOperator(t: Test, certificate?: Certificate) {
  const received: ReceivedAlert[] = [];
  const { server, scheme, negotiatedProtocols, userAgents, destroyConnections } = createTrackedServer(
    async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      if (operator.status < 300) received.push(JSON.parse(Buffer.concat(chunks).toString()) as ReceivedAlert);
      response.writeHead(operator.status).end();
    },
    certificate,
  );
  const operator = {
    url: '',
    received,
    status: 204,
    /** The ALPN protocol of each connection (empty without a certificate), and the `User-Agent` of each request. */
    negotiatedProtocols,
    userAgents,
    states: () => received.map(({ kind, detail }) => `${kind} ${detail.state}`),
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
