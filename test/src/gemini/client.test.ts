import type { Content } from '@google/genai/web';
import t, { type Test } from 'tap';
import { type GenerateRequest, startFakeGemini } from '../../../sandbox/gemini.ts';
import { createSignature } from '../../../sandbox/gemini-validation.ts';
import { createGeminiClient } from '../../../src/gemini/client.ts';
import { createFilePart } from '../../../src/gemini/request/file-body.ts';
import { toolDeclarations } from '../../../src/gemini/tools/schemas.ts';
import { UpstreamRejectedError } from '../../../src/upstream/errors.ts';
import { createHttpClient } from '../../../src/upstream/http-client.ts';

const MODEL = 'gemini-3.8-flash';
const SYSTEM = 'Anda asisten SAPA.';
const declarations = toolDeclarations('SAPA');
const QUESTION: Content[] = [{ role: 'user', parts: [{ text: 'Halo' }] }];
const TOOL_LOOP: Content[] = [
  {
    role: 'user',
    parts: [{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }, { text: 'Berapa «sisa»?\n"tools":[]' }],
  },
  {
    role: 'model',
    parts: [
      { text: 'Saya lihat dulu.', thought: true },
      {
        functionCall: { id: 'a1', name: 'budget_summary', args: { year: 2026 } },
        thoughtSignature: createSignature(MODEL, 'budget_summary', 1),
      },
    ],
  },
  {
    role: 'user',
    parts: [{ functionResponse: { id: 'a1', name: 'budget_summary', response: { output: { sisa: 1 } } } }],
  },
];

async function startClient(t: Test) {
  const gemini = await startFakeGemini();
  gemini.scriptResponses(() => ({ text: 'Ya.' }));
  const client = createGeminiClient({
    apiKey: gemini.apiKey,
    baseUrl: gemini.url,
    declarations,
    http: createHttpClient({ connections: 4 }),
  });
  t.teardown(() => Promise.all([client.close(), gemini.close()]));
  const signal = new AbortController().signal;
  const generate = (
    contents: Content[],
    options: { model?: string; toolsDisabled?: boolean; signal?: AbortSignal } = {},
  ) => client.generate(options.model ?? MODEL, { system: SYSTEM, contents, ...options }, options.signal ?? signal);
  const generateError = (contents = QUESTION) => generate(contents).catch((error: unknown) => error);
  const sentRequests = () => gemini.requests.map(({ body }) => body as GenerateRequest);
  return { gemini, generate, failure: generateError, sent: sentRequests };
}

t.test('a request contains instruction, functions and contents unchanged, including signatures', async (t) => {
  const { gemini, generate, sent } = await startClient(t);
  t.match(await generate(TOOL_LOOP), { finish: 'answered', text: 'Ya.' });
  const [request] = sent();
  t.equal(gemini.requests[0]?.path, `/v1beta/models/${MODEL}:generateContent`);
  t.strictSame(request?.contents, TOOL_LOOP);
  t.strictSame(request?.systemInstruction, { role: 'user', parts: [{ text: SYSTEM }] });
  t.strictSame(request?.tools, [{ functionDeclarations: declarations }]);
  t.notOk(request?.toolConfig);
});

t.test('files are sent as base64 in their positions, with a content length', async (t) => {
  const { gemini, generate, sent } = await startClient(t);
  // Sizes around one encoded chunk, with every remainder by 3.
  const files = [0, 1, 2, 3, 48 * 1024 - 1, 48 * 1024, 48 * 1024 + 1, 100_000].map((length) =>
    Buffer.alloc(length, 'ö«'),
  );
  const parts = files.map((bytes) => createFilePart('image/png', bytes));
  const question = {
    role: 'user',
    parts: [{ text: 'Rincian «ini», file:00000000-0000-4000-8000-000000000000' }, ...parts],
  };
  for (let request = 0; request < 2; request++) {
    await generate([question, { role: 'model', parts: [{ text: 'Baik.' }] }, ...QUESTION]);
    const [asked] = sent()[request]?.contents ?? [];
    t.same(asked?.parts?.[0], question.parts[0]);
    const data = asked?.parts?.slice(1).map((part) => (part as { inlineData: { data: string } }).inlineData.data);
    t.same(
      data,
      files.map((bytes) => bytes.toString('base64')),
      request ? 'in a later round too' : 'all of them',
    );
    const { headers, body } = gemini.requests[request] ?? {};
    t.equal(headers?.['content-length'], String(Buffer.byteLength(JSON.stringify(body))));
    t.equal(headers?.['transfer-encoding'], undefined);
  }
});

