import { once } from 'node:events';
import { get as request } from 'node:http';
import t from 'tap';
import { createConnections } from '../../../src/console/connections.ts';
import { build } from '../../support/app.ts';
import { startWithDeadLetter } from '../../support/dead-letter.ts';
import { LINKED, startFakeUpstreams } from '../../support/fake-upstreams.ts';
import { get, startServer } from '../../support/http.ts';
import { openEventStream, parseServerSentEvents } from '../../support/server-sent-events.ts';
import { ADMIN_KEY, type Service, startService } from '../../support/service.ts';

const admin = { authorization: `Bearer ${ADMIN_KEY}` };
const MINUTE_MS = 60_000;

/** The state of the console by event name. */
async function readConsole(app: Service['app']): Promise<Record<string, unknown>> {
  const { body } = await app.inject({ url: '/api/console/stream?once=true', headers: admin });
  return Object.fromEntries(parseServerSentEvents(body).map(({ event, data }) => [event, data]));
}

const WITH_ADMIN = { message: 'Berapa sisa anggaran rahasia?', ADMIN_API_KEY: `rina:${ADMIN_KEY}` };

t.test('the page is public, and allows only its own files', async (t) => {
  const app = await build(t);
  const page = await app.inject('/console');
  t.equal(page.statusCode, 200);
  t.match(page.headers['content-type'], /^text\/html/);
  const policy = String(page.headers['content-security-policy']);
  t.match(policy, /default-src 'none';/);
  t.notMatch(policy, /unsafe|https?:|data:|\*/);
  const assets = [...page.body.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, path]) => `/${path}`);
  for (const path of assets) {
    const asset = await app.inject(path);
    t.equal(asset.statusCode, 200, path);
    t.equal(asset.headers['content-security-policy'], policy, path);
  }
  t.notMatch(page.body, /<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/, 'nothing inline');
  for (const path of ['/console/tidak-ada.js', '/console/..%2findex.ts', '/console/%2e%2e%2fstream.ts']) {
    t.equal((await app.inject(path)).statusCode, 404, path);
  }
});

t.test('the state needs a key, and wrong keys are limited as on the other admin routes', async (t) => {
  const app = await build(t);
  const url = '/api/console/stream';
  const statuses: number[] = [];
  for (let call = 0; call < 21; call++) {
    const wrong: Record<string, string> = call % 2 === 0 ? {} : { authorization: 'Bearer salah' };
    statuses.push((await app.inject({ url, headers: wrong })).statusCode);
  }
  t.same(statuses, [...Array(20).fill(401), 429]);
  t.equal((await app.inject({ url: `${url}?once=true`, headers: admin })).statusCode, 200);
});

t.test('the state shows failures and active conversations, without numbers and texts', async (t) => {
  const { service } = await startWithDeadLetter(t, WITH_ADMIN);
  const { body } = await service.app.inject({ url: '/api/console/stream?once=true', headers: admin });
  t.notMatch(body, LINKED);
  t.notMatch(body, 'rahasia');
  await service.app.alerts.check();
  const state = await readConsole(service.app);
  t.match(state, {
    hello: { admin: 'rina' },
    health: { status: 'healthy', components: [{ name: 'store', value: 'ok' }], device: { status: 'connect' } },
    queue: { pending: 0, oldestAt: null, running: 0 },
    failures: {
      total: 1,
      deadLetters: [
        {
          masked: '62812****0001',
          reason: 'target invalid',
          upstream: 'fonnte',
          hasReply: true,
          messages: 1,
          history: [{ reason: 'target invalid' }],
        },
      ],
      alerts: [{ kind: 'dead-letter', open: true }],
    },
    conversations: { conversations: [], more: false },
    speed: { hour: { total: { messages: 1, failed: 1, answers: 0 } } },
  });
  const failed = (state.events as { type: string }[]).find(({ type }) => type === 'turn.dead-lettered');
  t.match(failed, { level: 'error', kind: 'problem', text: 'Pesan gagal. FONNTE: target' });
});

t.test('a reference opens its number on the admin routes, and the event carries the name of the admin', async (t) => {
  const { service } = await startWithDeadLetter(t, WITH_ADMIN);
  const state = await readConsole(service.app);
  const [letter] = (state.failures as { deadLetters: { reference: string }[] }).deadLetters;
  const url = `/api/conversations/${letter?.reference}`;
  const shown = await service.app.inject({ url, headers: admin });
  t.match(shown.json(), { phone: LINKED, identity: { linked: true } });
  t.match(await service.waitForEvent('admin.acted', ({ action }) => action === 'show'), {
    name: 'rina',
    conversation: '62812****0001',
  });
  const forged = `${letter?.reference.startsWith('A') ? 'B' : 'A'}${letter?.reference.slice(1)}`;
  for (const reference of [forged, 'x', 'A'.repeat(58)]) {
    t.equal((await service.app.inject({ url: `/api/conversations/${reference}`, headers: admin })).statusCode, 400);
  }
  const other = await build(t, { ADMIN_API_KEY: 'kunci-lain-sepanjang-ini' });
  const headers = { authorization: 'Bearer kunci-lain-sepanjang-ini' };
  t.equal((await other.inject({ url, headers })).statusCode, 400, 'another secret opens nothing');
});

