import t from 'tap';
import type { GenerateRequest } from '../../../sandbox/gemini.ts';
import { LINKED, OTHER_LINKED, startFakeUpstreams } from '../../support/fake-upstreams.ts';
import { startService } from '../../support/service.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Share of the first request's bytes that two users must have in common, counted from its start. */
const MIN_SHARED_BYTES = 0.85;

t.test(
  'requests of two users on two days begin with the same bytes, which are most of the first request',
  async (t) => {
    let offsetMs = 0;
    const upstreams = await startFakeUpstreams(t);
    const service = await startService(t, upstreams, {}, { now: () => Date.now() + offsetMs });
    upstreams.gemini.scriptResponses(() => ({ text: 'Baik.' }));
    const ask = async (sender: string, message: string): Promise<string> => {
      const before = upstreams.gemini.requests.length;
      const timestamp = Math.floor((Date.now() + offsetMs) / 1000);
      await service.call(upstreams.fonnte.buildPayload({ sender, message, timestamp }));
      await service.idle();
      // The SDK writes JSON without spaces, as JSON.stringify does.
      return JSON.stringify(upstreams.gemini.requests[before]?.body);
    };
    const first = await ask(LINKED, 'Halo, apa yang bisa Anda bantu?');
    const later = await ask(LINKED, 'Terima kasih');
    offsetMs = 3 * DAY_MS;
    const other = await ask(OTHER_LINKED, 'Selamat pagi, saya mau tanya');
    const prefix = first.slice(0, first.indexOf('"contents":'));
    t.same(Object.keys(JSON.parse(`${prefix}"contents":[]}`)), [
      'systemInstruction',
      'tools',
      'generationConfig',
      'contents',
    ]);
    t.ok(later.startsWith(prefix), 'a later message of the same user');
    t.ok(other.startsWith(prefix), 'another user on another day');
    const shared = countSharedBytes(first, other) / Buffer.byteLength(first);
    t.ok(shared >= MIN_SHARED_BYTES, `${Math.round(shared * 100)} %`);
  },
);

t.test('name, unit, date, greeting, mark and last list are part of the last message', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  const ask = async (message: string) => {
    await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message }));
    await service.idle();
    const request = upstreams.gemini.requests.at(-1)?.body as GenerateRequest;
    const texts = (parts: { text?: string }[] = []) => parts.map(({ text }) => text ?? '').join('\n');
    const contents = request.contents.map(({ parts }) => texts(parts));
    return { system: texts(request.systemInstruction?.parts), contents };
  };
  const list = await ask('5 akun dengan serapan terendah');
  t.match(list.contents[0], /^Jawaban pertama: ya$/m);
  const { system, contents } = await ask('Terima kasih');
  const [note = ''] = contents.at(-1)?.split('\n\n<<pesan ') ?? [];
  for (const line of [
    /^Nama pengguna: Siti Rahmawati$/m,
    /^Unit: \S/m,
    /^Hari ini: .+ \(\d{4}-\d{2}-\d{2}\) \(zona waktu Asia\/Jakarta\)$/m,
    /^Jawaban pertama: tidak$/m,
    /^Penanda: \w+$/m,
    /^Daftar terakhir, parameter `account` \(budget_by_account \{.*\}\): 1=\d{6}, 2=\d{6}/m,
  ]) {
    t.match(note, line);
    t.notMatch(system, line);
    t.notMatch(contents.slice(0, -1).join('\n'), line, 'not in the history');
  }
});

function countSharedBytes(one: string, other: string): number {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  const differing = left.findIndex((byte, index) => byte !== right[index]);
  return differing < 0 ? left.length : differing;
}
