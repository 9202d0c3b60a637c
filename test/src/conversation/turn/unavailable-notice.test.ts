import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { createUnavailableNotice } from '../../../../src/conversation/turn/unavailable-notice.ts';
import { CircuitOpenError, UpstreamCallError, UpstreamRejectedError } from '../../../../src/upstream/errors.ts';
import { buildTurn } from '../../../support/turn-fixture.ts';

const context = {
  signal: new AbortController().signal,
  deadlineAt: Number.POSITIVE_INFINITY,
  maySend: () => true,
};
const QUESTION = { userId: 'u', text: 'Bagaimana menurutmu?', hasFiles: false };
const rejection = (given: Partial<ConstructorParameters<typeof UpstreamRejectedError>[1]> = {}) =>
  new UpstreamRejectedError('gemini', { reason: '503', label: 'no-model-answered', permanent: false, ...given });

function create({ afterMs = 60_000, openForMs = 0, isCommon = false, isDue = true } = {}) {
  const said: string[] = [];
  const sent = Promise.withResolvers<void>();
  const withUnavailableNotice = createUnavailableNotice({
    progressNotice: {
      isDue: () => isDue,
      async send(_turn, text) {
        said.push(text);
        sent.resolve();
      },
    },
    gemini: {
      breaker: { openForMs: () => openForMs },
      isCommonQuestion: () => isCommon,
      exampleQuestions: async () => ['satu?', 'dua?'],
    },
    text: 'Coba: {examples}',
    reportError: (error) => t.fail(String(error)),
    afterMs,
  });
  return { said, sent: sent.promise, withUnavailableNotice };
}

t.test('no model answers in time: the notice is sent while the answer is awaited', async (t) => {
  const { said, sent, withUnavailableNotice } = create({ afterMs: 1 });
  const answer = Promise.withResolvers<string>();
  const result = withUnavailableNotice(buildTurn(), QUESTION, context, () => answer.promise);
  await sent;
  t.same(said, ['Coba: - satu?\n- dua?']);
  answer.resolve('jawaban');
  t.equal(await result, 'jawaban');
});

t.test('no notice if a model answered, if rules can answer, or if the turn may not get one', async (t) => {
  const answerAfterTimers = async () => {
    await pause(5);
    return 'jawaban';
  };
  const answered = create({ afterMs: 1 });
  await answered.withUnavailableNotice(buildTurn(), QUESTION, context, (onModelAnswered) => {
    onModelAnswered();
    return answerAfterTimers();
  });
  const common = create({ afterMs: 1, isCommon: true });
  await common.withUnavailableNotice(buildTurn(), QUESTION, context, answerAfterTimers);
  const forbidden = create({ afterMs: 1, isDue: false });
  await forbidden.withUnavailableNotice(buildTurn(), QUESTION, context, answerAfterTimers);
  t.same([...answered.said, ...common.said, ...forbidden.said], []);
});

t.test('files cannot be read by rules', async (t) => {
  const { sent, withUnavailableNotice } = create({ afterMs: 1, isCommon: true });
  await withUnavailableNotice(buildTurn(), { ...QUESTION, hasFiles: true }, context, () => sent);
  t.pass('the notice was sent');
});

t.test('after a failed pass the notice is sent if the next attempt may be too late for it', async (t) => {
  const outcome = async (error: unknown, options: Parameters<typeof create>[0] = {}, elapsedMs = 0) => {
    const { said, withUnavailableNotice } = create({ afterMs: 7_000, ...options });
    const turn = buildTurn({ elapsedMs });
    await t.rejects(withUnavailableNotice(turn, QUESTION, context, () => Promise.reject(error)));
    return said.length;
  };
  t.equal(await outcome(rejection()), 0, 'the next attempt is soon');
  t.equal(await outcome(rejection(), {}, 6_500), 1);
  t.equal(await outcome(rejection({ retryAfterMs: 30_000 })), 1);
  t.equal(await outcome(new CircuitOpenError('gemini'), { openForMs: 30_000 }), 1);
  t.equal(await outcome(new UpstreamCallError('gemini', 'aborted', null), { openForMs: 30_000 }), 0, 'aborted');
  t.equal(await outcome(rejection({ permanent: true }), {}, 30_000), 0, 'the apology follows at once');
  t.equal(await outcome(new CircuitOpenError('supabase'), {}, 30_000), 0, 'another upstream');
  t.equal(await outcome(new Error('bug'), {}, 30_000), 0, 'an internal error');
});

t.test('no notice if the deadline comes before a model can be asked again', async (t) => {
  const { said, withUnavailableNotice } = create({ afterMs: 0, openForMs: 30_000 });
  const deadlineAt = performance.now() + 20_000;
  const failing = () => Promise.reject(new CircuitOpenError('gemini'));
  await t.rejects(
    withUnavailableNotice(buildTurn(), { ...QUESTION }, { ...context, deadlineAt, maySend: () => true }, failing),
  );
  t.same(said, []);
});
