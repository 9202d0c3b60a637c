import fc from 'fast-check';
import t from 'tap';
import { parseWebhook, type WebhookContent } from '../../../src/fonnte/parse-webhook.ts';

const NOW = Date.UTC(2026, 10, 22, 9);
const HOUR_MS = 60 * 60 * 1000;
const DEVICE = '6281200000100';
const SENDER = '6281200000001';

const read = (body: unknown, devices: string[] = []): WebhookContent =>
  parseWebhook(body, { now: NOW, devices }).content;
/** A webhook body with other fields. */
const call = (fields: Record<string, unknown>) => read({ device: DEVICE, sender: SENDER, message: 'Halo', ...fields });

function messageOf(inbound: WebhookContent) {
  if (inbound.kind !== 'message') throw new Error(`a message was read as ${JSON.stringify(inbound)}`);
  return inbound.message;
}
function keyOf(inbound: WebhookContent) {
  if (inbound.kind !== 'message') throw new Error(`a message was read as ${JSON.stringify(inbound)}`);
  return inbound.fingerprint;
}
const reasonOf = (inbound: WebhookContent) => (inbound.kind === 'ignored' ? inbound.reason : inbound.kind);

t.test('sender takes precedence over pengirim, and message over pesan, unless they are empty', async (t) => {
  const both = messageOf(read({ sender: SENDER, pengirim: '6281200000002', message: 'baru', pesan: 'lama' }));
  t.match(both, { sender: SENDER, text: 'baru' });
  t.match(messageOf(read({ pengirim: SENDER, pesan: 'lama' })), { sender: SENDER, text: 'lama' });
  for (const empty of ['', '  ', null, undefined, {}, false]) {
    const message = messageOf(read({ sender: empty, pengirim: SENDER, message: empty, pesan: 'lama' }));
    t.match(message, { sender: SENDER, text: 'lama' }, JSON.stringify(empty));
  }
});

t.test('the constant «text» is never content', async (t) => {
  t.same(read({ sender: SENDER, text: 'non-button message' }), { kind: 'invalid' });
});

t.test('JSON numbers are parsed like strings', async (t) => {
  t.match(messageOf(read({ sender: 6281200000001, message: 12, device: 6281200000100 })), {
    sender: SENDER,
    text: '12',
    device: DEVICE,
  });
});

t.test('a body without fields, or with a secret only, is empty', async (t) => {
  for (const body of [undefined, null, {}, { secret: 'x' }, 'teks', 5]) t.equal(reasonOf(read(body)), 'empty');
});

t.test('each kind of event is recognized', async (t) => {
  const device = { device: DEVICE, status: 'disconnect', timestamp: NOW / 1000, reason: 'logged out' };
  t.same(read(device), { kind: 'ignored', reason: 'device-status', device: 'disconnect' });
  t.same(read({ device: DEVICE, status: 'Connect' }), { kind: 'ignored', reason: 'device-status', device: 'connect' });
  t.same(read({ device: DEVICE, id: '80367170', stateid: '3EB0C7', status: 'sent', state: 'sent' }), {
    kind: 'ignored',
    reason: 'message-status',
    delivery: 'sent',
  });
  t.match(read({ id: ['80367170'], stateid: '3EB0C7', status: 'sent' }), { reason: 'message-status' });
  t.match(read({ stateid: '3EB0C7', state: 'READ' }), { reason: 'message-status', delivery: 'read' });
  t.match(
    read({ stateid: '3EB0C7', state: 'halo 6281200000001' }),
    { delivery: 'other' },
    'unknown words are not reported',
  );
  t.match(read({ submission: 'survei', sender: SENDER, name: 'Contoh', data: [{ Nama: 'Contoh' }] }), {
    reason: 'unknown-event',
  });
  t.match(read({ device: DEVICE, apa: 'saja' }), { reason: 'unknown-event' });
  t.match(read({ status: true, id: ['80367170'], detail: 'success! message in queue' }), { reason: 'unknown-event' });
  t.match(read({ status: 'true', id: ['80367170'] }), { reason: 'unknown-event' }, 'the same from a form');
});

t.test('a message about a status or a submission is a message', async (t) => {
  t.equal(call({ status: 'disconnect' }).kind, 'message');
  t.equal(call({ submission: 'survei' }).kind, 'message');
  t.equal(call({ stateid: '3EB0C7' }).kind, 'message');
});

