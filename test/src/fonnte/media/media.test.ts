import type { RequestListener } from 'node:http';
import type { LookupFunction } from 'node:net';
import t, { type Test } from 'tap';
import { createEvents, type EventRecord } from '../../../../src/events.ts';
import { createMedia, type FetchedFile } from '../../../../src/fonnte/media/media.ts';
import type { Attachment } from '../../../../src/types.ts';
import { buildAttachment, SAMPLES, startFileServer } from '../../../support/file-server.ts';

const never = new AbortController().signal;

function mediaOf(t: Test, options: Partial<Parameters<typeof createMedia>[0]> = {}) {
  const events = createEvents();
  const occurrences: EventRecord[] = [];
  events.on((occurrence) => occurrences.push(occurrence));
  const media = createMedia({ hosts: ['*.fonnte.com'], events, ...options });
  t.teardown(() => media.close());
  return {
    ...media,
    occurrences,
    fetchAt: (url: string, more = {}) => media.fetchMedia(buildAttachment(url, more), never),
  };
}

/** Creates a look-up that returns these addresses and counts its calls. */
function lookupOf(...addresses: string[]) {
  const asked: string[] = [];
  const lookup: LookupFunction = (hostname, { all }, done) => {
    asked.push(hostname);
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    if (all) done(null, found);
    else done(null, found[0]?.address ?? '', found[0]?.family);
  };
  return { lookup, asked };
}

/** Sends bytes until the client disconnects. */
const endless =
  (headers: Record<string, string> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(200, headers);
    response.write(SAMPLES.png);
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(16_384)));
    };
    response.on('drain', more);
    more();
  };

await t.test('a file of each supported type is returned with its type and bytes', async (t) => {
  const server = await startFileServer(t);
  const { fetchAt, occurrences } = mediaOf(t, { hosts: [server.host] });
  const wanted = {
    png: ['image', 'image/png'],
    jpg: ['image', 'image/jpeg'],
    webp: ['image', 'image/webp'],
    pdf: ['document', 'application/pdf'],
    mp3: ['audio', 'audio/mp3'],
    ogg: ['audio', 'audio/ogg'],
  };
  for (const [extension, bytes] of Object.entries(SAMPLES)) {
    const [kind, mimeType] = wanted[extension as keyof typeof wanted];
    const file = await fetchAt(server.serve(`berkas.${extension}`, bytes));
    t.same(file, { kind, mimeType, bytes: bytes.length, data: bytes }, extension);
  }
  const emitted = occurrences.filter(({ type }) => type === 'media.fetched');
  t.match(emitted[0], { outcome: 'ok', bytes: SAMPLES.png.length });
  t.notMatch(JSON.stringify(emitted), /berkas|127\.0/, 'events name neither file nor address');
});

await t.test('the signature decides the type, not the name', async (t) => {
  const server = await startFileServer(t);
  const { fetchAt } = mediaOf(t, { hosts: [server.host] });
  const misnamed = async (bytes: Buffer | string, more: Partial<Attachment>) => {
    const url = server.serve('x', Buffer.from(bytes));
    return fetchAt(url, more);
  };
  const damaged = { refused: 'type-mismatch' };
  t.same(await misnamed(SAMPLES.pdf, { extension: 'png' }), damaged, 'a PDF called png');
  t.same(await misnamed(SAMPLES.png, { extension: 'jpg' }), damaged, 'one image called another');
  t.same(await misnamed('<html>berkas kedaluwarsa</html>', { extension: 'pdf' }), damaged, 'a page instead of a file');
  t.same(await misnamed('<svg/>', {}), damaged, 'what is nothing that is read');
  t.same(await misnamed('', { extension: 'png' }), damaged, 'nothing');
  t.same(await misnamed(`OggS${'\0'.repeat(24)}\x80theora`, { extension: 'ogg' }), damaged, 'a video in Ogg');
  t.same(await misnamed('RIFF\x10\0\0\0WAVEfmt ', { extension: 'webp' }), damaged, 'a sound in RIFF');
  t.same(await misnamed('MZ program', { filename: 'kontrak.pdf' }), damaged, 'the name counts as well');
  t.match(await misnamed(SAMPLES.jpg, { extension: '.JPEG' }), { mimeType: 'image/jpeg' });
  t.match(await misnamed(SAMPLES.ogg, { extension: 'opus' }), { mimeType: 'audio/ogg' });
  t.match(await misnamed(Buffer.from([0xff, 0xfb, 0x90, 0x00]), { extension: 'mp3' }), { mimeType: 'audio/mp3' });
  t.same(await misnamed(Buffer.from([0xff, 0xff, 0xff, 0xff]), { extension: 'mp3' }), damaged, 'no MPEG frame');
  t.match(await misnamed(SAMPLES.pdf, {}), { mimeType: 'application/pdf' }, 'named nothing, it is what it is');
});