t.test('with several devices, a reference leads to the conversation with one of them', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const { fonnte } = upstreams;
  const second = fonnte.addDevice('token-perangkat-kedua', '6281100000002');
  const FONNTE_TOKEN = `${fonnte.device}:${fonnte.token},${second.device}:${second.token}`;
  const service = await startService(t, upstreams, { FONNTE_TOKEN });
  for (const device of [fonnte.device, second.device]) {
    await service.call(fonnte.buildPayload({ sender: LINKED, message: 'Apa kabar?', device }));
    await service.idle();
  }
  const state = await readConsole(service.app);
  t.match(state.health, { devices: [{ connection: 'ok' }, { connection: 'ok' }] });
  const { conversations } = state.conversations as { conversations: { reference: string; masked: string }[] };
  t.same(conversations.map(({ masked }) => masked).sort(), [
    '62812****0001@62811****0000',
    '62812****0001@62811****0002',
  ]);
  for (const { reference, masked } of conversations) {
    const shown = await service.app.inject({ url: `/api/conversations/${reference}`, headers: admin });
    const { phone, device } = shown.json();
    t.equal(phone, LINKED);
    t.equal(device.slice(-4), masked.slice(-4));
  }
});

t.test('an open console receives changes', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  const stream = await openEventStream(`${service.url}/api/console/stream`, admin);
  t.teardown(stream.close);
  await stream.waitFor(({ event }) => event === 'events');
  await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: 'Halo' }));
  await stream.waitFor(
    ({ event, data }) =>
      event === 'events' && (data as { type: string }[]).some(({ type }) => type === 'message.accepted'),
  );
  const { data } = await stream.waitFor(
    ({ event, data }) => event === 'conversations' && (data as { conversations: unknown[] }).conversations.length === 1,
  );
  t.match(data, { conversations: [{ masked: '62812****0001' }] });
  const before = Date.now();
  upstreams.fonnte.connected = false;
  await service.app.fonnte.checkDevices();
  const changed = await stream.waitFor(
    ({ event, data }) => event === 'health' && (data as { status: string }).status === 'degraded',
  );
  const { components } = changed.data as { components: { name: string; value: string; since: number }[] };
  const device = components.find(({ name }) => name === 'device');
  t.equal(device?.value, 'disconnected');
  t.ok((device?.since ?? 0) >= before, 'since when');
  upstreams.fonnte.reset();
});

t.test('at most 20 consoles are open, and closing one allows another', async (t) => {
  const service = await startService(t, await startFakeUpstreams(t));
  const url = `${service.url}/api/console/stream`;
  const streams = await Promise.all(Array.from({ length: 20 }, () => openEventStream(url, admin)));
  t.teardown(() => {
    for (const { close } of streams) close();
  });
  t.match(await get(url, admin), { status: 503, body: { code: 'TOO_MANY_CONSOLES' } });
  streams.pop()?.close();
  while (service.app.console.isFull()) await new Promise(setImmediate);
  const again = await openEventStream(url, admin);
  t.equal(again.status, 200);
  again.close();
});

t.test('a shutdown ends the streams before running turns are done', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  const answer = Promise.withResolvers<void>();
  upstreams.gemini.scriptResponses(async () => {
    await answer.promise;
    return { text: 'selesai' };
  });
  await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: 'Apa kabar anggaran?' }));
  await service.waitForEvent('turn.started');
  const stream = await openEventStream(`${service.url}/api/console/stream`, admin);
  const closed = service.close();
  await stream.ended;
  t.equal(service.app.conversations.running(), 1);
  answer.resolve();
  await closed;
});

t.test('a client that does not read is disconnected, and the other clients still receive events', async (t) => {
  const connections = createConnections();
  const url = await startServer(t, (_request, response) => {
    response.writeHead(200);
    connections.add(response, 'awal\n\n');
  });
  const open = async () => {
    const call = request(url, { agent: false });
    call.on('error', () => {});
    const [response] = await once(call, 'response');
    return response;
  };
  const slow = await open();
  slow.pause();
  const fast = await open();
  let read = 0;
  fast.on('data', (chunk: Buffer) => {
    read += chunk.length;
  });
  const chunk = 'x'.repeat(64 * 1024);
  let sent = 0;
  while (connections.count() === 2 && sent < 100_000_000) {
    connections.send(chunk);
    sent += chunk.length;
    while (read < sent) await once(fast, 'data');
  }
  t.equal(connections.count(), 1);
  t.ok(sent < 50_000_000, `dropped after ${sent} bytes: the buffers of the system and one of ours`);
});