t.test('groups, hidden numbers and our own echo are ignored', async (t) => {
  for (const isgroup of [true, 'true', 'True', 1, '1']) t.equal(reasonOf(call({ isgroup })), 'group', String(isgroup));
  for (const isgroup of [false, 'false', 0, '0', '', null]) t.equal(reasonOf(call({ isgroup })), 'message');
  t.equal(reasonOf(call({ sender: '120363400000000000@g.us' })), 'group');
  for (const hidden of ['98765432101234@lid', '98765432101234:3@lid', 'status@broadcast', `${SENDER}@newsletter`]) {
    t.equal(reasonOf(call({ sender: hidden })), 'not-a-phone-number', hidden);
  }
  t.equal(reasonOf(call({ sender: DEVICE })), 'self');
  t.equal(reasonOf(call({ sender: `${DEVICE}:12@s.whatsapp.net` })), 'self', 'with the suffix of a linked device');
  t.equal(reasonOf(call({ sender: DEVICE, device: `${DEVICE}@c.us` })), 'self', 'the device with a suffix');
  t.equal(
    reasonOf(read({ device: DEVICE, sender: '6281200000101', message: 'Halo' }, [DEVICE, '6281200000101'])),
    'self',
    'another device of ours: the two would answer each other',
  );
  t.equal(reasonOf(call({ sender: '+62 812-0000-0100' })), 'self', 'however it is written');
  t.equal(reasonOf(call({ sender: DEVICE, message: '' })), 'self', 'text or not');
});

t.test("WhatsApp's suffixes are removed from a sender; a foreign number stays foreign", async (t) => {
  for (const suffix of ['@s.whatsapp.net', '@c.us', ':12@s.whatsapp.net', ':12']) {
    t.equal(messageOf(call({ sender: SENDER + suffix })).sender, SENDER, suffix);
    t.equal(messageOf(call({ sender: undefined, pengirim: SENDER + suffix })).sender, SENDER, `pengirim ${suffix}`);
  }
  t.equal(messageOf(call({ sender: '85261234567' })).sender, '85261234567', 'Hong Kong');
  t.equal(messageOf(call({ sender: 85261234567 })).sender, '85261234567', 'as a JSON number');
  t.equal(messageOf(call({ sender: '081200000001' })).sender, SENDER);
  t.same(call({ sender: 'abc@c.us' }), { kind: 'invalid' });
});

t.test('a text that ends in «Sent via fonnte.com» from another number is an ordinary message', async (t) => {
  t.match(messageOf(call({ message: 'Halo\n\nSent via fonnte.com' })), { text: 'Halo\n\nSent via fonnte.com' });
});

t.test(
  'a timestamp over 12 hours old is stale, in seconds or milliseconds; a missing or future one is not',
  async (t) => {
    const exactly = NOW - 12 * HOUR_MS;
    for (const unit of [1000, 1]) {
      t.equal(reasonOf(call({ timestamp: exactly / unit })), 'message', '12 hours');
      t.equal(reasonOf(call({ timestamp: String(exactly / unit - 1000 / unit) })), 'stale', '12 hours and a second');
      t.equal(reasonOf(call({ timestamp: (NOW + 24 * HOUR_MS) / unit })), 'message', 'a clock that is ahead');
    }
    for (const none of [0, '', 'kemarin', null, -5, Number.NaN, true]) {
      t.equal(reasonOf(call({ timestamp: none })), 'message', String(none));
    }
    t.equal(reasonOf(read({ device: DEVICE, status: 'disconnect', timestamp: 1_700_000_000 })), 'stale', 'events too');
  },
);

t.test('a sender that is not a number, or a call without content, is invalid', async (t) => {
  for (const sender of ['abc', '12345', '9'.repeat(500), '+', '١٢٣٤٥٦٧٨', '6281200000001;drop', 1e300]) {
    t.same(call({ sender }), { kind: 'invalid' }, String(sender).slice(0, 20));
  }
  for (const message of ['', ' ', '\n\t\r', '\u0000', '\u0007\u001b', '\u200b\u2060', {}, [], true]) {
    t.same(call({ message }), { kind: 'invalid' }, JSON.stringify(message));
  }
  t.same(read({ message: 'Halo' }), { kind: 'invalid' }, 'a text without a sender');
  t.equal(
    reasonOf(read({ type: 'image', url: 'https://contoh.id/a.png' })),
    'unknown-event',
    'neither sender nor text',
  );
});

