import { randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import { LOOP_PAUSE_MS } from '../../../../src/conversation/accept/reply-loop.ts';
import type { ConversationKey } from '../../../../src/conversation-key.ts';
import { one } from '../../../../src/store/types.ts';
import { fill, texts } from '../../../../src/texts.ts';
import { keyOf } from '../../../support/conversation.ts';
import { type FakeUpstreams, startFakeUpstreams } from '../../../support/fake-upstreams.ts';
import { scratchFolder } from '../../../support/folders.ts';
import {
  createBot,
  createFonnteNetwork,
  createServiceParticipant,
  type FonnteNetwork,
} from '../../../support/fonnte-network.ts';
import { type Service, startService } from '../../../support/service.ts';
import { fingerprint, newMessage } from '../../../support/store-contract/samples.ts';

const OURS = '6281200000071';
const THEIRS = keyOf('6281200000072');
const PERSON = keyOf('6281200000073');
/** Turns in a row that are answered: with one text, and with any. */
const OF_ONE_TEXT = 10;
const IN_A_ROW = 60;
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
  const upstreams = await startFakeUpstreams(t);
  upstreams.fonnte.device = number;
  const [user] = upstreams.supabase.tables.users;
  if (!user) throw new Error('there are no sample users');
  for (const phone_number of users) upstreams.supabase.tables.users.push({ ...user, id: randomUUID(), phone_number });
  let answers = 0;
  upstreams.gemini.scriptResponses(() => {
    answers += 1;
    return { text: `Baik, catatan ke ${'a'.repeat(answers)} dari ${number}.` };
  });
  const service = await startService(t, upstreams, given, { now: network.clock.now });
  network.add(createServiceParticipant(network, number, service, upstreams));
  return { service, upstreams };
}

/** Turns that were answered before, ten seconds apart; without `text` each has another text. */
async function answerTurns(
  { app }: Service,
  { clock }: FonnteNetwork,
  sender: ConversationKey,
  count: number,
  text?: string,
) {
  const { inbox, turns } = app.store;
  for (let index = 0; index < count; index += 1) {
    clock.advance(10_000);
    const seq = inbox.nextSequence();
    const message = {
      seq,
      sender,
      userId: null,
      device: OURS,
      inboxid: 0,
      text: text ?? `Pesan ke ${'i'.repeat(index)}`,
      attachment: null,
      receivedAt: clock.now(),
    };
    await one(inbox.accept([newMessage(message, fingerprint(), { perMinute: 1_000 })]));
    const turn = await one(turns.start([{ sender, userId: null, kind: 'answer', seqs: [seq] }]));
    await one(turns.complete([{ id: turn?.id ?? '', outcome: 'answered', session: null }]));
  }
}

const sentTexts = ({ fonnte }: FakeUpstreams) => fonnte.sent.map(({ message }) => message);
const count = (list: readonly string[], text: string) => list.filter((item) => item === text).length;
const loopsOf = ({ occurrences }: Service) =>
  occurrences.filter((event) => event.type === 'turn.dropped' && event.reason === 'reply-loop').length;

