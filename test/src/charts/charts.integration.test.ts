import t, { type Test } from 'tap';
import { SAMPLE_USERS } from '../../../sandbox/sample-data.ts';
import { senderOf } from '../../../src/conversation-key.ts';
import { texts } from '../../../src/texts.ts';
import { type FakeUpstreams, LINKED, OTHER_LINKED, startFakeUpstreams } from '../../support/fake-upstreams.ts';
import { scratchFolder } from '../../support/folders.ts';
import { ADMIN_KEY, type Service, startService } from '../../support/service.ts';

const TREND = 'Gambarkan grafik realisasi per bulan tahun ini';
const RANKING = 'Akun mana saja yang serapannya terendah?';

/** Writes to the service and returns the messages that answer it, once the turn has ended. */
async function ask({ fonnte }: FakeUpstreams, service: Service, message: string, sender = LINKED) {
  const before = fonnte.sent.length;
  await service.call(fonnte.buildPayload({ sender, message }));
  await service.idle();
  return fonnte.sent.slice(before);
}

/** Width and height of a PNG, px. */
function sizeOf(png: Buffer | undefined): { width: number; height: number } | null {
  if (!png?.subarray(1, 4).equals(Buffer.from('PNG'))) return null;
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
}

const isUpload = ({ headers }: { headers: Record<string, unknown> }) =>
  String(headers['content-type']).startsWith('multipart/form-data');

t.test('a question for a chart is answered by text and then a picture of the same rows', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  const [text, picture, ...more] = await ask(upstreams, service, TREND);
  t.same(more, []);
  t.notOk(text?.file);
  t.match(picture, { message: /^\*Realisasi dan pagu per bulan\*\nLaporan \S+ per \d+ \S+ \d{4}/ });
  t.match(picture?.file, { name: 'grafik.png', mediaType: 'image/png' });
  t.equal(sizeOf(picture?.file?.data)?.width, 1080);
  t.match(await service.waitForEvent('chart.rendered'), { kind: 'trend', bytes: picture?.file?.data.length });
  const [plain] = await ask(upstreams, service, RANKING);
  t.notOk(plain?.file, 'other questions have no picture');
  t.equal(upstreams.fonnte.sent.length, 3);
});

t.test('/grafik draws the last answer, also after a restart, and only for its user', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const DATA_DIR = scratchFolder(t);
  const first = await startService(t, upstreams, { DATA_DIR });
  t.match(await ask(upstreams, first, '/grafik'), [{ message: texts.noChart }], 'nothing was asked before');
  await ask(upstreams, first, RANKING);
  const requests = upstreams.gemini.requests.length;
  await first.close();

  const service = await startService(t, upstreams, { DATA_DIR });
  const [picture, ...more] = await ask(upstreams, service, '/grafik');
  t.same(more, []);
  t.match(picture, { message: /^\*Serapan per akun\*/, file: { name: 'grafik.png' } });
  t.equal(upstreams.gemini.requests.length, requests, 'no model is asked');
  t.match(await ask(upstreams, service, '/grafik', OTHER_LINKED), [{ message: texts.noChart }], "not another's");

  const owner = upstreams.supabase.tables.users.find(({ id }) => id === SAMPLE_USERS.stocked);
  await t.test('not after the number got another user', async (t) => {
    await service.app.supabase.forget(senderOf(LINKED));
    const id = owner?.id;
    if (owner) owner.id = SAMPLE_USERS.second;
    t.match(await ask(upstreams, service, '/grafik'), [{ message: texts.noChart }]);
    if (owner && id) owner.id = id;
    await service.app.supabase.forget(senderOf(LINKED));
  });

  await t.test('not after /reset or the deletion of the conversation', async (t) => {
    await ask(upstreams, service, RANKING);
    await ask(upstreams, service, '/reset');
    t.match(await ask(upstreams, service, '/grafik'), [{ message: texts.noChart }]);
    await ask(upstreams, service, RANKING);
    t.match(await ask(upstreams, service, '/grafik'), [{ file: {} }]);
    const headers = { authorization: `Bearer ${ADMIN_KEY}` };
    const deleted = await service.app.inject({ method: 'DELETE', url: `/api/conversations/${LINKED}`, headers });
    t.equal(deleted.statusCode, 204);
    t.match(await ask(upstreams, service, '/grafik'), [{ message: texts.noChart }]);
  });
});

