import t from 'tap';
import { playOnce } from '../../sandbox/demo/once.ts';
import type { Scene } from '../../sandbox/demo/play.ts';
import { script } from '../../sandbox/demo/script.ts';

const FAKE = 'test/sandbox/demo-fake-service.ts';

/** Plays scenes against the fake with one flaw; what it printed and whether all was kept. */
async function playWith(flaw: string, { scenes = script, patienceMs = 20_000 } = {}) {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const kept = await playOnce({ write, entry: FAKE, settings: { FAKE_FLAW: flaw }, scenes, patienceMs });
  return { kept, text: lines.join('\n'), broken: lines.filter((line) => line.startsWith('Tidak ditepati: ')) };
}

const sceneNamed = (title: RegExp) => script.filter((scene) => title.test(scene.title));
const twoQuestions = sceneNamed(/dua kali dalam satu sesi/);
const refusals = sceneNamed(/tidak terhubung/);
const repeated = sceneNamed(/diulang/);
const rejected = sceneNamed(/FONNTE mula-mula menolak/);
const killed = sceneNamed(/SIGKILL/);
const lookingBack = sceneNamed(/Sepanjang percakapan/);
/** The fake has no data to answer from. */
const withoutData = [twoQuestions, refusals, repeated, rejected, killed, lookingBack].flat();

t.jobs = 4;

t.test('a service that keeps every promise passes, and the transcript says who said what and when', async (t) => {
  const { kept, text, broken } = await playWith('', { scenes: withoutData });
  t.same(broken, []);
  t.ok(kept);
  t.match(text, /^ {2}\d\d\.\d\d\.\d\d {2}Siti Rahmawati +Kegiatan minggu ini apa saja\?$/m);
  t.match(text, /^ {2}\d\d\.\d\d\.\d\d {2}SAPA +Anda baru saja bertanya/m);
  t.match(text, /^ {2}✓ jawabannya sampai di nomor yang bertanya$/m);
  t.notMatch(text, '✗');
  t.match(text, /^(\d+) dari \1 janji ditepati dalam \d+,\d detik\.$/m);
});

/** Waiting in vain ends after this, ms; a flaw shows however long it is. */
const SHORT = 1_500;
const FLAWS: { is: string; flaw: string; breaks: RegExp; scenes: Scene[]; patienceMs?: number }[] = [
  {
    is: 'never replies',
    flaw: 'silent',
    breaks: /jawabannya sampai di nomor yang bertanya/,
    scenes: twoQuestions,
    patienceMs: SHORT,
  },
  {
    is: 'replies to another number',
    flaw: 'wrong-number',
    breaks: /jawabannya sampai di nomor yang bertanya/,
    scenes: twoQuestions,
    patienceMs: SHORT,
  },
  {
    is: 'forgets the session',
    flaw: 'forgets-session',
    breaks: /model diberi pertanyaan pertama/,
    scenes: twoQuestions,
  },
  {
    is: 'answers numbers that are not linked',
    flaw: 'lets-in',
    breaks: /webhook menjawab 403 NOT_LINKED/,
    scenes: refusals,
  },
  {
    is: 'takes a repeated call for a new one',
    flaw: 'repeats',
    breaks: /panggilan ulang dijawab 200 duplicate/,
    scenes: repeated,
  },
  { is: 'answers twice', flaw: 'doubles', breaks: /dan hanya sekali/, scenes: repeated },
  {
    is: 'sends what nobody asked for',
    flaw: 'wrong-number',
    breaks: /terkirim dua kali atau tanpa ditanya/,
    scenes: [twoQuestions, lookingBack].flat(),
    patienceMs: SHORT,
  },
  {
    is: 'gives up when FONNTE rejects',
    flaw: 'gives-up',
    breaks: /pada kiriman kedua, yang pertama ditolak/,
    scenes: rejected,
    patienceMs: SHORT,
  },
  {
    is: 'asks the model again for a reply that it has',
    flaw: 'asks-again',
    breaks: /tanpa bertanya lagi kepada model/,
    scenes: rejected,
  },
  {
    is: 'loses what it accepted before it was killed',
    flaw: 'forgets-inbox',
    breaks: /jawabannya sampai/,
    scenes: killed,
    patienceMs: SHORT,
  },
  {
    is: 'never shows that it is typing',
    flaw: 'never-types',
    breaks: /sedang mengetik/,
    scenes: [twoQuestions, lookingBack].flat(),
  },
];
for (const { is, flaw, breaks, ...how } of FLAWS) {
  t.test(`a service that ${is} fails`, async (t) => {
    const { kept, broken, text } = await playWith(flaw, how);
    t.notOk(kept);
    t.match(broken.join('\n'), breaks);
    t.match(text, '✗');
  });
}

t.test('a scene that cannot be played to its end is a broken promise, and the next is played', async (t) => {
  const scenes: Scene[] = [
    { title: 'Rusak', play: async ({ person }) => void person('6281299999999') },
    { title: 'Utuh', play: async ({ promise }) => promise('satu tambah satu dua', 1 + 1 === 2) },
  ];
  const { kept, broken, text } = await playWith('', { scenes });
  t.notOk(kept);
  t.equal(broken.length, 1);
  t.match(text, '✓ satu tambah satu dua');
});

t.test('a service that does not start fails with its last words', async (t) => {
  const lines: string[] = [];
  const kept = await playOnce({ write: (line) => void lines.push(line), settings: { APP_TIMEZONE: 'Antah/Berantah' } });
  t.notOk(kept);
  t.match(lines.join('\n'), /Layanan berhenti saat dimulai\.\n[\s\S]*APP_TIMEZONE/);
});
