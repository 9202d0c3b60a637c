import { readFileSync, statSync } from 'node:fs';
import { get } from 'node:http';
import t from 'tap';
import { openWorld } from '../../sandbox/demo/world.ts';
import { environmentOf, stage } from './demo-stage.ts';

const SITI = '6281200000001';
const STRANGER = '6281200000099';
type Call = { status: number; word: string };

t.jobs = 2;

t.test('a message goes through FONNTE to the service, and its answer comes back to that phone', async (t) => {
  const { post, listen, world } = await stage(t);
  const { until, titled } = await listen();
  const { status, body } = await post('/api/messages', { phone: SITI, text: 'Halo' });
  t.equal(status, 200);
  const answer = await until('bubble', ({ from }) => from === 'assistant');
  t.match(answer, { phone: SITI, text: /^Halo, Siti Rahmawati!/ });
  const told = await until('bubble', ({ id, calls }) => id === body.id && (calls as Call[]).length > 0);
  t.match(told, { from: 'person', text: 'Halo', calls: [{ status: 200, word: 'accepted' }], repeating: false });
  t.match(await titled('Pesan dari Siti Rahmawati'), { source: 'fonnte', phone: SITI, opens: true });
  t.match(await titled('Webhook menjawab 200 accepted'), { phone: SITI, tone: 'good' });
  t.match(await titled('Model ditanya'), { source: 'gemini', phone: SITI, detail: /^gemini-3.8-flash/ });
  t.match(await titled('FONNTE menerima kiriman'), { phone: SITI, detail: `nomor ${world.fonnte.sent[0]?.id}` });
});

t.test('a page that is opened later shows what was before', async (t) => {
  const { post, listen } = await stage(t);
  const early = await listen();
  await post('/api/messages', { phone: SITI, text: 'Halo' });
  await early.until('bubble', ({ from }) => from === 'assistant');
  const state = await (await listen()).until('state');
  t.match(state.bubbles, [{ text: 'Halo' }, { from: 'assistant' }]);
  t.ok((state.happenings as unknown[]).length > 3);
  t.match(state, { answeredBy: 'fake', service: { state: 'running' }, repeats: { times: 15, everySeconds: 0.02 } });
  t.match(state.people, [
    { phone: SITI, name: 'Siti Rahmawati', remark: '' },
    { phone: '6281200000002', remark: '' },
    { phone: '6281200000003', remark: 'belum disetujui admin' },
    { phone: '6281200000004', remark: 'tersimpan sebagai +62 812-0000-0004' },
    { phone: '6281200000005', remark: 'tersimpan sebagai 081200000005 · tanpa data' },
    { phone: '6281200000006', remark: 'admin' },
    { phone: STRANGER, remark: 'tidak terhubung dengan SAPA' },
  ]);
});

t.test('a call that is not answered 200 is repeated as FONNTE does, until it is', async (t) => {
  const { post, listen } = await stage(t);
  const { until, titled } = await listen();
  await post('/api/messages', { phone: STRANGER, text: 'Halo' });
  const bubble = await until('bubble', ({ calls }) => (calls as Call[]).length === 2);
  t.same(bubble.calls, [
    { status: 403, word: 'NOT_LINKED' },
    { status: 200, word: 'duplicate' },
  ]);
  t.equal(bubble.repeating, false);
  await titled('FONNTE mengulang (ke-1)');
});

t.test('the last call can be repeated word by word, once there is one', async (t) => {
  const { post, listen } = await stage(t);
  const { until } = await listen();
  t.match(await post('/api/repeat'), { status: 409, body: { error: 'Belum ada panggilan yang dapat diulang.' } });
  await post('/api/messages', { phone: SITI, text: 'Halo' });
  await until('bubble', ({ calls }) => (calls as Call[]).length === 1);
  t.match(await post('/api/repeat'), { status: 200 });
  const bubble = await until('bubble', ({ calls }) => (calls as Call[]).length === 2);
  t.same((bubble.calls as Call[])[1], { status: 200, word: 'duplicate' });
});

t.test('while the service is killed calls go unanswered; started again it gets them and answers', async (t) => {
  const { post, listen, world } = await stage(t, { repeatEveryMs: 1_000 });
  const { until, titled } = await listen();
  t.equal((await post('/api/kill')).status, 200);
  t.equal(world.service.state, 'stopped');
  await until('service', ({ state, pid }) => state === 'stopped' && pid === null);
  await post('/api/messages', { phone: SITI, text: 'Masih ada orang?' });
  await titled('Webhook tidak menjawab');
  t.equal((await post('/api/start')).status, 200);
  await until('bubble', ({ from, text }) => from === 'assistant' && String(text).includes('Masih ada orang?'));
});

