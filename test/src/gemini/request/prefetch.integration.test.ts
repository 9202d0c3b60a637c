import t, { type Test } from 'tap';
import type { GenerateRequest, ScriptedResponse } from '../../../../sandbox/gemini.ts';
import type { Content, Part } from '../../../../sandbox/gemini-types.ts';
import { type FakeUpstreams, LINKED, startFakeUpstreams } from '../../../support/fake-upstreams.ts';
import { startService } from '../../../support/service.ts';

/** Starts a service with `ask`, which sends messages at once and returns the replies to them. */
async function startConversation(t: Test, given: Record<string, unknown> = {}) {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams, { RATE_LIMIT_PER_MINUTE: 1000, ...given });
  const ask = async (...messages: string[]): Promise<string> => {
    const before = upstreams.fonnte.sent.length;
    for (const message of messages) await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message }));
    await service.idle();
    return upstreams.fonnte.sent
      .slice(before)
      .map(({ message }) => message)
      .join('\n');
  };
  return { upstreams, service, ask };
}

const requestsTo = ({ gemini }: FakeUpstreams) => gemini.requests.map(({ body }) => body as GenerateRequest);
const partsOf = (contents: readonly Content[] = []) => contents.flatMap(({ parts = [] }) => parts);
const callsIn = (contents: readonly Content[] = []) =>
  partsOf(contents).flatMap(({ functionCall }) => (functionCall ? [functionCall] : []));
const responsesIn = (contents: readonly Content[] = []) =>
  partsOf(contents).flatMap(({ functionResponse }) => (functionResponse ? [functionResponse] : []));
const readsOf = ({ supabase }: FakeUpstreams) => supabase.requests.filter(({ table }) => table !== 'users');
const isRead = ({ table }: { table?: string | undefined }) => table !== 'users';
const call = (name: string, args = {}): ScriptedResponse => ({ functionCalls: [{ name, args }] });

/** The figure that a prefetched budget summary holds under this name, as the model writes it. */
const amountIn = (request: GenerateRequest | undefined, name: string): string => {
  const output = responsesIn(request?.contents)[0]?.response?.output as Record<string, number> | undefined;
  return `Rp${new Intl.NumberFormat('id-ID').format(output?.[name] ?? Number.NaN)}`;
};

t.test(
  'a budget question takes one request, which contains the call as completed; its figures are confirmed',
  async (t) => {
    const { upstreams, service, ask } = await startConversation(t);
    upstreams.gemini.scriptResponses((request) => ({ text: `Sisa anggaran Anda ${amountIn(request, 'sisa')}.` }));
    t.match(await ask('Berapa sisa anggaran saya?'), /^Sisa anggaran Anda Rp\d[\d.]+\.$/);
    const [request, ...more] = requestsTo(upstreams);
    t.equal(more.length, 0, 'one request');
    t.same(
      request?.contents.map(({ role }) => role),
      ['user', 'model', 'user'],
    );
    const [requested, returned] = request?.contents.slice(1) ?? [];
    t.match(requested?.parts, [
      {
        functionCall: { id: 'prefetch-1', name: 'budget_summary', args: {} },
        thoughtSignature: 'skip_thought_signature_validator',
      },
    ]);
    t.match(returned?.parts, [{ functionResponse: { id: 'prefetch-1', name: 'budget_summary' } }]);
    t.match(await service.waitForEvent('answer.checked'), { grounded: 1, ungrounded: 0, correctionRequested: false });
    t.match(await service.waitForEvent('tool.prefetched'), { tool: 'budget_summary', outcome: 'ok' });
    t.match(await ask('/sumber'), /Laporan Akrual per .*budget_summary/s);
  },
);

t.test('a figure that the prefetched data does not contain is corrected', async (t) => {
  const { upstreams, ask } = await startConversation(t);
  upstreams.gemini.scriptResponses([{ text: 'Sisa Anda Rp987.654.321.' }, { text: 'Angkanya tidak tersedia.' }]);
  t.equal(await ask('Berapa sisa anggaran saya?'), 'Angkanya tidak tersedia.');
  const correction = requestsTo(upstreams)[1];
  t.match(partsOf(correction?.contents).at(-1)?.text, /Rp987\.654\.321/);
  t.match(callsIn(correction?.contents), [{ id: 'prefetch-1' }], 'the correction has the data');
});

