import { ApiError, type Content, FunctionCallingConfigMode, GoogleGenAI } from '@google/genai';
import t, { type Test } from 'tap';
import { request } from 'undici';
import { type FakeGeminiOptions, startFakeGemini } from '../../sandbox/gemini.ts';

const MODEL = 'gemini-3.8-flash';
const TOOLS = [{ functionDeclarations: [{ name: 'budget_summary' }, { name: 'calculate' }] }];
const QUESTION: Content = { role: 'user', parts: [{ text: 'Berapa sisa anggaran?' }] };

async function start(test: Test, options: FakeGeminiOptions = {}) {
  const gemini = await startFakeGemini(options);
  test.teardown(() => gemini.close());
  const client = (apiKey = gemini.apiKey, apiVersion = 'v1beta') =>
    new GoogleGenAI({ apiKey, httpOptions: { baseUrl: gemini.url, apiVersion } });
  const ask = (contents: Content[] = [QUESTION], model = MODEL) => client().models.generateContent({ model, contents });
  return { gemini, client, ask };
}

/** Parses the JSON in the message of an ApiError. */
async function errorOf(promise: Promise<unknown>) {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error('no ApiError', { cause: error });
  return { status: error.status, ...(JSON.parse(error.message) as { error: { message: string; status: string } }) };
}

t.test('the SDK returns a scripted text with usage, model and id', async (t) => {
  const { gemini, ask } = await start(t);
  gemini.scriptResponses([
    { text: 'Sisa Rp10.000', usage: { promptTokenCount: 7, thoughtsTokenCount: 5, candidatesTokenCount: 3 } },
  ]);
  const response = await ask();
  t.equal(response.text, 'Sisa Rp10.000');
  t.match(response.candidates?.[0], { finishReason: 'STOP', index: 0, content: { role: 'model' } });
  t.match(response.usageMetadata, {
    promptTokenCount: 7,
    thoughtsTokenCount: 5,
    candidatesTokenCount: 3,
    totalTokenCount: 15,
  });
  t.equal(response.modelVersion, MODEL);
  t.equal(response.responseId, 'fake-response-1');
  t.match(gemini.requests, [{ model: MODEL, path: `/v1beta/models/${MODEL}:generateContent`, status: 200 }]);
  t.match(gemini.requests[0]?.body, { contents: [QUESTION] });
});

t.test('tokens from the prompt cache are reported only when they are scripted', async (t) => {
  const { gemini, ask } = await start(t);
  gemini.scriptResponses([{ text: 'satu' }, { text: 'dua', usage: { cachedContentTokenCount: 4 } }]);
  t.equal((await ask()).usageMetadata?.cachedContentTokenCount, undefined);
  t.equal((await ask()).usageMetadata?.cachedContentTokenCount, 4);
});

t.test(
  'scripted responses are used once, then the previous script applies; null restores the rule-based model',
  async (t) => {
    const { gemini, ask } = await start(t);
    gemini.scriptResponses((_request, model) => ({ text: model }));
    gemini.scriptResponses([{ text: 'satu' }, { text: 'dua' }]);
    t.same([(await ask()).text, (await ask()).text, (await ask()).text], ['satu', 'dua', MODEL]);
    gemini.scriptResponses(null);
    t.match((await ask()).text, /model tiruan/);
  },
);

t.test('a script can delay a response, and a script that throws causes a 500', async (t) => {
  const { gemini, ask } = await start(t);
  const gate = Promise.withResolvers<{ text: string }>();
  gemini.scriptResponses(() => gate.promise);
  const answer = ask();
  await gemini.waitForRequest(() => true);
  gate.resolve({ text: 'akhirnya' });
  t.equal((await answer).text, 'akhirnya');
  gemini.scriptResponses(() => {
    throw new Error('salah naskah');
  });
  await t.rejects(ask(), { status: 500, message: /salah naskah/ });
});

t.test('incomplete and blocked responses have the format of Google', async (t) => {
  const { gemini, ask } = await start(t);
  gemini.scriptResponses([
    { finishReason: 'MAX_TOKENS', text: 'terpo' },
    { finishReason: 'SAFETY' },
    { blockReason: 'PROHIBITED_CONTENT' },
    { empty: true },
    { parts: [{ text: 'hm', thought: true }, { text: 'jadi' }] },
  ]);
  const cut = await ask();
  t.same([cut.text, cut.candidates?.[0]?.finishReason], ['terpo', 'MAX_TOKENS']);
  const unsafe = await ask();
  t.same([unsafe.text, unsafe.candidates?.[0]?.finishReason], [undefined, 'SAFETY']);
  const blocked = await ask();
  t.same([blocked.candidates, blocked.promptFeedback?.blockReason], [undefined, 'PROHIBITED_CONTENT']);
  const empty = await ask();
  t.same([empty.text, empty.candidates?.[0]?.finishReason], [undefined, 'STOP']);
  t.equal((await ask()).text, 'jadi');
});

