import t from 'tap';
import { SAMPLE_USERS, sampleData } from '../../../../sandbox/sample-data.ts';
import { sampleId } from '../../../../sandbox/sample-days.ts';
import { parseQuestion } from '../../../../src/gemini/fallback/question/parse-question.ts';
import { checkFigures } from '../../../../src/gemini/grounding/grounding.ts';
import { extractFigures } from '../../../../src/gemini/grounding/text/extract-figures.ts';
import { texts } from '../../../../src/texts.ts';
import { everydayQuestions, valueAt } from '../../../support/everyday-questions.ts';
import { NOW, startRuleBasedAnswer, TODAY } from './rule-based-fixture.ts';

t.test('each everyday question makes the right calls and states the figures that they return', async (t) => {
  t.ok(everydayQuestions.length >= 40);
  const { ask } = await startRuleBasedAnswer(t);
  for (const { question, after, calls, figures = [], says } of everydayQuestions) {
    const lists = after ? (await ask(after)).evidence : [];
    const { found, calls: executed } = await ask(question, lists);
    t.match(executed, calls, `calls: ${question}`);
    t.equal(executed.length, calls.length, `no other calls: ${question}`);
    const stated = extractFigures(found?.text ?? '');
    for (const figure of figures) {
      const [tool = '', path = ''] = figure.split(':');
      const wanted = valueAt(executed.findLast(({ name }) => name === tool)?.result, path);
      const close = stated.some(({ value, precision }) => Math.abs(value - wanted) <= Math.max(precision, 0.051));
      t.ok(wanted === 0 || close, `${figure} = ${wanted} in: ${question}`);
    }
    if (says) t.match(found?.text, new RegExp(says), question);
    const { ungrounded } = checkFigures(found?.text ?? '', {
      data: executed.map(({ result }) => result),
      earlier: [],
      user: [question],
    });
    t.same(ungrounded, [], `every figure comes from the data: ${question}`);
  }
});

t.test('returns null for a question that no rule matches', async (t) => {
  const { ask } = await startRuleBasedAnswer(t);
  for (const question of [
    'Halo',
    'terima kasih ya',
    'Apa itu koperasi?',
    'cuaca hari ini gimana',
    'tolong buat puisi',
    'terima kasih atas info sisa anggarannya',
    'makasih infonya, kegiatan minggu ini sudah saya catat',
    '',
  ]) {
    const { found, calls: executed } = await ask(question);
    t.equal(found, null, question);
    t.equal(executed.length, 0);
  }
});

t.test('a user without data in SAPA gets a sentence about that', async (t) => {
  const { ask } = await startRuleBasedAnswer(t);
  const empty = SAMPLE_USERS.empty;
  t.match((await ask('berapa sisa anggaran?', [], empty)).found?.text, /Belum ada laporan realisasi/);
  t.match((await ask('berapa kegiatan saya?', [], empty)).found?.text, /Belum ada kegiatan/);
  t.match((await ask('kegiatan minggu ini apa saja?', [], empty)).found?.text, /Tidak ada kegiatan Anda minggu ini/);
  t.match((await ask('naik berapa dari bulan lalu?', [], empty)).found?.text, /Belum ada laporan realisasi/);
  t.match((await ask('tembus 95% desember?', [], empty)).found?.text, /Belum ada laporan realisasi/);
  t.match((await ask('akun 524111 berapa', [], empty)).found?.text, /Belum ada laporan realisasi/);
  t.match((await ask('pic rapat siapa', [], empty)).found?.text, /Tidak ada kegiatan «rapat»/);
});

t.test('a missing account, row or list entry is reported in a sentence', async (t) => {
  const { ask } = await startRuleBasedAnswer(t);
  t.match(
    (await ask('sisa akun 599999 berapa')).found?.text,
    /Akun 599999 tidak ada dalam anggaran Anda menurut laporan Akrual/,
  );
  t.match((await ask('rincian pesawat ulang-alik')).found?.text, /Tidak ada rincian «pesawat ulang-alik»/);
  t.match((await ask('yang nomor 7')).found?.text, /belum menampilkan daftar/);
});

t.test('the answer reports that Supabase is unavailable, and contains no figures', async (t) => {
  const { supabase, ask } = await startRuleBasedAnswer(t);
  await supabase.setFault({ kind: 'status', status: 503 });
  const { found } = await ask('berapa sisa anggaran?');
  t.match(found?.text, /sedang tidak dapat dijangkau/);
  t.same(extractFigures(found?.text ?? ''), []);
});

t.test(
  'an answer says that data is too large and how to narrow it; a question about a period is answered',
  async (t) => {
    const tables = sampleData(NOW);
    const [own] = tables.activities.filter(({ user_id }) => user_id === SAMPLE_USERS.stocked);
    // One row that is larger than the maximum response, outside the requested period.
    tables.activities.push({
      ...own,
      id: sampleId('activity', 9_999),
      capaian: 'x'.repeat(5_000_000),
      tanggal_pelaksanaan: '2025-01-15',
    });
    const { ask } = await startRuleBasedAnswer(t, tables);
    const everything = await ask('statistik kegiatan');
    t.equal(everything.found?.text, texts.ruleBasedTooLarge);
    t.match(texts.ruleBasedTooLarge, /terlalu besar.*periode.*status/);
    const week = await ask('Kegiatan minggu ini apa saja?');
    const { found } = await (await startRuleBasedAnswer(t)).ask('Kegiatan minggu ini apa saja?');
    const [list = ''] = found?.text.split('\n\n') ?? [];
    t.ok(list.includes('kegiatan') && week.found?.text.startsWith(list), 'the same as without that row');
    t.match(week.found?.text, /terlalu besar, jadi hanya kegiatan menurut tanggal/);
  },
);

t.test('names, statuses and report types cannot format the answer', async (t) => {
  const tables = sampleData(NOW);
  for (const activity of tables.activities) {
    activity.nama = '*Rapat*\n_x_ [a](http://jahat.example)';
    activity.status = '*Siap*';
  }
  for (const report of tables.processed_results) report.report_type = '_Akrual_';
  const { ask } = await startRuleBasedAnswer(t, tables);
  t.match(
    (await ask('kegiatan minggu ini apa saja?')).found?.text,
    '\\*Rapat\\* \\_x\\_ \\[a\\](http://jahat.example) – \\*Siap\\*',
  );
  t.match((await ask('berapa sisa anggaran?')).found?.text, 'laporan \\_Akrual\\_ per');
});

t.test('a question is parsed in linear time', async (t) => {
  t.equal(parseQuestion('a '.repeat(30_000), TODAY).words.length <= 2100, true);
  t.same(parseQuestion('', TODAY).words.trim(), '');
  t.equal(parseQuestion('yg no 3', TODAY).ordinal, 3);
  t.equal(parseQuestion('minggu ke-48', TODAY).ordinal, null);
  t.equal(parseQuestion('tembus 97,5%?', TODAY).percent, 97.5);
});

t.test('lines that the service adds for files and locations are not part of the question', async (t) => {
  const question = parseQuestion(
    'Berapa sisa?\n(mengirim dokumen laporan (1) kegiatan.pdf)\n(Lokasi yang dikirim pengguna: 1,2)',
    TODAY,
  );
  t.equal(question.words, parseQuestion('Berapa sisa?', TODAY).words);
  t.match(
    parseQuestion('(mengirim kabar) Berapa sisa?', TODAY).words,
    / kabar /,
    'text in parentheses that a user wrote is part of the question',
  );
});