await t.test('a file that cannot be read is not requested', async (t) => {
  const server = await startFileServer(t);
  const { fetchAt } = mediaOf(t, { hosts: [server.host] });
  t.same(await fetchAt(''), { refused: 'no-url' });
  for (const type of ['video', 'sticker'])
    t.same(await fetchAt(`${server.url}/x.webp`, { type }), { refused: 'video-or-sticker' });
  t.same(await fetchAt(`${server.url}/x.mp4`), { refused: 'video-or-sticker' });
  for (const extension of ['xlsx', 'docx', 'xls', 'doc', 'csv', 'txt', 'zip', 'exe']) {
    t.same(await fetchAt(`${server.url}/x`, { extension }), { refused: 'unsupported-type' }, extension);
  }
  t.same(server.requestedPaths, []);
});

await t.test('only listed hosts are requested, in any notation', async (t) => {
  const server = await startFileServer(t);
  server.serve('x', SAMPLES.png);
  const { port } = server;
  const { lookup, asked } = lookupOf('127.0.0.1');
  const { fetchAt } = mediaOf(t, { hosts: ['*.fonnte.com', `berkas.example:${port}`], lookup });
  const refused = [
    `http://127.0.0.1:${port}/x`,
    `http://2130706433:${port}/x`,
    `http://0x7f000001:${port}/x`,
    `http://0x7f.0.0.1:${port}/x`,
    `http://0177.0.0.1:${port}/x`,
    `http://017700000001:${port}/x`,
    `http://127.1:${port}/x`,
    `http://127.0.0.1.:${port}/x`,
    `http://0.0.0.0:${port}/x`,
    `http://localhost:${port}/x`,
    `http://[::1]:${port}/x`,
    `http://[::]:${port}/x`,
    `http://[::ffff:127.0.0.1]:${port}/x`,
    `http://[::ffff:7f00:1]:${port}/x`,
    `http://[fc00::1]/x`,
    `http://[fd12:3456::1]/x`,
    `http://[fe80::1]/x`,
    'http://10.0.0.1/x',
    'http://172.16.0.1/x',
    'http://192.168.1.1/x',
    'http://169.254.169.254/x',
    'file:///etc/hostname',
    `data:image/png;base64,${SAMPLES.png.toString('base64')}`,
    'ftp://api.fonnte.com/x',
    'http://fonnte.com/x',
    'http://api.fonnte.com.jahat.example/x',
    'http://jahatfonnte.com/x',
    'http://api.fonnte.com@jahat.example/x',
    'http://jahat.example/api.fonnte.com/x',
    `http://api.fonnte.com:${port}/x`,
    `http://orang:sandi@berkas.example:${port}/x`,
    'http://berkas.example/x',
    'http://',
    'bukan alamat',
  ];
  for (const url of refused) t.same(await fetchAt(url), { refused: 'forbidden' }, url);
  t.same(server.requestedPaths, []);
  t.same(asked, [], 'no name is looked up either');
  t.match(
    await fetchAt(`http://berkas.example:${port}/x`),
    { mimeType: 'image/png' },
    'a host named itself may be private',
  );
});

await t.test('a listed name that resolves to a private address is not connected to', async (t) => {
  const server = await startFileServer(t);
  server.serve('x', SAMPLES.png);
  for (const addresses of [
    ['127.0.0.1'],
    ['10.1.2.3'],
    ['172.31.255.255'],
    ['192.168.0.1'],
    ['169.254.169.254'],
    ['100.64.0.1'],
    ['0.0.0.0'],
    ['::1'],
    ['fc00::1'],
    ['fe80::1'],
    ['::ffff:127.0.0.1'],
    ['64:ff9b::7f00:1'],
    ['2002:7f00:1::'],
    ['8.8.8.8', '127.0.0.1'],
    [],
  ]) {
    const { lookup, asked } = lookupOf(...addresses);
    const { fetchAt } = mediaOf(t, { hosts: [`*.berkas.example:${server.port}`], lookup });
    t.same(
      await fetchAt(`http://a.berkas.example:${server.port}/x`),
      { refused: 'forbidden' },
      addresses.join(' and '),
    );
    t.equal(asked.length, 1, 'looked up once: what was judged is what would be connected to');
  }
  t.same(server.requestedPaths, []);
});

