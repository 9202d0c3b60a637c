import t from 'tap';
import { createEvents } from '../../src/events.ts';
import { createMetricsLoader } from '../../src/metrics-loader.ts';

t.test('what happens before the metrics are loaded, and while they are, is counted once', async (t) => {
  const events = createEvents();
  const metrics = createMetricsLoader({
    inbox: async () => ({ pending: 0, oldestAt: null, deadLetters: 0 }),
    sessions: async () => 0,
    runningTurns: () => 0,
    quota: () => null,
    breaker: () => 'closed',
    now: Date.now,
  });
  events.on(metrics.listener);
  events.emit({ type: 'message.duplicate' });
  const loading = metrics.load();
  events.emit({ type: 'message.duplicate' });
  const { text } = await loading;
  events.emit({ type: 'message.duplicate' });
  t.equal(await metrics.load(), await loading, 'loaded once');
  t.match(await text(), 'sapa_messages_total{outcome="duplicate"} 3');
});
