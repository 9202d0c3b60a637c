import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { trustedCertificate } from '../support/certificate.ts';
import { LINKED, OTHER_LINKED, startFakeUpstreams } from '../support/fake-upstreams.ts';
import { SAMPLES, startFileServer } from '../support/file-server.ts';
import { scratchFolder } from '../support/folders.ts';
import { get, post } from '../support/http.ts';
import { spawnProcess } from '../support/process.ts';
import { isProgressNotice } from '../support/progress-notices.ts';
import { environmentOf, SECRET } from '../support/service.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

/** Several times the size of the socket buffers and HTTP/2 windows on the way to Gemini, bytes. */
const PHOTO_BYTES = 6 * 1024 * 1024;
/** Bytes of an upload after which the network stalls. */
const STALL_AFTER_BYTES = 200_000;
/** A slower response means that the process hangs, even on a busy machine; ms. */
const RESPONSIVE_WITHIN_MS = 10_000;

t.test('a stalled photo upload times out, and the process stays responsive', async (t) => {
  const certificate = await trustedCertificate();
  const upstreams = await startFakeUpstreams(t, { tls: true });
  const { fonnte, gemini } = upstreams;
  const files = await startFileServer(t, certificate);
  const proxy = await startTcpProxy(gemini.port);
  t.teardown(() => proxy.close());
  const folder = scratchFolder(t);
  const certificateFile = join(folder, 'certificate.pem');
  writeFileSync(certificateFile, certificate.cert);
  const service = spawnProcess(t, [process.execPath, '-r', './node-version.cjs', 'src/server.ts'], {
    ...environmentOf(upstreams, { LOG_LEVEL: 'info', DATA_DIR: join(folder, 'data'), MEDIA_HOSTS: files.host }),
    GEMINI_BASE_URL: `https://127.0.0.1:${proxy.port}`,
    GEMINI_TIMEOUT_MS: 2_000,
    WHATSAPP_SERVER_PORT: 0,
    NODE_EXTRA_CA_CERTS: certificateFile,
  });
  const url = await service.url();
  const webhook = `${url}/webhook/whatsapp?secret=${SECRET}`;
  gemini.scriptResponses(() => ({ text: 'Foto Anda sudah saya lihat.' }));

  proxy.stallAfter(STALL_AFTER_BYTES);
  const jpeg = Buffer.concat([SAMPLES.jpg, Buffer.alloc(PHOTO_BYTES)]);
  const photo = { type: 'image', filename: 'foto.jpg', extension: 'jpg', url: files.serve('foto.jpg', jpeg) };
  t.match(await post(webhook, fonnte.buildPayload({ sender: LINKED, message: 'Apa isi foto ini?', ...photo })), {
    status: 200,
  });
  await proxy.stalled();
  t.same(gemini.requests, [], 'the upload is incomplete');
  const timedOut = service.waitForLog(({ event, outcome }) => event === 'model.called' && outcome === 'timeout');
  await within(timedOut, 'the timeout');
  proxy.resume();

  t.match((await within(get(`${url}/api/health`), 'health')).body, { checks: { store: 'ok' } });
  const other = fonnte.buildPayload({ sender: OTHER_LINKED, message: 'Halo' });
  t.match(await within(post(webhook, other), 'the webhook'), { status: 200, body: { status: 'accepted' } });

  for (const target of [LINKED, OTHER_LINKED]) {
    const { message } = await fonnte.waitForSent(
      (sent) => sent.target === target && !isProgressNotice(sent.message),
      60_000,
    );
    t.match(message, /Foto Anda sudah saya lihat/, 'answered once the network is back');
  }
  service.child.kill('SIGTERM');
  t.equal(await within(service.exit, 'the exit', 25_000), 0);
});

async function within<T>(promise: Promise<T>, what: string, ms = RESPONSIVE_WITHIN_MS): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${what} took longer than ${ms} ms`)), ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