await t.test('at most three redirects are followed, each checked like the first URL', async (t) => {
  const [server, unlisted] = [await startFileServer(t), await startFileServer(t)];
  unlisted.serve('x', SAMPLES.png);
  const { lookup } = lookupOf('127.0.0.1');
  const hosts = [server.host, `*.berkas.example:${server.port}`];
  const { fetchAt } = mediaOf(t, { hosts, lookup });
  const redirectTo = (name: string, location: string, status = 302) =>
    server.serve(name, (_request, response) => response.writeHead(status, { location }).end('pindah'));
  server.serve('x', SAMPLES.png);
  redirectTo('1', '/x');
  redirectTo('2', '1', 307);
  redirectTo('3', `${server.url}/2`, 301);
  redirectTo('4', '/3');
  t.match(await fetchAt(`${server.url}/3`), { mimeType: 'image/png' });
  t.same(await fetchAt(`${server.url}/4`), { refused: 'forbidden' }, 'a fourth is not followed');
  for (const location of [
    `${unlisted.url}/x`,
    `http://a.berkas.example:${server.port}/x`,
    'http://169.254.169.254/latest',
    'http://[::1]/x',
    'http://0x7f000001/x',
    'file:///etc/hostname',
    'data:image/png;base64,iVBORw0KGgo=',
    'http://',
  ]) {
    t.same(await fetchAt(redirectTo('away', location)), { refused: 'forbidden' }, location);
  }
  t.same(unlisted.requestedPaths, []);
});

await t.test('at most 10 MB are read, independent of the Content-Length', async (t) => {
  const server = await startFileServer(t);
  const { fetchAt } = mediaOf(t, { hosts: [server.host] });
  const most = 10 * 1024 * 1024;
  const sized = (bytes: number) => Buffer.concat([SAMPLES.png], bytes);
  t.match(await fetchAt(server.serve('penuh.png', sized(most))), { bytes: most });
  t.same(await fetchAt(server.serve('lebih.png', sized(most + 1))), { refused: 'too-large' });
  for (const headers of [{}, { 'content-length': String(most * 1000) }]) {
    const closed = Promise.withResolvers<void>();
    const url = server.serve('terus.png', (request, response) => {
      response.on('close', closed.resolve);
      endless(headers)(request, response);
    });
    t.same(await fetchAt(url), { refused: 'too-large' });
    await closed.promise;
    t.pass('the connection is broken off');
  }
});

await t.test('a slow file times out, in its headers and in its body', async (t) => {
  const server = await startFileServer(t);
  const { fetchAt } = mediaOf(t, { hosts: [server.host], limits: { timeoutMs: 50 } });
  t.same(await fetchAt(server.serve('diam.png', () => undefined)), { refused: 'unreachable' });
  const trickle: RequestListener = (_request, response) => {
    const timer = setInterval(() => response.write('x'), 5);
    response.on('close', () => clearInterval(timer)).writeHead(200);
  };
  t.same(await fetchAt(server.serve('lambat.png', trickle)), { refused: 'unreachable' });
});

await t.test('the status decides between expired and unreachable', async (t) => {
  const server = await startFileServer(t);
  const { fetchAt } = mediaOf(t, { hosts: [server.host, '127.0.0.1:1'] });
  for (const [status, refused] of [
    [404, 'expired'],
    [410, 'expired'],
    [403, 'expired'],
    [429, 'unreachable'],
    [500, 'unreachable'],
    [503, 'unreachable'],
    [304, 'unreachable'],
  ] as const) {
    t.same(await fetchAt(server.serve('x.png', status)), { refused }, String(status));
  }
  const broken = server.serve('putus.png', (_request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write(SAMPLES.png, () => response.destroy());
  });
  t.same(await fetchAt(broken), { refused: 'unreachable' }, 'half a file is none');
  t.same(await fetchAt('http://127.0.0.1:1/x.png'), { refused: 'unreachable' }, 'connection refused');
});