t.test('«yang nomor 2» is looked up before the first request, and its list was prefetched too', async (t) => {
  const { upstreams, ask } = await startConversation(t);
  const list = await ask('5 akun dengan serapan terendah');
  const account = /^2\. (\d{6})/m.exec(list)?.[1] ?? 'none';
  t.match(await ask('yang nomor 2'), new RegExp(account));
  const [first, second, ...more] = requestsTo(upstreams);
  t.equal(more.length, 0, 'one request for each question');
  t.match(callsIn(first?.contents), [{ name: 'budget_by_account', args: { sort: 'serapan', limit: 5 } }]);
  t.match(callsIn(second?.contents), [{ name: 'budget_by_account', args: { account } }]);
});

t.test('thanks and greetings read nothing', async (t) => {
  const { upstreams, ask } = await startConversation(t);
  upstreams.gemini.scriptResponses(() => ({ text: 'Sama-sama.' }));
  for (const message of ['Halo', 'Terima kasih', 'Makasih ya info kegiatannya', 'ok siap']) await ask(message);
  t.same(readsOf(upstreams), []);
  for (const { contents } of requestsTo(upstreams)) t.same(callsIn(contents), []);
});

t.test('the model may call further functions, and calculate accepts prefetched figures', async (t) => {
  const { upstreams, ask } = await startConversation(t);
  upstreams.gemini.scriptResponses((request) => {
    const output = responsesIn(request.contents)[0]?.response?.output as Record<string, number>;
    const args = { operation: 'ratio_percent', operands: [output.sisa, output.pagu] };
    return callsIn(request.contents).length < 2 ? call('calculate', args) : { text: 'Sudah.' };
  });
  t.equal(await ask('Berapa sisa anggaran saya?'), 'Sudah.');
  t.equal(requestsTo(upstreams).length, 2);
  t.match(responsesIn(requestsTo(upstreams)[1]?.contents)[1]?.response, { output: { result: Number } });
});

t.test('two questions in one turn have the calls of both, at most three', async (t) => {
  const { upstreams, ask } = await startConversation(t, { COALESCE_WINDOW_MS: 400 });
  upstreams.gemini.scriptResponses(() => ({ text: 'Baik.' }));
  await ask('Berapa sisa anggaran saya?', 'Kegiatan minggu ini apa saja?');
  t.match(callsIn(requestsTo(upstreams).at(-1)?.contents), [
    { id: 'prefetch-1', name: 'budget_summary' },
    { id: 'prefetch-2', name: 'search_activities', args: { period: 'this_week' } },
  ]);
  await ask('Berapa', 'sisa anggaran', 'saya?');
  t.match(
    callsIn(requestsTo(upstreams).at(-1)?.contents).map(({ name }) => name),
    ['budget_summary'],
    'parts of one question',
  );
});

t.test('a calculation with prefetched figures is prefetched too', async (t) => {
  const { upstreams, ask } = await startConversation(t);
  upstreams.gemini.scriptResponses(() => ({ text: 'Baik.' }));
  await ask('Perkiraan serapan akhir tahun?');
  const [request, ...more] = requestsTo(upstreams);
  t.equal(more.length, 0);
  t.same(
    callsIn(request?.contents).map(({ id, name }) => [id, name]),
    [
      ['prefetch-1', 'budget_summary'],
      ['prefetch-2', 'calculate'],
      ['prefetch-3', 'calculate'],
    ],
  );
  for (const { response } of responsesIn(request?.contents).slice(1)) t.match(response, { output: { result: Number } });
});

