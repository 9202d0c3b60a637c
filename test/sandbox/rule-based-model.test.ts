import t from 'tap';
import type { Content, GenerateRequest } from '../../sandbox/gemini-types.ts';
import { generateByRules } from '../../sandbox/rule-based-model.ts';

const user = (text: string): Content => ({ role: 'user', parts: [{ text }] });
const model = (text: string): Content => ({ role: 'model', parts: [{ text }] });
const INSTRUCTION = 'Anda adalah asisten AI.\n\nNama pengguna: Siti Rahmawati\nUnit: Biro Perencanaan\nHari ini: …';

function request(...contents: Content[]): GenerateRequest {
  return { contents, systemInstruction: { parts: [{ text: INSTRUCTION }] } };
}

function say(...contents: Content[]): string {
  const answer = generateByRules(request(...contents));
  return 'text' in answer ? (answer.text ?? '') : '';
}

t.test('the model greets the user by name and identifies itself as a fake', async (t) => {
  for (const greeting of ['Halo', 'selamat pagi!', 'Assalamualaikum', 'Hai kak Budi']) {
    t.match(say(user(greeting)), /^Halo, Siti Rahmawati! Saya model tiruan .*bukan Gemini/, greeting);
  }
  t.match(say(user('Berapa sisa anggaran?')), /^Halo, Siti Rahmawati!.*«Berapa sisa anggaran\?»[\s\S]*model tiruan/);
  const nameless = generateByRules({ contents: [user('Halo')] });
  t.match(nameless, { text: /^Halo! / });
});

t.test('a question after a greeting is answered', async (t) => {
  t.match(say(user('Halo, tolong kirim laporan anggaran terbaru')), /laporan anggaran terbaru/);
});

t.test('the model repeats an earlier question of the conversation without a greeting', async (t) => {
  const answer = say(user('Berapa sisa anggaran?'), model('…'), user('Kalau bulan lalu?'));
  t.match(answer, /^Anda baru saja bertanya: «Berapa sisa anggaran\?»\..*«Kalau bulan lalu\?»/);
  t.match(say(user('Sisa?'), model('…'), user('Tadi saya tanya apa?')), /bertanya: «Sisa\?»/);
  t.match(say(user('Tadi saya tanya apa?')), /Belum ada pertanyaan/);
});

t.test('the model answers small talk', async (t) => {
  t.equal(say(user('siapa saya?')), 'Anda Siti Rahmawati dari Biro Perencanaan.');
  t.match(say(user('Anda siapa?')), /model tiruan/);
  t.match(say(user('terima kasih ya')), /^Sama-sama, Siti Rahmawati!/);
  t.match(say(user('apa itu serapan?')), /realisasi dibagi pagu/);
});

t.test('the model shortens a quoted question to one line', async (t) => {
  const answer = say(user(`baris\nbaru ${'panjang '.repeat(40)}`));
  t.match(answer, /«baris baru panjang [^\n]{1,110}…»/);
});

t.test('equal requests get equal answers', async (t) => {
  t.equal(say(user('Apa kabar')), say(user('Apa kabar')));
});

t.test('after a rejection the model repeats the answer without the lines of the rejected figures', async (t) => {
  const answer = 'Sisa anggaran:\n- Akun 521211: Rp1.000\n- Akun 524111: Rp1,2 miliar';
  const rejection = (figures: string) =>
    user(
      `Angka berikut tidak ada dalam data yang dikembalikan fungsi: ${figures}. Tulis ulang jawaban tadi secara utuh.`,
    );
  const ask = (figures: string) => say(user('Berapa sisanya?'), model(answer), rejection(figures));
  t.equal(ask('Rp1,2 miliar'), 'Sisa anggaran:\n- Akun 521211: Rp1.000');
  t.equal(ask('Rp1.000, Rp1,2 miliar'), 'Sisa anggaran:');
  t.equal(say(user('Berapa?'), model('Rp5'), rejection('Rp5')), 'Maaf, angkanya tidak tersedia dalam data SAPA.');
});

t.test('the model does not repeat a call whose result is in the request', async (t) => {
  const tools = [{ functionDeclarations: [{ name: 'budget_by_account' }] }];
  const args = { sort: 'serapan', order: 'asc', limit: 5 };
  const report = { type: 'Akrual', date: '2026-11-24', file_name: null };
  const row = { account: '521211', name: 'Belanja Bahan', serapan_persen: 12.34 };
  const output = { report, count: 1, shown: 1, more: false, accounts: [row] };
  const question = '<<pesan x1>>\n5 akun dengan serapan terendah\n<</pesan x1>>';
  t.same(generateByRules({ ...request(user(question)), tools }), {
    functionCalls: [{ name: 'budget_by_account', args }],
  });
  const prefetched = (limit: number) =>
    `<<data x1>>\n${JSON.stringify({ name: 'budget_by_account', args: { ...args, limit }, output })}\n<</data x1>>\n${question}`;
  for (const limit of [5, 20]) {
    const answer = generateByRules({ ...request(user(prefetched(limit))), tools });
    t.match(answer, { text: /1\. 521211 Belanja Bahan: \*\*12,3%\*\*/ });
  }
  t.match(generateByRules({ ...request(user(prefetched(3))), tools }), { functionCalls: [{ args }] }, 'too few rows');
});

t.test('without function calling the model names the missing data and does not guess', async (t) => {
  const call: Content = { role: 'model', parts: [{ functionCall: { name: 'budget_trend', args: {} } }] };
  const response = { name: 'budget_trend', response: { output: { report: {}, months: [] } } };
  const answer = generateByRules({
    ...request(user('Berapa sisa anggaran?'), call, { role: 'user', parts: [{ functionResponse: response }] }),
    tools: [{ functionDeclarations: [{ name: 'budget_summary' }] }],
    toolConfig: { functionCallingConfig: { mode: 'NONE' } },
  });
  t.match(answer, { text: /data yang saya perlukan belum lengkap/ });
});
