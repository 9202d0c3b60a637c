import { type Content, FunctionCallingConfigMode, GoogleGenAI } from '@google/genai/web';
import t from 'tap';
import { createGeminiClient, type ModelRequest } from '../../../src/assistant/gemini-client.ts';
import { createEvents } from '../../../src/events.ts';
import { toolDeclarations } from '../../../src/sapa/tool-parameters.ts';
import { createHttpClient } from '../../../src/upstream/http-client.ts';
import { createUpstream } from '../../../src/upstream.ts';

const MODEL = 'gemini-3.8-flash';
const declarations = toolDeclarations('SAPA');
const CONTENTS: Content[] = [
  { role: 'user', parts: [{ text: 'Berapa «sisa»?\n"tools":[]' }] },
  {
    role: 'model',
    parts: [
      { text: 'Saya lihat dulu.', thought: true },
      { functionCall: { id: 'a1', name: 'budget_summary', args: { year: 2026 } }, thoughtSignature: 'c2lnbmVk' },
    ],
  },
  {
    role: 'user',
    parts: [{ functionResponse: { id: 'a1', name: 'budget_summary', response: { output: { sisa: 1 } } } }],
  },
  { role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }, { text: 'Dan ini?' }] },
];

/** What a request looks like on the way to Gemini. */
interface Sent {
  url: string;
  method: string | undefined;
  headers: Record<string, string>;
  body: unknown;
}

const answer = () => Response.json({ candidates: [{ content: { role: 'model', parts: [{ text: 'Ya.' }] } }] });

function record(sent: Sent[]) {
  return async (url: unknown, init: { method?: string; headers?: unknown; body?: unknown } = {}) => {
    const { body } = init;
    const text = String(body);
    const headers = Object.fromEntries(new Headers(init.headers as Record<string, string>));
    sent.push({ url: String(url), method: init.method, headers, body: JSON.parse(text) });
    return answer();
  };
}

async function sentByUs(request: ModelRequest): Promise<Sent[]> {
  const sent: Sent[] = [];
  const events = createEvents();
  const client = createGeminiClient({
    apiKey: 'kunci-uji',
    timeoutMs: 1_000,
    declarations,
    http: { ...createHttpClient({ connections: 1 }), fetch: record(sent) },
    upstream: createUpstream({ name: 'gemini', timeoutMs: 1_000, events }),
    events,
  });
  await client.generate(MODEL, request);
  await client.close();
  return sent;
}

async function sentByTheSdk({ contents, system, callsOff }: ModelRequest): Promise<Sent[]> {
  const sent: Sent[] = [];
  const sdk = new GoogleGenAI({
    apiKey: 'kunci-uji',
    apiVersion: 'v1beta',
    httpOptions: { fetch: record(sent) as typeof fetch },
  });
  await sdk.models.generateContent({
    model: MODEL,
    contents,
    config: {
      systemInstruction: system,
      automaticContinuation: false,
      automaticFunctionCalling: { disable: true },
      tools: [{ functionDeclarations: [...declarations] }],
      ...(callsOff ? { toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.NONE } } } : {}),
    },
  });
  return sent;
}

for (const callsOff of [false, true]) {
  t.test(`a request is the one that the SDK would make, calls ${callsOff ? 'off' : 'on'}`, async (t) => {
    const request = { system: 'Anda asisten SAPA.', contents: CONTENTS, callsOff };
    const [ours, theirs] = [await sentByUs(request), await sentByTheSdk(request)];
    t.match(theirs, [{ url: /v1beta\/models\/gemini-3\.8-flash:generateContent$/, body: { contents: CONTENTS } }]);
    t.strictSame(ours, theirs);
  });
}