t.test('two of our services, each a user of the other, stop writing to each other', async (t) => {
  const network = createFonnteNetwork();
  const one = await startOurs(t, network, OURS, [THEIRS]);
  const two = await startOurs(t, network, THEIRS, [OURS]);
  network.send(OURS, THEIRS, 'Halo');
  t.ok(await network.run(), 'the traffic stops');
  for (const { upstreams, service } of [one, two]) {
    const sent = sentTexts(upstreams);
    t.ok(sent.length <= IN_A_ROW + 1, `${sent.length} messages`);
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
  t.same([sentTexts(one.upstreams), sentTexts(two.upstreams)], [[texts.notLinked], [texts.notLinked]]);
});

t.test('an auto-responder with one text gets ten replies and a notice, then silence', async (t) => {
  const network = createFonnteNetwork();
  const { upstreams, service } = await startOurs(t, network, OURS, [THEIRS]);
  network.add(createBot(network, THEIRS, () => ['Terima kasih, pesan Anda akan  kami balas.']));
  network.send(THEIRS, OURS, 'Terima kasih, pesan ANDA akan kami balas.');
  t.ok(await network.run(), 'the traffic stops');
  const sent = sentTexts(upstreams);
  t.equal(sent.length, OF_ONE_TEXT + 1);
  t.equal(sent.at(-1), REPLY_LOOP);
  t.equal(loopsOf(service), 2, 'its answer to the notice is not answered either');
  t.equal((await service.app.store.inbox.status()).pending, 0);
});

t.test('an auto-responder whose text differs each time gets sixty replies and a notice, then silence', async (t) => {
  const network = createFonnteNetwork();
  const { upstreams, service } = await startOurs(t, network, OURS, [THEIRS]);
  const withClock = () => [`Kami sedang tutup (pukul ${new Date(network.clock.now()).toISOString()}).`];
  network.add(createBot(network, THEIRS, withClock));
  await answerTurns(service, network, THEIRS, IN_A_ROW - 5);
  network.send(THEIRS, OURS, 'Halo');
  t.ok(await network.run(), 'the traffic stops');
  const sent = sentTexts(upstreams);
  t.equal(sent.length, 5 + 1);
  t.equal(sent.at(-1), REPLY_LOOP);
});

t.test('a machine that writes too much gets no «please wait» either, once it is not answered', async (t) => {
  const network = createFonnteNetwork();
  const { upstreams, service } = await startOurs(t, network, OURS, [THEIRS, PERSON]);
  for (const [sender, turns] of [
    [THEIRS, IN_A_ROW],
    [PERSON, IN_A_ROW - 20],
  ] as const) {
    await answerTurns(service, network, sender, turns);
    network.clock.advance(60_000);
    for (let index = 0; index < 12; index += 1) network.send(sender, OURS, `Pesan ${'x'.repeat(index)}`);
    t.ok(await network.run());
    t.ok(network.delivered.some(({ message, status }) => message.from === sender && status === 429));
  }
  const waits = upstreams.fonnte.sent.filter(({ message }) => message === texts.rateLimited);
  t.same(new Set(waits.map(({ target }) => target)), new Set([PERSON]));
});

t.test('a machine that answers with texts too long gets one notice in ten minutes', async (t) => {
  const network = createFonnteNetwork();
  const { upstreams } = await startOurs(t, network, OURS, [THEIRS]);
  network.add(createBot(network, THEIRS, ({ at }) => [`${at} ${'panjang '.repeat(200)}`]));
  network.send(THEIRS, OURS, 'panjang '.repeat(200));
  t.ok(await network.run(), 'the traffic stops');
  t.same(sentTexts(upstreams), [TOO_LONG]);
});

t.test('a machine that is no user, or whose token budget is spent, gets one notice', async (t) => {
  const network = createFonnteNetwork();
  const { upstreams } = await startOurs(t, network, OURS, [THEIRS], { DAILY_TOKENS_PER_USER: 1 });
  const answer = ({ at }: { at: number }) => [`Balasan otomatis ${at}`];
  for (const number of [PERSON, THEIRS]) {
    network.add(createBot(network, number, answer));
    network.send(number, OURS, 'Halo');
  }
  t.ok(await network.run(), 'the traffic stops');
  const to = (number: string) => upstreams.fonnte.sent.filter(({ target }) => target === number);
  t.same(
    to(PERSON).map(({ message }) => message),
    [texts.notLinked],
  );
  t.equal(count(sentTexts(upstreams), texts.tokenBudgetExceeded), 1);
  t.ok(to(THEIRS).length <= 2);
});

t.test('a person who pauses is answered again, and so is one who writes something else', async (t) => {
  const network = createFonnteNetwork();
  const { upstreams, service } = await startOurs(t, network, OURS, [PERSON]);
  const ask = async (text: string) => {
    const before = upstreams.fonnte.sent.length;
    network.clock.advance(15_000);
    network.send(PERSON, OURS, text);
    await network.run();
    return upstreams.fonnte.sent.length - before;
  };
  await answerTurns(service, network, PERSON, IN_A_ROW - 1);
  t.equal(await ask('Yang keenam puluh'), 1);
  t.equal(await ask('Satu lagi'), 1, 'the notice');
  t.equal(await ask('Dan satu lagi'), 0);
  network.clock.advance(LOOP_PAUSE_MS);
  for (let index = 1; index < OF_ONE_TEXT; index += 1) t.equal(await ask('ya'), 1, `«ya» number ${index}`);
  t.equal(await ask('tidak'), 1);
  for (let index = 1; index <= OF_ONE_TEXT; index += 1) t.equal(await ask('ya'), 1, `again «ya» number ${index}`);
  t.equal(await ask('ya'), 0, 'the notice was sent within the last hour');
  t.equal(await ask('Berapa sisa anggaran saya?'), 1, 'another text');
  t.equal(count(sentTexts(upstreams), REPLY_LOOP), 1);
  t.equal(loopsOf(service), 3);
});

t.test('photos without text are not one text, and a restart does not begin a new count', async (t) => {
  const network = createFonnteNetwork();
  const DATA_DIR = scratchFolder(t);
  const { upstreams, service } = await startOurs(t, network, OURS, [PERSON], { DATA_DIR });
  const call = async (to: Service, fields: object) => {
    network.clock.advance(7_000);
    const timestamp = Math.floor(network.clock.now() / 1000);
    const answer = await to.call(upstreams.fonnte.buildPayload({ sender: PERSON, device: OURS, timestamp, ...fields }));
    t.match(answer, { status: 200 });
    await to.idle();
  };
  const photo = { message: 'non-text message', type: 'image' };
  for (let index = 0; index < OF_ONE_TEXT + 2; index += 1) await call(service, photo);
  t.equal(upstreams.fonnte.sent.length, OF_ONE_TEXT + 2, 'each is answered');
  await answerTurns(service, network, PERSON, OF_ONE_TEXT, 'ya');
  await service.close();
  const again = await startService(t, upstreams, { DATA_DIR }, { now: network.clock.now });
  await call(again, { message: 'ya' });
  t.equal(loopsOf(again), 1);
});

t.test('a higher rate limit lets bots get more answers', async (t) => {
  const network = createFonnteNetwork();
  const { upstreams, service } = await startOurs(t, network, OURS, [PERSON], { RATE_LIMIT_PER_MINUTE: 100 });
  await answerTurns(service, network, PERSON, IN_A_ROW, 'ya');
  network.send(PERSON, OURS, 'ya');
  t.ok(await network.run());
  t.equal(upstreams.fonnte.sent.length, 1);
  t.equal(loopsOf(service), 0);
});
