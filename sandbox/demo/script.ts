import { expectedBudget } from './expected.ts';
import { UNLINKED_PHONE } from './people.ts';
import { givenTo, type Scene } from './play.ts';

const SITI = '6281200000001';
const BAGAS = '6281200000002';
const RATNA = '6281200000003';
const YOHANES = '6281200000004';

/** What the contract promises to people who are refused. */
const NOT_LINKED =
  'Nomor WhatsApp Anda belum terhubung dengan akun SAPA. Silakan login ke portal SAPA dan verifikasi nomor Anda terlebih dahulu.';
const NOT_APPROVED = 'Nomor Anda sudah terhubung, tetapi akun SAPA Anda belum disetujui admin.';

const FIRST_QUESTION = 'Kegiatan minggu ini apa saja?';
const SECOND_QUESTION = 'Tadi saya tanya apa?';
const LATE_QUESTION = 'Barusan saya tanya apa, ya?';

/**
 * The play of `npm run demo -- --once`, in its order; the last scene looks back on all. A scene lets people write and
 * read, and puts promises to the test: add one wherever the service learns something new.
 */
export const script: readonly Scene[] = [
  {
    title: 'Pengguna terhubung bertanya dua kali dalam satu sesi',
    async play({ person, promise, questions }) {
      const siti = person(SITI);
      const asked = await siti.writes(FIRST_QUESTION);
      promise('webhook menjawab 200 accepted', asked.answers.join() === '200 accepted', asked.answers.join());
      const first = await siti.reads();
      promise('jawabannya sampai di nomor yang bertanya', first !== null, 'tidak ada jawaban');
      const prompt = givenTo(questions(FIRST_QUESTION)[0]);
      promise('model tahu siapa yang bertanya', prompt.includes(siti.name), 'namanya tidak ada di permintaan');

      await siti.writes(SECOND_QUESTION);
      const second = await siti.reads();
      promise('pertanyaan kedua dijawab pula', second !== null, 'tidak ada jawaban');
      const session = givenTo(questions(SECOND_QUESTION)[0]);
      promise('model diberi pertanyaan pertama', session.includes(FIRST_QUESTION), 'tidak ada di permintaan');
      const said = second?.message ?? '';
      promise('jawaban kedua tahu pertanyaan pertama', said.includes(FIRST_QUESTION), said || 'tidak ada jawaban');
    },
  },
  {
    title: 'Angka dijawab dari data SAPA miliknya sendiri',
    async play({ person, promise, questions, world: { supabase } }) {
      const siti = person(SITI);
      const expected = expectedBudget(supabase, SITI);
      const asks = async (question: string, wanted: string) => {
        await siti.writes(question);
        const said = (await siti.reads())?.message ?? 'tidak ada jawaban';
        promise(`jawabannya memuat ${wanted}`, said.includes(wanted), said);
      };
      await asks('Berapa sisa anggaran?', `Rp${new Intl.NumberFormat('id-ID').format(expected.sisa)}`);
      await asks('Akun 524111 sudah terserap berapa persen?', percent(expected.serapan('524111')));
      await asks('Serapan keseluruhan berapa?', percent(expected.serapan()));
      await asks('/sumber', expected.fileName);
      promise('/sumber dijawab tanpa bertanya kepada model', questions('/sumber').length === 0, 'model ditanya');
    },
  },
  {
    title: 'Nomor yang tidak terhubung, dan akun yang belum disetujui, ditolak',
    async play({ person, promise, questions }) {
      for (const [phone, code, notice] of [
        [UNLINKED_PHONE, 'NOT_LINKED', NOT_LINKED],
        [RATNA, 'NOT_APPROVED', NOT_APPROVED],
      ] as const) {
        const question = `Berapa pagu saya? (${code})`;
        const asked = await person(phone).writes(question);
        const answers = asked.answers.join();
        promise(`webhook menjawab 403 ${code}`, asked.answers[0] === `403 ${code}`, answers);
        promise('panggilan ulang FONNTE dijawab 200 duplicate', asked.answers[1] === '200 duplicate', answers);
        const told = await person(phone).reads();
        promise('orangnya diberi tahu sebabnya', told?.message === notice, told?.message ?? 'tidak ada pesan');
        promise('modelnya tidak ditanya', questions(question).length === 0, 'model ditanya');
      }
    },
  },
  {
    title: 'Panggilan yang diulang dijawab sekali',
    async play({ person, promise, questions }) {
      const bagas = person(BAGAS);
      const asked = await bagas.writes('Halo');
      const repeated = await bagas.repeats(asked);
      promise(
        'panggilan ulang dijawab 200 duplicate',
        repeated.answers.join() === '200 duplicate',
        repeated.answers.join(),
      );
      promise('jawabannya sampai', (await bagas.reads()) !== null, 'tidak ada jawaban');
      // Answers to one person keep their order: a second one to the repeated call would come before this one.
      await bagas.writes('Terima kasih');
      const next = await bagas.reads();
      promise('dan hanya sekali', next?.message.startsWith('Sama-sama') === true, next?.message ?? 'tidak ada jawaban');
      promise('model ditanya sekali', questions('Halo').length === 1, `${questions('Halo').length} kali`);
    },
  },
  {
    title: 'Balasan tetap terkirim walau FONNTE mula-mula menolaknya',
    async play({ person, promise, note, questions, world: { fonnte } }) {
      const yohanes = person(YOHANES);
      const sendsTo = () => fonnte.requests.filter(({ path, body }) => path === '/send' && targetOf(body) === YOHANES);
      const body = { status: false, reason: 'request invalid on disconnected device' };
      await fonnte.setFault({ kind: 'reject', body }, { times: 1, match: ({ path }) => path === '/send' });
      note(`FONNTE akan menolak kiriman berikutnya: «${body.reason}»`);
      const question = 'Siapa nama saya?';
      await yohanes.writes(question);
      const answer = await yohanes.reads();
      promise('jawabannya sampai', answer !== null, 'tidak ada jawaban');
      const tries = sendsTo().length;
      promise('pada kiriman kedua, yang pertama ditolak', tries === 2, `${tries} kiriman`);
      const asked = questions(question).length;
      promise('tanpa bertanya lagi kepada model', asked === 1, `model ditanya ${asked} kali`);
    },
  },
  {
    title: 'Pesan yang diterima tepat sebelum SIGKILL dijawab sesudah layanan hidup lagi',
    async play({ person, promise, questions, kill, start, world: { gemini } }) {
      const siti = person(SITI);
      // Nothing can be answered before the kill.
      await gemini.setFault({ kind: 'hang' });
      const asked = await siti.writes(LATE_QUESTION);
      await kill();
      promise('webhook menjawab 200 accepted', asked.answers.join() === '200 accepted', asked.answers.join());
      await gemini.clearFaults();
      const startedAt = Date.now();
      await start();
      const answer = await siti.reads();
      promise('jawabannya sampai', answer !== null && answer.at >= startedAt, 'tidak ada jawaban');
      const session = givenTo(questions(LATE_QUESTION).find(({ at }) => at >= startedAt));
      promise('sesi sebelum SIGKILL masih diingat', session.includes(SECOND_QUESTION), 'tidak ada di permintaan');
    },
  },
  {
    title: 'Sepanjang percakapan',
    async play({ unread, promise, world: { fonnte } }) {
      const extra = unread();
      const said = extra.map(({ target, message }) => `${target}: ${message}`).join('; ');
      promise('tidak ada yang terkirim dua kali atau tanpa ditanya', extra.length === 0, said);
      const typed = fonnte.requests.some(({ path, status }) => path === '/typing' && status === 200);
      promise('terlihat «sedang mengetik» selagi dijawab', typed, 'tidak pernah');
    },
  },
];

function targetOf(body: unknown): string | undefined {
  return (body as { target?: string }).target;
}

/** One decimal, as answers show it. */
function percent(value: number): string {
  return `${new Intl.NumberFormat('id-ID', { maximumFractionDigits: 1 }).format(value)}%`;
}