t.test(
  'the history counts minutes for an hour and quarters for a day, and minutes older than a day are discarded',
  async (t) => {
    const start = Date.parse('2026-11-24T09:07:30Z');
    let now = start;
    const app = await build(t, {}, { now: () => now });
    const speed = async () => (await readConsole(app)).speed as { hour: Series; day: Series };
    interface Series {
      startAt: number;
      stepMs: number;
      points: Record<string, unknown>[];
      total: Record<string, unknown>;
    }
    const finish = (durationMs: number) => app.events.emit({ type: 'turn.finished', outcome: 'answered', durationMs });
    const call = (durationMs: number) =>
      app.events.emit({
        type: 'request.completed',
        method: 'POST',
        route: '/webhook/whatsapp',
        status: 200,
        durationMs,
      });
    const tokens = { durationMs: 900, tokensIn: 1000, tokensCached: 300, tokensOut: 150, tokensThought: 50 };
    for (const ms of [1000, 2000, 4000]) finish(ms);
    for (let ms = 1; ms <= 100; ms++) call(ms);
    for (const model of ['a', 'b', 'c'])
      app.events.emit({
        type: 'model.called',
        model,
        outcome: 'ok',
        responseModel: '',
        finishReason: 'STOP',
        ...tokens,
      });
    app.events.emit({ type: 'answer.checked', grounded: 7, ungrounded: 1, correctionRequested: false });
    now = start + 3 * MINUTE_MS;
    app.events.emit({ type: 'message.accepted', seq: 1, waitedForIdentity: false });
    app.events.emit({ type: 'turn.finished', outcome: 'not-linked', durationMs: 10 });

    const { hour, day } = await speed();
    t.match(hour, { stepMs: MINUTE_MS, startAt: Date.parse('2026-11-24T08:11:00Z') });
    t.equal(hour.points.length, 60);
    t.match(hour.points.at(-4), {
      answers: 3,
      messages: 0,
      requestsPerAnswer: 1,
      tokensPerAnswer: 1500,
      verifiedShare: 0.875,
    });
    t.match(hour.points.at(-1), { answers: 0, messages: 1, replyMs: null, webhookMs: null, tokensPerAnswer: null });
    const { replyMs, webhookMs } = hour.total as Record<string, { median: number; p95: number }>;
    const isNear = (value: number | undefined, exact: number) => Math.abs((value ?? 0) / exact - 1) <= 0.1;
    t.ok(isNear(replyMs?.median, 2000) && isNear(replyMs?.p95, 4000), JSON.stringify(replyMs));
    t.ok(isNear(webhookMs?.median, 50) && isNear(webhookMs?.p95, 95), JSON.stringify(webhookMs));
    t.match(day, { stepMs: 15 * MINUTE_MS, startAt: Date.parse('2026-11-23T09:15:00Z') });
    t.equal(day.points.length, 96);
    t.match(day.points.at(-1), { answers: 3, messages: 1 });

    now = start + 61 * MINUTE_MS;
    t.match(await speed(), { hour: { total: { answers: 0, messages: 1 } }, day: { total: { answers: 3 } } });
    now = start + 23 * 60 * MINUTE_MS + 50 * MINUTE_MS;
    t.match(await speed(), { day: { total: { answers: 3, messages: 1 } } });
    now = start + 24 * 60 * MINUTE_MS;
    t.match(await speed(), { day: { total: { answers: 0, messages: 0 } } });
    app.events.emit({ type: 'message.accepted', seq: 2, waitedForIdentity: false });
    now = start + 48 * 60 * MINUTE_MS;
    t.match(await speed(), { day: { total: { messages: 0 } } });
  },
);

t.test('the last 100 events of each kind are remembered', async (t) => {
  const app = await build(t);
  app.events.emit({ type: 'admin.acted', name: 'rina', action: 'forget' });
  for (let seq = 0; seq < 150; seq++) app.events.emit({ type: 'message.accepted', seq, waitedForIdentity: false });
  const entries = (await readConsole(app)).events as { id: number; kind: string; text: string }[];
  t.equal(entries.filter(({ kind }) => kind === 'message').length, 100);
  t.match(entries[0], { kind: 'admin', text: 'rina menghapus data satu nomor' });
  t.same(
    entries,
    [...entries].sort((one, other) => one.id - other.id),
  );
});
