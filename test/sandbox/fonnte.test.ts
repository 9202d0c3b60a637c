import type { IncomingHttpHeaders } from 'node:http';
import t, { type Test } from 'tap';
import { request } from 'undici';
import { type FakeFonnteOptions, startFakeFonnte } from '../../sandbox/fonnte.ts';
import { startServer } from '../support/http.ts';

async function start(test: Test, options: FakeFonnteOptions = {}) {
  const fonnte = await startFakeFonnte(options);
  test.teardown(() => fonnte.close());
  const call = async (path: string, fields: Record<string, string> = {}, headers: Record<string, string> = {}) => {
    const response = await request(fonnte.url + path, {
      method: 'POST',
      headers: {
        authorization: fonnte.token,
        'content-type': 'application/x-www-form-urlencoded',
        ...headers,
      },
      body: new URLSearchParams(fields).toString(),
    });
    test.equal(response.statusCode, 200, 'FONNTE responds with 200 to every request');
    return (await response.body.json()) as Record<string, unknown>;
  };
  const send = (fields: Record<string, string>) =>
    call('/send', { target: '6281200000001', message: 'halo', countryCode: '0', ...fields });
  return { fonnte, call, send };
}

t.test('a send gets the documented response, with increasing ids', async (t) => {
  const { fonnte, send } = await start(t);
  const first = await send({ message: 'Sisa anggaran Rp1.000' });
  t.same(first, {
    detail: 'success! message in queue',
    id: ['80367170'],
    process: 'pending',
    requestid: 2937124,
    status: true,
    target: ['6281200000001'],
  });
  t.match(await send({ inboxid: '4711' }), { id: ['80367171'], requestid: 2937125 });
  t.match(fonnte.sent, [
    { target: '6281200000001', message: 'Sisa anggaran Rp1.000', id: '80367170', requestid: 2937124, requestNumber: 1 },
    { message: 'halo', inboxid: 4711 },
  ]);
  t.notOk('inboxid' in (fonnte.sent[0] ?? {}));
});

t.test('onSent reports only accepted messages', async (t) => {
  const { fonnte, send } = await start(t);
  const heard: string[] = [];
  const off = fonnte.onSent(({ message }) => heard.push(message));
  await send({ message: 'a' });
  await send({ message: '' });
  off();
  await send({ message: 'b' });
  t.same(heard, ['a']);
});

t.test('Authorization must contain the token without Bearer', async (t) => {
  const { fonnte, call } = await start(t);
  const refusal = { reason: 'invalid token', status: false };
  t.same(await call('/send', { target: '6281200000001', message: 'x' }, { authorization: 'salah' }), refusal);
  t.same(await call('/send', {}, { authorization: `Bearer ${fonnte.token}` }), refusal);
  t.same(await call('/device', {}, { authorization: '' }), refusal);
  fonnte.token = 'lain';
  t.match(await call('/device'), { status: true });
});

t.test('JSON is rejected', async (t) => {
  const { fonnte } = await start(t);
  const response = await request(`${fonnte.url}/send`, {
    method: 'POST',
    headers: { authorization: fonnte.token, 'content-type': 'application/json' },
    body: JSON.stringify({ target: '6281200000001', message: 'halo' }),
  });
  t.same(await response.body.json(), { status: false, reason: 'invalid/empty body value' });
});

t.test('countryCode 0 keeps the number unchanged; by default a leading 0 becomes 62', async (t) => {
  const { fonnte, call, send } = await start(t);
  await send({ target: '081200000001' });
  await call('/send', { target: '0812-0000 0002', message: 'x' });
  await call('/send', { target: '081200000003', message: 'x', countryCode: '60' });
  t.same(
    fonnte.sent.map(({ target }) => target),
    ['081200000001', '6281200000002', '6081200000003'],
  );
});

