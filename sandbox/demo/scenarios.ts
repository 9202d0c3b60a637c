import type { SentMessage } from '../fonnte.ts';
import { computeExpectedBudget } from './expected-budget.ts';
import { UNLINKED_PHONE } from './people.ts';
import { readPrompt, type Scenario } from './scenario.ts';

const SITI = '6281200000001';
const BAGAS = '6281200000002';
const RATNA = '6281200000003';
const YOHANES = '6281200000004';

/** The notices to refused senders, as the contract defines them. */
const NOT_LINKED =
  'Nomor WhatsApp Anda belum terhubung dengan akun SAPA. Silakan login ke portal SAPA dan verifikasi nomor Anda terlebih dahulu.';
const NOT_APPROVED = 'Nomor Anda sudah terhubung, tetapi akun SAPA Anda belum disetujui admin.';

const FIRST_QUESTION = 'Kegiatan minggu ini apa saja?';
const SECOND_QUESTION = 'Tadi saya tanya apa?';
const CHART_QUESTION = 'Gambarkan realisasi per bulan';
const LATE_QUESTION = 'Barusan saya tanya apa, ya?';

/**
 * The scenarios of `npm run demo -- --once` in their order; the last one checks all messages of the run. Add a scenario
 * for every new feature of the service.
 */
