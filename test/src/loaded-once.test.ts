import t from 'tap';
import { loadedOnce } from '../../src/loaded-once.ts';

t.test('it is loaded once for all who ask, and again where that failed', async (t) => {
  let loads = 0;
  let failure: Error | undefined = new Error('no file can be opened');
  const loaded = loadedOnce(async () => {
    loads += 1;
    if (failure) throw failure;
    return { loads };
  });
  const both = await Promise.allSettled([loaded(), loaded()]);
  t.same(
    both.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  t.equal(loads, 1, 'those who asked together share the failure');
  failure = undefined;
  const [one, other] = await Promise.all([loaded(), loaded()]);
  t.equal(one, other);
  t.equal(await loaded(), one);
  t.equal(loads, 2);
});
