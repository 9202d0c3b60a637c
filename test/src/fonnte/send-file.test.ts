import t, { type Test } from 'tap';
import type { RecordedRequest } from '../../../sandbox/fake-server.ts';
import { startFakeFonnte } from '../../../sandbox/fonnte.ts';
import type { MultipartForm } from '../../../sandbox/http-io.ts';
import { createReplyParts } from '../../../src/conversation/reply/reply-parts.ts';
import { createEvents, type EventRecord } from '../../../src/events.ts';
import { createFonnteClient, MAX_UPLOAD_BYTES } from '../../../src/fonnte/client.ts';
import { createFormatter } from '../../../src/fonnte/format/format.ts';
import { createSendReply } from '../../../src/fonnte/send-reply.ts';
import { texts } from '../../../src/texts.ts';
import type { FilePart, ReplyPart } from '../../../src/types.ts';
import { createHttpClient } from '../../../src/upstream/http-client.ts';
import { createUpstreamGuard } from '../../../src/upstream/upstream.ts';

const TARGET = '6281200000001';
const FILE: FilePart = {
  name: 'grafik.png',
  mediaType: 'image/png',
  caption: 'Realisasi 2026 = 45% & «naik» 📊 {name}\nbaris kedua',
  fallback: '▇▇▇ 45%',
};
/** Every byte, also those that end a line or are no text. */
const BYTES = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7) % 256);

/** @returns the form of the only upload */
function uploadedForm(fonnte: { requests: readonly RecordedRequest[] }): MultipartForm {
  const [upload, ...more] = uploads(fonnte);
  if (!upload || more.length > 0) throw new Error('one upload was expected');
  return upload.body as MultipartForm;
}

/** Starts a fake FONNTE of this package and the sending of replies to it. */
async function setUp(t: Test, packageName = 'Super') {
  const fonnte = await startFakeFonnte();
  fonnte.package = packageName;
  const events = createEvents();
  const emitted: EventRecord[] = [];
  events.on((event) => emitted.push(event));
  const upstream = createUpstreamGuard({ name: 'fonnte', timeoutMs: 5_000, events });
  const client = createFonnteClient({
    apiUrl: `${fonnte.url}/send`,
    token: fonnte.token,
    http: createHttpClient({ connections: 8 }),
    upstream,
    bestEffortUpstream: upstream,
    minQuota: 0,
  });
  t.teardown(() => Promise.all([fonnte.close(), client.close()]));
  const reply = createSendReply({ fonnte: client, label: {}, partIntervalMs: 0, events, pause: async () => undefined });
  let sentParts = 0;
  return {
    fonnte,
    client,
    replaced: () => emitted.filter(({ type }) => type === 'file.replaced'),
    sentParts: () => sentParts,
    /** Sends what is left of a reply of a text and a file, and returns the received texts and file names. */
    async send(parts: readonly ReplyPart[] = ['Sisa Rp1.', FILE], data: typeof BYTES | null = BYTES) {
      await reply({
        target: TARGET,
        parts,
        loadFile: async () => data,
        startAt: sentParts,
        inboxid: 12,
        maySend: () => true,
        onPartSent: async (sent) => {
          sentParts = sent;
          return true;
        },
      });
      return fonnte.sent.map(({ message, file }) => (file ? `${file.name}: ${message}` : message));
    },
  };
}

const uploads = ({ requests }: { requests: readonly RecordedRequest[] }) =>
  requests.filter(({ headers }) => headers['content-type']?.startsWith('multipart/form-data'));

t.test('a file is uploaded after the text, with its caption and every byte of it', async (t) => {
  const { fonnte, send, replaced } = await setUp(t);
  const caption = 'Realisasi 2026 = 45% & «naik» 📊 ｛name｝\nbaris kedua';
  t.same(await send(), ['Sisa Rp1.', `grafik.png: ${caption}`]);
  const [upload] = uploads(fonnte);
  t.equal(upload?.headers.authorization, fonnte.token);
  t.match(upload?.headers['content-length'], /^\d{6}$/, 'the length is declared');
  const { fields, files } = uploadedForm(fonnte);
  t.match(fields, { target: TARGET, countryCode: '0', filename: 'grafik.png', message: caption });
  t.match(files.file, { name: 'grafik.png', mediaType: 'image/png' });
  t.ok(files.file?.data.equals(BYTES));
  t.same(replaced(), []);
});

t.test('a reply that is only a file quotes the message', async (t) => {
  const { fonnte, send } = await setUp(t);
  await send([FILE]);
  t.match(fonnte.sent, [{ inboxid: 12, file: { name: 'grafik.png' } }]);
});

t.test('a retry sends the whole file again, and no part twice', async (t) => {
  const { fonnte, send, sentParts } = await setUp(t);
  for (const fault of [{ kind: 'status', status: 503 }, { kind: 'refuse' }] as const) {
    await fonnte.setFault(fault, {
      match: ({ headers }) => !!headers['content-type']?.startsWith('multipart'),
      times: 1,
    });
    await t.rejects(send());
    t.equal(sentParts(), 1);
  }
  t.match(await send(), ['Sisa Rp1.', /^grafik\.png: /]);
  t.equal(sentParts(), 2);
  const bodies = uploads(fonnte).map(({ body }) => (body as MultipartForm).files.file?.data.equals(BYTES));
  t.same(bodies, [true, true, true]);
});

