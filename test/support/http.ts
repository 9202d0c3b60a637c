import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';

/** Starts a server on loopback that is closed with the test. @returns its URL without a path */
export async function startServer(t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A response with its complete body. */
export interface HttpResponse {
  status: number;
  /** Empty for a response without a body. */
  body: Record<string, unknown>;
  headers: Headers;
}

/** Posts JSON, or a string, bytes or a form as given, and reads the JSON response. */
export async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<HttpResponse> {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array || body instanceof URLSearchParams;
  const type = isRaw ? {} : { 'content-type': 'application/json' };
  const init: RequestInit = { method: 'POST', headers: { ...type, ...headers } };
  if (body !== undefined) init.body = isRaw ? (body as NonNullable<RequestInit['body']>) : JSON.stringify(body);
  return readResponse(await fetch(url, init));
}

/** Gets a JSON response. */
export async function get(url: string, headers: Record<string, string> = {}): Promise<HttpResponse> {
  return readResponse(await fetch(url, { headers }));
}

async function readResponse(response: Response): Promise<HttpResponse> {
  const text = await response.text();
  const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  return { status: response.status, body, headers: response.headers };
}
