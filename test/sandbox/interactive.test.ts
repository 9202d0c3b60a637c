import { readFileSync, statSync } from 'node:fs';
import { get } from 'node:http';
import { dirname } from 'node:path';
import t from 'tap';
import { openDemoDatabase } from '../../sandbox/demo/database.ts';
import { openDemoEnvironment } from '../../sandbox/demo/environment.ts';
import type { TimelineEvent } from '../../sandbox/demo/timeline-event.ts';
import { readVariables, startDemo } from './demo-fixture.ts';

const SITI = '6281200000001';
const UNLINKED = '6281200000099';
type Response = { status: number; code: string };

t.jobs = 2;

t.test('FONNTE delivers a message to the service, and the reply arrives at the same phone', async (t) => {
  const { post, listen, environment } = await startDemo(t);
  const { waitForEvent, waitForTimeline } = await listen();
  const { status, body } = await post('/api/messages', { phone: SITI, text: 'Halo' });
  t.equal(status, 200);
  const answer = await waitForEvent('bubble', ({ from }) => from === 'assistant');
  t.match(answer, { phone: SITI, text: /^Halo, Siti Rahmawati!/ });
  const bubble = await waitForEvent(
    'bubble',
    ({ id, responses }) => id === body.id && (responses as Response[]).length > 0,
  );
  t.match(bubble, { from: 'person', text: 'Halo', responses: [{ status: 200, code: 'accepted' }], repeating: false });
  t.match(await waitForTimeline('Pesan dari Siti Rahmawati'), { source: 'fonnte', phone: SITI, startsMessage: true });
  t.match(await waitForTimeline('Webhook menjawab 200 accepted'), { phone: SITI, tone: 'good' });
  t.match(await waitForTimeline('Model ditanya'), { source: 'gemini', phone: SITI, detail: /^gemini-3.8-flash/ });
  t.match(await waitForTimeline('FONNTE menerima kiriman'), {
    phone: SITI,
    detail: `nomor ${environment.fonnte.sent[0]?.id}`,
  });
});

t.test('a page that is opened later shows earlier messages and events', async (t) => {
  const { post, listen } = await startDemo(t);
  const early = await listen();
  await post('/api/messages', { phone: SITI, text: 'Halo' });
  await early.waitForEvent('bubble', ({ from }) => from === 'assistant');
  const state = await (await listen()).waitForEvent('state');
  t.match(state.bubbles, [{ text: 'Halo' }, { from: 'assistant' }]);
  t.ok((state.events as unknown[]).length > 3);
  t.match(state, { answeredBy: 'fake', services: [{ state: 'running' }], repeats: { times: 15, everySeconds: 0.02 } });
  t.match(state.people, [
    { phone: SITI, name: 'Siti Rahmawati', remark: '' },
    { phone: '6281200000002', remark: '' },
    { phone: '6281200000003', remark: 'belum disetujui admin' },
    { phone: '6281200000004', remark: 'tersimpan sebagai +62 812-0000-0004' },
    { phone: '6281200000005', remark: 'tersimpan sebagai 081200000005 · tanpa data' },
    { phone: '6281200000006', remark: 'admin' },
    { phone: UNLINKED, remark: 'tidak terhubung dengan SAPA' },
  ]);
});

t.test('a delivery is repeated until the webhook responds with 200', async (t) => {
  const { post, listen } = await startDemo(t);
  const { waitForEvent, waitForTimeline } = await listen();
  await post('/api/messages', { phone: UNLINKED, text: 'Halo' });
  const bubble = await waitForEvent('bubble', ({ responses }) => (responses as Response[]).length === 2);
  t.same(bubble.responses, [
    { status: 403, code: 'NOT_LINKED' },
    { status: 200, code: 'duplicate' },
  ]);
  t.equal(bubble.repeating, false);
  await waitForTimeline('FONNTE mengulang (ke-1)');
});

t.test('the last delivery can be repeated unchanged if there is one', async (t) => {
  const { post, listen } = await startDemo(t);
  const { waitForEvent } = await listen();
  t.match(await post('/api/repeat'), { status: 409, body: { error: 'Belum ada panggilan yang dapat diulang.' } });
  await post('/api/messages', { phone: SITI, text: 'Halo' });
  await waitForEvent('bubble', ({ responses }) => (responses as Response[]).length === 1);
  t.match(await post('/api/repeat'), { status: 200 });
  const bubble = await waitForEvent('bubble', ({ responses }) => (responses as Response[]).length === 2);
  t.same((bubble.responses as Response[])[1], { status: 200, code: 'duplicate' });
});

t.test('a message sent while the service is down is delivered and answered after the restart', async (t) => {
  const { post, listen, environment } = await startDemo(t, { repeatEveryMs: 1_000 });
  const { waitForEvent, waitForTimeline } = await listen();
  t.equal((await post('/api/kill')).status, 200);
  t.equal(environment.service.state, 'stopped');
  await waitForEvent('service', ({ state, pid }) => state === 'stopped' && pid === null);
  await post('/api/messages', { phone: SITI, text: 'Masih ada orang?' });
  await waitForTimeline('Webhook tidak menjawab');
  t.equal((await post('/api/start')).status, 200);
  await waitForEvent('bubble', ({ from, text }) => from === 'assistant' && String(text).includes('Masih ada orang?'));
});

