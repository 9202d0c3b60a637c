import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { senderOf } from '../../../src/conversation-key.ts';
import { texts } from '../../../src/texts.ts';
import { createManualClock } from '../../support/clock.ts';
import { LINKED, OTHER_LINKED, sentTo, startFakeUpstreams, UNLINKED } from '../../support/fake-upstreams.ts';
import { scratchFolder } from '../../support/folders.ts';
import { get } from '../../support/http.ts';
import { loadPendingMessages } from '../../support/pending-messages.ts';
import { startService } from '../../support/service.ts';
import {
  ACCEPTED,
  answered,
  DUPLICATE,
  INVALID_MESSAGE,
  ignored,
  measureEffects,
  NO_EFFECTS,
  NOT_LINKED,
  waitForSequenceNumbers,
} from '../../support/webhook-responses.ts';

/** A sample user who is linked and not approved. */
const NOT_APPROVED = '6281200000003';
const HOUR_MS = 60 * 60 * 1000;
/** No reply is stored within the test: accepted messages stay in the inbox. */
const HELD = { COALESCE_WINDOW_MS: 10_000 };

const upstreams = await startFakeUpstreams(t, { tls: true });
const { fonnte, gemini, supabase } = upstreams;
t.beforeEach(() => Promise.all([fonnte.reset(), gemini.reset(), supabase.reset()]));

t.test("FONNTE's URL check is answered 200 to anyone, without a secret", async (t) => {
  const service = await startService(t, upstreams);
  t.same(answered(await get(`${service.url}/webhook/whatsapp`)), { status: 200, body: { status: 'ok' } });
});

t.test('a message of a linked user is accepted, and answered', async (t) => {
  const service = await startService(t, upstreams);
  gemini.scriptResponses(() => ({ text: 'Sisa anggaran Anda cukup.' }));
  t.same(answered(await service.call(fonnte.buildPayload({ sender: LINKED, message: 'Berapa sisa?' }))), ACCEPTED);
  t.match(await service.waitForEvent('message.accepted'), { waitedForIdentity: false });
  await service.idle();
  t.same(sentTo(upstreams, LINKED), ['Sisa anggaran Anda cukup.']);
});

t.test('an accepted message is on disk before it is acknowledged', async (t) => {
  const DATA_DIR = scratchFolder(t);
  const service = await startService(t, upstreams, { ...HELD, DATA_DIR });
  await service.call(fonnte.buildPayload({ sender: LINKED, message: 'Tersimpan?' }));
  const database = new DatabaseSync(join(DATA_DIR, 'sapa-wa.sqlite'), { readOnly: true });
  const stored = database.prepare('SELECT sender, text FROM messages').all();
  database.close();
  t.strictSame(
    stored.map((row) => ({ ...row })),
    [{ sender: LINKED, text: 'Tersimpan?' }],
  );
});

t.test('the acknowledgement waits for neither Gemini nor FONNTE', async (t) => {
  const service = await startService(t, upstreams);
  await Promise.all([gemini.setFault({ kind: 'hang' }), fonnte.setFault({ kind: 'hang' })]);
  t.same(answered(await service.call(fonnte.buildPayload({ sender: LINKED }))), ACCEPTED);
  await Promise.all([gemini.clearFaults(), fonnte.clearFaults()]);
  await fonnte.waitForSent(({ target }) => target === LINKED);
});

t.test('a payload without a message is ignored and logged with its reason', async (t) => {
  const service = await startService(t, upstreams, { FONNTE_DEVICES: fonnte.device });
  const old = Math.floor((Date.now() - 12 * HOUR_MS) / 1000) - 1;
  const cases: [string, unknown][] = [
    ['empty', {}],
    ['empty', null],
    ['empty', undefined],
    ['message-status', { device: fonnte.device, stateid: '3EB0C7', state: 'read' }],
    ['group', fonnte.buildPayload({ sender: '120363400000000000@g.us', isgroup: true })],
    ['self', fonnte.buildPayload({ sender: fonnte.device })],
    ['not-a-phone-number', fonnte.buildPayload({ sender: '98765432101234@lid' })],
    ['stale', fonnte.buildPayload({ sender: LINKED, timestamp: old })],
    ['unknown-event', { submission: 'survei', sender: LINKED, name: 'Contoh', data: [{ Nama: 'Contoh' }] }],
    ['unknown-event', { apa: 'saja' }],
    ['unknown-event', fonnte.buildPayload({ sender: LINKED, device: '6281200000777' })],
  ];
  for (const [reason, body] of cases) {
    const effects = await measureEffects(upstreams, service, async () => {
      t.same(answered(await service.call(body)), ignored(reason), reason);
    });
    const events = reason === 'message-status' ? ['delivery.status', 'webhook.ignored'] : ['webhook.ignored'];
    t.same(effects, { ...NO_EFFECTS, events }, reason);
    t.match(
      service.occurrences.findLast(({ type }) => type === 'webhook.ignored'),
      { reason },
      'with the same reason',
    );
  }
});

