import { randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import { LOOP_PAUSE_MS } from '../../../src/conversation/reply-loop.ts';
import { fill, texts } from '../../../src/texts.ts';
import { type FakeUpstreams, startFakeUpstreams } from '../../support/fake-upstreams.ts';
import { scratchFolder } from '../../support/folders.ts';
import {
  autoResponder,
  createFonnteNetwork,
  type FonnteNetwork,
  servicePartner,
} from '../../support/fonnte-network.ts';
import { type Service, startService } from '../../support/service.ts';

const OURS = '6281200000071';
const THEIRS = '6281200000072';
const PERSON = '6281200000073';
/** The rate limit: the default is 10, and fewer make the same point sooner. */
const PER_MINUTE = 2;
const REPLY_LOOP = fill(texts.replyLoop, { minutes: LOOP_PAUSE_MS / 60_000 });
const TOO_LONG = fill(texts.tooLong, { max: 1000 });

/** The service under a number, with users at these numbers; every answer of its model has another text. */
async function startOurs(
  t: Test,
  network: FonnteNetwork,
  number: string,
  users: string[],
  given: Record<string, unknown> = {},
) {
  const world = await startFakeUpstreams(t);
  world.fonnte.device = number;
  const [user] = world.supabase.tables.users;
  if (!user) throw new Error('there are no sample users');
  for (const phone_number of users) world.supabase.tables.users.push({ ...user, id: randomUUID(), phone_number });
  let answers = 0;
  world.gemini.answer(() => {
    answers += 1;
    return { text: `Baik, catatan ke ${'a'.repeat(answers)} dari ${number}.` };
  });
  const limits = { RATE_LIMIT_PER_MINUTE: PER_MINUTE, ...given };
  const service = await startService(t, world, limits, { now: network.clock.now });
  network.add(servicePartner(network, number, service, world));
  return { service, world };
}

const sentTexts = ({ fonnte }: FakeUpstreams) => fonnte.sent.map(({ message }) => message);
const count = (list: readonly string[], text: string) => list.filter((one) => one === text).length;
const loopsOf = ({ occurrences }: Service) =>
  occurrences.filter((event) => event.type === 'turn.dropped' && event.reason === 'reply-loop').length;

t.test('two of our services, each a user of the other, stop writing to each other', async (t) => {
  const network = createFonnteNetwork();
  const one = await startOurs(t, network, OURS, [THEIRS]);
  const two = await startOurs(t, network, THEIRS, [OURS]);
  network.send(OURS, THEIRS, 'Halo');
  t.ok(await network.run(), 'the traffic stops');
  for (const { world, service } of [one, two]) {
    const sent = sentTexts(world);
    t.ok(sent.length <= 6 * PER_MINUTE + 1, `${sent.length} messages`);
    t.ok(count(sent, REPLY_LOOP) <= 1);
    t.ok(loopsOf(service) <= 2);
  }
  t.ok(loopsOf(one.service) + loopsOf(two.service) > 0, 'an event says so');
  t.ok(
    network.delivered.every(({ status }) => status === 200),
    'all of it was accepted',
  );
});

t.test('two of our services that do not know each other exchange one notice each', async (t) => {
  const network = createFonnteNetwork();
  const one = await startOurs(t, network, OURS, []);
  const two = await startOurs(t, network, THEIRS, []);
  network.send(OURS, THEIRS, 'Halo');
  t.ok(await network.run());
  t.same([sentTexts(one.world), sentTexts(two.world)], [[texts.notLinked], [texts.notLinked]]);
});

t.test(
  'an auto-responder with one text gets as many replies as the rate limit allows in a minute, and a notice, then silence',
  async (t) => {
    const network = createFonnteNetwork();
    const { world, service } = await startOurs(t, network, OURS, [THEIRS]);
    network.add(autoResponder(network, THEIRS, () => ['Terima kasih, pesan Anda akan  kami balas.']));
    network.send(THEIRS, OURS, 'Terima kasih, pesan ANDA akan kami balas.');
    t.ok(await network.run(), 'the traffic stops');
    const sent = sentTexts(world);
    t.equal(sent.length, PER_MINUTE + 1);
    t.equal(sent.at(-1), REPLY_LOOP);
    t.equal(loopsOf(service), 2, 'its answer to the notice is not answered either');
    t.equal((await service.app.inbox.status()).pending, 0);
  },
);

t.test(
  'an auto-responder whose text differs each time gets six times as many, and a notice, then silence',
  async (t) => {
    const network = createFonnteNetwork();
    const { world } = await startOurs(t, network, OURS, [THEIRS]);
    const withClock = () => [`Kami sedang tutup (pukul ${new Date(network.clock.now()).toISOString()}).`];
    network.add(autoResponder(network, THEIRS, withClock));
    network.send(THEIRS, OURS, 'Halo');
    t.ok(await network.run(), 'the traffic stops');
    const sent = sentTexts(world);
    t.equal(sent.length, 6 * PER_MINUTE + 1);
    t.equal(sent.at(-1), REPLY_LOOP);
  },
);

t.test(
  'a machine that answers every message with three is stopped too, though FONNTE repeats what is refused',
  async (t) => {
    const network = createFonnteNetwork();
    const { world } = await startOurs(t, network, OURS, [THEIRS], { RATE_LIMIT_PER_MINUTE: 1 });
    let written = 0;
    const three = () =>
      ['satu', 'dua', 'tiga'].map((text) => {
        written += 1;
        return `Pesan otomatis ${text} ${'x'.repeat(written)}.`;
      });
    network.add(autoResponder(network, THEIRS, three));
    network.send(THEIRS, OURS, 'Halo');
    t.ok(await network.run(), 'the traffic stops');
    const sent = sentTexts(world);
    t.ok(network.delivered.some(({ status }) => status === 429));
    t.equal(count(sent, REPLY_LOOP), 1);
    const minutes = (network.clock.now() - (network.delivered[0]?.message.at ?? 0)) / 60_000;
    t.ok(count(sent, texts.rateLimited) <= minutes + 1);
    t.comment(`${network.delivered.length} calls, ${sent.length} messages of ours in ${Math.round(minutes)} minutes`);
  },
);

t.test('a machine that answers with texts too long gets one notice in ten minutes', async (t) => {
  const network = createFonnteNetwork();
  const { world } = await startOurs(t, network, OURS, [THEIRS]);
  network.add(autoResponder(network, THEIRS, ({ at }) => [`${at} ${'panjang '.repeat(200)}`]));
  network.send(THEIRS, OURS, 'panjang '.repeat(200));
  t.ok(await network.run(), 'the traffic stops');
  t.same(sentTexts(world), [TOO_LONG]);
});

t.test('a machine that is no user, or whose token budget is spent, gets one notice', async (t) => {
  const network = createFonnteNetwork();
  const { world } = await startOurs(t, network, OURS, [THEIRS], { DAILY_TOKENS_PER_USER: 1 });
  const answer = ({ at }: { at: number }) => [`Balasan otomatis ${at}`];
  for (const number of [PERSON, THEIRS]) {
    network.add(autoResponder(network, number, answer));
    network.send(number, OURS, 'Halo');
  }
  t.ok(await network.run(), 'the traffic stops');
  const to = (number: string) => world.fonnte.sent.filter(({ target }) => target === number);
  t.same(
    to(PERSON).map(({ message }) => message),
    [texts.notLinked],
  );
  t.equal(count(sentTexts(world), texts.tokensSpent), 1);
  t.ok(to(THEIRS).length <= 2);
});

t.test('a person who pauses is answered again, however long the conversation', async (t) => {
  const network = createFonnteNetwork();
  const { world, service } = await startOurs(t, network, OURS, [PERSON]);
  let answered = 0;
  network.add({
    number: PERSON,
    async receive() {
      answered += 1;
      return 200;
    },
    idle: async () => {},
  });
  const ask = async (text: string) => {
    const before = answered;
    network.clock.advance(15_000);
    network.send(PERSON, OURS, text);
    await network.run();
    return answered - before;
  };
  for (let index = 1; index <= 6 * PER_MINUTE; index += 1) {
    t.equal(await ask(`Pertanyaan ${'i'.repeat(index)}`), 1, `question ${index}`);
  }
  t.equal(await ask('Satu lagi'), 1, 'the notice');
  t.equal(await ask('Dan satu lagi'), 0);
  network.clock.advance(LOOP_PAUSE_MS);
  for (let index = 1; index < PER_MINUTE; index += 1) t.equal(await ask('ya'), 1, `«ya» number ${index}`);
  t.equal(await ask('tidak'), 1);
  for (let index = 1; index <= PER_MINUTE; index += 1) t.equal(await ask('ya'), 1, `again «ya» number ${index}`);
  t.equal(await ask('ya'), 0, 'the notice was sent within the last hour');
  t.equal(await ask('Berapa sisa anggaran saya?'), 1, 'another text');
  t.equal(count(sentTexts(world), REPLY_LOOP), 1);
  t.equal(loopsOf(service), 3);
});

t.test('photos without text are not one text, and a restart does not begin a new count', async (t) => {
  const network = createFonnteNetwork();
  const DATA_DIR = scratchFolder(t);
  const { world, service } = await startOurs(t, network, OURS, [PERSON], { DATA_DIR });
  const call = async (to: Service, fields: object) => {
    network.clock.advance(40_000);
    const timestamp = Math.floor(network.clock.now() / 1000);
    t.match(await to.call(world.fonnte.payload({ sender: PERSON, device: OURS, timestamp, ...fields })), {
      status: 200,
    });
    await to.idle();
  };
  const photo = { message: 'non-text message', type: 'image' };
  for (let index = 0; index < 2 * PER_MINUTE; index += 1) await call(service, photo);
  t.equal(world.fonnte.sent.length, 2 * PER_MINUTE, 'each is answered');
  for (let index = 0; index < PER_MINUTE; index += 1) await call(service, { message: 'ya' });
  t.equal(world.fonnte.sent.length, 3 * PER_MINUTE);
  await service.close();
  const again = await startService(
    t,
    world,
    { DATA_DIR, RATE_LIMIT_PER_MINUTE: PER_MINUTE },
    { now: network.clock.now },
  );
  await call(again, { message: 'ya' });
  t.equal(loopsOf(again), 1);
});