t.test('stopped and suspended services receive no calls, and events name the service', async (t) => {
  const { post, listen, environment } = await startDemo(t, { instances: 3 });
  const { waitForEvent, waitForTimeline } = await listen();
  const { events } = await waitForEvent('state');
  t.same(
    new Set((events as TimelineEvent[]).flatMap(({ source, instance }) => (source === 'service' ? [instance] : []))),
    new Set(['Layanan 1', 'Layanan 2', 'Layanan 3']),
  );
  t.equal((await post('/api/kill', { index: 0 })).status, 200);
  t.equal((await post('/api/freeze', { index: 1 })).status, 200);
  await waitForTimeline('Layanan 1 mati');
  await waitForEvent('service', ({ index, state }) => index === 1 && state === 'frozen');
  await post('/api/messages', { phone: SITI, text: 'Siapa yang menjawab?' });
  await waitForEvent(
    'bubble',
    ({ from, text }) => from === 'assistant' && String(text).includes('Siapa yang menjawab?'),
  );
  t.equal((await post('/api/thaw', { index: 1 })).status, 200);
  await waitForTimeline('Layanan 2 dilanjutkan');
  t.equal((await post('/api/kill', { index: 9 })).status, 404);
  t.same(
    environment.services.map(({ state }) => state),
    ['stopped', 'running', 'running'],
  );
});

t.test('without PostgreSQL, several services explain how to install it', async (t) => {
  await t.rejects(openDemoDatabase(undefined, null), { message: /apt-get install postgresql[\s\S]*DATABASE_URL=/ });
});

t.test('attachments have the payload of FONNTE packages without files', async (t) => {
  const { post, listen, environment } = await startDemo(t);
  const { waitForEvent } = await listen();
  const payloads: Record<string, unknown>[] = [];
  const { fonnte } = environment;
  const deliver = fonnte.deliver.bind(fonnte);
  fonnte.deliver = (url, payload, options) => {
    payloads.push(payload as Record<string, unknown>);
    return deliver(url, payload, options);
  };
  for (const attachment of ['image', 'voice', 'location']) {
    await post('/api/messages', { phone: SITI, attachment });
    await waitForEvent('bubble', (data) => data.attachment === attachment);
  }
  t.match(payloads, [
    { message: 'non-text message', type: 'image', url: '', filename: '', location: '' },
    { message: 'non-text message', type: 'audio', url: '', filename: '', location: '' },
    { message: 'non-text message', url: null, location: '-6.2607,106.8134' },
  ]);
});

t.test('the typing indicator is shown from the request to FONNTE until the reply', async (t) => {
  const { post, listen } = await startDemo(t);
  const { received, waitForEvent } = await listen();
  await post('/api/messages', { phone: SITI, text: 'Halo' });
  await waitForEvent('bubble', ({ from }) => from === 'assistant');
  await waitForEvent('typing', ({ ms }) => ms === 0);
  const order = received.filter(({ event }) => event === 'typing').map(({ data }) => data.phone);
  t.same(new Set(order), new Set([SITI]));
});

t.test('invalid requests of the page get an error status and a message', async (t) => {
  const { post, demo } = await startDemo(t);
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
  const form = await fetch(`${demo.url}/api/kill`, { method: 'POST', body: new URLSearchParams({ a: 'b' }) });
  t.equal(form.status, 415, 'a form of another site is rejected');
  t.equal((await fetch(`${demo.url}/..%2fdemo.ts`)).status, 404);
});

t.test('the page rejects other host names', async (t) => {
  const { demo } = await startDemo(t);
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  get(demo.url, { headers: { host: 'evil.contoh.invalid' } }, (response) => {
    response.resume();
    resolve(response.statusCode);
  });
  t.equal(await promise, 403);
  const page = await fetch(demo.url);
  t.match(page.headers.get('content-security-policy'), /default-src 'self'/);
  t.match(await page.text(), /<title>SAPA di WhatsApp/);
});

t.test('the service gets no variables of the developer, and its folder is private', async (t) => {
  process.env.SUPABASE_URL = 'https://sungguhan.contoh.invalid';
  t.teardown(() => delete process.env.SUPABASE_URL);
  const entry = 'test/sandbox/demo-fake-service.ts';
  const environment = await openDemoEnvironment({ servicePort: 14_000, entry });
  t.teardown(() => environment.close());
  const [variables] = await Promise.all([readVariables(environment), environment.service.start()]);
  t.equal(variables.SUPABASE_URL, environment.supabase.url);
  t.equal(variables.GEMINI_BASE_URL, environment.gemini.url);
  t.equal(readFileSync(variables.ENV_FILE ?? '', 'utf8'), '', 'an empty file replaces .env');
  t.equal(statSync(dirname(variables.ENV_FILE ?? '')).mode & 0o777, 0o700);
  t.notOk('HOME' in variables);
});

t.test('with a Gemini key the service calls the real Gemini', async (t) => {
  const entry = 'test/sandbox/demo-fake-service.ts';
  const environment = await openDemoEnvironment({ servicePort: 15_000, entry, geminiKey: 'kunci-sungguhan' });
  t.teardown(() => environment.close());
  const [variables] = await Promise.all([readVariables(environment), environment.service.start()]);
  t.equal(variables.GEMINI_API_KEY, 'kunci-sungguhan');
  t.notOk('GEMINI_BASE_URL' in variables);
  t.equal(environment.answeredBy, 'gemini');
});
