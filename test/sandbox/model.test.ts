import t from 'tap';
import type { Content, GenerateRequest } from '../../sandbox/gemini-wire.ts';
import { readConversation, standInModel } from '../../sandbox/model.ts';

const user = (text: string): Content => ({ role: 'user', parts: [{ text }] });
const model = (text: string): Content => ({ role: 'model', parts: [{ text }] });
const INSTRUCTION = 'Anda adalah asisten AI.\n\nNama pengguna: Siti Rahmawati\nUnit: Biro Perencanaan\nHari ini: …';

function request(...contents: Content[]): GenerateRequest {
  return { contents, systemInstruction: { parts: [{ text: INSTRUCTION }] } };
}

function say(...contents: Content[]): string {
  const answer = standInModel(request(...contents));
  return 'text' in answer ? (answer.text ?? '') : '';
}

t.test('it greets by the name in the system instruction and says that it is a stand-in', async (t) => {
  for (const greeting of ['Halo', 'selamat pagi!', 'Assalamualaikum', 'Hai kak Budi']) {
    t.match(say(user(greeting)), /^Halo, Siti Rahmawati! Saya model tiruan .*bukan Gemini/, greeting);
  }
  t.match(say(user('Berapa sisa anggaran?')), /^Halo, Siti Rahmawati!.*«Berapa sisa anggaran\?»[\s\S]*model tiruan/);
  const nameless = standInModel({ contents: [user('Halo')] });
  t.match(nameless, { text: /^Halo! / });
});

t.test('a question behind a greeting is a question', async (t) => {
  t.match(say(user('Halo, tolong kirim laporan anggaran terbaru')), /laporan anggaran terbaru/);
});

t.test('it knows what was asked before in this conversation, and greets no more', async (t) => {
  const answer = say(user('Berapa sisa anggaran?'), model('…'), user('Kalau bulan lalu?'));
  t.match(answer, /^Anda baru saja bertanya: «Berapa sisa anggaran\?»\..*«Kalau bulan lalu\?»/);
  t.match(say(user('Sisa?'), model('…'), user('Tadi saya tanya apa?')), /bertanya: «Sisa\?»/);
  t.match(say(user('Tadi saya tanya apa?')), /Belum ada pertanyaan/);
});

t.test('it answers small talk', async (t) => {
  t.equal(say(user('siapa saya?')), 'Anda Siti Rahmawati dari Biro Perencanaan.');
  t.match(say(user('Anda siapa?')), /model tiruan/);
  t.match(say(user('terima kasih ya')), /^Sama-sama, Siti Rahmawati!/);
});

t.test('it quotes a long question short and on one line', async (t) => {
  const answer = say(user(`baris\nbaru ${'panjang '.repeat(40)}`));
  t.match(answer, /«baris baru panjang [^\n]{1,110}…»/);
});

t.test('the same request gets the same answer', async (t) => {
  t.equal(say(user('Apa kabar')), say(user('Apa kabar')));
});

t.test('the conversation is read with tools and results of the current turn', async (t) => {
  const call: Content = { role: 'model', parts: [{ functionCall: { name: 'budget_summary' } }] };
  const result: Content = {
    role: 'user',
    parts: [{ functionResponse: { name: 'budget_summary', response: { pagu: 1 } } }],
  };
  const conversation = readConversation({
    ...request(user('lama'), call, result, model('jawab'), user('baru'), call, result),
    tools: [{ functionDeclarations: [{ name: 'budget_summary' }, { name: 'calculate' }] }],
  });
  t.same(conversation, {
    name: 'Siti Rahmawati',
    unit: 'Biro Perencanaan',
    question: 'baru',
    earlier: ['lama'],
    tools: ['budget_summary', 'calculate'],
    results: [{ name: 'budget_summary', response: { pagu: 1 } }],
    lists: [],
  });
  const off = { tools: [{ functionDeclarations: [{ name: 'a' }, { name: 'b' }] }], contents: [user('x')] };
  t.same(readConversation({ ...off, toolConfig: { functionCallingConfig: { mode: 'NONE' } } }).tools, []);
  const one = { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['b'] } };
  t.same(readConversation({ ...off, toolConfig: one }).tools, ['b']);
});
