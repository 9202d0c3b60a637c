import { randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import { startFakeSupabase } from '../../../sandbox/supabase.ts';
import { createEvents, type EventRecord } from '../../../src/events.ts';
import { createSupabaseReader } from '../../../src/supabase/client.ts';
import { createUsers } from '../../../src/supabase/users.ts';
import { createHttpClient } from '../../../src/upstream/http-client.ts';
import { createUpstreamGuard } from '../../../src/upstream/upstream.ts';

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
  const supabase = await startFakeSupabase({ tables: { users } as never });
  const events = createEvents();
  const emitted: EventRecord[] = [];
  events.on((event) => emitted.push(event));
  const upstream = createUpstreamGuard({ name: 'supabase', timeoutMs: 5000, events });
  const reader = createSupabaseReader({
    url: supabase.url,
    key: supabase.serviceRoleKey,
    http: createHttpClient({ connections: 8 }),
    upstream,
  });
  t.teardown(() => Promise.all([reader.close(), supabase.close()]));
  let skew = 0;
  const service = createUsers({ reader, events, now: () => 1_800_000_000_000 + skew });
  const wait = (ms: number) => {
    skew += ms;
  };
  return { supabase, emitted, users: service, wait };
}

for (const written of [
  '6281200000004',
  '081200000004',
  '+6281200000004',
  '81200000004',
  '+62 812-0000-0004',
  '(0812) 0000.0004',
  ' 62 812 0000 0004 ',
  '+62 (0)812-0000-0004',
  '006281200000004',
  "'081200000004",
  'tel:+62-812-0000-0004',
  '6281200000004.0',
  '\u202a+62 812\u20110000\u20110004\u202c',
  '０８１２ ００００ ０００４',
]) {
  t.test(`a number stored as «${written}» is found`, async (t) => {
    const { users } = await start(t, [user('a', written), user('b', '6281200000005'), user('c', null), user('d', '')]);
    t.match(await users.identify(SENDER), { user: { id: 'a' }, refusal: null, matches: 1 });
  });
}

t.test('a number that matches only the pattern is not linked', async (t) => {
  const { users } = await start(t, [
    user('a', '62812000000041'),
    user('b', '628120000000 4x'),
    user('c', '6281211000000004'),
  ]);
  t.match(await users.identify(SENDER), { user: null, refusal: 'not-linked', matches: 0 });
});

/** Accounts whose number is another one that the pattern of SENDER matches too. */
const loose = (count: number, written: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => user(randomUUID(), written(index), index % 2 === 0));
const digitsThatFitAnyNumber = (index: number) => `${'0123456789'.repeat(30)}${index}`;
const similarNumber = (index: number) => `62812000000${String(index).padStart(4, '0')}4`;

t.test('no number of accounts that resemble a number hides the right one', async (t) => {
  for (const written of ['6281200000004', '0812 0000 0004']) {
    for (const [what, rows] of Object.entries({
      'long texts': loose(60, digitsThatFitAnyNumber),
      'similar numbers': loose(1_500, similarNumber),
      'a thousand similar numbers, a whole page': loose(1_000, similarNumber),
    })) {
      const { users, supabase } = await start(t, [...rows, user(randomUUID(), written), ...loose(60, similarNumber)]);
      t.match(await users.identify(SENDER), { user: { name: /Pengguna/ }, matches: 1 }, `${written} among ${what}`);
      t.match(await users.identify('6281200000099'), { refusal: 'not-linked', matches: 0 });
      // A project may lower «Max Rows».
      supabase.maxRows = 200;
      users.forget(SENDER);
      t.match(await users.identify(SENDER), { user: { name: /Pengguna/ }, matches: 1 }, `${written}, pages of 200`);
    }
  }
});

t.test('a look-up does not end with a short page: «Max Rows» may be any number', async (t) => {
  const rows = [...loose(5, similarNumber), user(randomUUID(), SENDER)];
  const { users, supabase } = await start(t, rows);
  for (const maxRows of [1, 2, 5, 6, 7]) {
    supabase.maxRows = maxRows;
    users.forget(SENDER);
    t.match(await users.identify(SENDER), { user: { name: /Pengguna/ }, matches: 1 }, `Max Rows ${maxRows}`);
  }
});

