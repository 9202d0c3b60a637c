import t, { type Test } from 'tap';
import { SAMPLE_USERS } from '../../../../sandbox/sample-data.ts';
import { senderOf } from '../../../../src/conversation-key.ts';
import { type FakeUpstreams, LINKED, OTHER_LINKED, startFakeUpstreams } from '../../../support/fake-upstreams.ts';
import { scratchFolder } from '../../../support/folders.ts';
import { startService } from '../../../support/service.ts';
import { readWorkbook } from '../../../support/workbook.ts';

const EXCEL_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** Adds activities of the linked user in this year, numbered in their order. */
function addActivities(upstreams: FakeUpstreams, count: number): void {
  const year = new Date().getFullYear();
  for (let index = 0; index < count; index++) {
    upstreams.supabase.tables.activities.push({
      id: `20000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
      user_id: SAMPLE_USERS.stocked,
      nama: `Sarasehan ${index}`,
      status: 'Rencana',
      tanggal_pelaksanaan: `${year}-12-${String((index % 28) + 1).padStart(2, '0')}`,
      tujuan_kegiatan: '=HYPERLINK("https://contoh.invalid")',
    } as never);
  }
}

async function start(t: Test, given: Record<string, unknown> = {}) {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams, given);
  /** Sends a message and returns what is sent in reply to it. */
  const ask = async (message: string, sender = LINKED) => {
    const before = upstreams.fonnte.sent.length;
    await service.call(upstreams.fonnte.buildPayload({ sender, message }));
    await service.idle();
    return upstreams.fonnte.sent.slice(before);
  };
  return { upstreams, service, ask };
}

t.test('«kirim Excel-nya» after a list sends every row of it, from all pages of Supabase', async (t) => {
  const { upstreams, service, ask } = await start(t);
  const own = () => upstreams.supabase.tables.activities.filter((row) => row.user_id === SAMPLE_USERS.stocked);
  addActivities(upstreams, 1_050);
  const [list] = await ask('Cari kegiatan sarasehan');
  t.match(list?.message, /\*1050\* kegiatan/);
  const asked = upstreams.gemini.requestCount;
  const sent = await ask('Kirim Excel-nya dong');
  t.equal(sent.length, 1, 'one message: the file with its caption');
  t.equal(upstreams.gemini.requestCount, asked, 'no model is asked');
  t.match(sent[0]?.message, /^\*1\.050 kegiatan\* dalam Excel\.$/);
  t.match(sent[0]?.file, { name: 'kegiatan.xlsx', mediaType: EXCEL_TYPE });
  const [sheet] = readWorkbook(sent[0]?.file?.data ?? new Uint8Array());
  t.equal(sheet?.name, 'Kegiatan');
  t.equal(sheet?.rows.length, 1_051);
  const header = sheet?.rows[0]?.map(({ text }) => text) ?? [];
  const names = sheet?.rows.slice(1).map((row) => row[header.indexOf('Kegiatan')]?.text);
  t.equal(new Set(names).size, 1_050, 'each row once');
  t.match(sheet?.rows[1]?.[header.indexOf('Tujuan')], { text: '\'=HYPERLINK("https://contoh.invalid")' });
  t.notOk(JSON.stringify(sheet).includes('formula'));
  t.match(
    service.occurrences.findLast(({ type }) => type === 'spreadsheet.created'),
    { rows: 1_050, total: 1_050 },
  );

  // «Max Rows» of the project may be lower, and the list may change.
  upstreams.supabase.maxRows = 100;
  const other = own()[0];
  upstreams.supabase.tables.activities = own().filter(({ nama }) => nama !== 'Sarasehan 7') as never;
  t.ok(other);
  const [again] = await ask('/unduh');
  t.equal(readWorkbook(again?.file?.data ?? new Uint8Array())[0]?.rows.length, 1_050, 'one row fewer, and the header');
});

t.test('a list of the budget is sent from its own report, with amounts as numbers', async (t) => {
  const { upstreams, ask } = await start(t);
  await ask('Anggaran per akun');
  const [sent] = await ask('unduh');
  const [sheet, details] = readWorkbook(sent?.file?.data ?? new Uint8Array());
  t.match(sheet?.name, /^Laporan Akrual \d{4}-\d\d-\d\d$/);
  const header = sheet?.rows[0]?.map(({ text }) => text) ?? [];
  const pagu = sheet?.rows.slice(1).map((row) => row[header.indexOf('Pagu')]?.number ?? Number.NaN) ?? [];
  const report = upstreams.supabase.tables.processed_results
    .filter(({ user_id, report_type }) => user_id === SAMPLE_USERS.stocked && report_type === 'Akrual')
    .toSorted((a, b) => (String(a.report_date) < String(b.report_date) ? 1 : -1))[0];
  const rows = report?.processed_data as unknown[][];
  t.equal(
    pagu.reduce((sum, value) => sum + value, 0),
    rows.reduce((sum, row) => sum + Number(row[2]), 0),
    'the sum of the report',
  );
  t.match(JSON.stringify(details?.rows), /laporan Akrual per /);
  t.match(sent?.message, /akun\* dalam Excel, laporan Akrual per /);
});

t.test('a question can ask for its own list as a file', async (t) => {
  const { ask } = await start(t);
  const sent = await ask('Kirim kegiatan yang terlambat dalam bentuk Excel');
  t.equal(sent.length, 2, 'the answer, then its file');
  t.match(sent[1]?.file, { name: 'kegiatan.xlsx' });
  const [sheet, details] = readWorkbook(sent[1]?.file?.data ?? new Uint8Array());
  const header = sheet?.rows[0]?.map(({ text }) => text) ?? [];
  const late = sheet?.rows.slice(1).map((row) => row[header.indexOf('Terlambat')]?.text) ?? [];
  t.ok(late.length > 0);
  t.ok(late.every((text) => text === 'Ya'));
  t.match(JSON.stringify(details?.rows), /terlambat/);
});

t.test('without a list there is a sentence how to ask, and a list is of one user only', async (t) => {
  const { upstreams, service, ask } = await start(t);
  t.match((await ask('/unduh'))[0]?.message, /^Belum ada daftar yang dapat dikirim sebagai Excel/);
  await ask('Anggaran per akun');
  t.match((await ask('unduh', OTHER_LINKED))[0]?.message, /^Belum ada daftar/);
  await ask('/reset');
  t.match((await ask('unduh'))[0]?.message, /^Belum ada daftar/);
  // The number moves to another account: its session, and with it the list, is not theirs.
  await ask('Anggaran per akun');
  const [owner, other] = [SAMPLE_USERS.stocked, SAMPLE_USERS.empty].map((id) =>
    upstreams.supabase.tables.users.find((user) => user.id === id),
  );
  if (!owner || !other) throw new Error('sample users');
  [owner.phone_number, other.phone_number] = [other.phone_number, owner.phone_number];
  service.app.supabase.forget(senderOf(LINKED));
  t.match((await ask('unduh'))[0]?.message, /^Belum ada daftar/);
});

t.test('where FONNTE’s package has no files, the reply says why', async (t) => {
  const { upstreams, service, ask } = await start(t);
  await ask('Anggaran per akun');
  upstreams.fonnte.package = 'Regular';
  await service.app.fonnte.checkDevices();
  const sent = await ask('/unduh');
  t.equal(sent.length, 1);
  t.notOk(sent[0]?.file);
  t.notOk(
    service.occurrences.some(({ type }) => type === 'spreadsheet.created'),
    'no workbook is built',
  );
  t.match(sent[0]?.message, /paket FONNTE nomor ini tidak dapat mengirim berkas.*«lanjut»/);
});

t.test('a failure sends an explanation and emits `spreadsheet.failed`', async (t) => {
  const { upstreams, service, ask } = await start(t);
  await ask('Cari kegiatan rapat');
  await upstreams.supabase.setFault({ kind: 'status', status: 500 }, { match: ({ table }) => table !== 'users' });
  const [unavailable] = await ask('/unduh');
  t.match(unavailable?.message, /^Data SAPA sedang tidak dapat dijangkau/);
  t.match(await service.waitForEvent('spreadsheet.failed'), { reason: 'sapa-unavailable' });
  await upstreams.supabase.clearFaults();
  service.app.spreadsheets.build = () => Promise.reject(new RangeError('no memory'));
  const [failed] = await ask('/unduh');
  t.match(failed?.message, /^Maaf, Excel gagal dibuat/);
  t.match(await service.waitForEvent('spreadsheet.failed', ({ reason }) => reason === 'internal'), {
    name: 'RangeError',
  });
});

t.test('a file that was stored is sent after a restart, and not built again', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const DATA_DIR = scratchFolder(t);
  const first = await startService(t, upstreams, { DATA_DIR });
  await first.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: 'Anggaran per akun' }));
  await first.idle();
  await upstreams.fonnte.setFault({ kind: 'status', status: 502 }, { match: ({ path }) => path === '/send' });
  await first.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: '/unduh' }));
  await first.waitForEvent('turn.retrying');
  await first.close();
  await upstreams.fonnte.clearFaults();
  const second = await startService(t, upstreams, { DATA_DIR });
  const sent = await upstreams.fonnte.waitForSent(({ file }) => file !== undefined);
  t.match(readWorkbook(sent.file?.data ?? new Uint8Array())[0]?.name, /^Laporan Akrual/);
  await second.idle();
  t.equal(upstreams.fonnte.sent.filter(({ file }) => file).length, 1);
  t.notOk(second.occurrences.some(({ type }) => type === 'spreadsheet.created'));
});
