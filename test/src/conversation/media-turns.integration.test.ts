import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { GenerateRequest } from '../../../sandbox/gemini.ts';
import { unfenced } from '../../../sandbox/rule-based-model.ts';
import { one } from '../../../src/store/types.ts';
import { texts } from '../../../src/texts.ts';
import { trustedCertificate } from '../../support/certificate.ts';
import { LINKED, startFakeUpstreams } from '../../support/fake-upstreams.ts';
import { type FileServer, SAMPLES, startFileServer } from '../../support/file-server.ts';
import { scratchFolder } from '../../support/folders.ts';
import { startService } from '../../support/service.ts';

/** Starts a service with a file server. @returns functions to send a message and to wait for the reply */
async function conversation(t: Test, given: Record<string, unknown> = {}) {
  const upstreams = await startFakeUpstreams(t, { tls: true });
  const files = await startFileServer(t, await trustedCertificate());
  const service = await startService(t, upstreams, { MEDIA_HOSTS: files.host, RATE_LIMIT_PER_MINUTE: 1000, ...given });
  const send = async (message: string, more: object = {}): Promise<string> => {
    const before = upstreams.fonnte.sent.length;
    await service.call(
      upstreams.fonnte.buildPayload({ sender: LINKED, message: message || 'non-text message', ...more }),
    );
    await upstreams.fonnte.waitForSent(() => upstreams.fonnte.sent.length > before);
    await service.idle();
    return upstreams.fonnte.sent
      .slice(before)
      .map((sent) => sent.message)
      .join('\n');
  };
  const lastRequest = () => upstreams.gemini.requests.at(-1)?.body as GenerateRequest;
  const session = async () =>
    (await one(service.app.store.sessions.get([LINKED])))?.entries.map(({ content }) => content);
  return { upstreams, files, service, send, lastRequest, session };
}

/** A message's fields for a file on the server. */
const at = (files: FileServer, type: string, filename: string, bytes: Buffer) => ({
  type,
  filename,
  extension: filename.split('.').at(-1) ?? '',
  url: files.serve(filename, bytes),
});

/** The user's last message: completed calls may follow it. */
const lastMessage = ({ contents }: GenerateRequest) =>
  contents.findLast(({ role, parts = [] }) => role === 'user' && parts.every((part) => !part.functionResponse));
const inlineIn = (request: GenerateRequest) =>
  (lastMessage(request)?.parts ?? []).flatMap((part) =>
    'inlineData' in part ? [part.inlineData as { mimeType: string; data: string }] : [],
  );
const textsIn = (request: GenerateRequest) =>
  (lastMessage(request)?.parts ?? []).map(({ text = '' }) => text).join('\n');

t.test(
  'a photo and its caption reach the model together; its figures have the file as source and are not stored',
  async (t) => {
    const DATA_DIR = scratchFolder(t);
    const { upstreams, files, service, send, lastRequest, session } = await conversation(t, { DATA_DIR });
    const bytes = Buffer.concat([SAMPLES.jpg, Buffer.from('kuitansi-rahasia')]);
    upstreams.gemini.scriptResponses([
      { text: 'Kuitansi itu sebesar Rp1.234.567.' },
      { text: 'Menurut foto, kuitansi itu sebesar Rp1.234.567.' },
    ]);
    const reply = await send('Berapa totalnya?', at(files, 'image', 'foto.jpg', bytes));
    t.equal(
      reply,
      'Menurut foto, kuitansi itu sebesar Rp1.234.567.\n\n' +
        '📎 Angka berikut tidak berasal dari SAPA; bila dari berkas Anda, belum dicocokkan: Rp1.234.567.',
    );
    t.equal(upstreams.gemini.requests.length, 2, 'the model is asked again first');
    t.match(textsIn(lastRequest()), /tidak cocok dengan data .*Rp1\.234\.567.*dari berkas/s);
    const firstRequest = upstreams.gemini.requests[0]?.body as GenerateRequest;
    t.same([...files.negotiatedProtocols], ['http/1.1'], 'the file came over HTTP/1.1');
    t.match(await service.waitForEvent('answer.checked'), { grounded: 0, ungrounded: 1, correctionRequested: true });
    t.same(inlineIn(firstRequest), [{ mimeType: 'image/jpeg', data: bytes.toString('base64') }]);
    t.equal(unfenced(textsIn(firstRequest)), 'Berapa totalnya?\n(mengirim gambar foto.jpg)');
    t.same((await session())?.[0], 'Berapa totalnya?\n(mengirim gambar foto.jpg)');
    t.same(
      (await one(service.app.store.sessions.get([LINKED])))?.notes.figures,
      [],
      'they are no figures that data confirmed',
    );
    for (const name of readdirSync(DATA_DIR)) {
      const stored = readFileSync(join(DATA_DIR, name));
      t.notOk(stored.includes('kuitansi-rahasia') || stored.includes(bytes.toString('base64')), name);
    }
    upstreams.gemini.scriptResponses([{ text: 'Totalnya Rp1.234.567.' }, { text: 'Totalnya Rp1.234.567.' }]);
    t.match(await send('Sebutkan lagi'), /tidak dapat dipastikan/, 'later, without the file, nothing vouches for them');
  },
);