t.test('a device event updates health', async (t) => {
  const service = await startService(t, upstreams);
  const device = { device: fonnte.device, timestamp: Math.floor(Date.now() / 1000) };
  const health = async () => (await get(`${service.url}/api/health`)).body;
  t.same(answered(await service.call({ ...device, status: 'disconnect' })), ignored('device-status'));
  t.match(await health(), { status: 'degraded', checks: { device: 'disconnected' } });
  t.match(await service.waitForEvent('device.status'), { status: 'disconnect' });
  t.same(answered(await service.call({ ...device, status: 'connect' })), ignored('device-status'));
  t.match(await health(), { status: 'healthy', checks: { device: 'ok' } });
});

t.test('a stale device event changes nothing', async (t) => {
  const service = await startService(t, upstreams);
  const body = { device: fonnte.device, status: 'disconnect', timestamp: 1_763_800_011 };
  t.same(answered(await service.call(body)), ignored('stale'));
  t.equal(service.app.fonnte.devices[0].device(), 'connect');
});

t.test('without a usable sender, or with nothing said, a call is invalid and has no effect', async (t) => {
  const service = await startService(t, upstreams);
  const cases = [
    { message: 'Halo' },
    { sender: 'abc', message: 'Halo' },
    { sender: '12345', message: 'Halo' },
    { sender: LINKED },
    { sender: LINKED, message: '' },
    { sender: LINKED, message: ' \n ', text: 'non-button message' },
    { sender: LINKED, message: '', choices: [], location: '', url: '' },
  ];
  const effects = await measureEffects(upstreams, service, async () => {
    for (const body of cases) t.same(answered(await service.call(body)), INVALID_MESSAGE, JSON.stringify(body));
  });
  t.same(effects, NO_EFFECTS);
});

t.test('an unlinked number is refused, gets one notice in 6 hours, and its repeat is a duplicate', async (t) => {
  const clock = createManualClock();
  const service = await startService(t, upstreams, {}, { now: clock.now });
  const call = async (message: string) =>
    fonnte.buildPayload({ sender: UNLINKED, message, timestamp: clock.now() / 1000 });
  const first = await call('Halo');
  t.same(answered(await service.call(first)), NOT_LINKED);
  t.same(answered(await service.call(first)), DUPLICATE, 'its repeat');
  t.same(answered(await service.call(await call('Ada orang?'))), NOT_LINKED, 'another message');
  await service.idle();
  t.same(sentTo(upstreams, UNLINKED), [texts.notLinked], 'one notice is sent');

  clock.advance(6 * HOUR_MS - 1);
  t.same(answered(await service.call(await call('Masih ada?'))), NOT_LINKED);
  await service.idle();
  t.equal(sentTo(upstreams, UNLINKED).length, 1, 'just before the 6 hours are over');
  clock.advance(1);
  t.same(answered(await service.call(await call('Halo lagi'))), NOT_LINKED);
  await service.idle();
  t.same(sentTo(upstreams, UNLINKED), [texts.notLinked, texts.notLinked], 'and again after 6 hours');
  t.equal(gemini.requestCount, 0, 'the model is never asked');
});

t.test('an unapproved account is refused and gets one notice in 6 hours', async (t) => {
  const service = await startService(t, upstreams);
  const refused = { status: 403, body: { error: 'Nomor belum terverifikasi.', code: 'NOT_APPROVED' } };
  const first = fonnte.buildPayload({ sender: NOT_APPROVED });
  t.same(answered(await service.call(first)), refused);
  t.same(answered(await service.call(first)), DUPLICATE, 'its repeat');
  t.same(answered(await service.call(fonnte.buildPayload({ sender: NOT_APPROVED, message: 'Lagi' }))), refused);
  await service.idle();
  t.same(sentTo(upstreams, NOT_APPROVED), ['Nomor Anda sudah terhubung, tetapi akun SAPA Anda belum disetujui admin.']);
  t.equal(gemini.requestCount, 0);
});