t.test('a tool loop that returns the content unchanged is accepted', async (t) => {
  const { gemini, client } = await start(t);
  gemini.scriptResponses([
    { functionCalls: [{ name: 'budget_summary' }, { name: 'calculate', args: { operands: [1, 2] } }] },
    { text: 'ok' },
  ]);
  const config = { tools: TOOLS, toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.AUTO } } };
  const first = await client().models.generateContent({ model: MODEL, contents: [QUESTION], config });
  const calls = first.functionCalls ?? [];
  t.match(calls, [
    { name: 'budget_summary', args: {} },
    { name: 'calculate', args: { operands: [1, 2] } },
  ]);
  const parts = first.candidates?.[0]?.content?.parts ?? [];
  t.same(
    parts.map(({ thoughtSignature }) => typeof thoughtSignature),
    ['string', 'undefined'],
    'only the first is signed',
  );
  const second = await client().models.generateContent({
    model: MODEL,
    contents: [QUESTION, first.candidates?.[0]?.content ?? {}, respondTo(calls)],
    config,
  });
  t.equal(second.text, 'ok');
});

function respondTo(calls: { id?: string; name?: string }[]): Content {
  return {
    role: 'user',
    parts: calls.map(({ id, name }) => ({
      functionResponse: {
        ...(id !== undefined && { id }),
        ...(name !== undefined && { name }),
        response: { ok: true },
      },
    })),
  };
}

t.test('the first call of every step of the current turn requires its signature', async (t) => {
  const { gemini, ask } = await start(t);
  gemini.scriptResponses((_request, model) => ({ functionCalls: [{ name: 'budget_summary', args: { model } }] }));
  const first = await ask();
  const content = first.candidates?.[0]?.content ?? {};
  const bare: Content = { ...content, parts: content.parts?.map(({ thoughtSignature: _, ...part }) => part) ?? [] };
  const answered = respondTo(first.functionCalls ?? []);
  t.match(await errorOf(ask([QUESTION, bare, answered])), {
    status: 400,
    error: {
      status: 'INVALID_ARGUMENT',
      message: /missing a thought_signature.*`default_api:budget_summary` , position 2/,
    },
  });
  const step = (await ask([QUESTION, content, answered])).candidates?.[0]?.content ?? {};
  t.match(await errorOf(ask([QUESTION, bare, answered, step, respondTo(first.functionCalls ?? [])])), { status: 400 });
  await t.resolves(ask([QUESTION, bare, answered, QUESTION]), 'of earlier turns it is not required');
  const other = 'gemini-3.5-flash-lite';
  t.match(await errorOf(ask([QUESTION, content, answered], other)), {
    error: { message: 'Corrupted thought signature.' },
  });
  t.match(await errorOf(ask([QUESTION, bare, answered], other)), { error: { message: /missing a thought_signature/ } });
  await t.resolves(ask([QUESTION, skipping(bare), answered], other), "Google's word for calls of another model");
  await t.resolves(ask([QUESTION, bare, answered], 'gemini-2.5-flash'), 'models before 3 do not ask for it');
});

function skipping(content: Content): Content {
  const parts = content.parts?.map((part) => ({ ...part, thoughtSignature: 'skip_thought_signature_validator' })) ?? [];
  return { ...content, parts };
}

t.test('invalid requests get the error messages of Google', async (t) => {
  const { client, ask } = await start(t);
  const call: Content = {
    role: 'model',
    parts: [{ functionCall: { name: 'a', args: {} }, thoughtSignature: 'skip_thought_signature_validator' }],
  };
  const result: Content = { role: 'user', parts: [{ functionResponse: { name: 'a', response: {} } }] };
  const cases: [Content[], RegExp][] = [
    [[{ role: 'assistant', parts: [{ text: 'x' }] }], /Please use a valid role: user, model\./],
    [[{ role: 'user', parts: [] }], /contents\[0\]\.parts: contents\.parts must not be empty/],
    [[QUESTION, { role: 'model', parts: [{ thought: true }] }, QUESTION], /oneof field 'data' must have one/],
    [[{ role: 'user', parts: [{ functionResponse: { name: '', response: {} } }] }], /function_response\.name/],
    [[QUESTION, result], /function response turn comes immediately after a function call turn/],
    [[call, result], /function call turn comes immediately after a user turn/],
    [[QUESTION, call, QUESTION], /number of function response parts is equal/],
    [[QUESTION, call], /number of function response parts is equal/],
    [
      [QUESTION, call, { role: 'user', parts: [...(result.parts ?? []), ...(result.parts ?? [])] }],
      /number of function response/,
    ],
    [
      [QUESTION, call, { role: 'user', parts: [{ functionResponse: { name: 'b', response: {} } }] }],
      /number of function response/,
    ],
  ];
  for (const [contents, message] of cases) {
    t.match(
      await errorOf(ask(contents)),
      { status: 400, error: { status: 'INVALID_ARGUMENT', message } },
      String(message),
    );
  }
  await t.resolves(ask([QUESTION, call, result]));
  const noText = client().models.generateContent({
    model: MODEL,
    contents: [QUESTION],
    config: { systemInstruction: { parts: [{ functionCall: { name: 'a', args: {} } }] } },
  });
  t.match(await errorOf(noText), { status: 400 });
});