export const scenarios: readonly Scenario[] = [
  {
    title: 'Pengguna terhubung bertanya dua kali dalam satu sesi',
    async run({ user, check, requestsAbout }) {
      const siti = user(SITI);
      const sent = await siti.send(FIRST_QUESTION);
      check('webhook menjawab 200 accepted', sent.responses.join() === '200 accepted', sent.responses.join());
      const first = await siti.waitForReply();
      check('jawabannya sampai di nomor yang bertanya', first !== null, 'tidak ada jawaban');
      const prompt = readPrompt(requestsAbout(FIRST_QUESTION)[0]);
      check('model tahu siapa yang bertanya', prompt.includes(siti.name), 'namanya tidak ada di permintaan');

      await siti.send(SECOND_QUESTION);
      const second = await siti.waitForReply();
      check('pertanyaan kedua dijawab pula', second !== null, 'tidak ada jawaban');
      const session = readPrompt(requestsAbout(SECOND_QUESTION)[0]);
      check('model diberi pertanyaan pertama', session.includes(FIRST_QUESTION), 'tidak ada di permintaan');
      const text = second?.message ?? '';
      check('jawaban kedua tahu pertanyaan pertama', text.includes(FIRST_QUESTION), text || 'tidak ada jawaban');
    },
  },
  {
    title: 'Angka dijawab dari data SAPA miliknya sendiri',
    async run({ user, check, requestsAbout, environment: { supabase } }) {
      const siti = user(SITI);
      const expected = computeExpectedBudget(supabase, SITI);
      const askAndCheck = async (question: string, expectedText: string) => {
        await siti.send(question);
        const text = (await siti.waitForReply())?.message ?? 'tidak ada jawaban';
        check(`jawabannya memuat ${expectedText}`, text.includes(expectedText), text);
      };
      await askAndCheck('Berapa sisa anggaran?', `Rp${new Intl.NumberFormat('id-ID').format(expected.sisa)}`);
      await askAndCheck('Akun 524111 sudah terserap berapa persen?', percent(expected.serapan('524111')));
      await askAndCheck('Serapan keseluruhan berapa?', percent(expected.serapan()));
      await askAndCheck('/sumber', expected.fileName);
      check('/sumber dijawab tanpa bertanya kepada model', requestsAbout('/sumber').length === 0, 'model ditanya');
    },
  },
  {
    title: 'Grafik digambar dari data yang sama dengan jawabannya',
    async run({ user, check, requestsAbout }) {
      const siti = user(SITI);
      await siti.send(CHART_QUESTION);
      const text = await siti.waitForReply();
      check('jawabannya berupa teks lebih dahulu', text !== null && !text.file, 'tidak ada jawaban');
      const trend = await siti.waitForReply();
      check('gambarnya menyusul', isPicture(trend), trend?.message ?? 'tidak ada gambar');
      await siti.send('/grafik');
      const again = await siti.waitForReply();
      check('/grafik menggambar jawaban terakhir lagi', isPicture(again), again?.message ?? 'tidak ada gambar');
      check('/grafik dijawab tanpa bertanya kepada model', requestsAbout('/grafik').length === 0, 'model ditanya');
    },
  },
  {
    title: 'Daftar dikirim lengkap sebagai Excel',
    async run({ user, check, requestsAbout }) {
      const bagas = user(BAGAS);
      await bagas.send('Kegiatan bulan ini apa saja?');
      const list = await bagas.waitForReply();
      check('daftarnya dijawab', list !== null, 'tidak ada jawaban');
      await bagas.send('/unduh');
      const sheet = await bagas.waitForReply();
      check('/unduh mengirim berkas Excel', sheet?.file?.name.endsWith('.xlsx') === true, sheet?.message);
      check('/unduh dijawab tanpa bertanya kepada model', requestsAbout('/unduh').length === 0, 'model ditanya');
    },
  },
  {
    title: 'Nomor yang tidak terhubung, dan akun yang belum disetujui, ditolak',
    async run({ user, check, requestsAbout }) {
      for (const [phone, code, notice] of [
        [UNLINKED_PHONE, 'NOT_LINKED', NOT_LINKED],
        [RATNA, 'NOT_APPROVED', NOT_APPROVED],
      ] as const) {
        const question = `Berapa pagu saya? (${code})`;
        const sent = await user(phone).send(question);
        const answers = sent.responses.join();
        check(`webhook menjawab 403 ${code}`, sent.responses[0] === `403 ${code}`, answers);
        check('panggilan ulang FONNTE dijawab 200 duplicate', sent.responses[1] === '200 duplicate', answers);
        const reply = await user(phone).waitForReply();
        check('orangnya diberi tahu sebabnya', reply?.message === notice, reply?.message ?? 'tidak ada pesan');
        check('modelnya tidak ditanya', requestsAbout(question).length === 0, 'model ditanya');
      }
    },
  },
  {
    title: 'Panggilan yang diulang dijawab sekali',
    async run({ user, check, requestsAbout }) {
      const bagas = user(BAGAS);
      const sent = await bagas.send('Halo');
      const repeated = await bagas.repeat(sent);
      check(
        'panggilan ulang dijawab 200 duplicate',
        repeated.responses.join() === '200 duplicate',
        repeated.responses.join(),
      );
      check('jawabannya sampai', (await bagas.waitForReply()) !== null, 'tidak ada jawaban');
      // Replies to one user keep their order: a second reply to the repeated delivery would arrive before this one.
      await bagas.send('Terima kasih');
      const next = await bagas.waitForReply();
      check('dan hanya sekali', next?.message.startsWith('Sama-sama') === true, next?.message ?? 'tidak ada jawaban');
      check('model ditanya sekali', requestsAbout('Halo').length === 1, `${requestsAbout('Halo').length} kali`);
    },
  },
  {
    title: 'Balasan tetap terkirim walau FONNTE mula-mula menolaknya',
    async run({ user, check, note, requestsAbout, environment: { fonnte } }) {
      const yohanes = user(YOHANES);
      const sendsTo = () => fonnte.requests.filter(({ path, body }) => path === '/send' && targetOf(body) === YOHANES);
      const body = { status: false, reason: 'request invalid on disconnected device' };
      await fonnte.setFault({ kind: 'reject', body }, { times: 1, match: ({ path }) => path === '/send' });
      note(`FONNTE akan menolak kiriman berikutnya: «${body.reason}»`);
      const question = 'Siapa nama saya?';
      await yohanes.send(question);
      const answer = await yohanes.waitForReply();
      check('jawabannya sampai', answer !== null, 'tidak ada jawaban');
      const sendCount = sendsTo().length;
      check('pada kiriman kedua, yang pertama ditolak', sendCount === 2, `${sendCount} kiriman`);
      const sent = requestsAbout(question).length;
      check('tanpa bertanya lagi kepada model', sent === 1, `model ditanya ${sent} kali`);
    },
  },
  {
    title: 'Pesan yang diterima tepat sebelum SIGKILL dijawab sesudah layanan hidup lagi',
    async run({ user, check, requestsAbout, kill, start, environment: { gemini } }) {
      const siti = user(SITI);
      // Prevent any answer before the kill.
      await gemini.setFault({ kind: 'hang' });
      const sent = await siti.send(LATE_QUESTION);
      await kill();
      check('webhook menjawab 200 accepted', sent.responses.join() === '200 accepted', sent.responses.join());
      await gemini.clearFaults();
      const startedAt = Date.now();
      await start();
      const answer = await siti.waitForReply();
      check('jawabannya sampai', answer !== null && answer.at >= startedAt, 'tidak ada jawaban');
      const session = readPrompt(requestsAbout(LATE_QUESTION).find(({ at }) => at >= startedAt));
      check('sesi sebelum SIGKILL masih diingat', session.includes(SECOND_QUESTION), 'tidak ada di permintaan');
    },
  },
  {
    title: 'Sepanjang percakapan',
    async run({ unreadMessages, check, environment: { fonnte } }) {
      const unexpected = unreadMessages();
      const text = unexpected.map(({ target, message }) => `${target}: ${message}`).join('; ');
      check('tidak ada yang terkirim dua kali atau tanpa ditanya', unexpected.length === 0, text);
      const wasTyping = fonnte.requests.some(({ path, status }) => path === '/typing' && status === 200);
      check('terlihat «sedang mengetik» selagi dijawab', wasTyping, 'tidak pernah');
    },
  },
];

function isPicture(sent: SentMessage | null): boolean {
  return sent?.file?.mediaType === 'image/png' && sent.message !== '';
}

function targetOf(body: unknown): string | undefined {
  return (body as { target?: string }).target;
}

/** Formats a percentage with one decimal, as answers do. */
function percent(value: number): string {
  return `${new Intl.NumberFormat('id-ID', { maximumFractionDigits: 1 }).format(value)}%`;
}