t.test('system instruction and functions are byte-identical in all requests', async (t) => {
  const { generate, sent } = await startClient(t);
  for (const contents of [QUESTION, TOOL_LOOP, QUESTION]) await generate(contents);
  const fixed = sent().map(({ systemInstruction, tools }) => JSON.stringify([systemInstruction, tools]));
  t.equal(new Set(fixed).size, 1);
});

t.test('disabled functions stay declared', async (t) => {
  const { generate, sent } = await startClient(t);
  await generate(TOOL_LOOP, { toolsDisabled: true });
  const [request] = sent();
  t.strictSame(request?.toolConfig, { functionCallingConfig: { mode: 'NONE' } });
  t.strictSame(request?.tools, [{ functionDeclarations: declarations }]);
});

t.test(
  '4,096 visible tokens are possible in addition to thinking tokens, which are limited if the API allows it',
  async (t) => {
    const { gemini, generate, sent } = await startClient(t);
    for (const model of [
      'gemini-3.8-flash',
      'gemini-3.5-flash-lite',
      'gemini-2.5-flash',
      'gemini-2.5-flash-lite',
      'gemini-2.0-flash',
    ]) {
      gemini.models.add(model);
      await generate(QUESTION, { model });
    }
    t.strictSame(
      sent().map(({ generationConfig }) => generationConfig),
      [
        { maxOutputTokens: 12_288 },
        { maxOutputTokens: 12_288 },
        { maxOutputTokens: 12_288, thinkingConfig: { thinkingBudget: 8_192 } },
        { maxOutputTokens: 4_096 },
        { maxOutputTokens: 4_096 },
      ],
      'no temperature, topP or topK',
    );
  },
);

t.test('the SDK sends one request for every status', async (t) => {
  const { gemini, failure } = await startClient(t);
  for (const status of [408, 429, 500, 502, 503, 504]) {
    await gemini.setFault({ kind: 'status', status, retryAfter: 1.5 }, { times: 1 });
    const error = await failure();
    t.ok(error instanceof UpstreamRejectedError);
    t.match(error, { status, label: String(status), permanent: false, retryAfterMs: 1_500 });
  }
  t.equal(gemini.requests.length, 6);
});

t.test('an error contains Google’s message for operators, and a label without it for logs', async (t) => {
  const { gemini, failure } = await startClient(t);
  gemini.apiKey = 'another key';
  t.match(await failure(), {
    message: 'gemini rejected the request: 400',
    reason: '400 INVALID_ARGUMENT API key not valid. Please pass a valid API key.',
    permanent: true,
  });
});

t.test('400 has separate labels for thought signatures and for the caller’s location', async (t) => {
  const { gemini, failure } = await startClient(t);
  const refuse = (message: string) =>
    gemini.setFault({ kind: 'status', status: 400, body: { error: { code: 400, message } } }, { times: 1 });
  await refuse('Corrupted thought signature.');
  t.match(await failure(), { label: 'thought-signature', permanent: true });
  await refuse('Function call is missing a thought_signature in functionCall parts.');
  t.match(await failure(), { label: 'thought-signature', permanent: true });
  await refuse("Invalid value at 'contents[1].parts[0].thoughtSignature' (TYPE_BYTES)");
  t.match(await failure(), { label: 'thought-signature', permanent: true });
  await refuse('User location is not supported for the API use.');
  t.match(await failure(), { label: 'location', permanent: false });
});

t.test('an aborted request closes its connection', async (t) => {
  const { gemini, generate } = await startClient(t);
  await gemini.setFault({ kind: 'hang' });
  const controller = new AbortController();
  const ended = Promise.withResolvers<void>();
  gemini.onResponse(() => ended.resolve());
  const call = generate(QUESTION, { signal: controller.signal });
  await gemini.waitForRequest(() => true);
  controller.abort();
  await t.rejects(call, { name: 'AbortError' });
  await ended.promise;
});