t.test('two approved accounts with one number are both found among similar numbers', async (t) => {
  const twins = [user(randomUUID(), SENDER), user(randomUUID(), '0812 0000 0004')];
  const { users } = await start(t, [...loose(600, similarNumber), ...twins, ...loose(600, similarNumber)]);
  t.match(await users.identify(SENDER), { user: null, refusal: 'not-linked', matches: 2 });
});

t.test('more similar accounts than can be read are an error, never «not linked»', async (t) => {
  const flood = loose(300, similarNumber);
  const incomplete = (emitted: EventRecord[]) => emitted.filter(({ type }) => type === 'user.lookup-incomplete').length;
  const exact = await start(t, [...flood, ...loose(25, () => SENDER).map((row) => ({ ...row, is_approved: false }))]);
  exact.supabase.tables.users.push(user('ffffffff-ffff-4fff-bfff-ffffffffffff', `0${SENDER.slice(2)}`) as never);
  exact.supabase.maxRows = 20;
  t.match(await exact.users.identify(SENDER), { user: { id: /^ffff/ } }, 'a usual notation is found, approved first');
  t.equal(incomplete(exact.emitted), 1);
  const refused = { upstream: 'supabase', label: 'too-many-accounts', permanent: true };
  for (const rows of [[], [user(randomUUID(), SENDER, false)]]) {
    const hidden = await start(t, [...flood, ...rows]);
    hidden.supabase.maxRows = 20;
    t.match(await hidden.users.identify(SENDER).catch((error) => error), refused);
    t.equal(await hidden.users.identifyWithin(SENDER, 5_000), null, 'the message is accepted');
    t.equal(incomplete(hidden.emitted), 2);
  }
});

t.test('a look-up is one request unless many accounts resemble the number', async (t) => {
  const { users, supabase } = await start(t, [
    user(randomUUID(), SENDER),
    ...loose(5, similarNumber),
    ...loose(60, digitsThatFitAnyNumber),
  ]);
  await users.identify(SENDER);
  t.equal(supabase.requests.length, 1);
});

t.test('the approved one of several rows counts; two approved rows are not linked and emit an event', async (t) => {
  const one = await start(t, [user('a', SENDER, false), user('b', `+${SENDER}`), user('c', '0812-0000-0004', null)]);
  t.match(await one.users.identify(SENDER), { user: { id: 'b' }, matches: 3 });
  const two = await start(t, [user('a', SENDER), user('b', '0812 0000 0004')]);
  t.match(await two.users.identify(SENDER), { user: null, refusal: 'not-linked', matches: 2 });
  t.ok(two.emitted.some((event) => event.type === 'user.ambiguous' && event.matches === 2));
  const none = await start(t, [user('a', SENDER, false)]);
  t.match(await none.users.identify(SENDER), { user: null, refusal: 'not-approved', matches: 1 });
});

t.test('a user is cached for a minute, a refusal for ten seconds; maxAgeMs requires a younger result', async (t) => {
  const { supabase, users, wait } = await start(t, [user('a', SENDER)]);
  const asked = async (sender: string, maxAgeMs?: number) => {
    const before = supabase.requests.length;
    await users.identify(sender, maxAgeMs);
    return supabase.requests.length - before;
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

t.test('look-ups of one number are shared; forget during a look-up prevents caching its result', async (t) => {
  const { supabase, users } = await start(t, [user('a', SENDER)]);
  const both = [users.identify(SENDER), users.identify(SENDER)];
  users.forget(SENDER);
  await Promise.all(both);
  t.equal(supabase.requests.length, 1);
  await users.identify(SENDER);
  t.equal(supabase.requests.length, 2);
});

t.test('identifyWithin returns null when Supabase is slow or unavailable; identify throws', async (t) => {
  const { supabase, users } = await start(t, [user('a', SENDER)]);
  await supabase.setFault({ kind: 'hang' });
  t.equal(await users.identifyWithin(SENDER, 20), null);
  await supabase.setFault({ kind: 'status', status: 500 });
  t.equal(await users.identifyWithin('6281200000005', 5000), null);
  t.match(await users.identify('6281200000006').catch((error) => error), { upstream: 'supabase', status: 500 });
});