t.test('a voice message without text is a question, and a PDF is read', async (t) => {
  const { upstreams, files, send, lastRequest, session } = await conversation(t);
  upstreams.gemini.scriptResponses(() => ({ text: 'Baik.' }));
  t.equal(await send('', at(files, 'audio', 'suara.ogg', SAMPLES.ogg)), 'Baik.');
  t.same(inlineIn(lastRequest()), [{ mimeType: 'audio/ogg', data: SAMPLES.ogg.toString('base64') }]);
  t.match(textsIn(lastRequest()), /Pesan suara adalah pertanyaan pengguna/);
  t.equal((await session())?.[0], '(mengirim pesan suara suara.ogg)');
  t.equal(await send('ringkas', at(files, 'document', 'kontrak.pdf', SAMPLES.pdf)), 'Baik.');
  t.same(inlineIn(lastRequest()), [{ mimeType: 'application/pdf', data: SAMPLES.pdf.toString('base64') }]);
});

t.test('the figures of an answer to a voice note are checked like those of an answer to text', async (t) => {
  const { upstreams, files, send } = await conversation(t);
  upstreams.gemini.scriptResponses([{ text: 'Sisa Anda Rp987.654.321.' }, { text: 'Sisa Anda Rp987.654.321.' }]);
  const reply = await send('', at(files, 'audio', 'suara.ogg', SAMPLES.ogg));
  t.equal(upstreams.gemini.requests.length, 2, 'the model is asked again');
  t.match(reply, /tidak dapat dipastikan dari data SAPA: Rp987\.654\.321/);
});

t.test('a burst of photos and a text is one question with all of them', async (t) => {
  const { upstreams, files, service, lastRequest } = await conversation(t, { COALESCE_WINDOW_MS: 1000 });
  upstreams.gemini.scriptResponses(() => ({ text: 'Baik.' }));
  const message = 'non-text message';
  for (const name of ['1.png', '2.png']) {
    await service.call(
      upstreams.fonnte.buildPayload({ sender: LINKED, message, ...at(files, 'image', name, SAMPLES.png) }),
    );
  }
  await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: 'Apa bedanya?' }));
  await upstreams.fonnte.waitForSent(() => true);
  t.equal(upstreams.gemini.requests.length, 1);
  t.equal(inlineIn(lastRequest()).length, 2);
  t.equal(unfenced(textsIn(lastRequest())), '(mengirim gambar 1.png)\n(mengirim gambar 2.png)\nApa bedanya?');
});