t.test('a comma separates targets and a bar separates variables', async (t) => {
  const { fonnte, send } = await start(t);
  const answer = await send({
    target: '6281200000001|Budi|Jakarta,6281200000002',
    message: 'Halo {name} di {var1}, $& {name}',
  });
  t.match(answer, { id: ['80367170', '80367171'], target: ['6281200000001', '6281200000002'] });
  t.same(
    fonnte.sent.map(({ message, requestid }) => [message, requestid]),
    [
      ['Halo Budi di Jakarta, $& Budi', 2937124],
      ['Halo {name} di {var1}, $& {name}', 2937124],
    ],
  );
});

t.test('invalid requests are rejected with the reasons of FONNTE and nothing is sent', async (t) => {
  const { fonnte, call, send } = await start(t);
  t.match(await send({ target: '' }), { status: false, reason: 'input invalid', requestid: Number });
  t.match(await send({ message: '' }), { status: false, reason: 'input invalid' });
  t.match(await send({ message: 'x'.repeat(60_001) }), { status: false, reason: 'input invalid' });
  t.match(await send({ inboxid: '0' }), { status: false, reason: 'input invalid' });
  for (const target of ['abc', '1234567', '6281200000001,', '+6281200000001', '98765432101234@lid']) {
    t.match(await send({ target }), { status: false, reason: 'target input invalid' }, target);
  }
  t.match(await call('/typing'), { status: false, reason: 'input invalid' });
  t.match(await call('/validate'), { status: false, reason: 'input invalid' });
  t.equal(fonnte.sentCount, 0);
  t.match(await send({ message: 'x'.repeat(60_000) }), { status: true });
  t.match(await send({ target: '120363400000000000@g.us' }), { status: true });
});

t.test('a disconnected device rejects sends, except with connectOnly false', async (t) => {
  const { fonnte, call, send } = await start(t);
  fonnte.connected = false;
  t.same(await send({}), {
    reason: 'request invalid on disconnected device',
    requestid: 2937124,
    status: false,
  });
  t.match(await call('/typing', { target: '6281200000001' }), { status: false });
  t.match(await call('/validate', { target: '6281200000001' }), { status: false });
  t.match(await call('/device'), { device_status: 'disconnect', status: true });
  t.match(await send({ connectOnly: 'false' }), { status: true });
  fonnte.connected = true;
  t.match(await send({}), { status: true });
});

t.test('the quota decreases with each message, is reported as text, and rejects sends at 0', async (t) => {
  const { call, send } = await start(t, { quota: 4 });
  await send({ target: '6281200000001,6281200000002' });
  await send({});
  t.same(await call('/device'), {
    device: '6281100000000',
    device_status: 'connect',
    expired: '18 November 2029',
    messages: 3,
    name: 'SAPA sandbox',
    package: 'Super',
    quota: '1',
    status: true,
  });
  t.match(await send({ target: '6281200000001,6281200000002' }), { status: false, reason: 'insufficient quota' });
  t.match(await send({}), { status: true });
  t.match(await send({}), { status: false, reason: 'insufficient quota' });
});

t.test('typing is accepted and validate separates registered from unregistered numbers', async (t) => {
  const { fonnte, call } = await start(t);
  fonnte.unregistered.add('6281200000002');
  t.match(await call('/typing', { target: '6281200000001', countryCode: '0', duration: '5' }), { status: true });
  t.same(await call('/validate', { target: '081200000001,6281200000002,abc' }), {
    registered: ['6281200000001'],
    not_registered: ['6281200000002', 'abc'],
    status: true,
  });
});

t.test('other paths and methods get an HTML page', async (t) => {
  const { fonnte } = await start(t);
  t.equal((await request(`${fonnte.url}/send`)).statusCode, 404);
  t.equal((await request(`${fonnte.url}/kirim`, { method: 'POST' })).statusCode, 404);
});

