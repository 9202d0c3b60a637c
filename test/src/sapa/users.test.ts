import t, { type Test } from 'tap';
import { startSupabase } from '../../../sandbox/supabase.ts';
import { createEvents, type Occurrence } from '../../../src/events.ts';
import { createSapaReader } from '../../../src/sapa/supabase-reader.ts';
import { createUsers } from '../../../src/sapa/users.ts';
import { createHttpClient } from '../../../src/upstream/http-client.ts';
import { createUpstream } from '../../../src/upstream.ts';

const SENDER = '6281200000004';

const user = (id: string, phone_number: string | null, is_approved: boolean | null = true) => ({
  id,
  name: `Pengguna ${id}`,
  role: 'user' as const,
  unit: null,
  is_approved,
  phone_number,
  email: null,
  created_at: '2026-01-01T00:00:00Z',
});

async function start(t: Test, users: ReturnType<typeof user>[]) {
  const supabase = await startSupabase({ tables: { users } as never });
  const events = createEvents();
  const told: Occurrence[] = [];
  events.on((occurrence) => told.push(occurrence));
  const upstream = createUpstream({ name: 'supabase', timeoutMs: 5000, events });
  const reader = createSapaReader({
    url: supabase.url,
    key: supabase.serviceRoleKey,
    http: createHttpClient({ connections: 8 }),
    upstream,
  });
  t.teardown(() => Promise.all([reader.close(), supabase.close()]));
  let skew = 0;
  const made = createUsers({ reader, events, now: () => 1_800_000_000_000 + skew });
  const wait = (ms: number) => {
    skew += ms;
  };
  return { supabase, told, users: made, wait };
}

for (const written of [
  '6281200000004',
  '081200000004',
  '+6281200000004',
  '81200000004',
  '+62 812-0000-0004',
  '(0812) 0000.0004',
  ' 62 812 0000 0004 ',
]) {
  t.test(`a number stored as «${written}» is found`, async (t) => {
    const { users } = await start(t, [user('a', written), user('b', '6281200000005'), user('c', null), user('d', '')]);
    t.match(await users.identify(SENDER), { user: { id: 'a' }, refusal: null, matches: 1 });
  });
}

t.test('a number that only looks alike to the pattern is not taken for it', async (t) => {
  const { users } = await start(t, [
    user('a', '62812000000041'),
    user('b', '628120000000 4x'),
    user('c', '6281211000000004'),
  ]);
  t.match(await users.identify(SENDER), { user: null, refusal: 'not-linked', matches: 0 });
});

t.test('of several rows the approved one counts; two approved are nobody, and the operator is told', async (t) => {
  const one = await start(t, [user('a', SENDER, false), user('b', `+${SENDER}`), user('c', '0812-0000-0004', null)]);
  t.match(await one.users.identify(SENDER), { user: { id: 'b' }, matches: 3 });
  const two = await start(t, [user('a', SENDER), user('b', '0812 0000 0004')]);
  t.match(await two.users.identify(SENDER), { user: null, refusal: 'not-linked', matches: 2 });
  t.ok(two.told.some((event) => event.type === 'user.ambiguous' && event.matches === 2));
  const none = await start(t, [user('a', SENDER, false)]);
  t.match(await none.users.identify(SENDER), { user: null, refusal: 'not-approved', matches: 1 });
});

t.test('a user is kept for a minute, a refusal for ten seconds; a younger answer can be asked for', async (t) => {
  const { supabase, users, wait } = await start(t, [user('a', SENDER)]);
  const asked = async (sender: string, maxAgeMs?: number) => {
    const before = supabase.calls.length;
    await users.identify(sender, maxAgeMs);
    return supabase.calls.length - before;
  };
  t.equal(await asked(SENDER), 1);
  wait(59_999);
  t.equal(await asked(SENDER), 0);
  t.equal(await asked(SENDER, 1000), 1);
  wait(60_000);
  t.equal(await asked(SENDER), 1);
  t.equal(await asked('6281200000099'), 1);
  wait(9_999);
  t.equal(await asked('6281200000099'), 0);
  wait(1);
  t.equal(await asked('6281200000099'), 1);
  users.forget(SENDER);
  t.equal(await asked(SENDER), 1);
});

t.test('look-ups of one number are shared; what is forgotten meanwhile is not kept', async (t) => {
  const { supabase, users } = await start(t, [user('a', SENDER)]);
  const both = [users.identify(SENDER), users.identify(SENDER)];
  users.forget(SENDER);
  await Promise.all(both);
  t.equal(supabase.calls.length, 1);
  await users.identify(SENDER);
  t.equal(supabase.calls.length, 2);
});

t.test('a look-up that takes too long, or cannot be had, is no answer; other errors are errors', async (t) => {
  const { supabase, users } = await start(t, [user('a', SENDER)]);
  await supabase.fault({ kind: 'hang' });
  t.equal(await users.identifyWithin(SENDER, 20), null);
  await supabase.fault({ kind: 'status', status: 500 });
  t.equal(await users.identifyWithin('6281200000005', 5000), null);
  t.match(await users.identify('6281200000006').catch((error) => error), { upstream: 'supabase', status: 500 });
});