t.test('a file that is not read gets a sentence with what can be sent instead, and asks no model', async (t) => {
  const { upstreams, files, send, session } = await conversation(t);
  const damaged = at(files, 'image', 'foto.png', SAMPLES.pdf);
  const large = at(files, 'document', 'besar.pdf', Buffer.concat([SAMPLES.pdf], 10 * 1024 * 1024 + 1));
  const away = { type: 'image', filename: 'a.png', extension: 'png' };
  for (const [fields, sentence] of [
    [{ type: 'image', url: '' }, texts.attachmentNotRead],
    [{ type: 'sticker', url: `${files.url}/s.webp`, extension: 'webp' }, texts.attachmentVideoOrSticker],
    [{ type: 'video', url: `${files.url}/v.mp4`, extension: 'mp4' }, texts.attachmentVideoOrSticker],
    [{ type: 'document', url: `${files.url}/a.xlsx`, extension: 'xlsx' }, texts.attachmentUnsupportedType],
    [{ type: 'document', url: `${files.url}/a.docx`, extension: 'docx' }, texts.attachmentUnsupportedType],
    [damaged, texts.attachmentTypeMismatch],
    [large, texts.attachmentTooLarge],
    [{ ...away, url: `${files.url}/hilang.png` }, texts.attachmentExpired],
    [{ ...away, url: 'http://169.254.169.254/a.png' }, texts.attachmentForbidden],
    [{ ...away, url: files.serve('sakit.png', 500) }, texts.attachmentUnreachable],
  ] as const) {
    t.equal(await send('', { ...fields }), sentence);
  }
  t.equal(upstreams.gemini.requests.length, 0);
  t.equal(await session(), undefined, 'nothing of it enters the session');
});

t.test('a text with an unreadable file is answered, and the model is instructed to mention the file', async (t) => {
  const { upstreams, send, lastRequest, session } = await conversation(t);
  upstreams.gemini.scriptResponses([{ text: 'Sisa anggaran tidak tersedia.' }]);
  t.equal(
    await send('Berapa sisa anggaran?', { type: 'document', url: 'http://x.example/a.xlsx', extension: 'xlsx' }),
    'Sisa anggaran tidak tersedia.',
  );
  t.match(textsIn(lastRequest()), texts.attachmentUnsupportedType);
  t.same(inlineIn(lastRequest()), []);
  t.equal((await session())?.[0], 'Berapa sisa anggaran?\n(mengirim dokumen)');
});

t.test('without Gemini a question is not answered as if its file were not there', async (t) => {
  const { upstreams, files, service, send } = await conversation(t, {
    TURN_DEADLINE_SECONDS: 5,
    GEMINI_TIMEOUT_MS: 300,
  });
  await upstreams.gemini.setFault({ kind: 'status', status: 503 });
  const reply = await send('Berapa sisa anggaran?', at(files, 'image', 'foto.jpg', SAMPLES.jpg));
  t.equal(reply, texts.apology);
  t.notOk(service.occurrences.some(({ type }) => type === 'answer.rule-based'));
  const unread = { type: 'document', url: 'http://x.example/a.xlsx', extension: 'xlsx' };
  const direct = await send('Berapa sisa anggaran?', unread);
  t.match(direct, texts.ruleBasedNote);
  t.match(direct, texts.attachmentUnsupportedType, 'the answer without AI reports a file that is not read');
});

t.test('a file is fetched again for each attempt, and a missing file is reported', async (t) => {
  const { upstreams, files, service, send, lastRequest } = await conversation(t);
  let asked = 0;
  const url = files.serve('foto.jpg', (_request, response) => {
    asked += 1;
    if (asked === 1) response.end(SAMPLES.jpg);
    else response.writeHead(404).end();
  });
  upstreams.gemini.scriptResponses(() => ({ text: 'Foto itu sudah tidak tersedia.' }));
  await upstreams.gemini.setFault({ kind: 'status', status: 503 });
  service.events.on(({ type }) => {
    if (type === 'turn.retrying') void upstreams.gemini.clearFaults();
  });
  await send('Apa isi foto ini?', { type: 'image', extension: 'jpg', url });
  const [first] = upstreams.gemini.requests;
  t.equal(inlineIn(first?.body as GenerateRequest).length, 1);
  t.equal(asked, 2);
  t.same(inlineIn(lastRequest()), []);
  t.match(textsIn(lastRequest()), texts.attachmentExpired);
});
