import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';

/** What an operator's webhook was told. */
export interface Told {
  kind: string;
  text: string;
  at: string;
  detail: Record<string, unknown> & { state: 'raised' | 'over'; since: string | null };
}

/** An operator's webhook as a real HTTP server, closed with the test. */
export async function startOperator(t: Test) {
  const told: Told[] = [];
  const operator = {
    url: '',
    told,
    status: 204,
    states: () => told.map(({ kind, detail }) => `${kind} ${detail.state}`),
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (operator.status < 300) told.push(JSON.parse(Buffer.concat(chunks).toString()) as Told);
    response.writeHead(operator.status).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  operator.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/gangguan?kunci=rahasia-operator`;
  return operator;
}