t.test('a payload has the real field order, the current time and the next inboxid', async (t) => {
  const { fonnte } = await start(t);
  const before = Math.floor(Date.now() / 1000);
  const payload = fonnte.buildPayload({ sender: '6281200000001', message: 'Berapa sisa?', secret: 's' });
  t.same(
    Object.keys(payload).join(),
    'quick,device,pesan,pengirim,member,message,text,sender,name,location,url,type,extension,filename,pollname,' +
      'choices,inboxid,isgroup,isforwarded,timestamp,secret',
  );
  t.match(payload, { pesan: 'Berapa sisa?', pengirim: '6281200000001', text: 'non-button message', inboxid: 4711 });
  t.ok(payload.timestamp >= before && payload.timestamp <= Date.now() / 1000);
  t.equal(fonnte.buildPayload().inboxid, 4712);
  fonnte.inbox = false;
  t.equal(fonnte.buildPayload().inboxid, 0);
});

interface WebhookRequest {
  headers: IncomingHttpHeaders;
  text: string;
}

/** Starts a webhook that responds with the given statuses, then with the last one; 0 breaks the connection, -1 never responds. */
async function webhook(test: Test, statuses: number[]) {
  const calls: WebhookRequest[] = [];
  const called = Promise.withResolvers<void>();
  const url = await startServer(test, async (incoming, response) => {
    let text = '';
    for await (const chunk of incoming) text += chunk;
    calls.push({ headers: incoming.headers, text });
    called.resolve();
    const status = statuses[Math.min(calls.length, statuses.length) - 1] ?? 200;
    if (status === -1) return;
    if (status === 0) response.destroy();
    else response.writeHead(status).end(status === 500 ? 'oops' : JSON.stringify({ status }));
  });
  return {
    url: `${url}/webhook/whatsapp`,
    calls,
    called: called.promise,
  };
}

t.test('the same request is repeated until the response is 200', async (t) => {
  const { fonnte } = await start(t);
  const hook = await webhook(t, [500, 0, 429, 200]);
  const payload = fonnte.buildPayload({ message: 'sekali' });
  const delivery = await fonnte.deliver(hook.url, payload, { retryEveryMs: 1, headers: { 'x-webhook-secret': 's' } });
  t.same(delivery, { statuses: [500, 0, 429, 200], bodies: ['oops', null, { status: 429 }, { status: 200 }] });
  t.equal(new Set(hook.calls.map(({ text }) => text)).size, 1, 'byte for byte');
  t.same(JSON.parse(hook.calls[0]?.text ?? ''), payload);
  t.match(hook.calls[0]?.headers, { 'content-type': 'application/json', 'x-webhook-secret': 's' });
});

t.test('delivery stops after its retries, and a request without a response in time has status 0', async (t) => {
  const { fonnte } = await start(t);
  const refusing = await webhook(t, [403]);
  t.same((await fonnte.deliver(refusing.url, {}, { retries: 2, retryEveryMs: 1 })).statuses, [403, 403, 403]);
  t.equal((await fonnte.deliver(refusing.url, {}, { retryEveryMs: 0 })).statuses.length, 16, 'FONNTE repeats 15 times');
  const silent = await webhook(t, [-1]);
  t.same((await fonnte.deliver(silent.url, {}, { retries: 0, timeoutMs: 20 })).statuses, [0]);
});

t.test('a payload can be sent as a form', async (t) => {
  const { fonnte } = await start(t);
  const hook = await webhook(t, [200]);
  const payload = fonnte.buildPayload({ message: 'a&b = ç', choices: ['Senin', 'Selasa'], url: null });
  await fonnte.deliver(hook.url, payload, { form: true });
  const form = new URLSearchParams(hook.calls[0]?.text);
  t.equal(hook.calls[0]?.headers['content-type'], 'application/x-www-form-urlencoded');
  t.same([form.get('message'), form.get('isgroup'), form.get('url')], ['a&b = ç', 'false', '']);
  t.same(form.getAll('choices[]'), ['Senin', 'Selasa']);
});

t.test('close aborts a delivery that waits for its next attempt or for a response', async (t) => {
  for (const status of [500, -1]) {
    const { fonnte } = await start(t);
    const hook = await webhook(t, [status]);
    const delivery = fonnte.deliver(hook.url, {});
    const failed = t.rejects(delivery);
    await hook.called;
    await fonnte.close();
    await failed;
  }
});