t.test('malformed bodies are rejected', async (t) => {
  const { gemini } = await start(t);
  const post = async (body: string) => {
    const response = await request(`${gemini.url}/v1beta/models/${MODEL}:generateContent`, {
      method: 'POST',
      headers: { 'x-goog-api-key': gemini.apiKey, 'content-type': 'application/json' },
      body,
    });
    return { status: response.statusCode, ...((await response.body.json()) as { error: { message: string } }) };
  };
  t.match(await post('{'), { status: 400, error: { message: /Invalid JSON payload/ } });
  t.match(await post('{"contents":[]}'), { status: 400, error: { message: /contents is not specified/ } });
  t.match(await post('{"messages":[]}'), { status: 400, error: { message: /Unknown name "messages"/ } });
  t.match(await post('{"contents":[{"parts":[{"texts":"x"}]}]}'), {
    status: 400,
    error: { message: /Unknown name "texts"/ },
  });
  t.match(await post('{"contents":[{"parts":[{"text":"x"}]}]}'), { status: 200 });
});

t.test('a wrong key, a missing key, an unknown model and a wrong API version are rejected', async (t) => {
  const { gemini, client, ask } = await start(t, { models: [MODEL] });
  t.match(await errorOf(client('salah').models.generateContent({ model: MODEL, contents: 'x' })), {
    status: 400,
    error: { status: 'INVALID_ARGUMENT', details: [{ reason: 'API_KEY_INVALID' }, { locale: 'en-US' }] },
  });
  t.equal((await request(gemini.url, { method: 'POST' })).statusCode, 403);
  t.match(await errorOf(ask([QUESTION], 'gemini-9')), {
    status: 404,
    error: { status: 'NOT_FOUND', message: /models\/gemini-9 is not found for API version v1beta/ },
  });
  t.match(await errorOf(client(gemini.apiKey, 'v1').models.generateContent({ model: MODEL, contents: 'x' })), {
    status: 404,
    error: { message: /is not found for API version v1,/ },
  });
  const stream = client().models.generateContentStream({ model: MODEL, contents: 'x' });
  await t.rejects(stream, { name: 'ApiError' }, 'streaming is not stood in for');
  t.equal((await client().models.get({ model: MODEL })).name, `models/${MODEL}`);
  const names = [];
  for await (const { name } of await client().models.list()) names.push(name);
  t.same(names, [`models/${MODEL}`]);
});

t.test('a fault can affect a single model and contain RetryInfo', async (t) => {
  const { gemini, ask } = await start(t);
  await gemini.setFault({ kind: 'status', status: 429, retryAfter: 3 }, { match: ({ model }) => model === MODEL });
  t.match(await errorOf(ask()), {
    status: 429,
    error: {
      code: 429,
      status: 'RESOURCE_EXHAUSTED',
      details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '3s' }],
    },
  });
  t.ok((await ask([QUESTION], 'gemini-3.5-flash-lite')).text);
  await gemini.setFault({ kind: 'status', status: 503 });
  t.match(await errorOf(ask([QUESTION], 'gemini-3.5-flash-lite')), { error: { status: 'UNAVAILABLE' } });
  await gemini.setFault({ kind: 'invalid-json' });
  await t.rejects(ask([QUESTION], 'gemini-3.5-flash-lite'), SyntaxError);
});

t.test('reset removes the script', async (t) => {
  const { gemini, ask } = await start(t);
  gemini.scriptResponses(() => ({ text: 'naskah' }));
  gemini.scriptResponses([{ text: 'antrean' }]);
  await gemini.reset();
  t.match((await ask()).text, /model tiruan/);
});
