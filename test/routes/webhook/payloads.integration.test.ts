import t, { type Test } from 'tap';
import { toForm } from '../../../sandbox/fonnte-payload.ts';
import type { ConversationKey } from '../../../src/conversation-key.ts';
import type { Attachment } from '../../../src/types.ts';
import payloads from '../../corpus/fonnte-payloads.json' with { type: 'json' };
import { keyOf } from '../../support/conversation.ts';
import { startFakeUpstreams } from '../../support/fake-upstreams.ts';
import { loadPendingMessages } from '../../support/pending-messages.ts';
import { type Service, startService } from '../../support/service.ts';
import { ACCEPTED, answered, DUPLICATE, ignored } from '../../support/webhook-responses.ts';

type Payload = Record<string, unknown>;
const { _note, ...given } = payloads;
/** Real payloads by name, with invented numbers. @see fonnte.md */
const PAYLOADS: Record<string, Payload> = given;

/** The expected result of each payload: the text (and attachment) of a message, or the reason to ignore it. */
const EXPECTED: Record<string, { text: string; attachment?: Partial<Attachment> } | string> = {
  private_text: { text: 'Halo' },
  private_text_2026: { text: 'Tolong kirim laporan anggaran terbaru' },
  plan_curl: { text: 'Tolong kirim laporan anggaran terbaru' },
  without_old_names: { text: 'halo' },
  group: 'group',
  document: {
    text: 'tolong ringkas',
    attachment: {
      type: 'document',
      url: 'https://api.fonnte.com/file/kontrak.pdf',
      filename: 'kontrak.pdf',
      extension: 'pdf',
    },
  },
  voice: { text: '', attachment: { type: 'audio', url: 'https://api.fonnte.com/file/suara.ogg', extension: 'ogg' } },
  image_without_package: { text: '', attachment: { type: 'image', url: '' } },
  location: { text: '', attachment: { type: 'location', location: '-6.2607,106.8134' } },
  location_undefined: { text: 'halo' },
  poll_answer: { text: 'Rapat kapan? Senin, Selasa' },
  own_echo: 'self',
  hidden_number: 'not-a-phone-number',
  device_connect: 'device-status',
  device_disconnect: 'device-status',
  message_status_first: 'message-status',
  message_status_later: 'message-status',
  submission: 'unknown-event',
  empty: 'empty',
  // FONNTE's response to a send: as a webhook payload it has no sender and no text.
  send_ok: 'unknown-event',
  send_disconnected: 'unknown-event',
  send_bad_token: 'unknown-event',
};

/** The same call in the forms in which integrators have seen it. */
const FORMS: Record<string, (payload: Payload) => unknown> = {
  JSON: (payload) => payload,
  'form fields': (payload) => new URLSearchParams(toForm(payload)),
  "form fields as PHP's http_build_query writes them": (payload) => new URLSearchParams(phpForm(payload)),
};

function phpForm(payload: Payload): [string, string][] {
  const scalar = (value: unknown) => (typeof value === 'boolean' ? String(Number(value)) : String(value));
  return Object.entries(payload).flatMap(([name, value]): [string, string][] => {
    if (value === null) return [];
    if (!Array.isArray(value)) return [[name, scalar(value)]];
    return value.map((item, index) => [`${name}[${index}]`, scalar(item)]);
  });
}

const OLDEST_SECONDS = 1_763_800_000;
/** With its timestamp moved by what lies between the time of recording and `now`, ms. */
function shifted(payload: Payload, now: number): Payload {
  if (typeof payload.timestamp !== 'number') return payload;
  return { ...payload, timestamp: Math.floor(now / 1000) - 60 + (payload.timestamp - OLDEST_SECONDS) };
}

const upstreams = await startFakeUpstreams(t);
const [user] = upstreams.supabase.tables.users;
if (!user) throw new Error('there are no sample users');
for (const phone_number of ['6281234567890', '628123456789']) {
  upstreams.supabase.tables.users.push({ ...user, id: `contoh-${phone_number}`, phone_number });
}

/** A service whose replies wait for their window: accepted messages can be looked at in its inbox. */
const start = (t: Test) => startService(t, upstreams, { COALESCE_WINDOW_MS: 10_000, RATE_LIMIT_PER_MINUTE: 100 });
const pending = (service: Service, sender: ConversationKey) => loadPendingMessages(service.app.store.turns, sender);

t.test('every payload has its expected answer here', async (t) => {
  t.same(Object.keys(EXPECTED), Object.keys(PAYLOADS));
});

for (const [form, write] of Object.entries(FORMS)) {
  t.test(`every payload as ${form} gets the answer of the table`, async (t) => {
    const service = await start(t);
    for (const [name, payload] of Object.entries(PAYLOADS)) {
      const expected = EXPECTED[name];
      if (expected === undefined) return t.fail(`${name} is not expected`);
      const sender = keyOf(String(payload.sender ?? ''));
      const before = await pending(service, sender);
      const answer = answered(await service.call(write(shifted(payload, Date.now()))));
      const after = await pending(service, sender);
      if (typeof expected === 'string') {
        t.same(answer, ignored(expected), name);
        t.equal(after.length, before.length, `${name} is not stored`);
      } else {
        t.same(answer, ACCEPTED, name);
        t.equal(after.length, before.length + 1, `${name} is stored`);
        const { text, attachment = null } = expected;
        t.match(after.at(-1), { sender, text }, `${name} is stored as it was written`);
        if (attachment) t.match(after.at(-1)?.attachment, attachment, `${name} has its attachment`);
        else t.equal(after.at(-1)?.attachment, null, `${name} has no attachment`);
      }
    }
  });

  t.test(`every payload as ${form} that comes again is not stored again`, async (t) => {
    const service = await start(t);
    const now = Date.now();
    for (const [name, payload] of Object.entries(PAYLOADS)) {
      if (typeof EXPECTED[name] === 'string') continue;
      const body = write(shifted(payload, now));
      await service.call(body);
      const { timestamp, inboxid } = payload;
      const hasIdentity = timestamp !== undefined || Number(inboxid) > 0;
      // Without id and time it can only be a second message: the first was answered 200.
      t.same(answered(await service.call(body)), hasIdentity ? DUPLICATE : ACCEPTED, name);
    }
  });

  t.test(`every payload as ${form} that is over 12 hours old is ignored`, async (t) => {
    const service = await start(t);
    for (const [name, payload] of Object.entries(PAYLOADS)) {
      if (payload.timestamp === undefined) continue;
      const expected = EXPECTED[name];
      const isEarlier = typeof expected === 'string' && expected !== 'device-status';
      t.same(answered(await service.call(write(payload))), ignored(isEarlier ? expected : 'stale'), name);
    }
    t.same(
      service.occurrences.filter(({ type }) => type === 'device.status'),
      [],
      'an old device event changes nothing',
    );
    t.equal((await service.app.store.inbox.status()).pending, 0);
  });
}