t.test('a number of two approved accounts is refused as not linked and reported to the operator', async (t) => {
  const [user] = supabase.tables.users;
  if (!user) return t.fail('there are no sample users');
  const phone = '6281200000050';
  const twins = ['satu', 'dua'].map((id) => ({ ...user, id, phone_number: id === 'dua' ? `+${phone}` : phone }));
  supabase.tables.users.push(...twins);
  t.teardown(() => supabase.tables.users.splice(-2));
  const service = await startService(t, upstreams);
  t.same(answered(await service.call(fonnte.buildPayload({ sender: phone }))), NOT_LINKED);
  t.match(await service.waitForEvent('user.ambiguous'), { matches: 2 });
});

t.test('however SAPA stores the number, its user is found', async (t) => {
  const service = await startService(t, upstreams, HELD);
  for (const sender of ['6281200000004', '6281200000005', '+62 812-0000-0006', '0812 0000 0002']) {
    t.same(answered(await service.call(fonnte.buildPayload({ sender }))), ACCEPTED, sender);
  }
});

t.test('1000 characters are accepted; 1001 are refused with one notice, and the repeat is a duplicate', async (t) => {
  const service = await startService(t, upstreams);
  const tooLong = { status: 400, body: { error: 'Pesan terlalu panjang.', code: 'MESSAGE_TOO_LONG' } };
  t.same(answered(await service.call(fonnte.buildPayload({ sender: LINKED, message: 'a'.repeat(1000) }))), ACCEPTED);
  await service.idle();
  await fonnte.reset();
  const long = fonnte.buildPayload({ sender: LINKED, message: 'a'.repeat(1001) });
  const effects = await measureEffects(upstreams, service, async () => {
    t.same(answered(await service.call(long)), tooLong);
    t.same(answered(await service.call(long)), DUPLICATE, 'its repeat');
  });
  t.same(sentTo(upstreams, LINKED), [texts.tooLong.replace('{max}', '1000')]);
  t.match(effects, { gemini: 0, pending: 0 });
});

t.test('emoji count as characters; of a contact card its names and numbers count, and reach the model', async (t) => {
  const service = await startService(t, upstreams, HELD);
  const statusOf = async (message: string) =>
    (await service.call(fonnte.buildPayload({ sender: LINKED, message }))).status;
  const photo = Array.from({ length: 300 }, () => ` ${'QUJD'.repeat(18)}`).join('\r\n');
  const card = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    'N:Contoh;Budi;;;',
    'FN:Budi Contoh\\, S.E.',
    'item1.TEL;type=CELL;waid=6281200000055:+62 812-0000-0055',
    'TEL:021-555000',
    'EMAIL:budi@contoh.id',
    `PHOTO;ENCODING=b;TYPE=JPEG:${photo.trim()}`,
    'END:VCARD',
  ].join('\r\n');
  t.equal(await statusOf(card), 200);
  t.equal(await statusOf(`Siapa ini?\n${card}\n${card.toLowerCase()}`), 200);
  t.equal(await statusOf('🙂'.repeat(1000)), 200);
  const contact = 'Kontak: Budi Contoh, S.E., +62 812-0000-0055, 021-555000';
  const pending = await loadPendingMessages(service.app.store.turns, LINKED);
  t.same(
    pending.slice(0, 2).map(({ text }) => text),
    [contact, `Siapa ini?\n${contact}\n${contact.toLowerCase().replace('kontak', 'Kontak')}`],
  );
  t.equal(await statusOf('🙂'.repeat(1001)), 400);
  t.equal(await statusOf(`${'a'.repeat(1001)}\n${card}`), 400, 'the text beside a card counts');
});

t.test('the model gets the names and numbers of a contact card, without its photo', async (t) => {
  const service = await startService(t, upstreams);
  const photo = Array.from({ length: 300 }, () => ` ${'QUJD'.repeat(18)}`).join('\r\n');
  const card = `BEGIN:VCARD\r\nFN:Budi Contoh\r\nTEL:+62 812-0000-0055\r\nPHOTO;ENCODING=b:${photo.trim()}\r\nEND:VCARD`;
  t.equal((await service.call(fonnte.buildPayload({ sender: LINKED, message: card }))).status, 200);
  await service.waitForEvent('turn.finished');
  const request = JSON.stringify(gemini.requests.at(-1)?.body);
  t.match(request, 'Kontak: Budi Contoh, +62 812-0000-0055');
  t.notMatch(request, /QUJD|VCARD/);
});

