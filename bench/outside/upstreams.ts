import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Questions } from './questions.ts';
import { answeredQuestion, DEVICE, type RestRequest, restAnswer, SENT, TYPED } from './upstream-answers.ts';

/** Response time of each fake upstream, ms; 0: no delay. */
export interface Delays {
  fonnte: number;
  gemini: number;
  supabase: number;
}

export const CALLS = ['identify', 'read', 'generate', 'typing', 'send', 'unknown'] as const;
export type Calls = Record<(typeof CALLS)[number], number>;

/** A received request. */
interface ReceivedRequest {
  url: string;
  accept: string;
  body: string;
}

/** Starts minimal fake upstreams on separate ports. */
export async function openUpstreams(questions: Questions) {
  const delays: Delays = { fonnte: 0, gemini: 0, supabase: 0 };
  let calls = zeroCalls();

  const fonnte = await listen(({ url, body }, reply) => {
    if (url.startsWith('/typing')) {
      calls.typing += 1;
      return reply(TYPED, delays.fonnte);
    }
    // The service requests it after the start and every 15 minutes, independent of the load.
    if (url.startsWith('/device')) return reply(DEVICE, delays.fonnte);
    if (!url.startsWith('/send')) return reply(unknown(url), 0, 404);
    calls.send += 1;
    questions.reply(marksIn(body, 'JK'));
    reply(SENT, delays.fonnte);
  });

  const gemini = await listen(({ url, body }, reply) => {
    if (!url.includes(':generateContent')) return reply(unknown(url), 0, 404);
    calls.generate += 1;
    const from = performance.now();
    // Only the contents after the last answer are unanswered.
    const marks = marksIn(body.slice(body.lastIndexOf('JK') + 2), 'QK');
    const addTime = () => {
      for (const mark of marks) questions.addUpstreamTime(mark, performance.now() - from);
    };
    reply(answeredQuestion(marks), delays.gemini, 200, addTime);
  });

  const supabase = await listen(({ url, accept }, reply) => {
    const request: RestRequest = { url, single: accept.includes('vnd.pgrst.object') };
    const found = restAnswer(request);
    if (!found) return reply(unknown(url), 0, 404);
    calls[found.operation] += 1;
    const from = performance.now();
    reply(found.body, delays.supabase, 200, () => questions.addUpstreamTime(found.phone, performance.now() - from));
  });

  function unknown(url: string): string {
    calls.unknown += 1;
    return JSON.stringify({ message: `unknown route: ${url}` });
  }

  const servers = { fonnte, gemini, supabase };
  return {
    urls: { fonnte: urlOf(fonnte), gemini: urlOf(gemini), supabase: urlOf(supabase) },
    setDelays: (given: Partial<Delays>) => void Object.assign(delays, { fonnte: 0, gemini: 0, supabase: 0 }, given),
    /** @returns the number of requests since the last call */
    takeCalls() {
      const taken = calls;
      calls = zeroCalls();
      return taken;
    },
    async close() {
      for (const server of Object.values(servers)) server.close().closeAllConnections();
    },
  };
}

type Reply = (body: string, delayMs: number, status?: number, sent?: () => void) => void;

/** Starts a server on 127.0.0.1 that passes complete requests to `answer`. */
async function listen(answer: (received: ReceivedRequest, reply: Reply) => void): Promise<Server> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('latin1').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const { url = '', headers } = request;
      answer({ url, accept: String(headers.accept), body }, (text, delayMs, status = 200, sent) => {
        const end = () => {
          respond(request, response, status, text);
          sent?.();
        };
        if (delayMs > 0) setTimeout(end, delayMs);
        else end();
      });
    });
  });
  server.keepAliveTimeout = 60_000;
  const listening = Promise.withResolvers<void>();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => listening.resolve());
  await listening.promise;
  return server;
}

function respond(_request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** @returns the marks of questions in a text */
function marksIn(text: string, kind: 'QK' | 'JK'): string[] {
  const marks = new Set<string>();
  for (let at = text.indexOf(kind); at >= 0; at = text.indexOf(kind, at + 10)) {
    const digits = text.slice(at + 2, at + 10);
    if (/^\d{8}$/.test(digits)) marks.add(`QK${digits}`);
  }
  return [...marks];
}

function zeroCalls(): Calls {
  return { identify: 0, read: 0, generate: 0, typing: 0, send: 0, unknown: 0 };
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
