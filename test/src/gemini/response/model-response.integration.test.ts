import t from 'tap';
import type { GenerateRequest } from '../../../../sandbox/gemini.ts';
import { senderOf } from '../../../../src/conversation-key.ts';
import { one } from '../../../../src/store/types.ts';
import { texts } from '../../../../src/texts.ts';
import { LINKED } from '../../../support/fake-upstreams.ts';
import { FIRST, isCallTo, SECOND, startModelService } from '../model-service.ts';

const FAILED_GENERATION = [
  'MALFORMED_FUNCTION_CALL',
  'UNEXPECTED_TOOL_CALL',
  'TOO_MANY_TOOL_CALLS',
  'MALFORMED_RESPONSE',
  'OTHER',
  'CONTINUATION',
  'FINISH_REASON_UNSPECIFIED',
  'A_REASON_OF_NEXT_YEAR',
];

t.test('a text with any finish reason except STOP and MAX_TOKENS moves on to the next model', async (t) => {
  const { upstreams, ask, callsTo } = await startModelService(t);
  for (const finishReason of FAILED_GENERATION) {
    upstreams.gemini.scriptResponses([{ finishReason, text: 'Baik, saya cek dulu.' }]);
    t.equal(await ask(LINKED), `dari ${SECOND}`, finishReason);
  }
  t.equal(callsTo(FIRST).length, FAILED_GENERATION.length);
});

t.test('if no model finishes normally, the reply is a fixed sentence, without a dead letter', async (t) => {
  const { upstreams, service, ask } = await startModelService(t);
  upstreams.gemini.scriptResponses(() => ({ finishReason: 'OTHER', text: 'Separuh jawaban' }));
  t.equal(await ask(LINKED), texts.noAnswer);
  t.equal(upstreams.gemini.requests.length, 2);
  t.equal((await service.app.store.inbox.status()).deadLetters, 0);
});

t.test('function calls of a failed generation are not executed', async (t) => {
  const { upstreams, service, ask } = await startModelService(t);
  const parts = [{ functionCall: { name: 'budget_summary', args: {} } }];
  upstreams.gemini.scriptResponses(() => ({ parts, finishReason: 'MALFORMED_FUNCTION_CALL' }));
  t.equal(await ask(LINKED), texts.noAnswer);
  t.equal(service.occurrences.filter(({ type }) => type === 'tool.called').length, 0);
});

t.test('function calls before MAX_TOKENS are executed', async (t) => {
  const { upstreams, service, ask } = await startModelService(t);
  const parts = [{ text: 'Saya cek dulu.' }, { functionCall: { name: 'activity_statistics', args: {} } }];
  upstreams.gemini.models.delete(SECOND);
  upstreams.gemini.scriptResponses([{ parts, finishReason: 'MAX_TOKENS' }]);
  await upstreams.gemini.setFault({ kind: 'status', status: 503 }, { match: isCallTo(SECOND) });
  t.notMatch(await ask(LINKED), /Saya cek dulu|terpotong/);
  t.match(await service.waitForEvent('tool.called'), { tool: 'activity_statistics', ok: true });
});

t.test('calls of disabled functions are an empty answer', async (t) => {
  const { upstreams, ask } = await startModelService(t);
  const isLastRound = (request: GenerateRequest) => request.toolConfig?.functionCallingConfig?.mode === 'NONE';
  upstreams.gemini.scriptResponses((request, model) =>
    model === SECOND && isLastRound(request)
      ? { text: 'Cukup.' }
      : { functionCalls: [{ name: 'activity_statistics', args: {} }] },
  );
  t.equal(await ask(LINKED), 'Cukup.');
});

t.test('a blocked answer gets a fixed sentence at once, without a request to other models', async (t) => {
  const { upstreams, service, ask } = await startModelService(t);
  for (const script of [{ blockReason: 'SAFETY' }, { blockReason: 'OTHER' }, { finishReason: 'SPII', text: 'x' }]) {
    const before = upstreams.gemini.requests.length;
    upstreams.gemini.scriptResponses([script]);
    t.equal(await ask(LINKED), texts.blocked);
    t.equal(upstreams.gemini.requests.length, before + 1);
  }
  t.equal((await service.app.store.inbox.status()).deadLetters, 0);
});