t.test('«too long» is sent at most once in ten minutes, however many different long texts come', async (t) => {
  const clock = createManualClock();
  const service = await startService(t, upstreams, {}, { now: clock.now });
  const tooLong = async (message: string) =>
    (await service.call(fonnte.buildPayload({ sender: LINKED, message, timestamp: clock.now() / 1000 }))).body.code;
  const begin = clock.now();
  for (let count = 0; count < 50; count += 1) {
    t.equal(await tooLong(`${count}${'a'.repeat(1000)}`), 'MESSAGE_TOO_LONG');
    await service.idle();
    clock.advance(11_000);
  }
  t.equal(sentTo(upstreams, LINKED).length, 1);
  clock.advance(begin + 10 * 60_000 - 1 - clock.now());
  await tooLong('b'.repeat(1001));
  await service.idle();
  t.equal(sentTo(upstreams, LINKED).length, 1, 'just before the ten minutes are over');
  clock.advance(1);
  await tooLong('c'.repeat(1001));
  await service.idle();
  t.equal(sentTo(upstreams, LINKED).length, 2, 'and again after them');
});

t.test('a foreign sender is not taken for the Indonesian number that ends alike', async (t) => {
  const [user] = supabase.tables.users;
  if (!user) return t.fail('there are no sample users');
  supabase.tables.users.push({ ...user, id: 'indonesia', phone_number: '085200000051' });
  t.teardown(() => supabase.tables.users.splice(-1));
  const service = await startService(t, upstreams, HELD);
  const call = async (sender: string | number) =>
    answered(await service.call(fonnte.buildPayload({ sender } as object)));
  t.same(await call('6285200000051'), ACCEPTED);
  t.same(await call('85200000051'), NOT_LINKED, 'Hong Kong');
  t.same(await call(85200000051), NOT_LINKED, 'as a JSON number');
});

t.test("a sender with WhatsApp's suffix is that phone number, for every suffix that names one", async (t) => {
  const service = await startService(t, upstreams, HELD);
  for (const suffix of ['@s.whatsapp.net', '@c.us', ':12@s.whatsapp.net', ':12']) {
    t.same(answered(await service.call(fonnte.buildPayload({ sender: LINKED + suffix }))), ACCEPTED, suffix);
  }
  t.equal((await loadPendingMessages(service.app.store.turns, LINKED)).length, 4);
  for (const suffix of ['@lid', ':12@lid', '@broadcast', '@newsletter']) {
    t.same(
      answered(await service.call(fonnte.buildPayload({ sender: LINKED + suffix }))),
      ignored('not-a-phone-number'),
    );
  }
});

t.test('a too long text of an unlinked or unapproved number is refused without a notice', async (t) => {
  const service = await startService(t, upstreams);
  const effects = await measureEffects(upstreams, service, async () => {
    for (const sender of [UNLINKED, NOT_APPROVED]) {
      const answer = await service.call(fonnte.buildPayload({ sender, message: 'a'.repeat(1001) }));
      t.match(answer, { status: 400, body: { code: 'MESSAGE_TOO_LONG' } }, sender);
    }
  });
  t.notOk(effects.events.includes('turn.started'));
  t.match(effects, { fonnte: 0, gemini: 0, pending: 0 });
});

t.test('MAX_MESSAGE_LENGTH moves that limit', async (t) => {
  const service = await startService(t, upstreams, { ...HELD, MAX_MESSAGE_LENGTH: 5 });
  t.same(answered(await service.call(fonnte.buildPayload({ sender: LINKED, message: '12345' }))), ACCEPTED);
  t.match(await service.call(fonnte.buildPayload({ sender: LINKED, message: '123456' })), {
    body: { code: 'MESSAGE_TOO_LONG' },
  });
});

