import t from 'tap';
import { SAMPLE_USERS } from '../../sandbox/sample-data.ts';
import { startFakeUpstreams } from '../support/fake-upstreams.ts';
import { startService } from '../support/service.ts';

t.test(
  'a report above the size limit is reported as too large, without its text in any event, and later reports are read',
  async (t) => {
    const upstreams = await startFakeUpstreams(t);
    const mine = upstreams.supabase.tables.processed_results.filter(({ user_id }) => user_id === SAMPLE_USERS.stocked);
    const originals = mine.map((row) => row.account_name_map);
    for (const row of mine) row.account_name_map = { '521211': 'rahasia '.repeat(1_100_000) };
    const service = await startService(t, upstreams);
    const ask = () => {
      const turn = { userId: SAMPLE_USERS.stocked, figures: new Set<number>() };
      return service.app.gemini.tools.run({ name: 'budget_summary', args: {} }, turn);
    };
    t.match(await ask(), { ok: false, tooLarge: true });
    t.notMatch(JSON.stringify(service.occurrences), 'rahasia');
    for (const [index, row] of mine.entries()) row.account_name_map = originals[index];
    t.match(await ask(), { ok: true });
  },
);

t.test('a report that is not a list of rows makes SAPA unavailable, without its text in any event', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  const ask = () => {
    const turn = { userId: SAMPLE_USERS.stocked, figures: new Set<number>() };
    return service.app.gemini.tools.run({ name: 'budget_summary', args: {} }, turn);
  };
  const match = ({ query }: { query: URLSearchParams }) => query.get('select')?.includes('processed_data') === true;
  for (const body of ['[{"uraian":"rahasia"', '{"user_id":"rahasia"}', '"rahasia"', 'null', '[null,7,"x",[]]']) {
    await upstreams.supabase.setFault({ kind: 'reject', body }, { match });
    t.match(await ask(), { ok: false, unavailable: true }, body);
    await upstreams.supabase.clearFaults();
  }
  t.notMatch(JSON.stringify(service.occurrences), 'rahasia');
  t.match(await ask(), { ok: true });
});
