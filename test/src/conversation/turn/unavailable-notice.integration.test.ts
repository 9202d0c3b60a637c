import t, { type Test } from 'tap';
import { texts } from '../../../../src/texts.ts';
import { type FakeUpstreams, LINKED, startFakeUpstreams } from '../../../support/fake-upstreams.ts';
import { scratchFolder } from '../../../support/folders.ts';
import { type Service, startService } from '../../../support/service.ts';

/** No rule recognizes it. */
const QUESTION = 'Menurut Anda, apa yang perlu saya sampaikan kepada pimpinan?';
const NOTICE = texts.unavailable.split('\n')[0] ?? '';
/** The sender must have the notice after this time, ms. */
const MAX_NOTICE_MS = 10_000;

async function start(t: Test, given: Record<string, unknown> = {}) {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams, given);
  return { upstreams, service };
}

const say = ({ fonnte }: FakeUpstreams, service: Service, message: string) =>
  service.call(fonnte.buildPayload({ sender: LINKED, message }));
const sentTexts = ({ fonnte }: FakeUpstreams) => fonnte.sent.map(({ message }) => message);

t.test(
  'while no model responds, the sender gets three questions that can be answered now, then the answer',
  async (t) => {
    const { upstreams, service } = await start(t);
    await upstreams.gemini.setFault({ kind: 'hang' });
    const askedAt = performance.now();
    await say(upstreams, service, QUESTION);
    const { message } = await upstreams.fonnte.waitForSent(() => true, MAX_NOTICE_MS);
    t.ok(performance.now() - askedAt <= MAX_NOTICE_MS);
    t.ok(message.startsWith(NOTICE), message);
    const examples = message.split('\n').flatMap((line) => /^[-•] (.+)$/.exec(line)?.[1] ?? []);
    t.equal(examples.length, 3);
    for (const example of examples) t.ok(service.app.gemini.isCommonQuestion(example), example);
    upstreams.gemini.scriptResponses(() => ({ text: 'Sampaikan serapannya.' }));
    await upstreams.gemini.clearFaults();
    await service.idle();
    t.same(sentTexts(upstreams).slice(1), ['Sampaikan serapannya.'], 'the question was kept');
  },
);

t.test(
  'questions and commands that need no model are answered while the question is kept; others keep their order',
  async (t) => {
    const { upstreams, service } = await start(t);
    await upstreams.gemini.setFault({ kind: 'status', status: 503, retryAfter: 8 });
    await say(upstreams, service, QUESTION);
    const { message: notice } = await upstreams.fonnte.waitForSent(() => true);
    await service.waitForEvent('turn.retrying');
    await say(upstreams, service, '/sumber');
    await upstreams.fonnte.waitForSent(({ message }) => message === texts.noSource);
    const [example = ''] = notice.split('\n').flatMap((line) => /^[-•] (.+)$/.exec(line)?.[1] ?? []);
    const before = upstreams.gemini.requests.length;
    await say(upstreams, service, example);
    await upstreams.fonnte.waitForSent(({ message }) => message.includes(texts.ruleBasedNote));
    t.equal(upstreams.gemini.requests.length, before, 'no model is asked, since it may hang');
    const finished = () => service.occurrences.filter(({ type }) => type === 'turn.finished').length;
    await service.waitForEvent('turn.finished', () => finished() === 2);
    t.equal((await service.app.store.inbox.status()).pending, 1, 'the question is kept');
    await say(upstreams, service, 'Apakah itu wajar?');
    upstreams.gemini.scriptResponses(({ contents }) => ({
      text: JSON.stringify(contents.at(-1)).includes('wajar') ? 'Ya, wajar.' : 'Sampaikan serapannya.',
    }));
    await upstreams.gemini.clearFaults();
    await service.idle();
    t.same(sentTexts(upstreams).slice(3), ['Sampaikan serapannya.', 'Ya, wajar.']);
  },
);

t.test('one notice in a turn, also after a restart', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const given = { DATA_DIR: scratchFolder(t), TURN_DEADLINE_SECONDS: 600 };
  const startAfter = (ms: number) => startService(t, upstreams, given, { now: () => Date.now() + ms });
  await upstreams.gemini.setFault({ kind: 'status', status: 503, retryAfter: 60 });
  const first = await startAfter(0);
  await say(upstreams, first, QUESTION);
  await upstreams.fonnte.waitForSent(() => true);
  await first.waitForEvent('turn.retrying');
  await first.close();
  const second = await startAfter(61_000);
  await second.waitForEvent('turn.retrying');
  await second.close();
  await upstreams.gemini.clearFaults();
  upstreams.gemini.scriptResponses(() => ({ text: 'Sampaikan serapannya.' }));
  const third = await startAfter(122_000);
  await third.idle();
  const [notice, ...others] = sentTexts(upstreams);
  t.match(notice, NOTICE);
  t.same(others, ['Sampaikan serapannya.']);
});

t.test('a question that rules answer gets no notice', async (t) => {
  const { upstreams, service } = await start(t);
  await upstreams.gemini.setFault({ kind: 'status', status: 503, retryAfter: 60 });
  await say(upstreams, service, 'Berapa sisa anggaran saya?');
  await service.idle();
  const [answer, ...others] = sentTexts(upstreams);
  t.match(answer, texts.ruleBasedNote);
  t.same(others, []);
});

t.test('no notice for an outage that the next attempt ends, or before an immediate apology', async (t) => {
  const { upstreams, service } = await start(t);
  upstreams.gemini.scriptResponses(() => ({ text: 'Sampaikan serapannya.' }));
  await upstreams.gemini.setFault({ kind: 'status', status: 503 }, { times: 2 });
  await say(upstreams, service, QUESTION);
  await service.idle();
  await upstreams.gemini.setFault({ kind: 'status', status: 403 });
  await say(upstreams, service, QUESTION);
  await service.idle();
  t.same(sentTexts(upstreams), ['Sampaikan serapannya.', texts.apology]);
});

t.test('the apology follows the notice if no model returns before the deadline', async (t) => {
  const { upstreams, service } = await start(t, { TURN_DEADLINE_SECONDS: 10 });
  await upstreams.gemini.setFault({ kind: 'hang' });
  await say(upstreams, service, QUESTION);
  await upstreams.fonnte.waitForSent(() => upstreams.fonnte.sent.length === 2, 20_000);
  const [notice, apology] = sentTexts(upstreams);
  t.match(notice, NOTICE);
  t.equal(apology, texts.apology);
});