t.test('the rows are checked in the order of the table', async (t) => {
  const service = await startService(t, upstreams, { ...HELD, RATE_LIMIT_PER_MINUTE: 1, MAX_INBOX: 1 });
  const first = fonnte.buildPayload({ sender: LINKED, message: 'Pertama' });
  const long = 'a'.repeat(1001);
  t.same(answered(await service.call(first)), ACCEPTED);
  t.same(answered(await service.call(first)), DUPLICATE, 'seen before, though the sender is over the limit');
  const codeOf = async (body: unknown, options = {}) => (await service.call(body, options)).body.code;
  t.equal(await codeOf('[', { secret: 'salah' }), 'UNSUPPORTED_MEDIA_TYPE', 'the body before the secret');
  t.equal(await codeOf({}, { secret: 'salah' }), 'UNAUTHORIZED', 'the secret before what is ignored');
  t.equal(await codeOf({ sender: 'abc', message: 'x' }, { secret: 'salah' }), 'UNAUTHORIZED');
  t.same(
    answered(await service.call({ isgroup: true, sender: 'abc', device: 'x' })),
    ignored('group'),
    'before invalid',
  );
  t.equal(await codeOf(fonnte.buildPayload({ sender: LINKED, message: long })), 'RATE_LIMITED', 'before too long');
  t.equal(
    await codeOf(fonnte.buildPayload({ sender: UNLINKED, message: long })),
    'MESSAGE_TOO_LONG',
    'before not linked',
  );
  t.equal(await codeOf(fonnte.buildPayload({ sender: UNLINKED })), 'NOT_LINKED', 'before a full inbox');
  t.equal(await codeOf(fonnte.buildPayload({ sender: OTHER_LINKED })), 'INBOX_UNAVAILABLE');
});

t.test("FONNTE's fifteen repeats of a refusal end with the first duplicate, or are refused each time", async (t) => {
  const clock = createManualClock();
  const limits = { ...HELD, RATE_LIMIT_PER_MINUTE: 1, MAX_INBOX: 1 };
  const service = await startService(t, upstreams, limits, { now: clock.now });
  const webhook = `${service.url}/webhook/whatsapp?secret=rahasia-uji-coba`;
  const deliver = async (fields: object) =>
    (await fonnte.deliver(webhook, fonnte.buildPayload(fields), { retryEveryMs: 0 })).statuses;
  const sixteen = (status: number) => Array.from({ length: 16 }, () => status);
  t.same(await deliver({ sender: LINKED }), [200]);
  t.same(await deliver({ sender: LINKED, message: 'Lagi' }), sixteen(429));
  t.same(await deliver({ sender: OTHER_LINKED }), sixteen(503));
  t.same(await deliver({ sender: UNLINKED }), [403, 200]);
  t.same(await deliver({ sender: UNLINKED, message: 'Lagi', inboxid: 0, timestamp: 0 }), [403, 200]);
  t.same(await deliver({ sender: UNLINKED, message: 'a'.repeat(1001) }), [400, 200]);
  t.same(await deliver({ sender: 'abc' }), sixteen(400));
});

t.test('messages keep their order of arrival, independent of the lookup times', async (t) => {
  const service = await startService(t, upstreams, HELD);
  await supabase.setFault({ kind: 'hang' }, { times: 1 });
  const hasArrived = waitForSequenceNumbers(service, 1);
  const first = service.call(fonnte.buildPayload({ sender: LINKED, message: 'pertama' }));
  await hasArrived;
  await supabase.waitForRequest(() => true);
  service.app.supabase.forget(senderOf(LINKED));
  t.same(answered(await service.call(fonnte.buildPayload({ sender: LINKED, message: 'kedua' }))), ACCEPTED);
  await supabase.clearFaults();
  t.same(answered(await first), ACCEPTED);
  const pending = await loadPendingMessages(service.app.store.turns, LINKED);
  t.same(
    pending.map(({ text }) => text),
    ['pertama', 'kedua'],
  );
});

t.test('calls of one sender share one look-up', async (t) => {
  const service = await startService(t, upstreams, HELD);
  await supabase.setFault({ kind: 'hang' });
  const allArrived = waitForSequenceNumbers(service, 8);
  const calls = Array.from({ length: 8 }, () => service.call(fonnte.buildPayload({ sender: LINKED })));
  await allArrived;
  await supabase.waitForRequest(() => true);
  await supabase.clearFaults();
  for (const call of calls) t.same(answered(await call), ACCEPTED);
  t.equal(supabase.requestCount, 1);
});

t.test('during shutdown the service rejects requests with Retry-After', async (t) => {
  const service = await startService(t, upstreams);
  await gemini.setFault({ kind: 'hang' });
  await service.call(fonnte.buildPayload({ sender: LINKED }));
  await gemini.waitForRequest(() => true);
  const closing = service.close();
  const answer = await service.call(fonnte.buildPayload({ sender: OTHER_LINKED }));
  t.match(answer, { status: 503, body: { code: 'INBOX_UNAVAILABLE' } });
  t.match(answer.headers.get('retry-after'), /^[1-9]\d*$/);
  await gemini.clearFaults();
  await closing;
});