t.test('a text is well-formed, without control or invisible characters or surrounding space', async (t) => {
  const text = (message: string) => messageOf(call({ message })).text;
  t.equal(text('  Halo \n'), 'Halo');
  t.equal(text('a\u0000b\u001bc\u007fd\u009fe'), 'abcde');
  t.equal(text('baris 1\r\nbaris 2\rbaris 3\n\tbaris 4'), 'baris 1\nbaris 2\nbaris 3\n\tbaris 4');
  t.equal(text('a\u200bb\u{E0041}c'), 'abc');
  t.equal(text('a\ud800b'), 'a\ufffdb');
  t.equal(text('Keluarga 👨‍👩‍👧 ⚠️'), 'Keluarga 👨‍👩‍👧 ⚠️', 'emoji stay whole');
  t.equal(text('undefined'), 'undefined', 'a person may write that');
});

t.test('an attachment keeps its known fields', async (t) => {
  const url = 'https://api.fonnte.com/file/kontrak.pdf';
  const file = { type: 'document', url, filename: 'kontrak.pdf', extension: 'PDF' };
  t.match(messageOf(call({ ...file, message: 'tolong ringkas' })), {
    text: 'tolong ringkas',
    attachment: { ...file, extension: 'pdf', location: '' },
  });
  t.match(messageOf(call({ message: 'non-text message', type: 'image', url: '' })), {
    text: '',
    attachment: { type: 'image', url: '' },
  });
  t.match(messageOf(call({ message: 'non-text message' })), { text: '', attachment: { type: 'unknown' } });
  t.equal(messageOf(call({ ...file, filename: 'a\n(b)\t c.pdf' })).attachment?.filename, 'a (b) c.pdf', 'on one line');
  t.match(messageOf(call({ message: '', type: 'sticker' })), { text: '', attachment: { type: 'sticker' } });
  for (const nothing of ['', null, 'undefined', 'javascript:alert(1)', 'file:///etc/passwd']) {
    t.equal(messageOf(call({ url: nothing, type: 'text' })).attachment, null, String(nothing));
  }
});

t.test('only valid coordinates are a location', async (t) => {
  t.match(messageOf(call({ message: 'non-text message', location: '-6.2607,106.8134' })), {
    text: '',
    attachment: { type: 'location', location: '-6.2607,106.8134' },
  });
  t.match(messageOf(call({ message: '', location: '-6, 106' })), { attachment: { location: '-6, 106' } });
  for (const location of ['', 'undefined', null, 'Jakarta', '1,2,3', '1;2']) {
    t.equal(messageOf(call({ location })).attachment, null, String(location));
  }
});

t.test('the choices of a poll are the text, with the question', async (t) => {
  t.equal(
    messageOf(call({ message: '', pollname: 'Kapan?', choices: ['Senin', 'Selasa'] })).text,
    'Kapan? Senin, Selasa',
  );
  t.equal(messageOf(call({ message: '', choices: 'Senin' })).text, 'Senin');
  t.equal(messageOf(call({ message: 'Halo', choices: ['Senin'] })).text, 'Halo', 'what was written comes first');
  for (const choices of [[], '', null, [''], [{}], { a: 1 }]) {
    t.same(call({ message: '', pollname: 'Kapan?', choices }), { kind: 'invalid' }, JSON.stringify(choices));
  }
});

t.test('with an allowlist, calls for other devices are unknown events', async (t) => {
  const at = (device: unknown) => reasonOf(read({ device, sender: SENDER, message: 'Halo' }, [DEVICE]));
  t.equal(at(DEVICE), 'message');
  t.equal(at('+62 812-0000-0100'), 'message', 'however it is written');
  t.equal(at('6281200000101'), 'unknown-event');
  t.equal(at('perangkat'), 'unknown-event');
  t.equal(at(undefined), 'message', 'a call that names none');
  t.equal(reasonOf(read({ device: '6281200000101', status: 'disconnect' }, [DEVICE])), 'unknown-event');
});

t.test('a fingerprint with an inboxid covers device, inboxid, sender and text, and keeps the timestamp', async (t) => {
  const one = keyOf(call({ inboxid: 55, timestamp: NOW / 1000 }));
  t.match(one, { ttl: 'day', timestamp: NOW });
  const same = { inboxid: '55', name: 'Lain', url: 'https://contoh.id/a.png', timestamp: String(NOW / 1000) };
  t.same(keyOf(call(same)), one, 'an id as text, another name or file');
  t.match(keyOf(call({ inboxid: 55, timestamp: NOW / 1000 + 9 })), { key: one.key, timestamp: NOW + 9000 });
  t.match(keyOf(call({ inboxid: 55 })), { key: one.key, timestamp: 0 }, 'without a timestamp');
  t.not(keyOf(call({ inboxid: 55, message: 'lain' })).key, one.key);
  t.not(keyOf(call({ inboxid: 55, sender: '6281200000002' })).key, one.key);
  t.not(keyOf(call({ inboxid: 56 })).key, one.key);
  t.not(keyOf(call({ inboxid: 55, device: '6281200000101' })).key, one.key);
});