t.test('a stored picture is sent after a restart; it is not drawn again and no model is asked again', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const DATA_DIR = scratchFolder(t);
  const first = await startService(t, upstreams, { DATA_DIR });
  await upstreams.fonnte.setFault({ kind: 'status', status: 503 }, { match: isUpload });
  await first.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: TREND }));
  await first.waitForEvent('turn.retrying');
  await first.close();
  t.equal(upstreams.fonnte.sent.length, 1, 'the text was sent');
  const requests = upstreams.gemini.requests.length;
  const [uploaded] = upstreams.fonnte.requests.filter(isUpload);

  await upstreams.fonnte.clearFaults();
  const service = await startService(t, upstreams, { DATA_DIR });
  const picture = await upstreams.fonnte.waitForSent(({ file }) => file !== undefined);
  await service.idle();
  t.match(uploaded?.body, { files: { file: { data: picture.file?.data } } }, 'the same bytes');
  t.equal(upstreams.fonnte.sent.length, 2);
  t.equal(upstreams.gemini.requests.length, requests);
  t.notOk(service.occurrences.some(({ type }) => type === 'chart.rendered'));
});

/** The text that replaces the picture of a ranking. */
const TEXT_CHART = /^\*Serapan per akun\*\n\n1\. \d{6} .+\n▇* ?[\d,]+%\n\n2\. /;

t.test('without a picture there is a chart of block characters and a sentence why', async (t) => {
  const question = `Gambarkan grafik: ${RANKING}`;
  async function setUp(t: Test, packageName: string) {
    const upstreams = await startFakeUpstreams(t);
    upstreams.fonnte.package = packageName;
    const service = await startService(t, upstreams);
    return { upstreams, service };
  }
  await t.test('the FONNTE package sends no files', async (t) => {
    const { upstreams, service } = await setUp(t, 'Regular');
    const [, chart, ...more] = await ask(upstreams, service, question);
    t.same(more, []);
    t.match(chart?.message, TEXT_CHART);
    t.ok(chart?.message.endsWith(texts.chartNotSupported));
    t.notOk(
      service.occurrences.some(({ type }) => type === 'chart.rendered'),
      'no chart is rendered',
    );
  });
  await t.test('FONNTE rejects the file', async (t) => {
    const { upstreams, service } = await setUp(t, 'Super');
    const body = { status: false, reason: 'file format not supported' };
    await upstreams.fonnte.setFault({ kind: 'reject', body }, { match: isUpload });
    const [, chart, ...more] = await ask(upstreams, service, question);
    t.same(more, []);
    t.match(chart?.message, TEXT_CHART);
    t.ok(chart?.message.endsWith(texts.chartRejected));
    t.match(await service.waitForEvent('file.replaced'), { reason: 'rejected' });
  });
  await t.test('the picture cannot be drawn', async (t) => {
    const { upstreams, service } = await setUp(t, 'Super');
    service.app.charts.render = () => Promise.reject(new RangeError('x'));
    const [text, chart, ...more] = await ask(upstreams, service, question);
    t.same(more, []);
    t.notMatch(text?.message, texts.apology);
    t.match(chart?.message, TEXT_CHART);
    t.ok(chart?.message.endsWith(texts.chartNotDrawn));
    t.match(await service.waitForEvent('chart.failed'), { kind: 'bars', name: 'RangeError' });
  });
});

t.test('a question for a chart of too few rows is answered with an explanation', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  const [text, ...more] = await ask(upstreams, service, 'Buat diagram sisa anggaran saya');
  t.same(more, []);
  t.ok(text?.message.endsWith(texts.chartTooFew));
  const [described] = await ask(upstreams, service, 'Gambarkan sisa anggaran saya');
  t.notMatch(described?.message, texts.chartTooFew, '«gambarkan» may mean «describe»');
});
