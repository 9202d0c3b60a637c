import t from 'tap';
import { singleFlight } from '../../../src/upstream/single-flight.ts';

t.test('concurrent calls share one run, and the next call runs again, also after a failure', async (t) => {
  let runs = 0;
  let gate = Promise.withResolvers<string>();
  const share = singleFlight(() => {
    runs += 1;
    return gate.promise;
  });
  const both = [share(), share()];
  gate.resolve('first');
  t.same(await Promise.all(both), ['first', 'first']);
  t.equal(runs, 1);
  gate = Promise.withResolvers();
  const failing = [share(), share()];
  gate.reject(new Error('offline'));
  for (const call of failing) await t.rejects(call, { message: 'offline' });
  gate = Promise.withResolvers();
  gate.resolve('third');
  t.equal(await share(), 'third');
  t.equal(runs, 3);
});