await t.test('the abort of a turn aborts the request and is not a refusal', async (t) => {
  const server = await startFileServer(t);
  const { fetchMedia, withFiles } = mediaOf(t, { hosts: [server.host] });
  const turn = new AbortController();
  const ended = new Error('deadline');
  const url = server.serve('diam.png', () => turn.abort(ended));
  await t.rejects(fetchMedia(buildAttachment(url), turn.signal), ended);
  await t.rejects(
    withFiles([buildAttachment(url)], turn.signal, async () => t.fail('nothing is done with it')),
    ended,
  );
});

await t.test('the files of one turn', async (t) => {
  const server = await startFileServer(t);
  const limits = { fileBytes: 100, totalBytes: 200 };
  const media = mediaOf(t, { hosts: [server.host], limits });
  const impatient = mediaOf(t, { hosts: [server.host], limits: { ...limits, timeoutMs: 50 } });
  const filesAt = (urls: string[], { withFiles } = media) =>
    withFiles(
      urls.map((url) => buildAttachment(url)),
      never,
      async (files) => files,
    );
  const outcomes = (files: FetchedFile[]) => files.map((file) => ('refused' in file ? file.refused : file.bytes));
  const sized = (bytes: number) => Buffer.concat([SAMPLES.png], bytes);

  await t.test('are returned in order and together limited to the size of one', async (t) => {
    const [a, b, c] = [60, 50, 40].map((size) => server.serve(`${size}.png`, sized(size)));
    t.same(outcomes(await filesAt([a!, b!, '', c!])), [60, 'too-large', 'no-url', 40]);
  });

  await t.test('are skipped after an unreachable one', async (t) => {
    const silent = server.serve('diam.png', () => undefined);
    server.requestedPaths.length = 0;
    const urls = [silent, server.serve('lain.png', sized(20)), `${server.url}/x.xlsx`];
    const found = outcomes(await filesAt(urls, impatient));
    t.same(found, ['unreachable', 'unreachable', 'unsupported-type']);
    t.same(server.requestedPaths, ['/diam.png']);
  });

  await t.test('that cannot be read do not wait for memory', async (t) => {
    const { withFiles } = mediaOf(t, { hosts: [server.host], limits: { ...limits, totalBytes: 0 } });
    t.same(await withFiles([], never, async (files) => files), []);
    t.same(await withFiles([buildAttachment('')], never, async (files) => files), [{ refused: 'no-url' }]);
  });
});

await t.test('all turns together hold at most 20 MB; others wait until their abort', async (t) => {
  const server = await startFileServer(t);
  const { withFiles, fetchAt } = mediaOf(t, { hosts: [server.host] });
  const small = server.serve('kecil', SAMPLES.png);
  const large = Buffer.concat([SAMPLES.png], 10 * 1024 * 1024);
  const begin = async (name: string, signal = never) => {
    const started = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const url = server.serve(name, large);
    const ended = withFiles([buildAttachment(url, { extension: 'png' })], signal, async ([file]) => {
      started.resolve();
      await gate.promise;
      return file;
    });
    ended.catch(() => undefined);
    return { started: started.promise, gate, ended };
  };
  const [first, second] = [await begin('1'), await begin('2')];
  await Promise.all([first.started, second.started]);
  const impatient = new AbortController();
  const third = await begin('3', impatient.signal);
  const fourth = await begin('4');
  const reason = new Error('deadline');
  impatient.abort(reason);
  await t.rejects(third.ended, reason, 'who waits too long gives up its place');
  await fetchAt(small);
  t.same(server.requestedPaths.sort(), ['/1', '/2', '/kecil'], 'neither a third nor a fourth has been asked for');
  first.gate.reject(new Error('gagal'));
  await t.rejects(first.ended, { message: 'gagal' });
  await fourth.started;
  t.same(server.requestedPaths.at(-1), '/4', 'there is room again when a turn has ended, however it ended');
  second.gate.resolve();
  fourth.gate.resolve();
  t.match(await fourth.ended, { bytes: large.length });
  const many = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const open = Promise.withResolvers<void>();
  const turns = many.map((started) =>
    withFiles([buildAttachment(small)], never, async () => {
      started.resolve();
      await open.promise;
    }),
  );
  await Promise.all(many.map(({ promise }) => promise));
  t.pass('small files hold no more room than they need');
  open.resolve();
  await Promise.all(turns);
});

await t.test('a file is not cached', async (t) => {
  const server = await startFileServer(t);
  const { fetchAt } = mediaOf(t, { hosts: [server.host] });
  const url = server.serve('x.png', SAMPLES.png);
  await fetchAt(url);
  server.serve('x.png', 404);
  t.same(await fetchAt(url), { refused: 'expired' });
});