t.test('a text that reached MAX_TOKENS is sent with a line that says it was cut', async (t) => {
  const { upstreams, ask } = await startModelService(t);
  upstreams.gemini.scriptResponses([{ finishReason: 'MAX_TOKENS', text: 'Separuh' }]);
  t.equal(await ask(LINKED), `Separuh\n\n${texts.cut}`);
});

t.test(
  'tokens are counted as Google’s total, else as the sum of prompt, candidates and thoughts, without cached ones',
  async (t) => {
    const { upstreams, service, ask } = await startModelService(t, { DAILY_TOKENS_PER_USER: 1_000_000 });
    const candidates = [{ content: { role: 'model', parts: [{ text: 'Ya.' }] }, finishReason: 'STOP' }];
    const usages = [
      { usage: { promptTokenCount: 30, candidatesTokenCount: 7, thoughtsTokenCount: 5 }, counts: 42 },
      { usage: { promptTokenCount: 30, candidatesTokenCount: 7, totalTokenCount: 40 }, counts: 40 },
      { usage: { promptTokenCount: 30, candidatesTokenCount: 7, cachedContentTokenCount: 20 }, counts: 17 },
      { usage: undefined, counts: 0 },
      { usage: { promptTokenCount: '30', totalTokenCount: -1 }, counts: 0 },
    ];
    const id = (await service.app.supabase.identify(senderOf(LINKED))).user?.id ?? '';
    const day = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeZone: 'Asia/Jakarta' }).format();
    let expected = 0;
    for (const { usage, counts } of usages) {
      const body = { candidates, ...(usage ? { usageMetadata: usage } : {}) };
      await upstreams.gemini.setFault({ kind: 'reject', body }, { times: 1 });
      t.equal(await ask(LINKED), 'Ya.');
      expected += counts;
      t.equal(await one(service.app.store.tokenUsage.used([{ userId: id, day }])), expected, JSON.stringify(usage));
    }
  },
);

/** The contents of a request as JSON. */
const contentsOf = (request: GenerateRequest) => JSON.stringify(request.contents);
const TOOL_CODE = '```tool_code\nprint(default_api.activity_statistics())\n```';

t.test('reasoning in the text is neither sent nor stored in the session', async (t) => {
  const { upstreams, ask } = await startModelService(t);
  upstreams.gemini.scriptResponses([
    { text: 'THOUGHT: rahasia satu.\n\nHalo.' },
    { text: '<THINK>rahasia dua</think>\n\nHalo lagi.' },
  ]);
  t.equal(await ask(LINKED), 'Halo.');
  t.equal(await ask(LINKED), 'Halo lagi.');
  await ask(LINKED);
  const contents = contentsOf(upstreams.gemini.requests.at(-1)?.body as GenerateRequest);
  t.match(contents, /Halo lagi/);
  t.notMatch(contents, /rahasia|THOUGHT/);
});

t.test('an answer of nothing but reasoning moves on to the next model', async (t) => {
  const { upstreams, ask } = await startModelService(t);
  for (const text of ['<thinking>Cek dulu.', 'THOUGHT: cek dulu.', '<thought>a</thought>\n', '<thi\u200bnk>a']) {
    upstreams.gemini.scriptResponses([{ text }]);
    t.equal(await ask(LINKED), `dari ${SECOND}`, text);
  }
});

t.test('function calls written as text are executed', async (t) => {
  const { upstreams, service, ask } = await startModelService(t);
  for (const text of [TOOL_CODE, '{"name": "activity_statistics", "arguments": {}}']) {
    upstreams.gemini.scriptResponses([{ text }, { text: 'Cukup.' }]);
    t.equal(await ask(LINKED), 'Cukup.', text);
    const { contents } = upstreams.gemini.requests.map(({ body }) => body as GenerateRequest).at(-1) ?? {
      contents: [],
    };
    t.match(contents.at(-2)?.parts, [{ functionCall: { name: 'activity_statistics', args: {} } }]);
    t.ok(contents.at(-1)?.parts?.[0]?.functionResponse?.response?.output);
    t.notMatch(contentsOf({ contents }), /default_api/);
  }
  t.equal(service.occurrences.filter((event) => event.type === 'tool.called' && event.ok).length, 2);
});