t.test('media come as FONNTE sends them without its larger packages', async (t) => {
  const { post, listen, world } = await stage(t);
  const { until } = await listen();
  const payloads: Record<string, unknown>[] = [];
  const { fonnte } = world;
  const deliver = fonnte.deliver.bind(fonnte);
  fonnte.deliver = (url, payload, options) => {
    payloads.push(payload as Record<string, unknown>);
    return deliver(url, payload, options);
  };
  for (const attachment of ['image', 'voice', 'location']) {
    await post('/api/messages', { phone: SITI, attachment });
    await until('bubble', (data) => data.attachment === attachment);
  }
  t.match(payloads, [
    { message: 'non-text message', type: 'image', url: '', filename: '', location: '' },
    { message: 'non-text message', type: 'audio', url: '', filename: '', location: '' },
    { message: 'non-text message', url: null, location: '-6.2607,106.8134' },
  ]);
});

t.test('typing is shown from the call to FONNTE until the answer', async (t) => {
  const { post, listen } = await stage(t);
  const { heard, until } = await listen();
  await post('/api/messages', { phone: SITI, text: 'Halo' });
  await until('bubble', ({ from }) => from === 'assistant');
  await until('typing', ({ ms }) => ms === 0);
  const order = heard.filter(({ event }) => event === 'typing').map(({ data }) => data.phone);
  t.same(new Set(order), new Set([SITI]));
});

t.test('what the page may not do is said in a sentence', async (t) => {
  const { post, show } = await stage(t);
  t.match(await post('/api/messages', { phone: '6281299999999', text: 'x' }), { status: 404 });
  t.match(await post('/api/messages', { phone: SITI, text: ' \n' }), {
    status: 400,
    body: { error: 'Pesannya kosong.' },
  });
  t.match(await post('/api/messages', { phone: SITI, attachment: 'bomb' }), { status: 400 });
  t.match(await post('/api/switch', { name: 'toString', on: true }), { status: 404 });
  t.match(await post('/api/else'), { status: 404 });
  const big = await post('/api/messages', { phone: SITI, text: 'x'.repeat(100_000) });
  t.equal(big.status, 413);
  const form = await fetch(`${show.url}/api/kill`, { method: 'POST', body: new URLSearchParams({ a: 'b' }) });
  t.equal(form.status, 415, 'a form of another site is refused');
  t.equal((await fetch(`${show.url}/..%2fdemo.ts`)).status, 404);
});

t.test('the page is only for this machine, whatever name leads here', async (t) => {
  const { show } = await stage(t);
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  get(show.url, { headers: { host: 'evil.contoh.invalid' } }, (response) => {
    response.resume();
    resolve(response.statusCode);
  });
  t.equal(await promise, 403);
  const page = await fetch(show.url);
  t.match(page.headers.get('content-security-policy'), /default-src 'self'/);
  t.match(await page.text(), /<title>SAPA di WhatsApp/);
});

t.test('nothing of the developer’s own environment reaches the service, and its folder is private', async (t) => {
  process.env.SUPABASE_URL = 'https://sungguhan.contoh.invalid';
  t.teardown(() => delete process.env.SUPABASE_URL);
  const entry = 'test/sandbox/demo-fake-service.ts';
  const world = await openWorld({ servicePort: 14_000, entry });
  t.teardown(() => world.close());
  const [environment] = await Promise.all([environmentOf(world), world.service.start()]);
  t.equal(environment.SUPABASE_URL, world.supabase.url);
  t.equal(environment.GEMINI_BASE_URL, world.gemini.url);
  t.equal(readFileSync(environment.ENV_FILE ?? '', 'utf8'), '', 'an empty file stands in for .env');
  t.equal(statSync(environment.DEMO_FOLDER ?? '').mode & 0o777, 0o700);
  t.notOk('HOME' in environment);
});

t.test('with a key of Gemini the real one is asked', async (t) => {
  const entry = 'test/sandbox/demo-fake-service.ts';
  const world = await openWorld({ servicePort: 15_000, entry, geminiKey: 'kunci-sungguhan' });
  t.teardown(() => world.close());
  const [environment] = await Promise.all([environmentOf(world), world.service.start()]);
  t.equal(environment.GEMINI_API_KEY, 'kunci-sungguhan');
  t.notOk('GEMINI_BASE_URL' in environment);
  t.equal(world.answeredBy, 'gemini');
});