t.test('a fingerprint with a timestamp covers device, sender, timestamp, text and attachment', async (t) => {
  const timestamp = NOW / 1000;
  const one = keyOf(call({ inboxid: 0, timestamp }));
  t.equal(one.ttl, 'day');
  t.equal(keyOf(call({ timestamp: String(timestamp), inboxid: '0' })).key, one.key);
  t.equal(keyOf(call({ timestamp: NOW })).key, one.key, 'milliseconds are the same time');
  const others = [{ timestamp: timestamp + 1 }, { message: 'lain' }, { sender: '6281200000002' }, { location: '1,2' }];
  for (const other of [...others, { device: '6281200000101' }, { type: 'image' }]) {
    t.not(keyOf(call({ timestamp, ...other })).key, one.key, JSON.stringify(other));
  }
});

t.test('a fingerprint with neither is valid until the 200 response', async (t) => {
  const one = keyOf(call({}));
  t.equal(one.ttl, 'until-acknowledged');
  t.equal(keyOf(call({ inboxid: 0, timestamp: 0 })).key, one.key);
  t.equal(keyOf(call({ inboxid: -1 })).ttl, 'until-acknowledged');
  t.equal(keyOf(call({ inboxid: 1.5 })).ttl, 'until-acknowledged');
  t.not(keyOf(call({ message: 'lain' })).key, one.key);
});

t.test('a fingerprint contains no number and no text', async (t) => {
  for (const { key } of [keyOf(call({})), keyOf(call({ timestamp: NOW })), keyOf(call({ inboxid: 5 }))]) {
    t.notMatch(key, /Halo|6281200000001|6281200000100/);
  }
});

t.test('fingerprints sort in the order of their calls', async (t) => {
  const safe = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
  const seconds = fc.integer({ min: NOW / 1000, max: 1e11 });
  const inOrder = (name: string) => (some: number, other: number) => {
    if (some === other) return true;
    const [one, two] = [keyOf(call({ [name]: some })).key, keyOf(call({ [name]: other })).key];
    return some < other === one < two;
  };
  fc.assert(fc.property(safe, safe, inOrder('inboxid')));
  fc.assert(fc.property(seconds, seconds, inOrder('timestamp')));
  t.ok(keyOf(call({ timestamp: 1e308 })).key.length < 64, 'a key is short, whatever a call says');
});

t.test('inherited properties are not read', async (t) => {
  t.equal(reasonOf(read(JSON.parse('{"__proto__":{"sender":"6281200000001","message":"Halo"}}'))), 'unknown-event');
  t.equal(reasonOf(read(Object.create({ sender: SENDER, message: 'Halo' }))), 'empty');
  t.equal(
    reasonOf(read(JSON.parse(`{"constructor":{"prototype":{}},"sender":"${SENDER}","message":"Halo"}`))),
    'message',
  );
});

t.test(
  'any body is parsed as one of the three kinds, and a message has a number and a text or attachment',
  async () => {
    const names = 'device sender pengirim message pesan text name type url location choices pollname inboxid isgroup';
    const name = fc.constantFrom(
      ...names.split(' '),
      'timestamp',
      'status',
      'stateid',
      'id',
      'submission',
      '__proto__',
    );
    const value = fc.oneof(
      fc.anything(),
      fc.string(),
      fc.constantFrom(SENDER, DEVICE, 'Halo', 'non-text message', 'connect', '1,2', 'https://contoh.id/a'),
    );
    const body = fc.oneof(fc.anything(), fc.dictionary(name, value));
    fc.assert(
      fc.property(body, (given) => {
        const inbound = read(given);
        if (inbound.kind !== 'message') return true;
        const { sender, text, attachment, inboxid } = inbound.message;
        return /^[1-9]\d{7,14}$/.test(sender) && (text !== '' || attachment !== null) && inboxid >= 0;
      }),
      { numRuns: 500 },
    );
  },
);

t.test('a text with an unknown type is a text', async (t) => {
  const inbound = read({ sender: '6281200000001', message: 'Berapa sisa?', type: 'extendedText', url: '' });
  t.match(inbound, { kind: 'message', message: { text: 'Berapa sisa?', attachment: null } });
});