t.test(
  'a function call in text that cannot be executed is requested again, and is not in the conversation',
  async (t) => {
    const { upstreams, ask, callsTo } = await startModelService(t);
    const calls = [{ name: 'activity_statistics' }];
    upstreams.gemini.scriptResponses([
      { text: 'print(default_api.weather())' },
      { functionCalls: calls },
      { text: 'Cukup.' },
    ]);
    t.equal(await ask(LINKED), 'Cukup.');
    t.equal(callsTo(FIRST).length, 3);
    const [, second, third] = callsTo(FIRST).map(({ body }) => contentsOf(body as GenerateRequest));
    t.match(second, /weather.*ditulis sebagai teks/);
    t.notMatch(third, /weather|ditulis sebagai teks/);
  },
);

t.test(
  'a model that writes nothing but such calls is asked twice, then the next model, then a fixed sentence is sent',
  async (t) => {
    const { upstreams, ask, callsTo } = await startModelService(t);
    upstreams.gemini.scriptResponses((_request, model) => ({
      text: model === FIRST ? 'default_api.weather()' : `dari ${model}`,
    }));
    t.equal(await ask(LINKED), `dari ${SECOND}`);
    t.equal(callsTo(FIRST).length, 2);
    upstreams.gemini.scriptResponses(() => ({ text: 'default_api.weather()' }));
    t.equal(await ask(LINKED), texts.noAnswer);
    t.equal(callsTo(FIRST).length, 4);
    t.equal(callsTo(SECOND).length, 3);
  },
);

t.test('a model that writes calls as text in every round gets six rounds', async (t) => {
  const { upstreams, service, ask } = await startModelService(t);
  upstreams.gemini.scriptResponses(() => ({ text: TOOL_CODE }));
  t.equal(await ask(LINKED), texts.noAnswer);
  t.equal(service.occurrences.filter(({ type }) => type === 'tool.called').length, 6);
});

t.test('the tokens of both requests count', async (t) => {
  const { upstreams, service, ask } = await startModelService(t, { DAILY_TOKENS_PER_USER: 1_000_000 });
  const usage = { promptTokenCount: 100, candidatesTokenCount: 10 };
  upstreams.gemini.scriptResponses([
    { text: 'default_api.weather()', usage },
    { text: 'Cukup.', usage },
  ]);
  t.equal(await ask(LINKED), 'Cukup.');
  const id = (await service.app.supabase.identify(senderOf(LINKED))).user?.id ?? '';
  const day = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeZone: 'Asia/Jakarta' }).format();
  t.equal(await one(service.app.store.tokenUsage.used([{ userId: id, day }])), 220);
});

t.test('an answer with JSON or code and prose is sent', async (t) => {
  const { upstreams, ask, callsTo } = await startModelService(t);
  upstreams.gemini.scriptResponses([
    { text: 'Contohnya:\n```\n{"name": "Rapat", "args": {"hari": 1}}\n```\nItu saja.' },
  ]);
  t.match(await ask(LINKED), /"name": "Rapat".*Itu saja\.$/s);
  t.equal(callsTo(FIRST).length, 1);
});

t.test('literal line breaks are converted and citations removed before a closing line is added', async (t) => {
  const { upstreams, ask } = await startModelService(t);
  upstreams.gemini.scriptResponses(() => ({ text: String.raw`Halo.\n\nSisa Rp987.654.321[12] [cite: 3, 5].` }));
  t.match(await ask(LINKED), /^Halo\.\n\nSisa Rp987\.654\.321\.\n\n⚠️ .*: Rp987\.654\.321\.$/);
});
