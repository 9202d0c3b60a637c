import { setImmediate as nextTick } from 'node:timers/promises';
import t from 'tap';
import { TurnPostponedError } from '../../../../src/conversation/turn/turn-postponed.ts';
import { createTypingIndicator } from '../../../../src/conversation/turn/typing-indicator.ts';
import { CircuitOpenError } from '../../../../src/upstream/errors.ts';

const SENDER = '6281200000001';

function setUp(given: { isAvailable: boolean; fails?: boolean }) {
  const shown: { sender: string; seconds: number; probe: boolean }[] = [];
  const fonnte = {
    async typing(sender: string, seconds: number, probe = false) {
      shown.push({ sender, seconds, probe });
      if (given.fails) throw new CircuitOpenError('fonnte');
    },
    breaker: { state: () => (given.isAvailable ? 'closed' : 'open'), openForMs: () => 3_000 },
  };
  const showTyping = createTypingIndicator({ fonnte });
  return { shown, showTyping };
}

t.test('the indicator is shown after what the turn does at once', async (t) => {
  const { shown, showTyping } = setUp({ isAvailable: true });
  const typing = await showTyping(SENDER);
  t.same(shown, []);
  await nextTick();
  t.same(shown, [{ sender: SENDER, seconds: 25, probe: false }]);
  typing.stop();
});

t.test('the indicator is not shown before an immediate answer or after an answer', async (t) => {
  const { shown, showTyping } = setUp({ isAvailable: true });
  const typing = await showTyping(SENDER);
  typing.stop();
  await nextTick();
  t.same(shown, []);
});

t.test('during an outage of FONNTE, the indicator is the probe and the turn waits', async (t) => {
  const { shown, showTyping } = setUp({ isAvailable: false, fails: true });
  await t.rejects(showTyping(SENDER), new TurnPostponedError(3_000));
  t.same(shown, [{ sender: SENDER, seconds: 25, probe: true }]);
});