t.test('a slow Supabase does not hold the first request; the call of the model joins the read', async (t) => {
  const { upstreams, service, ask } = await startConversation(t);
  await upstreams.supabase.setFault({ kind: 'hang' }, { match: isRead });
  upstreams.gemini.scriptResponses([call('budget_summary'), { text: 'Baik.' }]);
  const reply = ask('Berapa sisa anggaran saya?');
  const first = await upstreams.gemini.waitForRequest(() => true);
  t.same(callsIn((first.body as GenerateRequest).contents), []);
  // Supabase's own limit is 5 s, after which the call would have failed.
  t.match(await service.waitForEvent('tool.prefetched'), { tool: 'budget_summary', outcome: 'slow' });
  await upstreams.supabase.clearFaults();
  t.equal(await reply, 'Baik.');
  t.match(responsesIn(requestsTo(upstreams)[1]?.contents), [{ response: { output: { sisa: Number } } }]);
  t.equal((await ask('/sumber')).match(/budget_summary/g)?.length, 1, 'the late call is not a source');
});

t.test('the schedule is left out too if Supabase is slow', async (t) => {
  const { upstreams, ask } = await startConversation(t);
  await upstreams.supabase.setFault({ kind: 'hang' }, { match: isRead });
  upstreams.gemini.scriptResponses([{ text: 'Baik.' }]);
  const reply = ask('Agenda saya padat sekali, ada saran?');
  const first = await upstreams.gemini.waitForRequest(() => true);
  t.notMatch(JSON.stringify(first.body), /DATA KEGIATAN TERKINI/);
  await upstreams.supabase.clearFaults();
  await reply;
});

t.test('a failed call is left out', async (t) => {
  const { upstreams, service, ask } = await startConversation(t);
  upstreams.gemini.scriptResponses(() => ({ text: 'Baik.' }));
  await ask('halo');
  await upstreams.supabase.setFault({ kind: 'status', status: 503 });
  t.equal(await ask('Berapa sisa anggaran saya?'), 'Baik.');
  t.match(await service.waitForEvent('tool.prefetched'), { tool: 'budget_summary', outcome: 'failed' });
  t.same(callsIn(requestsTo(upstreams)[1]?.contents), []);
});

t.test('a model that rejects calls of others gets the data in a fence, from then on at once', async (t) => {
  const { upstreams, service, ask } = await startConversation(t);
  const holdsCall = ({ body }: { body: unknown }) => callsIn((body as GenerateRequest).contents).length > 0;
  await upstreams.gemini.setFault({ kind: 'status', status: 400 }, { match: holdsCall });
  const fencedData = (request: GenerateRequest | undefined): string => {
    const isData = ({ text }: Part) => /^<<data (\w+)>>\n[\s\S]*\n<<\/data \1>>$/.test(text ?? '');
    return request?.contents.at(-1)?.parts?.find(isData)?.text ?? '';
  };
  upstreams.gemini.scriptResponses((request) => {
    const sisa = Number(/"sisa":(-?\d+)/.exec(fencedData(request))?.[1]);
    return { text: `Sisa Anda Rp${new Intl.NumberFormat('id-ID').format(sisa)}.` };
  });
  t.match(await ask('Berapa sisa anggaran saya?'), /^Sisa Anda Rp\d[\d.]+\.$/);
  t.match(await service.waitForEvent('answer.checked'), { grounded: 1, ungrounded: 0 });
  t.same(
    upstreams.gemini.requests.map(({ model, status }) => [model, status]),
    [
      ['gemini-3.8-flash', 400],
      ['gemini-3.8-flash', 200],
    ],
  );
  t.match(fencedData(requestsTo(upstreams)[1]), /"name":"budget_summary","args":\{\}/);
  await ask('Berapa pagu saya?');
  t.equal(upstreams.gemini.requests.length, 3, 'no second rejection');
});

t.test('characters that people cannot see are removed from prefetched rows', async (t) => {
  const { upstreams, ask } = await startConversation(t);
  const activities = upstreams.supabase.tables.activities;
  for (const activity of activities) activity.nama = `Rapat\u200b \u{E0041}koordinasi`;
  upstreams.gemini.scriptResponses(() => ({ text: 'Baik.' }));
  await ask('Kegiatan tahun ini apa saja?');
  const sent = JSON.stringify(requestsTo(upstreams)[0]);
  t.match(sent, /Rapat koordinasi/);
  t.notMatch(sent, /\u200b|\u{E0041}/u);
});