t.test('without a package for files the text is sent, and no file is uploaded', async (t) => {
  for (const name of ['Super', 'super plan', 'ADVANCED', 'Ultra', '']) {
    const { client } = await setUp(t, name);
    t.ok(client.acceptsFiles(), 'not known yet');
    await client.fetchProfile();
    t.ok(client.acceptsFiles(), name);
  }
  for (const name of ['Free', 'Lite', 'Regular', 'Regular Pro', 'Master']) {
    const { fonnte, client, send, replaced } = await setUp(t, name);
    await client.fetchProfile();
    t.notOk(client.acceptsFiles(), name);
    t.same(await send(), ['Sisa Rp1.', FILE.fallback]);
    t.equal(uploads(fonnte).length, 0);
    t.match(replaced(), [{ mediaType: 'image/png', reason: 'package' }]);
  }
});

t.test('a file that FONNTE rejects is replaced by its text at once', async (t) => {
  await t.test('because of the package, which is not known yet', async (t) => {
    const { send, replaced } = await setUp(t, 'Regular');
    t.same(await send(), ['Sisa Rp1.', FILE.fallback]);
    t.match(replaced(), [{ reason: 'rejected' }]);
  });
  await t.test('because of its size or type', async (t) => {
    const { send, replaced } = await setUp(t);
    t.same(await send(undefined, new Uint8Array(4 * 1024 * 1024)), ['Sisa Rp1.', FILE.fallback]);
    const other = await setUp(t);
    t.same(await other.send([{ ...FILE, name: 'grafik.svg' }]), [FILE.fallback]);
    t.match([...replaced(), ...other.replaced()], [{ reason: 'rejected' }, { reason: 'rejected' }]);
  });
  await t.test('by a server in front of it', async (t) => {
    const { fonnte, send } = await setUp(t);
    await fonnte.setFault(
      { kind: 'status', status: 413 },
      { match: ({ headers }) => !!headers['content-type']?.startsWith('multipart') },
    );
    t.same(await send(), ['Sisa Rp1.', FILE.fallback]);
  });
  await t.test('but not for a reason that concerns the text too', async (t) => {
    for (const reason of [
      'invalid token',
      'target invalid',
      'insufficient quota',
      'request invalid on disconnected device',
    ]) {
      const { fonnte, send, replaced } = await setUp(t);
      await fonnte.setFault({ kind: 'reject', body: { status: false, reason } });
      t.match(await send([FILE]).catch((error: unknown) => error), { upstream: 'fonnte', reason });
      t.equal(fonnte.requestCount, 1, reason);
      t.same(replaced(), []);
    }
  });
});

t.test('a file whose bytes are lost is replaced by its text', async (t) => {
  const { send, replaced } = await setUp(t);
  t.same(await send(undefined, null), ['Sisa Rp1.', FILE.fallback]);
  t.match(replaced(), [{ reason: 'lost' }]);
});

t.test('the parts of a reply', async (t) => {
  const toReplyParts = createReplyParts({ texts, format: createFormatter('') });
  const attachment = (bytes: number) => ({
    caption: '**Grafik** realisasi',
    fallback: '**A** ▇▇▇',
    file: { name: 'a.png', mediaType: 'image/png', data: new Uint8Array(bytes) },
  });
  const part = { name: 'a.png', mediaType: 'image/png', caption: '*Grafik* realisasi', fallback: '*A* ▇▇▇' };
  const small = attachment(8);
  t.same(toReplyParts({ text: 'Teks', attachments: [small] }), {
    parts: ['Teks', part],
    files: [{ part: 1, data: small.file.data }],
  });
  t.same(toReplyParts({ text: '', attachments: [small] }).parts, [part], 'the file is the reply');
  t.same(toReplyParts({ text: '' }).parts, [texts.noAnswer]);
  t.same(toReplyParts({ text: 'Teks', attachments: [{ ...small, file: null }] }), {
    parts: ['Teks', '*A* ▇▇▇'],
    files: [],
  });
  t.equal(toReplyParts({ text: 'Teks', attachments: [attachment(MAX_UPLOAD_BYTES)] }).files.length, 1);
  t.same(toReplyParts({ text: 'Teks', attachments: [attachment(MAX_UPLOAD_BYTES + 1)] }), {
    parts: ['Teks', '*A* ▇▇▇'],
    files: [],
  });
  const long = { ...small, fallback: Array.from({ length: 900 }, (_, row) => `Baris ${row} ▇▇▇`).join('\n\n') };
  const [cut] = toReplyParts({ text: '', attachments: [{ ...long, file: null }] }).parts;
  t.ok(typeof cut === 'string' && cut.length <= 3_500 && cut.endsWith(texts.cut), 'one message');
});
